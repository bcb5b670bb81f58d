//! `program run`: a whole job on this machine, without a coordinator.

use crate::cli::failure::{unreadable, usage};
use crate::cli::interrupt::Left;
use crate::cli::module_file::{built_in_program, is_module_path, read_module};
use crate::cli::print::{Printer, size};
use crate::cli::program_input::{InputArgs, ProgramInput, ToolArgs};
use crate::client::input_files::InputError;
use crate::client::output_file::{Output, Written};
use crate::guest::Engine;
use crate::local_run::{LocalJob, LocalRunError, TaskDone};
use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::json;
use shared::ids::JobSeed;
use shared::job::{MAX_FUEL, MAX_MEMORY_PAGES, MAX_TASKS};
use shared::local_program::LocalProgram;
use shared::split::DEFAULT_CHUNK_LIMIT;
use shared::wish::{self, LimitArg};
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) const EXAMPLES: &str = "Examples:\n  \
    manyhands program run wordcount --input book.txt --output counts.tsv\n  \
    manyhands program run wordcount --input book.txt --whole\n  \
    manyhands program run ./tool.wasm --input data.txt -- --verbose";

/// What to run.
#[derive(Debug, Args)]
pub(in crate::cli) struct RunArgs {
    /// A built-in program, or a .wasm file
    #[arg(value_name = "NAME | FILE.wasm")]
    program: String,
    /// The manifest of a file [default: the module's custom section `manyhands`]
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    #[command(flatten)]
    input: InputArgs,
    /// Do not split: one task reads the whole input
    #[arg(long, help_heading = "Input", conflicts_with_all = ["split", "range"])]
    whole: bool,
    /// A file that every task can read as /common
    #[arg(long, help_heading = "Input", value_name = "FILE")]
    common: Option<PathBuf>,
    #[command(flatten)]
    tool: ToolArgs,
    /// Limits of each task: fuel=N, memory=SIZE, output=SIZE, wall=SECONDS [default: the program's]
    #[arg(long = "limit", help_heading = "Program", value_name = "NAME=VALUE")]
    limits: Vec<LimitArg>,
    /// Seed of the random numbers that the program sees: a number or 64 hex digits
    #[arg(long, help_heading = "Program", default_value = "0", value_parser = wish::seed)]
    seed: JobSeed,
    /// Write the result here; without it, or with -, it goes to stdout (with --json it is only described)
    #[arg(long, short, help_heading = "Result", value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print JSON
    #[arg(long, help_heading = "Result")]
    json: bool,
}

impl RunArgs {
    pub(super) async fn run(self, left: &Left) -> Result<()> {
        self.input.check()?;
        left.set("Nothing was written.");
        let left = left.clone();
        let running = tokio::task::spawn_blocking(move || self.run_here(&left));
        running.await.context("the run has panicked")?
    }

    fn run_here(&self, left: &Left) -> Result<()> {
        let program = self.load()?;
        let manifest = &program.manifest;
        let engine = Engine::new();
        let compiled = engine.compile(&program.module)?;
        let args = self.tool.args_for(manifest)?;
        let mut job = LocalJob::new(engine, compiled, manifest, args);
        job.seed = self.seed;
        job.limits = wish::limits(manifest.limits, &self.limits);
        if self.whole {
            // One task does the work of all of them.
            job.limits.fuel = MAX_FUEL;
            job.limits.memory_pages = MAX_MEMORY_PAGES;
            job.limits.output_bytes = u32::MAX;
            job.limits.wall_ms = u32::MAX;
        }
        if let Some(path) = &self.common {
            let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
            job.common = Some(Arc::from(bytes));
        }
        let input = if self.whole {
            None
        } else {
            let limit = DEFAULT_CHUNK_LIMIT as u64;
            Some(self.input.open(manifest, limit, MAX_TASKS)?)
        };
        let output = Output::of(self.output.as_deref(), self.json);
        let (tasks, written) =
            write_result(&output, |out| self.perform(&job, input.as_ref(), out, left))?;
        let name = &manifest.name;
        left.say(&format!(
            "{name}: tasks: {tasks}; result: {} to {output}",
            size(written.bytes)
        ));
        if self.json {
            let summary = json!({
                "program": name,
                "task_count": tasks,
                "output": self.output,
                "output_bytes": written.bytes,
                "output_sha256": written.sha256,
            });
            Printer::new(true).show(&summary, String::new)?;
        }
        Ok(())
    }

    fn load(&self) -> Result<LocalProgram> {
        if is_module_path(&self.program) {
            return read_module(Path::new(&self.program), self.manifest.as_deref());
        }
        if self.manifest.is_some() {
            return Err(usage(
                "--manifest goes with a .wasm file; a built-in program has its own",
            ));
        }
        built_in_program(&self.program)
    }

    fn perform(
        &self,
        job: &LocalJob,
        input: Option<&ProgramInput>,
        out: &mut dyn Write,
        left: &Left,
    ) -> Result<u32> {
        let mut observe = |done: TaskDone<'_>| {
            let log = String::from_utf8_lossy(done.stderr_tail);
            if !log.trim().is_empty() {
                left.say(&format!("task {}: {}", done.task, log.trim_end()));
            }
        };
        let tasks = match input {
            Some(ProgramInput::Range(range)) => job
                .run_range(*range, out, &mut observe)
                .map_err(without_input)?,
            Some(ProgramInput::Files(files)) => {
                let chunks = |feed: &mut dyn FnMut(Vec<u8>) -> Result<(), _>| {
                    let read = files.each_chunk(
                        |_| {},
                        |chunk| match feed(chunk) {
                            Ok(()) => ControlFlow::Continue(()),
                            Err(_) => ControlFlow::Break(()),
                        },
                    );
                    read.map(drop)
                };
                job.run(chunks, out, &mut observe)?
            }
            None => {
                let chunks = |feed: &mut dyn FnMut(Vec<u8>) -> Result<(), _>| {
                    let whole = self.input.read_all()?;
                    feed(whole).map_err(|_| InputError::Stopped)
                };
                job.run(chunks, out, &mut observe)?
            }
        };
        Ok(tasks)
    }
}

/// A range is not read from anywhere: what remains are the failures of guests and of writing.
fn without_input<E: std::error::Error + Send + Sync + 'static>(
    error: LocalRunError<E>,
) -> anyhow::Error {
    anyhow::Error::new(error)
}

/// Writes what `run` makes; its own error comes back instead of the one that stops the writing.
fn write_result(
    output: &Output,
    run: impl FnOnce(&mut dyn Write) -> Result<u32>,
) -> Result<(u32, Written)> {
    let mut ran = Ok(0);
    let written = output.write(|out| {
        ran = run(out);
        match &ran {
            Ok(_) => Ok(()),
            Err(_) => Err(io::Error::other("the run has failed")),
        }
    });
    let tasks = ran?;
    let written = written.with_context(|| format!("cannot write the result to {output}"))?;
    Ok((tasks, written))
}
