//! A guest's world for tests: the state machine over a `Vec` of memory.

use super::{Fuel, Stdin, Wasi, WasiConfig, WasiFunction, WasiResult, Written};
use crate::ids::JobSeed;

/// Where tests have results written.
pub(super) const OUT: u64 = 64;
/// Where tests lay arrays of buffers.
const IOVECS: u64 = 1024;
/// Where tests put and expect data.
pub(super) const DATA: u64 = 32 * 1024;
/// A pointer outside the memory.
pub(super) const BAD: u64 = 0xffff_fff0;
pub(super) const SEED: JobSeed = JobSeed([7; 32]);
pub(super) const TASK: u32 = 0x0102_0304;

pub(super) struct World {
    pub(super) memory: Vec<u8>,
    pub(super) fuel: Fuel,
    wasi: Wasi,
}

impl World {
    fn build(change: impl FnOnce(&mut WasiConfig)) -> Self {
        let mut config = WasiConfig {
            argv: [b"program".as_slice(), b"map", b"width=7"]
                .map(<[u8]>::to_vec)
                .to_vec(),
            stdin: Stdin::default(),
            common: None,
            seed: SEED,
            random_task: TASK,
            output_limit: 1 << 20,
        };
        change(&mut config);
        Self {
            memory: vec![0; 64 * 1024],
            fuel: Fuel(i64::MAX),
            wasi: Wasi::new(config),
        }
    }

    pub(super) fn new() -> Self {
        Self::build(|_| {})
    }

    pub(super) fn with_stdin(stdin: impl IntoStdin) -> Self {
        Self::build(|config| config.stdin = stdin.into_stdin())
    }

    pub(super) fn with_common(bytes: &[u8]) -> Self {
        Self::build(|config| config.common = Some(bytes.into()))
    }

    pub(super) fn with_output_limit(limit: u64) -> Self {
        Self::build(|config| config.output_limit = limit)
    }

    pub(super) fn result(&mut self, function: WasiFunction, args: &[u64]) -> WasiResult {
        self.wasi
            .call(&mut self.memory, &mut self.fuel, function, args)
    }

    /// The errno of a call that does not end the run.
    pub(super) fn call(&mut self, function: WasiFunction, args: &[u64]) -> u64 {
        match self.result(function, args) {
            WasiResult::Errno(errno) => u64::from(errno.number()),
            other => panic!("the run ended: {other:?}"),
        }
    }

    /// Lays out an array of buffers and returns where it is.
    pub(super) fn iovecs(&mut self, pairs: &[(u64, u64)]) -> u64 {
        for (&(at, len), n) in pairs.iter().zip(0..) {
            let pair = [at, len].map(|value| u32::try_from(value).unwrap().to_le_bytes());
            self.put(IOVECS + 8 * n, &pair.concat());
        }
        IOVECS
    }

    pub(super) fn open_common(&mut self) -> u64 {
        let name = DATA + 1000;
        self.put(name, b"common");
        let args = [3, 0, name, 6, 0, 1 << 1, 0, 0, OUT];
        assert_eq!(self.call(WasiFunction::PathOpen, &args), 0);
        let fd = self.u32(OUT).into();
        self.put(OUT, &[0; 4]);
        self.put(name, &[0; 6]);
        fd
    }

    pub(super) fn put(&mut self, at: u64, bytes: &[u8]) {
        let at = usize::try_from(at).unwrap();
        self.memory[at..at + bytes.len()].copy_from_slice(bytes);
    }

    pub(super) fn bytes(&self, at: u64, len: usize) -> &[u8] {
        &self.memory[usize::try_from(at).unwrap()..][..len]
    }

    pub(super) fn u32(&self, at: u64) -> u32 {
        u32::from_le_bytes(self.bytes(at, 4).try_into().unwrap())
    }

    pub(super) fn u64(&self, at: u64) -> u64 {
        u64::from_le_bytes(self.bytes(at, 8).try_into().unwrap())
    }

    pub(super) fn finish(self) -> Written {
        self.wasi.finish()
    }
}

pub(super) trait IntoStdin {
    fn into_stdin(self) -> Stdin;
}

impl IntoStdin for Stdin {
    fn into_stdin(self) -> Stdin {
        self
    }
}

impl<const N: usize> IntoStdin for &[u8; N] {
    fn into_stdin(self) -> Stdin {
        self.to_vec().into()
    }
}

impl<const N: usize> IntoStdin for [u8; N] {
    fn into_stdin(self) -> Stdin {
        self.to_vec().into()
    }
}
