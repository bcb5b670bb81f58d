//! One test for each thing that is refused, by its words.

use super::*;
use proptest::prelude::*;

/// A module with `memory`, an empty `_start` and `more` behind them.
fn module(more: &str) -> Vec<u8> {
    wat(&format!(
        r#"(memory (export "memory") 1) (func (export "_start")) {more}"#
    ))
}

fn wat(fields: &str) -> Vec<u8> {
    wat::parse_str(format!("(module {fields})")).unwrap()
}

fn refusal(bytes: &[u8]) -> String {
    check_module(bytes).unwrap_err().to_string()
}

#[test]
fn a_small_command_is_accepted_with_its_facts() {
    let bytes = wat(
        r#"(import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
           (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
           (memory (export "memory") 2 7) (table 5 funcref)
           (func (export "_start")) (func)
           (@custom "manyhands" "{}")"#,
    );
    let facts = check_module(&bytes).unwrap();
    assert_eq!(
        facts.imports,
        [WasiFunction::FdWrite, WasiFunction::ProcExit]
    );
    assert_eq!((facts.functions, facts.table_elements), (2, 5));
    assert_eq!((facts.memory_pages, facts.memory_max_pages), (2, Some(7)));
    assert_eq!(facts.exports, ["memory", "_start"]);
    assert_eq!(&bytes[facts.manifest.unwrap()], b"{}");
    assert_eq!(facts.size_bytes, bytes.len());
}

#[test]
fn every_feature_on_the_list_is_accepted() {
    check_module(&module(
        r"(global (mut i32) (i32.const 0)) (table 2 funcref) (type $pair (func (result i32 i32)))
          (func (type $pair) i32.const 1 i32.const 2)
          (func (param i32 f32) (result i32)
            local.get 0 i32.extend8_s drop
            local.get 1 i32.trunc_sat_f32_s drop
            i32.const 0 i32.const 0 i32.const 1 memory.copy
            i32.const 0 i32.const 0 i32.const 1 memory.fill
            i32.const 0 ref.null func table.set 0
            i32.const 0 table.get 0 drop
            (v128.const i32x4 1 2 3 4) i32x4.extract_lane 0)",
    ))
    .unwrap();
}

#[test]
fn what_is_not_wasm_is_refused() {
    for bytes in [b"".as_slice(), b"hello", b"(module)", b"\0as"] {
        assert_eq!(check_module(bytes), Err(ModuleRefusal::NotWasm));
    }
    let truncated = module("(func i32.const 1 drop)");
    for len in 4..truncated.len() {
        check_module(&truncated[..len]).unwrap_err();
    }
}

#[test]
fn a_component_is_told_to_become_a_module() {
    let component = wat::parse_str("(component)").unwrap();
    assert_eq!(check_module(&component), Err(ModuleRefusal::Component));
}

#[test]
fn features_off_the_list_are_refused_with_offset_and_advice() {
    for (feature, more) in [
        ("tail calls", "(func return_call 0)"),
        (
            "extended const",
            "(global i32 (i32.add (i32.const 1) (i32.const 2)))",
        ),
        ("externref", "(func (param externref))"),
        ("exceptions", "(tag)"),
        (
            "relaxed",
            "(func v128.const i32x4 1 2 3 4 v128.const i32x4 1 2 3 4 i8x16.relaxed_swizzle drop)",
        ),
        ("atomics", "(func i32.const 0 i32.atomic.load drop)"),
        ("gc", "(type (struct))"),
        ("function references", "(func (param (ref func)))"),
        (
            "wide arithmetic",
            "(func i64.const 1 i64.const 1 i64.mul_wide_s drop drop)",
        ),
    ] {
        let text = refusal(&module(more));
        assert!(text.contains("offset 0x"), "{feature}: {text}");
        assert!(text.contains("build it without"), "{feature}: {text}");
    }
}

#[test]
fn memory64_shared_memories_and_small_pages_are_refused() {
    for memory in ["i64 1", "1 1 shared", "1 (pagesize 1)"] {
        let fields = format!(r#"(memory (export "memory") {memory}) (func (export "_start"))"#);
        let text = refusal(&wat(&fields));
        assert!(text.contains("offset 0x"), "{memory}: {text}");
    }
}

#[test]
fn a_start_function_is_refused() {
    let text = refusal(&module("(start 0)"));
    assert!(
        text.starts_with("it has a start function (at offset 0x"),
        "{text}"
    );
}

#[test]
fn a_second_memory_is_refused() {
    let text = refusal(&module("(memory 1)"));
    assert!(
        text.starts_with("it has 2 memories (at offset 0x"),
        "{text}"
    );
}

#[test]
fn imports_from_elsewhere_are_refused_by_name_and_offset() {
    let bytes = wat(r#"(import "env" "now" (func)) (memory (export "memory") 1)"#);
    let text = refusal(&bytes);
    assert!(
        text.starts_with(r#"it imports "now" from "env" (at offset 0x"#),
        "{text}"
    );
    for import in [
        r#""wasi_snapshot_preview1" "memory" (memory 1)"#,
        r#""wasi_unstable" "fd_write" (func)"#,
    ] {
        let text = refusal(&wat(&format!("(import {import})")));
        assert!(
            text.contains("only functions of wasi_snapshot_preview1"),
            "{text}"
        );
    }
}

#[test]
fn an_unknown_wasi_function_is_refused_by_name() {
    let import = r#"(import "wasi_snapshot_preview1" "fd_teleport" (func))"#;
    let text = refusal(&wat(import));
    assert!(
        text.starts_with(r#"it imports the function "fd_teleport" (at offset 0x"#),
        "{text}"
    );
}

#[test]
fn a_wasi_function_with_another_signature_is_refused_with_both() {
    let text = refusal(&wat(
        r#"(import "wasi_snapshot_preview1" "fd_close" (func (param i64) (result i32)))
           (memory (export "memory") 1) (func (export "_start"))"#,
    ));
    assert!(text.contains("fd_close"), "{text}");
    assert!(text.contains("as (i64) -> (i32), but"), "{text}");
    assert!(text.ends_with("has it as (i32) -> (i32)"), "{text}");
}

#[test]
fn a_hostile_name_is_cut_and_escaped() {
    let name = "\u{1b}[31m".repeat(1000);
    let bytes = wat(&format!(
        r#"(import "{}" "x" (func))"#,
        name.replace('\u{1b}', "\\1b")
    ));
    let text = refusal(&bytes);
    assert!(text.len() < 1500, "{}", text.len());
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn memory_and_start_must_be_exported() {
    for fields in [
        r#"(func (export "_start"))"#,
        r#"(memory 1) (func (export "_start"))"#,
        r#"(memory 1) (func (export "_start")) (func (export "memory"))"#,
    ] {
        let text = refusal(&wat(fields));
        assert!(text.contains("a memory named `memory`"), "{text}");
    }
    for start in [
        "",
        r#"(func (export "_start") (param i32))"#,
        r#"(func (export "_start") (result i32) i32.const 0)"#,
        r#"(global (export "_start") i32 (i32.const 0))"#,
        r#"(func (export "start"))"#,
    ] {
        let text = refusal(&wat(&format!(r#"(memory (export "memory") 1) {start}"#)));
        assert!(text.contains("a function `_start`"), "{start}: {text}");
    }
}

#[test]
fn table_grow_is_refused_at_its_offset() {
    let text = refusal(&module(
        "(table 1 funcref) (func ref.null func i32.const 1 table.grow drop)",
    ));
    assert!(
        text.starts_with("it uses table.grow (at offset 0x"),
        "{text}"
    );
}

#[test]
fn a_module_over_16_mib_is_refused() {
    let mut bytes = module("");
    bytes.resize(MAX_MODULE_BYTES + 1, 0);
    let text = refusal(&bytes);
    assert!(text.contains("16777217, at most 16777216"), "{text}");
}

#[test]
fn more_than_50_000_functions_are_refused() {
    check_module(&module(&"(func)".repeat(49_999))).unwrap();
    let text = refusal(&module(&"(func)".repeat(50_000)));
    assert!(
        text.contains("its functions are 50001, at most 50000"),
        "{text}"
    );
}

#[test]
fn more_than_5_000_locals_are_refused() {
    check_module(&module(&format!("(func (local {}))", "i32 ".repeat(5000)))).unwrap();
    let text = refusal(&module(&format!("(func (local {}))", "i32 ".repeat(5001))));
    assert!(
        text.contains("locals of a function are 5001, at most 5000"),
        "{text}"
    );
}

#[test]
fn more_than_65_520_branch_targets_are_refused() {
    let br_table = |targets| format!("(func i32.const 0 br_table {} 0)", "0 ".repeat(targets));
    check_module(&module(&br_table(65_520))).unwrap();
    let text = refusal(&module(&br_table(65_521)));
    assert!(text.contains("targets of a br_table are 65521"), "{text}");
}

#[test]
fn tables_of_more_than_a_million_elements_together_are_refused() {
    check_module(&module("(table 999999 funcref) (table 1 funcref)")).unwrap();
    let text = refusal(&module("(table 999999 funcref) (table 2 funcref)"));
    assert!(
        text.contains("elements of its tables are 1000001"),
        "{text}"
    );
}

#[test]
fn a_module_made_to_be_slow_to_validate_is_refused() {
    let wide = format!("(type (func (param {0}) (result {0})))", "i32 ".repeat(500));
    let calls = format!("(func (type 0) unreachable {})", "call 2 ".repeat(600_000));
    let fields = format!(r#"{wide} (memory (export "memory") 1) (func (export "_start")) {calls}"#);
    let text = refusal(&wat(&fields));
    assert!(text.contains("widest type"), "{text}");
}

proptest! {
    #[test]
    fn random_changes_to_a_module_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = module(
            "(table 2 funcref) (elem (i32.const 0) func 0) (data (i32.const 0) \"abc\") \
             (func (param i32) (result i32) block (result i32) local.get 0 local.get 0 br_table 0 0 end)",
        );
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = check_module(&bytes);
    }
}

#[test]
fn features_are_told_by_what_is_used() {
    let of = |text: &str| {
        let text =
            format!(r#"(module (memory (export "memory") 1) (func (export "_start")) {text})"#);
        check_module(&wat::parse_str(text).unwrap())
            .unwrap()
            .features
    };
    assert_eq!(of(""), Vec::<&str>::new());
    assert_eq!(
        of(
            "(func (result i32 i32) (i32.extend8_s (i32.const 1)) (i32.const 2))
            (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)))
            (func (result v128) (v128.const i64x2 0 0))
            (func (result i32) (i32.trunc_sat_f32_s (f32.const 0)))
            (func (result funcref) (ref.null func))"
        ),
        [
            "bulk-memory",
            "multi-value",
            "reference-types",
            "saturating float-to-int",
            "sign-extension",
            "simd128",
        ]
    );
}
