//! Programs run before and after: they mean the same, and what is counted is what was said.

mod hostile;

use super::*;
use wasmi::{Config, Engine, Instance, Linker, Store, Val};

/// More than any test uses.
const PLENTY: i64 = 1_000_000_000;

/// A module with a memory of a page, `_start`, and this.
fn module(rest: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
            (memory (export "memory") 1)
            (func (export "_start"))
            {rest})"#
    );
    wat::parse_str(text).expect("the test's own module is valid")
}

fn rewritten(original: &[u8]) -> Rewritten {
    rewrite(original).expect("it can be rewritten")
}

/// A running module.
struct Run {
    store: Store<u32>,
    instance: Instance,
    names: Option<InjectedNames>,
}

impl Run {
    fn original(module: &[u8]) -> Self {
        Self::of(module, None)
    }

    fn rewritten(module: &[u8]) -> Self {
        let module = rewritten(module).module;
        let names = Runnable::read(&module).expect("it can be run").names;
        let mut run = Self::of(&module, Some(names));
        run.set_fuel(PLENTY);
        run.set("cap", Val::I32(16));
        run
    }

    fn of(module: &[u8], names: Option<InjectedNames>) -> Self {
        let mut config = Config::default();
        config.set_max_recursion_depth(8_192);
        let engine = Engine::new(&config);
        let module = wasmi::Module::new(&engine, module).expect("wasmi takes it");
        let mut store = Store::new(&engine, 0);
        let mut linker = Linker::new(&engine);
        linker
            .func_wrap(
                "wasi_snapshot_preview1",
                "sched_yield",
                |mut caller: wasmi::Caller<'_, u32>| {
                    *caller.data_mut() += 1;
                    0_i32
                },
            )
            .expect("a new name");
        let instance = linker
            .instantiate_and_start(&mut store, &module)
            .expect("it can be instantiated");
        Self {
            store,
            instance,
            names,
        }
    }

    /// Calls an exported function; none when it traps.
    fn call(&mut self, name: &str, args: &[Val]) -> Option<Vec<Val>> {
        let function = self
            .instance
            .get_func(&self.store, name)
            .expect("it is exported");
        let results = function.ty(&self.store).results().len();
        let mut results = vec![Val::I32(0); results];
        function.call(&mut self.store, args, &mut results).ok()?;
        Some(results)
    }

    fn global(&self, which: &str) -> wasmi::Global {
        let names = self.names.as_ref().expect("it was rewritten");
        let name = match which {
            "fuel" => &names.fuel,
            "cap" => &names.cap,
            _ => &names.flag,
        };
        let found = self.instance.get_global(&self.store, name);
        found.expect("it is exported")
    }

    fn set(&mut self, which: &str, value: Val) {
        let global = self.global(which);
        global.set(&mut self.store, value).expect("it can be set");
    }

    fn set_fuel(&mut self, fuel: i64) {
        self.set("fuel", Val::I64(fuel));
    }

    fn fuel(&self) -> i64 {
        self.global("fuel").get(&self.store).i64().expect("an i64")
    }

    fn flag(&self) -> i32 {
        self.global("flag").get(&self.store).i32().expect("an i32")
    }

    /// What a call used up.
    fn used(&mut self, name: &str, args: &[Val]) -> i64 {
        self.set_fuel(PLENTY);
        self.call(name, args).expect("it does not trap");
        PLENTY - self.fuel()
    }
}

/// What both forms answer, as bits.
fn both(rest: &str, args: &[Val]) -> [Option<Vec<String>>; 2] {
    let module = module(rest);
    [Run::original(&module), Run::rewritten(&module)].map(|mut run| {
        let results = run.call("f", args)?;
        Some(results.iter().map(|value| format!("{value:?}")).collect())
    })
}

fn assert_same(rest: &str, args: &[Val]) {
    let [before, after] = both(rest, args);
    assert!(before.is_some(), "it traps: {rest}");
    assert_eq!(before, after, "{rest}");
}

#[test]
fn a_function_costs_its_instructions_outside_of_loops_once_and_those_of_a_loop_each_time() {
    let mut run = Run::rewritten(&module(
        r#"(func (export "f") (param i32)
            (loop $more
                (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
                (br_if $more (local.get 0))))
        (func (export "tiny") (result i32) (i32.add (i32.const 1) (i32.const 2)))
        (func (export "twice") (param i32)
            (loop $outer
                (drop (i32.const 5))
                (loop $inner (nop))
                (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
                (br_if $outer (local.get 0))))"#,
    ));
    assert_eq!(run.used("f", &[Val::I32(1)]), 6);
    assert_eq!(run.used("f", &[Val::I32(10)]), 60);
    assert_eq!(run.used("tiny", &[]), 3);
    assert_eq!(run.used("twice", &[Val::I32(3)]), 24);
}

#[test]
fn calls_are_counted_through_whatever_way_they_take() {
    let text = r#"(type $none (func))
        (table 2 funcref) (elem (i32.const 0) $leaf $yield2)
        (type $get (func (result i32)))
        (func $leaf (result i32) (i32.const 1))
        (func $yield2 (result i32) (call $yield))
        (func (export "direct") (drop (call $leaf)))
        (func (export "indirect") (param i32) (drop (call_indirect (type $get) (local.get 0))))
        (func (export "host") (drop (call $yield)))
        (func (export "loop") (param i32)
            (loop $more
                (drop (call $leaf))
                (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
                (br_if $more (local.get 0))))"#;
    let mut run = Run::rewritten(&module(text));
    assert_eq!(run.used("direct", &[]), 2 + 1);
    assert_eq!(run.used("indirect", &[Val::I32(0)]), 3 + 1);
    assert_eq!(run.used("indirect", &[Val::I32(1)]), 3 + 1 + 100);
    assert_eq!(run.used("host", &[]), 2 + 100);
    assert_eq!(run.used("loop", &[Val::I32(7)]), 7 * (8 + 1));
    assert_eq!(*run.store.data(), 2, "the host was called twice");
}

#[test]
fn a_run_ends_when_the_fuel_does_and_the_host_is_not_called_any_more() {
    let module = module(
        r#"(func (export "endless") (loop $more (br $more)))
        (func $deep (export "deep") (call $deep))
        (func (export "host") (drop (call $yield)))"#,
    );
    for name in ["endless", "deep"] {
        let mut run = Run::rewritten(&module);
        run.set_fuel(1_000);
        assert!(run.call(name, &[]).is_none(), "{name}");
        assert_eq!(run.flag(), FLAG_OUT_OF_FUEL, "{name}");
    }
    for (fuel, is_called) in [(101, false), (102, true)] {
        let mut run = Run::rewritten(&module);
        run.set_fuel(fuel);
        assert_eq!(run.call("host", &[]).is_some(), is_called);
        assert_eq!(*run.store.data(), u32::from(is_called), "with {fuel}");
    }
}

#[test]
fn recursion_fails_at_a_depth_that_the_frames_decide_and_gives_back_what_it_took() {
    let depth = |locals: &str| {
        let text = format!(
            r#"(global $depth (mut i32) (i32.const 0))
            (func $deep (export "deep") {locals} (global.set $depth (i32.add (global.get $depth) (i32.const 1))) (call $deep))
            (func $to (export "to") (param i32) {locals}
                (if (local.get 0) (then (call $to (i32.sub (local.get 0) (i32.const 1))))))
            (func (export "depth") (result i32) (global.get $depth))"#
        );
        let mut run = Run::rewritten(&module(&text));
        assert!(run.call("deep", &[]).is_none());
        assert_eq!(run.flag(), FLAG_NOTHING, "the stack is no matter of fuel");
        let depth = run.call("depth", &[]).expect("a getter");
        let mut again = Run::rewritten(&module(&text));
        for _ in 0..3 {
            assert!(
                again.call("to", &[Val::I32(100)]).is_some(),
                "what was taken was given back"
            );
        }
        format!("{depth:?}")
    };
    // 8 words and 2 operands.
    assert_eq!(depth(""), format!("{:?}", [Val::I32(32_768 / 10)]));
    assert_eq!(
        depth("(local i64 i64 f64)"),
        format!("{:?}", [Val::I32(32_768 / 13)])
    );
}

#[test]
fn growing_obeys_the_cap_and_costs_what_it_asks_for() {
    let mut run = Run::rewritten(&module(
        r#"(func (export "f") (param i32) (result i32) (memory.grow (local.get 0)))"#,
    ));
    let grow =
        |run: &mut Run, pages| format!("{:?}", run.call("f", &[Val::I32(pages)]).expect("no trap"));
    let is = |pages| format!("{:?}", [Val::I32(pages)]);
    assert_eq!(grow(&mut run, 0), is(1));
    assert_eq!(grow(&mut run, 15), is(1));
    assert_eq!((grow(&mut run, 0), run.flag()), (is(16), FLAG_NOTHING));
    assert_eq!((grow(&mut run, 1), run.flag()), (is(-1), FLAG_GROW_REFUSED));
    run.set("flag", Val::I32(FLAG_NOTHING));
    assert_eq!(
        (grow(&mut run, 65_000), run.flag()),
        (is(-1), FLAG_GROW_REFUSED),
        "more than any memory may have is more than the cap, too"
    );
    assert_eq!(run.used("f", &[Val::I32(3)]), 2 + 3 * 1024);
}

#[test]
fn a_program_that_declares_less_than_the_cap_itself_is_told_no_as_it_expects() {
    let text = r#"(module (memory (export "memory") 1 3) (func (export "_start"))
        (func (export "f") (param i32) (result i32) (memory.grow (local.get 0))))"#;
    let mut run = Run::rewritten(&wat::parse_str(text).expect("valid"));
    let mut grow = |pages| format!("{:?}", run.call("f", &[Val::I32(pages)]).expect("no trap"));
    assert_eq!(grow(3), format!("{:?}", [Val::I32(-1)]));
    assert_eq!(grow(2), format!("{:?}", [Val::I32(1)]));
    assert_eq!(run.flag(), FLAG_NOTHING);
}

#[test]
fn bulk_operators_cost_what_they_move() {
    let mut run = Run::rewritten(&module(
        r#"(func (export "f") (param i32) (memory.fill (i32.const 0) (i32.const 7) (local.get 0)))
        (func (export "loop") (param i32)
            (loop (memory.copy (i32.const 0) (i32.const 9) (local.get 0))))"#,
    ));
    assert_eq!(run.used("f", &[Val::I32(0)]), 4);
    assert_eq!(run.used("f", &[Val::I32(15)]), 4);
    assert_eq!(run.used("f", &[Val::I32(1_600)]), 4 + 100);
    assert_eq!(run.used("loop", &[Val::I32(320)]), 4 + 20);
    run.set_fuel(50);
    assert!(
        run.call("f", &[Val::I32(1_600)]).is_none(),
        "not enough for it"
    );
}

#[test]
fn every_way_out_of_a_function_gives_the_same_values() {
    for (body, results) in [
        ("(return (i32.const 4))", "i32"),
        ("(block (br 1 (i32.const 4))) (i32.const 5)", "i32"),
        ("(loop (br 1 (i32.const 4))) (i32.const 5)", "i32"),
        ("(br_table 0 1 0 (i32.const 4) (i32.const 1)) ", "i32"),
        (
            "(if (result i32) (i32.const 1) (then (return (i32.const 4))) (else (i32.const 6)))",
            "i32",
        ),
        (
            "(i32.const 1) (i64.const 2) (br_if 0 (i32.const 1))",
            "i32 i64",
        ),
        (
            "(return (i32.const 1) (f64.const 2) (i64.const 3))",
            "i32 f64 i64",
        ),
        (
            "(loop (result i32 i32) (drop (call $yield)) (i32.const 1) (i32.const 2))",
            "i32 i32",
        ),
        (
            "(loop $l (br_if $l (call $yield))) (loop) (i32.const 9)",
            "i32",
        ),
    ] {
        // `br_table` names the block around it, too.
        let body = if body.starts_with("(br_table") {
            format!("(block (result i32) {body})")
        } else {
            body.to_owned()
        };
        assert_same(
            &format!(r#"(func (export "f") (result {results}) {body})"#),
            &[],
        );
        assert_same(
            &format!(
                r#"(func $g (result {results}) {body}) (func (export "f") (result {results}) (call $g))"#
            ),
            &[],
        );
    }
}

#[test]
fn a_nan_of_an_operator_has_the_canonical_bits_where_somebody_can_see_them() {
    let odd32 = Val::F32(wasmi::F32::from_bits(0xffa0_0001));
    let odd64 = Val::F64(wasmi::F64::from_bits(0xfff4_0000_0000_0001));
    for (ty, odd, bits, width) in [
        ("f32", &odd32, "2143289344", "i32"),
        ("f64", &odd64, "9221120237041090560", "i64"),
    ] {
        let seen = |expression: &str| {
            let text = format!(
                r#"(func (export "f") (param {ty}) (result {width}) ({width}.reinterpret_{ty} {expression}))"#
            );
            let [_, after] = both(&text, std::slice::from_ref(odd));
            after.expect("no trap").concat()
        };
        let x = "(local.get 0)";
        for operator in ["add", "sub", "mul", "div", "min", "max"] {
            let canonical = seen(&format!("({ty}.{operator} {x} {x})"));
            assert!(canonical.contains(bits), "{ty}.{operator}: {canonical}");
        }
        for operator in ["sqrt", "ceil", "floor", "trunc", "nearest"] {
            let canonical = seen(&format!("({ty}.{operator} {x})"));
            assert!(canonical.contains(bits), "{ty}.{operator}: {canonical}");
        }
        let through_chain = seen(&format!("({ty}.add ({ty}.mul {x} {x}) ({ty}.const 1))"));
        assert!(through_chain.contains(bits), "{through_chain}");
        // What was given is not touched.
        let given = seen(x);
        assert!(!given.contains(bits), "{given}");
    }
}

#[test]
fn a_nan_in_a_local_is_canonical_where_somebody_can_see_it_and_what_was_given_keeps_its_bits() {
    let odd = Val::F64(wasmi::F64::from_bits(0xfff4_0000_0000_0001));
    let made = "(f64.add (local.get 0) (local.get 1))";
    let seen = |local| format!("(i64.reinterpret_f64 (local.get {local}))");
    let (one, other) = (seen(1), seen(2));
    for (body, is_canonical) in [
        // Only results are put in, and they are seen behind the loop.
        (
            format!(
                "(loop $more (local.set 1 {made})
                (br_if $more (i32.lt_u (local.tee 3 (i32.add (local.get 3) (i32.const 1))) (i32.const 3)))) {one}"
            ),
            true,
        ),
        (
            format!("(local.set 1 {made}) (local.set 2 (local.get 1)) {other}"),
            true,
        ),
        (
            format!("(local.set 2 (local.tee 1 {made})) (local.set 1 (local.get 0)) {other}"),
            true,
        ),
        // Once a result and once what was given.
        (
            format!("(local.set 1 {made}) (local.set 1 (local.get 0)) {one}"),
            false,
        ),
        (
            format!("(local.set 1 {made}) (local.set 2 (local.get 1)) (local.set 1 (local.get 0)) (local.set 2 (local.get 1)) {other}"),
            false,
        ),
    ] {
        let text = format!(
            r#"(func (export "f") (param f64) (result i64) (local f64 f64 i32) {body})"#
        );
        let [_, after] = both(&text, std::slice::from_ref(&odd));
        let after = after.expect("no trap").concat();
        assert_eq!(after.contains("9221120237041090560"), is_canonical, "{body}: {after}");
    }
}

#[test]
fn a_program_cannot_name_what_is_added_and_keeps_its_own_exports() {
    let module = module(r#"(global (export "manyhands_fuel") i32 (i32.const 7))"#);
    let rewritten = rewritten(&module);
    let runnable = Runnable::read(&rewritten.module).expect("it can be run");
    assert_eq!(runnable.names.fuel, "manyhands_fuel_");
    let facts = check_module(&rewritten.module).expect("it is a program still");
    assert!(facts.exports.contains(&"manyhands_fuel".to_owned()));
}

#[test]
fn the_same_module_gives_the_same_bytes() {
    let module = module("(func (export \"f\") (result f64) (f64.div (f64.const 0) (f64.const 0)))");
    assert_eq!(rewritten(&module), rewritten(&module));
}

#[test]
fn vectors_take_two_words_and_a_leaf_with_a_large_frame_takes_its_words_too() {
    let depth_of = |body: &str, leaf_locals: &str| {
        let text = format!(
            r#"(global $depth (mut i32) (i32.const 0))
            (func $deep (export "deep") {body}
                (global.set $depth (i32.add (global.get $depth) (i32.const 1)))
                (call $leaf) (call $deep))
            (func $leaf (local {leaf_locals}))
            (func (export "depth") (result i32) (global.get $depth))"#
        );
        let mut run = Run::rewritten(&module(&text));
        assert!(run.call("deep", &[]).is_none());
        format!("{:?}", run.call("depth", &[]).expect("a getter"))
    };
    let is = |depth| format!("{:?}", [Val::I32(depth)]);
    // 8 words, 2 operands of 2 words each, and the locals.
    assert_eq!(
        depth_of("(local v128 v128 v128)", ""),
        is(32_768 / (8 + 4 + 6))
    );
    assert_eq!(depth_of("", &"i64 ".repeat(120)), is(32_768 / 10));
    // Each frame of 10 words, and beside them a leaf of 1,000, which the last call does not get.
    let leaf = "i64 ".repeat(1_000 - 8);
    assert_eq!(depth_of("", &leaf), is((32_768 - 1_000) / 10 + 1));
}
