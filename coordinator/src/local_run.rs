//! Runs a whole job on this machine, as `program run` does: maps each chunk, reduces, writes the result.
//!
//! The same guests with the same arguments, limits and seeds as on volunteers, so the result is the same, byte for byte.

mod fold;

#[cfg(test)]
mod tests;

use crate::guest::{CompiledProgram, Engine, RunEnd, RunSpec};
use fold::Fold;
use shared::argv::{Stage, argv};
use shared::ids::JobSeed;
use shared::job::{ArgvMode, Limits};
use shared::leaf::{RangeInput, range_line};
use shared::manifest::{Manifest, Reduce};
use shared::outcome::Status;
use shared::protocol::UnableReason;
use shared::volunteer::MAX_WALL_FACTOR;
use std::collections::BTreeMap;
use std::io::Write;
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A job that is run here.
#[derive(Debug)]
pub struct LocalJob {
    /// Runs the guests.
    pub engine: Engine,
    /// What is run.
    pub program: CompiledProgram,
    /// How args reach it.
    pub argv_mode: ArgvMode,
    /// What happens to the map outputs.
    pub reduce: Reduce,
    /// The job's args.
    pub args: Vec<Vec<u8>>,
    /// The file `/common`.
    pub common: Option<Arc<[u8]>>,
    /// Seed of `random_get`.
    pub seed: JobSeed,
    /// What each task may use; its wall-clock limit as far as a volunteer may stretch it.
    pub limits: Limits,
    /// Tasks at once.
    pub slots: NonZero<usize>,
    /// Set it to stop. The run itself sets it when a task fails.
    pub stop: Arc<AtomicBool>,
}

/// A task that is done, told in the order of the tasks.
#[derive(Debug, Clone, Copy)]
pub struct TaskDone<'a> {
    /// Which task.
    pub task: u32,
    /// The end of what it wrote to stderr.
    pub stderr_tail: &'a [u8],
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum LocalRunError<E: std::error::Error + 'static> {
    /// The input failed.
    #[error(transparent)]
    Input(E),
    /// There is no task.
    #[error("the input is empty: there is nothing to compute")]
    Empty,
    /// A guest did not end well.
    #[error(transparent)]
    Guest(#[from] GuestFailed),
    /// The result cannot be written.
    #[error("cannot write the result: {0}")]
    Output(#[from] std::io::Error),
}

/// A guest that did not end with status ok.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {how}{}", tail(.stderr_tail))]
pub struct GuestFailed {
    /// `task 3` or `the reduce stage`.
    pub what: String,
    /// How it ended, in words.
    pub how: String,
    /// The end of what it wrote to stderr; hostile text, to be shown escaped.
    pub stderr_tail: Vec<u8>,
}

fn tail(stderr: &[u8]) -> String {
    match stderr.trim_ascii() {
        [] => String::new(),
        text => format!("; its stderr ends with: {}", text.escape_ascii()),
    }
}

/// Nobody takes chunks any more: the run has failed or was stopped. Its own error says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the run has ended")]
pub struct RunOver;

/// A task that was run.
struct Ran {
    task: u32,
    end: RunEnd,
}

impl LocalJob {
    /// A job of a program with its manifest's limits, all cores, and zeros as seed.
    #[must_use]
    pub fn new(
        engine: Engine,
        program: CompiledProgram,
        manifest: &Manifest,
        args: Vec<Vec<u8>>,
    ) -> Self {
        Self {
            engine,
            program,
            argv_mode: manifest.argv_mode,
            reduce: manifest.reduce,
            args,
            common: None,
            seed: JobSeed([0; 32]),
            limits: manifest.limits,
            slots: std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN),
            stop: Arc::default(),
        }
    }

    /// Runs the job on threads of its own and returns the number of tasks. `chunks` hands over one chunk after the other
    /// until it is done or gets [`RunOver`]; it is called on another thread, and waits while enough chunks are there.
    ///
    /// # Errors
    /// See [`LocalRunError`]. Something may have been written to `out` by then.
    pub fn run<E: std::error::Error + Send>(
        &self,
        chunks: impl FnOnce(&mut dyn FnMut(Vec<u8>) -> Result<(), RunOver>) -> Result<(), E> + Send,
        out: &mut dyn Write,
        observe: &mut dyn FnMut(TaskDone<'_>),
    ) -> Result<u32, LocalRunError<E>> {
        // A chunk needs a permit, which comes back when its output is folded: so little waits in memory.
        let window = self.slots.get().saturating_mul(2);
        let (permit, permits) = sync_channel(window);
        for _ in 0..window {
            let _ = permit.try_send(());
        }
        let (chunk, waiting_chunks) = sync_channel(window);
        let (ran, ends) = sync_channel(window);
        let waiting_chunks = Mutex::new(waiting_chunks);
        std::thread::scope(|scope| {
            let input = scope.spawn(move || {
                let mut task = 0_u32;
                chunks(&mut |bytes| {
                    permits.recv().map_err(|_| RunOver)?;
                    chunk.send((task, bytes)).map_err(|_| RunOver)?;
                    task = task.saturating_add(1);
                    Ok(())
                })
            });
            for _ in 0..self.slots.get() {
                let ran = ran.clone();
                let waiting_chunks = &waiting_chunks;
                scope.spawn(move || self.work(waiting_chunks, &ran));
            }
            drop(ran);
            let folded = self.fold(&ends, &permit, out, observe);
            if folded.is_err() {
                self.stop.store(true, Ordering::Relaxed);
            }
            drop((ends, permit));
            let input = input.join();
            let input = input.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            let fold = match (input, folded) {
                (_, Err(error)) => return Err(error),
                (Err(error), _) => return Err(LocalRunError::Input(error)),
                (Ok(()), Ok(fold)) => fold,
            };
            let tasks = fold.tasks();
            if tasks == 0 {
                return Err(LocalRunError::Empty);
            }
            fold.finish(out)?;
            Ok(tasks)
        })
    }

    /// Runs a job over a range.
    ///
    /// # Errors
    /// See [`LocalRunError`].
    pub fn run_range(
        &self,
        range: RangeInput,
        out: &mut dyn Write,
        observe: &mut dyn FnMut(TaskDone<'_>),
    ) -> Result<u32, LocalRunError<RunOver>> {
        let chunks = |feed: &mut dyn FnMut(Vec<u8>) -> Result<(), RunOver>| {
            for leaf in range.leaves() {
                if let shared::leaf::Leaf::Range { start, end } = leaf {
                    feed(range_line(start, end).into_bytes())?;
                }
            }
            Ok(())
        };
        self.run(chunks, out, observe)
    }

    /// One thread: task after task until there are no more, or nobody wants their ends.
    fn work(&self, chunks: &Mutex<Receiver<(u32, Vec<u8>)>>, ran: &SyncSender<Ran>) {
        loop {
            let chunk = chunks.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok((task, chunk)) = chunk else { return };
            let end = self.map(task, chunk);
            if ran.send(Ran { task, end }).is_err() {
                return;
            }
        }
    }

    fn map(&self, task: u32, chunk: Vec<u8>) -> RunEnd {
        let argv = argv(self.argv_mode, Stage::Map, &self.args);
        let wall = u64::from(self.limits.wall_ms) * u64::from(MAX_WALL_FACTOR);
        let spec = RunSpec {
            common: self.common.clone(),
            wall: Some(Duration::from_millis(wall)),
            stop: Arc::clone(&self.stop),
            ..RunSpec::task(argv, chunk, self.seed, task, &self.limits)
        };
        self.engine.run(&self.program, spec)
    }

    /// Takes the ends of tasks as they come and folds their outputs in order.
    fn fold<E: std::error::Error>(
        &self,
        ends: &Receiver<Ran>,
        permit: &SyncSender<()>,
        out: &mut dyn Write,
        observe: &mut dyn FnMut(TaskDone<'_>),
    ) -> Result<Fold<'_>, LocalRunError<E>> {
        let mut fold = Fold::new(self);
        let mut early = BTreeMap::new();
        while let Ok(Ran { task, end }) = ends.recv() {
            early.insert(task, end);
            while let Some(end) = early.remove(&fold.tasks()) {
                let task = fold.tasks();
                let (output, stderr_tail) = ok_output(|| format!("task {task}"), end)?;
                observe(TaskDone {
                    task,
                    stderr_tail: &stderr_tail,
                });
                fold.push(output, out)?;
                // There is room for every permit that there is.
                let _ = permit.try_send(());
            }
        }
        Ok(fold)
    }

    /// Reduces outputs that belong one behind the other.
    fn reduce(&self, outputs: Vec<Vec<u8>>) -> Result<Vec<u8>, GuestFailed> {
        let argv = argv(self.argv_mode, Stage::Reduce, &self.args);
        let spec = RunSpec {
            common: self.common.clone(),
            stop: Arc::clone(&self.stop),
            ..RunSpec::reduce(
                argv,
                outputs.into_iter().collect::<shared::wasi::Stdin>(),
                self.seed,
            )
        };
        let end = self.engine.run(&self.program, spec);
        ok_output(|| "the reduce stage".to_owned(), end).map(|(output, _)| output)
    }
}

/// Output and stderr of a guest that ended with status ok.
fn ok_output(
    what: impl FnOnce() -> String,
    end: RunEnd,
) -> Result<(Vec<u8>, Vec<u8>), GuestFailed> {
    let (how, stderr_tail) = match end {
        RunEnd::Finished {
            outcome,
            output,
            stderr_tail,
        } => match outcome.status {
            Status::Ok => return Ok((output, stderr_tail)),
            _ => (outcome.words(), stderr_tail),
        },
        RunEnd::Unable(reason) => {
            let how = match reason {
                UnableReason::Stopped => "was stopped",
                UnableReason::WallClock => "took longer than its wall-clock limit",
                UnableReason::HostMemory => "needed more memory than this machine has",
                _ => "cannot be run by this engine",
            };
            (how.to_owned(), Vec::new())
        }
    };
    Err(GuestFailed {
        what: what(),
        how,
        stderr_tail,
    })
}
