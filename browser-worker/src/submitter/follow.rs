//! Follows one job: asks how it stands, verifies what is decided, folds it, and tells the page.

mod meet;
mod open_job;
mod tell;

pub(super) use open_job::OpenJob;

use super::api::Api;
use super::draft;
use super::guest::made_ready;
use super::listen::listen;
use super::merged::Merged;
use super::port::Port;
use super::reduce::Reduction;
use super::verify::{NotTaken, Verified, to_fetch};
use crate::clock;
use gloo_timers::future::TimeoutFuture;
use shared::api::jobs::{JobState, JobView, ResultsPage};
use shared::collected::incomplete;
use shared::ids::{Digest, JobId, UnixMs};
use shared::page::submit::{FromSubmitter, ResultNews, Trouble, TroubleCode};
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
    /// The jobs that run its tasks again, oldest first.
    subsets: Vec<JobView>,
    at_ms: UnixMs,
    media_type: String,
    merged: Merged,
    reduction: Reduction,
    result: ResultNews,
}

impl Known {
    /// Whether the job has ended, and those that run its tasks again.
    fn has_ended(&self) -> bool {
        let mut all = std::iter::once(&self.view).chain(&self.subsets);
        all.all(|view| view.state.has_ended())
    }

    /// The jobs of which enough is stored that is not here yet: each look reads again from the first open task on, so it
    /// must be worth it.
    fn worth_fetching(&self) -> Vec<JobId> {
        let all = std::iter::once(&self.view).chain(&self.subsets);
        let is_worth = |view: &&JobView| {
            let tasks = &view.tasks;
            let stored = tasks.stored.saturating_add(tasks.failed);
            let here = self.merged.part(view.job_id).collected.decided();
            let new = stored.saturating_sub(here);
            new > view.task_count / 64 || (view.state.has_ended() && new > 0)
        };
        all.filter(is_worth).map(|view| view.job_id).collect()
    }
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
        self.known.as_ref().is_some_and(Known::has_ended)
    }

    async fn look_after(&self, known: &mut Known) -> Result<(), NotTaken> {
        if known.view.state == JobState::Uploading {
            return Ok(self.go_on_uploading().await?);
        }
        self.open.has_ended.set(known.view.state.has_ended());
        self.look_at_subsets(known).await?;
        let jobs = known.worth_fetching();
        self.fetch(known, &jobs).await?;
        if matches!(
            known.result,
            ResultNews::Failed(_) | ResultNews::Ready { .. } | ResultNews::PartOf { .. }
        ) {
            return Ok(());
        }
        match self.fold(known, known.has_ended()).await {
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

    /// Fetches, verifies and counts everything of these jobs that is decided and not here yet.
    async fn fetch(&self, known: &mut Known, jobs: &[JobId]) -> Result<(), NotTaken> {
        let mut fetched = Ok(());
        for id in jobs {
            fetched = self.fetch_one(known, *id).await;
            if fetched.is_err() {
                break;
            }
        }
        if !jobs.is_empty() {
            known.merged.count();
            self.tell(known);
        }
        fetched
    }

    async fn fetch_one(&self, known: &mut Known, id: JobId) -> Result<(), NotTaken> {
        let mut after = known.merged.part(id).collected.asked_after();
        while !self.open.is_closed() {
            let page = self.api.results(id, after).await?;
            let (more, last_task) = (page.more, page.last_task);
            self.take(known.merged.part_mut(id), page).await?;
            known.merged.count_own();
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

    async fn take(&self, verified: &mut Verified, page: ResultsPage) -> Result<(), NotTaken> {
        for (mut result, at) in page.results.into_iter().zip(1_usize..) {
            // What is not stored may still be refused and decided anew.
            if result.index.is_none() || !verified.collected.is_open(result.task) {
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
        if known.reduction.lacks_runner() && known.merged.checked().good > 0 {
            self.get_ready(known).await?;
        }
        let stop = &self.open.stop;
        known.reduction.advance(&mut known.merged, stop).await?;
        if !has_ended {
            return Ok(());
        }
        let without = incomplete(known.merged.tasks());
        if let Some(without) = &without
            && (!self.open.is_partial_wanted.get() || known.merged.checked().good == 0)
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
        let result = known.reduction.finish(&known.merged, stop).await?;
        let bytes = super::chunks::len(&result);
        known.result = ResultNews::Ready {
            bytes,
            sha256: Digest::of(&super::chunks::whole(&result, bytes).await?),
            missing: without.map_or(0, |without| without.missing),
        };
        known.merged.set_folded(known.merged.checked().good);
        self.tell_with(known, &result);
        Ok(())
    }

    /// Fetches what the reduce stage needs, each by its hash.
    async fn get_ready(&self, known: &mut Known) -> Result<(), Trouble> {
        let job = known.merged.job().job().clone();
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
