//! The guest: `program map` and `program reduce`, from standard input to standard output.

use guest::{Args, Problem};
use std::io::ErrorKind;
use std::process::ExitCode;

fn main() -> ExitCode {
    guest::run("align", map, align::reduce)
}

fn map(args: &Args, input: &[u8]) -> Result<Vec<u8>, Problem> {
    let common = match std::fs::read(align::COMMON) {
        Ok(common) => Some(common),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(format!("cannot read {}: {error}", align::COMMON).into()),
    };
    align::map(args, common.as_deref(), input)
}
