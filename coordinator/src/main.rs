//! The binary `manyhands`: everything is in the library.

fn main() -> std::process::ExitCode {
    coordinator::cli::run(std::env::args_os())
}
