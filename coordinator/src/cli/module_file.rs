//! A program that is at hand: a file, with its manifest from beside it, from within it, or none; or one that the binary
//! carries.

use super::failure::{Exit, unreadable, usage, with_exit};
use crate::builtin;
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

/// The program of that name that this binary carries.
pub(super) fn built_in_program(name: &str) -> Result<LocalProgram> {
    let Some(found) = builtin::built_in(name) else {
        let known: Vec<_> = builtin::built_ins()
            .into_iter()
            .map(|program| program.name)
            .collect();
        let hint = if known.is_empty() {
            builtin::MISSING.to_owned()
        } else {
            format!("built in are: {}; or give a .wasm file", known.join(", "))
        };
        return Err(with_exit(
            Exit::NotFound,
            format!("there is no built-in program {name:?}; {hint}"),
        ));
    };
    Ok(LocalProgram::new(
        found.module.into_owned(),
        Some(found.manifest.into_owned()),
    )?)
}
