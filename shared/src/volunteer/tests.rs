//! The volunteer against a shell played by the test: sentences about what it does, then random events.

use super::*;
use crate::crypto::SecretKey;
use crate::ids::{ChainId, ChallengeNonce, JobId, JobSeed, SeatNonce, Signature};
use crate::job::{ArgvMode, Limits};
use crate::outcome::Outcome;
use crate::protocol::{
    AssignedInput, Assignment, IdleReason, MAX_INLINE_BYTES, NodeLimits, RejectReason, Settlement,
    ToCoordinator, ToNode, UnableReason,
};
use std::sync::Arc;

mod connection;
mod intake;
mod random;

const ORIGIN: &str = "manyhands.local/test";

/// A volunteer with a clock, and what it asked for last.
struct Shell {
    now: UnixMs,
    volunteer: Volunteer,
}

fn settings() -> Settings {
    Settings {
        node_key: SecretKey::from_seed(&[1; 32]).node_key(),
        capabilities: Capabilities {
            slots: 2,
            engine: "test".into(),
            agent: "test".into(),
            memory_pages: 4096,
        },
        first_wall_factor: 2,
        known_origin: None,
    }
}

fn challenge(origin: &str) -> ToNode {
    ToNode::Challenge {
        nonce: ChallengeNonce([5; 32]),
        origin: origin.into(),
        chain_id: ChainId::of_origin(origin),
        work_bits: 0,
        server_time_ms: UnixMs(0),
    }
}

fn welcome(window: u16) -> ToNode {
    ToNode::Welcome {
        blob_token: "token".into(),
        limits: NodeLimits {
            window,
            lease_ms: 60_000,
            module_bytes: 1 << 20,
            input_bytes: 1 << 20,
        },
    }
}

fn proof() -> Proof {
    Proof {
        nonce: ChallengeNonce([5; 32]),
        signature: Signature([6; 64]),
        work: 0,
        owners: Vec::new(),
    }
}

fn nonce(number: u8) -> SeatNonce {
    SeatNonce([number; SeatNonce::LEN])
}

fn assignment(number: u8) -> Assignment {
    Assignment {
        nonce: nonce(number),
        job_id: JobId([9; 32]),
        task: number.into(),
        attempt: 1,
        seat: 0,
        program: "wordcount@1.0.0".into(),
        title: "a book".into(),
        module_sha256: Digest([8; 32]),
        argv_mode: ArgvMode::Staged,
        args: Vec::new(),
        common_sha256: Digest::NONE,
        input: AssignedInput::Inline(vec![number]),
        limits: Limits::default(),
        seed: JobSeed([0; 32]),
        random_task: number.into(),
    }
}

fn assign(numbers: impl IntoIterator<Item = u8>) -> Event {
    Event::Received(ToNode::Assign(
        numbers.into_iter().map(assignment).collect(),
    ))
}

fn done(output: &[u8]) -> RunEnd {
    RunEnd::Done {
        outcome: Outcome::ok(output, 5),
        stderr_tail: Vec::new(),
    }
}

fn settled(number: u8, verdict: Settlement) -> Event {
    Event::Received(ToNode::Settled {
        assignment: nonce(number),
        verdict,
    })
}

const ACCEPTED: Settlement = Settlement::Accepted { ledger_index: None };

impl Shell {
    fn new(settings: Settings) -> Self {
        Self {
            now: UnixMs(1_000_000),
            volunteer: Volunteer::new(settings),
        }
    }

    fn joined(window: u16) -> Self {
        let mut shell = Self::new(settings());
        shell.join(window);
        shell
    }

    fn join(&mut self, window: u16) -> Vec<Effect> {
        self.give(Event::Start);
        self.give(Event::Opened);
        self.give(Event::Received(challenge(ORIGIN)));
        self.give(Event::Proved(proof()));
        self.give(Event::Received(welcome(window)))
    }

    fn give(&mut self, event: Event) -> Vec<Effect> {
        self.volunteer.on_event(self.now, event);
        self.volunteer.take_effects()
    }

    fn after(&mut self, ms: u64) -> Vec<Effect> {
        self.now = self.now.plus(ms);
        self.give(Event::Tick)
    }

    /// Assigns, prepares, runs and signs one task; what the volunteer asks for at the end.
    fn vote(&mut self, number: u8, output: &[u8]) -> Vec<Effect> {
        self.give(assign([number]));
        self.give(Event::Prepared(nonce(number)));
        self.give(Event::Ran(nonce(number), done(output)));
        self.give(Event::Signed(nonce(number), Signature([3; 64])))
    }

    fn lose_connection(&mut self) -> Vec<Effect> {
        self.give(Event::Closed {
            why: "reset".into(),
            jitter: 0,
        })
    }

    fn reconnect(&mut self) -> Vec<Effect> {
        assert!(self.after(LAST_RETRY_MS).contains(&Effect::Open));
        self.give(Event::Opened);
        self.give(Event::Received(challenge(ORIGIN)));
        self.give(Event::Proved(proof()));
        self.give(Event::Received(welcome(4)))
    }
}

fn votes(effects: &[Effect]) -> Vec<SeatNonce> {
    let batches = effects.iter().filter_map(|effect| match effect {
        Effect::SendVotes(votes) => Some(votes),
        _ => None,
    });
    batches.flatten().map(|vote| vote.assignment).collect()
}

fn sent(message: ToCoordinator) -> Effect {
    Effect::Send(message)
}

fn unable(number: u8, reason: UnableReason) -> Effect {
    sent(ToCoordinator::Unable {
        assignment: nonce(number),
        reason,
    })
}

#[test]
fn an_assignment_is_prepared_run_signed_and_voted_on() {
    let mut shell = Shell::joined(4);
    let effects = shell.give(assign([1]));
    assert!(matches!(effects.as_slice(), [Effect::Prepare(_)]));
    let effects = shell.give(Event::Prepared(nonce(1)));
    let task = Arc::new(assignment(1));
    assert_eq!(
        effects,
        [
            Effect::Run(nonce(1)),
            Effect::Report(Report::Computing(task))
        ]
    );
    let effects = shell.give(Event::Ran(nonce(1), done(b"out")));
    let Some(Effect::Sign { chain_id, vote }) = effects.first() else {
        panic!("no vote to sign in {effects:?}");
    };
    assert_eq!(*chain_id, ChainId::of_origin(ORIGIN));
    assert_eq!(
        (vote.nonce, vote.input_sha256, vote.outcome),
        (nonce(1), Digest::of(&[1]), Outcome::ok(b"out", 5))
    );
    let effects = shell.give(Event::Signed(nonce(1), Signature([3; 64])));
    assert_eq!(votes(&effects), [nonce(1)]);
}

#[test]
fn slots_are_told_only_when_they_differ_from_what_the_coordinator_can_count() {
    let mut shell = Shell::joined(4);
    let is_slots = |effect: &Effect| matches!(effect, Effect::Send(ToCoordinator::Slots { .. }));
    assert!(!shell.give(assign([1, 2])).iter().any(is_slots));
    shell.give(Event::Prepared(nonce(1)));
    let effects = shell.give(Event::Ran(nonce(1), done(b"out")));
    assert!(effects.contains(&sent(ToCoordinator::Slots { free: 3 })));
}

#[test]
fn no_more_guests_run_than_there_are_slots_while_the_next_are_prepared() {
    let mut shell = Shell::joined(8);
    let effects = shell.give(assign(1..=8));
    let prepared = effects.iter().filter(|e| matches!(e, Effect::Prepare(_)));
    assert_eq!(prepared.count(), 5);
    let mut running = 0;
    for number in 1..=5 {
        let effects = shell.give(Event::Prepared(nonce(number)));
        running += effects
            .iter()
            .filter(|e| matches!(e, Effect::Run(_)))
            .count();
    }
    assert_eq!(running, 2);
    let effects = shell.give(Event::Ran(nonce(1), done(b"x")));
    assert!(effects.contains(&Effect::Run(nonce(3))));
}

#[test]
fn a_vote_is_sent_again_after_a_reconnect_until_it_is_settled() {
    let mut shell = Shell::joined(4);
    shell.vote(1, b"one");
    shell.vote(2, b"two");
    let effects = shell.give(settled(1, ACCEPTED));
    assert!(effects.contains(&Effect::Forget(Digest::of(b"one"))));
    shell.lose_connection();
    assert_eq!(votes(&shell.reconnect()), [nonce(2)]);
    shell.give(settled(2, Settlement::Superseded));
    shell.lose_connection();
    assert_eq!(votes(&shell.reconnect()), []);
    let record = shell.volunteer.record();
    assert_eq!((record.accepted, record.superseded), (1, 1));
    assert_eq!((record.credit, record.pending), (5, 0));
}

#[test]
fn a_vote_signed_while_the_connection_is_gone_is_not_sent_because_its_seat_is_lent_again() {
    let mut shell = Shell::joined(4);
    shell.give(assign([1]));
    shell.give(Event::Prepared(nonce(1)));
    shell.give(Event::Ran(nonce(1), done(b"one")));
    let effects = shell.lose_connection();
    assert!(effects.contains(&Effect::Forget(Digest::of(b"one"))));
    shell.give(Event::Signed(nonce(1), Signature([3; 64])));
    assert_eq!(votes(&shell.reconnect()), []);
}

#[test]
fn a_halted_guest_occupies_its_slot_until_it_has_ended() {
    let mut shell = Shell::joined(4);
    shell.give(assign([1, 2, 3]));
    for number in 1..=3 {
        shell.give(Event::Prepared(nonce(number)));
    }
    let cancel = Event::Received(ToNode::Cancel {
        assignment: nonce(1),
    });
    assert!(shell.give(cancel).contains(&Effect::Halt(nonce(1))));
    let effects = shell.give(Event::Ran(nonce(1), RunEnd::Halted));
    assert_eq!(effects.first(), Some(&Effect::Run(nonce(3))));
    assert_eq!(shell.volunteer.record().cancelled, 1);
}

#[test]
fn a_guest_that_ends_after_it_was_cancelled_is_not_voted_on() {
    let mut shell = Shell::joined(4);
    shell.give(assign([1]));
    shell.give(Event::Prepared(nonce(1)));
    shell.give(Event::Received(ToNode::Cancel {
        assignment: nonce(1),
    }));
    let effects = shell.give(Event::Ran(nonce(1), done(b"late")));
    assert_eq!(effects, [Effect::Forget(Digest::of(b"late"))]);
}

#[test]
fn a_guest_over_its_wall_clock_limit_is_halted_and_the_task_given_back() {
    let mut shell = Shell::joined(4);
    shell.give(assign([1]));
    shell.give(Event::Prepared(nonce(1)));
    let limit_ms = u64::from(Limits::default().wall_ms) * 2;
    let mut effects = Vec::new();
    for _ in 0..limit_ms / 15_000 {
        shell.give(Event::Pinged);
        effects = shell.after(15_000);
    }
    assert!(effects.contains(&Effect::Halt(nonce(1))));
    assert!(effects.contains(&unable(1, UnableReason::WallClock)));
}

/// How long a guest may run that comes after one which used this much fuel in 15 s, as a multiple of the job's limit.
fn stretched_after(fuel: u64) -> u64 {
    let mut shell = Shell::joined(4);
    shell.give(assign([1, 2]));
    shell.give(Event::Prepared(nonce(1)));
    shell.after(15_000);
    let outcome = Outcome::ok(b"first", fuel);
    let end = RunEnd::Done {
        outcome,
        stderr_tail: Vec::new(),
    };
    shell.give(Event::Ran(nonce(1), end));
    shell.give(Event::Prepared(nonce(2)));
    let limit_ms = u64::from(Limits::default().wall_ms);
    (1..=MAX_WALL_FACTOR.into())
        .find(|_| {
            (0..limit_ms / 15_000).any(|_| {
                shell.give(Event::Pinged);
                shell.after(15_000).contains(&Effect::Halt(nonce(2)))
            })
        })
        .expect("it is halted some time")
}

#[test]
fn the_wall_clock_limit_follows_the_speed_that_the_node_has_shown() {
    assert_eq!(
        stretched_after(u64::MAX / 4),
        1,
        "faster than the reference"
    );
    assert_eq!(
        stretched_after(5),
        u64::from(MAX_WALL_FACTOR),
        "hardly at all"
    );
    let tenth = 6_000_000 * 15_000 / 10;
    assert_eq!(stretched_after(tenth), 10, "a tenth of the reference");
}

#[test]
fn leases_are_renewed_every_fifteen_seconds_while_something_is_held() {
    let mut shell = Shell::joined(4);
    assert_eq!(shell.after(15_000), []);
    shell.give(assign([1, 2]));
    let running = vec![nonce(1), nonce(2)];
    let alive = sent(ToCoordinator::Alive { running });
    assert_eq!(shell.volunteer.next_wake(), Some(shell.now.plus(15_000)));
    assert_eq!(shell.after(15_000), std::slice::from_ref(&alive));
    assert_eq!(shell.after(15_000), [alive]);
}

#[test]
fn after_a_sleep_that_outlasted_the_leases_the_tasks_are_given_back_as_frozen() {
    let mut shell = Shell::joined(4);
    shell.give(assign([1]));
    shell.now = shell.now.plus(60_001);
    let effects = shell.give(Event::Pinged);
    assert!(effects.contains(&unable(1, UnableReason::Frozen)));
}

#[test]
fn a_task_that_wants_more_memory_than_the_node_offers_is_given_back() {
    let mut shell = Shell::joined(4);
    let mut large = assignment(1);
    large.limits.memory_pages = 4097;
    let effects = shell.give(Event::Received(ToNode::Assign(vec![large])));
    assert!(effects.contains(&unable(1, UnableReason::Capability)));
}

#[test]
fn a_nonce_that_comes_twice_is_voted_on_once() {
    let mut shell = Shell::joined(4);
    shell.vote(1, b"one");
    shell.give(settled(1, ACCEPTED));
    let mut other = assignment(1);
    other.task = 77;
    let effects = shell.give(Event::Received(ToNode::Assign(vec![other])));
    assert!(!effects.iter().any(|e| matches!(e, Effect::Prepare(_))));
}

#[test]
fn an_input_that_cannot_be_fetched_is_told() {
    let mut shell = Shell::joined(4);
    shell.give(assign([1]));
    let effects = shell.give(Event::Unprepared(nonce(1), UnableReason::Fetch));
    assert!(effects.contains(&unable(1, UnableReason::Fetch)));
    assert_eq!(shell.volunteer.record().unable, 1);
}

#[test]
fn an_output_that_is_needed_is_sent_while_its_vote_is_unsettled() {
    let mut shell = Shell::joined(4);
    let output = vec![1; MAX_INLINE_BYTES + 1];
    let sha256 = Digest::of(&output);
    shell.vote(1, &output);
    let need = Event::Received(ToNode::NeedOutput { sha256 });
    assert_eq!(shell.give(need.clone()), [Effect::SendOutput(sha256)]);
    shell.give(settled(1, ACCEPTED));
    assert_eq!(shell.give(need), []);
}

#[test]
fn slots_are_said_again_after_a_minute_without_change() {
    let mut shell = Shell::joined(4);
    for _ in 0..2 {
        shell.now = shell.now.plus(20_000);
        assert_eq!(shell.give(Event::Pinged), []);
    }
    shell.now = shell.now.plus(20_000);
    let slots = sent(ToCoordinator::Slots { free: 4 });
    assert_eq!(shell.give(Event::Pinged), [slots]);
}

#[test]
fn the_user_is_told_what_is_computed_when_that_changes_and_why_nothing_is() {
    let mut shell = Shell::joined(4);
    shell.give(assign([1, 2]));
    shell.give(Event::Prepared(nonce(1)));
    let effects = shell.give(Event::Prepared(nonce(2)));
    assert_eq!(effects, [Effect::Run(nonce(2))]);
    for number in 1..=2 {
        shell.give(Event::Ran(nonce(number), done(b"x")));
        shell.give(Event::Signed(nonce(number), Signature([3; 64])));
    }
    let reason = IdleReason::NoWork;
    let effects = shell.give(Event::Received(ToNode::Idle { reason }));
    assert_eq!(effects, [Effect::Report(Report::Idle(reason))]);
    let effects = shell.give(Event::Received(ToNode::Idle { reason }));
    assert_eq!(effects, []);
}

#[test]
fn a_rejected_vote_is_counted_and_told() {
    let mut shell = Shell::joined(4);
    shell.vote(1, b"lie");
    let verdict = Settlement::Rejected(RejectReason::Outvoted);
    let effects = shell.give(settled(1, verdict));
    assert!(effects.contains(&Effect::Report(Report::Settled {
        assignment: nonce(1),
        verdict,
    })));
    assert_eq!(shell.volunteer.record().rejected, 1);
}

#[test]
fn the_ledger_index_of_an_accepted_vote_comes_later_and_is_told_once() {
    let mut shell = Shell::joined(4);
    shell.vote(1, b"one");
    let index = 7;
    let stored = Settlement::Accepted {
        ledger_index: Some(index),
    };
    let told = Effect::Report(Report::Stored {
        assignment: nonce(1),
        index,
    });
    shell.give(settled(1, ACCEPTED));
    let effects = shell.give(settled(1, stored));
    assert_eq!(effects, [told]);
    assert_eq!(shell.give(settled(1, stored)), []);
    assert_eq!(shell.give(settled(2, stored)), [], "of no vote of ours");
    let record = shell.volunteer.record();
    assert_eq!((record.accepted, record.stored, record.credit), (1, 1, 5));
}
