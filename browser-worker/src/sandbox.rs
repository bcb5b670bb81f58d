//! The program of a sandbox: runs one guest after the other, each in a fresh instance, and reports its outcome.
//!
//! A guest gets the same answers and the same outcome bytes as under `coordinator::guest`: the rules are
//! `shared::halt`'s. What a browser does not tell is decided so: a trap is any `RuntimeError`, and an engine that runs
//! out of its own stack or memory gives no outcome. The wall-clock limit is whose who started this worker and can end
//! it at any instruction.

mod counter;
mod guest_view;
mod run;

use crate::order::{FullOrder, FullReport, Report};
use counter::Counter;
use guest_view::GuestView;
use js_sys::Uint8Array;
use shared::protocol::UnableReason;
use shared::wasi::{Fuel, Wasi, WasiFunction, WasiResult};
use std::cell::{Cell, RefCell};
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// What a call answers when the run must end; the bridge then traps.
const RUN_ENDS: i32 = -1;

/// What the running guest has outside of its instance.
#[derive(Debug)]
struct World {
    wasi: Wasi,
    memory: GuestView,
    /// The guest's counter of fuel.
    fuel: Counter,
    /// How a call has ended the run.
    end: Option<End>,
}

/// An end of a run that a call brings about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Exit(u32),
    OutOfFuel,
    OutputTooLarge,
}

thread_local! {
    static WORLD: RefCell<Option<World>> = const { RefCell::new(None) };
    /// Whether a call has begun and not returned: still so after the guest has ended, this program itself has failed.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Waits for orders.
pub fn start() {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else {
        return; // only a worker can be a sandbox
    };
    let port = scope.clone();
    let on_message = Closure::<dyn FnMut(_)>::new(move |event: MessageEvent| {
        let report = match FullOrder::read(&event.data()) {
            Some((bridge, order)) => run::run(&bridge, order),
            None => unable(UnableReason::Engine),
        };
        let posted = report
            .message()
            .ok_or(JsValue::UNDEFINED)
            .and_then(|(message, moved)| port.post_message_with_transfer(&message, &moved));
        if posted.is_err()
            && let Some((message, _)) = unable(UnableReason::HostMemory).message()
        {
            // When even this cannot be posted, the wall-clock limit ends the wait.
            let _ = port.post_message(&message);
        }
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget(); // it lives as long as the worker
}

fn unable(reason: UnableReason) -> FullReport {
    FullReport {
        report: Report::Unable(reason),
        output: Uint8Array::new_with_length(0),
        stderr_tail: Vec::new(),
    }
}

/// A guest calls a function of WASI: its errno, or a negative number when the run must end.
#[must_use]
pub fn call(function: WasiFunction, args: &[u64]) -> i32 {
    INSIDE.set(true);
    let answer = WORLD.with(|world| {
        let mut world = world.try_borrow_mut().ok()?;
        let World {
            wasi,
            memory,
            fuel,
            end,
        } = world.as_mut()?;
        let before = fuel.get()?;
        let mut left = Fuel(before);
        let result = wasi.call(memory, &mut left, function, args);
        if left.0 != before {
            fuel.set(left.0)?;
        }
        *end = match result {
            WasiResult::Errno(errno) => return Some(errno.number().into()),
            WasiResult::Exit(code) => Some(End::Exit(code)),
            WasiResult::OutOfFuel => Some(End::OutOfFuel),
            WasiResult::OutputTooLarge => Some(End::OutputTooLarge),
        };
        None
    });
    INSIDE.set(false);
    answer.unwrap_or(RUN_ENDS)
}
