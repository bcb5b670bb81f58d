//! Vectors of the entries around jobs: Done, Void, Withdraw, Ban, Evid, Policy, Header; of the Ack; and the log of four
//! blocks that they make up.

use super::*;
use crate::counted::{Dissent, SeatVote};
use crate::crypto::{PublicKey as _, Strict};
use crate::ids::{AckKey, NodeKey, UnixMs};
use crate::ledger::ack::Ack;
use crate::ledger::ban::Ban;
use crate::ledger::bundle::ProofBundle;
use crate::ledger::done::{Done, DoneReason};
use crate::ledger::evidence::{Evidence, EvidenceKind};
use crate::ledger::facts::{Facts, indexes};
use crate::ledger::header::Header;
use crate::ledger::policy::{AckMember, PolicyEntry};
use crate::ledger::policy_text::QuorumPolicy;
use crate::ledger::rules;
use crate::ledger::void::{RefereeOutcome, Void, VoidReason};
use crate::ledger::withdraw::{SignedWithdraw, Withdraw};
use crate::merkle::tree_hash;
use crate::outcome::{Outcome, Status};
use crate::vote::{REFEREE_SEAT, Vote};

const BEGAN: u64 = 1_700_000_000_000;

/// The entries of the log's blocks, without the headers.
const BLOCKS: [&[&str]; 4] = [
    &["policy.zero"],
    &["prog.named", "job.chunks"],
    &[
        "cert.majority",
        "evid.double_vote",
        "evid.double_header",
        "evid.refuted_by_cert",
        "evid.refuted_by_referee",
        "evid.double_checkpoint",
        "ban.for_ever",
        "ban.until",
        "ban.lifted",
        "void.referee",
        "withdraw",
        "done.cancelled",
    ],
    &["policy.without_referee"],
];

fn good() -> Outcome {
    Outcome::ok(b"hello\n", 7)
}

fn trap() -> Outcome {
    Outcome::failed(Status::Trap, 9)
}

fn vote(node_key: NodeKey, seat: u8, outcome: Outcome) -> Vote {
    Vote {
        job_id: job_id("job_id.chunks"),
        task: 3,
        attempt: 1,
        seat,
        nonce: seat_nonce(seat),
        input_sha256: Digest::of(b"gamma\n"),
        module_sha256: Digest::of(b"module"),
        outcome,
        node_key,
    }
}

fn signed(key: &SecretKey, message: Vec<u8>) -> Vec<u8> {
    let signature = key.sign(&message);
    [message, signature.0.to_vec()].concat()
}

#[test]
fn jobs_end_complete_cancelled_or_stopped() {
    let done = |accepted, failed, reason, cancel| Done {
        job_id: job_id("job_id.chunks"),
        accepted,
        failed,
        reason,
        cancel,
    };
    let complete = done(4, 1, DoneReason::Complete, Vec::new());
    assert_canonical("done.complete", &complete);
    let cancelled = done(0, 0, DoneReason::Cancelled, vector("cancel"));
    assert_canonical("done.cancelled", &cancelled);
    let stopped = done(1, 0, DoneReason::Stopped, Vec::new());
    assert_canonical("done.stopped", &stopped);
}

#[test]
fn a_certificate_is_voided_by_the_referee_or_an_audit() {
    let void = |reason, votes, outcome| {
        let ruling = vote(referee().node_key(), REFEREE_SEAT, outcome);
        Void {
            cert_index: 5,
            reason,
            votes,
            referee: Some(RefereeOutcome {
                nonce: ruling.nonce,
                outcome,
                signature: referee().sign(&ruling.encode_for_referee(chain())),
            }),
        }
    };
    let third = vote(key(3).node_key(), 2, trap());
    let dissent = Dissent {
        vote: SeatVote {
            node_key: third.node_key,
            attempt: third.attempt,
            seat: third.seat,
            nonce: third.nonce,
            signature: key(3).sign(&third.encode(chain())),
        },
        outcome: trap(),
    };
    let referee = void(VoidReason::Referee, vec![dissent], trap());
    assert_canonical("void.referee", &referee);
    let exit = Outcome::exit(3, b"partial", 1 << 40);
    assert_canonical("void.audit", &void(VoidReason::Audit, Vec::new(), exit));
}

#[test]
fn a_program_is_withdrawn() {
    let withdraw = Withdraw {
        name: "wordcount".to_owned(),
        version: "1.2.3".to_owned(),
        reason: "counts \u{e4} as two".to_owned(),
    };
    assert_eq!(withdraw.sign(chain(), &leader()), vector("withdraw"));
    let read = SignedWithdraw::decode(chain(), &vector("withdraw")).unwrap();
    assert_eq!(read.withdraw, withdraw);
    assert_only_these_bytes("withdraw", |bytes| {
        let read = SignedWithdraw::decode(chain(), bytes).map_err(drop)?;
        let message = read.withdraw.encode(chain());
        let is_signed = leader().leader_key().verifies(&message, &read.signature);
        is_signed.then_some(()).ok_or(())
    });
}

#[test]
fn nodes_are_banned_for_ever_or_until_a_time_or_not_any_more() {
    let for_ever = Ban {
        node_key: key(1).node_key(),
        banned: true,
        until_ms: None,
        evidence_index: Some(6),
        reason: "two votes with one nonce".to_owned(),
    };
    let until = Ban {
        node_key: key(2).node_key(),
        until_ms: Some(UnixMs(1_800_000_000_000)),
        evidence_index: None,
        reason: String::new(),
        ..for_ever.clone()
    };
    let lifted = Ban {
        banned: false,
        evidence_index: None,
        reason: "a mistake of ours".to_owned(),
        ..for_ever.clone()
    };
    assert_canonical("ban.for_ever", &for_ever);
    assert_canonical("ban.until", &until);
    assert_canonical("ban.lifted", &lifted);
}

#[test]
fn evidence_of_each_kind() {
    let node = key(1);
    let voted = |outcome| signed(&node, vote(node.node_key(), 0, outcome).encode(chain()));
    let ruling = vote(referee().node_key(), REFEREE_SEAT, trap());
    let header = |time_ms| Header {
        height: 1,
        epoch: 4,
        first_index: 2,
        count: 1,
        prev_header_hash: Digest::NONE,
        body_root: tree_hash(["one"]),
        log_root: tree_hash(["one"]),
        policy_sha256: Digest::of(&vector("policy.zero")),
        time_ms: UnixMs(time_ms),
        leader_key: leader().leader_key(),
    };
    let checkpoint = |leaf: &str| {
        let checkpoint = crate::ledger::checkpoint::Checkpoint {
            origin: "vectors.example/ledger".to_owned(),
            size: 7,
            root: tree_hash([leaf]),
        };
        signed(&key(103), checkpoint.to_string().into_bytes())
    };
    let [double_vote, double_header, refuted, checkpoints] = [
        EvidenceKind::DoubleVote,
        EvidenceKind::DoubleHeader,
        EvidenceKind::RefutedVote,
        EvidenceKind::DoubleCheckpoint,
    ];
    for (name, kind, first, second) in [
        ("double_vote", double_vote, voted(good()), voted(trap())),
        (
            "double_header",
            double_header,
            header(BEGAN).sign(chain(), &leader()),
            header(BEGAN + 1).sign(chain(), &leader()),
        ),
        (
            "refuted_by_cert",
            refuted,
            voted(trap()),
            vector("cert.majority"),
        ),
        (
            "refuted_by_referee",
            refuted,
            voted(good()),
            signed(&referee(), ruling.encode_for_referee(chain())),
        ),
        (
            "double_checkpoint",
            checkpoints,
            checkpoint("one"),
            checkpoint("two"),
        ),
    ] {
        let evidence = Evidence {
            kind,
            first,
            second,
        };
        assert_canonical(&format!("evid.{name}"), &evidence);
    }
}

#[test]
fn policies_with_and_without_a_referee() {
    let policy = |version, referee_key| PolicyEntry {
        version,
        leader_key: leader().leader_key(),
        referee_key,
        ack: (1..=3)
            .map(|number| AckMember {
                name: format!("s{number}"),
                ack_key: AckKey(key(120 + number).public_bytes()),
            })
            .collect(),
        text: text("policy.text"),
    };
    assert_canonical("policy.zero", &policy(0, Some(referee().node_key())));
    assert_canonical("policy.without_referee", &policy(1, None));
}

#[test]
fn a_storage_node_acknowledges_a_block() {
    let ack = Ack {
        ballot: 2,
        height: 3,
        header_hash: digest("header_hash.3"),
        ack_key: key(121).ack_key(),
    };
    assert_eq!(ack.sign(chain(), &key(121)), vector("ack"));
    assert_eq!(Ack::decode_signed(chain(), &vector("ack")), Ok(ack));
    assert_only_these_bytes("ack", |bytes| Ack::decode_signed(chain(), bytes));
}

#[test]
fn the_log_of_the_vectors_keeps_every_rule() {
    let mut facts = Facts::new(chain(), false);
    let mut log: Vec<Vec<u8>> = Vec::new();
    for (height, names) in BLOCKS.iter().enumerate() {
        let name = format!("header.{height}");
        let entries: Vec<_> = names.iter().map(|name| vector(name)).collect();
        let cut = facts.tip.cut(
            &entries,
            Digest::of(&vector("policy.zero")),
            leader().leader_key(),
            1 + height as u64 / 2,
            UnixMs(BEGAN + 1000 * height as u64),
        );
        assert_eq!(cut.header.sign(chain(), &leader()), vector(&name));
        assert_only_these_bytes(&name, |bytes| Header::decode_signed(chain(), bytes));

        let decoded = rules::decode(&facts, &entries).unwrap();
        for index in indexes(&decoded) {
            let earlier = log.get(usize::try_from(index).unwrap()).cloned();
            facts.earlier.extend(earlier.map(|entry| (index, entry)));
        }
        let block = rules::check_block(&mut facts, &vector(&name), &entries, decoded, &Strict);
        let block = block.unwrap();
        assert_eq!(
            block.header_hash,
            digest(&format!("header_hash.{height}")),
            "{name}"
        );
        log.extend(entries);
        log.push(vector(&name));
    }
    assert_eq!(facts.tip.tree.root(), digest("ledger.root"));
    assert_eq!(tree_hash(&log), digest("ledger.root"));
}

#[test]
fn the_bundle_of_a_cancelled_job_whose_certificate_is_void() {
    let bytes = text("bundle").into_bytes();
    let bundle = ProofBundle::parse(&bytes).unwrap();
    assert_eq!(bundle.to_string().into_bytes(), bytes);
    let pinned = QuorumPolicy::parse(&text("policy.text")).unwrap();
    let verified = bundle.verify(&pinned, &BTreeMap::new()).unwrap();
    assert_eq!(verified.job_id, job_id("job_id.chunks"));
    assert!(verified.partial && verified.tasks.is_empty());
    let [void] = &verified.voids[..] else {
        panic!("one Cert is void");
    };
    assert_eq!((void.void_index, void.cert_index, void.task), (14, 5, 3));
    let done = verified.jobs[&verified.job_id].done.as_ref().unwrap();
    assert_eq!((done.0, done.1.reason), (16, DoneReason::Cancelled));
}
