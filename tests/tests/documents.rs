//! The pages keep what they promise: links lead somewhere, named files and tests exist, ARCHITECTURE.md stays short.

use std::path::{Path, PathBuf};

/// Most lines of ARCHITECTURE.md.
const MAX_LINES: usize = 250;

fn root() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the crate lies in the workspace")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All pages in a folder and below.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            found.extend(pages(&path));
        } else if path.extension().is_some_and(|ending| ending == "md") {
            found.push(path);
        }
    }
    found
}

fn all_pages() -> Vec<PathBuf> {
    let top = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"].map(|name| root().join(name));
    let mut pages = pages(&root().join("docs"));
    pages.extend(top);
    pages
}

/// The targets of `[text](target)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once(')')?.0))
}

#[test]
fn links_between_pages_lead_to_something() {
    let mut broken = Vec::new();
    for page in all_pages() {
        let text = read(&page);
        for link in links(&text).filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let file = link.split('#').next().unwrap_or_default();
            if !page
                .parent()
                .expect("a page lies in a folder")
                .join(file)
                .exists()
            {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn architecture_is_short() {
    let lines = read(&root().join("ARCHITECTURE.md")).lines().count();
    assert!(lines < MAX_LINES, "ARCHITECTURE.md has {lines} lines");
}

/// What stands in backticks.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_test_that_architecture_names_exists() {
    let text = read(&root().join("ARCHITECTURE.md"));
    let (_, section) = text
        .split_once("## What must always hold")
        .expect("the section is there");
    let section = section.split("\n## ").next().unwrap_or_default();
    let mut named = 0;
    for (file, test) in code(section).filter_map(|code| code.rsplit_once("::")) {
        let source = read(&root().join(file));
        assert!(
            source.contains(&format!("fn {test}(")),
            "{file} has no test {test}"
        );
        named += 1;
    }
    assert!(named >= 10, "ARCHITECTURE.md names only {named} tests");
}

#[test]
fn every_file_that_architecture_names_exists() {
    let text = read(&root().join("ARCHITECTURE.md"));
    let sources = ["", "coordinator/src", "shared/src"].map(|folder| root().join(folder));
    let is_path = |code: &&str| {
        let is_plain = code
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c));
        is_plain
            && (Path::new(code)
                .extension()
                .is_some_and(|ending| ending == "rs")
                || code.ends_with('/'))
    };
    for path in code(&text).filter(is_path) {
        assert!(
            sources.iter().any(|folder| folder.join(path).exists()),
            "no file {path}"
        );
    }
}
