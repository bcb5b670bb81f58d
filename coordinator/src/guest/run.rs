//! One run of a guest, from its arguments to its outcome.

use super::host::{End, World};
use super::watch::{Ended, Watch};
use super::{CompiledProgram, Engine};
use shared::halt::{Counters, Halt, outcome_of};
use shared::ids::JobSeed;
use shared::job::{Limits, MAX_FUEL, MAX_MEMORY_PAGES};
use shared::outcome::{Outcome, Status};
use shared::protocol::UnableReason;
use shared::wasi::{REDUCE_RANDOM_TASK, Stdin, Wasi, WasiConfig, Written};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use wasmi::errors::{ErrorKind, InstantiationError, MemoryError, TableError};
use wasmi::{Global, Instance, Store, TrapCode, TypedResumableCall, Val};

/// wasmi's own fuel between two looks at the watch: about 10 ms of a guest's time.
const SLICE_FUEL: u64 = 2_000_000;

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
    /// Most fuel.
    pub fuel: u64,
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
            fuel: limits.fuel,
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
            fuel: MAX_FUEL,
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

/// How a run stopped, before it is known what that means.
enum Stop {
    Guest(Halt),
    Unable(UnableReason),
}

impl Engine {
    /// Runs a program to its end on this thread.
    #[must_use]
    pub fn run(&self, program: &CompiledProgram, spec: RunSpec) -> RunEnd {
        let initial_fits = program.runnable.initial_pages <= u64::from(spec.memory_pages);
        let (fuel, memory_pages) = (spec.fuel, spec.memory_pages);
        let mut store = Store::new(
            &program.engine,
            World {
                watch: Watch::start(spec.stop, spec.wall),
                wasi: Wasi::new(WasiConfig {
                    argv: spec.argv,
                    stdin: spec.stdin,
                    common: spec.common,
                    seed: spec.seed,
                    random_task: spec.random_task,
                    output_limit: spec.output_limit,
                }),
                reach: None,
                end: None,
            },
        );
        if !initial_fits {
            let outcome = Outcome::failed(Status::OutOfMemory, 0);
            return finished(outcome, store.into_data().wasi.finish());
        }
        let instance = match instantiate(program, &mut store) {
            Ok(instance) => instance,
            // A segment that does not fit, before anything was counted.
            Err(Stop::Guest(_)) => {
                let outcome = Outcome::failed(Status::Trap, 0);
                return finished(outcome, store.into_data().wasi.finish());
            }
            Err(Stop::Unable(reason)) => return RunEnd::Unable(reason),
        };
        let parts = Parts::of(program, instance, &mut store, fuel, memory_pages);
        let Some(parts) = parts else {
            return RunEnd::Unable(UnableReason::Engine);
        };
        let halt = match execute(instance, &mut store) {
            Stop::Guest(halt) => halt,
            Stop::Unable(reason) => return RunEnd::Unable(reason),
        };
        let counters = parts.counters(&store);
        let written = store.into_data().wasi.finish();
        match outcome_of(halt, counters, fuel, &written.stdout) {
            Ok(outcome) => finished(outcome, written),
            Err(_) => RunEnd::Unable(UnableReason::HostMemory),
        }
    }
}

fn instantiate(program: &CompiledProgram, store: &mut Store<World>) -> Result<Instance, Stop> {
    let instance = store.set_fuel(SLICE_FUEL).and_then(|()| {
        program
            .linker
            .instantiate_and_start(&mut *store, &program.module)
    });
    instance.map_err(|error| stop_of(&error, store))
}

/// The counters of an instance.
#[derive(Debug, Clone, Copy)]
struct Parts {
    fuel: Global,
    flag: Global,
}

impl Parts {
    /// Finds and sets them; none when the module has others than it should.
    fn of(
        program: &CompiledProgram,
        instance: Instance,
        store: &mut Store<World>,
        limit: u64,
        memory_pages: u32,
    ) -> Option<Self> {
        let names = &program.runnable.names;
        let memory = instance.get_memory(&*store, "memory")?;
        let fuel = instance.get_global(&*store, &names.fuel)?;
        let cap = instance.get_global(&*store, &names.cap)?;
        let flag = instance.get_global(&*store, &names.flag)?;
        let limit = Val::I64(i64::try_from(limit).ok()?);
        fuel.set(&mut *store, limit).ok()?;
        let memory_pages = Val::I32(memory_pages.cast_signed());
        cap.set(&mut *store, memory_pages).ok()?;
        flag.get(&*store).i32()?;
        store.data_mut().reach = Some((memory, fuel));
        Some(Self { fuel, flag })
    }

    fn counters(self, store: &Store<World>) -> Counters {
        Counters {
            // Both types were seen before the guest began.
            rest: self.fuel.get(store).i64().unwrap_or_default(),
            flag: self.flag.get(store).i32().unwrap_or_default(),
        }
    }
}

fn execute(instance: Instance, store: &mut Store<World>) -> Stop {
    let start = match instance.get_typed_func::<(), ()>(&*store, "_start") {
        Ok(start) => start,
        Err(error) => return stop_of(&error, store),
    };
    let mut call = start.call_resumable(&mut *store, ());
    loop {
        let paused = match call {
            Ok(TypedResumableCall::Finished(())) => return Stop::Guest(Halt::Returned),
            Ok(TypedResumableCall::OutOfFuel(paused)) => paused,
            Ok(TypedResumableCall::HostTrap(trap)) => return stop_of(trap.host_error(), store),
            Err(error) => return stop_of(&error, store),
        };
        if let Some(ended) = store.data().watch.ended() {
            return Stop::Unable(reason(ended));
        }
        let fuel = SLICE_FUEL.max(paused.required_fuel());
        if let Err(error) = store.set_fuel(fuel) {
            return stop_of(&error, store);
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
fn stop_of(error: &wasmi::Error, store: &Store<World>) -> Stop {
    match store.data().end {
        Some(End::Exit(code)) => return Stop::Guest(Halt::Exit(code)),
        Some(End::OutOfFuel) => return Stop::Guest(Halt::OutOfFuel),
        Some(End::OutputTooLarge) => return Stop::Guest(Halt::OutputTooLarge),
        Some(End::Outside(ended)) => return Stop::Unable(reason(ended)),
        None => {}
    }
    match (error.as_trap_code(), error.kind()) {
        (Some(TrapCode::OutOfSystemMemory), _)
        | (
            _,
            ErrorKind::Memory(MemoryError::OutOfSystemMemory)
            | ErrorKind::Table(TableError::OutOfSystemMemory),
        ) => Stop::Unable(UnableReason::HostMemory),
        // The program has a stack budget of its own: this engine's is larger, or it says nothing about the program.
        (Some(TrapCode::StackOverflow), _) => Stop::Unable(UnableReason::Engine),
        (Some(_), _)
        | (_, ErrorKind::Instantiation(InstantiationError::ElementSegmentDoesNotFit { .. })) => {
            Stop::Guest(Halt::Trapped)
        }
        _ => Stop::Unable(UnableReason::Engine),
    }
}

const fn reason(ended: Ended) -> UnableReason {
    match ended {
        Ended::Stopped => UnableReason::Stopped,
        Ended::WallClock => UnableReason::WallClock,
    }
}
