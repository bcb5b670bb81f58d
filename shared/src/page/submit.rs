//! What a page and its submitter worker tell each other: from a draft to a verified result.
//!
//! Each message is a JavaScript array: the message as one JSON text, then the files or bytes that go with it. Both ends
//! are of one build; what cannot be read is dropped.

mod command;
mod draft;
mod job_news;
mod odds;
#[cfg(test)]
mod tests;
mod trouble;

pub use command::command_line;
pub use draft::{
    ArgFacts, ArgKindFacts, Draft, FileFacts, InputDraft, LimitsDraft, PreviewTask, ProgramChoice,
    ProgramFacts, ProgramLine, RANGE, SplitFacts, UploadFacts,
};
pub use job_news::{Checked, DissentLine, JobNews, MAX_DISSENTS, ResultNews, SubsetNews};
pub use odds::{majority, wrong_task_odds};
pub use trouble::{Trouble, TroubleCode};

use super::volunteer::KeyStorage;
use crate::api::jobs::{JobView, TaskLog, TaskView};
use crate::ids::{JobId, SubmitterKey};
use crate::outcome::Outcome;
use serde::{Deserialize, Serialize};

/// From a page to its submitter worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToSubmitter {
    /// Tell of the key, if there is one.
    LookAtKey,
    /// Make a key unless there is one.
    MakeKey,
    /// Use the key of this file from now on.
    ImportKey {
        /// The file's text.
        text: String,
    },
    /// Hand out the key file of a new key.
    ExportKey,
    /// The key file is in safety.
    ForgetSeed,
    /// List the published programs.
    Programs,
    /// Use a published program: `NAME` or `NAME@VERSION`.
    ChooseProgram {
        /// Which.
        name: String,
    },
    /// Check a module, which goes with this message, and use it. A second file is its manifest.
    CheckModule,
    /// Use the files that go with this message as the input.
    InputFiles,
    /// Use the file that goes with this message as the common file; none when none goes with it.
    CommonFile,
    /// Keep the draft, check it, and cut its input into tasks.
    Prepare {
        /// Repeated in every answer: only those to the newest count.
        number: u32,
        /// What to prepare.
        draft: Box<Draft>,
    },
    /// Give back the draft that was kept.
    LoadDraft,
    /// Run the first task of what was prepared in a sandbox here.
    TryFirst,
    /// End the run that was begun by `TryFirst`, or the reduce stage of the open job.
    StopRun,
    /// Submit what was prepared.
    Submit,
    /// List the key's jobs.
    Jobs,
    /// Follow this job, verify what comes and reduce it. One job is open at a time.
    OpenJob {
        /// Which.
        job_id: JobId,
    },
    /// Follow no job any more.
    CloseJob,
    /// Ask at once instead of waiting for the next try.
    RetryNow,
    /// Reduce what there is of the open job although tasks are missing.
    FoldPartial,
    /// List tasks of the open job.
    Tasks {
        /// Only those without a good answer.
        failed_only: bool,
        /// From the page before.
        page_token: String,
    },
    /// Tell of one task of the open job, with what its guests wrote.
    Task {
        /// Which.
        task: u32,
    },
    /// Cancel the open job.
    Cancel,
    /// Keep a draft that is like the open job.
    Duplicate,
    /// Run the failed tasks of the open job again.
    Rerun {
        /// The limits that were typed.
        limits: LimitsDraft,
    },
}

/// From a submitter worker to its page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromSubmitter {
    /// The worker listens from now on.
    Ready,
    /// The key; `None` when there is none yet.
    Key(Option<KeyFacts>),
    /// The key file to save.
    KeyFile {
        /// Its text.
        text: String,
    },
    /// The published programs.
    Programs(Vec<ProgramLine>),
    /// The program that is used from now on.
    Program(Box<ProgramFacts>),
    /// The draft that was kept, with the files that were kept with it.
    Draft {
        /// What was drafted.
        draft: Box<Draft>,
        /// The input files.
        files: Vec<FileFacts>,
        /// The common file.
        common: Option<FileFacts>,
    },
    /// No draft was kept.
    NoDraft,
    /// How much of the input has been cut.
    Preparing {
        /// Of the wish.
        number: u32,
        /// Bytes read.
        done_bytes: u64,
        /// Bytes of the input.
        total_bytes: u64,
    },
    /// The draft can be submitted.
    Prepared {
        /// Of the wish.
        number: u32,
        /// Its tasks.
        split: Box<SplitFacts>,
    },
    /// The draft cannot be submitted.
    NotPrepared {
        /// Of the wish.
        number: u32,
        /// Why.
        trouble: Trouble,
    },
    /// The first task runs.
    Trying,
    /// The first task has run; its output goes with this message.
    Tried(TryReport),
    /// How far a submission is.
    Submitting {
        /// Bytes uploaded or known to be there.
        done_bytes: u64,
        /// Bytes in all.
        total_bytes: u64,
    },
    /// The job is recorded, and all of its input is there.
    Submitted {
        /// Its id.
        job_id: JobId,
    },
    /// The key's jobs, newest first.
    Jobs {
        /// The jobs.
        jobs: Vec<JobView>,
        /// Whether there are more than these.
        truncated: bool,
    },
    /// News of the open job. The result goes with a message that says it is ready.
    Job(Box<JobNews>),
    /// Tasks of the open job.
    Tasks {
        /// The tasks.
        tasks: Vec<TaskView>,
        /// For the next page; empty at the end.
        next_page_token: String,
    },
    /// One task of the open job.
    Task {
        /// The task.
        view: Box<TaskView>,
        /// What its guests wrote, unverified.
        log: Option<TaskLog>,
    },
    /// A draft like the open job is kept.
    Duplicated,
    /// Something that was asked for did not work.
    Failed {
        /// What.
        what: Asked,
        /// Why.
        trouble: Trouble,
    },
}

/// What a page asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// The worker itself.
    Worker,
    /// Something with the key.
    Key,
    /// The list of programs.
    Programs,
    /// A published program or a module.
    Program,
    /// A run of the first task.
    Try,
    /// A submission.
    Submit,
    /// A job.
    Job,
    /// The list of jobs.
    Jobs,
    /// The tasks of a job.
    Tasks,
    /// A cancel.
    Cancel,
    /// A copy of a job.
    Duplicate,
    /// Failed tasks, run again.
    Rerun,
}

/// The submitter's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyFacts {
    /// Its public half.
    pub key: SubmitterKey,
    /// How it is kept.
    pub storage: KeyStorage,
    /// It is new, and its file can still be saved.
    pub can_save: bool,
}

/// What came of a run of the first task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TryReport {
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took, ms.
    pub took_ms: u64,
    /// Memory in the end, pages of 64 KiB.
    pub memory_pages: u32,
    /// The tail of what it wrote to stderr, invalid UTF-8 replaced.
    pub stderr: String,
}
