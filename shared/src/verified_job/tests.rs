use super::*;
use crate::cert::{Relaxed, SeatVote};
use crate::crypto::SecretKey;
use crate::ids::{JobNonce, JobSeed, SeatNonce, Signature, UnixMs};
use crate::job::{ArgvMode, Limits, Policy};
use crate::leaf::{RangeInput, encode_list};
use crate::outcome::Outcome;
use crate::vote::Vote;

fn chain() -> ChainId {
    ChainId::of_origin("test")
}

fn job(input: Input, task_count: u32, root: Digest) -> SignedJob {
    let key = SecretKey::from_seed(&[1; 32]);
    let job = Job {
        nonce: JobNonce([2; 16]),
        submitter_key: key.submitter_key(),
        module_sha256: Digest::of(b"module"),
        manifest_sha256: Digest::of(b"manifest"),
        argv_mode: ArgvMode::Staged,
        args: Vec::new(),
        common_sha256: Digest::NONE,
        input,
        task_count,
        input_root: root,
        trust: 3,
        policy: Policy::Balanced,
        referee_allowed: false,
        limits: Limits::default(),
        seed: JobSeed([0; 32]),
        deadline_ms: UnixMs(0),
    };
    job.sign(chain(), &key).unwrap()
}

fn chunk_leaves() -> Vec<Leaf> {
    let leaf = |text: &[u8]| Leaf::Chunk {
        sha256: Digest::of(text),
        len: text.len() as u64,
    };
    vec![leaf(b"first"), leaf(b"second")]
}

fn chunk_job() -> SignedJob {
    job(Input::Chunks, 2, input_root(chunk_leaves()))
}

fn verified() -> VerifiedJob {
    let signed = chunk_job();
    let leaves = encode_list(&chunk_leaves());
    VerifiedJob::new(chain(), signed.id(), &signed.encode(), &leaves).unwrap()
}

/// A certificate of task 1 with the votes of `seeds`, signed over what the certificate says.
fn cert(job: &VerifiedJob, seeds: &[u8], output: &[u8]) -> Cert {
    let mut cert = Cert {
        job_id: job.id(),
        task: 1,
        attempt: 1,
        chosen: 3,
        relaxed: Relaxed::NONE,
        input_sha256: Digest::of(b"second"),
        module_sha256: Digest::of(b"module"),
        outcome: Outcome::ok(output, 0),
        agree: Vec::new(),
        dissent: Vec::new(),
        referee: None,
    };
    for (seat, seed) in (0..).zip(seeds) {
        let key = SecretKey::from_seed(&[*seed; 32]);
        let vote = Vote {
            job_id: cert.job_id,
            task: cert.task,
            attempt: 1,
            seat,
            nonce: SeatNonce([seat; 16]),
            input_sha256: cert.input_sha256,
            module_sha256: cert.module_sha256,
            outcome: cert.outcome,
            node_key: key.node_key(),
        };
        cert.agree.push(SeatVote {
            node_key: vote.node_key,
            attempt: 1,
            seat,
            nonce: vote.nonce,
            signature: key.sign(&vote.encode(chain())),
        });
    }
    cert.agree.sort_by_key(|vote| vote.node_key);
    cert
}

fn result(cert: &Cert) -> TaskResult {
    TaskResult {
        task: 1,
        entry: cert.encode(chain()),
        failed: false,
        index: Some(0),
        output: None,
    }
}

#[test]
fn a_certificate_of_two_signed_votes_of_three_is_accepted() {
    let job = verified();
    let cert = cert(&job, &[10, 11], b"out");
    assert_eq!(
        job.check(&result(&cert)).unwrap(),
        Verdict::Accepted(cert.clone())
    );
    check_output(&cert, b"out").unwrap();
}

#[test]
fn one_vote_of_three_is_no_majority() {
    let job = verified();
    let cert = cert(&job, &[10], b"out");
    let error = job.check(&result(&cert)).unwrap_err();
    assert!(error.to_string().contains("rule majority"), "{error}");
}

#[test]
fn any_changed_part_of_a_certificate_is_noticed() {
    let job = verified();
    let good = cert(&job, &[10, 11], b"out");
    let refused = |rule: &str, change: &dyn Fn(&mut Cert)| {
        let mut bad = good.clone();
        change(&mut bad);
        let error = job.check(&result(&bad)).unwrap_err().to_string();
        assert!(error.contains(rule), "{rule}: {error}");
    };
    refused("rule signature", &|cert| {
        cert.outcome = Outcome::ok(b"lie", 0);
    });
    refused("rule signature", &|cert| {
        cert.agree[0].signature = Signature([0; 64]);
    });
    refused("rule input", &|cert| {
        cert.input_sha256 = Digest::of(b"first");
    });
    refused("rule module", &|cert| {
        cert.module_sha256 = Digest::of(b"other");
    });
    refused("rule chosen", &|cert| {
        cert.chosen = 5;
    });
    refused("rule job", &|cert| cert.job_id = JobId([0; 32]));
}

#[test]
fn an_entry_of_another_task_ledger_or_kind_is_refused() {
    let job = verified();
    let good = result(&cert(&job, &[10, 11], b"out"));
    let refused = |rule: &str, change: &dyn Fn(&mut TaskResult)| {
        let mut bad = good.clone();
        change(&mut bad);
        let error = job.check(&bad).unwrap_err().to_string();
        assert!(error.contains(rule), "{rule}: {error}");
    };
    refused("rule input", &|result| {
        result.task = 0;
    });
    refused("rule entry_range", &|result| {
        result.task = 2;
    });
    refused("rule entry_encoding", &|result| {
        result.failed = true;
    });
    refused("rule entry_encoding", &|result| {
        result.entry.push(0);
    });
    refused("rule entry_chain", &|result| {
        result.entry[20] ^= 1;
    });
}

#[test]
fn a_changed_output_is_noticed_by_length_and_by_hash() {
    let cert = cert(&verified(), &[10, 11], b"out");
    for (output, rule) in [
        (b"outs".as_slice(), "output_length"),
        (b"owt", "output_hash"),
    ] {
        let error = check_output(&cert, output).unwrap_err().to_string();
        assert!(error.contains(rule), "{error}");
    }
}

#[test]
fn the_job_must_be_the_one_asked_for_and_the_leaves_those_it_was_signed_over() {
    let signed = chunk_job();
    let (id, bytes) = (signed.id(), signed.encode());
    let leaves = encode_list(&chunk_leaves());
    let refused = |rule: &str, id: JobId, bytes: &[u8], leaves: &[u8]| {
        let error = VerifiedJob::new(chain(), id, bytes, leaves).unwrap_err();
        assert!(error.to_string().contains(rule), "{rule}: {error}");
    };
    refused("rule job_id", JobId([0; 32]), &bytes, &leaves);
    let mut forged = bytes.clone();
    *forged.last_mut().unwrap() ^= 1;
    refused("rule job_signature", id, &forged, &leaves);
    let mut swapped = chunk_leaves();
    swapped.reverse();
    refused("rule leaves_root", id, &bytes, &encode_list(&swapped));
    refused("rule leaves_root", id, &bytes, &leaves[..40]);
    refused("rule leaves_encoding", id, &bytes, &leaves[..41]);
}

#[test]
fn leaves_of_a_range_are_computed() {
    let range = RangeInput {
        start: -5,
        end: 10,
        chunk: 10,
    };
    let signed = job(Input::Range(range), 2, input_root(range.leaves()));
    let verified = VerifiedJob::new(chain(), signed.id(), &signed.encode(), &[]).unwrap();
    assert_eq!(verified.input_sha256(1), Some(Digest::of(b"5 10\n")));
    assert_eq!(verified.input_sha256(2), None);
}
