//! `cargo xtask bench dispatch`: builds, lets simulated volunteers loose on a coordinator, and shows the figures.

use crate::build;
use crate::cargo::{self, Metadata};
use crate::step::step;
use anyhow::{Context as _, Result, ensure};
use clap::Args;
use serde_json::Value;
use std::process::{Command, Stdio};

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

/// A figure, how it is shown, and what it should be at most.
struct Row {
    name: &'static str,
    words: &'static str,
    unit: &'static str,
    target: Option<f64>,
}

const ROWS: [Row; 7] = [
    row("votes_per_second", "votes", "/s", None),
    row("certificates_per_second", "certificates", "/s", None),
    row(
        "coordinator_cpu_us_per_vote",
        "coordinator CPU for a vote",
        "µs",
        Some(100.0),
    ),
    row(
        "assignment_to_certificate_p50_ms",
        "assignment to certificate, half within",
        "ms",
        None,
    ),
    row(
        "assignment_to_certificate_p99_ms",
        "assignment to certificate, 99 % within",
        "ms",
        None,
    ),
    row(
        "executions_per_task",
        "executions for a task",
        "",
        Some(2.0),
    ),
    row(
        "memory_bytes_per_idle_connection",
        "memory of an idle connection",
        "bytes",
        Some(24.0 * 1024.0),
    ),
];

const fn row(
    name: &'static str,
    words: &'static str,
    unit: &'static str,
    target: Option<f64>,
) -> Row {
    Row {
        name,
        words,
        unit,
        target,
    }
}

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
    let measured = load.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let measured = measured.context("cannot start the simulated volunteers")?;
    ensure!(
        measured.status.success(),
        "the simulated volunteers ended with {}",
        measured.status
    );
    let figures: Value =
        serde_json::from_slice(&measured.stdout).context("the figures are not JSON")?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&figures)?);
    } else {
        show(args, &figures)?;
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

fn show(args: &DispatchArgs, figures: &Value) -> Result<()> {
    println!(
        "{} volunteers, {} tasks, trust {}; then {} idle connections",
        args.volunteers, args.tasks, args.trust, args.idle
    );
    for row in &ROWS {
        println!("{}", line(row, figures)?);
    }
    Ok(())
}

fn line(row: &Row, figures: &Value) -> Result<String> {
    let value = figures.get(row.name).and_then(Value::as_f64);
    let value = value.with_context(|| format!("the figures lack {}", row.name))?;
    let target = match row.target {
        None => String::new(),
        Some(target) => {
            let verdict = if value <= target { "met" } else { "missed" };
            format!("   target {target:.0}: {verdict}")
        }
    };
    Ok(format!(
        "  {:<40}{value:>12.1} {:<6}{target}",
        row.words, row.unit
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_figure_stands_beside_its_target() {
        let row = row("x", "an x", "µs", Some(100.0));
        let shown = line(&row, &json!({"x": 62.25})).unwrap();
        assert!(shown.ends_with("62.2 µs       target 100: met"), "{shown}");
        let shown = line(&row, &json!({"x": 100.5})).unwrap();
        assert!(shown.ends_with("missed"), "{shown}");
        assert!(line(&row, &json!({})).is_err());
    }
}
