//! Vectors of what is logged: leaves, Job, Cancel, Vote, Cert, Fail, Prog.

use super::*;
use crate::cert::{Cert, Dissent, RefereeVote, Relaxed, SeatVote};
use crate::codec::Reader;
use crate::crypto::Strict;
use crate::fail::{Fail, FailReason};
use crate::ids::{JobNonce, JobSeed, UnixMs};
use crate::job::{ArgvMode, Cancel, Input, Job, Limits, Policy, SignedJob};
use crate::leaf::{Leaf, RangeInput, decode_chunk_list, encode_list, input_root};
use crate::outcome::{Outcome, Status};
use crate::program::{AD_HOC_VERSION, Prog, ad_hoc_name};
use crate::vote::{REFEREE_SEAT, Vote};
use proptest::prelude::*;

const TASK: u32 = 3;
const RANGE: RangeInput = RangeInput {
    start: -5,
    end: 6,
    chunk: 4,
};

fn good() -> Outcome {
    Outcome::ok(b"hello\n", 7)
}

fn exit() -> Outcome {
    Outcome::exit(3, b"partial", 1 << 40)
}

fn trap() -> Outcome {
    Outcome::failed(Status::Trap, 9)
}

#[test]
fn every_status_has_its_outcome_bytes() {
    for (name, outcome) in [
        ("outcome.ok", good()),
        ("outcome.exit", exit()),
        ("outcome.trap", trap()),
        (
            "outcome.out_of_fuel",
            Outcome::failed(Status::OutOfFuel, (1 << 63) - 1),
        ),
        (
            "outcome.output_too_large",
            Outcome::failed(Status::OutputTooLarge, 0),
        ),
        (
            "outcome.out_of_memory",
            Outcome::failed(Status::OutOfMemory, 1),
        ),
    ] {
        let mut bytes = Vec::new();
        outcome.encode(&mut bytes);
        assert_eq!(bytes, vector(name), "{name}");
        assert_eq!(bytes.len(), Outcome::ENCODED_LEN);
        assert_eq!(Outcome::decode(&mut Reader::new(&bytes)), Ok(outcome));
        for len in 0..bytes.len() {
            Outcome::decode(&mut Reader::new(&bytes[..len])).expect_err(name);
        }
        for (bit, changed) in flipped(&bytes) {
            let mut again = Vec::new();
            if let Ok(other) = Outcome::decode(&mut Reader::new(&changed)) {
                other.encode(&mut again);
                assert_eq!(again, changed, "{name}, bit {bit}");
            }
        }
    }
}

#[test]
fn leaves_and_their_tree_hashes() {
    let texts: [&[u8]; 5] = [b"alpha\n", b"beta\n", b"", b"gamma\n", b"delta\n"];
    let chunks = texts.map(|text| Leaf::Chunk {
        sha256: Digest::of(text),
        len: text.len() as u64,
    });
    let range: Vec<Leaf> = RANGE.leaves().collect();
    let subset = [Leaf::Subset { task: 1 }, Leaf::Subset { task: 4 }];
    assert_eq!(encode_list(&chunks), vector("leaves.chunks"));
    assert_eq!(decode_chunk_list(&vector("leaves.chunks")).unwrap(), chunks);
    assert_eq!(encode_list(&range), vector("leaves.range"));
    assert_eq!(encode_list(&subset), vector("leaves.subset"));
    assert_eq!(input_root([]), digest("root.of_nothing"));
    assert_eq!(input_root(chunks), digest("root.chunks"));
    assert_eq!(input_root(range), digest("root.range"));
    assert_eq!(input_root(subset), digest("root.subset"));
}

fn chunks_job() -> Job {
    Job {
        nonce: JobNonce([0x4a; 16]),
        submitter_key: submitter().submitter_key(),
        module_sha256: Digest::of(b"module"),
        manifest_sha256: Digest::of(b"manifest"),
        argv_mode: ArgvMode::Staged,
        args: Vec::new(),
        common_sha256: Digest::NONE,
        input: Input::Chunks,
        task_count: 5,
        input_root: digest("root.chunks"),
        trust: 3,
        policy: Policy::Balanced,
        referee_allowed: true,
        limits: Limits {
            fuel: 1_000_000_000_000,
            memory_pages: 4096,
            output_bytes: 16 << 20,
            wall_ms: 120_000,
        },
        seed: JobSeed([0x5e; 32]),
        deadline_ms: UnixMs(0),
    }
}

fn jobs() -> Vec<(&'static str, Job)> {
    let range = Job {
        args: vec![b"width=1024".to_vec(), Vec::new(), vec![255]],
        common_sha256: Digest::of(b"common"),
        input: Input::Range(RANGE),
        task_count: 3,
        input_root: digest("root.range"),
        trust: 15,
        referee_allowed: false,
        deadline_ms: UnixMs(1_800_000_000_000),
        ..chunks_job()
    };
    let subset = Job {
        argv_mode: ArgvMode::Plain,
        input: Input::Subset {
            parent: job_id("job_id.chunks"),
        },
        task_count: 2,
        input_root: digest("root.subset"),
        trust: 5,
        ..chunks_job()
    };
    let with_policy = |policy| Job {
        policy,
        ..chunks_job()
    };
    vec![
        ("chunks", chunks_job()),
        ("range", range),
        ("subset", subset),
        ("random", with_policy(Policy::Random)),
        ("fast", with_policy(Policy::Fast)),
        ("proven", with_policy(Policy::Proven)),
        ("diverse", with_policy(Policy::Diverse)),
        ("pool", with_policy(Policy::Pool("lab-ä".to_owned()))),
    ]
}

#[test]
fn jobs_of_every_input_kind_and_policy() {
    for (name, job) in jobs() {
        let signed = job.clone().sign(chain(), &submitter()).unwrap();
        let entry = format!("job.{name}");
        assert_eq!(signed.encode(), vector(&entry), "{name}");
        assert_eq!(signed.id(), job_id(&format!("job_id.{name}")), "{name}");
        let read = SignedJob::decode(chain(), &vector(&entry)).unwrap();
        assert_eq!((read.job(), &read), (&job, &signed), "{name}");
    }
}

#[test]
fn no_changed_byte_of_a_signed_entry_is_accepted() {
    for (name, _) in jobs() {
        assert_only_these_bytes(&format!("job.{name}"), |bytes| {
            SignedJob::decode(chain(), bytes)
        });
    }
    for name in ["prog.named", "prog.ad_hoc"] {
        assert_only_these_bytes(name, |bytes| Prog::decode_signed(chain(), bytes));
    }
    let submitter_key = submitter().submitter_key();
    assert_only_these_bytes("cancel", |bytes| {
        Cancel::decode_signed(chain(), submitter_key, bytes)
    });
}

#[test]
fn a_cancelled_job() {
    let cancel = Cancel {
        job_id: job_id("job_id.chunks"),
        time_ms: UnixMs(1_700_000_000_456),
    };
    assert_eq!(cancel.sign(chain(), &submitter()), vector("cancel"));
    let read = Cancel::decode_signed(chain(), submitter().submitter_key(), &vector("cancel"));
    assert_eq!(read, Ok(cancel));
}

#[test]
fn named_and_ad_hoc_programs() {
    let module = Digest::of(b"module");
    let manifest_sha256 = Digest::of(b"manifest");
    let named = Prog {
        name: "wordcount".to_owned(),
        version: "1.2.3".to_owned(),
        publisher_key: leader().submitter_key(),
        original_sha256: Digest::of(b"original"),
        module_sha256: module,
        manifest_sha256,
        rewriter: 258,
    };
    let publisher_key = submitter().submitter_key();
    let ad_hoc = Prog {
        name: ad_hoc_name(module, manifest_sha256, publisher_key),
        version: AD_HOC_VERSION.to_owned(),
        publisher_key,
        original_sha256: module,
        rewriter: 0,
        ..named.clone()
    };
    for (name, prog, key) in [
        ("prog.named", named, leader()),
        ("prog.ad_hoc", ad_hoc, submitter()),
    ] {
        assert_eq!(prog.sign(chain(), &key).unwrap(), vector(name), "{name}");
        assert_eq!(
            Prog::decode_signed(chain(), &vector(name)).unwrap().0,
            prog,
            "{name}"
        );
    }
}

fn vote(key: &SecretKey, attempt: u16, seat: u8, outcome: Outcome) -> Vote {
    Vote {
        job_id: job_id("job_id.chunks"),
        task: TASK,
        attempt,
        seat,
        nonce: seat_nonce(seat),
        input_sha256: Digest::of(b"gamma\n"),
        module_sha256: Digest::of(b"module"),
        outcome,
        node_key: key.node_key(),
    }
}

#[test]
fn a_vote_and_a_referees_vote() {
    let one = vote(&key(1), 1, 0, good());
    assert_canonical("vote", &one);
    assert_eq!(key(1).sign(&vector("vote")), signature("vote.signature"));
    let ruling = vote(&referee(), 7, REFEREE_SEAT, good());
    let bytes = ruling.encode_for_referee(chain());
    assert_eq!(bytes, vector("vote.of_the_referee"));
    assert_eq!(
        referee().sign(&bytes),
        signature("vote.of_the_referee.signature")
    );
    Vote::decode(&bytes).expect_err("a referee's vote is not a node's");
}

/// The votes of the nodes 1, 2, … on the seats 0, 1, …, sorted by node key.
fn listed(votes: &[(u16, Outcome)]) -> Vec<Dissent> {
    let mut list: Vec<Dissent> = (0u8..)
        .zip(votes)
        .map(|(seat, (attempt, outcome))| {
            let node = key(seat + 1);
            let vote = vote(&node, *attempt, seat, *outcome);
            let vote = SeatVote {
                node_key: vote.node_key,
                attempt: vote.attempt,
                seat: vote.seat,
                nonce: vote.nonce,
                signature: node.sign(&vote.encode(chain())),
            };
            Dissent {
                vote,
                outcome: *outcome,
            }
        })
        .collect();
    list.sort_by_key(|one| one.vote.node_key);
    list
}

fn cert(attempt: u16, chosen: u8, relaxed: Relaxed, votes: &[(u16, Outcome)]) -> Cert {
    let (agree, dissent): (Vec<_>, Vec<_>) = listed(votes)
        .into_iter()
        .partition(|one| one.outcome == good());
    Cert {
        job_id: job_id("job_id.chunks"),
        task: TASK,
        attempt,
        chosen,
        relaxed,
        input_sha256: Digest::of(b"gamma\n"),
        module_sha256: Digest::of(b"module"),
        outcome: good(),
        agree: agree.into_iter().map(|one| one.vote).collect(),
        dissent,
        referee: None,
    }
}

/// Votes on all 15 seats: 7 for the good outcome, 7 for a trap, 1 for an exit.
fn split_votes() -> Vec<(u16, Outcome)> {
    let outcome = |seat| match seat {
        0..7 => good(),
        7..14 => trap(),
        _ => exit(),
    };
    (0u16..15)
        .map(|seat| (1 + seat.saturating_sub(1) / 2, outcome(seat)))
        .collect()
}

fn certs() -> [(&'static str, Cert); 3] {
    let both = Relaxed::NETWORK.with(Relaxed::UNPROVEN);
    let dissent = [
        (1, good()),
        (1, trap()),
        (1, exit()),
        (2, good()),
        (2, good()),
    ];
    let refereed = Cert {
        referee: Some(RefereeVote {
            nonce: seat_nonce(REFEREE_SEAT),
            signature: signature("vote.of_the_referee.signature"),
        }),
        ..cert(7, 15, Relaxed::REFEREE, &split_votes())
    };
    [
        (
            "cert.majority",
            cert(1, 3, both, &[(1, good()), (1, good())]),
        ),
        ("cert.dissent", cert(2, 5, Relaxed::NONE, &dissent)),
        ("cert.referee", refereed),
    ]
}

fn is_valid(cert: &Cert) -> bool {
    let (id, input) = (job_id("job_id.chunks"), Digest::of(b"gamma\n"));
    let referee = Some(referee().node_key());
    cert.check_with_referee(chain(), id, &chunks_job(), input, referee, &Strict)
        .is_ok()
}

#[test]
fn certificates_with_and_without_dissent_and_referee() {
    for (name, cert) in certs() {
        assert_canonical(name, &cert);
        assert!(is_valid(&cert), "{name}");
    }
}

/// Everything in a certificate is covered by votes or rules, but two bits that the leader states on its own.
#[test]
fn a_changed_bit_of_a_certificate_is_refused_unless_it_is_the_leaders_own_statement() {
    let relaxed_at = 16 + 32 + 32 + 4 + 2 + 1;
    let own_statements = [relaxed_at * 8, relaxed_at * 8 + 1];
    for (name, _) in certs() {
        for (bit, changed) in flipped(&vector(name)) {
            let passes = Cert::decode(&changed)
                .is_ok_and(|(found, cert)| found == chain() && is_valid(&cert));
            assert_eq!(passes, own_statements.contains(&bit), "{name}, bit {bit}");
        }
    }
}

#[test]
fn failed_tasks_for_both_reasons() {
    let fail = |attempt, reason, votes: &[(u16, Outcome)]| Fail {
        job_id: job_id("job_id.chunks"),
        task: TASK,
        attempt,
        reason,
        input_sha256: Digest::of(b"gamma\n"),
        module_sha256: Digest::of(b"module"),
        votes: listed(votes),
    };
    let no_majority = fail(7, FailReason::NoMajority, &split_votes());
    let unable = fail(1, FailReason::Unable, &[(1, exit())]);
    for (name, fail) in [("fail.no_majority", no_majority), ("fail.unable", unable)] {
        assert_canonical(name, &fail);
        let (id, input) = (job_id("job_id.chunks"), Digest::of(b"gamma\n"));
        fail.check(chain(), id, &chunks_job(), input).expect(name);
    }
}

fn survives_encoding<T: Canonical>(bytes: &[u8]) -> bool {
    T::decode(bytes).is_ok_and(|(found, value)| value.encode(found) == bytes)
}

proptest! {
    #[test]
    fn damaged_entries_are_refused_or_canonical_and_never_panic(
        name in prop::sample::select(vec![
            "job.range", "job.pool", "cert.dissent", "cert.referee", "fail.unable", "prog.named", "cancel",
        ]),
        at in any::<prop::sample::Index>(),
        damage in prop::collection::vec(any::<u8>(), 0..9),
        removed in 0usize..9,
    ) {
        let mut bytes = vector(name);
        let at = at.index(bytes.len());
        let end = (at + removed).min(bytes.len());
        bytes.splice(at..end, damage);
        let decoders: [(bool, bool); 5] = [
            (Job::decode(&bytes).is_ok(), survives_encoding::<Job>(&bytes)),
            (Cert::decode(&bytes).is_ok(), survives_encoding::<Cert>(&bytes)),
            (Fail::decode(&bytes).is_ok(), survives_encoding::<Fail>(&bytes)),
            (Prog::decode(&bytes).is_ok(), survives_encoding::<Prog>(&bytes)),
            (Cancel::decode(&bytes).is_ok(), survives_encoding::<Cancel>(&bytes)),
        ];
        for (decodes, survives) in decoders {
            prop_assert_eq!(decodes, survives);
        }
        let _ = SignedJob::decode(chain(), &bytes);
        let _ = Prog::decode_signed(chain(), &bytes);
    }
}
