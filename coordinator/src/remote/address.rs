//! The address of a coordinator: `http://HOST:PORT` or `https://HOST[:PORT]`, and nothing behind it.

use shared::protocol::NODE_PATH;
use std::fmt;
use std::str::FromStr;
use url::{Host, Url};

/// Not an address that a coordinator can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{url:?} is not the address of a coordinator: {reason}")]
pub struct AddressError {
    /// As it was given.
    pub url: String,
    /// What is wrong with it.
    pub reason: String,
}

/// A coordinator's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(Url);

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        Self::parse(text)
    }
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// When it is not http or https, or holds a path, a query or a password.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let bad = |reason: &str| AddressError {
            url: text.to_owned(),
            reason: reason.to_owned(),
        };
        let url = Url::parse(text).map_err(|error| {
            bad(&format!(
                "{error}; it should look like http://127.0.0.1:8080"
            ))
        })?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(bad("it must begin with http:// or https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad(
                "it must not hold a user name or password; give a token with --token-file",
            ));
        }
        // Requests are signed over their path as the coordinator sees it, so nothing may stand before it.
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(bad("nothing may follow the port"));
        }
        Ok(Self(url))
    }

    /// Scheme, host and port, without a slash at the end.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// The address of `target`, a path with its query.
    #[must_use]
    pub fn join(&self, target: &str) -> String {
        self.text() + target
    }

    /// Where volunteers connect.
    #[must_use]
    pub fn socket(&self) -> String {
        let scheme = if self.is_tls() { "wss" } else { "ws" };
        let text = self.text();
        let rest = text.split_once(':').map_or("", |(_, rest)| rest);
        format!("{scheme}:{rest}{NODE_PATH}")
    }

    /// Host name or IP address, an IPv6 address without the brackets that no resolver takes.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0
            .host_str()
            .unwrap_or_default()
            .trim_matches(['[', ']'])
    }

    /// TCP port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or_default()
    }

    /// Whether connections are encrypted.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether it is on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        }
    }

    /// Whether what is sent there can be read on the way.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        self.0.scheme() == "http" && !self.is_loopback()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_scheme_a_host_and_a_port() {
        for (text, expected) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("HTTPS://Example.org:443", "https://example.org"),
            ("http://[::1]:9", "http://[::1]:9"),
        ] {
            assert_eq!(text.parse::<Address>().unwrap().text(), expected);
        }
        for bad in [
            "",
            "127.0.0.1:8080",
            "ftp://a",
            "http://a/b",
            "http://a?b",
            "http://u:p@a",
            "data:x",
        ] {
            assert!(bad.parse::<Address>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_leads_to_the_socket_of_volunteers() {
        let address: Address = "https://example.org".parse().unwrap();
        assert_eq!(address.socket(), "wss://example.org/api/v1/node");
        assert_eq!((address.host(), address.port()), ("example.org", 443));
        let six: Address = "http://[::1]:8080".parse().unwrap();
        assert_eq!(six.socket(), "ws://[::1]:8080/api/v1/node");
        assert_eq!((six.host(), six.port()), ("::1", 8080));
    }

    #[test]
    fn only_plain_http_to_elsewhere_is_exposed() {
        let exposed = |text: &str| text.parse::<Address>().unwrap().is_exposed();
        assert!(exposed("http://example.org"));
        assert!(!exposed("https://example.org"));
        assert!(!exposed("http://127.0.2.1:1"));
        assert!(!exposed("http://localhost:1"));
    }
}
