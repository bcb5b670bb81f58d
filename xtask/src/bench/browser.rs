//! `cargo xtask bench browser`: builds, lets Chromium compute, and shows the figures beside the sizes of what it loads.

use super::figures_of;
use super::table::{Bound, Row, show};
use crate::cargo::{self, Metadata};
use crate::step::step;
use crate::{build, tools};
use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// Flags of the measurement.
#[derive(Debug, Args)]
pub(crate) struct BrowserArgs {
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

const ROWS: [Row; 11] = [
    Row::new("task_10ms", "short tasks take", "ms", Bound::None),
    Row::new(
        "guest_share_10ms_percent",
        "of a core in the guest, short tasks",
        "%",
        Bound::AtLeast(90.0),
    ),
    Row::new("task_100ms", "long tasks take", "ms", Bound::None),
    Row::new(
        "guest_share_100ms_percent",
        "of a core in the guest, long tasks",
        "%",
        Bound::AtLeast(97.0),
    ),
    Row::new(
        "interactive_ms",
        "new profile, until Start can be pressed",
        "ms",
        Bound::AtMost(1_000.0),
    ),
    Row::new(
        "first_receipt_s",
        "new profile, until a vote is verified",
        "s",
        Bound::AtMost(10.0),
    ),
    Row::new(
        "stop_ms",
        "from Stop until no worker is left",
        "ms",
        Bound::AtMost(1_000.0),
    ),
    Row::new("web_ui_kb", "pages, brotli", "kB", Bound::AtMost(450.0)),
    Row::new(
        "worker_kb",
        "supervisor and sandbox, brotli",
        "kB",
        Bound::AtMost(250.0),
    ),
    Row::new(
        "checker_kb",
        "check of uploads, loaded when needed",
        "kB",
        Bound::None,
    ),
    Row::new(
        "submitter_kb",
        "submitter's worker, loaded when needed",
        "kB",
        Bound::None,
    ),
];

/// Builds, measures, shows. A missed target is shown, not an error: machines differ.
///
/// # Errors
/// When something cannot be built or measured.
pub(crate) fn run(args: &BrowserArgs) -> Result<()> {
    build::release()?;
    step("Chromium", tools::chromium)?;
    step("the browser's driver, release", || {
        cargo::run(&[
            "build",
            "--release",
            "--locked",
            "--package",
            "tests",
            "--bin",
            "bench-browser",
        ])
    })?;
    let release = Metadata::read()?.target_directory()?.join("release");
    let mut driver = Command::new(release.join("bench-browser"));
    driver.env("MANYHANDS_BINARY", release.join("manyhands"));
    let mut figures = figures_of(&mut driver, "the browser's driver")?;
    add_sizes(&mut figures)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&figures)?);
    } else {
        println!(
            "one Chromium, one core; the coordinator and its two other volunteers on the same machine"
        );
        show(&ROWS, &figures)?;
    }
    Ok(())
}

/// Adds what the browser loads of each part, as brotli leaves it, in kB of 1,000 bytes.
fn add_sizes(figures: &mut Value) -> Result<()> {
    let folder = cargo::workspace().join("coordinator/embedded/web/assets");
    for (name, stems) in [
        ("web_ui_kb", &["web-ui-"][..]),
        ("worker_kb", &["supervisor-", "sandbox-"]),
        ("checker_kb", &["checker-"]),
        ("submitter_kb", &["submitter-"]),
    ] {
        let mut bytes = 0;
        for stem in stems {
            bytes += compressed_module(&folder, stem)?;
        }
        let kb = u32::try_from(bytes)
            .map(f64::from)
            .context("a module of 4 GB")?
            / 1_000.0;
        let figures = figures
            .as_object_mut()
            .context("the figures are no object")?;
        figures.insert(name.to_owned(), json!(kb));
    }
    Ok(())
}

/// The bytes of the compressed module whose name begins with this.
fn compressed_module(folder: &Path, stem: &str) -> Result<u64> {
    for entry in
        std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?
    {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(stem) && name.ends_with(".wasm.br") {
            return Ok(entry.metadata()?.len());
        }
    }
    anyhow::bail!("there is no {stem}….wasm.br in {}", folder.display())
}
