//! Files under names that never change their contents, and their compressed forms.

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Files smaller than this are not worth compressing, bytes.
const COMPRESS_FROM: usize = 1024;
/// How much of the SHA-256 stands in a name, bytes.
const HASH_IN_NAME: usize = 8;
/// The best that brotli can do.
const QUALITY: i32 = 11;

/// The files of one build.
#[derive(Default)]
pub(super) struct Assets {
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Assets {
    /// Adds a file, and its compressed form when that is smaller; answers with its name.
    pub(super) fn add(&mut self, stem: &str, ending: &str, bytes: Vec<u8>) -> String {
        let folder = Path::new("assets");
        let name = format!("{stem}-{}.{ending}", hash(&bytes));
        if bytes.len() >= COMPRESS_FROM {
            let compressed = compress(&bytes);
            if compressed.len() < bytes.len() {
                let name = folder.join(format!("{name}.br"));
                self.files.insert(name, compressed);
            }
        }
        self.files.insert(folder.join(&name), bytes);
        name
    }

    /// Adds a page, which keeps its name.
    pub(super) fn add_page(&mut self, name: &str, bytes: Vec<u8>) {
        self.files.insert(PathBuf::from(name), bytes);
    }

    /// Makes `folder` hold exactly these files.
    ///
    /// # Errors
    /// When a file cannot be written or removed.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder.join("assets"))?;
        for entry in std::fs::read_dir(folder.join("assets"))? {
            let path = entry?.path();
            let known = path
                .strip_prefix(folder)
                .is_ok_and(|name| self.files.contains_key(name));
            if !known {
                std::fs::remove_file(&path)?;
            }
        }
        for (name, bytes) in &self.files {
            let path = folder.join(name);
            if std::fs::read(&path).ok().as_ref() != Some(bytes) {
                std::fs::write(&path, bytes)
                    .with_context(|| format!("cannot write {}", path.display()))?;
            }
        }
        Ok(())
    }
}

fn hash(bytes: &[u8]) -> String {
    let mut digits = hex(&Sha256::digest(bytes));
    digits.truncate(2 * HASH_IN_NAME);
    digits
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String does not fail");
        text
    })
}

fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let params = brotli::enc::BrotliEncoderParams {
        quality: QUALITY,
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &bytes[..], &mut out, &params)
        .expect("writing to memory does not fail");
    out
}

#[cfg(test)]
mod tests {
    use super::Assets;

    #[test]
    fn a_name_follows_from_the_contents_alone_and_text_is_compressed() {
        let mut assets = Assets::default();
        let name = assets.add("empty", "js", Vec::new());
        assert_eq!(name, "empty-e3b0c44298fc1c14.js");
        let text = assets.add("text", "css", b"a { color: red }\n".repeat(100));
        let names: Vec<_> = assets
            .files
            .keys()
            .map(|path| path.display().to_string())
            .collect();
        assert_eq!(
            names,
            [
                format!("assets/{name}"),
                format!("assets/{text}"),
                format!("assets/{text}.br")
            ]
        );
    }
}
