//! One run of a guest, from its arguments to its outcome.

use super::host::{End, World};
use super::memory_cap::MemoryCap;
use super::watch::{Ended, Watch};
use super::{CompiledProgram, Engine};
use shared::ids::JobSeed;
use shared::job::{Limits, MAX_MEMORY_PAGES};
use shared::outcome::{Outcome, Status};
use shared::protocol::UnableReason;
use shared::wasi::{REDUCE_RANDOM_TASK, Stdin, Wasi, WasiConfig, Written};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use wasmi::errors::{ErrorKind, InstantiationError};
use wasmi::{Store, TrapCode, TypedResumableCall};

/// Fuel between two looks at the watch: about 10 ms of a guest's time.
const SLICE_FUEL: u64 = 2_000_000;
/// Fuel that outcomes state until programs count their own.
const UNCOUNTED: u64 = 0;

/// What one run is given.
#[derive(Debug, Clone)]
pub struct RunSpec {
    /// The arguments, `argv[0]` first (`shared::argv` makes them).
    pub argv: Vec<Vec<u8>>,
    /// Standard input.
    pub stdin: Stdin,
    /// The file `/common`.
    pub common: Option<Arc<[u8]>>,
    /// Seed of `random_get`.
    pub seed: JobSeed,
    /// Task number of `random_get`.
    pub random_task: u32,
    /// Most memory, pages of 64 KiB.
    pub memory_pages: u32,
    /// Most output, bytes.
    pub output_limit: u64,
    /// Longest time; `None` is for ever.
    pub wall: Option<Duration>,
    /// Set it to end the run: within a few hundredths of a second, but for single instructions that fill or copy
    /// hundreds of MiB.
    pub stop: Arc<AtomicBool>,
}

impl RunSpec {
    /// A task of a job: its limits, with the wall-clock limit as it stands.
    #[must_use]
    pub fn task(
        argv: Vec<Vec<u8>>,
        stdin: impl Into<Stdin>,
        seed: JobSeed,
        random_task: u32,
        limits: &Limits,
    ) -> Self {
        Self {
            argv,
            stdin: stdin.into(),
            common: None,
            seed,
            random_task,
            memory_pages: limits.memory_pages,
            output_limit: limits.output_bytes.into(),
            wall: Some(Duration::from_millis(limits.wall_ms.into())),
            stop: Arc::default(),
        }
    }

    /// The reduce stage: 1 GiB of memory, no limit but the stop flag (GUEST.md section 1).
    #[must_use]
    pub fn reduce(argv: Vec<Vec<u8>>, stdin: impl Into<Stdin>, seed: JobSeed) -> Self {
        Self {
            argv,
            stdin: stdin.into(),
            common: None,
            seed,
            random_task: REDUCE_RANDOM_TASK,
            memory_pages: MAX_MEMORY_PAGES,
            output_limit: u64::MAX,
            wall: None,
            stop: Arc::default(),
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunEnd {
    /// It has an outcome.
    Finished {
        /// What to vote for.
        outcome: Outcome,
        /// The output that the outcome names.
        output: Vec<u8>,
        /// Tail of the guest's stderr.
        stderr_tail: Vec<u8>,
    },
    /// It could not be run to its end.
    Unable(UnableReason),
}

/// How a guest stopped, before it is known what that means.
enum Halt {
    Returned,
    Exit(u32),
    OutputTooLarge,
    Trapped,
    Unable(UnableReason),
}

impl Engine {
    /// Runs a program to its end on this thread.
    #[must_use]
    pub fn run(&self, program: &CompiledProgram, spec: RunSpec) -> RunEnd {
        let initial_fits = program.facts.memory_pages <= u64::from(spec.memory_pages);
        let mut store = Store::new(
            &program.engine,
            World {
                cap: MemoryCap::new(spec.memory_pages),
                watch: Watch::start(spec.stop, spec.wall),
                wasi: Wasi::new(WasiConfig {
                    argv: spec.argv,
                    stdin: spec.stdin,
                    common: spec.common,
                    seed: spec.seed,
                    random_task: spec.random_task,
                    output_limit: spec.output_limit,
                }),
                memory: None,
                end: None,
            },
        );
        store.limiter(|world| &mut world.cap);
        if !initial_fits {
            let outcome = Outcome::failed(Status::OutOfMemory, UNCOUNTED);
            return finished(outcome, store.into_data().wasi.finish());
        }
        let halt = execute(program, &mut store);
        let world = store.into_data();
        let refused = world.cap.guest_refused;
        let written = world.wasi.finish();
        let outcome = match halt {
            Halt::Unable(reason) => return RunEnd::Unable(reason),
            Halt::Returned | Halt::Exit(0) => Outcome::ok(&written.stdout, UNCOUNTED),
            Halt::OutputTooLarge => Outcome::failed(Status::OutputTooLarge, UNCOUNTED),
            Halt::Exit(_) | Halt::Trapped if refused => {
                Outcome::failed(Status::OutOfMemory, UNCOUNTED)
            }
            Halt::Exit(code) => Outcome::exit(code, &written.stdout, UNCOUNTED),
            Halt::Trapped => Outcome::failed(Status::Trap, UNCOUNTED),
        };
        finished(outcome, written)
    }
}

fn execute(program: &CompiledProgram, store: &mut Store<World>) -> Halt {
    if let Err(error) = store.set_fuel(SLICE_FUEL) {
        return halt_of(&error, store);
    }
    let instance = match program
        .linker
        .instantiate_and_start(&mut *store, &program.module)
    {
        Ok(instance) => instance,
        Err(error) => return halt_of(&error, store),
    };
    store.data_mut().memory = instance.get_memory(&*store, "memory");
    let start = match instance.get_typed_func::<(), ()>(&*store, "_start") {
        Ok(start) => start,
        Err(error) => return halt_of(&error, store),
    };
    let mut call = start.call_resumable(&mut *store, ());
    loop {
        let paused = match call {
            Ok(TypedResumableCall::Finished(())) => return Halt::Returned,
            Ok(TypedResumableCall::OutOfFuel(paused)) => paused,
            Ok(TypedResumableCall::HostTrap(trap)) => return halt_of(trap.host_error(), store),
            Err(error) => return halt_of(&error, store),
        };
        if let Some(ended) = store.data().watch.ended() {
            return Halt::Unable(reason(ended));
        }
        let fuel = SLICE_FUEL.max(paused.required_fuel());
        if let Err(error) = store.set_fuel(fuel) {
            return halt_of(&error, store);
        }
        call = paused.resume(&mut *store);
    }
}

fn finished(outcome: Outcome, written: Written) -> RunEnd {
    let counts = matches!(outcome.status, Status::Ok | Status::Exit);
    RunEnd::Finished {
        outcome,
        output: if counts { written.stdout } else { Vec::new() },
        stderr_tail: written.stderr_tail,
    }
}

/// What an error of wasmi means. The world knows its own ends; of wasmi only the kind of the error is read, never words.
fn halt_of(error: &wasmi::Error, store: &Store<World>) -> Halt {
    let world = store.data();
    match world.end {
        Some(End::Exit(code)) => return Halt::Exit(code),
        Some(End::OutputTooLarge) => return Halt::OutputTooLarge,
        Some(End::Outside(ended)) => return Halt::Unable(reason(ended)),
        None => {}
    }
    if world.cap.host_refused {
        return Halt::Unable(UnableReason::HostMemory);
    }
    match (error.as_trap_code(), error.kind()) {
        (Some(TrapCode::OutOfSystemMemory), _) => Halt::Unable(UnableReason::HostMemory),
        (Some(_), _)
        | (_, ErrorKind::Instantiation(InstantiationError::ElementSegmentDoesNotFit { .. })) => {
            Halt::Trapped
        }
        _ => Halt::Unable(UnableReason::Engine),
    }
}

const fn reason(ended: Ended) -> UnableReason {
    match ended {
        Ended::Stopped => UnableReason::Stopped,
        Ended::WallClock => UnableReason::WallClock,
    }
}
