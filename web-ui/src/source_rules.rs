//! Rules about the source of this crate that no compiler checks.

use std::path::{Path, PathBuf};

/// A file of Rust without comments and without its own unit tests.
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) code: String,
}

/// All files of this crate but those of tests.
pub(crate) fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&root).unwrap().display().to_string();
            if name.ends_with("tests.rs") || name == "source_rules.rs" {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            let lines = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            let code = lines.collect::<Vec<_>>().join("\n");
            found.push(Source { name, code });
        }
    }
    found
}

#[test]
fn no_element_has_an_inline_style_or_script_because_the_policy_forbids_them() {
    for Source { name, code } in sources() {
        for forbidden in [" style=", "<style", "<script"] {
            assert!(!code.contains(forbidden), "{name} has {forbidden:?}");
        }
    }
}
