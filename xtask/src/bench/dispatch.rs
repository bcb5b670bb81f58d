//! `cargo xtask bench dispatch`: builds, lets simulated volunteers loose on a coordinator, and shows the figures.

use super::figures_of;
use super::table::{Bound, Row, show};
use crate::build;
use crate::cargo::{self, Metadata};
use crate::step::step;
use anyhow::{Context as _, Result};
use clap::Args;
use std::process::Command;

/// Flags of the measurement.
#[derive(Debug, Args)]
pub(crate) struct DispatchArgs {
    /// Volunteers that work.
    #[arg(long, default_value_t = 64)]
    volunteers: u32,
    /// Tasks of the job.
    #[arg(long, default_value_t = 20_000)]
    tasks: u32,
    /// Volunteers for each task.
    #[arg(long, default_value_t = 3)]
    trust: u8,
    /// Connections that only wait.
    #[arg(long, default_value_t = 5_000)]
    idle: u32,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

const ROWS: [Row; 7] = [
    Row::new("votes_per_second", "votes", "/s", Bound::None),
    Row::new("certificates_per_second", "certificates", "/s", Bound::None),
    Row::new(
        "coordinator_cpu_us_per_vote",
        "coordinator CPU for a vote",
        "µs",
        Bound::AtMost(100.0),
    ),
    Row::new(
        "assignment_to_certificate_p50_ms",
        "assignment to certificate, half within",
        "ms",
        Bound::None,
    ),
    Row::new(
        "assignment_to_certificate_p99_ms",
        "assignment to certificate, 99 % within",
        "ms",
        Bound::None,
    ),
    Row::new(
        "executions_per_task",
        "executions for a task",
        "",
        Bound::AtMost(2.0),
    ),
    Row::new(
        "memory_bytes_per_idle_connection",
        "memory of an idle connection",
        "bytes",
        Bound::AtMost(24.0 * 1024.0),
    ),
];

/// Builds, measures, shows. A missed target is shown, not an error: machines differ.
///
/// # Errors
/// When something cannot be built or measured.
pub(crate) fn run(args: &DispatchArgs) -> Result<()> {
    build::release()?;
    step("simulated volunteers, release", || cargo::run(&LOAD))?;
    let target = Metadata::read()?.target_directory()?;
    let folder = target.join("bench-dispatch");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    std::fs::create_dir_all(&folder)?;
    let release = target.join("release");
    let mut load = Command::new(release.join("bench-dispatch"));
    load.arg("--manyhands").arg(release.join("manyhands"));
    load.arg("--folder").arg(&folder);
    for (flag, value) in [
        ("--volunteers", args.volunteers),
        ("--tasks", args.tasks),
        ("--trust", args.trust.into()),
        ("--idle", args.idle),
    ] {
        load.args([flag, &value.to_string()]);
    }
    let figures = figures_of(&mut load, "the simulated volunteers")?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&figures)?);
    } else {
        println!(
            "{} volunteers, {} tasks, trust {}; then {} idle connections",
            args.volunteers, args.tasks, args.trust, args.idle
        );
        show(&ROWS, &figures)?;
    }
    Ok(())
}

/// What is built besides `manyhands`.
const LOAD: [&str; 7] = [
    "build",
    "--release",
    "--locked",
    "--package",
    "tests",
    "--bin",
    "bench-dispatch",
];
