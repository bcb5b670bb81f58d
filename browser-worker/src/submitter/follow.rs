//! Follows one job: asks how it stands, verifies what is decided, folds it, and tells the page.

mod open_job;
mod tell;

pub(super) use open_job::OpenJob;

use super::api::Api;
use super::draft;
use super::guest::made_ready;
use super::listen::listen;
use super::port::Port;
use super::reduce::Reduction;
use super::verify::{NotTaken, Verified, to_fetch};
use crate::clock;
use gloo_timers::future::TimeoutFuture;
use shared::api::jobs::{JobState, JobView, ResultsPage};
use shared::collected::incomplete;
use shared::ids::{Digest, UnixMs};
use shared::leaf::Leaf;
use shared::manifest::Manifest;
use shared::page::submit::{FromSubmitter, ResultNews, Trouble, TroubleCode};
use shared::verified_job::VerifiedJob;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

/// Least time between two questions, ms.
const LEAST_PAUSE_MS: u32 = 250;
/// Time after which it is asked even without news, ms.
const LONGEST_PAUSE_MS: u32 = 2_000;
/// Longest pause while nobody answers, ms.
const LONGEST_SILENCE_MS: u32 = 15_000;
/// Certificates that are checked before others are let in.
const BREATHE_AFTER: usize = 32;

/// What is known of the job.
struct Known {
    view: JobView,
    at_ms: UnixMs,
    media_type: String,
    verified: Verified,
    reduction: Reduction,
    result: ResultNews,
}

/// Follows a job until it is closed.
pub(super) async fn follow(api: Rc<Api>, port: Port, open: Rc<OpenJob>) {
    spawn_local(listen(Rc::clone(&api), Rc::clone(&open)));
    let mut follower = Follower {
        api,
        port,
        open: Rc::clone(&open),
        known: None,
    };
    let mut silence_ms = LONGEST_PAUSE_MS;
    while !open.is_closed() {
        let pause_ms = match follower.step().await {
            Ok(()) => {
                silence_ms = LONGEST_PAUSE_MS;
                TimeoutFuture::new(LEAST_PAUSE_MS).await;
                (!follower.is_done()).then_some(LONGEST_PAUSE_MS)
            }
            Err(NotTaken::Trouble(trouble)) if trouble.is_temporary() => {
                follower.tell_stale(trouble, silence_ms);
                let pause_ms = silence_ms;
                silence_ms = silence_ms.saturating_mul(2).min(LONGEST_SILENCE_MS);
                Some(pause_ms)
            }
            Err(error) => {
                follower.tell_end(error);
                return;
            }
        };
        open.bell.wait(pause_ms).await;
    }
}

struct Follower {
    api: Rc<Api>,
    port: Port,
    open: Rc<OpenJob>,
    known: Option<Known>,
}

impl Follower {
    /// Asks, verifies, folds, tells.
    async fn step(&mut self) -> Result<(), NotTaken> {
        let view = self.api.job(self.open.id).await?;
        let mut known = match self.known.take() {
            Some(known) => Known {
                view,
                at_ms: clock::now(),
                ..known
            },
            None => self.meet(view).await?,
        };
        self.tell(&known);
        let done = self.look_after(&mut known).await;
        self.tell(&known);
        self.known = Some(known);
        done
    }

    /// Whether nothing will change any more unless the user wants it.
    fn is_done(&self) -> bool {
        let has_ended = |known: &Known| known.view.state.has_ended();
        self.known.as_ref().is_some_and(has_ended)
    }

    /// Checks that the job is the one that was signed, and that its manifest is the one that it names.
    async fn meet(&self, view: JobView) -> Result<Known, NotTaken> {
        let leaves = match view.leaves_sha256 {
            Some(sha256) => {
                let max = u64::from(view.task_count).saturating_mul(Leaf::CHUNK_LEN as u64);
                self.api.blob(sha256, max).await?
            }
            None => Vec::new(),
        };
        let job = VerifiedJob::new(self.api.chain(), view.job_id, &view.job, &leaves)?;
        let program = self.api.program(&view.program).await?;
        if Digest::of(&program.manifest) != job.job().manifest_sha256 {
            let detail = "the program's manifest is not the one that the job names";
            return Err(Trouble::new(TroubleCode::Tampered, detail).into());
        }
        let manifest = Manifest::parse(&program.manifest)
            .map_err(|error| Trouble::new(TroubleCode::Program, error.to_string()))?;
        Ok(Known {
            view,
            at_ms: clock::now(),
            media_type: manifest.output.name().to_owned(),
            verified: Verified::new(job),
            reduction: Reduction::new(manifest.reduce),
            result: ResultNews::Waiting,
        })
    }

    async fn look_after(&self, known: &mut Known) -> Result<(), NotTaken> {
        if known.view.state == JobState::Uploading {
            return Ok(self.go_on_uploading().await?);
        }
        let tasks = &known.view.tasks;
        let decided = tasks
            .accepted
            .saturating_add(tasks.stored)
            .saturating_add(tasks.failed);
        let new = decided.saturating_sub(known.verified.collected.decided());
        let has_ended = known.view.state.has_ended();
        self.open.has_ended.set(has_ended);
        // Each look reads again from the first open task on, so it must be worth it.
        if new > known.view.task_count / 64 || (has_ended && new > 0) {
            self.fetch(known).await?;
        }
        if matches!(
            known.result,
            ResultNews::Failed(_) | ResultNews::Ready { .. }
        ) {
            return Ok(());
        }
        match self.fold(known, has_ended).await {
            Ok(()) => Ok(()),
            Err(trouble) if trouble.is_temporary() || trouble.code == TroubleCode::Tampered => {
                Err(trouble.into())
            }
            Err(trouble) => {
                known.result = ResultNews::Failed(trouble);
                Ok(())
            }
        }
    }

    /// An upload that was broken off, by a reload for example, goes on.
    async fn go_on_uploading(&self) -> Result<(), Trouble> {
        let Some(posting) = draft::load_upload(self.open.id).await else {
            return Ok(());
        };
        let told = |done_bytes, total_bytes| {
            self.port.post(&FromSubmitter::Submitting {
                done_bytes,
                total_bytes,
            });
        };
        posting.post(&self.api, told).await?;
        Ok(())
    }

    /// Fetches, verifies and counts everything that is decided and not here yet.
    async fn fetch(&self, known: &mut Known) -> Result<(), NotTaken> {
        let mut after = known.verified.collected.asked_after();
        while !self.open.is_closed() {
            let page = self.api.results(self.open.id, after).await?;
            let (more, last_task) = (page.more, page.last_task);
            self.take(known, page).await?;
            self.tell(known);
            if !more {
                break;
            }
            if last_task <= after {
                let detail = "its pages of results do not go forward";
                return Err(Trouble::new(TroubleCode::NotUnderstood, detail).into());
            }
            after = last_task;
        }
        Ok(())
    }

    async fn take(&self, known: &mut Known, page: ResultsPage) -> Result<(), NotTaken> {
        let verified = &mut known.verified;
        for (mut result, at) in page.results.into_iter().zip(1_usize..) {
            if !verified.collected.is_open(result.task) {
                continue;
            }
            let verdict = verified.check(&result)?;
            let output = match (result.output.take(), to_fetch(&result, &verdict)) {
                (Some(output), _) => Some(output),
                (None, Some(cert)) => {
                    let outcome = &cert.outcome;
                    let blob = self.api.blob(outcome.output_sha256, outcome.output_len);
                    Some(blob.await?)
                }
                (None, None) => None,
            };
            verified.take(&verdict, output.as_deref())?;
            if at.is_multiple_of(BREATHE_AFTER) {
                TimeoutFuture::new(0).await;
            }
        }
        Ok(())
    }

    async fn fold(&self, known: &mut Known, has_ended: bool) -> Result<(), Trouble> {
        if known.reduction.lacks_runner() && known.verified.checked.good > 0 {
            self.get_ready(known).await?;
        }
        let stop = &self.open.stop;
        known.reduction.advance(&mut known.verified, stop).await?;
        if !has_ended {
            return Ok(());
        }
        let without = incomplete(known.verified.collected.tasks());
        if let Some(without) = &without
            && (!self.open.is_partial_wanted.get() || known.verified.checked.good == 0)
        {
            known.result = ResultNews::Incomplete {
                missing: without.missing,
                first: without.first,
                why: without.why.clone(),
            };
            return Ok(());
        }
        known.result = ResultNews::Folding;
        self.tell(known);
        let result = known.reduction.finish(&known.verified, stop).await?;
        let bytes = super::chunks::len(&result);
        known.result = ResultNews::Ready {
            bytes,
            sha256: Digest::of(&super::chunks::whole(&result, bytes).await?),
            missing: without.map_or(0, |without| without.missing),
        };
        known.verified.checked.folded = known.verified.checked.good;
        self.tell_with(known, &result);
        Ok(())
    }

    /// Fetches what the reduce stage needs, each by its hash.
    async fn get_ready(&self, known: &mut Known) -> Result<(), Trouble> {
        let job = known.verified.job.job().clone();
        let module = self.api.module(job.module_sha256).await?;
        let common = if job.common_sha256.is_none() {
            None
        } else {
            let max = self.api.status().limits.chunk_bytes;
            Some(self.api.blob(job.common_sha256, max).await?)
        };
        let (kit, program) = made_ready(&module).await?;
        known.reduction.set_runner(kit, program, &job, common);
        Ok(())
    }
}
