//! What the build and the tests need beside Rust: installed when that is possible, named in one line when not.

use crate::cargo;
use anyhow::{Context as _, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The version of geckodriver that the tests were seen to pass with.
const GECKODRIVER: &str = "0.37.1";

/// The targets of guest programs and of the browser's parts.
const WASM_TARGETS: [&str; 2] = ["wasm32-unknown-unknown", "wasm32-wasip1"];

/// A C compiler: the crates ring and libsqlite3-sys have parts in C.
///
/// # Errors
/// When there is none.
pub(crate) fn c_compiler() -> Result<()> {
    ensure!(
        runs("cc", &["--version"]),
        "there is no C compiler: install one (Debian: apt-get install gcc libc6-dev)"
    );
    Ok(())
}

/// The wasm targets, added by rustup when missing.
///
/// # Errors
/// When they are missing and rustup cannot add them.
pub(crate) fn wasm_targets() -> Result<()> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output();
    let output = output.context("cannot start rustc")?;
    let sysroot = String::from_utf8(output.stdout).context("rustc's sysroot is not UTF-8")?;
    let libraries = Path::new(sysroot.trim()).join("lib/rustlib");
    for target in WASM_TARGETS {
        if libraries.join(target).join("lib").is_dir() {
            continue;
        }
        ensure!(
            runs("rustup", &["target", "add", target]),
            "the target {target} is missing: run `rustup target add {target}`"
        );
    }
    Ok(())
}

/// PostgreSQL's server programs; the tests start a throw-away server of their own.
///
/// # Errors
/// When they are missing and cannot be installed.
pub(crate) fn postgresql() -> Result<()> {
    let advice = "PostgreSQL is missing: install it (Debian: apt-get install postgresql)";
    installed(has_postgresql, &["postgresql"], advice)
}

/// Chromium and its WebDriver; the tests start browsers of their own.
///
/// # Errors
/// When they are missing and cannot be installed.
pub(crate) fn chromium() -> Result<()> {
    let advice =
        "Chromium is missing: install it (Debian: apt-get install chromium chromium-driver)";
    let is_there = || {
        ["chromium", "chromedriver"]
            .iter()
            .all(|name| runs(name, &["--version"]))
    };
    installed(is_there, &["chromium", "chromium-driver"], advice)
}

/// Firefox, and geckodriver, which cargo builds: it comes in no package of Debian's. Answers with geckodriver's folder.
///
/// # Errors
/// When they are missing and cannot be installed.
pub(crate) fn firefox(target: &Path) -> Result<PathBuf> {
    let advice = "Firefox is missing: install it (Debian: apt-get install firefox-esr)";
    installed(
        || runs("firefox-esr", &["--version"]),
        &["firefox-esr"],
        advice,
    )?;
    let root = target.join("tools");
    let folder = root.join("bin");
    if !folder.join("geckodriver").is_file() {
        let root = root
            .to_str()
            .context("the target directory's name is not UTF-8")?;
        cargo::run(&[
            "install",
            "--locked",
            "--root",
            root,
            "--version",
            GECKODRIVER,
            "geckodriver",
        ])?;
    }
    Ok(folder)
}

/// WebKit with a little browser and its WebDriver, and a display that nobody sees.
///
/// # Errors
/// When they are missing and cannot be installed.
pub(crate) fn webkit() -> Result<()> {
    let advice = "WebKit is missing: install it (Debian: apt-get install webkit2gtk-driver xvfb)";
    let is_there = || runs("WebKitWebDriver", &["--help"]) && runs("Xvfb", &["-help"]);
    installed(is_there, &["webkit2gtk-driver", "xvfb"], advice)
}

/// npm, which fetches what the tests need of its registry.
///
/// # Errors
/// When it is missing and cannot be installed.
pub(crate) fn npm() -> Result<()> {
    let advice = "npm is missing: install it (Debian: apt-get install npm)";
    installed(|| runs("npm", &["--version"]), &["npm"], advice)
}

/// Python with the package by which the ledger's second verifier checks signatures.
///
/// # Errors
/// When they are missing and cannot be installed.
pub(crate) fn python() -> Result<()> {
    let advice = "Python with cryptography is missing: install it (Debian: apt-get install \
        python3-cryptography)";
    // Debian's own is where its packages go; another may stand before it in the path.
    let is_there = || {
        ["python3", "/usr/bin/python3"].iter().any(|python| {
            ["cryptography", "nacl"].iter().any(|package| {
                let import = format!("import {package}");
                runs(python, &["-c", &import])
            })
        })
    };
    installed(is_there, &["python3", "python3-cryptography"], advice)
}

/// clang with what it needs for WASI, and what fetches and unpacks a source.
///
/// # Errors
/// When they are missing and cannot be installed.
pub(crate) fn c_for_wasi() -> Result<()> {
    let advice = "clang for WASI is missing: install it (Debian: apt-get install clang lld wasi-libc \
        libclang-rt-dev-wasm32 curl xz-utils)";
    let packages = [
        "clang",
        "lld",
        "wasi-libc",
        "libclang-rt-dev-wasm32",
        "curl",
        "xz-utils",
    ];
    let programs = ["clang", "wasm-ld", "curl", "xz"];
    let is_there = || {
        programs.iter().all(|name| runs(name, &["--version"]))
            && Path::new("/usr/lib/wasm32-wasi/libc.a").is_file()
            && has_builtins_for_wasi()
    };
    installed(is_there, &packages, advice)
}

/// Whether clang's own library for wasm32 is there.
fn has_builtins_for_wasi() -> bool {
    let mut clang = Command::new("clang");
    let asked = clang.args(["--target=wasm32-wasi", "--print-libgcc-file-name"]);
    let Ok(output) = asked.output() else {
        return false;
    };
    let path = String::from_utf8_lossy(&output.stdout);
    Path::new(path.trim()).is_file()
}

/// Go that compiles to WASI: 1.21 or newer. Debian 12 has it among its backports.
///
/// # Errors
/// When it is missing and cannot be installed.
pub(crate) fn go(target: &Path) -> Result<()> {
    let advice = "Go 1.21 or newer is missing: install it (Debian 12: apt-get install -t bookworm-backports golang-go)";
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    if has_go() || !release.contains("VERSION_CODENAME=bookworm\n") {
        return installed(has_go, &["golang-go"], advice);
    }
    let folder = target.join("tools");
    std::fs::create_dir_all(&folder).context("cannot make a folder for tools")?;
    let list = folder.join("backports.list");
    let source = "deb http://deb.debian.org/debian bookworm-backports main\n";
    std::fs::write(&list, source).with_context(|| format!("cannot write {}", list.display()))?;
    // For these calls alone: the machine's own sources stay as they are.
    let from_list = format!("--option=Dir::Etc::SourceList={}", list.display());
    let options = [
        from_list.as_str(),
        "--option=APT::Get::List-Cleanup=0",
        "--option=APT::Default-Release=bookworm-backports",
    ];
    installed_with(&options, has_go, &["golang-go"], advice)
}

fn has_go() -> bool {
    let Ok(output) = Command::new("go").args(["env", "GOVERSION"]).output() else {
        return false;
    };
    let version = String::from_utf8_lossy(&output.stdout);
    let minor = version.strip_prefix("go1.").and_then(|rest| {
        let digits = rest.split(|char: char| !char.is_ascii_digit()).next()?;
        digits.parse::<u32>().ok()
    });
    minor.is_some_and(|minor| minor >= 21)
}

/// Installs packages where that is possible: on Debian, as root.
fn installed(is_there: impl Fn() -> bool, packages: &[&str], advice: &'static str) -> Result<()> {
    installed_with(&[], is_there, packages, advice)
}

/// The same with options for apt-get.
fn installed_with(
    options: &[&str],
    is_there: impl Fn() -> bool,
    packages: &[&str],
    advice: &'static str,
) -> Result<()> {
    if is_there() {
        return Ok(());
    }
    let is_debian_root = Path::new("/etc/debian_version").exists() && is_root();
    ensure!(is_debian_root, advice);
    apt_get(&[options, &["update"]].concat()).context(advice)?;
    let install = ["install", "--yes", "--no-install-recommends"];
    apt_get(&[options, &install, packages].concat()).context(advice)?;
    ensure!(is_there(), advice);
    Ok(())
}

fn has_postgresql() -> bool {
    let debian = std::fs::read_dir("/usr/lib/postgresql");
    let versions = debian.into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    if let Some(path) = std::env::var_os("PATH") {
        folders.extend(std::env::split_paths(&path));
    }
    folders.iter().any(|folder| folder.join("initdb").is_file())
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn apt_get(args: &[&str]) -> Result<()> {
    let mut command = Command::new("apt-get");
    command.args(args).env("DEBIAN_FRONTEND", "noninteractive");
    let status = command.stdin(Stdio::null()).status();
    let status = status.context("cannot start apt-get")?;
    if !status.success() {
        bail!("apt-get {} ended with {status}", args.join(" "));
    }
    Ok(())
}

fn runs(program: &str, args: &[&str]) -> bool {
    let mut command = Command::new(program);
    command
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
