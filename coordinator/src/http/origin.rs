//! Whether a request comes from this machine: the rule for posting while submitters are `open` (DESIGN.md section 6).

use axum::http::header::{FORWARDED, HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What shows that the request does not come from this machine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Elsewhere {
    /// The connection itself.
    #[error("the connection comes from another machine")]
    Peer,
    /// No Host, or two that differ.
    #[error("the request must name exactly one Host")]
    NoHost,
    /// A Host that another machine may have.
    #[error("the Host is {0:?}, not 127.x.x.x, [::1] or localhost")]
    Host(String),
    /// A page of another site.
    #[error("the Origin is {0:?}, not this server's")]
    Origin(String),
    /// A proxy stands between.
    #[error("the header {0:?} says that a proxy passed it on")]
    Forwarded(String),
}

/// Checks that the request was made on this machine, by no other site's page, and through no proxy.
///
/// # Errors
/// The first thing that speaks against it.
pub(super) fn check_local(
    peer: Option<IpAddr>,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<(), Elsewhere> {
    if peer.is_some_and(|peer| !peer.to_canonical().is_loopback()) {
        return Err(Elsewhere::Peer);
    }
    let host = host_of(uri, headers).ok_or(Elsewhere::NoHost)?;
    if !is_loopback(&host) {
        return Err(Elsewhere::Host(shown(host.as_str().as_bytes())));
    }
    let mut origins = headers.get_all(ORIGIN).iter();
    if let Some(origin) = origins.next() {
        let own = ["http", "https"].map(|scheme| format!("{scheme}://{host}"));
        let is_own = own
            .iter()
            .any(|own| origin.as_bytes().eq_ignore_ascii_case(own.as_bytes()));
        if !is_own || origins.next().is_some() {
            return Err(Elsewhere::Origin(shown(origin.as_bytes())));
        }
    }
    for name in headers.keys() {
        if name == FORWARDED || name.as_str().starts_with("x-forwarded-") {
            return Err(Elsewhere::Forwarded(name.to_string()));
        }
    }
    Ok(())
}

/// The one host that the request names, in its target or in `Host`.
fn host_of(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    let mut hosts = Vec::new();
    for value in headers.get_all(HOST) {
        hosts.push(value.to_str().ok()?.parse::<Authority>().ok()?);
    }
    hosts.extend(uri.authority().cloned());
    let (first, rest) = hosts.split_first()?;
    rest.iter()
        .all(|other| other == first)
        .then(|| first.clone())
}

fn is_loopback(host: &Authority) -> bool {
    if host.as_str().contains('@') {
        return false;
    }
    let name = host.host();
    name.eq_ignore_ascii_case("localhost")
        || name
            .parse::<Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback())
        || name
            .strip_prefix('[')
            .and_then(|name| name.strip_suffix(']'))
            .is_some_and(|name| name.parse::<Ipv6Addr>() == Ok(Ipv6Addr::LOCALHOST))
}

/// The beginning of what was sent, to be quoted in a message.
fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn check(headers: &[(&str, &str)]) -> Result<(), Elsewhere> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name: HeaderName = name.parse().unwrap();
            map.append(name, HeaderValue::from_str(value).unwrap());
        }
        check_local(Some(IpAddr::V4(Ipv4Addr::LOCALHOST)), &Uri::default(), &map)
    }

    #[test]
    fn a_literal_loopback_host_with_any_port_is_local() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:8080",
            "127.9.8.7:1",
            "localhost",
            "LOCALHOST:99",
            "[::1]",
            "[::1]:8080",
        ] {
            assert_eq!(check(&[("host", host)]), Ok(()), "{host}");
        }
    }

    #[test]
    fn a_host_that_only_looks_like_loopback_is_elsewhere() {
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.nip.io",
            "127.1",
            "0.0.0.0",
            "[::ffff:127.0.0.1]",
            "localhost@evil.example",
            "evil@127.0.0.1",
            "192.168.1.2:8080",
        ] {
            assert!(
                matches!(check(&[("host", host)]), Err(Elsewhere::Host(_))),
                "{host}"
            );
        }
        assert_eq!(check(&[]), Err(Elsewhere::NoHost));
        assert_eq!(
            check(&[("host", "localhost"), ("host", "evil.example")]),
            Err(Elsewhere::NoHost)
        );
    }

    #[test]
    fn only_our_own_origin_or_none_is_local() {
        let host = ("host", "127.0.0.1:8080");
        assert_eq!(check(&[host, ("origin", "http://127.0.0.1:8080")]), Ok(()));
        for origin in [
            "null",
            "http://127.0.0.1:9090",
            "http://localhost:8080",
            "https://evil.example",
            "",
        ] {
            assert!(
                matches!(
                    check(&[host, ("origin", origin)]),
                    Err(Elsewhere::Origin(_))
                ),
                "{origin}"
            );
        }
    }

    #[test]
    fn any_forwarded_header_is_elsewhere() {
        for name in ["forwarded", "x-forwarded-for", "X-Forwarded-Anything"] {
            let found = check(&[("host", "localhost"), (name, "")]);
            assert_eq!(found, Err(Elsewhere::Forwarded(name.to_ascii_lowercase())));
        }
    }

    #[test]
    fn a_peer_on_another_machine_is_elsewhere_whatever_its_headers_say() {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("localhost"));
        let peer = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 9));
        let found = check_local(Some(peer), &Uri::default(), &headers);
        assert_eq!(found, Err(Elsewhere::Peer));
    }
}
