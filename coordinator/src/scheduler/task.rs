//! One open task: its seats, who held them, and how far its verdict is.

use super::event::{Network, NodeId};
use shared::cert::{Dissent, Relaxed, SeatVote};
use shared::ids::{Digest, NodeKey, SeatNonce, Signature, UnixMs};
use shared::outcome::Outcome;
use shared::tally::majority;

/// Nodes remembered for giving a seat back, so that they never get one of the same task again. With more than this
/// many the oldest are forgotten: that a node whose vote counts has one seat only does not rest on this list.
const MAX_REMEMBERED: usize = 256;

#[derive(Debug)]
pub(super) struct Task {
    /// From 1.
    pub(super) attempt: u16,
    /// Seats of this attempt; a seat's number is its place in `seats`, which has at most this many.
    pub(super) chosen: u8,
    pub(super) seats: Vec<Seat>,
    pub(super) phase: Phase,
    /// Nodes that had a seat and have it no more.
    gave_back: Vec<NodeKey>,
    /// Outputs whose bytes are in hand, by whichever vote they came.
    outputs: Vec<Digest>,
    /// Distinct nodes that could not run it.
    pub(super) unable: u8,
    /// Assignments that were cancelled at the verdict.
    pub(super) cancelled: Vec<SeatNonce>,
    /// Where the job files it: kept by [`super::job::Job::refile`].
    pub(super) place: Place,
    /// Whether the job counts it as running.
    pub(super) counted_running: bool,
    /// How many of its seats the job counts as lent.
    pub(super) counted_lent: usize,
}

/// Where a task that has seats to lend waits for nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It has no seat to lend.
    Nowhere,
    /// At this place of the job's pool.
    Pool(usize),
    /// No connected node may take it.
    Stuck,
}

#[derive(Debug)]
pub(super) struct Seat {
    /// The attempt in which it was opened.
    pub(super) attempt: u16,
    pub(super) state: SeatState,
}

#[derive(Debug)]
pub(super) enum SeatState {
    /// Nobody holds it and nobody is looked for.
    Empty,
    /// To be lent.
    Wanted,
    Lent(Holder),
    Voted(Box<Ballot>),
}

/// Who holds a seat.
#[derive(Debug, Clone, Copy)]
pub(super) struct Holder {
    pub(super) node: NodeId,
    pub(super) key: NodeKey,
    pub(super) nonce: SeatNonce,
    pub(super) network: Network,
    pub(super) proven: bool,
}

/// A counted vote.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ballot {
    pub(super) holder: Holder,
    pub(super) outcome: Outcome,
    pub(super) signature: Signature,
    pub(super) has_output: bool,
}

#[derive(Debug)]
pub(super) enum Phase {
    /// Votes are collected.
    Voting,
    /// An outcome has its majority; one of its voters is asked for the bytes.
    Output(OutputWait),
    /// Decided, not yet committed: `None` when the task failed.
    Decided(Option<Outcome>),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct OutputWait {
    pub(super) outcome: Outcome,
    /// Seat that is asked now.
    pub(super) asking: usize,
    /// Seats that have been asked, one bit each.
    pub(super) asked: u16,
    pub(super) until: UnixMs,
}

impl Task {
    pub(super) fn new(chosen: u8) -> Self {
        let mut task = Self {
            attempt: 1,
            chosen,
            seats: Vec::new(),
            phase: Phase::Voting,
            gave_back: Vec::new(),
            outputs: Vec::new(),
            unable: 0,
            cancelled: Vec::new(),
            place: Place::Nowhere,
            counted_running: false,
            counted_lent: 0,
        };
        task.want(majority(chosen));
        task
    }

    /// Opens or closes seats so that exactly `more` votes are on their way, or more where they are lent already.
    /// Returns how many seats were opened that never were before.
    pub(super) fn want(&mut self, more: u8) -> u8 {
        let underway = |state: &SeatState| matches!(state, SeatState::Wanted | SeatState::Lent(_));
        let mut underway: usize = self
            .seats
            .iter()
            .filter(|seat| underway(&seat.state))
            .count();
        let more = usize::from(more);
        for seat in &mut self.seats {
            match seat.state {
                SeatState::Empty if underway < more => {
                    seat.state = SeatState::Wanted;
                    underway += 1;
                }
                SeatState::Wanted if underway > more => {
                    seat.state = SeatState::Empty;
                    underway -= 1;
                }
                _ => {}
            }
        }
        let mut opened = 0;
        while underway < more && self.seats.len() < usize::from(self.chosen) {
            let attempt = self.attempt;
            let state = SeatState::Wanted;
            self.seats.push(Seat { attempt, state });
            underway += 1;
            opened += 1;
        }
        opened
    }

    /// The first seat that is to be lent.
    pub(super) fn wanted(&self) -> Option<usize> {
        if !matches!(self.phase, Phase::Voting) {
            return None;
        }
        let is_wanted = |seat: &Seat| matches!(seat.state, SeatState::Wanted);
        self.seats.iter().position(is_wanted)
    }

    /// Whether a node holds a seat or has voted.
    pub(super) fn is_running(&self) -> bool {
        matches!(self.phase, Phase::Voting | Phase::Output(_)) && self.holders().next().is_some()
    }

    /// Whether a seat may be opened that no verdict needs yet: every seat it needs is taken, and some are left.
    pub(super) fn may_open_early(&self) -> bool {
        matches!(self.phase, Phase::Voting)
            && self.wanted().is_none()
            && self.seats.len() < usize::from(self.chosen)
    }

    /// Opens a seat that no verdict needs yet; it is to be lent at once.
    pub(super) fn open_early(&mut self) {
        let (attempt, state) = (self.attempt, SeatState::Wanted);
        self.seats.push(Seat { attempt, state });
    }

    /// How many of its seats are lent.
    pub(super) fn lent(&self) -> usize {
        let is_lent = |seat: &&Seat| matches!(seat.state, SeatState::Lent(_));
        self.seats.iter().filter(is_lent).count()
    }

    pub(super) fn ballots(&self) -> impl Iterator<Item = &Ballot> {
        self.seats.iter().filter_map(|seat| match &seat.state {
            SeatState::Voted(ballot) => Some(&**ballot),
            _ => None,
        })
    }

    /// Nodes that hold a seat or have voted.
    pub(super) fn holders(&self) -> impl Iterator<Item = &Holder> {
        self.seats.iter().filter_map(|seat| match &seat.state {
            SeatState::Voted(ballot) => Some(&ballot.holder),
            SeatState::Lent(holder) => Some(holder),
            _ => None,
        })
    }

    pub(super) fn ballot_mut(&mut self, seat: u8) -> Option<&mut Ballot> {
        match &mut self.seats.get_mut(usize::from(seat))?.state {
            SeatState::Voted(ballot) => Some(ballot),
            _ => None,
        }
    }

    /// Whether this node has, or ever had, a seat of the task.
    pub(super) fn knows(&self, key: &NodeKey) -> bool {
        self.holders().any(|holder| holder.key == *key) || self.gave_back.contains(key)
    }

    /// Empties a seat; its node never gets another one of this task.
    pub(super) fn give_back(&mut self, seat: usize) {
        let Some(seat) = self.seats.get_mut(seat) else {
            return;
        };
        let key = match &seat.state {
            SeatState::Voted(ballot) => ballot.holder.key,
            SeatState::Lent(holder) => holder.key,
            SeatState::Empty | SeatState::Wanted => return,
        };
        seat.state = SeatState::Empty;
        if self.gave_back.len() >= MAX_REMEMBERED {
            self.gave_back.remove(0);
        }
        self.gave_back.push(key);
    }

    /// The bytes of this output are in hand. They were asked for, so there are few of them.
    pub(super) fn output_arrived(&mut self, sha256: Digest) {
        if !self.outputs.contains(&sha256) {
            self.outputs.push(sha256);
        }
    }

    /// Whether the bytes of an outcome that somebody voted for are in hand.
    pub(super) fn has_output(&self, outcome: &Outcome) -> bool {
        outcome.output_len == 0
            || self.outputs.contains(&outcome.output_sha256)
            || self
                .ballots()
                .any(|ballot| ballot.has_output && ballot.outcome == *outcome)
    }

    /// Which always-rules did not hold among the counted votes. 0x01: two of them, agreeing or not, come from one
    /// network. 0x02: the agreeing unproven nodes alone are a majority of the chosen.
    pub(super) fn relaxed(&self, outcome: &Outcome) -> Relaxed {
        let mut networks: Vec<Network> = self.ballots().map(|one| one.holder.network).collect();
        networks.sort_unstable();
        let counted = networks.len();
        networks.dedup();
        let unproven = self
            .ballots()
            .filter(|one| one.outcome == *outcome && !one.holder.proven)
            .count();
        let mut relaxed = Relaxed::NONE;
        if networks.len() < counted {
            relaxed = relaxed.with(Relaxed::NETWORK);
        }
        if unproven >= usize::from(majority(self.chosen)) {
            relaxed = relaxed.with(Relaxed::UNPROVEN);
        }
        relaxed
    }

    /// Counted votes that agree with `outcome` and those that do not, each sorted by node key.
    pub(super) fn split(&self, outcome: Option<&Outcome>) -> (Vec<SeatVote>, Vec<Dissent>) {
        let (mut agree, mut dissent) = (Vec::new(), Vec::new());
        for (number, seat) in self.seats.iter().enumerate() {
            let SeatState::Voted(ballot) = &seat.state else {
                continue;
            };
            let vote = SeatVote {
                node_key: ballot.holder.key,
                attempt: seat.attempt,
                seat: u8::try_from(number).expect("a task has at most 15 seats"),
                nonce: ballot.holder.nonce,
                signature: ballot.signature,
            };
            if outcome == Some(&ballot.outcome) {
                agree.push(vote);
            } else {
                let outcome = ballot.outcome;
                dissent.push(Dissent { vote, outcome });
            }
        }
        agree.sort_unstable_by_key(|vote| vote.node_key);
        dissent.sort_unstable_by_key(|one| one.vote.node_key);
        (agree, dissent)
    }
}
