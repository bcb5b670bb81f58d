//! Guests of every kind of end, from hand-written modules.

use super::*;
use shared::ids::{Digest, JobSeed};
use shared::job::Limits;
use shared::outcome::{Outcome, Status};
use shared::protocol::UnableReason;
use shared::rewrite::rewrite;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const IMPORTS: &str = r#"
    (import "wasi_snapshot_preview1" "fd_write"
        (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read"
        (func $fd_read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
    (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "clock_time_get"
        (func $clock_time_get (param i32 i64 i32) (result i32)))
"#;

/// Writes memory 64.. of length $n to fd.
const WRITE: &str = "
    (func $write (param $fd i32) (param $n i32)
        (i32.store (i32.const 0) (i32.const 64))
        (i32.store (i32.const 4) (local.get $n))
        (drop (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))
";

fn program(engine: &Engine, memory: &str, start: &str, more: &str) -> CompiledProgram {
    let text = format!(
        r#"(module {IMPORTS} (memory (export "memory") {memory}) {WRITE}
            (func (export "_start") {start}) {more})"#
    );
    let rewritten = rewrite(&wat::parse_str(text).unwrap()).unwrap();
    engine.compile(&rewritten.module).unwrap()
}

/// wasmi 2.0.0 dies of these stores as they stand; the rewriter writes them otherwise. They must write what they say, and trap where they must.
#[test]
fn lanes_are_stored_at_any_offset() {
    for (store, offset, expected) in [
        ("store8_lane", 70_000, "\u{3}\0"),
        ("store16_lane", 70_000, "\u{5}\u{6}"),
        ("store8_lane", 65_536, "\u{3}\0"),
        ("store16_lane", 200, "\u{5}\u{6}"),
    ] {
        let body = format!(
            "(local $v v128)
            (local.set $v (v128.const i8x16 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16))
            (v128.{store} offset={offset} 2 (i32.const 8) (local.get $v))
            (memory.copy (i32.const 64) (i32.const {}) (i32.const 2))
            (call $write (i32.const 1) (i32.const 2))",
            offset + 8
        );
        let engine = Engine::new();
        let end = engine.run(&program(&engine, "2", &body, ""), spec());
        assert!(
            matches!(&end, RunEnd::Finished { output, .. } if output == expected.as_bytes()),
            "{store} {offset}: {end:?}"
        );
        let beyond = format!(
            "(local $v v128) (v128.{store} offset=4000000000 2 (i32.const 8) (local.get $v))"
        );
        let end = engine.run(&program(&engine, "2", &beyond, ""), spec());
        assert!(
            matches!(&end, RunEnd::Finished { outcome, .. } if outcome.status == Status::Trap),
            "{end:?}"
        );
    }
}

fn spec() -> RunSpec {
    let limits = Limits {
        memory_pages: 100,
        output_bytes: 1000,
        wall_ms: 60_000,
        ..Limits::default()
    };
    RunSpec::task(
        vec![b"program".to_vec()],
        Vec::new(),
        JobSeed([1; 32]),
        5,
        &limits,
    )
}

fn run(start: &str) -> RunEnd {
    run_with(start, "", spec())
}

fn run_with(start: &str, more: &str, spec: RunSpec) -> RunEnd {
    let engine = Engine::new();
    unmetered(engine.run(&program(&engine, "1", start, more), spec))
}

/// The same end with fuel 0, for tests that are not about fuel.
fn unmetered(mut end: RunEnd) -> RunEnd {
    if let RunEnd::Finished { outcome, .. } = &mut end {
        outcome.fuel = 0;
    }
    end
}

/// The outcome with this much fuel.
fn outcome_with(fuel: u64, start: &str) -> Outcome {
    let engine = Engine::new();
    let end = engine.run(
        &program(&engine, "1", start, ""),
        RunSpec { fuel, ..spec() },
    );
    let RunEnd::Finished { outcome, .. } = end else {
        panic!("{end:?}");
    };
    outcome
}

fn failed(status: Status) -> RunEnd {
    RunEnd::Finished {
        outcome: Outcome::failed(status, 0),
        output: Vec::new(),
        stderr_tail: Vec::new(),
    }
}

const ENDLESS: &str = "(loop $again (br $again))";

#[test]
fn a_guest_that_returns_is_ok_with_its_output_and_the_end_of_its_stderr() {
    let end = run(
        r"(i64.store (i32.const 64) (i64.const 0x0a6f6c6c6568)) ;; hello\n
          (call $write (i32.const 1) (i32.const 6)) (call $write (i32.const 2) (i32.const 5))",
    );
    let expected = RunEnd::Finished {
        outcome: Outcome::ok(b"hello\n", 0),
        output: b"hello\n".to_vec(),
        stderr_tail: b"hello".to_vec(),
    };
    assert_eq!(end, expected);
}

#[test]
fn an_exit_code_is_an_outcome_and_its_output_counts() {
    let end = run("(call $write (i32.const 1) (i32.const 2)) (call $proc_exit (i32.const 3))");
    let RunEnd::Finished {
        outcome, output, ..
    } = end
    else {
        panic!("{end:?}");
    };
    assert_eq!(outcome, Outcome::exit(3, &[0, 0], 0));
    assert_eq!(output, [0, 0]);
}

#[test]
fn exit_code_0_is_ok() {
    let end = run("(call $proc_exit (i32.const 0)) (unreachable)");
    assert!(matches!(end, RunEnd::Finished { outcome, .. } if outcome == Outcome::ok(&[], 0)));
}

#[test]
fn a_guest_reads_its_input() {
    let spec = RunSpec {
        stdin: b"input".to_vec().into(),
        ..spec()
    };
    let end = run_with(
        "(i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 100))
         (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
         (call $write (i32.const 1) (i32.load (i32.const 8)))",
        "",
        spec,
    );
    assert!(matches!(end, RunEnd::Finished { output, .. } if output == b"input"));
}

#[test]
fn traps_of_every_kind_are_status_2_and_their_output_does_not_count() {
    for (start, more) in [
        ("(unreachable)", ""),
        ("(drop (i32.div_s (i32.const 1) (i32.const 0)))", ""),
        (
            "(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))",
            "",
        ),
        ("(drop (i32.trunc_f64_s (f64.const nan)))", ""),
        ("(drop (i64.trunc_f32_u (f32.const 1e30)))", ""),
        ("(drop (i32.load (i32.const 65533)))", ""),
        (
            "(drop (i32.load offset=0xffffffff (i32.const 0xffffffff)))",
            "",
        ),
        (
            "(memory.fill (i32.const 65000) (i32.const 0) (i32.const 1000))",
            "",
        ),
        ("(call_indirect (i32.const 0))", "(table 1 funcref)"),
        ("(call_indirect (i32.const 5))", "(table 1 funcref)"),
        (
            "(call_indirect (i32.const 0))",
            "(table 1 funcref) (elem (i32.const 0) $other) (func $other (param i32))",
        ),
        ("(drop (table.get 0 (i32.const 9)))", "(table 1 funcref)"),
    ] {
        let start = format!("(call $write (i32.const 1) (i32.const 2)) {start}");
        let end = run_with(&start, more, spec());
        assert_eq!(end, failed(Status::Trap), "{start}");
    }
}

#[test]
fn segments_that_do_not_fit_are_traps() {
    for more in [
        r#"(data (i32.const 65535) "ab")"#,
        "(table 1 funcref) (elem (i32.const 1) $write)",
    ] {
        assert_eq!(run_with("", more, spec()), failed(Status::Trap), "{more}");
    }
}

#[test]
fn endless_recursion_is_status_2() {
    let plain = "(func $deep (call $deep) (call $deep))";
    let with_locals = "(func $deep (param i64 i64) (result i64) (local i64 i64 i64 i64)
        (local.set 2 (call $deep (local.get 1) (local.get 0))) (local.get 2))";
    assert_eq!(
        run_with("(call $deep)", plain, spec()),
        failed(Status::Trap)
    );
    let start = "(drop (call $deep (i64.const 1) (i64.const 2)))";
    assert_eq!(run_with(start, with_locals, spec()), failed(Status::Trap));
}

/// 32,768 words: `_start` takes one operand and 8, `$deep` a parameter, two operands, its locals and 8.
#[test]
fn recursion_ends_at_the_depth_that_its_frames_allow() {
    for (locals, frames) in [
        ("", (32_768 - 9) / 11),
        ("i64 i64 i64 f64", (32_768 - 9) / 15),
    ] {
        let more = format!(
            "(func $deep (param i32) (local {locals})
                (if (local.get 0) (then (call $deep (i32.sub (local.get 0) (i32.const 1))))))"
        );
        let deep = |calls: u32| {
            let start = format!("(call $deep (i32.const {}))", calls - 1);
            let RunEnd::Finished { outcome, .. } = run_with(&start, &more, spec()) else {
                panic!("it has no outcome");
            };
            outcome.status
        };
        assert_eq!(deep(frames), Status::Ok, "{frames} frames of {locals:?}");
        assert_eq!(
            deep(frames + 1),
            Status::Trap,
            "{frames} frames of {locals:?}"
        );
    }
}

#[test]
fn output_up_to_the_limit_is_ok_and_beyond_it_is_status_4() {
    let at_limit = run("(call $write (i32.const 1) (i32.const 1000))");
    assert!(matches!(at_limit, RunEnd::Finished { outcome, .. } if outcome.output_len == 1000));
    let beyond = run(
        "(call $write (i32.const 1) (i32.const 1000)) (call $write (i32.const 1) (i32.const 1))",
    );
    assert_eq!(beyond, failed(Status::OutputTooLarge));
}

#[test]
fn a_guest_that_prints_100_mb_is_ended_at_its_limit() {
    let spec = RunSpec {
        output_limit: 1 << 20,
        ..spec()
    };
    let end = run_with(
        "(local $n i32)
         (loop $again
            (call $write (i32.const 1) (i32.const 10000))
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $n) (i32.const 10000))))",
        "",
        spec,
    );
    assert_eq!(end, failed(Status::OutputTooLarge));
}

#[test]
fn memory_grows_to_the_cap_and_not_beyond() {
    let end = run("(drop (memory.grow (i32.const 99)))
         (i32.store (i32.const 64) (memory.grow (i32.const 1)))
         (i32.store (i32.const 68) (memory.size))
         (call $write (i32.const 1) (i32.const 8))");
    let expected = [0xff, 0xff, 0xff, 0xff, 100, 0, 0, 0];
    assert!(matches!(end, RunEnd::Finished { output, .. } if output == expected));
}

#[test]
fn a_trap_or_an_exit_code_after_a_refused_grow_is_status_5() {
    let wants_4_gb = "(drop (memory.grow (i32.const 65535)))";
    for start in ["(unreachable)", "(call $proc_exit (i32.const 1))"] {
        let end = run(&format!("{wants_4_gb} {start}"));
        assert_eq!(end, failed(Status::OutOfMemory), "{start}");
    }
    let got_over_it = run(wants_4_gb);
    assert!(
        matches!(got_over_it, RunEnd::Finished { outcome, .. } if outcome.status == Status::Ok)
    );
}

#[test]
fn initial_memory_above_the_cap_is_status_5_before_the_start() {
    let engine = Engine::new();
    for (pages, status) in [
        (100, Status::Trap),
        (101, Status::OutOfMemory),
        (65_536, Status::OutOfMemory),
    ] {
        let program = program(&engine, &pages.to_string(), "(unreachable)", "");
        assert_eq!(
            unmetered(engine.run(&program, spec())),
            failed(status),
            "{pages} pages"
        );
    }
}

#[test]
fn every_instruction_and_every_call_of_the_host_is_paid_for() {
    // A constant, a call of $write, and in it 12 instructions, the fixed price of a call, 2 for the buffer and the bytes.
    let write = |bytes: u32| format!("(call $write (i32.const 1) (i32.const {bytes}))");
    let price = |bytes: u64| 3 + 12 + 100 + 2 + bytes / 4;
    assert_eq!(outcome_with(1_000, ""), Outcome::ok(&[], 0));
    assert_eq!(outcome_with(1_000, "(drop (i32.const 1))").fuel, 2);
    for bytes in [0, 3, 4, 1000] {
        let outcome = outcome_with(100_000, &write(bytes));
        assert_eq!(outcome.status, Status::Ok);
        assert_eq!(outcome.fuel, price(bytes.into()), "{bytes} bytes");
        let exact = price(bytes.into());
        assert_eq!(outcome_with(exact, &write(bytes)), outcome, "just enough");
        let short = outcome_with(exact - 1, &write(bytes));
        assert_eq!(short, Outcome::failed(Status::OutOfFuel, exact - 1));
    }
    let exit = outcome_with(1_000, "(call $proc_exit (i32.const 3))");
    assert_eq!(exit, Outcome::exit(3, &[], 102));
    let beyond = outcome_with(1_000_000, &write(1001));
    assert_eq!(beyond, Outcome::failed(Status::OutputTooLarge, price(1001)));
}

#[test]
fn an_endless_guest_ends_when_its_fuel_does() {
    let calls = "(loop $again (call $write (i32.const 2) (i32.const 9)) (br $again))";
    for start in [ENDLESS, calls] {
        for fuel in [1, 12_345, 3_000_000] {
            let outcome = outcome_with(fuel, start);
            assert_eq!(outcome, Outcome::failed(Status::OutOfFuel, fuel), "{start}");
        }
    }
}

#[test]
fn an_endless_loop_ends_at_its_wall_clock_limit() {
    let wall = Some(Duration::from_millis(50));
    let began = Instant::now();
    let end = run_with(ENDLESS, "", RunSpec { wall, ..spec() });
    assert_eq!(end, RunEnd::Unable(UnableReason::WallClock));
    assert!(began.elapsed() >= Duration::from_millis(50));
}

/// Runs on another thread, sets the stop flag once the guest runs, and returns how long the end took.
fn stopped(start: &'static str, memory: &'static str, cap: u32) -> Duration {
    let stop = Arc::new(AtomicBool::new(false));
    let spec = RunSpec {
        stop: stop.clone(),
        memory_pages: cap,
        wall: None,
        ..spec()
    };
    let (running, runs) = std::sync::mpsc::sync_channel(1);
    let guest = std::thread::spawn(move || {
        let engine = Engine::new();
        let program = program(&engine, memory, start, "");
        running.send(()).unwrap();
        engine.run(&program, spec)
    });
    runs.recv().unwrap();
    let began = Instant::now();
    stop.store(true, Ordering::Relaxed);
    assert_eq!(guest.join().unwrap(), RunEnd::Unable(UnableReason::Stopped));
    began.elapsed()
}

#[test]
fn a_guest_that_never_ends_stops_when_told() {
    let calls = "(loop $again (call $write (i32.const 2) (i32.const 9)) (br $again))";
    for start in [ENDLESS, calls] {
        let took = stopped(start, "1", 100);
        assert!(took < Duration::from_secs(2), "{start}: {took:?}");
    }
}

#[test]
fn one_endless_call_stops_when_told() {
    let start =
        "(loop $again (drop (call $random_get (i32.const 0) (i32.const 0x10000000))) (br $again))";
    let took = stopped(start, "4096", 4096);
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[test]
fn clock_and_randomness_are_those_of_the_task() {
    let start = "(drop (call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 64)))
        (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 64)))
        (drop (call $random_get (i32.const 72) (i32.const 32)))
        (call $write (i32.const 1) (i32.const 40))";
    let block = [
        b"manyhands/rand/1".as_slice(),
        &[1; 32],
        &5_u32.to_be_bytes(),
        &0_u64.to_be_bytes(),
    ];
    let expected = [&1000_u64.to_le_bytes()[..], &Digest::of(&block.concat()).0].concat();
    for _ in 0..2 {
        let end = run(start);
        assert!(matches!(end, RunEnd::Finished { output, .. } if output == expected));
    }
}

#[test]
fn one_compiled_program_runs_on_many_threads_at_once() {
    let engine = Engine::new();
    let program = program(
        &engine,
        "1",
        "(call $write (i32.const 1) (i32.const 7))",
        "",
    );
    let ends: Vec<_> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| engine.run(&program, spec())))
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert!(ends.iter().all(|end| *end == ends[0]));
    assert!(matches!(&ends[0], RunEnd::Finished { output, .. } if output == &[0; 7]));
}

#[test]
fn what_is_no_program_is_refused_before_the_engine_sees_it() {
    let error = Engine::new().compile(b"hello").unwrap_err();
    assert!(
        error.to_string().contains("not a WebAssembly module"),
        "{error}"
    );
}
