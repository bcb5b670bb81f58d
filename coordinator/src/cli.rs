//! The command line of DESIGN.md section 7: words, exit codes, and who does the work.
//!
//! stdout is data, stderr is messages. Secrets come from files only.

mod completions;
mod coordinator_args;
mod data_args;
mod failure;
mod interrupt;
mod job;
mod key;
mod ledger;
mod log;
mod module_file;
mod node;
mod print;
mod program;
mod program_input;
mod serve;
mod storage;
mod token;
mod volunteer;

use anyhow::Result;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use interrupt::Left;
use std::ffi::OsString;
use std::process::ExitCode;

/// Help begins with what the command is for and how it is used, then come the options.
const HELP: &str =
    "{about-with-newline}\n{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}";
const HELP_WIDTH: usize = 100;

const EXAMPLES: &str = "Examples:\n  \
    manyhands serve --data ./data\n  \
    manyhands volunteer --url http://127.0.0.1:8080 --data ./vol1 --slots 2\n  \
    manyhands job submit --program wordcount --input book.txt --wait --output counts.tsv\n  \
    manyhands program run wordcount --input book.txt";

/// Turns web pages and spare cores into a computer that can be trusted.
#[derive(Debug, Parser)]
#[command(name = "manyhands", version, before_help = EXAMPLES, subcommand_required = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a coordinator
    #[command(before_help = serve::EXAMPLES)]
    Serve(Box<serve::ServeArgs>),
    /// Keep and countersign a ledger
    #[command(before_help = storage::EXAMPLES)]
    Storage(Box<storage::StorageArgs>),
    /// Lend this machine's cores
    #[command(before_help = volunteer::EXAMPLES)]
    Volunteer(Box<volunteer::VolunteerArgs>),
    #[command(flatten)]
    Brief(Box<BriefCommand>),
}

/// Commands that Ctrl-C ends at once.
#[derive(Debug, Subcommand)]
enum BriefCommand {
    /// Submit jobs and take their verified results
    #[command(
        subcommand,
        before_help = "Examples:\n  manyhands job submit --program wordcount --input book.txt --wait\n  manyhands job list"
    )]
    Job(job::JobCommand),
    /// Publish, inspect and try programs
    #[command(
        subcommand,
        before_help = "Examples:\n  manyhands program list\n  manyhands program run wordcount --input book.txt"
    )]
    Program(program::ProgramCommand),
    /// Verify and read the ledger
    #[command(
        subcommand,
        before_help = "Examples:\n  manyhands ledger verify --url http://127.0.0.1:8080\n  manyhands ledger show"
    )]
    Ledger(ledger::LedgerCommand),
    /// Make and end tokens
    #[command(
        subcommand,
        before_help = "Examples:\n  manyhands token create --scope jobs:write --name ci --output ci.token"
    )]
    Token(token::TokenCommand),
    /// Your submitter key, and the keys that may post
    #[command(
        subcommand,
        before_help = "Examples:\n  manyhands key show\n  manyhands key export backup.json"
    )]
    Key(key::KeyCommand),
    /// The volunteers and what became of their votes
    #[command(subcommand, before_help = "Examples:\n  manyhands node list")]
    Node(node::NodeCommand),
    /// Print the script that completes commands in a shell
    #[command(
        before_help = "Examples:\n  manyhands completions bash > ~/.local/share/bash-completion/completions/manyhands"
    )]
    Completions(completions::CompletionsArgs),
}

/// The whole command line as clap sees it.
#[must_use]
pub fn command() -> clap::Command {
    styled(Cli::command()).max_term_width(HELP_WIDTH)
}

fn styled(command: clap::Command) -> clap::Command {
    command.help_template(HELP).mut_subcommands(styled)
}

/// Runs the command line `args`, the program's name first.
#[must_use]
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let parsed = command()
        .try_get_matches_from(args)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            // Nobody reading it is no reason for another error.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1));
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    let done = runtime.block_on(perform(cli.command));
    // What still blocks a thread, such as reading a file, is of no use any more.
    runtime.shutdown_background();
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    let exit = failure::exit_of(error);
    let label = match exit {
        failure::Exit::VerificationFailed => "VERIFICATION FAILED",
        _ => "error",
    };
    // Some of the words come from coordinators and guests.
    eprintln!("{label}: {}", print::plain_lines(&format!("{error:#}")));
    ExitCode::from(exit as u8)
}

async fn perform(command: Command) -> Result<()> {
    let command = match command {
        // These end in good order when they are asked to.
        Command::Serve(args) => return args.run().await,
        Command::Storage(args) => return args.run().await,
        Command::Volunteer(args) => return args.run().await,
        Command::Brief(command) => *command,
    };
    let left = Left::default();
    let work = async {
        match command {
            BriefCommand::Job(command) => command.run(&left).await,
            BriefCommand::Program(command) => command.run(&left).await,
            BriefCommand::Ledger(command) => command.run(&left).await,
            BriefCommand::Token(command) => command.run(&left).await,
            BriefCommand::Key(command) => command.run(&left).await,
            BriefCommand::Node(command) => command.run(&left).await,
            BriefCommand::Completions(args) => args.run(self::command()),
        }
    };
    tokio::select! {
        done = work => done,
        never = left.quit_on_interrupt() => match never {},
    }
}
