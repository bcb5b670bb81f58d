//! One test for each rule of a certificate: it breaks exactly that rule and sees it named.

use super::*;
use crate::codec::Canonical as _;
use crate::counted::fixture::*;
use crate::crypto::Strict;
use crate::ids::{ChainId, NodeKey, SeatNonce};
use crate::job::{Job, Limits};
use crate::vote::REFEREE_SEAT;

/// A certificate for outcome 0 of a job of trust 3: node i on seat i gave `kinds[i]`.
fn cert(attempt: u16, kinds: &[u8]) -> Cert {
    let (agree, dissent): (Vec<_>, Vec<_>) = votes(&decided(attempt), kinds)
        .into_iter()
        .partition(|one| one.outcome == outcome(0));
    with_votes(attempt, agree, dissent)
}

fn with_votes(attempt: u16, agree: Vec<Dissent>, dissent: Vec<Dissent>) -> Cert {
    let task = decided(attempt);
    Cert {
        job_id: task.job_id,
        task: task.task,
        attempt,
        chosen: chosen_seats(3, attempt).unwrap(),
        relaxed: Relaxed::NONE,
        input_sha256: task.input_sha256,
        module_sha256: task.module_sha256,
        outcome: outcome(0),
        agree: agree.into_iter().map(|one| one.vote).collect(),
        dissent,
        referee: None,
    }
}

fn two_of_three() -> Cert {
    cert(1, &[0, 0])
}

fn check(cert: &Cert) -> Result<(), BrokenRule> {
    cert.check(CHAIN, JOB_ID, &a_job(), input())
}

#[track_caller]
fn assert_breaks(cert: &Cert, rule: &BrokenRule) {
    assert_eq!(check(cert), Err(rule.clone()));
}

#[test]
fn a_majority_of_the_chosen_makes_a_certificate() {
    check(&two_of_three()).unwrap();
    check(&cert(1, &[0, 1, 0])).unwrap();
    check(&cert(2, &[0, 1, 2, 0, 0])).unwrap();
    check(&cert(LAST_ATTEMPT, &[0; 8])).unwrap();
}

#[test]
fn a_certificate_of_another_job_or_ledger_is_refused() {
    let cert = two_of_three();
    let other = JobId([7; 32]);
    let error = cert.check(CHAIN, other, &a_job(), input()).unwrap_err();
    assert_eq!(error, BrokenRule::Job { found: JOB_ID });
    let error = cert
        .check(ChainId([1; 32]), JOB_ID, &a_job(), input())
        .unwrap_err();
    assert_eq!(error, BrokenRule::Signature(cert.agree[0].node_key));
}

#[test]
fn a_task_beyond_the_jobs_is_refused() {
    let cert = Cert {
        task: 3,
        ..two_of_three()
    };
    assert_breaks(
        &cert,
        &BrokenRule::Task {
            task: 3,
            task_count: 3,
        },
    );
}

#[test]
fn the_coordinator_cannot_lower_the_trust_level() {
    let lowered = Cert {
        chosen: 1,
        agree: two_of_three().agree[..1].to_vec(),
        ..two_of_three()
    };
    let refused = |attempt, expected, chosen| BrokenRule::Chosen {
        attempt,
        trust: 3,
        expected,
        chosen,
    };
    assert_breaks(&lowered, &refused(1, 3, 1));
    let of_trust_5 = a_job_of_trust(5);
    let error = two_of_three()
        .check(CHAIN, JOB_ID, &of_trust_5, input())
        .unwrap_err();
    assert!(matches!(
        error,
        BrokenRule::Chosen {
            expected: 5,
            chosen: 3,
            ..
        }
    ));
    for attempt in [0, LAST_ATTEMPT + 1, u16::MAX] {
        let cert = Cert {
            attempt,
            ..two_of_three()
        };
        assert_breaks(&cert, &refused(attempt, 0, 3));
    }
    let more_seats_without_an_attempt = Cert {
        chosen: 5,
        ..cert(1, &[0, 0, 0])
    };
    assert_breaks(&more_seats_without_an_attempt, &refused(1, 3, 5));
}

fn a_job_of_trust(trust: u8) -> Job {
    Job { trust, ..a_job() }
}

#[test]
fn half_of_the_chosen_or_most_of_those_who_answered_is_no_majority() {
    assert_breaks(
        &cert(1, &[0]),
        &BrokenRule::Majority {
            agree: 1,
            chosen: 3,
        },
    );
    assert_breaks(
        &cert(2, &[0, 0]),
        &BrokenRule::Majority {
            agree: 2,
            chosen: 5,
        },
    );
    assert_breaks(
        &cert(LAST_ATTEMPT, &[0; 7]),
        &BrokenRule::Majority {
            agree: 7,
            chosen: 15,
        },
    );
    assert_breaks(
        &cert(1, &[]),
        &BrokenRule::Majority {
            agree: 0,
            chosen: 3,
        },
    );
}

#[test]
fn a_seat_used_twice_is_refused_also_between_agreement_and_dissent() {
    let task = decided(1);
    let vote = |number, seat, kind| signed(&task, &node(number), (1, seat), outcome(kind));
    let twice = with_votes(1, vec![vote(1, 0, 0), vote(2, 0, 0)], vec![]);
    assert_breaks(&twice, &BrokenRule::Seat { seat: 0, chosen: 3 });
    let twice = with_votes(1, vec![vote(1, 0, 0), vote(2, 1, 0)], vec![vote(3, 1, 5)]);
    assert_breaks(&twice, &BrokenRule::Seat { seat: 1, chosen: 3 });
    let beyond = with_votes(1, vec![vote(1, 0, 0), vote(2, 3, 0)], vec![]);
    assert_breaks(&beyond, &BrokenRule::Seat { seat: 3, chosen: 3 });
}

#[test]
fn a_node_on_two_seats_is_refused_also_between_agreement_and_dissent() {
    let task = decided(1);
    let vote = |number, seat, kind| signed(&task, &node(number), (1, seat), outcome(kind));
    let key = node(1).node_key();
    let twice = with_votes(1, vec![vote(1, 0, 0), vote(1, 1, 0)], vec![]);
    assert_breaks(&twice, &BrokenRule::Key(key));
    let twice = with_votes(1, vec![vote(1, 0, 0), vote(2, 1, 0)], vec![vote(1, 2, 5)]);
    assert_breaks(&twice, &BrokenRule::Key(key));
}

#[test]
fn a_vote_of_a_later_attempt_or_of_none_is_refused() {
    let task = decided(2);
    for attempt in [0, 3] {
        let vote = |number, attempt| signed(&task, &node(number), (attempt, number), outcome(0));
        let votes = vec![vote(0, 1), vote(1, attempt), vote(2, 2)];
        let rule = BrokenRule::Attempt {
            vote: attempt,
            decided: 2,
        };
        assert_breaks(&with_votes(2, votes, vec![]), &rule);
    }
}

#[test]
fn another_module_than_the_jobs_is_refused() {
    let cert = Cert {
        module_sha256: Digest::NONE,
        ..two_of_three()
    };
    assert_breaks(&cert, &BrokenRule::Module(Digest::NONE));
}

#[test]
fn another_input_than_the_leafs_is_refused() {
    let other = Digest::of(b"another leaf");
    let error = two_of_three()
        .check(CHAIN, JOB_ID, &a_job(), other)
        .unwrap_err();
    assert_eq!(error, BrokenRule::Input(input()));
}

#[test]
fn more_fuel_or_output_than_the_job_allows_is_refused() {
    let limited = |fuel, output_bytes| Job {
        limits: Limits {
            fuel,
            output_bytes,
            ..Limits::default()
        },
        ..a_job()
    };
    let check = |job: &Job| two_of_three().check(CHAIN, JOB_ID, job, input());
    check(&limited(5, 1)).unwrap();
    assert_eq!(
        check(&limited(4, 1)),
        Err(BrokenRule::Fuel { fuel: 5, limit: 4 })
    );
    assert_eq!(
        check(&limited(5, 0)),
        Err(BrokenRule::Output { len: 1, limit: 0 })
    );
}

#[test]
fn a_dissent_may_break_the_jobs_limits_but_must_not_agree() {
    let task = decided(1);
    let agree = || votes(&task, &[0, 0]);
    let greedy = Outcome {
        fuel: u64::MAX,
        ..outcome(0)
    };
    let dissent = signed(&task, &node(2), (1, 2), greedy);
    check(&with_votes(1, agree(), vec![dissent])).unwrap();
    let agreeing = signed(&task, &node(2), (1, 2), outcome(0));
    let rule = BrokenRule::Dissent(node(2).node_key());
    assert_breaks(&with_votes(1, agree(), vec![agreeing]), &rule);
}

#[test]
fn a_forged_vote_is_refused_in_agreement_and_in_dissent() {
    let mut forged = cert(1, &[0, 1, 0]);
    forged.agree[1].signature = forged.agree[0].signature;
    assert_breaks(&forged, &BrokenRule::Signature(forged.agree[1].node_key));
    let mut forged = cert(1, &[0, 1, 0]);
    forged.dissent[0].outcome = outcome(2);
    assert_breaks(
        &forged,
        &BrokenRule::Signature(forged.dissent[0].vote.node_key),
    );
}

#[test]
fn every_part_of_a_vote_is_signed() {
    let honest = two_of_three();
    let key = honest.agree[0].node_key;
    let changed = |change: fn(&mut SeatVote)| {
        let mut cert = cert(2, &[0, 0, 0]);
        change(&mut cert.agree[0]);
        assert_breaks(&cert, &BrokenRule::Signature(cert.agree[0].node_key));
    };
    changed(|vote| vote.seat = 4);
    changed(|vote| vote.attempt = 2);
    changed(|vote| vote.nonce = SeatNonce([99; 16]));
    let other_task = Cert {
        task: 2,
        ..honest.clone()
    };
    assert_breaks(&other_task, &BrokenRule::Signature(key));
    let other_outcome = Cert {
        outcome: outcome(1),
        ..honest
    };
    assert_breaks(&other_outcome, &BrokenRule::Signature(key));
}

#[test]
fn a_weak_key_does_not_vote() {
    let weak = NodeKey([0; 32]);
    let mut cert = two_of_three();
    cert.agree[0].node_key = weak;
    assert_breaks(&cert, &BrokenRule::WeakKey(weak));
}

#[test]
fn votes_out_of_order_or_listed_twice_do_not_decode() {
    let mut unsorted = two_of_three();
    unsorted.agree.reverse();
    Cert::decode(&unsorted.encode(CHAIN)).unwrap_err();
    let mut twice = two_of_three();
    twice.agree[1] = twice.agree[0];
    Cert::decode(&twice.encode(CHAIN)).unwrap_err();
}

/// The votes of all 15 seats, none of which has a majority.
const SPLIT: [u8; 15] = [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 2];

fn referee_key() -> NodeKey {
    node(200).node_key()
}

/// Settled by the referee: `cert` with the mark and a vote of the referee for its outcome.
fn refereed(mut cert: Cert) -> Cert {
    let nonce = SeatNonce([200; 16]);
    let seat = SeatVote {
        node_key: referee_key(),
        attempt: cert.attempt,
        seat: REFEREE_SEAT,
        nonce,
        signature: node(200).sign(b""),
    };
    let message = cert.vote(&seat, cert.outcome).encode_for_referee(CHAIN);
    let signature = node(200).sign(&message);
    cert.relaxed = cert.relaxed.with(Relaxed::REFEREE);
    cert.referee = Some(RefereeVote { nonce, signature });
    cert
}

fn check_refereed(cert: &Cert, job: &Job) -> Result<(), BrokenRule> {
    cert.check_with_referee(CHAIN, JOB_ID, job, input(), Some(referee_key()), &Strict)
}

#[track_caller]
fn assert_referee_refused(cert: &Cert, why: &str) {
    let error = check_refereed(cert, &a_job()).unwrap_err();
    assert!(matches!(error, BrokenRule::Referee(_)), "{error}");
    assert!(error.to_string().contains(why), "{error}");
}

#[test]
fn a_referee_settles_what_no_majority_can() {
    check_refereed(&refereed(cert(LAST_ATTEMPT, &SPLIT)), &a_job()).unwrap();
    let nobody_agrees_with_the_referee = SPLIT.map(|kind| kind + 1);
    check_refereed(
        &refereed(cert(LAST_ATTEMPT, &nobody_agrees_with_the_referee)),
        &a_job(),
    )
    .unwrap();
}

#[test]
fn a_referee_needs_the_jobs_and_the_policys_consent() {
    let cert = refereed(cert(LAST_ATTEMPT, &SPLIT));
    let without = Job {
        referee_allowed: false,
        ..a_job()
    };
    let error = check_refereed(&cert, &without).unwrap_err();
    assert_eq!(
        error,
        BrokenRule::Referee("the signed job does not allow a referee")
    );
    assert_breaks(
        &cert,
        &BrokenRule::Referee("the ledger's policy names no referee"),
    );
}

#[test]
fn a_referee_settles_nothing_before_the_last_attempt_or_while_a_majority_is_possible() {
    let early = refereed(cert(1, &[0, 1, 2]));
    assert_referee_refused(&early, "15 seats");
    let one_seat_open = refereed(cert(LAST_ATTEMPT, &SPLIT[..14]));
    assert_referee_refused(&one_seat_open, "could still reach");
    let decided_already = refereed(cert(LAST_ATTEMPT, &[0; 8]));
    assert_referee_refused(&decided_already, "a majority agreed");
}

#[test]
fn the_mark_and_the_referees_vote_go_together() {
    let unmarked = Cert {
        relaxed: Relaxed::NONE,
        ..refereed(cert(LAST_ATTEMPT, &SPLIT))
    };
    assert_referee_refused(&unmarked, "go together");
    let unsigned = Cert {
        referee: None,
        ..refereed(cert(LAST_ATTEMPT, &SPLIT))
    };
    assert_referee_refused(&unsigned, "go together");
    let marked_for_nothing = Cert {
        relaxed: Relaxed::REFEREE,
        ..two_of_three()
    };
    assert_referee_refused(&marked_for_nothing, "a majority agreed");
}

#[test]
fn only_the_referees_own_vote_for_this_outcome_counts() {
    let good = refereed(cert(LAST_ATTEMPT, &SPLIT));
    let vote = good.referee.unwrap();
    let seat = SeatVote {
        node_key: referee_key(),
        attempt: LAST_ATTEMPT,
        seat: REFEREE_SEAT,
        nonce: vote.nonce,
        signature: vote.signature,
    };
    let with_signature = |signature| Cert {
        referee: Some(RefereeVote { signature, ..vote }),
        ..good.clone()
    };
    let as_a_node = node(200).sign(&good.vote(&seat, good.outcome).encode(CHAIN));
    assert_referee_refused(&with_signature(as_a_node), "does not verify");
    let other = good.vote(&seat, outcome(1)).encode_for_referee(CHAIN);
    assert_referee_refused(&with_signature(node(200).sign(&other)), "does not verify");
    let message = good.vote(&seat, good.outcome).encode_for_referee(CHAIN);
    assert_referee_refused(&with_signature(node(201).sign(&message)), "does not verify");
    let with_seat = |seat| {
        with_signature(node(200).sign(&good.vote(&seat, good.outcome).encode_for_referee(CHAIN)))
    };
    assert_referee_refused(&with_seat(SeatVote { seat: 0, ..seat }), "does not verify");
    assert_referee_refused(
        &with_seat(SeatVote { attempt: 1, ..seat }),
        "does not verify",
    );
}
