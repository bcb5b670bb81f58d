//! Runs guests with wasmi: the native volunteer's engine, and that of `program run` and the tests.
//!
//! What a guest sees is `shared::wasi`; here are the engine's settings, the limits and how an end becomes an outcome.

mod host;
mod run;
mod watch;

#[cfg(test)]
mod tests;

pub use run::{RunEnd, RunSpec};

use host::World;
use shared::rewrite::{NotRunnable, Runnable};
use std::sync::Arc;
use wasmi::{CompilationMode, Config, Linker, Module};

/// What volunteers say they run guests with.
pub const ENGINE_NAME: &str = "wasmi 2.0";

/// Deepest nesting of calls; well above the 4,096 frames of the stack budget (GUEST.md section 3), below what the
/// host could not hold.
const MAX_CALL_DEPTH: usize = 8_192;
/// Most bytes of wasmi's own value stack.
const MAX_STACK_BYTES: usize = 8 << 20;
/// Stacks that each program keeps for its next runs.
const CACHED_STACKS: usize = 2;

/// Why a module cannot be run here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GuestError {
    /// It may not be a program at all, or is not rewritten.
    #[error(transparent)]
    Refused(#[from] NotRunnable),
    /// It may be, but this engine cannot run it.
    #[error("wasmi cannot run this module: {0}")]
    Engine(String),
}

/// The engine's settings; cheap to clone, and shared by all threads that run guests.
#[derive(Debug, Clone)]
pub struct Engine {
    config: Config,
}

/// A module that is ready to run, as often and on as many threads as wanted.
///
/// Each has an engine of its own: one of wasmi keeps the code of every module that it ever saw.
#[derive(Clone)]
pub struct CompiledProgram {
    engine: wasmi::Engine,
    linker: Arc<Linker<World>>,
    module: Module,
    runnable: Arc<Runnable>,
}

impl std::fmt::Debug for CompiledProgram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("CompiledProgram")
            .field(&self.runnable)
            .finish()
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

impl Engine {
    /// An engine with exactly the features of GUEST.md section 2.
    #[must_use]
    pub fn new() -> Self {
        Self { config: config() }
    }

    /// Checks and translates a rewritten module, all of it at once: a module that cannot be run fails here and not in
    /// a task.
    ///
    /// # Errors
    /// See [`GuestError`].
    pub fn compile(&self, bytes: &[u8]) -> Result<CompiledProgram, GuestError> {
        let runnable = Arc::new(Runnable::read(bytes)?);
        let engine = wasmi::Engine::new(&self.config);
        let module =
            Module::new(&engine, bytes).map_err(|error| GuestError::Engine(error.to_string()))?;
        Ok(CompiledProgram {
            linker: Arc::new(host::linker(&engine)),
            engine,
            module,
            runnable,
        })
    }
}

fn config() -> Config {
    let mut config = Config::default();
    config
        .wasm_mutable_global(true)
        .wasm_sign_extension(true)
        .wasm_saturating_float_to_int(true)
        .wasm_bulk_memory(true)
        .wasm_multi_value(true)
        .wasm_reference_types(true)
        .wasm_simd(true)
        .wasm_relaxed_simd(false)
        .wasm_tail_call(false)
        .wasm_extended_const(false)
        .wasm_multi_memory(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false)
        .allow_start_fn(false)
        .ignore_custom_sections(true)
        .compilation_mode(CompilationMode::Eager)
        .set_max_recursion_depth(MAX_CALL_DEPTH)
        .set_max_stack_height(MAX_STACK_BYTES)
        .set_max_cached_stacks(CACHED_STACKS)
        // Only as a watchdog: programs count their own fuel.
        .consume_fuel(true);
    config
}
