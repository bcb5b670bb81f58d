//! Modules made to be slow to rewrite or to become huge: they are rewritten or refused in time that their size bounds. Each
//! would take hours if that were not so.

use super::*;
use crate::module_check::{MAX_FUNCTIONS, MAX_LOCALS};
use wasm_encoder::{
    BlockType, CodeSection, ExportKind, Function, FunctionSection, Instruction as I, MemArg,
    MemArgTarget, MemorySection, MemoryType, Module, TypeSection,
};

/// A module whose only functions are `_start` and these.
fn with(functions: impl IntoIterator<Item = Function>) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let (mut own, mut code) = (FunctionSection::new(), CodeSection::new());
    let mut start = Function::new([]);
    start.instruction(&I::End);
    for function in std::iter::once(start).chain(functions) {
        own.function(0);
        code.function(&function);
    }
    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, 0);
    exports.export("_start", ExportKind::Func, 0);
    let mut module = Module::new();
    module
        .section(&types)
        .section(&own)
        .section(&a_page())
        .section(&exports)
        .section(&code);
    module.finish()
}

/// A memory of one page.
fn a_page() -> MemorySection {
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: 1,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    memories
}

/// A function of these instructions, again and again.
fn repeated(locals: &[(u32, ValType)], times: usize, instructions: &[I<'_>]) -> Function {
    let mut function = Function::new(locals.iter().copied());
    for _ in 0..times {
        for instruction in instructions {
            function.instruction(instruction);
        }
    }
    function.instruction(&I::End);
    function
}

/// A function that opens so many blocks, does this inside of all of them, and closes them.
fn nested(depth: usize, open: &I<'_>, times: usize, inside: &[I<'_>]) -> Function {
    let mut function = Function::new([(1, ValType::F64)]);
    for _ in 0..depth {
        function.instruction(open);
    }
    for _ in 0..times {
        for instruction in inside {
            function.instruction(instruction);
        }
    }
    for _ in 0..depth {
        function.instruction(&I::End);
    }
    function.instruction(&I::End);
    function
}

/// How much longer a module became, or that it became too long.
fn growth(module: &[u8]) -> Option<f64> {
    match rewrite(module) {
        #[expect(clippy::cast_precision_loss, reason = "a ratio")]
        Ok(rewritten) => Some(rewritten.module.len() as f64 / module.len() as f64),
        Err(RewriteError::TooLarge { found }) => {
            assert!(found < 40 * module.len(), "it became {found} bytes");
            None
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn blocks_and_loops_nested_very_deep_with_calls_and_instructions_inside() {
    const DEEP: usize = 700_000;
    let block = I::Block(BlockType::Empty);
    let endless = I::Loop(BlockType::Empty);
    for (open, inside) in [
        (&block, &[I::Nop][..]),
        (&block, &[I::Call(0)]),
        (&block, &[I::LocalGet(0), I::F64Sqrt, I::LocalSet(0)]),
        (&endless, &[I::Nop]),
        (&endless, &[I::Call(0)]),
        (&endless, &[I::Br(0), I::Unreachable]),
    ] {
        let _ = growth(&with([nested(DEEP, open, DEEP, inside)]));
    }
}

#[test]
fn what_becomes_much_longer_is_refused_as_too_large() {
    let charged = [
        I::Loop(BlockType::Empty),
        I::I32Const(0),
        I::BrIf(0),
        I::End,
    ];
    let seen = [
        I::F64Const(0.0.into()),
        I::F64Sqrt,
        I::I64ReinterpretF64,
        I::Drop,
    ];
    let vectors = [
        I::I32Const(0),
        I::LocalGet(0),
        I::F32x4Sqrt,
        I::V128Store(MemArg {
            offset: 0,
            align: 0,
            target: MemArgTarget::default(),
            ordering: None,
        }),
    ];
    for (locals, instructions) in [
        (&[][..], &charged[..]),
        (&[], &seen),
        (&[(1, ValType::V128)], &vectors),
    ] {
        let few = growth(&with([repeated(locals, 1_000, instructions)]));
        assert!(few.is_some_and(|growth| growth < 40.0), "{few:?}");
        let size = with([repeated(locals, 1_000, instructions)]).len() / 1_000;
        // No function may have more than 7 MB.
        let function = repeated(locals, (5 << 20) / size, instructions);
        let many = with([function.clone(), function.clone(), function]);
        assert!(many.len() > 10 << 20);
        assert_eq!(growth(&many), None, "it is more than 16 MiB then");
    }
}

#[test]
fn as_many_functions_with_as_many_locals_as_there_may_be() {
    let locals = u32::try_from(MAX_LOCALS).expect("a few thousand");
    for ty in [ValType::I32, ValType::F64, ValType::V128] {
        let functions = (1..MAX_FUNCTIONS).map(|_| repeated(&[(locals, ty)], 1, &[I::Call(0)]));
        assert!(growth(&with(functions)).is_some());
    }
    // A float that goes through all locals, one after the other, and round again.
    let through =
        (0..locals).flat_map(|local| [I::LocalGet((local + 1) % locals), I::LocalSet(local)]);
    let begin = [I::F64Const(0.0.into()), I::F64Sqrt, I::LocalSet(0)];
    let chain: Vec<_> = begin.into_iter().chain(through).collect();
    let functions = (0..10).map(|_| repeated(&[(locals, ValType::F64)], 10, &chain));
    let _ = growth(&with(functions));
}

#[test]
fn functions_too_many_and_br_tables_too_long_are_refused_before_they_are_rewritten() {
    let functions = (0..100_000).map(|_| repeated(&[], 0, &[]));
    let error = rewrite(&with(functions)).unwrap_err();
    assert!(
        error.to_string().contains("its functions are 100001"),
        "{error}"
    );
    // With 10 MB it is too long for a function already.
    for (targets, what) in [(7 << 20, "br_table"), (10 << 20, "function body size")] {
        let table = I::BrTable(vec![0; targets].into(), 0);
        let error = rewrite(&with([repeated(&[], 1, &[I::I32Const(0), table])])).unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
    }
}

#[test]
fn names_of_counters_are_guessed_five_thousand_times() {
    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, 0);
    exports.export("_start", ExportKind::Func, 0);
    let mut name = "manyhands_fuel".to_owned();
    for _ in 0..5_000 {
        exports.export(&name, ExportKind::Func, 0);
        name.push('_');
    }
    let (mut types, mut functions, mut code) = (
        TypeSection::new(),
        FunctionSection::new(),
        CodeSection::new(),
    );
    types.ty().function([], []);
    functions.function(0);
    code.function(&repeated(&[], 0, &[]));
    let mut module = Module::new();
    module
        .section(&types)
        .section(&functions)
        .section(&a_page())
        .section(&exports)
        .section(&code);
    let rewritten = rewrite(&module.finish()).expect("it may be a program");
    let runnable = Runnable::read(&rewritten.module).expect("it can be run");
    assert_eq!(runnable.names.fuel, name, "the first that was free");
}

#[test]
fn a_program_that_guesses_what_will_be_injected_behind_its_own_is_refused() {
    for (guess, what) in [
        ("(func (call 2))", "function"),
        ("(func (call 4))", "function"),
        ("(func (global.set 0 (i64.const 99)))", "global"),
        ("(func (global.set 2 (i32.const 99)))", "global"),
        ("(table 1 funcref) (elem (i32.const 0) 5)", "function"),
        ("(func (drop (ref.func 3)))", "function"),
        (r#"(export "manyhands_fuel" (global 0))"#, "global"),
    ] {
        let text =
            format!(r#"(module (memory (export "memory") 1) (func (export "_start")) {guess})"#);
        let error = rewrite(&wat::parse_str(&text).expect("it is text of a module"));
        let error = error.expect_err(guess).to_string();
        assert!(
            error.contains(what) && error.contains("offset"),
            "{guess}: {error}"
        );
    }
    for import in ["env", "js", "manyhands"] {
        let text = format!(
            r#"(module (import "{import}" "manyhands_fuel" (global (mut i64)))
                (memory (export "memory") 1) (func (export "_start")))"#
        );
        let error = rewrite(&wat::parse_str(&text).expect("it is text of a module"));
        let error = error.expect_err(import).to_string();
        assert!(error.contains(import), "{error}");
    }
}
