//! The text that is counted: the first 32 MiB of the Rust sources that the project is built from.

use anyhow::{Context as _, Result, ensure};
use std::fs::File;
use std::io::{BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// Size of the input, bytes.
const SIZE: u64 = 32 << 20;

/// Joins all `.rs` files of the packages, ordered by package folder and path in it, and cuts after 32 MiB.
///
/// # Errors
/// When a file cannot be read or written, or all together are smaller.
pub(super) fn write(packages: &[PathBuf], output: &Path) -> Result<()> {
    write_first(SIZE, packages, output)
}

fn write_first(size: u64, packages: &[PathBuf], output: &Path) -> Result<()> {
    let mut sources = Vec::new();
    for package in packages {
        let name = package
            .file_name()
            .context("a package has no folder name")?;
        collect(package, Path::new(name), &mut sources)?;
    }
    // The folder above the packages is left out of the order: it differs from machine to machine.
    sources.sort();
    let file = File::create(output);
    let mut file = BufWriter::new(file.context("cannot make the input file")?);
    let mut left = size;
    for source in &sources {
        if left == 0 {
            break;
        }
        let opened = File::open(&source.path);
        let opened = opened.with_context(|| format!("cannot read {}", source.path.display()))?;
        left -= std::io::copy(&mut opened.take(left), &mut file)
            .with_context(|| format!("cannot copy {}", source.path.display()))?;
    }
    ensure!(left == 0, "the packages lack {left} bytes of Rust sources");
    file.flush().context("cannot write the input file")
}

/// A source file; the order is that of its name.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Source {
    /// Package folder and path in it.
    name: PathBuf,
    /// Where it is.
    path: PathBuf,
}

fn collect(folder: &Path, name: &Path, sources: &mut Vec<Source>) -> Result<()> {
    let entries = std::fs::read_dir(folder);
    let entries = entries.with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
        let path = entry.path();
        let name = name.join(entry.file_name());
        let kind = entry.file_type()?;
        // Links are not followed. What was built is no source.
        if kind.is_dir() && entry.file_name() != "target" {
            collect(&path, &name, sources)?;
        } else if kind.is_file() && path.extension().is_some_and(|ending| ending == "rs") {
            sources.push(Source { name, path });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(root: &Path, name: &str, files: &[(&str, &str)]) -> PathBuf {
        let folder = root.join(name);
        for (path, text) in files {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn sources_are_joined_by_package_and_path_whatever_their_order_and_cut_at_the_size() {
        let root = std::env::temp_dir().join(format!("xtask-corpus-{}", std::process::id()));
        let packages = [
            package(&root.join("z"), "b-1.0", &[("src/lib.rs", "3")]),
            package(&root.join("a"), "c-1.0", &[("src/lib.rs", "45")]),
            package(&root, "a-1.0", &[("src/z.rs", "2"), ("build.rs", "1")]),
            package(
                &root,
                "a-1.0",
                &[("target/out.rs", "x"), ("README.md", "x")],
            ),
        ];
        let output = root.join("output");
        let written = write_first(4, &packages[..3], &output);
        let text = std::fs::read_to_string(&output).unwrap();
        let short = write_first(6, &packages[..3], &output);
        std::fs::remove_dir_all(&root).unwrap();
        written.unwrap();
        assert_eq!(text, "1234");
        assert!(short.unwrap_err().to_string().contains("lack 1 bytes"));
    }
}
