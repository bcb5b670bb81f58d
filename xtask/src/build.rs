//! Everything that is built: the guest programs and the web part, then the binary that carries them.

use crate::cargo;
use crate::programs;
use crate::step::step;
use crate::{tools, web};
use anyhow::Result;

/// `cargo xtask build`.
///
/// # Errors
/// The first step that fails.
pub(crate) fn release() -> Result<()> {
    step("C compiler", tools::c_compiler)?;
    guest_programs()?;
    step("web part", web::build)?;
    step("manyhands, release", || {
        cargo::run(&["build", "--release", "--locked", "--package", "coordinator"])
    })
}

/// `cargo xtask web`: the pages and the browser's workers; the coordinator embeds them, so they come before it.
///
/// # Errors
/// The first step that fails.
pub(crate) fn web_part() -> Result<()> {
    step("wasm targets", tools::wasm_targets)?;
    step("web part", web::build)
}

/// The guest programs; the coordinator embeds them, so they come first.
///
/// # Errors
/// The first step that fails.
pub(crate) fn guest_programs() -> Result<()> {
    step("wasm targets", tools::wasm_targets)?;
    step("guest programs", programs::build)
}
