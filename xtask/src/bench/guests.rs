//! `cargo xtask bench guests`: builds the kernels, runs them as compiled and as rewritten, and shows what rewriting costs.

use super::figures_of;
use super::table::{Bound, Row, show};
use crate::build;
use crate::cargo::{self, Metadata};
use crate::programs::TARGET;
use crate::step::step;
use crate::test::Engines;
use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::{Map, Value};
use std::process::Command;

/// Flags of the measurement.
#[derive(Debug, Args)]
pub(crate) struct GuestsArgs {
    /// The kinds of browsers, beside wasmi.
    #[arg(long, value_enum, default_value_t = Engines::Chromium)]
    engines: Engines,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

/// What may be measured of an engine: its name, and what rewriting may cost there.
const ENGINES: [(&str, Bound); 4] = [
    ("wasmi", Bound::None),
    ("chromium", Bound::AtMost(25.0)),
    ("firefox", Bound::AtMost(30.0)),
    ("webkit", Bound::None),
];

/// Builds, measures, shows. A missed target is shown, not an error: machines differ.
///
/// # Errors
/// When something cannot be built or measured.
pub(crate) fn run(args: &GuestsArgs) -> Result<()> {
    build::guest_programs()?;
    let target = Metadata::read()?.target_directory()?;
    let geckodriver = args.engines.install(&target)?;
    step("the kernels' driver, release", || cargo::run(&DRIVER))?;
    let workspace = cargo::workspace();
    let kernels = workspace.join("target/programs").join(TARGET);
    let mut driver = Command::new(target.join("release/bench-guests"));
    driver.arg("--kernels").arg(kernels.join("release"));
    let programs = workspace.join("coordinator/embedded/programs");
    driver.arg("--programs").arg(programs);
    args.engines.tell(&mut driver, geckodriver.as_deref())?;
    let figures = figures_of(&mut driver, "the kernels' driver")?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&figures)?);
        return Ok(());
    }
    for (engine, bound) in ENGINES {
        if let Some(figures) = figures.pointer(&format!("/engines/{engine}")) {
            show_engine(engine, figures, bound)?;
        }
    }
    show_sizes(object(&figures, "sizes")?)
}

/// What is built.
const DRIVER: [&str; 7] = [
    "build",
    "--release",
    "--locked",
    "--package",
    "tests",
    "--bin",
    "bench-guests",
];

fn show_engine(engine: &str, figures: &Value, bound: Bound) -> Result<()> {
    println!("{engine}: original and rewritten, ms");
    println!(
        "  {:<14}{:>26}{:>12}{:>26}{:>26}",
        "", "run", "more", "compile", "instantiate"
    );
    for (kernel, figures) in object(figures, "kernels")? {
        let times = |what| Ok::<_, anyhow::Error>(shown(pair(figures, what)?, 3));
        println!(
            "  {kernel:<14}{:>26}{:>12}{:>26}{:>26}",
            shown(pair(figures, "run_ms")?, 1),
            more(pair(figures, "run_ms")?),
            times("compile_ms")?,
            times("instantiate_ms")?,
        );
    }
    show(
        &[Row::new(
            "overhead_percent",
            "geometric mean of what rewriting costs",
            "%",
            bound,
        )],
        figures,
    )
}

fn show_sizes(sizes: &Map<String, Value>) -> Result<()> {
    println!("bytes, original and rewritten; at most 10 % more are wanted");
    println!(
        "  {:<14}{:>34}{:>34}",
        "", "without custom sections", "code"
    );
    for (name, size) in sizes {
        let column = |what| {
            let bytes = pair(size, what)?;
            Ok::<_, anyhow::Error>(format!("{} {}", shown(bytes, 0), more(bytes)))
        };
        println!(
            "  {name:<22}{:>34}{:>34}",
            column("module_bytes")?,
            column("code_bytes")?
        );
    }
    Ok(())
}

fn object<'a>(figures: &'a Value, name: &str) -> Result<&'a Map<String, Value>> {
    let found = figures.get(name).and_then(Value::as_object);
    found.with_context(|| format!("the figures lack {name}"))
}

/// The original's figure and the rewritten module's.
fn pair(figures: &Value, name: &str) -> Result<[f64; 2]> {
    let of = |form: usize| figures.get(name)?.get(form)?.as_f64();
    let found = of(0).zip(of(1)).map(|(one, other)| [one, other]);
    found.with_context(|| format!("the figures lack {name}"))
}

fn shown([original, rewritten]: [f64; 2], digits: usize) -> String {
    format!("{original:.digits$} {rewritten:.digits$}")
}

/// How much more the second is.
fn more([original, rewritten]: [f64; 2]) -> String {
    format!("{:+.1} %", (rewritten / original - 1.0) * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_pair_stands_with_how_much_more_the_second_is() {
        let figures = json!({"run_ms": [100.0, 112.5]});
        let pair = pair(&figures, "run_ms").unwrap();
        assert_eq!(
            (shown(pair, 1), more(pair)),
            ("100.0 112.5".to_owned(), "+12.5 %".to_owned())
        );
        assert!(super::pair(&figures, "compile_ms").is_err());
    }
}
