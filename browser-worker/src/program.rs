//! Makes a program ready to run: checked, guarded, compiled. Once for each module, whatever runs it.

use js_sys::{Uint8Array, WebAssembly};
use shared::memory_guard::{GuardNames, guard};
use shared::module_check::{ModuleRefusal, check_module};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// A program that can be run.
#[derive(Debug, Clone)]
pub struct Program {
    /// The compiled module; it may be posted to workers.
    pub module: JsValue,
    /// Memory that it begins with, pages.
    pub initial_pages: u64,
    /// How its memory is capped.
    pub guard: Option<GuardNames>,
}

/// Why a module cannot be run here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    /// It may not be a program at all.
    #[error(transparent)]
    Refused(#[from] ModuleRefusal),
    /// It may be, but this engine cannot run it.
    #[error("this browser cannot run the module: {0}")]
    Engine(String),
}

impl Program {
    /// Checks, guards and compiles a module.
    ///
    /// # Errors
    /// See [`ProgramError`].
    pub async fn compile(bytes: &[u8]) -> Result<Self, ProgramError> {
        let facts = check_module(bytes)?;
        let guarded =
            guard(bytes, &facts).map_err(|error| ProgramError::Engine(error.to_string()))?;
        Ok(Self {
            module: compile(&guarded.module).await?,
            initial_pages: facts.memory_pages,
            guard: guarded.names,
        })
    }
}

/// Compiles a module away from this thread.
///
/// # Errors
/// [`ProgramError::Engine`]
pub async fn compile(bytes: &[u8]) -> Result<JsValue, ProgramError> {
    let compiled = WebAssembly::compile(&Uint8Array::from(bytes));
    match JsFuture::from(compiled).await {
        Ok(module) => Ok(module),
        Err(error) => Err(ProgramError::Engine(crate::fetch::words(&error))),
    }
}
