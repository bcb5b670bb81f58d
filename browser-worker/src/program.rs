//! Makes a program ready to run: checked and compiled. Once for each module, whatever runs it.

use crate::checker_worker::check;
use js_sys::{Uint8Array, WebAssembly};
use shared::rewrite::Runnable;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// A program that can be run.
#[derive(Debug, Clone)]
pub struct Program {
    /// The compiled module; it may be posted to workers.
    pub module: JsValue,
    /// What must be known to run it.
    pub runnable: Runnable,
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
    /// Checks and compiles a rewritten module.
    ///
    /// # Errors
    /// See [`ProgramError`].
    pub async fn compile(bytes: &[u8]) -> Result<Self, ProgramError> {
        let runnable = check(bytes).await?;
        Ok(Self {
            module: compile(bytes).await?,
            runnable,
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
