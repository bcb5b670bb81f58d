//! What the end of a guest means: status and fuel from how it stopped and from its own counters (GUEST.md section 3).

use crate::outcome::{Outcome, Status};
use crate::rewrite::{FLAG_GROW_REFUSED, FLAG_HOST_REFUSED, FLAG_OUT_OF_FUEL};

/// How a guest stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// `_start` returned.
    Returned,
    /// It called `proc_exit`.
    Exit(u32),
    /// A call of the host cost more than was left.
    OutOfFuel,
    /// It wrote more than it may.
    OutputTooLarge,
    /// It trapped, whatever the engine calls it. The engine's own exhaustion is none of these.
    Trapped,
}

/// The counters of a rewritten program after its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    /// Fuel that is left; below zero it was used up.
    pub rest: i64,
    /// One of the flags of [`crate::rewrite`].
    pub flag: i32,
}

/// The host had no memory for what the guest may have: what it would have done with it, nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the host had too little memory")]
pub struct HostRefused;

/// The outcome of a run that was given `limit` of fuel and has written `stdout`.
///
/// # Errors
/// [`HostRefused`]: the run has no outcome.
pub fn outcome_of(
    halt: Halt,
    counters: Counters,
    limit: u64,
    stdout: &[u8],
) -> Result<Outcome, HostRefused> {
    if counters.flag == FLAG_HOST_REFUSED {
        return Err(HostRefused);
    }
    let all_used = Outcome::failed(Status::OutOfFuel, limit);
    // A function that keeps the counter in a local traps without writing it back.
    if counters.flag == FLAG_OUT_OF_FUEL {
        return Ok(all_used);
    }
    let Ok(rest) = u64::try_from(counters.rest) else {
        return Ok(all_used);
    };
    let used = limit.saturating_sub(rest);
    let was_refused = counters.flag == FLAG_GROW_REFUSED;
    Ok(match halt {
        Halt::Returned | Halt::Exit(0) => Outcome::ok(stdout, used),
        Halt::OutOfFuel => all_used,
        Halt::OutputTooLarge => Outcome::failed(Status::OutputTooLarge, used),
        Halt::Exit(_) | Halt::Trapped if was_refused => Outcome::failed(Status::OutOfMemory, used),
        Halt::Exit(code) => Outcome::exit(code, stdout, used),
        Halt::Trapped => Outcome::failed(Status::Trap, used),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rewrite::FLAG_NOTHING;

    const LIMIT: u64 = 1_000;

    fn outcome(halt: Halt, rest: i64, flag: i32) -> Outcome {
        outcome_of(halt, Counters { rest, flag }, LIMIT, b"out").expect("the host had memory")
    }

    #[test]
    fn what_was_used_is_the_limit_without_the_rest() {
        let end = |halt| outcome(halt, 400, FLAG_NOTHING);
        assert_eq!(end(Halt::Returned), Outcome::ok(b"out", 600));
        assert_eq!(end(Halt::Exit(0)), Outcome::ok(b"out", 600));
        assert_eq!(end(Halt::Exit(7)), Outcome::exit(7, b"out", 600));
        assert_eq!(end(Halt::Trapped), Outcome::failed(Status::Trap, 600));
        let flood = Outcome::failed(Status::OutputTooLarge, 600);
        assert_eq!(end(Halt::OutputTooLarge), flood);
    }

    #[test]
    fn out_of_fuel_is_the_whole_limit_however_it_was_noticed() {
        let all = Outcome::failed(Status::OutOfFuel, LIMIT);
        assert_eq!(outcome(Halt::Trapped, -3, FLAG_OUT_OF_FUEL), all);
        assert_eq!(outcome(Halt::Trapped, 700, FLAG_OUT_OF_FUEL), all);
        assert_eq!(outcome(Halt::Trapped, i64::MIN, FLAG_GROW_REFUSED), all);
        assert_eq!(outcome(Halt::OutOfFuel, -1, FLAG_NOTHING), all);
        assert_eq!(outcome(Halt::OutOfFuel, 5, FLAG_NOTHING), all);
    }

    #[test]
    fn a_trap_or_exit_code_after_a_refused_growth_is_a_lack_of_memory() {
        let end = |halt| outcome(halt, 0, FLAG_GROW_REFUSED);
        let lack = Outcome::failed(Status::OutOfMemory, LIMIT);
        assert_eq!(end(Halt::Trapped), lack);
        assert_eq!(end(Halt::Exit(1)), lack);
        assert_eq!(end(Halt::Exit(0)), Outcome::ok(b"out", LIMIT));
        assert_eq!(end(Halt::Returned), Outcome::ok(b"out", LIMIT));
    }

    #[test]
    fn a_host_without_memory_gives_no_outcome() {
        let counters = Counters {
            rest: -1,
            flag: FLAG_HOST_REFUSED,
        };
        assert_eq!(
            outcome_of(Halt::Trapped, counters, LIMIT, b""),
            Err(HostRefused)
        );
    }
}
