//! Addresses of servers, for which this crate needs no more than a yes or no.

use super::parse::PolicyFault;
use crate::ledger::text::{decimal, excerpt};

/// The URL if it is the address of a server: a scheme, a host, perhaps a port and a path.
pub(super) fn checked_url(url: &str) -> Result<String, PolicyFault> {
    match url_fault(url) {
        None => Ok(url.to_owned()),
        Some(reason) => Err(PolicyFault::Url {
            url: excerpt(url),
            reason,
        }),
    }
}

fn url_fault(url: &str) -> Option<&'static str> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let Some(rest) = rest else {
        return Some("it must begin with http:// or https://");
    };
    if !rest.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some("it has characters that must be percent-encoded");
    }
    if rest.contains(['?', '#', '\\', '"', '<', '>', '^', '`', '{', '|', '}']) {
        return Some("it must have neither query nor fragment nor characters that no path has");
    }
    let authority = rest.split('/').next().unwrap_or_default();
    // The colons of an IPv6 address stand in brackets.
    let (host, port) = match authority.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(Some((host, port))) => (Some(host).filter(|host| is_ipv6(host)), port),
        Some(None) => (None, ""),
        None => {
            let end = authority.find(':').unwrap_or(authority.len());
            let (host, port) = authority.split_at(end);
            (Some(host).filter(|host| is_host_name(host)), port)
        }
    };
    if host.is_none() {
        return Some("it has no proper host name or address");
    }
    let is_port = |digits| decimal(digits).is_some_and(|port| (1..=65_535).contains(&port));
    if !port.is_empty() && !port.strip_prefix(':').is_some_and(is_port) {
        return Some("the port must be 1 to 65535");
    }
    None
}

fn is_host_name(host: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    !host.is_empty() && host.len() <= 253 && host.bytes().all(is_allowed)
}

fn is_ipv6(host: &str) -> bool {
    host.parse::<std::net::Ipv6Addr>().is_ok()
}
