//! What an accepted program may still fail at when it runs: told before anybody computes for it.

use crate::job::Limits;
use crate::local_program::LocalProgram;
use crate::wasi::WasiFunction;
use serde::{Deserialize, Serialize};

/// Something that a program may not expect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Caveat {
    /// It imports functions that always answer that they are not supported (52).
    Unsupported {
        /// Their names.
        functions: Vec<String>,
    },
    /// It can open files: there is none but the job's common file.
    Files,
    /// It can look at the clock, which only counts the looks.
    Clock,
    /// It can draw random numbers: they come from the job's seed and the task's number.
    Random,
    /// It calls functions of its own: at most 4,096 calls may be open at once, fewer of functions with many locals.
    Recursion,
    /// It can grow its memory: beyond the limit it is refused.
    Growth {
        /// The limit, pages.
        limit_pages: u32,
    },
    /// It begins with more memory than its own manifest allows: every task would fail.
    InitialMemory {
        /// What it begins with, pages.
        pages: u64,
        /// The limit, pages.
        limit_pages: u32,
    },
}

impl Caveat {
    /// What must be said of a program.
    #[must_use]
    pub fn all(program: &LocalProgram) -> Vec<Self> {
        let facts = &program.facts;
        let limits: &Limits = &program.manifest.limits;
        let imports = |functions: &[WasiFunction]| {
            let mut imports = facts.imports.iter();
            imports.any(|import| functions.contains(import))
        };
        let unsupported = facts.imports.iter().filter(|import| !import.is_supported());
        let mut functions: Vec<_> = unsupported.map(|import| import.name().to_owned()).collect();
        functions.sort();
        functions.dedup();
        let limit_pages = limits.memory_pages;
        let begins_too_large = facts.memory_pages > u64::from(limit_pages);
        let use_clock = [
            WasiFunction::ClockTimeGet,
            WasiFunction::PollOneoff,
            WasiFunction::ClockResGet,
        ];
        let caveats = [
            begins_too_large.then_some(Self::InitialMemory {
                pages: facts.memory_pages,
                limit_pages,
            }),
            (!functions.is_empty()).then_some(Self::Unsupported { functions }),
            imports(&[WasiFunction::PathOpen]).then_some(Self::Files),
            imports(&use_clock).then_some(Self::Clock),
            imports(&[WasiFunction::RandomGet]).then_some(Self::Random),
            (program.changes.frames > 0).then_some(Self::Recursion),
            (program.changes.grows > 0).then_some(Self::Growth { limit_pages }),
        ];
        caveats.into_iter().flatten().collect()
    }

    /// In words, for people.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Unsupported { functions } => {
                let functions = functions.join(", ");
                format!("{functions}: the answer is always \"not supported\" (52)")
            }
            Self::Files => {
                "opening a file: there is none but /common, and only when the job has one".into()
            }
            Self::Clock => "time: each look at the clock is a microsecond later than the last, and sleeping returns at once".into(),
            Self::Random => "random numbers: the same for every volunteer of a task".into(),
            Self::Recursion => {
                "recursion: at most 4,096 open calls, fewer with many locals; beyond that it traps".into()
            }
            Self::Growth { limit_pages } => {
                let limit = mib(u64::from(*limit_pages));
                format!("memory: growing beyond {limit} MiB is refused")
            }
            Self::InitialMemory { pages, limit_pages } => {
                let (begins, limit) = (mib(*pages), mib(u64::from(*limit_pages)));
                format!("every task: it begins with {begins} MiB of memory, and its limit is {limit} MiB")
            }
        }
    }
}

/// Pages of 64 KiB as MiB: `4`, `4.5`.
fn mib(pages: u64) -> String {
    let (whole, sixteenths) = (pages / 16, pages % 16);
    let decimals = format!("{:04}", sixteenths * 625);
    let decimals = decimals.trim_end_matches('0');
    let dot = if decimals.is_empty() { "" } else { "." };
    format!("{whole}{dot}{decimals}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caveats(text: &str) -> Vec<Caveat> {
        let module = wat::parse_str(text).expect("the test's own module is valid");
        let program = LocalProgram::new(module, None).expect("it may be a program");
        Caveat::all(&program)
    }

    #[test]
    fn a_program_that_asks_for_nothing_has_no_caveat() {
        let text = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;
        assert_eq!(caveats(text), []);
    }

    #[test]
    fn what_may_fail_is_told_by_what_is_imported_and_done() {
        let text = r#"(module
            (import "wasi_snapshot_preview1" "sock_shutdown" (func (param i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "proc_raise" (func (param i32) (result i32)))
            (import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))
            (memory (export "memory") 5000)
            (func (export "_start") (drop (memory.grow (i32.const 1))))
            (func $deep (call $deep)))"#;
        let limit_pages = Limits::default().memory_pages;
        let expected = [
            Caveat::InitialMemory {
                pages: 5000,
                limit_pages,
            },
            Caveat::Unsupported {
                functions: vec!["proc_raise".into(), "sock_shutdown".into()],
            },
            Caveat::Random,
            Caveat::Recursion,
            Caveat::Growth { limit_pages },
        ];
        assert_eq!(caveats(text), expected);
        assert!(expected.iter().all(|caveat| !caveat.words().is_empty()));
    }

    #[test]
    fn pages_are_told_in_mib() {
        for (pages, text) in [(0, "0"), (64, "4"), (72, "4.5"), (1, "0.0625"), (160, "10")] {
            assert_eq!(mib(pages), text);
        }
    }
}
