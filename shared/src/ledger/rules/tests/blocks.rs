//! Headers and policies.

use super::*;
use crate::ids::{Digest, LeaderKey, UnixMs};
use crate::ledger::header::Header;

/// The rule that refuses a block of one good entry whose header was changed.
fn refused(change: impl FnOnce(&mut Header)) -> String {
    let book = Book::with_job();
    let entries = [cert(&job(), 0, &[0, 0, 0]).encode(chain())];
    let mut header = Header::decode_signed(chain(), &book.header(&entries)).unwrap();
    change(&mut header);
    let signed = header.sign(chain(), &leader());
    let refusal = book.check(&signed, &entries).unwrap_err();
    assert_eq!(refusal.entry, 1, "it is the header's fault");
    refusal.rule.name()
}

#[test]
fn a_header_continues_the_block_before() {
    assert_eq!(refused(|header| header.height = 3), "height");
    assert_eq!(refused(|header| header.height = 1), "height");
    assert_eq!(
        refused(|header| header.prev_header_hash.0[0] ^= 1),
        "prev_header_hash"
    );
    assert_eq!(refused(|header| header.first_index += 1), "first_index");
    assert_eq!(refused(|header| header.count = 2), "count");
    assert_eq!(refused(|header| header.count = 0), "count");
    assert_eq!(refused(|header| header.body_root.0[31] ^= 1), "body_root");
    assert_eq!(refused(|header| header.log_root.0[31] ^= 1), "log_root");
    assert_eq!(
        refused(|header| header.policy_sha256 = Digest::of(b"other")),
        "policy_sha256"
    );
    let earlier = Book::with_job().facts.tip.head.unwrap().time_ms;
    assert_eq!(refused(|header| header.time_ms = earlier), "time_ms");
    assert_eq!(refused(|header| header.time_ms = UnixMs(0)), "time_ms");
}

#[test]
fn only_the_leader_of_the_policy_makes_blocks() {
    let book = Book::with_job();
    let entries = [cert(&job(), 0, &[0, 0, 0]).encode(chain())];
    let mut header = Header::decode_signed(chain(), &book.header(&entries)).unwrap();
    let other = key(9, 9);
    header.leader_key = LeaderKey(other.public_bytes());
    let by_other = header.sign(chain(), &other);
    assert_eq!(
        book.check(&by_other, &entries).unwrap_err().rule.name(),
        "leader_key"
    );
    let forged = header.sign(chain(), &leader());
    assert_eq!(
        book.check(&forged, &entries).unwrap_err().rule.name(),
        "signature"
    );
}

#[test]
fn a_block_is_never_empty_and_has_at_most_500_entries() {
    let book = Book::with_job();
    assert_eq!(book.refuses(&[]), "count");
    let entry = cert(&job(), 0, &[0, 0, 0]).encode(chain());
    let many = vec![entry; crate::ledger::rules::MAX_BLOCK_ENTRIES + 1];
    assert_eq!(book.refuses(&many), "count");
}

#[test]
fn a_header_stands_only_at_the_end_of_its_block() {
    let book = Book::with_job();
    let header = book.log.last().unwrap().clone();
    assert_eq!(book.refuses(&[header]), "header");
}

#[test]
fn an_entry_of_another_ledger_or_with_a_byte_too_many_is_refused() {
    let book = Book::with_job();
    let good = cert(&job(), 0, &[0, 0, 0]);
    let elsewhere = good.encode(crate::ids::ChainId([1; 32]));
    assert_eq!(book.refuses(&[elsewhere]), "chain_id");
    let mut longer = good.encode(chain());
    longer.push(0);
    assert_eq!(book.refuses(&[longer]), "canonical");
    assert_eq!(book.refuses(&[b"manyhands/none/1".to_vec()]), "canonical");
    assert_eq!(book.refuses(&[Vec::new()]), "canonical");
}

#[test]
fn block_0_holds_policy_0_alone() {
    let mut book = Book::new();
    book.facts = crate::ledger::facts::Facts::new(chain(), true);
    let first = policy(0).encode(chain());
    assert_eq!(book.refuses(&[prog_entry(&prog())]), "policy_first");
    assert_eq!(
        book.refuses(&[first.clone(), prog_entry(&prog())]),
        "policy_alone"
    );
    assert_eq!(book.refuses(&[policy(1).encode(chain())]), "policy_version");
    book.check(&book.header(std::slice::from_ref(&first)), &[first])
        .unwrap();
}

#[test]
fn a_policy_is_certified_by_the_old_one_and_in_force_from_the_next_block() {
    let mut book = Book::with_job();
    let old = book.policy_sha256();
    let mut next = policy(1);
    next.leader_key = LeaderKey(key(1, 1).public_bytes());
    let block = book.add(&[next.encode(chain())]);
    assert_eq!(block.header.policy_sha256, old);
    assert_eq!(book.policy_sha256(), next.sha256(chain()));
    let entries = [cert(&job(), 0, &[0, 0, 0]).encode(chain())];
    assert_eq!(book.refuses(&entries), "leader_key");
}

#[test]
fn policies_come_one_after_the_other_with_keys_that_are_all_different() {
    let book = Book::with_job();
    assert_eq!(book.refuses(&[policy(0).encode(chain())]), "policy_version");
    assert_eq!(book.refuses(&[policy(2).encode(chain())]), "policy_version");
    let alone = [policy(1).encode(chain()), prog_entry(&prog())];
    assert_eq!(book.refuses(&alone), "policy_alone");
    let mut twice = policy(1);
    twice.referee_key = Some(leader().node_key());
    assert_eq!(book.refuses(&[twice.encode(chain())]), "policy_keys");
    let text = |change: fn(String) -> String| {
        let mut other = policy(1);
        other.text = change(other.text);
        book.refuses(&[other.encode(chain())])
    };
    assert_eq!(text(|text| text + "quorum storage\n"), "policy_text");
    let one_of_three = text(|text| text.replace("group storage 2", "group storage 1"));
    assert_eq!(one_of_three, "policy_text");
    let mut renamed = policy(1);
    renamed.ack.swap(0, 1);
    assert_eq!(book.refuses(&[renamed.encode(chain())]), "policy_ack");
    let mut weak = policy(1);
    weak.ack[0].ack_key.0 = [0; 32];
    weak.ack[0].ack_key.0[0] = 1;
    assert_eq!(book.refuses(&[weak.encode(chain())]), "weak_key");
}
