//! The process of chromedriver, and how it is asked.

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

/// chromedriver and every process of Chromium are one group. It ends when standard input does, so also when the test is
/// killed.
const SCRIPT: &str =
    "chromedriver --port=0 --log-level=SEVERE </dev/null & cat >/dev/null; kill -9 0";

/// How chromedriver says which port it has taken.
const READY: &str = "started successfully on port ";

/// Time for one command; a page of a busy machine may take long to load.
const PATIENCE: Duration = Duration::from_mins(2);

/// What to do where it is not installed.
const MISSING: &str =
    "chromedriver does not start: install it (Debian: apt-get install chromium chromium-driver)";

/// A command that WebDriver refused.
#[derive(Debug)]
pub(super) struct Refused {
    /// Its machine-readable name.
    pub(super) code: String,
    message: String,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

/// A chromedriver of its own; all its processes are killed when it is dropped.
#[derive(Debug)]
pub(super) struct Driver {
    shell: Child,
    /// Kept open: chromedriver would end when nobody listens.
    _stdout: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Driver {
    pub(super) fn start() -> Self {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT])
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("there is a shell");
        let mut stdout = BufReader::new(shell.stdout.take().expect("stdout is piped"));
        let mut line = String::new();
        let port = loop {
            line.clear();
            let length = stdout
                .read_line(&mut line)
                .expect("chromedriver prints text");
            assert!(length > 0, "{MISSING}");
            if let Some((_, port)) = line.split_once(READY) {
                break port.trim().trim_end_matches('.').parse().expect("a port");
            }
        };
        Self {
            shell,
            _stdout: stdout,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        }
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Sends a command and gives its value.
    pub(super) fn ask(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Refused> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let answer = self.exchange(method, path, &body);
        let answer = answer.map_err(|error| Refused {
            code: "no answer".to_owned(),
            message: error.to_string(),
        })?;
        let value = answer.get("value").cloned().unwrap_or_default();
        let Some(code) = value.get("error").and_then(Value::as_str) else {
            return Ok(value);
        };
        let message = value.get("message").and_then(Value::as_str);
        Err(Refused {
            code: code.to_owned(),
            message: message.unwrap_or_default().to_owned(),
        })
    }

    fn exchange(&self, method: &str, path: &str, body: &str) -> std::io::Result<Value> {
        let mut socket = TcpStream::connect(self.address)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        let (host, length) = (self.address, body.len());
        write!(
            socket,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
             Content-Type: application/json; charset=utf-8\r\nContent-Length: {length}\r\n\r\n{body}"
        )?;
        // chromedriver keeps the connection open, whatever it is asked.
        let mut reader = BufReader::new(socket);
        let mut length = 0;
        let mut line = String::new();
        while reader.read_line(&mut line)? > 2 {
            let header = line.to_ascii_lowercase();
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or_default();
            }
            line.clear();
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        Ok(serde_json::from_slice(&body)?)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The shell kills the group as soon as its input has ended.
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}
