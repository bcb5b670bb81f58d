//! The web UI: built to wasm, bound by wasm-bindgen, named by its contents, compressed, and put where the coordinator
//! embeds it.

use crate::cargo;
use anyhow::{Context as _, Result};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use wasm_bindgen_cli_support::Bindgen;

/// Files smaller than this are not worth compressing, bytes.
const COMPRESS_FROM: usize = 1024;

/// Builds the web UI into `coordinator/embedded/web`; writes only what has changed, so that the coordinator is not
/// compiled again for nothing.
///
/// # Errors
/// When it does not compile, or a file cannot be written.
pub(crate) fn build() -> Result<()> {
    let root = cargo::workspace();
    cargo::run(&[
        "build",
        "--locked",
        "--package",
        "web-ui",
        "--target",
        "wasm32-unknown-unknown",
        "--profile",
        "wasm",
    ])?;
    let target = cargo::Metadata::read()?.target_directory()?;
    let wasm = target.join("wasm32-unknown-unknown/wasm/web_ui.wasm");
    let mut bound = Bindgen::new()
        .input_path(&wasm)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .generate_output()
        .with_context(|| format!("cannot bind {}", wasm.display()))?;

    let folder = root.join("web-ui/static");
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let mut assets = Assets::default();
    let icon = assets.add("icon", "svg", read("icon.svg")?);
    let style = assets.add("style", "css", read("style.css")?);
    let module = assets.add("web-ui", "wasm", bound.wasm_mut().emit_wasm());
    let glue = assets.add("web-ui", "js", bound.js().as_bytes().to_vec());
    let start = format!(
        "import start from './{glue}';\nstart({{ module_or_path: new URL('./{module}', import.meta.url) }});\n"
    );
    let start = assets.add("start", "js", start.into_bytes());
    let page = String::from_utf8(read("index.html")?).context("index.html is UTF-8")?;
    let page = page
        .replace("{{icon}}", &icon)
        .replace("{{style}}", &style)
        .replace("{{start}}", &start);

    let embedded = root.join("coordinator/embedded/web");
    assets
        .files
        .insert(PathBuf::from("index.html"), page.into_bytes());
    assets.write(&embedded)
}

/// Files under their immutable names.
#[derive(Default)]
struct Assets {
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Assets {
    /// Adds a file, and its compressed form when that is smaller; answers with its name.
    fn add(&mut self, stem: &str, ending: &str, bytes: Vec<u8>) -> String {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let name = format!("{stem}-{:016x}.{ending}", hasher.finish());
        if bytes.len() >= COMPRESS_FROM {
            let compressed = compress(&bytes);
            if compressed.len() < bytes.len() {
                self.files
                    .insert(Path::new("assets").join(format!("{name}.br")), compressed);
            }
        }
        self.files.insert(Path::new("assets").join(&name), bytes);
        name
    }

    /// Makes `folder` hold exactly these files.
    fn write(&self, folder: &Path) -> Result<()> {
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

fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let params = brotli::enc::BrotliEncoderParams {
        quality: 11,
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &bytes[..], &mut out, &params)
        .expect("writing to memory does not fail");
    out
}
