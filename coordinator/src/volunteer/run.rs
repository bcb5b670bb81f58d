//! Runs one guest on a thread of its own, to an outcome, or until it is halted.

use super::prepare::Prepared;
use crate::guest::{CompiledProgram, Engine, RunEnd, RunSpec};
use shared::argv::{Stage, argv};
use shared::outcome::Outcome;
use shared::protocol::UnableReason;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) outcome: Outcome,
    /// What the outcome's hash is of.
    pub(super) output: Vec<u8>,
    pub(super) stderr_tail: Vec<u8>,
}

/// How a run ended.
#[derive(Debug)]
pub(super) enum Ended {
    Done(Answer),
    Unable(UnableReason),
    Halted,
}

/// Halts a guest.
#[derive(Debug, Clone, Default)]
pub(super) struct Halt {
    flag: Arc<AtomicBool>,
    changed: Arc<Notify>,
}

impl Answer {
    pub(super) const fn new(outcome: Outcome, output: Vec<u8>) -> Self {
        Self {
            outcome,
            output,
            stderr_tail: Vec::new(),
        }
    }
}

impl Halt {
    /// The guest must end.
    pub(super) fn halt(&self) {
        self.flag.store(true, Ordering::Relaxed);
        self.changed.notify_one();
    }

    /// Waits until the guest must end.
    pub(super) async fn halted(&self) {
        while !self.flag.load(Ordering::Relaxed) {
            self.changed.notified().await;
        }
    }
}

/// Compiles a module on a thread of its own.
///
/// # Errors
/// When it may not or cannot be run.
pub(super) async fn compile(
    engine: Engine,
    bytes: Vec<u8>,
) -> Result<CompiledProgram, UnableReason> {
    let compiled = tokio::task::spawn_blocking(move || engine.compile(&bytes)).await;
    match compiled {
        Ok(Ok(program)) => Ok(program),
        Ok(Err(error)) => {
            tracing::warn!(%error, "cannot use a program");
            Err(UnableReason::Engine)
        }
        Err(_) => Err(UnableReason::Engine),
    }
}

/// Runs what was prepared. The wall-clock limit is the state machine's.
pub(super) async fn execute(engine: Engine, prepared: Prepared, halt: Halt) -> Ended {
    let assignment = &prepared.assignment;
    let argv = argv(assignment.argv_mode, Stage::Map, &assignment.args);
    let mut spec = RunSpec::task(
        argv,
        prepared.input,
        assignment.seed,
        assignment.random_task,
        &assignment.limits,
    );
    spec.common = prepared.common;
    spec.wall = None;
    spec.stop = Arc::clone(&halt.flag);
    let program = prepared.program;
    let ended = tokio::task::spawn_blocking(move || engine.run(&program, spec)).await;
    match ended {
        Ok(RunEnd::Finished {
            outcome,
            output,
            stderr_tail,
        }) => Ended::Done(Answer {
            outcome,
            output,
            stderr_tail,
        }),
        Ok(RunEnd::Unable(UnableReason::Stopped)) => Ended::Halted,
        Ok(RunEnd::Unable(reason)) => Ended::Unable(reason),
        Err(_) => Ended::Unable(UnableReason::Engine),
    }
}
