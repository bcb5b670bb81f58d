//! The assignments that a node holds, from the frame that brought them to the vote, and the slots that run them.

use crate::ids::{SeatNonce, UnixMs};
use crate::outcome::Outcome;
use crate::protocol::Assignment;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// Most assignments held at once, whatever window the coordinator grants: bounds the memory of their inputs.
pub const MAX_HELD: usize = 512;

/// Assignments that are held, in the order in which they came.
#[derive(Debug)]
pub(super) struct Queue {
    slots: usize,
    held: BTreeMap<SeatNonce, Held>,
    order: VecDeque<SeatNonce>,
    /// Guests that occupy a slot: those that run, and those that were halted and have not ended yet.
    occupied: BTreeSet<SeatNonce>,
}

/// One assignment that is held.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) assignment: Arc<Assignment>,
    pub(super) stage: Stage,
}

/// How far an assignment has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing was begun.
    Waiting,
    /// Module and input are being fetched.
    Preparing,
    /// They are here.
    Ready,
    /// The guest runs.
    Running {
        /// Since when.
        since: UnixMs,
        /// When its wall-clock limit passes.
        until: UnixMs,
    },
    /// The vote is being signed.
    Signing {
        outcome: Outcome,
        stderr_tail: Vec<u8>,
    },
}

impl Queue {
    pub(super) fn new(slots: u16) -> Self {
        Self {
            slots: usize::from(slots.max(1)),
            held: BTreeMap::new(),
            order: VecDeque::new(),
            occupied: BTreeSet::new(),
        }
    }

    /// Holds one more assignment; false when it is held already or there is no room.
    pub(super) fn push(&mut self, assignment: Arc<Assignment>) -> bool {
        let nonce = assignment.nonce;
        if self.held.len() >= MAX_HELD || self.held.contains_key(&nonce) {
            return false;
        }
        let stage = Stage::Waiting;
        self.held.insert(nonce, Held { assignment, stage });
        self.order.push_back(nonce);
        true
    }

    pub(super) fn get(&self, nonce: SeatNonce) -> Option<&Held> {
        self.held.get(&nonce)
    }

    /// Changes the stage of an assignment that is held.
    pub(super) fn set_stage(&mut self, nonce: SeatNonce, stage: Stage) {
        if let Some(held) = self.held.get_mut(&nonce) {
            held.stage = stage;
        }
    }

    /// Lets go of an assignment. A slot that it occupies stays so until [`Queue::vacate`].
    pub(super) fn remove(&mut self, nonce: SeatNonce) -> Option<Held> {
        let held = self.held.remove(&nonce)?;
        self.order.retain(|other| *other != nonce);
        Some(held)
    }

    /// The guest of this assignment has ended.
    pub(super) fn vacate(&mut self, nonce: SeatNonce) {
        self.occupied.remove(&nonce);
    }

    /// Every nonce that is held, in order.
    pub(super) fn nonces(&self) -> Vec<SeatNonce> {
        self.order.iter().copied().collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// How many assignments still need a slot or hold one.
    pub(super) fn unfinished(&self) -> usize {
        let signing = |held: &&Held| matches!(held.stage, Stage::Signing { .. });
        let finished = self.held.values().filter(signing).count();
        self.held.len().saturating_sub(finished)
    }

    /// The next assignment to prepare: one for each slot is prepared ahead of those that run, and one more, so that
    /// no slot waits for the network and not every input of a large window lies in memory.
    pub(super) fn next_to_prepare(&self) -> Option<SeatNonce> {
        let ahead = self.count(|stage| matches!(stage, Stage::Preparing | Stage::Ready));
        let limit = self.slots.saturating_mul(2).saturating_add(1);
        if ahead.saturating_add(self.occupied.len()) >= limit {
            return None;
        }
        self.first(|stage| *stage == Stage::Waiting)
    }

    /// The next assignment to run, when a slot is free.
    pub(super) fn next_to_run(&self) -> Option<SeatNonce> {
        if self.occupied.len() >= self.slots {
            return None;
        }
        self.first(|stage| *stage == Stage::Ready)
    }

    /// The guest of a ready assignment takes a slot, from now until the limit.
    pub(super) fn occupy(&mut self, nonce: SeatNonce, since: UnixMs, until: UnixMs) {
        self.occupied.insert(nonce);
        self.set_stage(nonce, Stage::Running { since, until });
    }

    /// An assignment whose wall-clock limit has passed.
    pub(super) fn overdue(&self, now: UnixMs) -> Option<SeatNonce> {
        self.first(|stage| matches!(stage, Stage::Running { until, .. } if *until <= now))
    }

    /// When the next wall-clock limit passes.
    pub(super) fn next_limit(&self) -> Option<UnixMs> {
        let until = |held: &Held| match held.stage {
            Stage::Running { until, .. } => Some(until),
            _ => None,
        };
        self.held.values().filter_map(until).min()
    }

    fn first(&self, is_wanted: impl Fn(&Stage) -> bool) -> Option<SeatNonce> {
        let stage_of = |nonce: &SeatNonce| self.held.get(nonce).map(|held| &held.stage);
        self.order
            .iter()
            .find(|nonce| stage_of(nonce).is_some_and(&is_wanted))
            .copied()
    }

    fn count(&self, is_wanted: impl Fn(&Stage) -> bool) -> usize {
        let wanted = |held: &&Held| is_wanted(&held.stage);
        self.held.values().filter(wanted).count()
    }
}
