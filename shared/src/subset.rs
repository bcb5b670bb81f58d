//! Subset jobs: tasks of an earlier job, run again with other limits (LEDGER.md section 2). Which rules they keep
//! towards their parent, and what a parent's tasks come to with them.

use crate::collected::TaskFate;
use crate::fail::FailReason;
use crate::ids::{JobId, JobNonce, UnixMs};
use crate::job::{Input, Job, Limits};
use crate::leaf::{Leaf, input_root};
use crate::outcome::Status;
use serde::{Deserialize, Serialize};

/// Most subset jobs of one job that a coordinator takes: a view of the job names them all.
pub const MAX_SUBSETS: usize = 100;

/// The rule that a subset job breaks; its words name it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubsetError {
    /// The parent is a subset job itself.
    #[error(
        "rule subset_nested: the parent {parent} runs tasks of job {first} again; name job {first} as the parent, with its task numbers"
    )]
    Nested {
        /// The parent.
        parent: JobId,
        /// The parent's parent.
        first: JobId,
    },
    /// Something that must be the parent's is not.
    #[error(
        "rule subset_equal: {field} is not the parent's; limits, trust, policy, flags and deadline may differ, nothing else of what runs"
    )]
    Differs {
        /// The field of the Job.
        field: &'static str,
    },
    /// The leaves are not distinct and ascending.
    #[error(
        "rule subset_order: leaf {index} is task {task}, after task {before}; leaves are distinct and ascending: sort them and name each once"
    )]
    Order {
        /// Which leaf.
        index: usize,
        /// What it names.
        task: u32,
        /// What the leaf before it names.
        before: u32,
    },
    /// The parent has no such task.
    #[error(
        "rule subset_range: leaf {index} is task {task}; the parent has {task_count} tasks, the first is task 0"
    )]
    Range {
        /// Which leaf.
        index: usize,
        /// What it names.
        task: u32,
        /// How many there are.
        task_count: u32,
    },
}

/// The leaves that name `tasks` of a parent.
pub fn leaves(tasks: &[u32]) -> impl Iterator<Item = Leaf> {
    tasks.iter().map(|&task| Leaf::Subset { task })
}

/// The job that runs `tasks` of `parent` again within `limits`, otherwise as the parent ran them.
#[must_use]
pub fn again(
    parent: &Job,
    parent_id: JobId,
    tasks: &[u32],
    limits: Limits,
    nonce: JobNonce,
) -> Job {
    Job {
        nonce,
        input: Input::Subset { parent: parent_id },
        task_count: u32::try_from(tasks.len()).unwrap_or(u32::MAX),
        input_root: input_root(leaves(tasks)),
        limits,
        deadline_ms: UnixMs(0),
        ..parent.clone()
    }
}

/// Checks the rules of a subset job that need its parent: `parent` is the job `parent_id` that it names, `tasks` are its
/// leaves.
///
/// # Errors
/// The first rule that is broken.
pub fn check(
    subset: &Job,
    parent_id: JobId,
    parent: &Job,
    tasks: &[u32],
) -> Result<(), SubsetError> {
    if let Input::Subset { parent: first } = parent.input {
        return Err(SubsetError::Nested {
            parent: parent_id,
            first,
        });
    }
    let equal = [
        (
            "submitter_key",
            subset.submitter_key == parent.submitter_key,
        ),
        (
            "module_sha256",
            subset.module_sha256 == parent.module_sha256,
        ),
        (
            "manifest_sha256",
            subset.manifest_sha256 == parent.manifest_sha256,
        ),
        ("argv_mode", subset.argv_mode == parent.argv_mode),
        ("args", subset.args == parent.args),
        (
            "common_sha256",
            subset.common_sha256 == parent.common_sha256,
        ),
        ("seed", subset.seed == parent.seed),
    ];
    if let Some((field, _)) = equal.into_iter().find(|(_, is_equal)| !is_equal) {
        return Err(SubsetError::Differs { field });
    }
    check_order(tasks)?;
    let task_count = parent.task_count;
    let beyond = tasks.iter().zip(0..).find(|(task, _)| **task >= task_count);
    match beyond {
        Some((&task, index)) => Err(SubsetError::Range {
            index,
            task,
            task_count,
        }),
        None => Ok(()),
    }
}

fn check_order(tasks: &[u32]) -> Result<(), SubsetError> {
    let pairs = tasks.iter().zip(tasks.iter().skip(1)).zip(1..);
    for ((&before, &task), index) in pairs {
        if task <= before {
            return Err(SubsetError::Order {
                index,
                task,
                before,
            });
        }
    }
    Ok(())
}

/// What came of each task of a job when its subset jobs, oldest first, are counted too: each is given as the parent's
/// tasks that it runs and what came of them. The newest good answer counts; where there is none, the newest bad one.
///
/// Until the ledger numbers certificates, "newest" is the order in which the jobs were recorded.
#[must_use]
pub fn merge_by_leaf<'a, P: Clone + 'a>(
    parent: &[TaskFate<P>],
    subsets: impl IntoIterator<Item = (&'a [u32], &'a [TaskFate<P>])>,
) -> Vec<TaskFate<P>> {
    let mut merged = parent.to_vec();
    for (tasks, fates) in subsets {
        for (&task, fate) in tasks.iter().zip(fates) {
            let at = usize::try_from(task).unwrap_or(usize::MAX);
            let Some(slot) = merged.get_mut(at) else {
                continue;
            };
            match (&*slot, fate) {
                (_, TaskFate::Ok(_)) => *slot = fate.clone(),
                (TaskFate::Ok(_), _) | (_, TaskFate::Open) => {}
                (_, TaskFate::NotOk(_) | TaskFate::Failed(_)) => *slot = fate.clone(),
            }
        }
    }
    merged
}

/// The tasks that are decided and have no output.
#[must_use]
pub fn failed<P>(tasks: &[TaskFate<P>]) -> Vec<u32> {
    let numbered = (0..).zip(tasks);
    let failed = numbered
        .filter(|(_, fate)| matches!(fate, TaskFate::NotOk(_) | TaskFate::Failed(_)))
        .map(|(task, _)| task);
    failed.collect()
}

/// What tasks without output ended by, so that the limits that were too low can be named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lacking {
    /// They ran out of fuel.
    pub fuel: u32,
    /// They wanted more memory.
    pub memory: u32,
    /// They wrote more output.
    pub output: u32,
    /// Too many volunteers were unable to run them: most often they took too long.
    pub unable: u32,
    /// What no limit helps: exit codes, traps, no majority.
    pub other: u32,
}

impl Lacking {
    /// Counts.
    #[must_use]
    pub fn of<P>(tasks: &[TaskFate<P>]) -> Self {
        let mut counts = Self::default();
        for fate in tasks {
            let slot = match fate {
                TaskFate::Open | TaskFate::Ok(_) => continue,
                TaskFate::NotOk(outcome) => match outcome.status {
                    Status::OutOfFuel => &mut counts.fuel,
                    Status::OutOfMemory => &mut counts.memory,
                    Status::OutputTooLarge => &mut counts.output,
                    Status::Ok | Status::Exit | Status::Trap => &mut counts.other,
                },
                TaskFate::Failed(FailReason::Unable) => &mut counts.unable,
                TaskFate::Failed(FailReason::NoMajority) => &mut counts.other,
            };
            *slot = slot.saturating_add(1);
        }
        counts
    }

    /// The limits that were too low, by the names that `--limit` gives them.
    pub fn limits(&self) -> impl Iterator<Item = &'static str> {
        let counts = [
            (self.fuel, "fuel"),
            (self.memory, "memory"),
            (self.output, "output"),
            (self.unable, "wall"),
        ];
        counts
            .into_iter()
            .filter_map(|(count, name)| (count > 0).then_some(name))
    }
}

#[cfg(test)]
mod tests;
