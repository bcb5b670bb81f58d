//! One job: which of its tasks are not begun, open or decided, and which of the open ones look for nodes.

use super::draw::Draw;
use super::plan::{JobPlan, TaskSet};
use super::task::{Phase, Place, Task};
use super::waiting::Census;
use shared::api::jobs::{TaskCounts, WaitingReason};
use shared::ids::{JobId, NodeKey, SubmitterKey};
use std::collections::{BTreeSet, HashMap};

/// Tasks of the pool tried by chance before all of them are looked at.
const TRIES: usize = 8;
/// A node that gave back this many seats of a job gets no more of it (TRUST.md section 2).
const GAVE_BACK_TOO_OFTEN: u8 = 2;

#[derive(Debug)]
pub(super) struct Job {
    pub(super) id: JobId,
    pub(super) submitter_key: SubmitterKey,
    /// Its number in [`super::turns::Turns`].
    pub(super) submitter: usize,
    pub(super) trust: u8,
    pub(super) memory_pages: u32,
    pub(super) wall_ms: u32,
    unopened: TaskSet,
    open: HashMap<u32, Task>,
    /// Open tasks with seats to lend.
    pool: Vec<u32>,
    /// Open tasks with seats to lend that no connected node may take.
    stuck: BTreeSet<u32>,
    gave_back: HashMap<NodeKey, u8>,
    gave_back_too_often: usize,
    pub(super) census: Census,
    pub(super) waiting: Option<WaitingReason>,
    /// Whether it takes part in the turns.
    pub(super) enlisted: bool,
    accepted: u32,
    failed: u32,
    voted: u32,
    running: u32,
    /// Seats that are lent.
    lent: usize,
}

/// Whether a node can take one of the job's tasks now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Task(u32),
    /// There are seats to lend, but none for this node.
    NotForThisNode,
    /// There is no seat to lend.
    NoWork,
}

/// How many tasks may be open, and how many of them should look for nodes at once. The more there are, the less a
/// node can foresee which task it will get; the fewer, the sooner a task is decided.
#[derive(Debug, Clone, Copy)]
pub(super) struct Depth {
    pub(super) pool: usize,
    pub(super) open: usize,
}

impl Job {
    pub(super) fn new(plan: JobPlan, submitter: usize) -> Self {
        Self {
            id: plan.id,
            submitter_key: plan.submitter_key,
            submitter,
            trust: plan.trust,
            memory_pages: plan.memory_pages,
            wall_ms: plan.wall_ms,
            unopened: plan.undecided,
            open: HashMap::new(),
            pool: Vec::new(),
            stuck: BTreeSet::new(),
            gave_back: HashMap::new(),
            gave_back_too_often: 0,
            census: Census::default(),
            waiting: None,
            enlisted: false,
            accepted: plan.accepted,
            failed: plan.failed,
            voted: 0,
            running: 0,
            lent: 0,
        }
    }

    pub(super) fn task(&self, task: u32) -> Option<&Task> {
        self.open.get(&task)
    }

    pub(super) fn task_mut(&mut self, task: u32) -> Option<&mut Task> {
        self.open.get_mut(&task)
    }

    /// Numbers of the open tasks, ascending.
    pub(super) fn open_tasks(&self) -> Vec<u32> {
        let mut open: Vec<u32> = self.open.keys().copied().collect();
        open.sort_unstable();
        open
    }

    /// Whether a node may find work here: open seats, or tasks to begin.
    pub(super) fn has_work(&self) -> bool {
        !self.pool.is_empty() || (self.census.may_start && !self.unopened.is_empty())
    }

    /// Whether some node runs a task of it.
    pub(super) const fn is_lent_out(&self) -> bool {
        self.lent > 0
    }

    /// Whether every task is decided and committed.
    pub(super) fn is_done(&self) -> bool {
        self.open.is_empty() && self.unopened.is_empty()
    }

    /// Whether no task is left to begin.
    pub(super) const fn is_all_open(&self) -> bool {
        self.unopened.is_empty()
    }

    pub(super) fn pool(&self) -> &[u32] {
        &self.pool
    }

    pub(super) fn stuck(&self) -> &BTreeSet<u32> {
        &self.stuck
    }

    pub(super) fn counts(&self) -> TaskCounts {
        let unopened = usize::try_from(self.unopened.len()).unwrap_or(usize::MAX);
        let open = unopened.saturating_add(self.open.len());
        let open = u32::try_from(open).unwrap_or(u32::MAX);
        TaskCounts {
            waiting: open.saturating_sub(self.running).saturating_sub(self.voted),
            running: self.running,
            voted: self.voted,
            accepted: self.accepted,
            stored: 0,
            failed: self.failed,
        }
    }

    /// A node gave back a seat. Returns whether that was once too often.
    pub(super) fn count_give_back(&mut self, key: NodeKey) -> bool {
        let count = self.gave_back.entry(key).or_default();
        *count = count.saturating_add(1);
        let is_too_often = *count == GAVE_BACK_TOO_OFTEN;
        self.gave_back_too_often += usize::from(is_too_often);
        is_too_often
    }

    pub(super) fn gives_back_too_often(&self, key: &NodeKey) -> bool {
        let count = self.gave_back.get(key);
        count.is_some_and(|count| *count >= GAVE_BACK_TOO_OFTEN)
    }

    /// Nodes that gave back too often, connected or not.
    pub(super) const fn unreliable_nodes(&self) -> usize {
        self.gave_back_too_often
    }

    /// Looks for a task that a node `may` take: by chance among those in the pool, otherwise a new one.
    pub(super) fn find(
        &mut self,
        draw: &mut Draw,
        depth: Depth,
        may: impl Fn(&Self, &Task) -> bool,
    ) -> Found {
        while self.pool.len() < depth.pool && self.open_next(depth).is_some() {}
        if self.pool.is_empty() {
            return Found::NoWork;
        }
        let fits = |task: &u32| self.open.get(task).is_some_and(|task| may(self, task));
        for _ in 0..TRIES {
            let tried = self.pool.get(draw.below(self.pool.len()));
            if let Some(task) = tried.filter(|task| fits(task)) {
                return Found::Task(*task);
            }
        }
        let (before, after) = self.pool.split_at(draw.below(self.pool.len()));
        if let Some(task) = after.iter().chain(before).find(|task| fits(task)) {
            return Found::Task(*task);
        }
        // Others wait for nodes that are scarce. The rest may run ahead, but not without end.
        if self.pool.len() < depth.pool.saturating_mul(2)
            && let Some(task) = self.open_next(depth)
            && self.open.get(&task).is_some_and(|open| may(self, open))
        {
            return Found::Task(task);
        }
        Found::NotForThisNode
    }

    fn open_next(&mut self, depth: Depth) -> Option<u32> {
        if !self.census.may_start || self.open.len() >= depth.open {
            return None;
        }
        let task = self.unopened.pop_first()?;
        self.open.insert(task, Task::new(self.trust));
        self.refile(task);
        Some(task)
    }

    /// Files a task where its seats say it belongs; to be called after every change of a task.
    pub(super) fn refile(&mut self, number: u32) {
        let Some(task) = self.open.get_mut(&number) else {
            return;
        };
        let is_running = task.is_running();
        match (task.counted_running, is_running) {
            (false, true) => self.running += 1,
            (true, false) => self.running -= 1,
            _ => {}
        }
        task.counted_running = is_running;
        let lent = task.lent();
        self.lent = self.lent + lent - std::mem::replace(&mut task.counted_lent, lent);
        let (place, has_seats) = (task.place, task.wanted().is_some());
        match place {
            Place::Pool(_) if has_seats => {}
            Place::Pool(at) => {
                task.place = Place::Nowhere;
                self.leave_pool(at);
            }
            Place::Stuck | Place::Nowhere => {
                self.stuck.remove(&number);
                task.place = Place::Nowhere;
                if has_seats {
                    task.place = Place::Pool(self.pool.len());
                    self.pool.push(number);
                }
            }
        }
    }

    fn leave_pool(&mut self, at: usize) {
        self.pool.swap_remove(at);
        if let Some(moved) = self.pool.get(at)
            && let Some(task) = self.open.get_mut(moved)
        {
            task.place = Place::Pool(at);
        }
    }

    /// Takes a task out of the pool: no connected node may take its seats.
    pub(super) fn set_stuck(&mut self, number: u32) {
        if let Some(task) = self.open.get_mut(&number)
            && let Place::Pool(at) = task.place
        {
            task.place = Place::Stuck;
            self.stuck.insert(number);
            self.leave_pool(at);
        }
    }

    /// Puts a task that was set aside back into the pool.
    pub(super) fn unstick(&mut self, number: u32) {
        self.refile(number);
    }

    /// A task is decided.
    pub(super) fn decided(&mut self, number: u32) {
        self.voted += 1;
        self.refile(number);
    }

    /// A decided task is committed: it is forgotten here. `None` unless it was decided.
    pub(super) fn committed(&mut self, number: u32) -> Option<Task> {
        let task = self.open.get(&number)?;
        let Phase::Decided(outcome) = &task.phase else {
            return None;
        };
        let is_ok = outcome.is_some_and(|outcome| outcome.status == shared::outcome::Status::Ok);
        *(if is_ok {
            &mut self.accepted
        } else {
            &mut self.failed
        }) += 1;
        self.voted -= 1;
        self.open.remove(&number)
    }
}
