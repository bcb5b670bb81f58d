//! A server between a browser and the coordinator, which passes on, changes or withholds what it likes.

use crate::cluster::Cluster;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Passed on, and the answer as it is.
    Honest,
    /// In the answer, one character of every JSON text of that name is another.
    Changed(&'static str),
    /// In the answer, one character of the line behind the first one that begins so is another.
    Flipped(&'static str),
    /// This text stands before the rest of the answer.
    Preceded(&'static str),
    /// The connection is closed without an answer.
    Withheld,
    /// This is the answer; the coordinator is not asked.
    Instead(&'static [u8]),
    /// The answer is that nothing is there; the coordinator is not asked.
    Missing,
}

/// Starts such a server; `deed` is told each method and path: `GET /jobs`. Answers with its address; it ends with the test's process.
///
/// # Panics
/// When the system has no port for it.
pub fn between(cluster: &Cluster, deed: impl Fn(&str) -> Deed + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener
        .local_addr()
        .expect("a bound socket has an address");
    let server = cluster.address();
    let deed = Arc::new(deed);
    std::thread::spawn(move || {
        for browser in listener.incoming().flatten() {
            let deed = Arc::clone(&deed);
            // A browser that closes its connection wants no answer.
            std::thread::spawn(move || serve(browser, server, &*deed));
        }
    });
    format!("http://{address}")
}

/// One request for each connection keeps this simple.
fn serve(
    mut browser: TcpStream,
    server: SocketAddr,
    deed: &dyn Fn(&str) -> Deed,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(browser.try_clone()?);
    let (mut head, mut length, mut is_socket) = (Vec::new(), 0, false);
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line)? <= 2 {
            break;
        }
        let text = String::from_utf8_lossy(&line).to_ascii_lowercase();
        if let Some(value) = text.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or_default();
        }
        is_socket |= text.starts_with("upgrade: websocket");
        if !text.starts_with("connection:") {
            head.extend(line);
        }
    }
    let connection = if is_socket { "Upgrade" } else { "close" };
    head.extend(format!("Connection: {connection}\r\n\r\n").into_bytes());
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let text = String::from_utf8_lossy(&head);
    let asked = text.split(" HTTP/").next().unwrap_or_default();
    let deed = deed(asked);
    if deed == Deed::Withheld {
        return Ok(());
    }
    let own = match deed {
        Deed::Instead(body) => Some(("200 OK", body)),
        Deed::Missing => Some(("404 Not Found", &b""[..])),
        _ => None,
    };
    if let Some((status, body)) = own {
        let length = body.len();
        write!(
            browser,
            "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        )?;
        return browser.write_all(body);
    }
    let mut upstream = TcpStream::connect(server)?;
    upstream.write_all(&head)?;
    upstream.write_all(&body)?;
    if is_socket {
        let (mut from, mut to) = (browser.try_clone()?, upstream.try_clone()?);
        std::thread::spawn(move || {
            let copied = std::io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Both);
            copied
        });
    }
    let mut answer = Vec::new();
    let changed = match deed {
        Deed::Changed(field) => {
            upstream.read_to_end(&mut answer)?;
            changed(answer, field)
        }
        Deed::Flipped(begin) => {
            upstream.read_to_end(&mut answer)?;
            flipped(answer, begin)
        }
        Deed::Preceded(text) => {
            upstream.read_to_end(&mut answer)?;
            preceded(&answer, text)
        }
        _ => {
            std::io::copy(&mut upstream, &mut browser)?;
            return browser.shutdown(Shutdown::Both);
        }
    };
    browser.write_all(&changed)
}

/// The answer with this text before its body, and no word of how long it is: it ends with the connection.
fn preceded(answer: &[u8], text: &str) -> Vec<u8> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let (head, body) = answer.split_at(end.expect("an answer has a head") + 4);
    let head = String::from_utf8_lossy(head);
    let kept = head.split_inclusive("\r\n").filter(|line| {
        let line = line.to_ascii_lowercase();
        !line.starts_with("content-length:") && !line.starts_with("etag:")
    });
    let mut changed = kept.collect::<String>().into_bytes();
    changed.extend(text.as_bytes());
    changed.extend(body);
    changed
}

/// The answer with another twentieth character in the line behind the first that begins so, if there is one.
fn flipped(mut answer: Vec<u8>, begin: &str) -> Vec<u8> {
    let line = format!("\n{begin}");
    let found = answer
        .windows(line.len())
        .position(|text| text == line.as_bytes());
    let behind = found.and_then(|found| {
        let rest = answer.get(found + line.len()..)?;
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        Some(found + line.len() + end + 20)
    });
    if let Some(char) = behind.and_then(|behind| answer.get_mut(behind)) {
        *char = if *char == b'A' { b'B' } else { b'A' };
    }
    answer
}

/// The answer with the tenth character of every text of that name replaced: base64 of as many bytes, one of them another.
fn changed(mut answer: Vec<u8>, field: &str) -> Vec<u8> {
    let begin = format!("\"{field}\":\"");
    let places: Vec<usize> = answer
        .windows(begin.len())
        .enumerate()
        .filter(|(_, text)| *text == begin.as_bytes())
        .map(|(at, _)| at + begin.len() + 10)
        .collect();
    for place in places {
        if let Some(char) = answer.get_mut(place) {
            *char = if *char == b'A' { b'B' } else { b'A' };
        }
    }
    answer
}

/// The text with another letter at this byte.
///
/// # Panics
/// When it is not ASCII there.
#[must_use]
pub fn with_another_letter(text: &str, at: usize) -> String {
    let (before, rest) = text.split_at(at);
    let letter = if rest.starts_with('A') { 'B' } else { 'A' };
    let after = rest.get(1..).expect("the letter is ASCII");
    format!("{before}{letter}{after}")
}
