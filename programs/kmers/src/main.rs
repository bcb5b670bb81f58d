//! The guest: `program map` and `program reduce`, from standard input to standard output.

use std::process::ExitCode;

fn main() -> ExitCode {
    guest::run("kmers", kmers::map, kmers::reduce)
}
