//! Reads what other programs print as JSON; what is missing is named.

use anyhow::{Context as _, Result};
use serde_json::Value;

/// The text at a JSON pointer.
///
/// # Errors
/// When there is none.
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> Result<&'a str> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.with_context(|| format!("the JSON has no text at {pointer}"))
}

/// The whole number at a JSON pointer.
///
/// # Errors
/// When there is none.
pub(crate) fn number(value: &Value, pointer: &str) -> Result<u64> {
    let found = value.pointer(pointer).and_then(Value::as_u64);
    found.with_context(|| format!("the JSON has no number at {pointer}"))
}

/// The list at a JSON pointer.
///
/// # Errors
/// When there is none.
pub(crate) fn list<'a>(value: &'a Value, pointer: &str) -> Result<&'a [Value]> {
    let found = value.pointer(pointer).and_then(Value::as_array);
    let list = found.with_context(|| format!("the JSON has no list at {pointer}"))?;
    Ok(list)
}
