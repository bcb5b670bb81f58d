//! The last step, on the submitter's side only: verified map outputs become the result (GUEST.md section 1, reduce).

use super::collection::{Collection, TaskFate, how_it_ended};
use super::error::ClientError;
use super::spool::{Piece, Spool};
use crate::guest::{CompiledProgram, Engine, GuestError, RunEnd, RunSpec};
use futures_util::{StreamExt as _, TryStreamExt as _};
use shared::argv::{Stage, argv};
use shared::job::Job;
use shared::manifest::Reduce;
use shared::outcome::Status;
use shared::wasi::Stdin;
use std::sync::Arc;

/// Outputs that are reduced together while others are still computed.
const GROUP_PIECES: usize = 64;
/// Bytes of outputs that are reduced together.
const GROUP_BYTES: u64 = 16 << 20;

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum ReduceError {
    /// Some tasks have no output.
    #[error(transparent)]
    Incomplete(#[from] Incomplete),
    /// The module cannot be run.
    #[error("the program cannot be run here: {0}")]
    Guest(#[from] GuestError),
    /// The reduce stage did not end well.
    #[error("the reduce stage {how}{stderr}")]
    Ended {
        /// In words.
        how: String,
        /// What it wrote to stderr, behind a colon.
        stderr: String,
    },
    /// Outputs cannot be read back.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// Some tasks have no output that could be reduced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{missing} of {task_count} tasks have no output to reduce (task {first} {why}); --partial reduces the others"
)]
pub struct Incomplete {
    /// How many.
    pub missing: u32,
    /// Of how many.
    pub task_count: u32,
    /// The first of them.
    pub first: u32,
    /// What became of it, in words.
    pub why: String,
}

/// Runs the reduce stage of one job.
#[derive(Debug)]
pub struct Reducer {
    engine: Engine,
    program: CompiledProgram,
    job: Job,
    common: Option<Arc<[u8]>>,
}

impl Reducer {
    /// For `job`, whose module and common file are given; that they have the job's hashes is checked by whoever
    /// fetched them.
    ///
    /// # Errors
    /// When the module cannot be run here.
    pub fn new(job: Job, module: &[u8], common: Option<Arc<[u8]>>) -> Result<Self, GuestError> {
        let engine = Engine::new();
        let program = engine.compile(module)?;
        Ok(Self {
            engine,
            program,
            job,
            common,
        })
    }

    /// Reduces inputs, joined, on this thread.
    ///
    /// # Errors
    /// When the guest does not end with status ok.
    pub fn run(&self, inputs: Stdin) -> Result<Vec<u8>, ReduceError> {
        let argv = argv(self.job.argv_mode, Stage::Reduce, &self.job.args);
        let mut spec = RunSpec::reduce(argv, inputs, self.job.seed);
        spec.common.clone_from(&self.common);
        match self.engine.run(&self.program, spec) {
            RunEnd::Finished {
                outcome, output, ..
            } if outcome.status == Status::Ok => Ok(output),
            RunEnd::Finished {
                outcome,
                stderr_tail,
                ..
            } => {
                let stderr = String::from_utf8_lossy(&stderr_tail);
                let stderr = stderr.trim_end();
                Err(ReduceError::Ended {
                    how: how_it_ended(&outcome),
                    stderr: if stderr.is_empty() {
                        String::new()
                    } else {
                        format!(": {stderr}")
                    },
                })
            }
            RunEnd::Unable(reason) => Err(ReduceError::Ended {
                how: format!("could not be run ({reason:?})"),
                stderr: String::new(),
            }),
        }
    }
}

/// The result.
#[derive(Debug)]
pub enum Reduced {
    /// In memory.
    Bytes(Vec<u8>),
    /// Pieces of the collection's spool, joined.
    Pieces(Vec<Piece>),
}

/// Makes the result of a job's outputs, some of it while others are still to come.
#[derive(Debug)]
pub struct Reduction {
    mode: Reduce,
    /// Absent exactly when there is nothing to run.
    reducer: Option<Arc<Reducer>>,
    /// Reduced groups of the first tasks.
    folded: Vec<Piece>,
    /// The first task that is in no group.
    next: usize,
}

impl Reduction {
    /// `reducer` is needed unless `mode` is [`Reduce::None`].
    #[must_use]
    pub fn new(mode: Reduce, reducer: Option<Reducer>) -> Self {
        Self {
            mode,
            reducer: reducer.map(Arc::new),
            folded: Vec::new(),
            next: 0,
        }
    }

    /// Reduces full groups of consecutive outputs that are here already, where the program allows that.
    ///
    /// # Errors
    /// When the guest does not end well.
    pub async fn advance(&mut self, collection: &mut Collection) -> Result<(), ReduceError> {
        let (Reduce::Associative, Some(reducer)) = (self.mode, &self.reducer) else {
            return Ok(());
        };
        let mut groups = Vec::new();
        let mut group = Group::default();
        let mut end = self.next;
        for fate in collection.tasks().iter().skip(self.next) {
            let TaskFate::Ok(piece) = fate else { break };
            end += 1;
            if group.add(*piece) {
                groups.push(std::mem::take(&mut group).pieces);
                self.next = end;
            }
        }
        let folded = reduce_groups(reducer, collection.spool(), groups).await?;
        self.folded.extend(folded);
        Ok(())
    }

    /// The result of everything that is there. With `partial`, tasks without output are left out.
    ///
    /// # Errors
    /// [`ReduceError::Incomplete`] when some task has no output and `partial` is not set; or when the guest does not end
    /// well.
    pub async fn finish(
        mut self,
        collection: &mut Collection,
        partial: bool,
    ) -> Result<Reduced, ReduceError> {
        match incomplete(collection.tasks()) {
            Some(incomplete) if !partial => return Err(incomplete.into()),
            _ => {}
        }
        let rest = collection
            .tasks()
            .iter()
            .skip(self.next)
            .filter_map(|fate| match fate {
                TaskFate::Ok(piece) => Some(*piece),
                _ => None,
            });
        self.folded.extend(rest);
        let mut pieces = self.folded;
        let reducer = match (self.mode, self.reducer) {
            (Reduce::None, _) | (_, None) => return Ok(Reduced::Pieces(pieces)),
            (_, Some(reducer)) => reducer,
        };
        if self.mode == Reduce::Associative {
            while pieces.len() > 2 && total(&pieces) > GROUP_BYTES {
                let groups = cut(&pieces);
                pieces = reduce_groups(&reducer, collection.spool(), groups).await?;
            }
        }
        let input = collection.spool().read(&pieces)?;
        let run = tokio::task::spawn_blocking(move || reducer.run(input.into()));
        let result = run.await.expect("a guest cannot make its runner panic");
        Ok(Reduced::Bytes(result?))
    }
}

/// Consecutive outputs that are reduced together.
#[derive(Debug, Default)]
struct Group {
    pieces: Vec<Piece>,
    bytes: u64,
}

impl Group {
    /// Adds a piece; whether the group is full now. One has at least two pieces, so that each round makes fewer.
    fn add(&mut self, piece: Piece) -> bool {
        self.pieces.push(piece);
        self.bytes = self.bytes.saturating_add(piece.len);
        self.pieces.len() >= GROUP_PIECES || (self.pieces.len() >= 2 && self.bytes >= GROUP_BYTES)
    }
}

fn cut(pieces: &[Piece]) -> Vec<Vec<Piece>> {
    let mut groups = Vec::new();
    let mut group = Group::default();
    for piece in pieces {
        if group.add(*piece) {
            groups.push(std::mem::take(&mut group).pieces);
        }
    }
    if !group.pieces.is_empty() {
        groups.push(group.pieces);
    }
    groups
}

fn total(pieces: &[Piece]) -> u64 {
    pieces
        .iter()
        .fold(0, |sum, piece| sum.saturating_add(piece.len))
}

async fn reduce_groups(
    reducer: &Arc<Reducer>,
    spool: &mut Spool,
    groups: Vec<Vec<Piece>>,
) -> Result<Vec<Piece>, ReduceError> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut folded = Vec::with_capacity(groups.len());
    // Only as many groups are in memory as run at once.
    for batch in groups.chunks(cores) {
        let inputs = batch
            .iter()
            .map(|group| spool.read(group))
            .collect::<Result<Vec<_>, _>>()?;
        let outputs: Vec<Vec<u8>> = futures_util::stream::iter(inputs)
            .map(|input| {
                let reducer = Arc::clone(reducer);
                async move {
                    let run = tokio::task::spawn_blocking(move || reducer.run(input.into()));
                    run.await.expect("a guest cannot make its runner panic")
                }
            })
            .buffered(cores)
            .try_collect()
            .await?;
        for output in outputs {
            folded.push(spool.append(&output)?);
        }
    }
    Ok(folded)
}

/// Which tasks have no output, if any.
#[must_use]
pub fn incomplete(tasks: &[TaskFate]) -> Option<Incomplete> {
    let without = tasks
        .iter()
        .zip(0_u32..)
        .filter_map(|(fate, task)| match fate {
            TaskFate::Ok(_) => None,
            TaskFate::Open => Some((task, "is not decided".to_owned())),
            TaskFate::NotOk(words) => Some((task, words.clone())),
            TaskFate::Failed(words) => Some((task, format!("failed: {words}"))),
        });
    let mut first = None;
    let mut missing = 0;
    for found in without {
        first.get_or_insert(found);
        missing += 1;
    }
    let (first, why) = first?;
    let task_count = u32::try_from(tasks.len()).unwrap_or(u32::MAX);
    Some(Incomplete {
        missing,
        task_count,
        first,
        why,
    })
}

#[cfg(test)]
mod tests;
