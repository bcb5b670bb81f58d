//! `cargo xtask test`: everything that must hold before a change lands, cheapest first.

use crate::axe;
use crate::build;
use crate::cargo::{self, Metadata};
use crate::programs::{TARGET_DIR, WORKSPACE};
use crate::step::step;
use crate::tools;
use anyhow::{Context as _, Result, bail, ensure};
use clap::{Args, ValueEnum};
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Flags of the tests.
#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// The kinds of browsers in which the road of a job is tested.
    #[arg(long, value_enum, default_value_t = Engines::Chromium)]
    engines: Engines,
}

/// Kinds of browsers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engines {
    /// Chromium alone.
    Chromium,
    /// Chromium, Firefox and WebKit.
    All,
}

impl Engines {
    /// Installs what is missing of them. Answers with geckodriver's folder when it is needed.
    ///
    /// # Errors
    /// When something is missing and cannot be installed.
    pub(crate) fn install(self, target: &Path) -> Result<Option<PathBuf>> {
        step("Chromium", tools::chromium)?;
        if self == Self::Chromium {
            return Ok(None);
        }
        let geckodriver = step("Firefox", || tools::firefox(target))?;
        step("WebKit", tools::webkit)?;
        Ok(Some(geckodriver))
    }

    /// Tells a command which browsers it is to drive.
    ///
    /// # Errors
    /// When the target directory cannot stand in a search path.
    pub(crate) fn tell(self, command: &mut Command, geckodriver: Option<&Path>) -> Result<()> {
        if self == Self::All {
            command.env("MANYHANDS_ENGINES", "chromium,firefox,webkit");
        }
        if let Some(folder) = geckodriver {
            command.env("PATH", path_with(folder)?);
        }
        Ok(())
    }
}

/// Runs all steps; the last line is the sum of all tests.
///
/// # Errors
/// The first step that fails.
pub(crate) fn everything(args: &TestArgs) -> Result<()> {
    step("format", || {
        cargo::run(&["fmt", "--all", "--check"])?;
        cargo::run(&["fmt", "--all", "--check", WORKSPACE])
    })?;
    step("C compiler", tools::c_compiler)?;
    build::guest_programs()?;
    build::web_part()?;
    step("lints", || {
        let lints = ["--all-targets", "--locked", "--", "--deny", "warnings"];
        cargo::run(&[&["clippy", "--workspace"], &lints[..]].concat())?;
        cargo::run(&[&["clippy", WORKSPACE, TARGET_DIR], &lints[..]].concat())
    })?;
    step("PostgreSQL", tools::postgresql)?;
    let target = Metadata::read()?.target_directory()?;
    let geckodriver = args.engines.install(&target)?;
    step("Python", tools::python)?;
    step("axe-core", || axe::fetch(&target))?;
    step("compilers of the examples", || {
        tools::c_for_wasi()?;
        tools::go(&target)
    })?;
    let of_programs = step("tests of the guest programs", || {
        count(cargo::command(&["test", "--locked", WORKSPACE, TARGET_DIR]))
    })?;
    let own = step("tests", || {
        // `cargo test --workspace` builds the binary that its tests start. Left to themselves they would build it
        // alone: without the features that other members ask of the same packages, so nearly everything once more.
        let binary = Metadata::read()?
            .target_directory()?
            .join("debug/manyhands");
        let mut tests = cargo::command(&["test", "--workspace", "--locked"]);
        tests.env("MANYHANDS_BINARY", binary);
        tests.env("MANYHANDS_EXAMPLES", target.join("examples"));
        args.engines.tell(&mut tests, geckodriver.as_deref())?;
        count(tests)
    })?;
    let passed = own.saturating_add(of_programs);
    println!("tests: {passed} passed, 0 failed");
    Ok(())
}

/// The search path with this folder in front.
fn path_with(folder: &Path) -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path));
    std::env::join_paths(folders).context("the target directory cannot stand in a search path")
}

/// Runs a `cargo test` and adds up what its harnesses report.
fn count(mut command: Command) -> Result<u64> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().context("cannot start cargo")?;
    let stdout = child.stdout.take().context("cargo has no output")?;
    let mut passed = 0_u64;
    for line in BufReader::new(stdout).lines() {
        let line = line.context("cannot read what cargo prints")?;
        println!("{line}");
        passed = passed.saturating_add(passed_in(&line).unwrap_or(0));
    }
    let status = child.wait().context("cannot wait for cargo")?;
    if !status.success() {
        bail!("cargo test ended with {status}; the failed tests are named above");
    }
    ensure!(passed > 0, "cargo test ran no test");
    Ok(passed)
}

/// The number in "test result: ok. 12 passed; 0 failed; …".
fn passed_in(line: &str) -> Option<u64> {
    let rest = line.strip_prefix("test result: ok. ")?;
    rest.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::passed_in;

    #[test]
    fn the_closing_line_of_a_harness_tells_how_many_tests_passed() {
        let line = "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out";
        assert_eq!(passed_in(line), Some(12));
        assert_eq!(passed_in("test a_test ... ok"), None);
    }
}
