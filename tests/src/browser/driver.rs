//! The process of a driver, and how it is asked.

use super::engine::{Engine, free_port};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Tries for a port that nobody else takes meanwhile.
const TRIES: usize = 5;

/// Time for one command; a page of a busy machine may take long to load.
const PATIENCE: Duration = Duration::from_mins(2);

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

/// How long a driver may take until it listens.
const START: Duration = Duration::from_mins(1);
/// Time between two looks whether it does.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A driver of its own; all its processes are killed when it is dropped.
#[derive(Debug)]
pub(super) struct Driver {
    shell: Child,
    address: SocketAddr,
}

impl Driver {
    pub(super) fn start(engine: Engine) -> Self {
        for _ in 0..TRIES {
            if let Some(driver) = Self::try_start(engine, free_port()) {
                return driver;
            }
        }
        panic!("{}", engine.missing());
    }

    fn try_start(engine: Engine, port: u16) -> Option<Self> {
        // The driver and every process of its browser are one group. It ends when standard input does, so also when the
        // test is killed; and with the driver.
        let script = format!(
            "{{ {}; kill -9 0; }} </dev/null >/dev/null 2>&1 & cat >/dev/null; kill -9 0",
            engine.driver(port)
        );
        let shell = Command::new("sh")
            .args(["-c", &script])
            .process_group(0)
            .stdin(Stdio::piped())
            .spawn()
            .expect("there is a shell");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut driver = Self { shell, address };
        let began = Instant::now();
        while began.elapsed() < START {
            let is_ready = driver.ask("GET", "/status", None).is_ok();
            let has_ended = driver
                .shell
                .try_wait()
                .expect("our own process can be asked");
            match (has_ended, is_ready) {
                // Somebody else had taken the port.
                (Some(_), _) => return None,
                (None, true) => return Some(driver),
                (None, false) => {}
            }
            std::thread::park_timeout(LOOK_EVERY);
        }
        None
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
