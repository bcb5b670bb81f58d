//! A rewritten module as those see it who run it: they have it from the coordinator and trust nothing in it.

use super::injected::InjectedNames;
use crate::module_check::{ModuleRefusal, check_rewritten};

/// What must be known to run a rewritten module.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Runnable {
    /// Pages of memory at the start.
    pub initial_pages: u64,
    /// The counters: its last three exports, whatever the program itself exports.
    pub names: InjectedNames,
}

/// Why a module is not run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotRunnable {
    /// It may not be a program at all.
    #[error(transparent)]
    Refused(#[from] ModuleRefusal),
    /// It counts nothing.
    #[error(
        "the module is not rewritten: its last exports are not the counters of a program; publish it again"
    )]
    NotRewritten,
}

impl Runnable {
    /// Checks a module and finds its counters. Counters of a wrong type end the run when they are set.
    ///
    /// # Errors
    /// See [`NotRunnable`].
    pub fn read(module: &[u8]) -> Result<Self, NotRunnable> {
        let facts = check_rewritten(module)?;
        let [.., fuel, cap, flag] = facts.exports.as_slice() else {
            return Err(NotRunnable::NotRewritten);
        };
        let names = InjectedNames {
            fuel: fuel.clone(),
            cap: cap.clone(),
            flag: flag.clone(),
        };
        if !names.are_injected() {
            return Err(NotRunnable::NotRewritten);
        }
        Ok(Self {
            initial_pages: facts.memory_pages,
            names,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rewrite::rewrite;

    fn module(exports: &str) -> Vec<u8> {
        let text =
            format!(r#"(module (memory (export "memory") 3) (func (export "_start")) {exports})"#);
        wat::parse_str(text).expect("the test's own module is valid")
    }

    #[test]
    fn the_counters_are_found_whatever_the_program_exports() {
        let guess = r#"(global (export "manyhands_fuel") i64 (i64.const 1))
            (global (export "manyhands_fuel__") i64 (i64.const 1))
            (func (export "manyhands_flag"))"#;
        for (exports, fuel, flag) in [
            ("", "manyhands_fuel", "manyhands_flag"),
            (guess, "manyhands_fuel_", "manyhands_flag_"),
        ] {
            let rewritten = rewrite(&module(exports)).expect("it may be a program");
            let runnable = Runnable::read(&rewritten.module).expect("it can be run");
            assert_eq!(runnable.initial_pages, 3);
            assert_eq!(runnable.names.fuel, fuel);
            assert_eq!(runnable.names.cap, "manyhands_cap");
            assert_eq!(runnable.names.flag, flag);
        }
    }

    #[test]
    fn a_module_that_was_not_rewritten_is_not_run() {
        let error = Runnable::read(&module("")).unwrap_err();
        assert_eq!(error, NotRunnable::NotRewritten);
        let error = Runnable::read(b"hello").unwrap_err();
        assert!(matches!(error, NotRunnable::Refused(_)));
    }
}
