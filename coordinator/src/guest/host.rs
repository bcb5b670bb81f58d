//! The functions that a guest imports: each call goes to the one WASI state machine.

use super::watch::{Ended, Watch};
use shared::wasi::{Fault, Fuel, GuestMemory, ValueType, Wasi, WasiFunction, WasiResult};
use wasmi::{Caller, Error, FuncType, Global, Linker, Memory, Val, ValType};

/// What a run of a guest has in its store.
#[derive(Debug)]
pub(super) struct World {
    pub(super) wasi: Wasi,
    /// The guest's memory and counter of fuel, once there is an instance.
    pub(super) reach: Option<(Memory, Global)>,
    pub(super) watch: Watch,
    /// How the guest or the watch ended the run from within a call.
    pub(super) end: Option<End>,
}

/// An end of a run that a call brings about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Exit(u32),
    OutOfFuel,
    OutputTooLarge,
    Outside(Ended),
}

/// Carries an end through wasmi; the reason is in the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the run has ended")]
struct RunEnded;

impl wasmi::errors::HostError for RunEnded {}

/// A linker with all functions of WASI preview 1.
pub(super) fn linker(engine: &wasmi::Engine) -> Linker<World> {
    let mut linker = Linker::new(engine);
    for &function in WasiFunction::ALL {
        let ty = FuncType::new(types(function.params()), types(function.results()));
        linker
            .func_new(
                WasiFunction::MODULE,
                function.name(),
                ty,
                move |caller, params, results| call(caller, function, params, results),
            )
            .expect("each function is defined once");
    }
    linker
}

fn types(types: &[ValueType]) -> impl ExactSizeIterator<Item = ValType> {
    types.iter().map(|ty| match ty {
        ValueType::I32 => ValType::I32,
        ValueType::I64 => ValType::I64,
    })
}

fn call(
    mut caller: Caller<'_, World>,
    function: WasiFunction,
    params: &[Val],
    results: &mut [Val],
) -> Result<(), Error> {
    let mut args = [0; 9];
    for (arg, param) in args.iter_mut().zip(params) {
        *arg = match param {
            Val::I32(value) => u64::from(value.cast_unsigned()),
            Val::I64(value) => value.cast_unsigned(),
            _ => return Err(Error::new("WASI functions take only integers")),
        };
    }
    let reach = caller.data().reach;
    let (memory, counter) =
        reach.ok_or_else(|| Error::new("a call before there is an instance"))?;
    let Val::I64(before) = counter.get(&caller) else {
        return Err(Error::new("the guest's fuel is no i64"));
    };
    let mut fuel = Fuel(before);
    let (bytes, world) = memory.data_and_store_mut(&mut caller);
    let mut memory = Watched {
        bytes,
        watch: &world.watch,
    };
    let result = world.wasi.call(&mut memory, &mut fuel, function, &args);
    // Calls can be long, and a guest can make nothing but calls: look at the watch after each.
    world.end = match (world.watch.ended(), result) {
        (Some(ended), _) => Some(End::Outside(ended)),
        (None, WasiResult::Exit(code)) => Some(End::Exit(code)),
        (None, WasiResult::OutOfFuel) => Some(End::OutOfFuel),
        (None, WasiResult::OutputTooLarge) => Some(End::OutputTooLarge),
        (None, WasiResult::Errno(errno)) => {
            if let Some(result) = results.first_mut() {
                *result = Val::I32(errno.number().into());
            }
            None
        }
    };
    let has_ended = world.end.is_some();
    if fuel.0 != before {
        counter
            .set(&mut caller, Val::I64(fuel.0))
            .map_err(|_| Error::new("the guest's fuel cannot be set"))?;
    }
    if has_ended {
        return Err(Error::host(RunEnded));
    }
    Ok(())
}

/// A guest's memory that cannot be reached any more once the run must end: a call that moves much data then ends too.
/// Nobody sees what it answers.
struct Watched<'a> {
    bytes: &'a mut [u8],
    watch: &'a Watch,
}

impl GuestMemory for Watched<'_> {
    fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read(&self, at: u32, into: &mut [u8]) -> Result<(), Fault> {
        if self.watch.ended().is_some() {
            return Err(Fault);
        }
        self.bytes.read(at, into)
    }

    fn write(&mut self, at: u32, bytes: &[u8]) -> Result<(), Fault> {
        if self.watch.ended().is_some() {
            return Err(Fault);
        }
        self.bytes.write(at, bytes)
    }
}
