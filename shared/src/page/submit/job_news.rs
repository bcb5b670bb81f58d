//! How the open job stands: what the coordinator says, and what was verified here.

use super::Trouble;
use crate::api::jobs::{JobState, JobView};
use crate::ids::{Digest, JobId, NodeKey, UnixMs};
use crate::job::Limits;
use crate::outcome::Outcome;
use crate::subset::Lacking;
use serde::{Deserialize, Serialize};

/// Most dissents that are listed; all are counted.
pub const MAX_DISSENTS: usize = 100;

/// News of the open job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobNews {
    /// What the coordinator said last; nothing of it is verified but the signed job itself.
    pub view: JobView,
    /// When it said so, by this machine's clock.
    pub at_ms: UnixMs,
    /// Why there is nothing newer, and when it is tried again.
    pub stale: Option<(Trouble, UnixMs)>,
    /// Media type of the result, as the program's manifest says.
    pub media_type: String,
    /// What was verified here.
    pub checked: Checked,
    /// What became of the result.
    pub result: ResultNews,
    /// What the tasks without output ended by, as verified here; the jobs that ran them again are counted.
    pub lacking: Lacking,
    /// The jobs that run its tasks again, oldest first.
    pub subsets: Vec<SubsetNews>,
}

/// A job that runs tasks of the open job again, as the coordinator says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubsetNews {
    /// The job.
    pub job_id: JobId,
    /// Where it stands.
    pub state: JobState,
    /// Tasks with an accepted good answer that is stored.
    pub accepted: u32,
    /// How many tasks there are.
    pub task_count: u32,
    /// What each task may use.
    pub limits: Limits,
}

/// What was verified here: every number counts entries whose rules and signatures were checked in this browser.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// Tasks with an accepted good answer.
    pub good: u32,
    /// Tasks whose accepted answer is that the guest did not end well.
    pub not_good: u32,
    /// Tasks without an answer.
    pub failed: u32,
    /// Votes.
    pub votes: u64,
    /// Of these, outvoted.
    pub outvoted: u64,
    /// Different keys among the votes that agree.
    pub keys: u32,
    /// The fewest agreeing votes of one accepted task.
    pub least_agree: u8,
    /// Tasks of which one network held two seats, as the coordinator itself states.
    pub one_network: u32,
    /// Tasks decided by a majority of volunteers that are not proven, as the coordinator itself states.
    pub unproven: u32,
    /// The first dissents.
    pub dissents: Vec<DissentLine>,
    /// Tasks whose outputs are reduced already.
    pub folded: u32,
}

/// A vote that was outvoted, or of a task without a majority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DissentLine {
    /// The task.
    pub task: u32,
    /// Who.
    pub node_key: NodeKey,
    /// What they signed.
    pub said: Outcome,
    /// What the majority signed; `None` when there was none.
    pub accepted: Option<Outcome>,
}

/// What became of the result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResultNews {
    /// Tasks are still open.
    Waiting,
    /// The last reduction runs.
    Folding,
    /// Here it is; its bytes went with the first message that says so.
    Ready {
        /// Its length.
        bytes: u64,
        /// Its hash.
        sha256: Digest,
        /// Tasks that are not in it.
        missing: u32,
    },
    /// The job has ended, and tasks have no output.
    Incomplete {
        /// How many.
        missing: u32,
        /// The first of them.
        first: u32,
        /// What became of it, in English.
        why: String,
    },
    /// It is part of another job's.
    PartOf {
        /// The job of which this one runs tasks again.
        parent: JobId,
    },
    /// The reduce stage did not end well, or something else went wrong here.
    Failed(Trouble),
    /// Something that the coordinator gave breaks a rule: nothing of this job is to be believed.
    Broken {
        /// The rule, in English.
        rule: String,
    },
}
