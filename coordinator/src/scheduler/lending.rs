//! Lends seats to nodes and takes them back.

use super::eligible::{JobRule, job_rule, may_take};
use super::event::{Effect, NodeFact, NodeId, SeatRef};
use super::job::{Depth, Found};
use super::roster::Node;
use super::task::{Holder, SeatState, Task};
use super::turns::Turn;
use super::{Scheduler, settling};
use shared::api::jobs::{AttemptReason, WaitingReason};
use shared::fail::FailReason;
use shared::ids::{NodeKey, SeatNonce, UnixMs};
use shared::protocol::UnableReason;

/// Least and most tasks of a job that look for nodes at once.
const POOL: std::ops::RangeInclusive<usize> = 8..=256;

/// An assignment, from the lending until its vote is forgotten.
#[derive(Debug)]
pub(super) struct Lending {
    pub(super) seat: SeatRef,
    /// To whom it was lent.
    pub(super) key: NodeKey,
    /// Number of the job; only good while the state is neither settled nor cancelled.
    pub(super) job: usize,
    pub(super) state: LendingState,
}

#[derive(Debug)]
pub(super) enum LendingState {
    Lent {
        node: usize,
        lease_until: UnixMs,
        /// No renewal goes beyond this.
        hold_until: UnixMs,
    },
    /// Its vote is counted and waits for the verdict.
    Voted,
    /// The verdict came first.
    Cancelled(settling::Cancelled),
    /// Its vote is settled, and kept in case it comes again.
    Settled(Box<settling::SettledVote>),
}

/// Why a seat comes back.
#[derive(Debug, Clone, Copy)]
pub(super) enum Why {
    /// Its node left; `is_first` is false for the further seats of one job.
    Left {
        is_first: bool,
    },
    Expired,
    Unable(UnableReason),
    Invalid,
}

impl Why {
    fn fact(self) -> NodeFact {
        match self {
            Self::Left { .. } => NodeFact::Returned,
            Self::Expired => NodeFact::Expired,
            Self::Unable(reason) => NodeFact::Unable(reason),
            Self::Invalid => NodeFact::Invalid,
        }
    }

    fn reason(self) -> AttemptReason {
        match self {
            Self::Unable(reason) => AttemptReason::Unable { reason },
            Self::Left { .. } | Self::Expired | Self::Invalid => AttemptReason::Returned,
        }
    }

    /// Whether it says something about the task: a user who stops or a browser that freezes its page does not.
    fn blames_task(self) -> bool {
        match self {
            Self::Unable(reason) => !matches!(reason, UnableReason::Stopped | UnableReason::Frozen),
            Self::Left { .. } | Self::Expired | Self::Invalid => false,
        }
    }
}

impl Scheduler {
    /// Gives a node all it can take.
    pub(super) fn feed(&mut self, now: UnixMs, node: usize, effects: &mut Vec<Effect>) {
        while self.lend_next(now, node, effects) {}
        self.say_idle(node, effects);
    }

    /// Lends one seat to a node: of the job whose turn it is.
    fn lend_next(&mut self, now: UnixMs, at: usize, effects: &mut Vec<Effect>) -> bool {
        let depth = self.depth();
        let Self {
            turns,
            jobs,
            roster,
            draw,
            config,
            ..
        } = self;
        let Some(node) = roster.get(at).filter(|node| node.free() > 0) else {
            return false;
        };
        let found = turns.offer(|number| {
            let Some(job) = jobs.get_mut(number) else {
                return Turn::NoWork;
            };
            let found = match job_rule(node, job) {
                JobRule::May => job.find(draw, depth, |job, task| {
                    may_take(config.diversity, node, job, task)
                }),
                JobRule::Own | JobRule::Unfit if job.has_work() => Found::NotForThisNode,
                JobRule::Own | JobRule::Unfit => Found::NoWork,
            };
            match found {
                Found::Task(task) => Turn::Taken((number, task)),
                Found::NotForThisNode => Turn::NotForThisNode,
                Found::NoWork => {
                    job.enlisted = false;
                    Turn::NoWork
                }
            }
        });
        found.is_some_and(|(job, task)| self.lend(now, at, job, task, effects))
    }

    /// Spreads a job's seats over the free nodes, one each in random order, again and again: first onto free slots.
    pub(super) fn spread(&mut self, now: UnixMs, job: usize, effects: &mut Vec<Effect>) {
        for onto_slots in [true, false] {
            let free = if onto_slots {
                self.roster.idle()
            } else {
                self.roster.spare()
            };
            let mut free = free.to_vec();
            self.draw.shuffle(&mut free);
            while !free.is_empty() {
                free.retain(|node| {
                    self.lend_of(now, *node, job, effects)
                        && (!onto_slots || self.roster.get(*node).is_some_and(Node::has_free_slot))
                });
            }
        }
    }

    /// Lends one seat of this job to a node.
    fn lend_of(&mut self, now: UnixMs, at: usize, job: usize, effects: &mut Vec<Effect>) -> bool {
        let depth = self.depth();
        let diversity = self.config.diversity;
        let found = match (self.roster.get(at), self.jobs.get_mut(job)) {
            (Some(node), Some(job)) if node.free() > 0 && job_rule(node, job) == JobRule::May => {
                let may = |job: &_, task: &Task| may_take(diversity, node, job, task);
                job.find(&mut self.draw, depth, may)
            }
            _ => Found::NoWork,
        };
        match found {
            Found::Task(task) => self.lend(now, at, job, task, effects),
            Found::NotForThisNode | Found::NoWork => false,
        }
    }

    /// Looks for nodes for the open seats of one task.
    pub(super) fn offer(
        &mut self,
        now: UnixMs,
        job_at: usize,
        number: u32,
        effects: &mut Vec<Effect>,
    ) {
        let diversity = self.config.diversity;
        while let Some(job) = self.jobs.get(job_at)
            && let Some(task) = job.task(number)
            && task.wanted().is_some()
        {
            let may = |node: &Node| {
                job_rule(node, job) == JobRule::May && may_take(diversity, node, job, task)
            };
            let Some(node) = self.roster.pick(&mut self.draw, may) else {
                break;
            };
            self.lend(now, node, job_at, number, effects);
        }
        self.enlist(job_at);
    }

    pub(super) fn lend(
        &mut self,
        now: UnixMs,
        at: usize,
        job_at: usize,
        number: u32,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let (Some(node), Some(job)) = (self.roster.get(at), self.jobs.get_mut(job_at)) else {
            return false;
        };
        let (job_id, wall_ms) = (job.id, u64::from(job.wall_ms));
        let waited = job.waiting == Some(WaitingReason::AllBusy);
        let Some(task) = job.task_mut(number) else {
            return false;
        };
        let Some((place, seat)) = task
            .wanted()
            .and_then(|place| Some((place, task.seats.get_mut(place)?)))
        else {
            return false;
        };
        let nonce = self.draw.nonce();
        let holder = Holder {
            node: node.info.id,
            key: node.info.key,
            nonce,
            network: node.info.network,
            proven: node.info.proven,
        };
        seat.state = SeatState::Lent(holder);
        let seat = SeatRef {
            nonce,
            job: job_id,
            task: number,
            attempt: seat.attempt,
            seat: u8::try_from(place).expect("a task has at most 15 seats"),
        };
        job.refile(number);
        let lease_until = now.plus(self.config.lease_ms);
        let longest = wall_ms.saturating_mul(u64::from(self.config.hold_factor));
        let state = LendingState::Lent {
            node: at,
            lease_until,
            hold_until: lease_until.plus(longest),
        };
        let lending = Lending {
            seat,
            key: holder.key,
            job: job_at,
            state,
        };
        self.lendings.insert(nonce, lending);
        self.roster.given(at, nonce, lease_until);
        effects.push(Effect::Assign {
            node: holder.node,
            seat,
        });
        effects.push(Effect::Record {
            key: holder.key,
            what: NodeFact::Assigned,
        });
        if waited {
            self.say_waiting(job_at, effects);
        }
        true
    }

    /// Whether the assignment is out, and this node's.
    pub(super) fn is_lent_to(&self, nonce: SeatNonce, node: NodeId) -> bool {
        let lending = self.lendings.get(&nonce);
        lending.is_some_and(|lending| match lending.state {
            LendingState::Lent { node: at, .. } => self.roster.find(node) == Some(at),
            _ => false,
        })
    }

    /// Takes a lent seat back and lends it again: its nonce is void from here on.
    pub(super) fn take_back(
        &mut self,
        now: UnixMs,
        nonce: SeatNonce,
        why: Why,
        effects: &mut Vec<Effect>,
    ) {
        let Some(lending) = self.lendings.remove(&nonce) else {
            return;
        };
        let LendingState::Lent { node, .. } = lending.state else {
            self.lendings.insert(nonce, lending);
            return;
        };
        self.roster.returned(node, nonce);
        let (key, what) = (lending.key, why.fact());
        effects.push(Effect::Record { key, what });
        let number = lending.seat.task;
        let Some(job) = self.jobs.get_mut(lending.job) else {
            return;
        };
        let (id, trust) = (job.id, job.trust);
        let is_counted = !matches!(why, Why::Left { is_first: false });
        let is_unreliable = is_counted && job.count_give_back(key);
        let Some(task) = job.task_mut(number) else {
            return;
        };
        task.give_back(usize::from(lending.seat.seat));
        effects.push(Effect::Attempt {
            job: id,
            task: number,
            attempt: task.attempt,
            reason: why.reason(),
        });
        task.unable += u8::from(why.blames_task());
        let has_failed = task.unable >= trust.saturating_mul(2);
        if is_unreliable {
            self.take_census(lending.job);
        }
        if has_failed {
            self.fail(now, lending.job, number, FailReason::Unable, effects);
        } else {
            self.weigh(now, lending.job, number, effects);
        }
    }

    /// Lets a job take part in the turns when it has something to lend.
    pub(super) fn enlist(&mut self, at: usize) {
        if let Some(job) = self.jobs.get_mut(at)
            && !job.enlisted
            && job.has_work()
        {
            job.enlisted = true;
            self.turns.enlist(job.submitter, at);
        }
    }

    pub(super) fn depth(&self) -> Depth {
        let share = self.roster.len().saturating_mul(2) / self.jobs.len().max(1);
        Depth {
            pool: share.clamp(*POOL.start(), *POOL.end()),
            open: if self.held {
                0
            } else {
                self.config.max_open_tasks
            },
        }
    }
}
