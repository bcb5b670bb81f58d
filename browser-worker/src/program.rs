//! Makes a program ready to run: checked, guarded, compiled. Once for each module, whatever runs it.

use crate::checker_worker::check;
use js_sys::{Uint8Array, WebAssembly};
use shared::memory_guard::GuardNames;
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
    #[error("{0}")]
    Refused(String),
    /// It may be, but this engine cannot run it.
    #[error("this browser cannot run the module: {0}")]
    Engine(String),
    /// The checker's files did not load; they may a little later.
    #[error("the files that check a module did not load")]
    NotLoaded,
    /// It could not be checked.
    #[error("this browser could not check the module")]
    Checker,
}

impl Program {
    /// Checks, guards and compiles a module.
    ///
    /// # Errors
    /// See [`ProgramError`].
    pub async fn compile(bytes: &[u8]) -> Result<Self, ProgramError> {
        let (checked, guarded) = check(bytes).await?;
        Ok(Self {
            module: compile(&guarded).await?,
            initial_pages: checked.initial_pages,
            guard: checked.guard,
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
