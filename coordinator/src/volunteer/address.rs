//! Where a coordinator is: its URL, and what follows from it for sockets and fetches.

use shared::ids::Digest;
use shared::protocol::NODE_PATH;
use std::fmt;
use std::str::FromStr;
use url::Url;

/// Base URL of a coordinator: http or https, a host, no user, query or fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    base: Url,
    host: String,
    port: u16,
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = |why: &str| {
            format!(
                "{text:?} is not a coordinator's URL: {why}; write it like http://127.0.0.1:8080"
            )
        };
        let mut base = Url::parse(text).map_err(|error| bad(&error.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(bad("it must begin with http:// or https://"));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(bad("it must not hold a user name or password"));
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(bad("it must not hold ? or #"));
        }
        if !base.path().ends_with('/') {
            let path = format!("{}/", base.path());
            base.set_path(&path);
        }
        let host = base.host_str().ok_or_else(|| bad("it has no host"))?;
        // An IPv6 host is written in brackets, which no resolver takes.
        let host = host.trim_matches(['[', ']']).to_owned();
        let port = base
            .port_or_known_default()
            .ok_or_else(|| bad("it has no port"))?;
        Ok(Self { base, host, port })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.base.as_str().trim_end_matches('/'))
    }
}

impl Address {
    /// Host name or address, without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// TCP port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Whether the connection is encrypted.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.base.scheme() == "https"
    }

    /// URL of the WebSocket.
    #[must_use]
    pub fn socket(&self) -> String {
        let scheme = if self.is_tls() { "wss" } else { "ws" };
        let rest = self.at(NODE_PATH);
        let rest = rest.split_once(':').map_or("", |(_, rest)| rest);
        format!("{scheme}:{rest}")
    }

    /// URL of a module.
    #[must_use]
    pub fn module(&self, module: Digest) -> String {
        self.at(&format!("api/v1/programs/{module}.wasm"))
    }

    /// URL of a blob.
    #[must_use]
    pub fn blob(&self, blob: Digest) -> String {
        self.at(&format!("api/v1/blobs/{blob}"))
    }

    /// URL of a task's state.
    #[must_use]
    pub fn task(&self, job: shared::ids::JobId, task: u32) -> String {
        self.at(&format!("api/v1/jobs/{job}/tasks/{task}"))
    }

    fn at(&self, path: &str) -> String {
        format!("{}{}", self.base, path.trim_start_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_socket_modules_and_blobs() {
        let address: Address = "https://example.org:8443/hands".parse().unwrap();
        assert_eq!(address.socket(), "wss://example.org:8443/hands/api/v1/node");
        let blob = address.blob(Digest([0xab; 32]));
        let hex = "ab".repeat(32);
        assert_eq!(
            blob,
            format!("https://example.org:8443/hands/api/v1/blobs/{hex}")
        );
        assert_eq!((address.host(), address.port()), ("example.org", 8443));
        let six: Address = "http://[::1]:8080".parse().unwrap();
        assert_eq!((six.host(), six.is_tls()), ("::1", false));
        assert_eq!(six.socket(), "ws://[::1]:8080/api/v1/node");
    }

    #[test]
    fn what_is_no_address_is_refused_with_what_to_write() {
        for text in [
            "",
            "127.0.0.1:8080",
            "ftp://x",
            "http://u:p@x",
            "http://x/?a",
        ] {
            let error = text.parse::<Address>().unwrap_err();
            assert!(error.contains("http://127.0.0.1:8080"), "{error}");
        }
    }
}
