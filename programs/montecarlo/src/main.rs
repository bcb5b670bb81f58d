//! The guest: `program map` and `program reduce`, from standard input to standard output.

use std::process::ExitCode;

fn main() -> ExitCode {
    guest::run("montecarlo", montecarlo::map, montecarlo::reduce)
}
