//! Which node may take a seat of which task (TRUST.md sections 2 and 3).

use super::config::Diversity;
use super::job::Job;
use super::roster::Node;
use super::task::Task;
use shared::tally::majority;

/// Whether a node may vote on tasks of a job at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JobRule {
    May,
    /// The node is its submitter's.
    Own,
    /// The node has too little memory, or gave seats back too often.
    Unfit,
}

pub(super) fn job_rule(node: &Node, job: &Job) -> JobRule {
    if node.info.owners.contains(&job.submitter_key) {
        JobRule::Own
    } else if node.info.memory_pages < job.memory_pages
        || (job.census.shuns_unreliable && job.gives_back_too_often(&node.info.key))
    {
        JobRule::Unfit
    } else {
        JobRule::May
    }
}

/// Whether a node that may vote on the job's tasks may have a seat of this one.
pub(super) fn may_take(diversity: Diversity, node: &Node, job: &Job, task: &Task) -> bool {
    !task.knows(&node.info.key)
        && (!keeps_networks_apart(diversity, job, task.chosen)
            || task
                .holders()
                .all(|other| other.network != node.info.network))
        && (node.info.proven
            || !limits_newcomers(diversity, job, task.chosen)
            || task.holders().filter(|other| !other.proven).count() + 1
                < usize::from(majority(task.chosen)))
}

/// Whether one network may have only one seat of a task with `chosen` seats.
pub(super) fn keeps_networks_apart(diversity: Diversity, job: &Job, chosen: u8) -> bool {
    match diversity {
        Diversity::Strict => true,
        Diversity::Auto => job.census.networks >= usize::from(chosen),
        Diversity::Off => false,
    }
}

/// Whether unproven nodes may have at most m - 1 seats of a task with `chosen` seats.
pub(super) fn limits_newcomers(diversity: Diversity, job: &Job, chosen: u8) -> bool {
    let enough_proven = usize::from(chosen - majority(chosen)) + 1;
    match diversity {
        Diversity::Strict => true,
        Diversity::Auto => job.census.proven >= enough_proven,
        Diversity::Off => false,
    }
}
