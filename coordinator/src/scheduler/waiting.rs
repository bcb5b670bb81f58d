//! Why a job does not go on and why a node has nothing to do, and the counts of nodes that both rest on.

use super::Scheduler;
use super::config::Diversity;
use super::eligible::{JobRule, job_rule, may_take};
use super::event::Effect;
use super::job::Job;
use super::roster::{Node, Roster};
use super::task::SeatState;
use shared::api::jobs::WaitingReason;
use shared::ids::UnixMs;
use shared::protocol::IdleReason;
use shared::tally::majority;
use std::collections::HashSet;

/// Connected nodes up to which a job's nodes are counted at every join and leave; above, some jobs wait for the tick.
const COUNT_AT_ONCE: usize = 256;
/// Nodes without work that are offered some at each tick.
const FED_PER_TICK: usize = 128;
/// Waiting tasks for which each tick looks whether any connected node may take them.
const SEARCHED_PER_TICK: usize = 64;

/// The connected nodes that may vote on a job's tasks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Census {
    pub(super) eligible: usize,
    /// Different networks among them.
    pub(super) networks: usize,
    pub(super) proven: usize,
    /// Whether there are enough of them to begin tasks.
    pub(super) may_start: bool,
    /// Whether nodes that gave seats back too often get no more: so, unless the job could not start without them.
    pub(super) shuns_unreliable: bool,
    /// Nodes have come or gone since.
    is_stale: bool,
}

impl Census {
    fn of_all(roster: &Roster) -> Self {
        Self {
            eligible: roster.len(),
            networks: roster.networks(),
            proven: roster.proven(),
            ..Self::default()
        }
    }

    fn of<'a>(nodes: impl Iterator<Item = &'a Node>) -> Self {
        let mut census = Self::default();
        let mut networks = HashSet::new();
        for node in nodes {
            census.eligible += 1;
            census.proven += usize::from(node.info.proven);
            networks.insert(node.info.network);
        }
        census.networks = networks.len();
        census
    }
}

/// Whether the job's nodes can only be counted one by one.
fn is_particular(job: &Job, roster: &Roster) -> bool {
    job.unreliable_nodes() > 0
        || roster.has_owner(&job.submitter_key)
        || roster.least_memory() < job.memory_pages
}

impl Scheduler {
    /// Counts the nodes that may vote on a job's tasks.
    pub(super) fn take_census(&mut self, at: usize) {
        let Some(job) = self.jobs.get_mut(at) else {
            return;
        };
        let needed = usize::from(majority(job.trust));
        let before = job.census;
        let mut census = if is_particular(job, &self.roster) {
            // Whom job_rule would turn away for giving back is decided here, so it must not look at the old answer.
            job.census.shuns_unreliable = false;
            let fit = || {
                let nodes = self.roster.iter().map(|(_, node)| node);
                nodes.filter(|node| job_rule(node, job) == JobRule::May)
            };
            let reliable =
                Census::of(fit().filter(|node| !job.gives_back_too_often(&node.info.key)));
            if reliable.eligible >= needed {
                let shuns_unreliable = true;
                Census {
                    shuns_unreliable,
                    ..reliable
                }
            } else {
                Census::of(fit())
            }
        } else {
            Census::of_all(&self.roster)
        };
        census.may_start = census.eligible >= needed
            && (self.config.diversity != Diversity::Strict
                || (census.networks >= needed && census.proven > 0));
        job.census = census;
        // With fewer networks or proven nodes a rule may hold no more, for whoever is connected.
        let may_be_looser = census.networks < before.networks
            || census.proven < before.proven
            || census.shuns_unreliable != before.shuns_unreliable;
        if may_be_looser {
            for task in job.stuck().clone() {
                job.unstick(task);
            }
        }
    }

    /// A node has come or gone.
    pub(super) fn roster_changed(&mut self, now: UnixMs, effects: &mut Vec<Effect>) {
        for at in 0..self.jobs.places() {
            let Some(job) = self.jobs.get_mut(at) else {
                continue;
            };
            if self.roster.len() > COUNT_AT_ONCE && is_particular(job, &self.roster) {
                job.census.is_stale = true;
            } else {
                self.recount(now, at, effects);
            }
        }
    }

    fn recount(&mut self, now: UnixMs, at: usize, effects: &mut Vec<Effect>) {
        let could_start = self.jobs.get(at).is_some_and(|job| job.census.may_start);
        self.take_census(at);
        self.enlist(at);
        if !could_start && self.jobs.get(at).is_some_and(|job| job.census.may_start) {
            self.spread(now, at, effects);
        }
        self.say_waiting(at, effects);
    }

    /// A new node may take what no other could.
    pub(super) fn unstick_for(&mut self, node_at: usize, effects: &mut Vec<Effect>) {
        let diversity = self.config.diversity;
        let Some(node) = self.roster.get(node_at) else {
            return;
        };
        let mut changed = Vec::new();
        for (at, job) in self.jobs.iter_mut() {
            if job.stuck().is_empty() || job_rule(node, job) != JobRule::May {
                continue;
            }
            let may = |number: &u32| {
                let task = job.task(*number);
                task.is_some_and(|task| may_take(diversity, node, job, task))
            };
            let freed: Vec<u32> = job.stuck().iter().copied().filter(may).collect();
            for task in freed {
                job.unstick(task);
            }
            changed.push(at);
        }
        for at in changed {
            self.enlist(at);
            self.say_waiting(at, effects);
        }
    }

    /// What a tick looks at beyond deadlines: stale counts, tasks that nobody can take, nodes that found nothing.
    pub(super) fn look_around(&mut self, now: UnixMs, effects: &mut Vec<Effect>) {
        for at in 0..self.jobs.places() {
            if self.jobs.get(at).is_some_and(|job| job.census.is_stale) {
                self.recount(now, at, effects);
            }
        }
        if !self.turns.is_empty() {
            self.set_stuck_aside();
            let mut free = self.roster.idle().to_vec();
            self.draw.shuffle(&mut free);
            for node in free.into_iter().take(FED_PER_TICK) {
                self.feed(now, node, effects);
            }
        }
        for at in 0..self.jobs.places() {
            self.say_waiting(at, effects);
        }
    }

    /// Moves tasks that no connected node may take out of the way of others. Only while nodes find nothing to do:
    /// as long as all are busy, nothing is in anyone's way.
    fn set_stuck_aside(&mut self) {
        let mut left = SEARCHED_PER_TICK;
        if self.roster.idle().is_empty() {
            return;
        }
        let diversity = self.config.diversity;
        let first_job = self.draw.below(self.jobs.places());
        let jobs = (0..self.jobs.places()).cycle().skip(first_job);
        for at in jobs.take(self.jobs.places()) {
            let Some(job) = self.jobs.get_mut(at) else {
                continue;
            };
            let start = self.draw.below(job.pool().len());
            let sample = job.pool().iter().cycle().skip(start);
            let sample: Vec<u32> = sample.take(left.min(job.pool().len())).copied().collect();
            left -= sample.len();
            for number in sample {
                let Some(task) = job.task(number) else {
                    continue;
                };
                let may = |node: &Node| {
                    job_rule(node, job) == JobRule::May && may_take(diversity, node, job, task)
                };
                if !self.roster.iter().any(|(_, node)| may(node)) {
                    job.set_stuck(number);
                }
            }
            if left == 0 {
                return;
            }
        }
    }

    /// Says why a job does not go on, when that has changed.
    pub(super) fn say_waiting(&mut self, at: usize, effects: &mut Vec<Effect>) {
        let (diversity, held) = (self.config.diversity, self.held);
        let Some(job) = self.jobs.get_mut(at) else {
            return;
        };
        let reason = if held && !job.is_all_open() {
            Some(WaitingReason::StorageQuorum)
        } else {
            waiting_reason(job, diversity)
        };
        if reason != job.waiting {
            job.waiting = reason;
            let job = job.id;
            effects.push(Effect::JobWaiting { job, reason });
        }
    }

    /// Tells a node that holds nothing and could take something why it gets nothing, when that has changed.
    pub(super) fn say_idle(&mut self, at: usize, effects: &mut Vec<Effect>) {
        let is_idle = |node: &&Node| node.free() > 0 && node.in_flight.is_empty();
        let Some(node) = self.roster.get(at).filter(is_idle) else {
            return;
        };
        let reason = idle_reason(node, self.jobs.iter().map(|(_, job)| job));
        if node.idle != Some(reason) {
            let node = node.info.id;
            effects.push(Effect::Idle { node, reason });
            if let Some(node) = self.roster.get_mut(at) {
                node.idle = Some(reason);
            }
        }
    }
}

fn waiting_reason(job: &Job, diversity: Diversity) -> Option<WaitingReason> {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    if job.is_done() {
        return None;
    }
    let Census {
        eligible,
        networks,
        proven,
        may_start,
        ..
    } = job.census;
    let needed = majority(job.trust);
    if eligible < usize::from(needed) {
        return Some(WaitingReason::TooFewVolunteers {
            eligible: count(eligible),
            needed: u32::from(needed),
        });
    }
    if !may_start && diversity == Diversity::Strict && networks < usize::from(needed) {
        return Some(WaitingReason::TooFewNetworks {
            networks: count(networks),
            needed: u32::from(needed),
        });
    }
    if !may_start {
        return Some(WaitingReason::TooFewProven {
            proven: count(proven),
            needed: 1,
        });
    }
    let counts = job.counts();
    let is_only_stuck = !job.has_work() && counts.voted == 0 && !job.is_lent_out();
    if is_only_stuck && let Some(task) = job.stuck().first().and_then(|task| job.task(*task)) {
        return Some(stuck_reason(job, task));
    }
    if eligible < usize::from(job.trust) {
        return Some(WaitingReason::OneMoreIfDisagree {
            eligible: count(eligible),
            trust: u32::from(job.trust),
        });
    }
    let is_waiting = job.has_work() && counts.voted == 0 && !job.is_lent_out();
    is_waiting.then_some(WaitingReason::AllBusy)
}

/// What a task lacks for which no connected node is left.
fn stuck_reason(job: &Job, task: &super::task::Task) -> WaitingReason {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let seats = task.seats.iter();
    let seats = seats
        .filter(|seat| !matches!(seat.state, SeatState::Empty))
        .count();
    let Census {
        eligible, networks, ..
    } = job.census;
    if eligible >= seats && networks < seats {
        return WaitingReason::TooFewNetworks {
            networks: count(networks),
            needed: count(seats),
        };
    }
    WaitingReason::TooFewVolunteers {
        eligible: count(eligible),
        needed: count(seats.max(eligible + 1)),
    }
}

fn idle_reason<'a>(node: &Node, mut jobs: impl Iterator<Item = &'a Job> + Clone) -> IdleReason {
    let mut others = jobs
        .clone()
        .filter(|job| job_rule(node, job) != JobRule::Own);
    match others.next() {
        None if jobs.next().is_none() => IdleReason::NoWork,
        None => IdleReason::OwnJobs,
        Some(first) => {
            let has_seats = |job: &Job| job.has_work() && job_rule(node, job) == JobRule::May;
            if has_seats(first) || others.any(has_seats) {
                IdleReason::SeatRules
            } else {
                IdleReason::NoWork
            }
        }
    }
}
