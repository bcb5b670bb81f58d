//! A program that is a file: the module, and its manifest from beside it, from within it, or none.

use super::failure::{unreadable, usage};
use anyhow::{Context as _, Result};
use shared::local_program::LocalProgram;
use shared::module_check::MAX_MODULE_BYTES;
use std::path::Path;

/// Whether a program is meant as a file: names have neither dots nor slashes.
pub(super) fn is_module_path(program: &str) -> bool {
    program.contains(['.', '/']) && !program.contains('@')
        || Path::new(program)
            .extension()
            .is_some_and(|extension| extension == "wasm")
}

/// Reads and checks a module with the manifest in `manifest`, if given.
pub(super) fn read_module(path: &Path, manifest: Option<&Path>) -> Result<LocalProgram> {
    let read = |path: &Path| -> Result<Vec<u8>> {
        let size = std::fs::metadata(path)
            .map_err(|error| unreadable(path, &error))?
            .len();
        if size > MAX_MODULE_BYTES as u64 {
            let path = path.display();
            return Err(usage(format!(
                "{path} has {size} bytes; a module has at most {MAX_MODULE_BYTES}"
            )));
        }
        std::fs::read(path).map_err(|error| unreadable(path, &error))
    };
    let module = read(path)?;
    let manifest = manifest.map(read).transpose()?;
    LocalProgram::new(module, manifest).with_context(|| path.display().to_string())
}
