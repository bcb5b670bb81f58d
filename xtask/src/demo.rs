//! `cargo xtask demo`: the whole road on one machine, with one liar among four volunteers (README, "See it").

mod corpus;
mod interrupt;
mod processes;
mod report;
mod server;
mod words;

use crate::build;
use crate::cargo::Metadata;
use crate::step::step;
use anyhow::{Context as _, Result, ensure};
use clap::Args;
use interrupt::Interrupt;
use processes::Processes;
use serde_json::Value;
use server::Server;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Addresses of the four volunteers, each in a network (/24) of its own.
const VOLUNTEERS: [Ipv4Addr; 4] = [
    Ipv4Addr::new(127, 0, 1, 1),
    Ipv4Addr::new(127, 0, 2, 1),
    Ipv4Addr::new(127, 0, 3, 1),
    Ipv4Addr::new(127, 0, 4, 1),
];
/// Which of them lies.
const LIAR: usize = 3;
/// How long the coordinator may take to start, and the volunteers to join.
const START_LIMIT: Duration = Duration::from_mins(1);

/// Flags of the demo.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Port of the coordinator on 127.0.0.1.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Exit once the result is shown, instead of serving on until Ctrl-C.
    #[arg(long)]
    once: bool,
}

/// Builds, runs, checks and shows.
///
/// # Errors
/// What fails first; also when the result differs from a local run.
pub(crate) fn run(args: &DemoArgs) -> Result<()> {
    port_is_free(args.port)?;
    addresses_exist()?;
    build::release()?;
    let metadata = Metadata::read()?;
    let target = metadata.target_directory()?;
    let demo = Demo {
        binary: target.join("release").join("manyhands"),
        folder: target.join("demo").join(args.port.to_string()),
        server: Server::new(args.port),
    };
    port_is_free(args.port)?;
    empty_folder(&demo.folder)?;
    let input = demo.folder.join("input.rs");
    step(
        "input: the first 32 MiB of .rs files of all packages",
        || corpus::write(&metadata.package_folders()?, &input),
    )?;
    let interrupt = Interrupt::listen()?;
    let mut processes = Processes::new();
    demo.start(&mut processes, &interrupt)?;
    let counts = demo.count_words(&mut processes, &interrupt, &input)?;
    demo.show(&mut processes, &interrupt, &input, &counts)?;
    println!("page: {}", demo.server.url());
    if !args.once {
        println!("serving on until Ctrl-C");
        processes.watch(&interrupt)?;
    }
    Ok(())
}

/// Where things are.
#[derive(Debug)]
struct Demo {
    binary: PathBuf,
    folder: PathBuf,
    server: Server,
}

/// A finished job.
#[derive(Debug)]
struct Counted {
    output: PathBuf,
    /// What `job submit` says of it.
    job: Value,
    time: Duration,
}

impl Demo {
    fn manyhands(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(args);
        command
    }

    /// The coordinator and the volunteers, until all of them are connected.
    fn start(&self, processes: &mut Processes, interrupt: &Interrupt) -> Result<()> {
        step("start of the coordinator", || {
            let mut serve = self.manyhands(&["serve", "--listen", &self.server.address()]);
            serve.arg("--data").arg(self.folder.join("coordinator"));
            processes.start("coordinator", serve, &self.folder)?;
            processes.wait_until(
                interrupt,
                START_LIMIT,
                "the coordinator to be ready",
                || self.server.is_ready(),
            )
        })?;
        step("start of four volunteers, one of them a liar", || {
            for (number, address) in VOLUNTEERS.iter().enumerate() {
                let name = format!("volunteer-{}", number + 1);
                let bind = address.to_string();
                let mut volunteer = self.manyhands(&["volunteer", "--url", &self.server.url()]);
                volunteer.args(["--bind", &bind, "--slots", &slots().to_string()]);
                volunteer.arg("--data").arg(self.folder.join(&name));
                if number == LIAR {
                    volunteer.args(["--misbehave", "wrong-output"]);
                }
                processes.start(&name, volunteer, &self.folder)?;
            }
            let all = u64::try_from(VOLUNTEERS.len())?;
            processes.wait_until(interrupt, START_LIMIT, "the volunteers to join", || {
                self.server
                    .connected_nodes()
                    .is_some_and(|nodes| nodes >= all)
            })
        })
    }

    /// Submits the job and waits for its verified result.
    fn count_words(
        &self,
        processes: &mut Processes,
        interrupt: &Interrupt,
        input: &Path,
    ) -> Result<Counted> {
        step(
            "word count by the volunteers, voted, verified, reduced",
            || {
                let output = self.folder.join("counts.tsv");
                let url = self.server.url();
                let mut submit =
                    self.manyhands(&["job", "submit", "--url", &url, "--json", "--wait"]);
                submit.args([
                    "--program",
                    "wordcount",
                    "--split",
                    "lines:256KiB",
                    "--trust",
                    "3",
                ]);
                submit.args(["--title", "words of Rust sources"]);
                submit.arg("--data").arg(self.folder.join("submitter"));
                submit
                    .arg("--input")
                    .arg(input)
                    .arg("--output")
                    .arg(&output);
                let started = Instant::now();
                let printed = processes.run(interrupt, submit, &self.folder.join("job.json"))?;
                let time = started.elapsed();
                let job = report::finished_job(&printed)?;
                Ok(Counted { output, job, time })
            },
        )
    }

    /// Prints what happened and compares with a local run.
    fn show(
        &self,
        processes: &mut Processes,
        interrupt: &Interrupt,
        input: &Path,
        counted: &Counted,
    ) -> Result<()> {
        let local = self.folder.join("local.tsv");
        step("the same on this machine alone", || {
            let mut run = self.manyhands(&["program", "run", "wordcount", "--whole", "--input"]);
            run.arg(input).arg("--output").arg(&local);
            processes.run(interrupt, run, &self.folder.join("local.log"))
        })?;
        println!();
        report::print(&self.server, counted)?;
        let equal = words::same_bytes(&counted.output, &local)?;
        println!("equal to a local run: {}", if equal { "yes" } else { "no" });
        ensure!(
            equal,
            "the result {} differs from the local run {}",
            counted.output.display(),
            local.display()
        );
        Ok(())
    }
}

/// Slots of each volunteer, so that all together use the cores of this machine.
fn slots() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    cores.div_ceil(VOLUNTEERS.len())
}

fn port_is_free(port: u16) -> Result<()> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).with_context(|| {
        format!("cannot listen on 127.0.0.1:{port}: choose another port with --port")
    })?;
    Ok(())
}

/// Linux answers on all of 127.0.0.0/8; macOS needs an alias for each address.
fn addresses_exist() -> Result<()> {
    for address in VOLUNTEERS {
        TcpListener::bind((address, 0)).with_context(|| {
            format!("no address {address} here: add it (macOS: ifconfig lo0 alias {address})")
        })?;
    }
    Ok(())
}

fn empty_folder(folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)
            .with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}
