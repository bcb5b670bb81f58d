//! docs/writing-programs.md does what it says: the files of an example are written as they stand there, its commands are
//! run, and what they print is what is shown.
//!
//! In `cargo xtask test`, which has the compilers and says in `MANYHANDS_EXAMPLES` where to work.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tests::cluster::Cluster;
use tests::command_line::manyhands;

const PAGE: &str = include_str!("../../docs/writing-programs.md");

const RUST: &str = "## In Rust, from nothing to a running job";
const C: &str = "## In C";
const RUST_TOOL: &str = "### A Rust tool from crates.io";
const C_TOOL: &str = "### A C tool from Debian's sources";
const GO_TOOL: &str = "### A Go tool";

/// A block of code between fences.
#[derive(Debug)]
struct Block<'a> {
    /// What stands behind the opening fence.
    kind: &'a str,
    text: &'a str,
    /// The file that it is: the paragraph before begins with the name in backticks.
    file: Option<&'a str>,
}

/// The blocks of a section, which is all that stands below its heading.
fn blocks(heading: &str) -> Vec<Block<'static>> {
    let (_, section) = PAGE
        .split_once(&format!("\n{heading}\n"))
        .expect("the page has this heading");
    let section = section.split("\n##").next().unwrap_or_default();
    let mut parts = section.split("\n```");
    let mut before = parts.next().unwrap_or_default();
    let mut blocks = Vec::new();
    while let (Some(block), Some(after)) = (parts.next(), parts.next()) {
        let (kind, text) = block.split_once('\n').unwrap_or((block, ""));
        let paragraph = before.trim_end().rsplit("\n\n").next().unwrap_or_default();
        let named = paragraph
            .trim_start()
            .strip_prefix('`')
            .and_then(|rest| rest.split_once('`'));
        let file = named
            .map(|(name, _)| name)
            .filter(|_| !["sh", "text"].contains(&kind));
        blocks.push(Block { kind, text, file });
        before = after;
    }
    blocks
}

/// An example: its folder and what its commands see.
struct Example {
    folder: PathBuf,
    environment: Vec<(String, String)>,
}

impl Example {
    /// `None`, with a word about it, outside of `cargo xtask test`.
    fn named(name: &str) -> Option<Self> {
        let Some(folder) = std::env::var_os("MANYHANDS_EXAMPLES") else {
            eprintln!("skipped: `cargo xtask test` runs it, with the compilers that it needs");
            return None;
        };
        let folder = PathBuf::from(folder).join(name);
        fs::create_dir_all(&folder).expect("a folder for the example");
        Some(Self {
            folder,
            environment: Vec::new(),
        })
    }

    /// Writes the files, runs the commands, and compares what they print.
    fn does_what_is_shown(&self, heading: &str) {
        let blocks = blocks(heading);
        let mut shown = 0;
        for (at, block) in blocks.iter().enumerate() {
            if let Some(file) = block.file {
                let path = self.folder.join(file);
                fs::create_dir_all(path.parent().expect("a file lies in a folder"))
                    .expect("a folder");
                fs::write(path, format!("{}\n", block.text)).expect("a file can be written");
            }
            if block.kind == "sh" {
                let printed = self.run(block.text);
                if let Some(expected) = blocks.get(at + 1).filter(|next| next.kind == "text") {
                    assert_eq!(printed.trim_end(), expected.text, "{}", block.text);
                    shown += 1;
                }
            }
        }
        assert!(shown > 0, "{heading} shows no result");
    }

    /// What the commands print; each must succeed.
    fn run(&self, script: &str) -> String {
        let binary = manyhands()
            .parent()
            .expect("it lies in a folder")
            .to_owned();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = [binary].into_iter().chain(std::env::split_paths(&path));
        let output = Command::new("sh")
            .args(["-euc", script])
            .current_dir(&self.folder)
            .env(
                "PATH",
                std::env::join_paths(folders).expect("a search path"),
            )
            .env_remove("CARGO_TARGET_DIR")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .output()
            .expect("a shell");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}\n{errors}");
        String::from_utf8(output.stdout).expect("text")
    }
}

#[test]
fn the_rust_example_goes_from_nothing_to_a_job_that_three_volunteers_computed() {
    let Some(mut example) = Example::named("lines") else {
        return;
    };
    let mut cluster = Cluster::start(&[]);
    for name in ["ann", "bob", "eve"] {
        cluster.volunteer(name, &[]);
    }
    let data = cluster.user.data();
    let data = data.to_str().expect("UTF-8").to_owned();
    example.environment = vec![
        ("MANYHANDS_URL".to_owned(), cluster.url()),
        ("MANYHANDS_DATA".to_owned(), data),
    ];
    example.does_what_is_shown(RUST);
}

#[test]
fn the_c_example_is_built_and_run() {
    let Some(example) = Example::named("letters") else {
        return;
    };
    example.does_what_is_shown(C);
}

#[test]
fn a_rust_tool_that_others_wrote_runs_as_it_is() {
    let Some(example) = Example::named("jsonxf") else {
        return;
    };
    example.does_what_is_shown(RUST_TOOL);
}

#[test]
fn a_c_tool_that_others_wrote_runs_as_it_is() {
    let Some(example) = Example::named("fasttree") else {
        return;
    };
    example.does_what_is_shown(C_TOOL);
}

#[test]
fn a_go_tool_that_others_wrote_runs_as_it_is() {
    let Some(example) = Example::named("gofmt") else {
        return;
    };
    example.does_what_is_shown(GO_TOOL);
}

/// The headings below which there are commands to run.
fn headings_with_commands() -> Vec<&'static str> {
    let (mut heading, mut is_code) = ("", false);
    let mut found = Vec::new();
    for line in PAGE.lines() {
        if let Some(kind) = line.strip_prefix("```") {
            is_code = !is_code;
            if kind == "sh" && found.last() != Some(&heading) {
                found.push(heading);
            }
        } else if line.starts_with('#') && !is_code {
            heading = line;
        }
    }
    found
}

#[test]
fn every_example_of_the_page_has_a_test() {
    let tested = [RUST, C, RUST_TOOL, C_TOOL, GO_TOOL];
    assert_eq!(headings_with_commands(), tested);
}
