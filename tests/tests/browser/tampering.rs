//! A server that lies about what was signed: the page turns red, and nothing counts as verified.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use tests::browser::Browser;
use tests::cluster::Cluster;

/// Stands between a browser and the coordinator and changes one character of every field of that name in the results of
/// jobs. It ends with the test's process.
fn lying_server(cluster: &Cluster, field: &'static str) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener
        .local_addr()
        .expect("a bound socket has an address");
    let url = cluster.url();
    let host = url.strip_prefix("http://").expect("a plain address");
    let server: SocketAddr = host.parse().expect("an address");
    std::thread::spawn(move || {
        for browser in listener.incoming().flatten() {
            // A browser that closes its connection wants no answer.
            std::thread::spawn(move || pass_on(browser, server, field));
        }
    });
    format!("http://{address}")
}

fn pass_on(mut browser: TcpStream, server: SocketAddr, field: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(browser.try_clone()?);
    let (mut head, mut length) = (Vec::new(), 0);
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line)? <= 2 {
            break;
        }
        let text = String::from_utf8_lossy(&line).to_ascii_lowercase();
        if let Some(value) = text.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or_default();
        }
        // One request for each connection keeps this simple.
        if !text.starts_with("connection:") {
            head.extend(line);
        }
    }
    head.extend(b"Connection: close\r\n\r\n");
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut upstream = TcpStream::connect(server)?;
    upstream.write_all(&head)?;
    upstream.write_all(&body)?;
    let is_of_results = String::from_utf8_lossy(&head)
        .lines()
        .next()
        .is_some_and(|first| first.contains("/results"));
    if !is_of_results {
        std::io::copy(&mut upstream, &mut browser)?;
        return Ok(());
    }
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer)?;
    browser.write_all(&changed(answer, field))
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

/// What the page shows when a field of the results is changed on the way.
fn turns_red(field: &'static str) {
    let mut cluster = Cluster::start(&[]);
    for name in ["ann", "bob"] {
        cluster.volunteer(name, &[]);
    }
    cluster.text_file(100_000);
    let url = lying_server(&cluster, field);
    let browser = Browser::start();
    let input = cluster.user.home().join("input.txt");
    let _ = browser.posts_word_count(&url, &input, "lines:16KiB");
    browser.until_text("#broken", "Not verified");
    assert!(!browser.has("#result-ready") && !browser.has("#verified"));
}

#[test]
fn a_changed_certificate_is_red_and_never_verified() {
    turns_red("entry");
}

#[test]
fn changed_output_bytes_are_red_and_never_verified() {
    turns_red("output");
}
