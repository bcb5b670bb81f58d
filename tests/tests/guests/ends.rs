//! Guests that end in every way there is, within their limits, at them, and past them.

use tests::guest_case::Case;

/// What every guest of this file begins with: it can write, end, and ask for random bytes.
const HEAD: &str = r#"
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
    (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
    (func $write (param $fd i32) (param $at i32) (param $n i32)
        (i32.store (i32.const 0) (local.get $at))
        (i32.store (i32.const 4) (local.get $n))
        (drop (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))
"#;

/// A guest of one page with this body, and this beside it.
pub(crate) fn guest(name: &str, body: &str, more: &str) -> Case {
    sized(name, "1", body, more)
}

fn sized(name: &str, memory: &str, body: &str, more: &str) -> Case {
    let text = format!(
        r#"(module {HEAD} (memory (export "memory") {memory}) (func (export "_start") {body}) {more})"#
    );
    Case::text(name, &text)
}

/// Says something first, so that it can be seen that it does not count.
fn traps() -> Vec<Case> {
    [
        ("unreachable", "(unreachable)", ""),
        ("division by zero", "(drop (i32.div_s (i32.const 1) (i32.const 0)))", ""),
        ("division overflow", "(drop (i64.div_s (i64.const 0x8000000000000000) (i64.const -1)))", ""),
        ("remainder by zero", "(drop (i64.rem_u (i64.const 1) (i64.const 0)))", ""),
        ("NaN to integer", "(drop (i32.trunc_f64_s (f64.const nan)))", ""),
        ("float too large", "(drop (i64.trunc_f32_u (f32.const 1e30)))", ""),
        ("load out of bounds", "(drop (i32.load (i32.const 65533)))", ""),
        ("load far out of bounds", "(drop (i32.load offset=0xffffffff (i32.const 0xffffffff)))", ""),
        ("store out of bounds", "(i64.store (i32.const 65529) (i64.const -1))", ""),
        ("v128 store out of bounds", "(v128.store (i32.const 65521) (v128.const i64x2 1 2))", ""),
        ("fill out of bounds", "(memory.fill (i32.const 65000) (i32.const 7) (i32.const 1000))", ""),
        ("copy out of bounds", "(memory.copy (i32.const 0) (i32.const 65000) (i32.const 1000))", ""),
        ("init out of bounds", "(memory.init $data (i32.const 0) (i32.const 3) (i32.const 9))", r#"(data $data "segment")"#),
        ("init of what was dropped", "(data.drop $data) (memory.init $data (i32.const 0) (i32.const 0) (i32.const 1))", r#"(data $data "segment")"#),
        ("null reference", "(call_indirect (i32.const 0))", "(table 1 funcref)"),
        ("index out of bounds", "(call_indirect (i32.const 5))", "(table 1 funcref)"),
        ("wrong signature", "(call_indirect (i32.const 0))", "(table 1 funcref) (elem (i32.const 0) $other) (func $other (param i32))"),
        ("table.get out of bounds", "(drop (table.get 0 (i32.const 9)))", "(table 1 funcref)"),
        ("table.set out of bounds", "(table.set 0 (i32.const 9) (ref.null func))", "(table 1 funcref)"),
        ("table.fill out of bounds", "(table.fill 0 (i32.const 0) (ref.null func) (i32.const 2))", "(table 1 funcref)"),
        ("data does not fit", "", r#"(data (i32.const 65535) "ab")"#),
        ("element does not fit", "", "(table 1 funcref) (elem (i32.const 1) $write)"),
        ("trap deep in calls", "(call $a (i32.const 40))",
            "(func $a (param i32) (if (local.get 0) (then (call $a (i32.sub (local.get 0) (i32.const 1))))) (unreachable))"),
        ("trap in a loop that keeps count", "(local $n i32) (loop $again (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $n) (i32.const 1000)))) (unreachable)", ""),
    ]
    .into_iter()
    .map(|(name, body, more)| {
        let more = format!("{more} (func $body {body})");
        let start = "(call $write (i32.const 2) (i32.const 16) (i32.const 5)) (call $body)";
        guest(name, start, &more)
    })
    .collect()
}

fn exits() -> Vec<Case> {
    let say = "(call $write (i32.const 1) (i32.const 16) (i32.const 3))";
    [
        ("returns", String::new()),
        ("writes and returns", say.into()),
        (
            "exit 0",
            format!("{say} (call $proc_exit (i32.const 0)) (unreachable)"),
        ),
        (
            "exit 7",
            format!("{say} (call $proc_exit (i32.const 7)) (unreachable)"),
        ),
        ("exit -1", format!("{say} (call $proc_exit (i32.const -1))")),
        (
            "a long stderr",
            "(call $write (i32.const 2) (i32.const 0) (i32.const 60000))".into(),
        ),
    ]
    .into_iter()
    .map(|(name, body)| {
        guest(
            name,
            &body,
            r#"(data (i32.const 16) "out of memory and of words")"#,
        )
    })
    .collect()
}

/// Endless and greedy guests, each with little fuel and with more.
fn out_of_fuel() -> Vec<Case> {
    let guests = [
        ("endless loop", "(loop $again (br $again))", ""),
        ("endless loop that counts", "(local i64) (loop $again (local.set 0 (i64.add (local.get 0) (i64.const 1))) (br $again))", ""),
        ("endless loop of calls", "(loop $again (call $f) (br $again))", "(func $f)"),
        ("endless calls of the host", "(loop $again (call $write (i32.const 2) (i32.const 16) (i32.const 9)) (br $again))", ""),
        ("endless random bytes", "(loop $again (drop (call $random_get (i32.const 0) (i32.const 60000))) (br $again))", ""),
        ("endless fills", "(loop $again (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br $again))", ""),
        ("endless growth by nothing", "(loop $again (drop (memory.grow (i32.const 0))) (br $again))", ""),
        ("endless branches of a table", "(local i32) (loop $a (block $b (loop $c (br_table $a $b $c (local.get 0)))) (br $a))", ""),
        ("nested loops", "(local i32) (loop $a (loop $b (local.set 0 (i32.add (local.get 0) (i32.const 1)))
            (br_if $b (i32.rem_u (local.get 0) (i32.const 10)))) (br $a))", ""),
        ("mutual calls without an end", "(loop $again (call $a (i32.const 3)) (br $again))",
            "(func $a (param i32) (if (local.get 0) (then (call $b (i32.sub (local.get 0) (i32.const 1))))))
             (func $b (param i32) (loop $l (br_if $l (i32.const 0))) (call $a (local.get 0)))"),
    ];
    let fuels = [0, 1, 7, 100, 101, 12_345, 2_000_000];
    let all = guests.iter().flat_map(|(name, body, more)| {
        fuels.map(|fuel| guest(&format!("{name}, fuel {fuel}"), body, more).fuel(fuel))
    });
    all.collect()
}

/// Recursion ends at a depth that is counted, not at what an engine's stack holds.
fn recursion() -> Vec<Case> {
    let locals = [
        "",
        "(local i32)",
        "(local i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)",
        "(local f64 v128 v128 v128)",
    ];
    let mut cases = Vec::new();
    for (locals, many) in locals
        .map(|locals| (locals.to_owned(), false))
        .into_iter()
        .chain([
            (format!("(local {})", "i64 ".repeat(1000)), true),
            (format!("(local {})", "v128 ".repeat(5000)), true),
        ])
    {
        let name = if many {
            "many locals".to_owned()
        } else {
            locals.clone()
        };
        // Each call says on standard error how deep it is, so the depth can be seen although it traps.
        let counting = format!(
            "(global $depth (mut i32) (i32.const 0))
            (func $deep {locals}
                (global.set $depth (i32.add (global.get $depth) (i32.const 1)))
                (i32.store (i32.const 32) (global.get $depth))
                (call $write (i32.const 2) (i32.const 32) (i32.const 4))
                (call $deep))"
        );
        cases.push(guest(
            &format!("endless recursion {name}"),
            "(call $deep)",
            &counting,
        ));
        let plain = format!(
            "(func $deep (param i64) (result i64) {locals}
            (i64.add (call $deep (i64.add (local.get 0) (i64.const 1))) (i64.const 1)))"
        );
        cases.push(guest(
            &format!("silent recursion {name}"),
            "(drop (call $deep (i64.const 1)))",
            &plain,
        ));
    }
    cases
}

fn memory() -> Vec<Case> {
    let grow = |by: &str| {
        format!(
            "(i32.const 64) (memory.grow (i32.const {by})) (i32.store) \
        (i32.store (i32.const 68) (memory.size)) (call $write (i32.const 1) (i32.const 64) (i32.const 8))"
        )
    };
    let mut cases = vec![
        guest(
            "grows to the cap and past it",
            &format!("{} {}", grow("255"), grow("1")),
            "",
        ),
        guest(
            "grows past the cap and goes on",
            &format!("{} {}", grow("256"), grow("3")),
            "",
        ),
        guest("asks for 4 GiB", &grow("-1"), ""),
        guest("grows by nothing", &grow("0"), ""),
        guest(
            "traps after a refusal",
            "(drop (memory.grow (i32.const 5000))) (unreachable)",
            "",
        ),
        guest(
            "exits after a refusal",
            "(drop (memory.grow (i32.const 5000))) (call $proc_exit (i32.const 1))",
            "",
        ),
        guest(
            "exits well after a refusal",
            "(drop (memory.grow (i32.const 5000))) (call $proc_exit (i32.const 0))",
            "",
        ),
        guest(
            "stack overflow after a refusal",
            "(drop (memory.grow (i32.const 5000))) (call $deep)",
            "(func $deep (call $deep))",
        ),
        guest(
            "grows page by page",
            "(loop $again (br_if $again (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (call $write (i32.const 1) (i32.const 16777212) (i32.const 4))",
            "",
        ),
        guest("too dear to grow", &grow("200"), "").fuel(200 * 1024),
        sized(
            "its own maximum",
            "1 3",
            &format!("{} {}", grow("3"), grow("2")),
            "",
        ),
        sized("its own maximum and the cap", "1 3", &grow("300"), ""),
        sized("begins at the cap", "256", &grow("1"), ""),
        sized("begins above the cap", "257", "(unreachable)", ""),
        sized("begins with 4 GiB", "65536", "(unreachable)", ""),
        sized(
            "no memory at all",
            "0",
            "(drop (call $random_get (i32.const 0) (i32.const 1)))",
            "",
        ),
    ];
    cases.push(guest(
        "a bomb",
        "(loop $again (drop (memory.grow (i32.const 100))) (memory.fill (i32.const 0) (i32.const 7)
        (i32.mul (memory.size) (i32.const 65536))) (br $again))",
        "",
    ));
    cases
}

fn output() -> Vec<Case> {
    let limited = |name: &str, body: &str| {
        let mut case = sized(name, "20", body, "");
        case.output_limit = 1_000_000;
        case
    };
    vec![
        limited("output at the limit", "(call $write (i32.const 1) (i32.const 16) (i32.const 1000000))"),
        limited("output past the limit", "(call $write (i32.const 1) (i32.const 16) (i32.const 1000001))"),
        limited("a byte past the limit", "(call $write (i32.const 1) (i32.const 16) (i32.const 1000000))
            (call $write (i32.const 1) (i32.const 16) (i32.const 1))"),
        limited("a flood", "(loop $again (call $write (i32.const 1) (i32.const 16) (i32.const 10000)) (br $again))"),
        limited("a flood of stderr", "(loop $again (call $write (i32.const 2) (i32.const 16) (i32.const 1000000)) (br $again))"),
        limited("a flood without fuel", "(loop $again (call $write (i32.const 1) (i32.const 16) (i32.const 10000)) (br $again))").fuel(5_000),
    ]
}

/// Bulk operators and tables that work.
fn bulk() -> Vec<Case> {
    let show = "(call $write (i32.const 1) (i32.const 1000) (i32.const 500))";
    vec![
        guest("fill and copy", &format!("(memory.fill (i32.const 1000) (i32.const 65) (i32.const 100))
            (memory.copy (i32.const 1050) (i32.const 1000) (i32.const 333)) (memory.copy (i32.const 990) (i32.const 1000) (i32.const 40)) {show}"), ""),
        guest("init and drop", &format!("(memory.init $data (i32.const 1000) (i32.const 2) (i32.const 5)) (data.drop $data)
            (memory.init $data (i32.const 1000) (i32.const 0) (i32.const 0)) {show}"), r#"(data $data "segment")"#),
        guest("tables", &format!("(table.init 0 $e (i32.const 1) (i32.const 0) (i32.const 2)) (table.copy 0 0 (i32.const 3) (i32.const 1) (i32.const 2))
            (elem.drop $e) (table.fill 0 (i32.const 5) (ref.func $two) (i32.const 3))
            (i32.store (i32.const 1000) (call_indirect (result i32) (i32.const 3)))
            (i32.store (i32.const 1004) (call_indirect (result i32) (i32.const 7)))
            (i32.store (i32.const 1008) (ref.is_null (table.get 0 (i32.const 8)))) (i32.store (i32.const 1012) (table.size 0)) {show}"),
            "(table 10 funcref) (elem $e func $one $two) (func $one (result i32) (i32.const 1)) (func $two (result i32) (i32.const 2))"),
    ]
}

/// All of them.
pub(crate) fn cases() -> Vec<Case> {
    [
        traps(),
        exits(),
        out_of_fuel(),
        recursion(),
        memory(),
        output(),
        bulk(),
    ]
    .concat()
}
