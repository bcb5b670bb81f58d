//! The last step, on the submitter's side only: verified map outputs become the result (GUEST.md section 1, reduce).

use super::collection::Collection;
use super::error::ClientError;
use super::spool::{Piece, Spool};
use crate::guest::{CompiledProgram, Engine, GuestError, RunEnd, RunSpec};
use futures_util::{StreamExt as _, TryStreamExt as _};
use shared::argv::{Stage, argv};
use shared::collected::{Incomplete, incomplete};
use shared::folding::Folding;
use shared::job::Job;
use shared::manifest::Reduce;
use shared::outcome::Status;
use shared::wasi::Stdin;
use std::sync::Arc;

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
                    how: outcome.words(),
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
    folding: Folding<Piece>,
    /// Absent exactly when there is nothing to run.
    reducer: Option<Arc<Reducer>>,
}

impl Reduction {
    /// `reducer` is needed unless `mode` is [`Reduce::None`].
    #[must_use]
    pub fn new(mode: Reduce, reducer: Option<Reducer>) -> Self {
        Self {
            folding: Folding::new(mode),
            reducer: reducer.map(Arc::new),
        }
    }

    /// Reduces full groups of consecutive outputs that are here already, where the program allows that.
    ///
    /// # Errors
    /// When the guest does not end well.
    pub async fn advance(&mut self, collection: &mut Collection) -> Result<(), ReduceError> {
        let Some(reducer) = &self.reducer else {
            return Ok(());
        };
        let groups = self.folding.groups(collection.tasks());
        let folded = reduce_groups(reducer, collection.spool(), groups).await?;
        self.folding.put(folded);
        Ok(())
    }

    /// The result of everything that is there. With `partial`, tasks without output are left out.
    ///
    /// # Errors
    /// [`ReduceError::Incomplete`] when some task has no output and `partial` is not set; or when the guest does not end
    /// well.
    pub async fn finish(
        self,
        collection: &mut Collection,
        partial: bool,
    ) -> Result<Reduced, ReduceError> {
        match incomplete(collection.tasks()) {
            Some(incomplete) if !partial => return Err(incomplete.into()),
            _ => {}
        }
        let mut pieces = self.folding.rest(collection.tasks());
        let reducer = match (self.folding.mode(), &self.reducer) {
            (Reduce::None, _) | (_, None) => return Ok(Reduced::Pieces(pieces)),
            (_, Some(reducer)) => Arc::clone(reducer),
        };
        while let Some(groups) = self.folding.round(&pieces) {
            pieces = reduce_groups(&reducer, collection.spool(), groups).await?;
        }
        let input = collection.spool().read(&pieces)?;
        let run = tokio::task::spawn_blocking(move || reducer.run(input.into()));
        let result = run.await.expect("a guest cannot make its runner panic");
        Ok(Reduced::Bytes(result?))
    }
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

#[cfg(test)]
mod tests;
