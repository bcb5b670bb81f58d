//! One run of a guest, from an order to a report.

use super::{End, GuestView, INSIDE, WORLD, World, unable};
use crate::clock;
use crate::order::{FullOrder, FullReport, Order, Report};
use crate::wasi_bridge::SANDBOX;
use js_sys::{Function, Object, RangeError, Reflect, Uint8Array, WebAssembly};
use shared::memory_guard::{REFUSED_GUEST, REFUSED_HOST, REFUSED_NOTHING};
use shared::outcome::{Outcome, Status};
use shared::protocol::UnableReason;
use shared::wasi::{Stdin, Wasi, WasiConfig, WasiFunction, Written};
use wasm_bindgen::{JsCast as _, JsValue};

/// Fuel that outcomes state until programs count their own.
const UNCOUNTED: u64 = 0;

/// How a guest stopped, before it is known what that means.
#[derive(Debug, Clone, Copy)]
enum Halt {
    Returned,
    Exit(u32),
    OutputTooLarge,
    Trapped,
    Unable(UnableReason),
}

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
    if order.initial_pages > u64::from(order.memory_pages) {
        let outcome = Outcome::failed(Status::OutOfMemory, UNCOUNTED);
        return finished(outcome, wasi.finish(), Cost::default());
    }
    let instance = match instantiate(bridge, &guest) {
        Ok(instance) => instance,
        Err(error) => return not_instantiated(&error, wasi),
    };
    let exports = instance.exports();
    let Ok(parts) = Parts::of(&exports, &order) else {
        return unable(UnableReason::Engine);
    };
    let view = GuestView::new(parts.memory.clone());
    INSIDE.set(false);
    WORLD.set(Some(World {
        wasi,
        memory: view,
        end: None,
    }));
    let began_us = clock::ticks_us();
    let result = parts.start.call0(&JsValue::UNDEFINED);
    let guest_us = clock::ticks_us().saturating_sub(began_us);
    let Some(world) = WORLD.take() else {
        return unable(UnableReason::Engine);
    };
    let refused = parts.refused();
    let halt = halt_of(result, world.end, refused);
    let cost = Cost {
        guest_us,
        memory_pages: world.memory.pages(),
    };
    report(halt, refused, world.wasi.finish(), cost)
}

/// What the run needs of an instance.
struct Parts {
    memory: WebAssembly::Memory,
    start: Function,
    refused: Option<JsValue>,
}

impl Parts {
    /// Finds them, and sets the cap.
    fn of(exports: &Object, order: &Order) -> Result<Self, JsValue> {
        let refused = match &order.guard {
            Some(names) => {
                let cap = Reflect::get(exports, &names.cap.as_str().into())?;
                Reflect::set(&cap, &"value".into(), &order.memory_pages.into())?;
                Some(Reflect::get(exports, &names.refused.as_str().into())?)
            }
            None => None,
        };
        Ok(Self {
            memory: Reflect::get(exports, &"memory".into())?.dyn_into()?,
            start: Reflect::get(exports, &"_start".into())?.dyn_into()?,
            refused,
        })
    }

    /// What growth of memory was refused.
    fn refused(&self) -> i32 {
        let global = self.refused.as_ref();
        let value = global.and_then(|global| Reflect::get(global, &"value".into()).ok());
        let is = |what: i32| value.as_ref() == Some(&what.into());
        if is(REFUSED_HOST) {
            REFUSED_HOST
        } else if is(REFUSED_GUEST) {
            REFUSED_GUEST
        } else {
            REFUSED_NOTHING
        }
    }
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

/// A segment that does not fit is the guest's doing, a lack of memory the host's.
fn not_instantiated(error: &JsValue, wasi: Wasi) -> FullReport {
    if error.is_instance_of::<WebAssembly::RuntimeError>() {
        let outcome = Outcome::failed(Status::Trap, UNCOUNTED);
        return finished(outcome, wasi.finish(), Cost::default());
    }
    if error.is_instance_of::<RangeError>() {
        return unable(UnableReason::HostMemory);
    }
    unable(UnableReason::Engine)
}

/// What the end of `_start` means. Only kinds of errors are looked at, never words.
fn halt_of(result: Result<JsValue, JsValue>, end: Option<End>, refused: i32) -> Halt {
    // A call that never returned: this program ran out of memory or stack, and its state cannot be trusted.
    if INSIDE.get() {
        return Halt::Unable(UnableReason::HostMemory);
    }
    if refused == REFUSED_HOST {
        return Halt::Unable(UnableReason::HostMemory);
    }
    match (end, result) {
        (Some(End::Exit(code)), _) => Halt::Exit(code),
        (Some(End::OutputTooLarge), _) => Halt::OutputTooLarge,
        (None, Ok(_)) => Halt::Returned,
        (None, Err(error)) if is_trap(&error) => Halt::Trapped,
        (None, Err(_)) => Halt::Unable(UnableReason::Engine),
    }
}

/// Whether the engine says that the guest trapped, or that the stack is exhausted: a `RangeError`, in Firefox an
/// `InternalError`, for which there is no class.
fn is_trap(error: &JsValue) -> bool {
    error.is_instance_of::<WebAssembly::RuntimeError>()
        || error.is_instance_of::<RangeError>()
        || Reflect::get(error, &"name".into()).is_ok_and(|name| name == "InternalError")
}

fn report(halt: Halt, refused: i32, written: Written, cost: Cost) -> FullReport {
    let outcome = match halt {
        Halt::Unable(reason) => return unable(reason),
        Halt::Returned | Halt::Exit(0) => Outcome::ok(&written.stdout, UNCOUNTED),
        Halt::OutputTooLarge => Outcome::failed(Status::OutputTooLarge, UNCOUNTED),
        Halt::Exit(_) | Halt::Trapped if refused == REFUSED_GUEST => {
            Outcome::failed(Status::OutOfMemory, UNCOUNTED)
        }
        Halt::Exit(code) => Outcome::exit(code, &written.stdout, UNCOUNTED),
        Halt::Trapped => Outcome::failed(Status::Trap, UNCOUNTED),
    };
    finished(outcome, written, cost)
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
