//! The verdict on a task's votes (TRUST.md sections 1 and 2).

use crate::outcome::Outcome;

/// What the votes so far come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// More than half of the chosen gave this outcome.
    Accepted(Outcome),
    /// Undecided: this many more votes, if they all join the largest group, decide.
    Ask {
        /// At least 1.
        more: u8,
    },
    /// No outcome can reach a majority of the chosen any more.
    Impossible,
}

/// Votes needed to accept: more than half of `chosen`.
#[must_use]
pub const fn majority(chosen: u8) -> u8 {
    chosen / 2 + 1
}

/// Decides a task once more than half of the `chosen` seats hold equal outcomes. `outcomes` holds at most one per
/// seat. "More than half" is of the chosen, never of what came back.
#[must_use]
pub fn tally(outcomes: &[Outcome], chosen: u8) -> Verdict {
    let needed = usize::from(majority(chosen));
    let size_of = |outcome: &Outcome| outcomes.iter().filter(|other| *other == outcome).count();
    let largest = outcomes
        .iter()
        .map(|outcome| (size_of(outcome), outcome))
        .max();
    let size = match largest {
        Some((size, outcome)) if size >= needed => return Verdict::Accepted(*outcome),
        Some((size, _)) => size,
        None => 0,
    };
    let open = usize::from(chosen).saturating_sub(outcomes.len());
    match u8::try_from(needed - size) {
        Ok(more) if usize::from(more) <= open => Verdict::Ask { more },
        _ => Verdict::Impossible,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn outcomes(kinds: &[u8]) -> Vec<Outcome> {
        kinds.iter().map(|kind| Outcome::ok(&[*kind], 0)).collect()
    }

    #[test]
    fn two_equal_votes_of_three_chosen_accept() {
        assert_eq!(
            tally(&outcomes(&[1, 1]), 3),
            Verdict::Accepted(outcomes(&[1])[0])
        );
    }

    #[test]
    fn a_majority_of_what_came_back_is_not_a_majority_of_the_chosen() {
        assert_eq!(tally(&outcomes(&[1, 1]), 5), Verdict::Ask { more: 1 });
        assert_eq!(tally(&outcomes(&[1]), 3), Verdict::Ask { more: 1 });
    }

    #[test]
    fn no_votes_ask_for_a_majority() {
        assert_eq!(tally(&[], 3), Verdict::Ask { more: 2 });
        assert_eq!(tally(&[], 15), Verdict::Ask { more: 8 });
    }

    #[test]
    fn three_different_votes_of_three_leave_no_majority_possible() {
        assert_eq!(tally(&outcomes(&[1, 2, 3]), 3), Verdict::Impossible);
        assert_eq!(tally(&outcomes(&[1, 1, 2, 2, 3]), 5), Verdict::Impossible);
    }

    proptest! {
        /// TRUST.md section 2: asking step by step never changes the verdict that all `chosen` votes would give.
        #[test]
        fn progressive_dispatch_gives_the_verdict_of_asking_all(
            kinds in proptest::collection::vec(0u8..4, 15),
            k in (1u8..8).prop_map(|half| half * 2 + 1),
        ) {
            let all = outcomes(&kinds[..usize::from(k)]);
            let full = tally(&all, k);
            let mut asked = 0;
            let step_by_step = loop {
                match tally(&all[..asked], k) {
                    Verdict::Ask { more } => asked += usize::from(more),
                    decided => break decided,
                }
            };
            prop_assert_eq!(step_by_step, full);
        }
    }
}
