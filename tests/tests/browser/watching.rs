//! The tests of browsers see what they promise to see, in nested workers too.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tests::browser::Browser;

const PAGE: &str =
    "<!doctype html><title>a</title><h1>a</h1><script type=module src=/page.js></script>";
const SCRIPT: &str = "const worker = new Worker('/worker.js', {type: 'module'});
    worker.onmessage = () => document.title = 'done';";
const WORKER: &str = "const nested = new Worker('/nested.js', {type: 'module'});
    nested.onmessage = () => postMessage('done');";

/// A site whose nested worker does this, then says that it is done. It ends with the test's process.
fn site_with(nested: &'static str) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener
        .local_addr()
        .expect("a bound socket has an address");
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            answer(socket, nested);
        }
    });
    format!("http://{address}/")
}

fn answer(mut socket: TcpStream, nested: &str) {
    let mut first = String::new();
    let read = BufReader::new(&socket).read_line(&mut first);
    let path = first.split(' ').nth(1).unwrap_or_default();
    let (media_type, body) = match path {
        "/" => ("text/html", PAGE.to_owned()),
        "/page.js" => ("text/javascript", SCRIPT.to_owned()),
        "/worker.js" => ("text/javascript", WORKER.to_owned()),
        "/nested.js" => (
            "text/javascript",
            format!("{nested}; setTimeout(() => postMessage('done'), 0)"),
        ),
        _ => ("text/plain", String::new()),
    };
    let length = body.len();
    // A browser that has closed the connection wants no answer.
    let _ = read.and_then(|_| {
        write!(socket, "HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\
            Connection: close\r\nContent-Security-Policy: img-src 'none'; script-src 'self'\r\n\r\n{body}")
    });
}

/// What a browser complains of when it is closed after it has seen the site.
fn complaint(nested: &'static str) -> Option<String> {
    let browser = Browser::start();
    browser.open(&site_with(nested));
    browser.until("the workers are done", |browser| {
        (browser.title() == "done").then_some(())
    });
    assert_eq!(browser.workers().len(), 2, "both workers are seen");
    let closed = catch_unwind(AssertUnwindSafe(|| browser.close()));
    closed
        .err()
        .map(|panic| panic.downcast_ref::<String>().cloned().unwrap_or_default())
}

#[test]
fn a_quiet_site_is_no_reason_to_complain() {
    assert_eq!(complaint("1"), None);
}

#[test]
fn an_error_on_the_console_of_a_nested_worker_is_seen() {
    let complaint = complaint("console.error('broken inside')").expect("a complaint");
    assert!(complaint.contains("broken inside"), "{complaint}");
}

#[test]
fn an_uncaught_error_in_a_nested_worker_is_seen() {
    let complaint = complaint("setTimeout(() => { throw new Error('thrown inside') }, 0)")
        .expect("a complaint");
    assert!(complaint.contains("thrown inside"), "{complaint}");
}

#[test]
fn a_request_of_a_nested_worker_to_another_host_is_seen() {
    let complaint = complaint(
        "await fetch('http://127.0.0.2:9/secret', {mode: 'no-cors'}).catch(() => {}); console.clear()",
    );
    let complaint = complaint.expect("a complaint");
    assert!(complaint.contains("127.0.0.2"), "{complaint}");
}

#[test]
fn a_violated_policy_is_seen() {
    let complaint = complaint(
        "try { eval('1') } catch {}; try { await import('http://127.0.0.2:9/a.js') } catch {}",
    );
    let complaint = complaint.expect("a complaint");
    assert!(complaint.contains("Content Security Policy"), "{complaint}");
}
