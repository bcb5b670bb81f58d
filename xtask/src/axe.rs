//! axe-core, which finds what keeps people with assistive technology from using a page: fetched by npm, for tests only.

use crate::tools;
use anyhow::{Context as _, Result, ensure};
use sha2::{Digest as _, Sha256};
use std::path::Path;
use std::process::{Command, Stdio};

const PACKAGE: &str = "axe-core@4.14.1";
/// SHA-256 of the one file that is used, so that the same version always is the same code.
const SHA256: &str = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c";
/// Where it lies below the folder that npm fills; `tests/src/browser/rules.rs` looks for it there.
const FILE: &str = "node_modules/axe-core/axe.min.js";

/// Puts axe-core into the target directory unless it is there.
///
/// # Errors
/// When npm is missing or fails, or the file is not the one that is expected.
pub(crate) fn fetch(target: &Path) -> Result<()> {
    let folder = target.join("axe");
    let file = folder.join(FILE);
    if is_expected(&file) {
        return Ok(());
    }
    tools::npm()?;
    let mut npm = Command::new("npm");
    npm.args([
        "install",
        "--no-save",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--prefix",
    ])
    .arg(&folder)
    .arg(PACKAGE)
    .stdin(Stdio::null())
    .stdout(Stdio::null());
    let status = npm.status().context("cannot start npm")?;
    ensure!(
        status.success(),
        "npm install {PACKAGE} ended with {status}"
    );
    ensure!(
        is_expected(&file),
        "{} is not that of {PACKAGE}",
        file.display()
    );
    Ok(())
}

fn is_expected(file: &Path) -> bool {
    let Ok(bytes) = std::fs::read(file) else {
        return false;
    };
    crate::web::hex(&Sha256::digest(bytes)) == SHA256
}
