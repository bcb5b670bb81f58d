//! From verified outputs to the result, in a sandbox, as they arrive.

use super::guest::Runner;
use super::merged::Merged;
use super::pieces::{Piece, joined};
use super::stop::Stop;
use crate::sandbox_worker::SandboxKit;
use shared::folding::Folding;
use shared::job::Job;
use shared::manifest::Reduce;
use shared::outcome::Status;
use shared::page::submit::{Trouble, TroubleCode};
use std::cell::OnceCell;
use web_sys::Blob;

/// The reduction of one job.
#[derive(Debug)]
pub(super) struct Reduction {
    folding: Folding<Piece>,
    /// Made when there is something to run.
    runner: OnceCell<Runner>,
}

impl Reduction {
    pub(super) const fn new(mode: Reduce) -> Self {
        Self {
            folding: Folding::new(mode),
            runner: OnceCell::new(),
        }
    }

    /// Whether a guest must run, and cannot yet.
    pub(super) fn lacks_runner(&self) -> bool {
        self.folding.mode() != Reduce::None && self.runner.get().is_none()
    }

    /// What the guest needs.
    pub(super) fn set_runner(
        &mut self,
        kit: SandboxKit,
        program: crate::program::Program,
        job: &Job,
        common: Option<Vec<u8>>,
    ) {
        // It is set once: whoever asks looks at `lacks_runner` first.
        let _ = self.runner.set(Runner {
            kit,
            program,
            argv_mode: job.argv_mode,
            args: job.args.clone(),
            seed: job.seed,
            common,
        });
    }

    /// Reduces full groups of consecutive outputs that are here already, where the program allows that.
    pub(super) async fn advance(
        &mut self,
        merged: &mut Merged,
        stop: &Stop,
    ) -> Result<(), Trouble> {
        let Some(runner) = self.runner.get() else {
            return Ok(());
        };
        let groups = self.folding.groups(merged.tasks());
        for group in groups {
            let folded = run(runner, &group, stop).await?;
            self.folding.put([folded]);
        }
        let folded = u32::try_from(self.folding.tasks_folded()).unwrap_or(u32::MAX);
        merged.set_folded(folded);
        Ok(())
    }

    /// The result of everything that is here.
    pub(super) async fn finish(&self, merged: &Merged, stop: &Stop) -> Result<Blob, Trouble> {
        let mut pieces = self.folding.rest(merged.tasks());
        let Some(runner) = self.runner.get() else {
            return joined(&pieces);
        };
        while let Some(groups) = self.folding.round(&pieces) {
            pieces.clear();
            for group in groups {
                pieces.push(run(runner, &group, stop).await?);
            }
        }
        let result = run(runner, &pieces, stop).await?;
        joined(&[result])
    }
}

/// Reduces pieces, joined.
async fn run(runner: &Runner, pieces: &[Piece], stop: &Stop) -> Result<Piece, Trouble> {
    let mut input = Vec::with_capacity(pieces.len());
    for piece in pieces {
        input.push(piece.read().await?);
    }
    let run = runner.reduce(input, stop).await?;
    if run.outcome.status == Status::Ok {
        return Piece::of_array(&run.output);
    }
    let stderr = run.stderr.trim_end();
    let detail = format!("the reduce stage {}: {stderr}", run.outcome.words());
    let detail = detail.trim_end_matches(": ");
    Err(Trouble::new(TroubleCode::Guest, detail))
}
