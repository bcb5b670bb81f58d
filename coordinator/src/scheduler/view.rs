//! What the scheduler knows, for the pages: read only and cheap.

use super::Scheduler;
use super::event::NodeId;
use super::task::{Phase, Seat, SeatState, Task};
use shared::api::jobs::{SeatView, TaskCounts, TaskState, TaskView, WaitingReason};
use shared::cert::Relaxed;
use shared::ids::JobId;

impl Scheduler {
    /// The tasks of a job by state; `None` for a job that is not scheduled here.
    #[must_use]
    pub fn job_counts(&self, job: JobId) -> Option<TaskCounts> {
        let at = self.job_numbers.get(&job)?;
        Some(self.jobs.get(*at)?.counts())
    }

    /// Why a job does not go on, or not faster.
    #[must_use]
    pub fn waiting_reason(&self, job: JobId) -> Option<WaitingReason> {
        let at = self.job_numbers.get(&job)?;
        self.jobs.get(*at)?.waiting
    }

    /// An open task; `None` for one that is not begun or is committed. Votes are shown from the verdict on.
    #[must_use]
    pub fn task_view(&self, job: JobId, task: u32) -> Option<TaskView> {
        let at = self.job_numbers.get(&job)?;
        let open = self.jobs.get(*at)?.task(task)?;
        let (state, outcome) = match &open.phase {
            Phase::Decided(verdict) => (TaskState::Voted, *verdict),
            Phase::Voting | Phase::Output(_) if open.is_running() => (TaskState::Running, None),
            Phase::Voting | Phase::Output(_) => (TaskState::Waiting, None),
        };
        let relaxed = outcome.map_or(Relaxed::NONE, |outcome| open.relaxed(&outcome));
        Some(TaskView {
            task,
            state,
            attempt: open.attempt,
            chosen: open.chosen,
            outcome,
            relaxed: relaxed.bits(),
            seats: seats(open),
            failure: None,
        })
    }

    /// Assignments that a node holds.
    #[must_use]
    pub fn in_flight(&self, node: NodeId) -> u32 {
        let held = self
            .roster
            .by_id(node)
            .map_or(0, |node| node.in_flight.len());
        u32::try_from(held).unwrap_or(u32::MAX)
    }

    /// Assignments that were opened early at the end of a job, so far.
    #[must_use]
    pub const fn early_runs(&self) -> u64 {
        self.early_runs
    }

    /// Different networks among the connected nodes.
    #[must_use]
    pub fn networks(&self) -> u32 {
        u32::try_from(self.roster.networks()).unwrap_or(u32::MAX)
    }

    /// Connected nodes.
    #[must_use]
    pub fn nodes(&self) -> u32 {
        u32::try_from(self.roster.len()).unwrap_or(u32::MAX)
    }
}

/// The held seats.
fn seats(task: &Task) -> Vec<SeatView> {
    let (is_decided, verdict) = match task.phase {
        Phase::Decided(verdict) => (true, verdict),
        Phase::Voting | Phase::Output(_) => (false, None),
    };
    let view = |(number, seat): (usize, &Seat)| {
        let (holder, vote) = match &seat.state {
            SeatState::Empty | SeatState::Wanted => return None,
            SeatState::Lent(holder) => (holder, None),
            SeatState::Voted(ballot) => (&ballot.holder, Some(ballot.outcome)),
        };
        Some(SeatView {
            seat: u8::try_from(number).ok()?,
            attempt: seat.attempt,
            node_key: holder.key,
            voted: vote.is_some(),
            outcome: vote.filter(|_| is_decided),
            agrees: verdict.and_then(|outcome| Some(vote? == outcome)),
        })
    };
    task.seats.iter().enumerate().filter_map(view).collect()
}
