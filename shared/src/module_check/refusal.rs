//! Why a module may not be a program, in words that say what, where and what to do.

use crate::wasi::{ValueType, WasiFunction};

/// Why a module is refused. Offsets are in bytes from its beginning.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModuleRefusal {
    /// It does not begin as a module does.
    #[error(
        "this is not a WebAssembly module: it must begin with the bytes 00 61 73 6d (text must be compiled first)"
    )]
    NotWasm,
    /// It is a component of the component model.
    #[error(
        "this is a WebAssembly component: build a module instead, for WASI preview 1 (Rust target wasm32-wasip1)"
    )]
    Component,
    /// It is malformed, or uses a feature that is not on the list.
    #[error("{message} (at offset {offset:#x}){advice}")]
    Invalid {
        /// What the validator says.
        message: String,
        /// Where.
        offset: u64,
        /// What to do, when a feature is missing.
        advice: &'static str,
    },
    /// It has a start function.
    #[error(
        "it has a start function (at offset {offset:#x}): export `_start` instead, as a WASI command does"
    )]
    StartFunction {
        /// Of the start section.
        offset: u64,
    },
    /// It has more than one memory.
    #[error("it has {count} memories (at offset {offset:#x}): a program has exactly one")]
    Memories {
        /// How many.
        count: u32,
        /// Of the memory section.
        offset: u64,
    },
    /// It imports what no runner offers.
    #[error(
        "it imports {name} from {module} (at offset {offset:#x}): only functions of {} can be imported",
        WasiFunction::MODULE
    )]
    Import {
        /// The module that it names.
        module: String,
        /// The name.
        name: String,
        /// Of the import.
        offset: u64,
    },
    /// It imports a WASI function that does not exist.
    #[error(
        "it imports the function {name} (at offset {offset:#x}), which WASI preview 1 does not have: build it for preview 1"
    )]
    UnknownFunction {
        /// The name.
        name: String,
        /// Of the import.
        offset: u64,
    },
    /// It imports a WASI function with another signature.
    #[error(
        "it imports the function {name} (at offset {offset:#x}) as {found}, but WASI preview 1 has it as {}",
        signature(*.function)
    )]
    Signature {
        /// The name.
        name: &'static str,
        /// The function.
        function: WasiFunction,
        /// How it is imported.
        found: String,
        /// Of the import.
        offset: u64,
    },
    /// An export that every program has is missing or is something else.
    #[error("it does not export {what}: build it as a WASI command (a binary, not a library)")]
    Export {
        /// What should be exported.
        what: &'static str,
    },
    /// Something is larger than it may be.
    #[error("{what} are {found}, at most {limit} are allowed (at offset {offset:#x})")]
    Limit {
        /// What is limited.
        what: &'static str,
        /// How much of it there is.
        found: u64,
        /// How much of it there may be.
        limit: u64,
        /// Where.
        offset: u64,
    },
    /// It uses table.grow.
    #[error(
        "it uses table.grow (at offset {offset:#x}), which programs may not: tables keep their size"
    )]
    TableGrow {
        /// Of the instruction.
        offset: u64,
    },
}

impl ModuleRefusal {
    pub(super) const fn limit(what: &'static str, found: u64, limit: u64, offset: u64) -> Self {
        Self::Limit {
            what,
            found,
            limit,
            offset,
        }
    }
}

impl From<wasmparser::Error> for ModuleRefusal {
    fn from(error: wasmparser::Error) -> Self {
        Self::Invalid {
            message: clip(error.message()),
            offset: error.offset(),
            advice: if error.missing_wasm_feature().is_some() {
                ": programs may use only MVP, mutable-global, sign-extension, saturating float-to-int, bulk-memory, \
                 multi-value, reference-types (funcref) and simd128; build it without other features"
            } else {
                ""
            },
        }
    }
}

/// A text from the module, short and printable.
pub(super) fn quoted(text: &str) -> String {
    format!("{:?}", clip(text))
}

fn clip(text: &str) -> String {
    const MOST: usize = 200;
    if text.chars().nth(MOST).is_none() {
        return text.to_owned();
    }
    text.chars().take(MOST).chain(['…']).collect()
}

/// The signature of a WASI function in words.
fn signature(function: WasiFunction) -> String {
    let words = |types: &[ValueType]| {
        let names: Vec<_> = types
            .iter()
            .map(|value| match value {
                ValueType::I32 => "i32",
                ValueType::I64 => "i64",
            })
            .collect();
        names.join(", ")
    };
    format!(
        "({}) -> ({})",
        words(function.params()),
        words(function.results())
    )
}
