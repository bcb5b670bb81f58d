//! What the demo asks the coordinator over HTTP.

use crate::json;
use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// Longest time for one answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// The coordinator's address.
#[derive(Debug, Clone, Copy)]
pub(super) struct Server(SocketAddr);

impl Server {
    /// The coordinator on a port of 127.0.0.1.
    pub(super) fn new(port: u16) -> Self {
        Self(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
    }

    /// Where it listens, for `--listen`.
    pub(super) fn address(&self) -> String {
        self.0.to_string()
    }

    /// Where its page is.
    pub(super) fn url(&self) -> String {
        format!("http://{}/", self.0)
    }

    /// Whether it serves.
    pub(super) fn is_ready(&self) -> bool {
        self.get("/readyz").is_ok()
    }

    /// How many volunteers are connected, if it says so.
    pub(super) fn connected_nodes(&self) -> Option<u64> {
        let status = self.json("/api/v1/status").ok()?;
        json::number(&status, "/nodes/connected").ok()
    }

    /// The JSON at a path that needs no signature.
    ///
    /// # Errors
    /// When the coordinator does not answer 200 with JSON.
    pub(super) fn json(&self, path: &str) -> Result<Value> {
        let body = self.get(path)?;
        serde_json::from_str(&body).with_context(|| format!("{path} is not JSON"))
    }

    /// HTTP/1.0, so that the answer is neither cut into chunks nor followed by another one.
    fn get(&self, path: &str) -> Result<String> {
        let mut stream = TcpStream::connect_timeout(&self.0, ANSWER_LIMIT)?;
        stream.set_read_timeout(Some(ANSWER_LIMIT))?;
        stream.set_write_timeout(Some(ANSWER_LIMIT))?;
        write!(stream, "GET {path} HTTP/1.0\r\nHost: {}\r\n\r\n", self.0)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer
            .split_once("\r\n\r\n")
            .context("the answer has no end of head")?;
        let line = head.lines().next().unwrap_or_default();
        ensure!(
            line.split(' ').nth(1) == Some("200"),
            "{path} was answered with {line}"
        );
        Ok(body.to_owned())
    }
}
