//! What a guest sees of the world: WASI preview 1 as one state machine (GUEST.md section 2).
//!
//! It does no I/O: the runner hands it each call with the guest's memory and gets the answer. Every runner, native or
//! browser, uses this code, so the same calls get the same bytes everywhere.

mod clock;
mod descriptors;
mod errno;
mod fuel;
mod function;
mod iovec;
mod memory;
mod poll;
mod process;
mod random;
mod stdio;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod hostile_tests;

pub use errno::Errno;
pub use fuel::Fuel;
pub use function::{ValueType, WasiFunction};
pub use memory::{Fault, GuestMemory};
pub use random::REDUCE_RANDOM_TASK;
pub use stdio::{STDERR_TAIL_BYTES, Stdin};

use crate::ids::JobSeed;
use clock::VirtualClock;
use descriptors::Descriptors;
use random::RandomStream;
use std::sync::Arc;
use stdio::{StderrTail, Stdout};

/// What one run of a guest is given.
#[derive(Debug, Clone)]
pub struct WasiConfig {
    /// The arguments, `argv[0]` first; none may contain NUL.
    pub argv: Vec<Vec<u8>>,
    /// What fd 0 reads.
    pub stdin: Stdin,
    /// The file `/common`, when the job has one.
    pub common: Option<Arc<[u8]>>,
    /// Seed of `random_get`.
    pub seed: JobSeed,
    /// Task number of `random_get`: the parent's for a subset job, [`REDUCE_RANDOM_TASK`] for reduce.
    pub random_task: u32,
    /// Most bytes of standard output; one more ends the run with status 4.
    pub output_limit: u64,
}

/// The answer to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum WasiResult {
    /// Give the guest this number and go on.
    Errno(Errno),
    /// End the run with this exit code.
    Exit(u32),
    /// End the run with status 3: moving the bytes costs more fuel than is left. Nothing was moved.
    OutOfFuel,
    /// End the run with status 4: the guest wrote more than it may.
    OutputTooLarge,
}

impl<E: Into<Errno>> From<E> for WasiResult {
    fn from(error: E) -> Self {
        Self::Errno(error.into())
    }
}

/// What a run wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// All of standard output.
    pub stdout: Vec<u8>,
    /// The last [`STDERR_TAIL_BYTES`] of standard error.
    pub stderr_tail: Vec<u8>,
}

/// The world of one run.
#[derive(Debug)]
pub struct Wasi {
    argv: Vec<Vec<u8>>,
    stdin: Stdin,
    stdout: Stdout,
    stderr: StderrTail,
    descriptors: Descriptors,
    clock: VirtualClock,
    random: RandomStream,
}

impl Wasi {
    /// A world in which nothing has happened yet.
    #[must_use]
    pub fn new(config: WasiConfig) -> Self {
        Self {
            argv: config.argv,
            stdin: config.stdin,
            stdout: Stdout::new(config.output_limit),
            stderr: StderrTail::default(),
            descriptors: Descriptors::new(config.common),
            clock: VirtualClock::default(),
            random: RandomStream::new(config.seed, config.random_task),
        }
    }

    /// Answers one call. `args` are the call's arguments in order; of an `i32` only the low 32 bits count.
    ///
    /// Descriptors are checked first, then pointers, then values; a call that is refused changes nothing. The bytes that
    /// a call moves are paid for with `fuel` before they are moved; its fixed price is not taken here, but by the
    /// rewritten program.
    pub fn call(
        &mut self,
        memory: &mut impl GuestMemory,
        fuel: &mut Fuel,
        function: WasiFunction,
        args: &[u64],
    ) -> WasiResult {
        let done = self.answer(memory, fuel, function, Args(args));
        done.err().unwrap_or(WasiResult::Errno(Errno::Success))
    }

    /// Ends the run and hands out what it wrote.
    #[must_use]
    pub fn finish(self) -> Written {
        Written {
            stdout: self.stdout.into_bytes(),
            stderr_tail: self.stderr.into_bytes(),
        }
    }

    fn answer(
        &mut self,
        memory: &mut impl GuestMemory,
        fuel: &mut Fuel,
        function: WasiFunction,
        args: Args<'_>,
    ) -> Result<(), WasiResult> {
        use WasiFunction as F;
        // Whatever moves as many bytes as the guest likes pays for them.
        match function {
            F::ProcExit => return Err(WasiResult::Exit(args.u32(0))),
            F::ArgsGet => return self.args_get(memory, fuel, args),
            F::FdRead => return self.fd_read(memory, fuel, args),
            F::FdWrite => return self.fd_write(memory, fuel, args),
            F::FdPread => return self.descriptors.fd_pread(memory, fuel, args),
            F::PollOneoff => return self.poll_oneoff(memory, fuel, args),
            F::RandomGet => return self.random.random_get(memory, fuel, args),
            _ => {}
        }
        match function {
            F::ArgsSizesGet => self.args_sizes_get(memory, args),
            F::EnvironGet => process::environ_get(memory, args),
            F::EnvironSizesGet => process::environ_sizes_get(memory, args),
            F::ClockResGet => clock::clock_res_get(memory, args),
            F::ClockTimeGet => self.clock.clock_time_get(memory, args),
            F::FdSeek => self.descriptors.fd_seek(memory, args),
            F::FdTell => self.descriptors.fd_tell(memory, args),
            F::FdClose => self.descriptors.fd_close(args),
            F::FdFdstatGet => self.descriptors.fd_fdstat_get(memory, args),
            F::FdFilestatGet => self.descriptors.fd_filestat_get(memory, args),
            F::FdPrestatGet => self.descriptors.fd_prestat_get(memory, args),
            F::FdPrestatDirName => self.descriptors.fd_prestat_dir_name(memory, args),
            F::PathOpen => self.descriptors.path_open(memory, args),
            F::PathFilestatGet => self.descriptors.path_filestat_get(memory, args),
            F::FdFdstatSetFlags | F::FdSync | F::FdDatasync | F::FdAdvise | F::SchedYield => Ok(()),
            _ => Err(Errno::Nosys),
        }
        .map_err(WasiResult::from)
    }
}

/// The arguments of one call.
#[derive(Debug, Clone, Copy)]
struct Args<'a>(&'a [u64]);

impl Args<'_> {
    /// Argument `index` as an `i64`'s bits; a missing one is 0.
    fn u64(self, index: usize) -> u64 {
        self.0.get(index).copied().unwrap_or(0)
    }

    /// Argument `index` as an `i32`'s bits.
    fn u32(self, index: usize) -> u32 {
        low_half(self.u64(index))
    }
}

/// The low 32 bits.
const fn low_half(value: u64) -> u32 {
    let [a, b, c, d, ..] = value.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}
