//! Any bytes as what is signed or hashed: no panic, and one value has one encoding (LEDGER.md section 1).
#![no_main]

use libfuzzer_sys::fuzz_target;
use shared::cert::Cert;
use shared::codec::Canonical;
use shared::fail::Fail;
use shared::job::Job;
use shared::leaf::{decode_chunk_list, encode_list};
use shared::program::Prog;
use shared::vote::Vote;

fn one_encoding<T: Canonical>(bytes: &[u8]) {
    if let Ok((chain, value)) = T::decode(bytes) {
        assert_eq!(value.encode(chain), bytes);
    }
}

fuzz_target!(|bytes: &[u8]| {
    one_encoding::<Vote>(bytes);
    one_encoding::<Job>(bytes);
    one_encoding::<Cert>(bytes);
    one_encoding::<Fail>(bytes);
    one_encoding::<Prog>(bytes);
    if let Ok(leaves) = decode_chunk_list(bytes) {
        assert_eq!(encode_list(&leaves), bytes);
    }
});
