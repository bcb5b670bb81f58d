//! Runs a guest in a sandbox and waits for its end.

use super::stop::Stop;
use crate::order::{FullOrder, FullReport, Order, Report};
use crate::program::{Program, ProgramError};
use crate::sandbox_worker::{FromSandbox, KitError, SandboxKit, SandboxWorker};
use gloo_timers::callback::Timeout;
use js_sys::{Function, Promise, Uint8Array};
use shared::argv::{Stage, argv};
use shared::ids::JobSeed;
use shared::job::ArgvMode;
use shared::job::{Limits, MAX_FUEL, MAX_MEMORY_PAGES};
use shared::outcome::Outcome;
use shared::page::submit::{Trouble, TroubleCode};
use shared::wasi::REDUCE_RANDOM_TASK;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// What it takes to run this module: a sandbox, and the module made ready.
pub(super) async fn made_ready(module: &[u8]) -> Result<(SandboxKit, Program), Trouble> {
    let kit = SandboxKit::load().await.map_err(|error| {
        let code = match error {
            KitError::Fetch(_) => TroubleCode::Unreachable,
            KitError::Missing | KitError::Program(_) => TroubleCode::Browser,
        };
        Trouble::new(code, error.to_string())
    })?;
    let program = Program::compile(module).await.map_err(|error| {
        let code = match error {
            ProgramError::NotLoaded => TroubleCode::Unreachable,
            ProgramError::Refused(_) => TroubleCode::Program,
            ProgramError::Engine(_) | ProgramError::Checker => TroubleCode::Browser,
        };
        Trouble::new(code, error.to_string())
    })?;
    Ok((kit, program))
}

/// What every run of a job's guest has in common.
#[derive(Debug)]
pub(super) struct Runner {
    pub(super) kit: SandboxKit,
    pub(super) program: Program,
    pub(super) argv_mode: ArgvMode,
    pub(super) args: Vec<Vec<u8>>,
    pub(super) seed: JobSeed,
    pub(super) common: Option<Vec<u8>>,
}

/// A run that has an outcome.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) outcome: Outcome,
    pub(super) memory_pages: u32,
    pub(super) output: Uint8Array,
    pub(super) stderr: String,
}

impl Runner {
    /// Runs the map stage of one task within the limits of its job.
    pub(super) async fn map(
        &self,
        task: u32,
        input: &[u8],
        limits: &Limits,
        stop: &Stop,
    ) -> Result<Run, Trouble> {
        let mut order = self.order(Stage::Map, vec![Uint8Array::from(input)]);
        order.order.random_task = task;
        order.order.fuel = limits.fuel;
        order.order.memory_pages = limits.memory_pages;
        order.order.output_limit = limits.output_bytes.into();
        self.run(&order, Some(limits.wall_ms), stop).await
    }

    /// Runs the reduce stage: 1 GiB of memory, no limit but the stop (GUEST.md section 1).
    pub(super) async fn reduce(
        &self,
        pieces: Vec<Uint8Array>,
        stop: &Stop,
    ) -> Result<Run, Trouble> {
        let order = self.order(Stage::Reduce, pieces);
        self.run(&order, None, stop).await
    }

    fn order(&self, stage: Stage, input: Vec<Uint8Array>) -> FullOrder {
        FullOrder {
            order: Order {
                argv: argv(self.argv_mode, stage, &self.args),
                seed: self.seed,
                random_task: REDUCE_RANDOM_TASK,
                fuel: MAX_FUEL,
                memory_pages: MAX_MEMORY_PAGES,
                output_limit: u64::MAX,
                runnable: self.program.runnable.clone(),
            },
            guest: self.program.module.clone(),
            input,
            common: self.common.as_deref().map(Uint8Array::from),
        }
    }

    /// One run in a sandbox of its own, which ends with it.
    async fn run(
        &self,
        order: &FullOrder,
        wall_ms: Option<u32>,
        stop: &Stop,
    ) -> Result<Run, Trouble> {
        let mut wake = None;
        let woken = Promise::new(&mut |resolve: Function, _| wake = Some(resolve));
        let browser = |detail: &str| Trouble::new(TroubleCode::Browser, detail);
        let wake = wake.ok_or_else(|| browser("a promise gives its resolver at once"))?;
        let news = Rc::new(RefCell::new(None));
        let sandbox = {
            let (news, wake) = (Rc::clone(&news), wake.clone());
            SandboxWorker::start(&self.kit, move |told| {
                news.replace(Some(told));
                // Resolving a promise does not fail.
                let _ = wake.call0(&JsValue::UNDEFINED);
            })
        };
        let sandbox = sandbox.map_err(|_| browser("this browser starts no worker"))?;
        let posted = sandbox.run(order);
        posted.map_err(|_| browser("this browser has no memory for the input"))?;
        stop.on_wake(wake.clone());
        let _wall = wall_ms.map(|wall_ms| {
            Timeout::new(wall_ms, move || {
                let _ = wake.call0(&JsValue::UNDEFINED);
            })
        });
        // It resolves and is never rejected.
        let _ = JsFuture::from(woken).await;
        drop(sandbox);
        let told = news.take();
        match told {
            Some(FromSandbox::Report(report)) => finished(report),
            Some(FromSandbox::NotLoaded) => {
                let detail = "the files of a sandbox did not load";
                Err(Trouble::new(TroubleCode::Unreachable, detail))
            }
            Some(FromSandbox::Broken(why)) => Err(Trouble::new(TroubleCode::Browser, why)),
            None if stop.is_set() => Err(Trouble::new(TroubleCode::Stopped, "it was stopped")),
            None => {
                let detail = format!("it ran longer than {} ms", wall_ms.unwrap_or_default());
                Err(Trouble::new(TroubleCode::Guest, detail))
            }
        }
    }
}

fn finished(report: FullReport) -> Result<Run, Trouble> {
    match report.report {
        Report::Finished {
            outcome,
            memory_pages,
            ..
        } => Ok(Run {
            outcome,
            memory_pages,
            output: report.output,
            stderr: String::from_utf8_lossy(&report.stderr_tail).into_owned(),
        }),
        Report::Unable(reason) => {
            let detail = format!("it could not be run here ({reason:?})");
            Err(Trouble::new(TroubleCode::Guest, detail))
        }
    }
}
