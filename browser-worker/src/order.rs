//! What a worker that has keys and network tells a sandbox to run, and what the sandbox reports.
//!
//! An order is a JavaScript array: the [`Order`] as JSON, the bridge's and the guest's compiled modules, the pieces of
//! standard input, and the common file or null. A report is one too: the [`Report`] as JSON, the output, and the tail
//! of standard error. Bytes travel beside the JSON, so that they are moved and not written out.

use js_sys::{Array, Uint8Array};
use serde::{Deserialize, Serialize};
use shared::ids::JobSeed;
use shared::outcome::Outcome;
use shared::protocol::UnableReason;
use shared::rewrite::Runnable;
use wasm_bindgen::{JsCast as _, JsValue};

/// What one run is given, beside its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The arguments, `argv[0]` first (`shared::argv` makes them).
    pub argv: Vec<Vec<u8>>,
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
    /// What must be known of the module.
    pub runnable: Runnable,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// It has an outcome.
    Finished {
        /// What to vote for.
        outcome: Outcome,
        /// Pages of memory that the guest had in the end.
        memory_pages: u32,
        /// How long the guest ran, microseconds: neither compiling nor instantiating counts.
        guest_us: u64,
    },
    /// It could not be run to its end. The sandbox must not be used again.
    Unable(UnableReason),
}

/// An order with its bytes.
#[derive(Debug, Clone)]
pub struct FullOrder {
    /// What is given.
    pub order: Order,
    /// The guest, compiled.
    pub guest: JsValue,
    /// Standard input in pieces.
    pub input: Vec<Uint8Array>,
    /// The file `/common`.
    pub common: Option<Uint8Array>,
}

/// A report with its bytes.
#[derive(Debug, Clone)]
pub struct FullReport {
    /// How it ended.
    pub report: Report,
    /// The output that the outcome names.
    pub output: Uint8Array,
    /// Tail of the guest's standard error.
    pub stderr_tail: Vec<u8>,
}

impl FullOrder {
    /// The message, and what of it is moved and not copied: the input.
    #[must_use]
    pub fn message(&self, bridge: &JsValue) -> Option<(Array, Array)> {
        let text = serde_json::to_string(&self.order).ok()?;
        let (pieces, moved) = (Array::new(), Array::new());
        for piece in &self.input {
            pieces.push(piece);
            moved.push(&piece.buffer());
        }
        let common = self.common.clone().map_or(JsValue::NULL, JsValue::from);
        let message = Array::of5(&text.into(), bridge, &self.guest, &pieces, &common);
        Some((message, moved))
    }

    /// Reads a message: the bridge and the order.
    #[must_use]
    pub fn read(message: &JsValue) -> Option<(JsValue, Self)> {
        let parts = message.dyn_ref::<Array>()?;
        let order = serde_json::from_str(&parts.get(0).as_string()?).ok()?;
        let pieces = parts.get(3).dyn_into::<Array>().ok()?;
        let input = pieces.iter().map(|piece| piece.dyn_into().ok());
        let full = Self {
            order,
            guest: parts.get(2),
            input: input.collect::<Option<_>>()?,
            common: parts.get(4).dyn_into().ok(),
        };
        Some((parts.get(1), full))
    }
}

impl FullReport {
    /// The message, and what of it is moved and not copied: the output.
    #[must_use]
    pub fn message(&self) -> Option<(Array, Array)> {
        let text = serde_json::to_string(&self.report).ok()?;
        let stderr = Uint8Array::from(self.stderr_tail.as_slice());
        let message = Array::of3(&text.into(), &self.output, &stderr);
        Some((message, Array::of1(&self.output.buffer())))
    }

    /// Reads a message.
    #[must_use]
    pub fn read(message: &JsValue) -> Option<Self> {
        let parts = message.dyn_ref::<Array>()?;
        Some(Self {
            report: serde_json::from_str(&parts.get(0).as_string()?).ok()?,
            output: parts.get(1).dyn_into().ok()?,
            stderr_tail: parts.get(2).dyn_into::<Uint8Array>().ok()?.to_vec(),
        })
    }
}
