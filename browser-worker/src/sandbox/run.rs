//! One run of a guest, from an order to a report.

use super::{Counter, End, GuestView, INSIDE, WORLD, World, unable};
use crate::clock;
use crate::order::{FullOrder, FullReport, Order, Report};
use crate::wasi_bridge::SANDBOX;
use js_sys::{Function, Object, RangeError, Reflect, Uint8Array, WebAssembly};
use shared::halt::{Counters, Halt, outcome_of};
use shared::outcome::{Outcome, Status};
use shared::protocol::UnableReason;
use shared::wasi::{Stdin, Wasi, WasiConfig, WasiFunction, Written};
use wasm_bindgen::{JsCast as _, JsValue};

/// What a run has taken of this machine.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    guest_us: u64,
    memory_pages: u32,
}

/// Runs a guest to its end.
pub(super) fn run(bridge: &JsValue, full: FullOrder) -> FullReport {
    let FullOrder {
        order,
        guest,
        input,
        common,
    } = full;
    let wasi = Wasi::new(WasiConfig {
        argv: order.argv.clone(),
        stdin: input.iter().map(Uint8Array::to_vec).collect::<Stdin>(),
        common: common.map(|common| common.to_vec().into()),
        seed: order.seed,
        random_task: order.random_task,
        output_limit: order.output_limit,
    });
    if order.runnable.initial_pages > u64::from(order.memory_pages) {
        let outcome = Outcome::failed(Status::OutOfMemory, 0);
        return finished(outcome, wasi.finish(), Cost::default());
    }
    let instance = match instantiate(bridge, &guest) {
        Ok(instance) => instance,
        Err(error) => return not_instantiated(&error, wasi),
    };
    let Some(parts) = Parts::of(&instance.exports(), &order) else {
        return unable(UnableReason::Engine);
    };
    let Parts {
        memory,
        start,
        fuel,
        flag,
    } = parts;
    INSIDE.set(false);
    WORLD.set(Some(World {
        wasi,
        memory: GuestView::new(memory),
        fuel,
        end: None,
    }));
    let began_us = clock::ticks_us();
    let result = start.call0(&JsValue::UNDEFINED);
    let guest_us = clock::ticks_us().saturating_sub(began_us);
    // A call that never returned: this program ran out of memory or stack, and its state cannot be trusted.
    if INSIDE.get() {
        return unable(UnableReason::HostMemory);
    }
    let Some(world) = WORLD.take() else {
        return unable(UnableReason::Engine);
    };
    let cost = Cost {
        guest_us,
        memory_pages: world.memory.pages(),
    };
    let halt = halt_of(result, world.end);
    let (Some(halt), Some(rest), Some(flag)) = (halt, world.fuel.get(), flag.get()) else {
        return unable(UnableReason::Engine);
    };
    let counters = Counters {
        rest,
        flag: i32::try_from(flag).unwrap_or_default(),
    };
    let written = world.wasi.finish();
    match outcome_of(halt, counters, order.fuel, &written.stdout) {
        Ok(outcome) => finished(outcome, written, cost),
        Err(_) => unable(UnableReason::HostMemory),
    }
}

/// What the run needs of an instance.
struct Parts {
    memory: WebAssembly::Memory,
    start: Function,
    fuel: Counter,
    flag: Counter,
}

impl Parts {
    /// Finds them and sets the counters; none when the module has others than it should.
    fn of(exports: &Object, order: &Order) -> Option<Self> {
        let names = &order.runnable.names;
        let parts = Self {
            memory: export(exports, "memory")?.dyn_into().ok()?,
            start: export(exports, "_start")?.dyn_into().ok()?,
            fuel: Counter::of(exports, &names.fuel)?,
            flag: Counter::of(exports, &names.flag)?,
        };
        parts.fuel.set(i64::try_from(order.fuel).ok()?)?;
        Counter::of(exports, &names.cap)?.set_small(order.memory_pages)?;
        Some(parts)
    }
}

fn export(exports: &Object, name: &str) -> Option<JsValue> {
    Reflect::get(exports, &name.into()).ok()
}

/// A fresh instance. There is no start function: nothing of the guest runs yet.
fn instantiate(bridge: &JsValue, guest: &JsValue) -> Result<WebAssembly::Instance, JsValue> {
    let sandbox = Object::new();
    Reflect::set(&sandbox, &SANDBOX.into(), &wasm_bindgen::exports())?;
    let bridge = WebAssembly::Instance::new(bridge.dyn_ref().ok_or("no bridge")?, &sandbox)?;
    let imports = Object::new();
    Reflect::set(&imports, &WasiFunction::MODULE.into(), &bridge.exports())?;
    WebAssembly::Instance::new(guest.dyn_ref().ok_or("no guest")?, &imports)
}

/// A segment that does not fit is the guest's doing, before anything was counted; a lack of memory is the host's.
fn not_instantiated(error: &JsValue, wasi: Wasi) -> FullReport {
    if error.is_instance_of::<WebAssembly::RuntimeError>() {
        let outcome = Outcome::failed(Status::Trap, 0);
        return finished(outcome, wasi.finish(), Cost::default());
    }
    if error.is_instance_of::<RangeError>() {
        return unable(UnableReason::HostMemory);
    }
    unable(UnableReason::Engine)
}

/// What the end of `_start` means. Only kinds of errors are looked at, never words: whatever is no `RuntimeError`, such as
/// the engine's own exhausted stack, is no end of the guest.
fn halt_of(result: Result<JsValue, JsValue>, end: Option<End>) -> Option<Halt> {
    Some(match (end, result) {
        (Some(End::Exit(code)), _) => Halt::Exit(code),
        (Some(End::OutOfFuel), _) => Halt::OutOfFuel,
        (Some(End::OutputTooLarge), _) => Halt::OutputTooLarge,
        (None, Ok(_)) => Halt::Returned,
        (None, Err(error)) if error.is_instance_of::<WebAssembly::RuntimeError>() => Halt::Trapped,
        (None, Err(_)) => return None,
    })
}

fn finished(outcome: Outcome, written: Written, cost: Cost) -> FullReport {
    let counts = matches!(outcome.status, Status::Ok | Status::Exit);
    let output: &[u8] = if counts { &written.stdout } else { &[] };
    FullReport {
        report: Report::Finished {
            outcome,
            memory_pages: cost.memory_pages,
            guest_us: cost.guest_us,
        },
        output: Uint8Array::from(output),
        stderr_tail: written.stderr_tail,
    }
}
