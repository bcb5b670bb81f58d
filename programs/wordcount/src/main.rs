//! The guest: `program map` and `program reduce`, from standard input to standard output.

use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("wordcount: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let stage = std::env::args().nth(1);
    let mut input = Vec::new();
    io::stdin()
        .lock()
        .read_to_end(&mut input)
        .map_err(|error| format!("cannot read the input: {error}"))?;
    let output = match stage.as_deref() {
        Some("map") => {
            let (output, bad_bytes) = wordcount::map(input);
            if bad_bytes > 0 {
                eprintln!("wordcount: {bad_bytes} bytes are not UTF-8; they separate words");
            }
            output
        }
        Some("reduce") => wordcount::reduce(&input).map_err(|error| error.to_string())?,
        _ => return Err("usage: wordcount map|reduce < input > output".to_owned()),
    };
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(&output)
        .and_then(|()| stdout.flush())
        .map_err(|error| format!("cannot write the output: {error}"))
}
