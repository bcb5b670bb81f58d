//! The bytes of every structure against `vectors/vectors.json`, which `vectors/make.py` computes from LEDGER.md
//! without any code of this crate.

mod entries;
mod ledger;
mod notes;
mod requests;

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::Deserialize;

use crate::codec::Canonical;
use crate::crypto::SecretKey;
use crate::ids::{ChainId, Digest, JobId, SeatNonce, Signature, from_hex};

#[derive(Deserialize)]
struct File {
    structures: BTreeMap<String, String>,
    refused_signatures: BTreeMap<String, RefusedSignature>,
}

#[derive(Deserialize)]
struct RefusedSignature {
    key: String,
    message: String,
    signature: String,
}

fn file() -> File {
    serde_json::from_str(include_str!("../vectors/vectors.json")).unwrap()
}

fn text(name: &str) -> String {
    file().structures.remove(name).expect(name)
}

fn bytes_of(hex: &str) -> Vec<u8> {
    assert!(hex.len().is_multiple_of(2));
    let byte = |at| from_hex::<1>(&hex[at..at + 2]).unwrap()[0];
    (0..hex.len()).step_by(2).map(byte).collect()
}

fn vector(name: &str) -> Vec<u8> {
    bytes_of(&text(name))
}

fn digest(name: &str) -> Digest {
    Digest::from_slice(&vector(name)).unwrap()
}

fn signature(name: &str) -> Signature {
    Signature::from_slice(&vector(name)).unwrap()
}

fn key(number: u8) -> SecretKey {
    SecretKey::from_seed(&[number; 32])
}

fn submitter() -> SecretKey {
    key(100)
}

fn leader() -> SecretKey {
    key(101)
}

fn referee() -> SecretKey {
    key(102)
}

fn chain() -> ChainId {
    ChainId::of_origin("vectors.example/ledger")
}

fn seat_nonce(seat: u8) -> SeatNonce {
    SeatNonce([0xb0 + seat % 16; 16])
}

fn job_id(name: &str) -> JobId {
    JobId::from_slice(&vector(name)).unwrap()
}

/// `bytes` with one bit flipped: each bit of the first hundred bytes, one bit of each byte behind them; in wasm, where
/// the tests are interpreted, only of some bytes.
fn flipped(bytes: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    let every = if cfg!(target_family = "wasm") { 29 } else { 1 };
    let bits = (0..bytes.len()).step_by(every).flat_map(|at| match at {
        0..100 => at * 8..at * 8 + 8,
        _ => at * 8 + at % 8..at * 8 + at % 8 + 1,
    });
    bits.map(|bit| {
        let mut changed = bytes.to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        (bit, changed)
    })
}

/// `bytes` too short by any number of bytes, or too long by one or more.
fn wrong_lengths(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let longer = [&[0][..], &[255], bytes].map(|more| [bytes, more].concat());
    let shorter = (0..bytes.len()).map(|len| bytes[..len].to_vec());
    shorter.chain(longer)
}

/// `value` and the vector are the same thing, and no other bytes are.
fn assert_canonical<T: Canonical + PartialEq + Debug>(name: &str, value: &T) {
    let bytes = vector(name);
    assert_eq!(value.encode(chain()), bytes, "{name}");
    assert_eq!(
        T::decode(&bytes).unwrap(),
        (chain(), decoded(&bytes)),
        "{name}"
    );
    assert_eq!(decoded::<T>(&bytes), *value, "{name}");
    for wrong in wrong_lengths(&bytes) {
        T::decode(&wrong).expect_err(name);
    }
    for (bit, changed) in flipped(&bytes) {
        if let Ok((found, other)) = T::decode(&changed) {
            assert_ne!((found, &other), (chain(), value), "{name}, bit {bit}");
            assert_eq!(other.encode(found), changed, "{name}, bit {bit}");
        }
    }
}

fn decoded<T: Canonical>(bytes: &[u8]) -> T {
    T::decode(bytes).unwrap().1
}

/// A signed structure: no other bytes than the vector's are accepted by `decode`.
fn assert_only_these_bytes<T: Debug, E: Debug>(name: &str, decode: impl Fn(&[u8]) -> Result<T, E>) {
    let bytes = vector(name);
    decode(&bytes).expect(name);
    for wrong in wrong_lengths(&bytes) {
        decode(&wrong).expect_err(name);
    }
    for (_, changed) in flipped(&bytes) {
        decode(&changed).expect_err(name);
    }
}
