//! The address of a coordinator: `http://HOST:PORT` or `https://HOST[:PORT]`, and nothing behind it.

use super::error::ClientError;
use std::str::FromStr;
use url::{Host, Url};

/// A coordinator's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(Url);

impl FromStr for Address {
    type Err = ClientError;

    fn from_str(text: &str) -> Result<Self, ClientError> {
        Self::parse(text)
    }
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// [`ClientError::BadUrl`] when it is not http or https, or holds a path, a query or a password.
    pub fn parse(text: &str) -> Result<Self, ClientError> {
        let bad = |reason: &str| ClientError::BadUrl {
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
    fn only_plain_http_to_elsewhere_is_exposed() {
        let exposed = |text: &str| text.parse::<Address>().unwrap().is_exposed();
        assert!(exposed("http://example.org"));
        assert!(!exposed("https://example.org"));
        assert!(!exposed("http://127.0.2.1:1"));
        assert!(!exposed("http://localhost:1"));
    }
}
