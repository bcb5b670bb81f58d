//! One step of a task: tells on stderr what it does and how long it took; stdout is for results.

use anyhow::{Context as _, Result};
use std::time::Instant;

/// Runs `work` under a heading; its time follows when it went well.
///
/// # Errors
/// What `work` answers, with the name of the step before it.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("==> {name}");
    let started = Instant::now();
    let made = work().with_context(|| format!("FAILED: {name}"))?;
    eprintln!("    {name}: {:.1} s", started.elapsed().as_secs_f64());
    Ok(made)
}
