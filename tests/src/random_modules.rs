//! Modules that nobody would write, from a seed: each exports `_start`, a function of all number types and globals of all
//! types, and imports nothing.

use sha2::{Digest as _, Sha256};
use shared::module_check::check_module;
use wasm_smith::{Config, MemoryOffsetChoices, Module};

/// Where the random bytes come from; a failure names it with the number of the module.
pub const SEED: &str = "manyhands random modules 1";
/// Most memory that they may have, pages.
pub const MAX_PAGES: u32 = 10;

/// Random bytes for each module.
const BYTES: usize = 4_096;
/// Calls and iterations after which a module traps: few enough for the stack.
const TERMINATION: u32 = 20;

/// What every module exports.
const EXPORTS: &str = r#"(module
    (memory (export "memory") 1 10)
    (func (export "_start"))
    (func (export "f") (param i32 i64 f32 f64) (result i64 f64) unreachable)
    (global (export "g0") (mut i32) (i32.const 0))
    (global (export "g1") (mut i64) (i64.const 0))
    (global (export "g2") (mut f32) (f32.const 0))
    (global (export "g3") (mut f64) (f64.const 0))
    (global (export "g4") (mut v128) (v128.const i64x2 0 0)))"#;

/// A module that imports what the others export, calls it, and lays what it sees where it can be read: no float and no
/// vector has to leave WebAssembly. 16 bytes of results, then the globals.
pub const LOOKER: &str = r#"(module
    (import "guest" "_start" (func $start))
    (import "guest" "f" (func $f (param i32 i64 f32 f64) (result i64 f64)))
    (import "guest" "g0" (global $g0 (mut i32)))
    (import "guest" "g1" (global $g1 (mut i64)))
    (import "guest" "g2" (global $g2 (mut f32)))
    (import "guest" "g3" (global $g3 (mut f64)))
    (import "guest" "g4" (global $g4 (mut v128)))
    (memory (export "seen") 1)
    (func (export "start") (call $start))
    (func (export "f") (local i64 f64)
        (call $f (i32.const 7) (i64.const -1) (f32.const 1.5) (f64.const -0))
        (local.set 1) (local.set 0)
        (i64.store (i32.const 0) (local.get 0))
        (f64.store (i32.const 8) (local.get 1)))
    (func (export "look")
        (i32.store (i32.const 16) (global.get $g0))
        (i64.store (i32.const 24) (global.get $g1))
        (f32.store (i32.const 32) (global.get $g2))
        (f64.store (i32.const 40) (global.get $g3))
        (v128.store (i32.const 48) (global.get $g4))))"#;

/// Bytes of what [`LOOKER`] lays down.
pub const SEEN_BYTES: usize = 64;

/// A module and its number.
#[derive(Debug, Clone)]
pub struct RandomModule {
    /// Its number after the seed.
    pub number: u32,
    /// The module, which may be a program.
    pub bytes: Vec<u8>,
}

/// The modules, without an end.
///
/// # Panics
/// Never: its own text is WebAssembly.
pub fn random_modules() -> impl Iterator<Item = RandomModule> {
    let exports = wat::parse_str(EXPORTS).expect("the exports are WebAssembly");
    (0..).filter_map(move |number| {
        let bytes = random_module(&exports, number)?;
        check_module(&bytes).ok()?;
        Some(RandomModule { number, bytes })
    })
}

fn random_module(exports: &[u8], number: u32) -> Option<Vec<u8>> {
    let bytes = random_bytes(number);
    let mut random = arbitrary::Unstructured::new(&bytes);
    let mut module = Module::new(config(exports.to_vec(), number), &mut random).ok()?;
    module.ensure_termination(TERMINATION).ok()?;
    Some(module.to_bytes())
}

/// Every second module is made so that it traps only when it runs for too long.
fn config(exports: Vec<u8>, number: u32) -> Config {
    Config {
        disallow_traps: number.is_multiple_of(2),
        exports: Some(exports),
        max_imports: 0,
        min_funcs: 4,
        max_funcs: 12,
        max_instructions: 150,
        max_memories: 1,
        allow_start_export: false,
        bulk_memory_enabled: true,
        canonicalize_nans: false,
        exceptions_enabled: false,
        extended_const_enabled: false,
        gc_enabled: false,
        compact_imports_enabled: false,
        relaxed_simd_enabled: false,
        tail_call_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        reference_types_enabled: false,
        // Larger offsets kill wasmi 2.0.0 in the original; the rewriter keeps them away from it.
        memory_offset_choices: MemoryOffsetChoices(1, 0, 0),
        max_tables: 1,
        max_table_elements: 1_000,
        ..Config::default()
    }
}

fn random_bytes(number: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(BYTES);
    for block in 0_u32.. {
        if bytes.len() >= BYTES {
            break;
        }
        let mut hasher = Sha256::new();
        hasher.update(SEED);
        hasher.update(number.to_be_bytes());
        hasher.update(block.to_be_bytes());
        bytes.extend_from_slice(&hasher.finalize());
    }
    bytes
}
