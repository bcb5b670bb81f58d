//! What a submitter wishes for: the words for it as values (trust levels, ranges, limits, seeds, args), and the job
//! that is made of it.

use crate::ids::{Digest, JobNonce, JobSeed, SubmitterKey, UnixMs};
use crate::job::{
    ArgvMode, Input, Job, Limits, MAX_FUEL, MAX_MEMORY_PAGES, MAX_OUTPUT_BYTES, MAX_TASKS,
    MAX_TRUST, MIN_TRUST, Policy,
};
use crate::leaf::{Leaf, RangeInput, input_root};
use std::collections::BTreeSet;
use std::str::FromStr;

const PAGE_BYTES: u64 = 64 << 10;

/// What a submitter wishes for, but for the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The module that runs.
    pub module_sha256: Digest,
    /// Its program manifest.
    pub manifest_sha256: Digest,
    /// How args reach the guest.
    pub argv_mode: ArgvMode,
    /// In the order of the schema.
    pub args: Vec<Vec<u8>>,
    /// The file that every task can read, or [`Digest::NONE`].
    pub common_sha256: Digest,
    /// Volunteers for each task.
    pub trust: u8,
    /// How they are chosen.
    pub policy: Policy,
    /// What each task may use.
    pub limits: Limits,
    /// Seed of `random_get`.
    pub seed: JobSeed,
}

/// An input that was made into tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tasks<'a> {
    /// Chunks of data.
    Chunks(&'a [Leaf]),
    /// Parts of a range.
    Range(RangeInput),
}

impl Wish {
    /// The job to be signed. Whether it keeps every rule, [`Job::check`] says.
    #[must_use]
    pub fn job(&self, nonce: JobNonce, submitter_key: SubmitterKey, tasks: Tasks<'_>) -> Job {
        let (input, task_count, input_root) = match tasks {
            Tasks::Chunks(leaves) => (
                Input::Chunks,
                u32::try_from(leaves.len()).unwrap_or(u32::MAX),
                input_root(leaves.iter().copied()),
            ),
            Tasks::Range(range) => (
                Input::Range(range),
                range.task_count().unwrap_or(0),
                input_root(range.leaves()),
            ),
        };
        Job {
            nonce,
            submitter_key,
            module_sha256: self.module_sha256,
            manifest_sha256: self.manifest_sha256,
            argv_mode: self.argv_mode,
            args: self.args.clone(),
            common_sha256: self.common_sha256,
            input,
            task_count,
            input_root,
            trust: self.trust,
            policy: self.policy.clone(),
            referee_allowed: false,
            limits: self.limits,
            seed: self.seed,
            deadline_ms: UnixMs(0),
        }
    }
}

/// Reads a trust level.
///
/// # Errors
/// What a trust level is.
pub fn trust(text: &str) -> Result<u8, String> {
    let level: Option<u8> = text.parse().ok();
    let is_good = |level: &u8| (MIN_TRUST..=MAX_TRUST).contains(level) && level % 2 == 1;
    level.filter(is_good).ok_or_else(|| {
        format!("the trust level is the number of volunteers asked for each task: odd, {MIN_TRUST} to {MAX_TRUST}")
    })
}

/// START..END, the end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RangeArg {
    /// First number.
    pub start: i64,
    /// First number after the range.
    pub end: i64,
}

impl FromStr for RangeArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || "a range is START..END with whole numbers, such as 0..256".to_owned();
        let (start, end) = text.split_once("..").ok_or_else(form)?;
        let number = |text: &str| text.trim().parse::<i64>().map_err(|_| form());
        let (start, end) = (number(start)?, number(end)?);
        if end <= start {
            return Err(format!(
                "the range {start}..{end} is empty: END must be greater than START (END itself is not part of the range)"
            ));
        }
        Ok(Self { start, end })
    }
}

/// Which tasks of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TasksArg {
    /// Those that are decided and have no output.
    Failed,
    /// These, ascending.
    Listed(Vec<u32>),
}

impl FromStr for TasksArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "failed" {
            return Ok(Self::Failed);
        }
        let form = || "tasks are failed, or numbers such as 0,4,7-9".to_owned();
        let number = |text: &str| -> Result<u32, String> {
            let number: u32 = text.trim().parse().map_err(|_| form())?;
            if number < MAX_TASKS {
                return Ok(number);
            }
            Err(format!(
                "there is no task {number}: a job has at most {MAX_TASKS} tasks, from 0 on"
            ))
        };
        let mut tasks = BTreeSet::new();
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last) = (number(first)?, number(last)?);
            if last < first {
                return Err(form());
            }
            tasks.extend(first..=last);
        }
        Ok(Self::Listed(tasks.into_iter().collect()))
    }
}

/// NAME=VALUE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedArg {
    /// The arg.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl FromStr for NamedArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok(Self {
                name: name.to_owned(),
                value: value.to_owned(),
            }),
            _ => Err(
                "an arg is NAME=VALUE, such as width=1024; what a plain tool wants goes behind --"
                    .into(),
            ),
        }
    }
}

/// One limit of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitArg {
    /// Fuel.
    Fuel(u64),
    /// Memory in pages of 64 KiB.
    MemoryPages(u32),
    /// Output, bytes.
    OutputBytes(u32),
    /// Wall-clock time, ms.
    WallMs(u32),
}

impl FromStr for LimitArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text
            .split_once('=')
            .ok_or("a limit is fuel=N, memory=SIZE, output=SIZE or wall=SECONDS")?;
        match name {
            "fuel" => count(value).map(Self::Fuel),
            "memory" => {
                let pages = bytes(value)?.div_ceil(PAGE_BYTES);
                let pages = u32::try_from(pages).ok();
                pages
                    .filter(|pages| (1..=MAX_MEMORY_PAGES).contains(pages))
                    .map(Self::MemoryPages)
                    .ok_or_else(|| "memory must be 64KiB to 1GiB".into())
            }
            "output" => u32::try_from(bytes(value)?)
                .ok()
                .filter(|bytes| *bytes <= MAX_OUTPUT_BYTES)
                .map(Self::OutputBytes)
                .ok_or_else(|| "output must be at most 64MiB".into()),
            "wall" => {
                let seconds: Option<u32> = value.strip_suffix('s').unwrap_or(value).parse().ok();
                let ms = seconds.and_then(|seconds| seconds.checked_mul(1000));
                ms.filter(|ms| *ms > 0)
                    .map(Self::WallMs)
                    .ok_or_else(|| "wall is a number of seconds, such as wall=120".into())
            }
            _ => Err(format!(
                "unknown limit {name:?}; use fuel, memory, output or wall"
            )),
        }
    }
}

/// The program's limits with the submitter's on top.
#[must_use]
pub fn limits(base: Limits, wished: &[LimitArg]) -> Limits {
    let mut limits = base;
    for limit in wished {
        match *limit {
            LimitArg::Fuel(fuel) => limits.fuel = fuel,
            LimitArg::MemoryPages(pages) => limits.memory_pages = pages,
            LimitArg::OutputBytes(bytes) => limits.output_bytes = bytes,
            LimitArg::WallMs(ms) => limits.wall_ms = ms,
        }
    }
    limits
}

/// A whole number, also as 2e9.
fn count(text: &str) -> Result<u64, String> {
    let form = || "fuel is a whole number of at least 1, such as 2000000000 or 2e9".to_owned();
    let (digits, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let base: u64 = digits.parse().map_err(|_| form())?;
    let exponent: u32 = exponent.parse().map_err(|_| form())?;
    let power = 10_u64.checked_pow(exponent).ok_or_else(form)?;
    let fuel = base.checked_mul(power).ok_or_else(form)?;
    if fuel == 0 || fuel > MAX_FUEL {
        return Err("fuel must be 1 to 2^63 - 1".into());
    }
    Ok(fuel)
}

/// A size as splits have it: 65536, 64KiB, 64K, 1MiB and so on.
fn bytes(text: &str) -> Result<u64, String> {
    let form = || format!("{text:?} is not a size; write it like 65536, 64KiB or 16MiB");
    let digits = text.trim_end_matches(|char: char| char.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default();
    let factor = match unit {
        "" => 1,
        "K" | "KiB" => 1 << 10,
        "M" | "MiB" => 1 << 20,
        "G" | "GiB" => 1 << 30,
        _ => return Err(form()),
    };
    let number: u64 = digits.parse().map_err(|_| form())?;
    number.checked_mul(factor).ok_or_else(form)
}

/// Seed of `random_get`: 64 hex digits, or a number, which fills the last 8 bytes.
///
/// # Errors
/// What a seed is.
pub fn seed(text: &str) -> Result<JobSeed, String> {
    if let Ok(seed) = text.parse() {
        return Ok(seed);
    }
    let number: u64 = text
        .parse()
        .map_err(|_| "a seed is a number from 0 to 2^64 - 1 or 64 hexadecimal digits")?;
    let mut seed = [0; 32];
    if let Some(last) = seed.last_chunk_mut::<8>() {
        *last = number.to_be_bytes();
    }
    Ok(JobSeed(seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_is_odd_and_3_to_15() {
        assert_eq!(trust("3"), Ok(3));
        assert_eq!(trust("15"), Ok(15));
        for bad in ["0", "1", "2", "4", "17", "-3", "x", "300"] {
            assert!(trust(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn ranges_go_forward() {
        assert_eq!("-5..10".parse(), Ok(RangeArg { start: -5, end: 10 }));
        for bad in [
            "",
            "5",
            "5..",
            "..5",
            "5..5",
            "6..5",
            "a..b",
            "0..9223372036854775808",
        ] {
            assert!(bad.parse::<RangeArg>().is_err(), "{bad}");
        }
    }

    #[test]
    fn tasks_are_the_failed_ones_or_numbers_in_any_order_each_once() {
        assert_eq!("failed".parse(), Ok(TasksArg::Failed));
        let listed = TasksArg::Listed(vec![0, 4, 7, 8, 9]);
        assert_eq!("7-9, 4,0,8".parse(), Ok(listed));
        for bad in [
            "",
            "all",
            "1,",
            "-1",
            "9-7",
            "1-2-3",
            "1048576",
            "0-4294967295",
        ] {
            assert!(bad.parse::<TasksArg>().is_err(), "{bad}");
        }
    }

    #[test]
    fn limits_have_units_and_bounds() {
        assert_eq!("fuel=2e9".parse(), Ok(LimitArg::Fuel(2_000_000_000)));
        assert_eq!("memory=64MiB".parse(), Ok(LimitArg::MemoryPages(1024)));
        assert_eq!("memory=1".parse(), Ok(LimitArg::MemoryPages(1)));
        assert_eq!("output=16M".parse(), Ok(LimitArg::OutputBytes(16 << 20)));
        assert_eq!("wall=120".parse(), Ok(LimitArg::WallMs(120_000)));
        assert_eq!("wall=5s".parse(), Ok(LimitArg::WallMs(5000)));
        for bad in [
            "fuel",
            "fuel=0",
            "fuel=-1",
            "fuel=1e30",
            "fuel=1e19",
            "memory=2GiB",
            "memory=0",
            "memory=1kb",
            "output=65MiB",
            "wall=0",
            "wall=x",
            "time=1",
        ] {
            assert!(bad.parse::<LimitArg>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_seed_is_a_number_or_32_bytes() {
        let mut one = [0; 32];
        one[31] = 1;
        assert_eq!(seed("1"), Ok(JobSeed(one)));
        assert_eq!(seed(&"ab".repeat(32)), Ok(JobSeed([0xab; 32])));
        assert!(seed("x").is_err());
        assert!(seed("").is_err());
    }

    #[test]
    fn an_arg_has_a_name_and_may_have_an_empty_value() {
        let arg = |name: &str, value: &str| NamedArg {
            name: name.into(),
            value: value.into(),
        };
        assert_eq!("a=b=c".parse(), Ok(arg("a", "b=c")));
        assert_eq!("a=".parse(), Ok(arg("a", "")));
        assert!("a".parse::<NamedArg>().is_err());
        assert!("=a".parse::<NamedArg>().is_err());
    }
}
