use super::*;
use crate::module_check::check_module;

fn guarded(text: &str) -> Guarded {
    let module = wat::parse_str(text).unwrap();
    let facts = check_module(&module).unwrap();
    guard(&module, &facts).unwrap()
}

#[test]
fn a_module_that_never_grows_stays_as_it_is() {
    let text = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;
    let module = wat::parse_str(text).unwrap();
    let guarded = guarded(text);
    assert_eq!((guarded.module, guarded.names), (module, None));
}

#[test]
fn each_growth_becomes_a_call_and_the_result_is_a_valid_program() {
    let guarded = guarded(
        r#"(module
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory (export "memory") 1 9)
            (func $a (drop (memory.grow (i32.const 1))) (drop (memory.grow (i32.const 2))))
            (func $none (nop))
            (func (export "_start") (call $a) (call $none) (call $exit (memory.grow (i32.const 3))))
            (data (i32.const 8) "kept"))"#,
    );
    let facts = check_module(&guarded.module).unwrap();
    let names = guarded.names.unwrap();
    assert_eq!(facts.functions, 4);
    assert_eq!(
        facts.exports,
        [
            "memory",
            "_start",
            names.cap.as_str(),
            names.refused.as_str()
        ]
    );
    assert_eq!(facts.memory_max_pages, Some(9));
    let grows = Parts::read(&guarded.module).unwrap().grows;
    assert_eq!(grows.len(), 1, "only the injected one is left");
}

#[test]
fn globals_of_the_guest_keep_their_places_and_its_names_are_not_taken() {
    let guarded = guarded(
        r#"(module
            (memory (export "memory") 1)
            (global $mine (mut i64) (i64.const 7))
            (export "manyhands_cap" (global $mine))
            (func (export "_start") (drop (memory.grow (i32.const 1)))))"#,
    );
    check_module(&guarded.module).unwrap();
    assert_eq!(guarded.names.unwrap().cap, "manyhands_cap_");
    assert_eq!(Parts::read(&guarded.module).unwrap().globals, 3);
}

#[test]
fn numbers_are_encoded_as_webassembly_has_them() {
    assert_eq!(leb(0), [0]);
    assert_eq!(leb(624_485), [0xe5, 0x8e, 0x26]);
    assert_eq!(leb_signed(64), [0xc0, 0]);
    assert_eq!(leb_signed(65_536), [0x80, 0x80, 4]);
    assert_eq!(read_leb(&[0xe5, 0x8e, 0x26, 9]), (624_485, [9].as_slice()));
}
