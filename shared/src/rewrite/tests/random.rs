//! Modules that nobody would write: what is rewritten means what it meant.

use super::*;
use sha2::{Digest as _, Sha256};
use wasm_smith::{Config as SmithConfig, MemoryOffsetChoices, Module as RandomModule};

/// Where the random bytes come from; a failure names it with the number of the module.
const SEED: &str = "manyhands random modules 1";
/// Modules that are compared.
const MODULES: u32 = 2_000;
/// Random bytes for each module.
const BYTES: usize = 4_096;
/// Calls and iterations after which a random module traps: few enough for the stack.
const TERMINATION: u32 = 20;
/// What is looked at after a run.
const GLOBALS: [&str; 5] = ["g0", "g1", "g2", "g3", "g4"];

/// Every module exports these.
fn exports() -> Vec<u8> {
    let text = r#"(module
        (memory (export "memory") 1 10)
        (func (export "_start"))
        (func (export "f") (param i32 i64 f32 f64) (result i64 f64) unreachable)
        (global (export "g0") (mut i32) (i32.const 0))
        (global (export "g1") (mut i64) (i64.const 0))
        (global (export "g2") (mut f32) (f32.const 0))
        (global (export "g3") (mut f64) (f64.const 0))
        (global (export "g4") (mut v128) (v128.const i64x2 0 0)))"#;
    wat::parse_str(text).expect("the test's own module is valid")
}

/// Every second module is made so that it traps only when it runs for too long.
fn config(exports: Vec<u8>, number: u32) -> SmithConfig {
    SmithConfig {
        disallow_traps: number.is_multiple_of(2),
        exports: Some(exports),
        max_imports: 0,
        min_funcs: 4,
        max_funcs: 12,
        max_instructions: 150,
        max_memories: 1,
        allow_start_export: false,
        bulk_memory_enabled: true,
        // The bits of a NaN are the very thing that is changed: the original must not show them.
        canonicalize_nans: true,
        exceptions_enabled: false,
        extended_const_enabled: false,
        gc_enabled: false,
        compact_imports_enabled: false,
        relaxed_simd_enabled: false,
        tail_call_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        reference_types_enabled: false,
        // Larger offsets kill wasmi 2.0.0 in the original (`emit` keeps them away from it).
        memory_offset_choices: MemoryOffsetChoices(1, 0, 0),
        max_tables: 1,
        max_table_elements: 1_000,
        ..SmithConfig::default()
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

/// What a run leaves behind, as lines.
fn trace(mut run: Run) -> Vec<String> {
    let mut lines = Vec::new();
    let args = [
        Val::I32(7),
        Val::I64(-1),
        Val::F32(1.5.into()),
        Val::F64((-0.0).into()),
    ];
    for (name, args) in [("_start", &[][..]), ("f", &args)] {
        let results = run.call(name, args);
        lines.push(format!("{name}: {results:?}"));
        if results.is_none() {
            break; // after a trap nothing counts
        }
    }
    for name in GLOBALS {
        let global = run.instance.get_global(&run.store, name);
        let value = global.expect("it is exported").get(&run.store);
        lines.push(format!("{name} = {value:?}"));
    }
    let memory = run.instance.get_memory(&run.store, "memory");
    let data = memory.expect("it is exported").data(&run.store);
    lines.push(format!("{} bytes, {:x?}", data.len(), Sha256::digest(data)));
    lines
}

#[test]
fn random_modules_mean_the_same_when_they_are_rewritten() {
    let exports = exports();
    let (mut compared, mut trapped) = (0, 0);
    for number in 0.. {
        if compared == MODULES {
            break;
        }
        assert!(
            number < 4 * MODULES,
            "{compared} of {number} could be compared"
        );
        let bytes = random_bytes(number);
        let mut random = arbitrary::Unstructured::new(&bytes);
        let Ok(mut module) = RandomModule::new(config(exports.clone(), number), &mut random) else {
            continue;
        };
        module
            .ensure_termination(TERMINATION)
            .expect("all bodies were generated");
        let original = module.to_bytes();
        if check_module(&original).is_err() {
            continue;
        }
        let Some(before) = Run::try_original(&original) else {
            continue; // a segment does not fit
        };
        let before = trace(before);
        let mut after = Run::rewritten(&original);
        after.set("cap", Val::I32(10));
        // Growing by billions of pages costs what it asks for, and this is not about fuel.
        after.set_fuel(1 << 60);
        let after = trace(after);
        assert_eq!(before, after, "module {number} of {SEED}");
        compared += 1;
        trapped += u32::from(before.iter().any(|line| line.ends_with("None")));
    }
    assert!(
        trapped < MODULES * 8 / 10,
        "{trapped} of {MODULES} only trap"
    );
}
