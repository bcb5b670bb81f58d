//! Small programs over small inputs: order, reduce, failure and stop.

use super::*;
use shared::rewrite::rewrite;
use std::convert::Infallible;
use std::sync::atomic::AtomicU32;

/// Copies its input to its output, one byte 'r' in front of it in the reduce stage; on an input that begins with '!'
/// it exits with 3, with '?' it runs for ever.
const COPY: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write"
        (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read"
        (func $fd_read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
    (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
    (memory (export "memory") 3)
    (func $write (param $fd i32) (param $at i32) (param $n i32)
        (i32.store (i32.const 0) (local.get $at))
        (i32.store (i32.const 4) (local.get $n))
        (drop (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))
    (func (export "_start") (local $n i32)
        (drop (call $args_get (i32.const 16) (i32.const 64)))
        (if (i32.eq (i32.load8_u (i32.load (i32.const 20))) (i32.const 114))
            (then (call $write (i32.const 1) (i32.load (i32.const 20)) (i32.const 1))))
        (loop $again
            (i32.store (i32.const 0) (i32.const 1024))
            (i32.store (i32.const 4) (i32.const 100000))
            (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
            (local.set $n (i32.load (i32.const 8)))
            (if (i32.eq (i32.load8_u (i32.const 1024)) (i32.const 33))
                (then
                    (call $write (i32.const 2) (i32.const 1024) (local.get $n))
                    (call $proc_exit (i32.const 3))))
            (loop $for_ever
                (br_if $for_ever (i32.eq (i32.load8_u (i32.const 1024)) (i32.const 63))))
            (call $write (i32.const 1) (i32.const 1024) (local.get $n))
            (br_if $again (local.get $n)))))"#;

fn job(reduce: Reduce) -> LocalJob {
    let engine = Engine::new();
    let program = engine
        .compile(&rewrite(&wat::parse_str(COPY).unwrap()).unwrap().module)
        .unwrap();
    LocalJob {
        engine,
        program,
        argv_mode: ArgvMode::Staged,
        reduce,
        args: Vec::new(),
        common: None,
        seed: JobSeed([0; 32]),
        limits: Limits::default(),
        slots: NonZero::new(3).unwrap(),
        stop: Arc::default(),
    }
}

type Feed<'a> = &'a mut dyn FnMut(Vec<u8>) -> Result<(), RunOver>;

fn run(job: &LocalJob, chunks: &[&str]) -> Result<String, LocalRunError<RunOver>> {
    let mut out = Vec::new();
    let mut tasks = Vec::new();
    let count = job.run(
        |feed: Feed<'_>| {
            chunks
                .iter()
                .try_for_each(|chunk| feed(chunk.as_bytes().to_vec()))
        },
        &mut out,
        &mut |done| tasks.push(done.task),
    )?;
    assert_eq!(tasks, (0..count).collect::<Vec<_>>());
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn without_reduce_the_result_is_the_outputs_in_the_order_of_the_tasks() {
    let chunks: Vec<_> = (0..100).map(|n| format!("{n},")).collect();
    let chunks: Vec<_> = chunks.iter().map(String::as_str).collect();
    assert_eq!(run(&job(Reduce::None), &chunks).unwrap(), chunks.concat());
}

#[test]
fn a_final_reduce_sees_all_outputs_once() {
    assert_eq!(run(&job(Reduce::Final), &["a", "b", "c"]).unwrap(), "rabc");
}

#[test]
fn an_associative_reduce_goes_in_groups_and_keeps_the_order() {
    let long = "x".repeat(7 << 20);
    let chunks = [
        "a", &long, "b", &long, &long, "c", "d", &long, &long, "e", &long, "f",
    ];
    let result = run(&job(Reduce::Associative), &chunks).unwrap();
    assert!(result.starts_with("rr"), "reduced more than once");
    assert_eq!(result.replace('r', ""), chunks.concat());
}

#[test]
fn a_range_runs_over_its_lines() {
    let mut out = Vec::new();
    let range = RangeInput {
        start: -2,
        end: 3,
        chunk: 2,
    };
    let tasks = job(Reduce::None).run_range(range, &mut out, &mut |_| {});
    assert_eq!(tasks.unwrap(), 3);
    assert_eq!(out, b"-2 0\n0 2\n2 3\n");
}

#[test]
fn a_task_that_fails_is_named_with_its_stderr() {
    let error = run(&job(Reduce::Final), &["a", "b", "!\u{1b}[31m why", "c"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        r"task 2 ended with exit code 3; its stderr ends with: !\x1b[31m why"
    );
}

#[test]
fn an_endless_input_ends_when_a_task_fails() {
    let job = job(Reduce::None);
    let taken = AtomicU32::new(0);
    let result = job.run(
        |feed: Feed<'_>| {
            loop {
                feed(b"!".to_vec())?;
                taken.fetch_add(1, Ordering::Relaxed);
            }
        },
        &mut Vec::new(),
        &mut |_| {},
    );
    let error = result.map_err(|error: LocalRunError<RunOver>| error.to_string());
    assert!(
        error
            .unwrap_err()
            .starts_with("task 0 ended with exit code 3")
    );
    assert!(taken.into_inner() < 20, "chunks waited in memory");
}

#[test]
fn a_run_that_is_told_to_stop_ends_its_guests() {
    let job = job(Reduce::None);
    let stop = Arc::clone(&job.stop);
    let result = job.run(
        |feed: Feed<'_>| {
            feed(b"a".to_vec())?;
            feed(b"?".to_vec())
        },
        &mut Vec::new(),
        &mut |done| stop.store(done.task == 0, Ordering::Relaxed),
    );
    let error: LocalRunError<RunOver> = result.unwrap_err();
    assert_eq!(error.to_string(), "task 1 was stopped");
}

#[test]
fn no_chunk_is_an_error_and_an_empty_chunk_is_not() {
    let error = run(&job(Reduce::Final), &[]).unwrap_err();
    assert!(matches!(error, LocalRunError::Empty), "{error}");
    assert_eq!(run(&job(Reduce::Final), &[""]).unwrap(), "r");
}

#[test]
fn an_input_that_fails_is_told() {
    #[derive(Debug, thiserror::Error)]
    #[error("the disk is gone")]
    struct Gone;
    let result = job(Reduce::Final).run(
        |feed: Feed<'_>| {
            feed(b"a".to_vec()).map_err(|_| Gone)?;
            Err(Gone)
        },
        &mut Vec::new(),
        &mut |_| {},
    );
    assert_eq!(result.unwrap_err().to_string(), "the disk is gone");
}

#[test]
fn a_result_that_cannot_be_written_is_told() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is full"))
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    for reduce in [Reduce::None, Reduce::Final] {
        let result = job(reduce).run(
            |feed: Feed<'_>| {
                let _ = feed(b"a".to_vec());
                Ok::<_, Infallible>(())
            },
            &mut Full,
            &mut |_| {},
        );
        let error = result.unwrap_err().to_string();
        assert_eq!(error, "cannot write the result: the disk is full");
    }
}
