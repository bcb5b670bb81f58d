//! Input and args of a program, the same for `job submit` and `program run`.

use super::failure::{unreadable, usage};
use super::print::plain;
use crate::client::input_files::{InputError, InputFiles, read_all};
use anyhow::Result;
use clap::Args;
use shared::job::ArgvMode;
use shared::leaf::RangeInput;
use shared::manifest::{DefaultSplit, Manifest, SplitKind};
use shared::split::SplitSpec;
use shared::wish::{NamedArg, RangeArg};
use std::path::PathBuf;

/// Where the tasks come from.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Input")]
pub(super) struct InputArgs {
    /// Input file, or a directory for all files below it; several times for several
    #[arg(long, value_name = "FILE", conflicts_with = "range")]
    input: Vec<PathBuf>,
    /// How the input is cut into tasks: lines:SIZE, bytes:SIZE, records:SEP:SIZE, csv:SIZE, fasta:SIZE[:overlap=N] or files [default: the program's]
    #[arg(long, value_name = "SPLIT", conflicts_with = "range")]
    split: Option<SplitSpec>,
    /// A range of numbers instead of an input, END not included
    #[arg(long, value_name = "START..END", allow_hyphen_values = true)]
    range: Option<RangeArg>,
    /// Numbers of a range in each task [default: the program's]
    #[arg(long, value_name = "N", requires = "range", value_parser = clap::value_parser!(u64).range(1..))]
    chunk: Option<u64>,
}

/// An input that fits its program.
#[derive(Debug)]
pub(super) enum ProgramInput {
    Files(InputFiles),
    Range(RangeInput),
}

impl InputArgs {
    /// What can be said before the program is known.
    pub(super) fn check(&self) -> Result<()> {
        if self.input.is_empty() && self.range.is_none() {
            return Err(usage(
                "give --input FILE, or --range START..END for a program that computes a range",
            ));
        }
        let mut total: u64 = 0;
        for path in &self.input {
            let about = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
            total = total.saturating_add(about.len());
        }
        if !self.input.is_empty() && total == 0 {
            let names: Vec<_> = self
                .input
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            return Err(usage(format!(
                "the input {} is empty: there is nothing to compute",
                names.join(", ")
            )));
        }
        Ok(())
    }

    /// Everything that the files hold, for one task.
    pub(super) fn read_all(&self) -> Result<Vec<u8>, InputError> {
        read_all(&self.input)
    }

    /// Opens the input for a program.
    pub(super) fn open(
        &self,
        manifest: &Manifest,
        chunk_bytes: u64,
        max_tasks: u32,
    ) -> Result<ProgramInput> {
        let takes = || {
            let kinds: Vec<_> = manifest
                .splits
                .accepted
                .iter()
                .map(|kind| kind.name())
                .collect();
            kinds.join(", ")
        };
        if let Some(range) = self.range {
            if !manifest.splits.takes_range() {
                return Err(usage(format!(
                    "{} does not take a range; it takes {}",
                    manifest.name,
                    takes()
                )));
            }
            return self
                .open_range(range, manifest, max_tasks)
                .map(ProgramInput::Range);
        }
        let split = match (&self.split, &manifest.splits.default) {
            (Some(split), _) | (None, DefaultSplit::Data(split)) => split.clone(),
            (None, DefaultSplit::Range { .. }) => {
                let name = &manifest.name;
                let takes = takes();
                return Err(usage(if takes == SplitKind::Range.name() {
                    format!("{name} computes a range: give --range START..END instead of --input")
                } else {
                    format!(
                        "{name} computes a range unless it is told otherwise: give --range START..END, or --split; it takes {takes}"
                    )
                }));
            }
        };
        if !manifest.splits.takes(&split) {
            return Err(usage(format!(
                "{} does not take the split {split}; it takes {}",
                manifest.name,
                takes()
            )));
        }
        Ok(ProgramInput::Files(InputFiles::open(
            &self.input,
            split,
            chunk_bytes,
        )?))
    }

    fn open_range(
        &self,
        range: RangeArg,
        manifest: &Manifest,
        max_tasks: u32,
    ) -> Result<RangeInput> {
        let chunk = match (self.chunk, &manifest.splits.default) {
            (Some(chunk), _) => chunk,
            (None, DefaultSplit::Range { chunk }) => *chunk,
            (None, DefaultSplit::Data(_)) => {
                return Err(usage("say with --chunk how many numbers a task gets"));
            }
        };
        let range = RangeInput {
            start: range.start,
            end: range.end,
            chunk,
        };
        let tasks = range.end.abs_diff(range.start).div_ceil(chunk);
        if tasks > u64::from(max_tasks) {
            return Err(usage(format!(
                "the range {}..{} in chunks of {chunk} comes to {tasks} tasks; at most {max_tasks} are allowed: use a larger --chunk",
                range.start, range.end
            )));
        }
        Ok(range)
    }
}

/// What the program is told.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Program")]
pub(super) struct ToolArgs {
    /// An arg of the program, in any order; several times for several
    #[arg(long = "arg", value_name = "NAME=VALUE")]
    named: Vec<NamedArg>,
    /// Args of a plain tool, behind --, as they are
    #[arg(last = true, value_name = "ARGS")]
    plain: Vec<String>,
}

impl ToolArgs {
    /// The args in the form that the program wants.
    pub(super) fn args_for(&self, manifest: &Manifest) -> Result<Vec<Vec<u8>>> {
        let name = &manifest.name;
        match manifest.argv_mode {
            ArgvMode::Plain if !self.named.is_empty() => Err(usage(format!(
                "{name} is a plain tool: give its args behind --, as they are"
            ))),
            ArgvMode::Plain => Ok(self
                .plain
                .iter()
                .map(|arg| arg.clone().into_bytes())
                .collect()),
            ArgvMode::Staged if !self.plain.is_empty() => Err(usage(format!(
                "{name} takes named args: give them as --arg NAME=VALUE"
            ))),
            ArgvMode::Staged => {
                let named: Vec<_> = self
                    .named
                    .iter()
                    .map(|arg| (arg.name.clone(), arg.value.clone()))
                    .collect();
                manifest
                    .args_from_named(&named)
                    .map_err(|error| usage(format!("{name}: {error}{}", help(manifest))))
            }
        }
    }
}

/// The args that a program takes, behind what is wrong with those that were given.
fn help(manifest: &Manifest) -> String {
    manifest.args.iter().fold(String::new(), |text, arg| {
        format!("{text}\n  {}", plain(&arg.help_line()))
    })
}
