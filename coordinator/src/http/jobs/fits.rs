//! Whether a job fits its program, which must count fuel, and its manifest: how args reach it, the args themselves, and what kind of input it takes.

use super::super::error::ApiError;
use crate::store::ProgramRecord;
use shared::api::problem::ProblemCode;
use shared::job::{ArgvMode, Input, Job};
use shared::manifest::{Manifest, SplitKind};

/// Checks the job against the manifest, as it was published.
///
/// # Errors
/// `JobInvalid` with what the program takes.
pub(super) fn check_fits(program: &ProgramRecord, job: &Job) -> Result<(), ApiError> {
    if program.prog.rewriter == 0 {
        let detail = format!(
            "{}@{} was published before programs counted fuel, and takes no new jobs: publish it again under a new version",
            program.prog.name, program.prog.version
        );
        return Err(ApiError::field(ProblemCode::NotOffered, "/job", detail));
    }
    let manifest = Manifest::parse(&program.manifest).map_err(ApiError::internal)?;
    if job.argv_mode != manifest.argv_mode {
        let word = |mode| match mode {
            ArgvMode::Staged => "staged (0)",
            ArgvMode::Plain => "plain (1)",
        };
        return Err(invalid(format!(
            "argv_mode is {}: {} takes {}",
            word(job.argv_mode),
            manifest.name,
            word(manifest.argv_mode)
        )));
    }
    check_input(&manifest, job)?;
    match job.argv_mode {
        ArgvMode::Plain => Ok(()),
        ArgvMode::Staged => check_args(&manifest, job),
    }
}

fn check_input(manifest: &Manifest, job: &Job) -> Result<(), ApiError> {
    let takes_data = manifest
        .splits
        .accepted
        .iter()
        .any(|kind| *kind != SplitKind::Range);
    let fits = match job.input {
        Input::Range(_) => manifest.splits.takes_range(),
        Input::Chunks => takes_data,
        // Its parent had the same program and was taken.
        Input::Subset { .. } => true,
    };
    if fits {
        return Ok(());
    }
    let accepted = manifest.splits.accepted.iter().map(|kind| kind.name());
    let accepted: Vec<_> = accepted.collect();
    Err(invalid(format!(
        "{} takes {} only",
        manifest.name,
        accepted.join(", ")
    )))
}

/// Args stand in the order of the schema with defaults filled in, so that equal runs are equal jobs.
fn check_args(manifest: &Manifest, job: &Job) -> Result<(), ApiError> {
    let mut named = Vec::with_capacity(job.args.len());
    for arg in &job.args {
        let text = String::from_utf8_lossy(arg);
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| invalid(format!("the arg {text:?} must read name=value")))?;
        named.push((name.to_owned(), value.to_owned()));
    }
    let args = manifest
        .args_from_named(&named)
        .map_err(|error| invalid(error.to_string()))?;
    if args == job.args {
        return Ok(());
    }
    let texts = args
        .iter()
        .map(|arg| String::from_utf8_lossy(arg).into_owned());
    let texts: Vec<_> = texts.collect();
    Err(invalid(format!(
        "the args must stand in the program's order with all defaults: {}",
        texts.join(" ")
    )))
}

fn invalid(detail: String) -> ApiError {
    ApiError::field(ProblemCode::JobInvalid, "/job", detail)
}
