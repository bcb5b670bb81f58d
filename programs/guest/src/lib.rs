//! What the programs do alike: stage and args from argv, standard input to standard output, and exit code 2 with a
//! message for whatever they cannot use.

mod args;
pub mod fasta;
mod problem;
mod range;

pub use args::Args;
pub use problem::Problem;
pub use range::range;

use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;

/// Exit code when args or input are not what the program takes.
const REFUSED: u8 = 2;

/// A stage: from its input to its output.
pub type Stage = fn(&Args, &[u8]) -> Result<Vec<u8>, Problem>;

/// Runs the stage that argv names.
#[must_use]
pub fn run(name: &str, map: Stage, reduce: Stage) -> ExitCode {
    match run_stage(map, reduce) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{name}: {problem}");
            ExitCode::from(REFUSED)
        }
    }
}

fn run_stage(map: Stage, reduce: Stage) -> Result<(), Problem> {
    let mut words = std::env::args_os().skip(1);
    let stage = match words.next().as_deref().and_then(|stage| stage.to_str()) {
        Some("map") => map,
        Some("reduce") => reduce,
        _ => return Err("the first argument must be map or reduce".into()),
    };
    let args = Args::parse(words)?;
    let mut input = Vec::new();
    let read = io::stdin().lock().read_to_end(&mut input);
    read.map_err(|error| format!("cannot read the input: {error}"))?;
    let output = stage(&args, &input)?;
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(&output).and_then(|()| stdout.flush());
    Ok(written.map_err(|error| format!("cannot write the output: {error}"))?)
}
