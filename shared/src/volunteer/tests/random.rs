//! Random events in random order: nothing panics, and what must never happen never happens.

use super::*;
use crate::protocol::RefuseReason;
use crate::vote::Vote;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn seat() -> impl Strategy<Value = SeatNonce> {
    (0u8..12).prop_map(nonce)
}

fn output() -> impl Strategy<Value = Vec<u8>> {
    (0u8..4).prop_map(|byte| vec![byte])
}

fn unable_reason() -> impl Strategy<Value = UnableReason> {
    prop_oneof![
        Just(UnableReason::Fetch),
        Just(UnableReason::HostMemory),
        Just(UnableReason::Engine)
    ]
}

fn message() -> impl Strategy<Value = ToNode> {
    let origin = prop_oneof![3 => Just(ORIGIN), 1 => Just("other")];
    let verdict = prop_oneof![
        Just(ACCEPTED),
        Just(Settlement::Superseded),
        Just(Settlement::Rejected(RejectReason::Outvoted))
    ];
    let reason = prop_oneof![
        Just(RefuseReason::Busy),
        Just(RefuseReason::ShuttingDown),
        Just(RefuseReason::Banned)
    ];
    prop_oneof![
        2 => origin.prop_map(challenge),
        2 => (0u16..9).prop_map(welcome),
        1 => reason.prop_map(|reason| ToNode::Refuse { reason }),
        6 => proptest::collection::vec(0u8..12, 0..5)
            .prop_map(|numbers| ToNode::Assign(numbers.into_iter().map(assignment).collect())),
        1 => output().prop_map(|output| ToNode::NeedOutput { sha256: Digest::of(&output) }),
        1 => seat().prop_map(|assignment| ToNode::Cancel { assignment }),
        2 => (seat(), verdict).prop_map(|(assignment, verdict)| ToNode::Settled {
            assignment,
            verdict
        }),
        1 => Just(ToNode::Idle { reason: IdleReason::NoWork }),
        1 => Just(ToNode::Notice { text: "hello".into() }),
    ]
}

fn run_end() -> impl Strategy<Value = RunEnd> {
    prop_oneof![
        4 => output().prop_map(|output| done(&output)),
        1 => unable_reason().prop_map(RunEnd::Unable),
        1 => Just(RunEnd::Halted),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => Just(Event::Start),
        1 => Just(Event::Stop),
        3 => Just(Event::Opened),
        2 => any::<u16>().prop_map(|jitter| Event::Closed { why: "x".into(), jitter }),
        12 => message().prop_map(Event::Received),
        1 => Just(Event::Garbled(crate::protocol::FrameError::Version)),
        1 => Just(Event::Pinged),
        3 => Just(Event::Proved(proof())),
        6 => seat().prop_map(Event::Prepared),
        1 => (seat(), unable_reason()).prop_map(|(seat, reason)| Event::Unprepared(seat, reason)),
        6 => (seat(), run_end()).prop_map(|(seat, end)| Event::Ran(seat, end)),
        6 => seat().prop_map(|seat| Event::Signed(seat, Signature([3; 64]))),
        2 => Just(Event::Tick),
    ]
}

/// What must never happen, followed over all effects.
#[derive(Default)]
struct Watch {
    running: BTreeSet<SeatNonce>,
    signed: BTreeMap<SeatNonce, Vote>,
    kept: BTreeMap<Digest, bool>,
}

impl Watch {
    fn see(&mut self, effects: &[Effect]) -> Result<(), TestCaseError> {
        for effect in effects {
            match effect {
                Effect::Run(nonce) => {
                    prop_assert!(self.running.insert(*nonce), "runs twice at once");
                    prop_assert!(self.running.len() <= 2, "more guests than slots");
                }
                Effect::Sign { vote, .. } => {
                    let before = self.signed.insert(vote.nonce, *vote);
                    prop_assert_eq!(before, None, "two votes on one nonce");
                    self.kept.insert(vote.outcome.output_sha256, true);
                }
                Effect::SendVotes(votes) => {
                    for vote in votes {
                        let signed = self.signed.get(&vote.assignment);
                        let outcome = signed.map(|signed| signed.outcome);
                        prop_assert_eq!(outcome, Some(vote.outcome));
                    }
                }
                Effect::SendOutput(output) => {
                    prop_assert_eq!(
                        self.kept.get(output),
                        Some(&true),
                        "sends what is forgotten"
                    );
                }
                Effect::Forget(output) => {
                    self.kept.insert(*output, false);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn whatever_comes_no_nonce_is_signed_twice_and_no_slot_is_used_twice(
        events in proptest::collection::vec((event(), 0u64..40_000), 0..200)
    ) {
        let mut shell = Shell::new(settings());
        let mut watch = Watch::default();
        watch.see(&shell.join(4))?;
        for (event, pause_ms) in events {
            shell.now = shell.now.plus(pause_ms);
            // The shell's promise: a guest ends once, and only one that runs.
            if let Event::Ran(nonce, _) = &event && !watch.running.remove(nonce) {
                continue;
            }
            watch.see(&shell.give(event))?;
            if let Some(wake) = shell.volunteer.next_wake() {
                shell.now = shell.now.max(wake);
                watch.see(&shell.give(Event::Tick))?;
                let next = shell.volunteer.next_wake();
                prop_assert!(next.is_none_or(|next| next > shell.now), "a tick must settle what is due");
            }
        }
    }
}
