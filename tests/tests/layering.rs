//! Imports go one way (DESIGN.md section 4), files stay short, and the specification travels with the code.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which of our crates each crate may depend on. Nothing depends on `tests` or `xtask`.
const CRATES: &[(&str, &[&str])] = &[
    ("shared", &[]),
    ("coordinator", &["shared"]),
    ("browser-worker", &["shared"]),
    ("web-ui", &["shared"]),
    (
        "tests",
        &["shared", "coordinator", "browser-worker", "web-ui"],
    ),
    ("xtask", &[]),
];

/// Which modules of the coordinator each of its modules may import, from the bottom up:
/// main > app > http, hub > scheduler, sealer > store > shared. A new module gets its line here.
const MODULES: &[(&str, &[&str])] = &[
    ("clock", &[]),
    ("entropy", &[]),
    ("builtin", &[]),
    ("web", &[]),
    ("private_file", &["entropy"]),
    ("nonces", &[]),
    ("signatures", &[]),
    ("problem", &["entropy"]),
    ("remote", &[]),
    ("data_dir", &["private_file", "entropy"]),
    ("guest", &["clock"]),
    ("scheduler", &[]),
    ("store", &["clock", "entropy"]),
    (
        "storage",
        &[
            "remote",
            "data_dir",
            "private_file",
            "nonces",
            "problem",
            "signatures",
            "clock",
            "entropy",
        ],
    ),
    (
        "sealer",
        &["storage", "store", "remote", "data_dir", "clock", "entropy"],
    ),
    (
        "hub",
        &["scheduler", "signatures", "store", "clock", "entropy"],
    ),
    // Nothing that serves runs guests: the final result is computed on the submitter's side only.
    (
        "http",
        &[
            "hub", "sealer", "storage", "store", "nonces", "problem", "clock", "entropy",
        ],
    ),
    (
        "app",
        &[
            "http",
            "hub",
            "scheduler",
            "sealer",
            "signatures",
            "storage",
            "store",
            "builtin",
            "web",
            "remote",
            "data_dir",
            "clock",
            "entropy",
        ],
    ),
    (
        "client",
        &["guest", "remote", "private_file", "clock", "entropy"],
    ),
    ("local_run", &["guest", "clock", "entropy"]),
    (
        "volunteer",
        &[
            "guest",
            "remote",
            "data_dir",
            "private_file",
            "clock",
            "entropy",
        ],
    ),
    (
        "cli",
        &[
            "app",
            "client",
            "volunteer",
            "local_run",
            "guest",
            "builtin",
            "scheduler",
            "storage",
            "store",
            "remote",
            "data_dir",
            "private_file",
            "clock",
            "entropy",
        ],
    ),
];

/// Hard limit of lines in a file of Rust (a soft limit of 300 without tests is for reviews).
const MAX_LINES: usize = 500;

fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests
        .parent()
        .expect("the crate lies in the workspace")
        .to_owned()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files of Rust below `folder`, without build output.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The members of the workspace and those of them that each depends on, in whatever way.
fn crates() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let packages = metadata
        .get("packages")
        .and_then(serde_json::Value::as_array);
    let packages = packages.expect("a list of packages");
    let name = |value: &serde_json::Value| value["name"].as_str().expect("a name").to_owned();
    let members: BTreeSet<String> = packages.iter().map(name).collect();
    let of = |package: &serde_json::Value| {
        let dependencies = package["dependencies"]
            .as_array()
            .expect("a list of dependencies");
        dependencies
            .iter()
            .map(name)
            .filter(|name| members.contains(name))
            .collect()
    };
    packages
        .iter()
        .map(|package| (name(package), of(package)))
        .collect()
}

fn allowed(table: &[(&str, &[&str])], name: &str) -> Option<BTreeSet<String>> {
    let (_, names) = table.iter().find(|(known, _)| *known == name)?;
    Some(names.iter().map(|name| (*name).to_owned()).collect())
}

#[test]
fn crates_depend_on_each_other_one_way() {
    let crates = crates();
    assert!(crates.contains_key("shared") && crates.contains_key("coordinator"));
    for (name, dependencies) in crates {
        let allowed = allowed(CRATES, &name).unwrap_or_else(|| panic!("{name} is not in CRATES"));
        let forbidden: Vec<_> = dependencies.difference(&allowed).collect();
        assert!(
            forbidden.is_empty(),
            "{name} must not depend on {forbidden:?}"
        );
    }
}

/// The source without line comments, which may name what they like.
fn without_comments(source: &str) -> String {
    let lines = source
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// The first names of the paths that `text`, which follows `crate::` or `super::`, begins with: one name, or those
/// of a group in braces.
fn first_names(text: &str) -> Vec<String> {
    let name_of = |text: &str| -> String {
        let text = text.trim_start();
        text.chars()
            .take_while(|char| char.is_alphanumeric() || *char == '_')
            .collect()
    };
    let Some(group) = text.strip_prefix('{') else {
        return vec![name_of(text)];
    };
    let mut depth = 0;
    let mut names = vec![name_of(group)];
    for (at, char) in group.char_indices() {
        match char {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name_of(group.get(at + 1..).unwrap_or_default())),
            _ => {}
        }
    }
    names
}

/// The top-level modules of its crate that a source names by `crate::…`, or by `super::…` from `depth` modules below
/// the crate's root.
fn imported_modules(source: &str, depth: usize) -> BTreeSet<String> {
    let code = without_comments(source);
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        names.extend(first_names(
            code.get(at + "crate::".len()..).unwrap_or_default(),
        ));
    }
    let climb = "super::".repeat(depth);
    for (at, _) in code.match_indices(&climb) {
        let mut rest = code.get(at + climb.len()..).unwrap_or_default();
        while let Some(higher) = rest.strip_prefix("super::") {
            rest = higher;
        }
        names.extend(first_names(rest));
    }
    names
}

#[test]
fn imports_are_found_in_groups_and_through_super() {
    let source =
        "use crate::{clock::{Clock, now}, store::Store};\n// crate::hub\ncrate::http::serve()";
    let found = imported_modules(source, 1);
    assert_eq!(
        found.into_iter().collect::<Vec<_>>(),
        ["clock", "http", "store"]
    );
    let found = imported_modules("use super::super::app::App; use super::part;", 2);
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["app"]);
}

#[test]
fn modules_of_the_coordinator_import_each_other_one_way() {
    let source = root().join("coordinator/src");
    let files: Vec<(PathBuf, PathBuf, String)> = rust_files(&source)
        .into_iter()
        .map(|file| {
            let inside = file.strip_prefix(&source).expect("below the source folder");
            let inside = inside.with_extension("");
            let module = inside
                .iter()
                .next()
                .expect("a file name")
                .to_string_lossy()
                .into_owned();
            (file, inside, module)
        })
        .filter(|(_, _, module)| !["lib", "main"].contains(&module.as_str()))
        .collect();
    let modules: BTreeSet<String> = files.iter().map(|(_, _, module)| module.clone()).collect();
    let mut wrong = BTreeSet::new();
    for (file, inside, module) in &files {
        let Some(allowed) = allowed(MODULES, module) else {
            wrong.insert(format!("module {module} is not in MODULES"));
            continue;
        };
        for import in imported_modules(&read(file), inside.iter().count()) {
            // Macros and constants of the crate's root are no modules.
            let is_module = modules.contains(&import);
            if is_module && import != *module && !allowed.contains(&import) {
                wrong.insert(format!("{} must not import {import}", inside.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_tables_go_one_way() {
    for table in [CRATES, MODULES] {
        for (name, _) in table {
            let mut below = BTreeSet::new();
            let mut open = vec![(*name).to_owned()];
            while let Some(next) = open.pop() {
                for lower in allowed(table, &next).unwrap_or_default() {
                    assert_ne!(lower, *name, "{name} would import itself");
                    if below.insert(lower.clone()) {
                        open.push(lower);
                    }
                }
            }
        }
    }
}

#[test]
fn the_only_layout_of_modules_is_a_file_and_a_folder_of_its_name() {
    let files = rust_files(&root());
    let mods: Vec<_> = files
        .iter()
        .filter(|file| file.ends_with("mod.rs"))
        .collect();
    assert!(mods.is_empty(), "name.rs plus name/ instead of {mods:?}");
}

#[test]
fn no_file_of_rust_is_longer_than_500_lines() {
    let files = rust_files(&root());
    assert!(files.len() > 50, "found only {} files", files.len());
    let long: Vec<String> = files
        .iter()
        .map(|file| (file, read(file).lines().count()))
        .filter(|(_, lines)| *lines > MAX_LINES)
        .map(|(file, lines)| format!("{} has {lines} lines", file.display()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn the_specification_and_the_decisions_travel_with_the_code() {
    let docs = root().join("docs");
    for name in ["DESIGN", "LEDGER", "GUEST", "TRUST"] {
        let text = read(&docs.join(format!("spec/{name}.md")));
        assert!(text.starts_with("# "), "docs/spec/{name}.md has no title");
    }
    let first = read(&docs.join("adr/0001-the-leader-is-a-coordinator.md"));
    for heading in ["## Context", "## Decision", "## Consequences"] {
        assert!(first.contains(heading), "ADR 1 has no {heading}");
    }
}
