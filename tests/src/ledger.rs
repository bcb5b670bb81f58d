//! A small ledger as files, and a server of files.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use shared::codec::Canonical as _;
use shared::ids::NodeKey;
use shared::ledger::ban::Ban;
use shared::ledger::done::{Done, DoneReason};
use shared::ledger::fixture::{Book, cert, chain, fail, id_of, job, policy};
use std::fs;
use std::path::{Path, PathBuf};

/// Where the ledger's paths begin.
const ROOT: &str = "/api/v1/ledger/";
/// Height of the block with the new policy, and the log's size with it.
const NEW_POLICY: (u64, u64) = (3, 10);

/// Entry `number` of many that say little.
fn ban(number: u16) -> Vec<u8> {
    let mut key = [7; 32];
    key[..2].copy_from_slice(&number.to_be_bytes());
    let ban = Ban {
        node_key: NodeKey(key),
        banned: true,
        until_ms: None,
        evidence_index: None,
        reason: "lies".to_owned(),
    };
    ban.encode(chain())
}

/// The fixture's ledger: a job with two Certs and a Fail, a new policy, more than 256 entries, the job's end.
///
/// # Panics
/// When the rules refuse it.
#[must_use]
pub fn book() -> Book {
    let mut book = Book::with_job();
    let cert = |task| cert(&job(), task, &[0, 0, 1]).encode(chain());
    book.add(&[cert(0), cert(1)]);
    book.add(&[policy(1).encode(chain())]);
    book.add(&(0..300).map(ban).collect::<Vec<_>>());
    book.add(&[fail(&job(), 2).encode(chain())]);
    let done = Done {
        job_id: id_of(&job()),
        accepted: 2,
        failed: 1,
        reason: DoneReason::Complete,
        cancel: Vec::new(),
    };
    book.add(&[done.encode(chain())]);
    book
}

/// The same ledger until its second block, in which something else happened then.
#[must_use]
pub fn fork() -> Book {
    let mut book = Book::with_job();
    book.add(&(0..400).map(ban).collect::<Vec<_>>());
    book
}

/// Adds a block that the rules refuse, signed by the leader all the same.
pub fn force(book: &mut Book, entries: &[Vec<u8>]) {
    let header = book.header(entries);
    book.log.extend_from_slice(entries);
    book.log.push(header);
}

/// Writes what a server of this ledger gives out in place of what was in the folder.
///
/// # Panics
/// When the file system does not let us.
pub fn write(book: &Book, folder: &Path) {
    if folder.exists() {
        fs::remove_dir_all(folder).expect("the test's own folder can be removed");
    }
    let policy = book.facts.policy.as_ref();
    let version = policy.map_or(0, |policy| policy.entry.version);
    let has_new_policy = version > 0 && book.size() >= NEW_POLICY.1;
    let policy_ends = if has_new_policy {
        &[NEW_POLICY][..]
    } else {
        &[]
    };
    for (path, bytes) in book.files(policy_ends) {
        let path = folder.join(path);
        let parent = path.parent().expect("files lie in the folder");
        fs::create_dir_all(parent).expect("the folder is writable");
        fs::write(path, bytes).expect("the folder is writable");
    }
}

/// Serves a folder below `/api/v1/ledger` until the test's process ends. Returns the address.
///
/// # Panics
/// When there is no port.
#[must_use]
pub fn serve(folder: &Path) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener
        .set_nonblocking(true)
        .expect("a socket can be set so");
    let address = listener.local_addr().expect("the socket is bound");
    let router = Router::new().fallback(answer).with_state(folder.to_owned());
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime starts").block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener);
            let listener = listener.expect("the socket does not block");
            axum::serve(listener, router).await
        })
    });
    format!("http://{address}")
}

async fn answer(State(folder): State<PathBuf>, uri: Uri) -> Result<Bytes, StatusCode> {
    let path = uri.path().strip_prefix(ROOT);
    let path = path.ok_or(StatusCode::NOT_FOUND)?;
    fs::read(folder.join(path))
        .map(Bytes::from)
        .map_err(|_| StatusCode::NOT_FOUND)
}
