//! One run of one guest, as every engine must end it alike: under wasmi here, in a browser's sandbox elsewhere.

use browser_worker::order::Order;
use coordinator::guest::{Engine, RunEnd, RunSpec};
use shared::ids::JobSeed;
use shared::outcome::{Outcome, Status};
use shared::protocol::UnableReason;
use shared::rewrite::{Runnable, rewrite};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// Longest time for a run, so that a test ends even when a guest does not.
const WALL: Duration = Duration::from_mins(2);

/// A guest and what it is given.
#[derive(Debug, Clone)]
pub struct Case {
    /// What it is about.
    pub name: String,
    /// The rewritten module.
    pub module: Vec<u8>,
    /// The arguments, `argv[0]` first.
    pub argv: Vec<Vec<u8>>,
    /// Standard input.
    pub stdin: Vec<u8>,
    /// The file `/common`.
    pub common: Option<Vec<u8>>,
    /// Most fuel.
    pub fuel: u64,
    /// Most memory, pages.
    pub memory_pages: u32,
    /// Most output, bytes.
    pub output_limit: u64,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// With this outcome, and this end of standard error.
    Finished(Outcome, Vec<u8>),
    /// Without one.
    Unable(UnableReason),
}

impl Case {
    /// A module as its author has it, run without input under the limits of a small job.
    ///
    /// # Panics
    /// When it may not be a program.
    #[must_use]
    pub fn new(name: impl Into<String>, original: &[u8]) -> Self {
        let name = name.into();
        let rewritten = rewrite(original).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        Self {
            name,
            module: rewritten.module,
            argv: vec![b"program".to_vec(), b"map".to_vec()],
            stdin: Vec::new(),
            common: None,
            fuel: 1_000_000_000,
            memory_pages: 256,
            output_limit: 1 << 20,
        }
    }

    /// From WebAssembly text.
    ///
    /// # Panics
    /// When the text is not WebAssembly, or may not be a program.
    #[must_use]
    pub fn text(name: impl Into<String>, text: &str) -> Self {
        let name = name.into();
        let module = wat::parse_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        Self::new(name, &module)
    }

    /// Reads this.
    #[must_use]
    pub fn reads(mut self, stdin: impl Into<Vec<u8>>) -> Self {
        self.stdin = stdin.into();
        self
    }

    /// Has so much fuel.
    #[must_use]
    pub const fn fuel(mut self, fuel: u64) -> Self {
        self.fuel = fuel;
        self
    }

    /// Seed of its random numbers.
    const fn seed() -> JobSeed {
        JobSeed([7; 32])
    }

    /// Number of the task that it is.
    const TASK: u32 = 11;

    /// Runs it under wasmi.
    ///
    /// # Panics
    /// When wasmi does not take the module.
    #[must_use]
    pub fn natively(&self) -> Answer {
        match self.run() {
            RunEnd::Finished {
                outcome,
                stderr_tail,
                ..
            } => Answer::Finished(outcome, stderr_tail),
            RunEnd::Unable(reason) => Answer::Unable(reason),
        }
    }

    /// What it writes under wasmi.
    ///
    /// # Panics
    /// When it does not end well.
    #[must_use]
    pub fn output(&self) -> Vec<u8> {
        match self.run() {
            RunEnd::Finished {
                outcome, output, ..
            } if outcome.status == Status::Ok => output,
            other => panic!("{}: {other:?}", self.name),
        }
    }

    fn run(&self) -> RunEnd {
        let engine = Engine::new();
        let program = engine
            .compile(&self.module)
            .unwrap_or_else(|error| panic!("{}: {error}", self.name));
        engine.run(
            &program,
            RunSpec {
                argv: self.argv.clone(),
                stdin: self.stdin.clone().into(),
                common: self.common.as_deref().map(Arc::from),
                seed: Self::seed(),
                random_task: Self::TASK,
                fuel: self.fuel,
                memory_pages: self.memory_pages,
                output_limit: self.output_limit,
                wall: Some(WALL),
                stop: Arc::new(AtomicBool::new(false)),
            },
        )
    }

    /// The same for the sandbox of a browser.
    pub(crate) fn order(&self) -> Order {
        Order {
            argv: self.argv.clone(),
            seed: Self::seed(),
            random_task: Self::TASK,
            fuel: self.fuel,
            memory_pages: self.memory_pages,
            output_limit: self.output_limit,
            runnable: Runnable::read(&self.module).expect("it was rewritten"),
        }
    }
}
