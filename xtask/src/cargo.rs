//! Calls of cargo, in the folder of the workspace and with its lock file as it is.

use crate::json;
use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folder of the workspace.
pub(crate) fn workspace() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().expect("the crate xtask lies in a workspace")
}

/// `cargo` with these arguments.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(workspace()).args(args);
    // `cargo run` describes this crate to its children. Some build scripts watch these variables, so that they would
    // run again at every change between `cargo build` and `cargo xtask build`.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Runs cargo; what it prints is shown.
///
/// # Errors
/// When it cannot be started or does not succeed.
pub(crate) fn run(args: &[&str]) -> Result<()> {
    let status = command(args).stdin(Stdio::null()).status();
    let status = status.context("cannot start cargo")?;
    ensure!(
        status.success(),
        "cargo {} ended with {status}",
        args.join(" ")
    );
    Ok(())
}

/// What `cargo metadata` says of the workspace and all packages that it uses.
#[derive(Debug)]
pub(crate) struct Metadata(Value);

impl Metadata {
    /// Asks cargo.
    ///
    /// # Errors
    /// When cargo fails, as it does without a network while packages are missing.
    pub(crate) fn read() -> Result<Self> {
        let args = ["metadata", "--format-version", "1", "--locked"];
        let output = command(&args).stderr(Stdio::inherit()).output();
        let output = output.context("cannot start cargo")?;
        ensure!(
            output.status.success(),
            "cargo metadata ended with {}",
            output.status
        );
        let value = serde_json::from_slice(&output.stdout).context("cargo metadata is not JSON")?;
        Ok(Self(value))
    }

    /// Where cargo builds.
    ///
    /// # Errors
    /// When cargo does not say.
    pub(crate) fn target_directory(&self) -> Result<PathBuf> {
        json::text(&self.0, "/target_directory").map(PathBuf::from)
    }

    /// What cargo says of the package of that name; nothing when there is none.
    ///
    /// # Errors
    /// When cargo does not say.
    pub(crate) fn package(&self, name: &str) -> Result<Option<&Value>> {
        let packages = json::list(&self.0, "/packages")?;
        let is_named = |package: &&Value| json::text(package, "/name").is_ok_and(|is| is == name);
        Ok(packages.iter().find(is_named))
    }

    /// The folders of all packages.
    ///
    /// # Errors
    /// When a package has none.
    pub(crate) fn package_folders(&self) -> Result<Vec<PathBuf>> {
        let packages = json::list(&self.0, "/packages")?.iter();
        let folder = |package| {
            let manifest = Path::new(json::text(package, "/manifest_path")?);
            manifest
                .parent()
                .map(Path::to_owned)
                .context("a package has no folder")
        };
        packages.map(folder).collect()
    }
}
