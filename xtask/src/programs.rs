//! The guest programs: built for WASI, laid where the coordinator embeds them.
//!
//! A program's hash is public, so the same source must give the same module wherever the clone lies: no path of this
//! machine may get into it, and no flags from the environment may change it.

use crate::cargo;
use anyhow::{Context as _, Result, ensure};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, io};

/// What programs are built for.
pub(crate) const TARGET: &str = "wasm32-wasip1";
/// Names the programs' own workspace to cargo.
pub(crate) const WORKSPACE: &str = "--manifest-path=programs/Cargo.toml";
/// Where that workspace is built.
pub(crate) const TARGET_DIR: &str = "--target-dir=target/programs";
/// A folder here with this file is a program.
const MANIFEST: &str = "manifest.json";

/// Builds all programs and lays each as `<name>/program.wasm` and `<name>/manifest.json` under `coordinator/embedded`.
/// Files that have not changed are not touched, so that cargo builds nothing needlessly.
///
/// # Errors
/// When cargo fails or a file cannot be read or written.
pub(crate) fn build() -> Result<()> {
    let source = cargo::workspace().join("programs");
    let names = names(&source)?;
    compile(&source)?;
    let modules = cargo::workspace()
        .join("target/programs")
        .join(TARGET)
        .join("release");
    let embedded = cargo::workspace().join("coordinator/embedded/programs");
    for name in &names {
        let to = embedded.join(name);
        fs::create_dir_all(&to).with_context(|| format!("cannot create {}", to.display()))?;
        let module = modules.join(name).with_extension("wasm");
        lay(&module, &to.join("program.wasm"))?;
        lay(&source.join(name).join(MANIFEST), &to.join(MANIFEST))?;
    }
    remove_others(&embedded, &names)
}

/// The programs by their folders.
fn names(source: &Path) -> Result<BTreeSet<OsString>> {
    let folders = fs::read_dir(source);
    let folders = folders.with_context(|| format!("cannot list {}", source.display()))?;
    let mut names = BTreeSet::new();
    for folder in folders {
        let folder = folder.with_context(|| format!("cannot list {}", source.display()))?;
        if folder.path().join(MANIFEST).is_file() {
            names.insert(folder.file_name());
        }
    }
    ensure!(!names.is_empty(), "{} has no program", source.display());
    Ok(names)
}

fn compile(source: &Path) -> Result<()> {
    let place = ["build", WORKSPACE, TARGET_DIR];
    let settings = ["--release", "--locked", "--target", TARGET];
    let status = cargo::command(&[&place[..], &settings].concat())
        .env_remove("RUSTFLAGS")
        .env("CARGO_ENCODED_RUSTFLAGS", flags(source)?)
        .stdin(Stdio::null())
        .status()
        .context("cannot start cargo")?;
    ensure!(
        status.success(),
        "building the programs ended with {status}"
    );
    Ok(())
}

/// Flags that replace the paths of this machine: of the clone, of cargo's packages and of the standard library.
fn flags(source: &Path) -> Result<OsString> {
    let mut flags = OsString::new();
    for (from, to) in [
        (source.to_owned(), "/programs"),
        (cargo_home()?, "/cargo"),
        (sysroot()?, "/rust"),
    ] {
        if !flags.is_empty() {
            flags.push("\u{1f}");
        }
        flags.push("--remap-path-prefix=");
        flags.push(from);
        flags.push("=");
        flags.push(to);
    }
    Ok(flags)
}

fn cargo_home() -> Result<PathBuf> {
    if let Some(home) = env::var_os("CARGO_HOME") {
        return Ok(home.into());
    }
    let home = env::home_dir().context("there is no home directory; set CARGO_HOME")?;
    Ok(home.join(".cargo"))
}

fn sysroot() -> Result<PathBuf> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output();
    let output = output.context("cannot start rustc")?;
    let path = String::from_utf8(output.stdout).context("rustc's sysroot is not UTF-8")?;
    Ok(path.trim().into())
}

/// Copies a file unless the copy has the same bytes.
fn lay(from: &Path, to: &Path) -> Result<()> {
    let bytes = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
    if fs::read(to).is_ok_and(|present| present == bytes) {
        return Ok(());
    }
    fs::write(to, bytes).with_context(|| format!("cannot write {}", to.display()))
}

/// Removes programs that are no more.
fn remove_others(embedded: &Path, names: &BTreeSet<OsString>) -> Result<()> {
    let remove = || -> io::Result<()> {
        for folder in fs::read_dir(embedded)? {
            let folder = folder?;
            if folder.file_type()?.is_dir() && !names.contains(&folder.file_name()) {
                fs::remove_dir_all(folder.path())?;
            }
        }
        Ok(())
    };
    remove().with_context(|| format!("cannot clean up {}", embedded.display()))
}
