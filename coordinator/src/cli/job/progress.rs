//! Progress on stderr: bars on a terminal, otherwise a line where something is worth saying.

use crate::cli::interrupt::Left;
use crate::client::submission::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use shared::api::jobs::JobView;
use std::io::{IsTerminal as _, stderr};
use std::sync::Mutex;
use std::sync::PoisonError;

const BYTES: &str = "{msg:10} {bar:32} {bytes}/{total_bytes} {binary_bytes_per_sec}";
const TASKS: &str = "{msg:10} {bar:32} {pos}/{len} tasks {elapsed}";

fn bar(left: &Left, template: &str, message: &'static str, len: u64) -> ProgressBar {
    if !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template(template).expect("the templates above are well formed");
    let bar = left.bars().add(ProgressBar::new(len));
    bar.set_style(style);
    bar.set_message(message);
    bar
}

/// Hashing and uploading.
#[derive(Debug)]
pub(super) struct UploadBars {
    left: Left,
    hashing: ProgressBar,
    uploading: Mutex<Option<ProgressBar>>,
}

impl UploadBars {
    pub(super) fn new(left: &Left, total_bytes: u64) -> Self {
        Self {
            left: left.clone(),
            hashing: bar(left, BYTES, "hashing", total_bytes),
            uploading: Mutex::new(None),
        }
    }

    pub(super) fn finish(&self) {
        self.hashing.finish_and_clear();
        if let Some(bar) = &*self
            .uploading
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
        {
            bar.finish_and_clear();
        }
    }
}

impl Progress for UploadBars {
    fn hashed(&self, bytes: u64) {
        self.hashing.inc(bytes);
    }

    fn to_upload(&self, bytes: u64) {
        self.hashing.finish_and_clear();
        let mut uploading = self
            .uploading
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let bar = uploading.get_or_insert_with(|| bar(&self.left, BYTES, "uploading", bytes));
        bar.set_position(0);
    }

    fn uploaded(&self, bytes: u64) {
        if let Some(bar) = &*self
            .uploading
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
        {
            bar.inc(bytes);
        }
    }
}

/// Tasks of a job.
#[derive(Debug)]
pub(super) struct TaskBar {
    left: Left,
    bar: ProgressBar,
    /// What was said last of why the job waits.
    waiting: String,
}

impl TaskBar {
    pub(super) fn new(left: &Left, task_count: u32) -> Self {
        Self {
            left: left.clone(),
            bar: bar(left, TASKS, "computing", task_count.into()),
            waiting: String::new(),
        }
    }

    pub(super) fn show(&mut self, job: &JobView) {
        let tasks = &job.tasks;
        let done = tasks.stored.saturating_add(tasks.failed);
        self.bar.set_position(done.into());
        let waiting = match &job.waiting {
            Some(reason) if !job.state.has_ended() => reason.to_string(),
            _ => String::new(),
        };
        if waiting != self.waiting {
            if !waiting.is_empty() {
                self.left.say(&format!("Job {}: {waiting}", job.job_id));
            }
            self.waiting = waiting;
        }
    }

    pub(super) fn say(&self, message: &'static str) {
        self.bar.set_message(message);
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
