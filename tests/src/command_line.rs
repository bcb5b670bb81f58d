//! The real binary `manyhands`, run in a home of its own.

use crate::temp_dir::TempDir;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The binary: the one that `MANYHANDS_BINARY` names, otherwise built once for the tests of a process.
///
/// # Panics
/// When it cannot be built.
#[must_use]
pub fn manyhands() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| match std::env::var_os("MANYHANDS_BINARY") {
        Some(built) => built.into(),
        None => build(),
    })
}

/// Builds it where this test itself was built: `TARGET/PROFILE/deps/this-test`.
fn build() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it lies");
    let profile = test.ancestors().nth(2).expect("tests lie in PROFILE/deps");
    let target = profile
        .parent()
        .expect("the profile lies in the target directory");
    let mut cargo = Command::new(option_env!("CARGO").unwrap_or("cargo"));
    cargo
        .args([
            "build",
            "--quiet",
            "--package",
            "coordinator",
            "--bin",
            "manyhands",
        ])
        .arg("--target-dir")
        .arg(target)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    let status = cargo.status().expect("cargo runs");
    assert!(status.success(), "manyhands cannot be built");
    profile.join("manyhands")
}

/// A user with an empty home directory.
#[derive(Debug, Default)]
pub struct CommandLine {
    home: TempDir,
}

/// What a command came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Its exit code.
    pub code: i32,
    /// What it printed.
    pub stdout: Vec<u8>,
    /// What it said.
    pub stderr: String,
}

impl Ran {
    /// The output as text.
    ///
    /// # Panics
    /// When it is not UTF-8.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("the output is text")
    }

    /// The output as JSON.
    ///
    /// # Panics
    /// When it is not JSON.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout).expect("the output is JSON")
    }

    /// The same, when it ended with `code`.
    ///
    /// # Panics
    /// When it ended with another code.
    #[must_use]
    pub fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.stderr);
        self
    }
}

impl CommandLine {
    /// The user's home.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Where this user's data is when nothing else is said.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.home().join(".local/share/manyhands")
    }

    /// A file in the home.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.home().join(name);
        std::fs::write(&path, bytes).expect("a file can be written");
        path
    }

    /// A command that is not started yet.
    #[must_use]
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(manyhands());
        command
            .args(args)
            .current_dir(self.home())
            .env_clear()
            .env("HOME", self.home())
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    ///
    /// # Panics
    /// When it cannot be started, or a signal ended it.
    #[must_use]
    pub fn run(&self, args: &[&str]) -> Ran {
        let output = self.command(args).output().expect("manyhands starts");
        Ran {
            code: output.status.code().expect("it ends by itself"),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}
