//! What the node does and why nothing runs, in one word and one reason: a function of what is known.

use shared::ids::UnixMs;
use shared::page::volunteer::{PauseCause, Phase, Reason};
use shared::protocol::IdleReason;
use std::collections::BTreeSet;

/// How long a freeze stays the reason when nothing else has happened since, ms.
const FROZEN_SHOWN_MS: u64 = 60_000;

/// How far the supervisor has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Start was not pressed.
    Asleep,
    /// Another tab is the node.
    OtherTab,
    /// Lock and key are being fetched.
    Preparing,
    /// The state machine runs.
    Running,
    /// The page was left, and may come back.
    Away,
}

/// The tasks that are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Load {
    Nothing,
    /// Assignments that do not run yet.
    Held,
    /// Guests run.
    Runs,
}

/// The connection, as far as a user cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Connection {
    Opening,
    Joined,
    Offline { retry_at_ms: UnixMs },
}

/// Everything that the phase and the reason depend on.
#[derive(Debug)]
pub(super) struct Status {
    pub(super) stage: Stage,
    pub(super) connection: Connection,
    pub(super) idle: Option<IdleReason>,
    pub(super) paused: BTreeSet<PauseCause>,
    pub(super) distributing: bool,
    pub(super) finishing: bool,
    pub(super) load: Load,
    /// The browser froze this worker: for how long, and until when that was.
    pub(super) frozen: Option<(u64, UnixMs)>,
    /// Why everything has ended.
    pub(super) ended: Option<Reason>,
}

impl Status {
    pub(super) const fn new() -> Self {
        Self {
            stage: Stage::Asleep,
            connection: Connection::Opening,
            idle: None,
            paused: BTreeSet::new(),
            distributing: false,
            finishing: false,
            load: Load::Nothing,
            frozen: None,
            ended: None,
        }
    }

    /// What is shown at this time. There is a reason exactly when no guest runs.
    pub(super) fn shown(&self, now: UnixMs) -> (Phase, Option<Reason>) {
        if let Some(reason) = &self.ended {
            return (ended_phase(reason), Some(reason.clone()));
        }
        match self.stage {
            Stage::Asleep => return (Phase::Off, Some(Reason::NeverStarted)),
            Stage::OtherTab => return (Phase::Paused, Some(Reason::OtherTab)),
            Stage::Preparing => return (Phase::Starting, Some(Reason::Starting)),
            Stage::Running | Stage::Away => {}
        }
        let (phase, reason) = self.running(now);
        (
            phase,
            if self.load == Load::Runs {
                None
            } else {
                Some(reason)
            },
        )
    }

    fn running(&self, now: UnixMs) -> (Phase, Reason) {
        if self.finishing {
            return (Phase::Finishing, Reason::Finishing);
        }
        if let Some(cause) = self.paused.first() {
            return (Phase::Paused, Reason::Paused(*cause));
        }
        if self.distributing {
            return (Phase::Distributing, Reason::Distributing);
        }
        if self.load == Load::Runs {
            return (Phase::Computing, Reason::Fetching);
        }
        match (self.connection, self.frozen) {
            (Connection::Offline { retry_at_ms }, _) => {
                (Phase::Offline, Reason::Offline { retry_at_ms })
            }
            (Connection::Opening, _) => (Phase::Starting, Reason::Starting),
            (Connection::Joined, _) if self.load == Load::Held => {
                (Phase::Computing, Reason::Fetching)
            }
            (Connection::Joined, Some((for_ms, at))) if now.since(at) < FROZEN_SHOWN_MS => {
                (Phase::Idle, Reason::Frozen { for_ms })
            }
            // Only the coordinator knows that there is nothing to do. Until it says so, the next task is on its way.
            (Connection::Joined, _) => match self.idle {
                Some(reason) => (Phase::Idle, Reason::from(reason)),
                None => (Phase::Computing, Reason::Fetching),
            },
        }
    }
}

/// What stands in the user's way is shown as that, the rest as switched off.
const fn ended_phase(reason: &Reason) -> Phase {
    match reason {
        Reason::ByExtension
        | Reason::Unsupported { .. }
        | Reason::InsecureContext
        | Reason::Banned
        | Reason::Outdated
        | Reason::InvalidVotes
        | Reason::Refused
        | Reason::FalseLedger => Phase::Blocked,
        _ => Phase::Off,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined() -> Status {
        Status {
            stage: Stage::Running,
            connection: Connection::Joined,
            ..Status::new()
        }
    }

    #[test]
    fn there_is_a_reason_exactly_when_nothing_runs() {
        for bits in 0..32_u8 {
            let has = |bit: u8| bits & (1 << bit) != 0;
            let mut status = joined();
            status.load = match (has(0), has(1)) {
                (true, _) => Load::Runs,
                (false, true) => Load::Held,
                (false, false) => Load::Nothing,
            };
            status.finishing = has(2);
            status.distributing = has(3);
            if has(4) {
                status.paused.insert(PauseCause::Battery);
            }
            let (_, reason) = status.shown(UnixMs(5));
            assert_eq!(reason.is_none(), status.load == Load::Runs);
        }
    }

    #[test]
    fn the_users_own_wish_comes_before_the_network() {
        let mut status = joined();
        status.connection = Connection::Offline {
            retry_at_ms: UnixMs(9),
        };
        assert_eq!(status.shown(UnixMs(1)).0, Phase::Offline);
        status.paused.insert(PauseCause::User);
        let (phase, reason) = status.shown(UnixMs(1));
        assert_eq!(phase, Phase::Paused);
        assert_eq!(reason.map(|reason| reason.code()), Some("paused.user"));
    }

    #[test]
    fn between_two_tasks_it_computes_until_the_coordinator_says_that_there_is_nothing() {
        let mut status = joined();
        assert_eq!(
            status.shown(UnixMs(1)),
            (Phase::Computing, Some(Reason::Fetching))
        );
        status.idle = Some(IdleReason::NoWork);
        assert_eq!(status.shown(UnixMs(1)), (Phase::Idle, Some(Reason::NoWork)));
    }

    #[test]
    fn a_freeze_is_the_reason_for_a_minute() {
        let mut status = joined();
        status.idle = Some(IdleReason::NoWork);
        status.frozen = Some((9_000, UnixMs(1_000)));
        let reason_at = |now| status.shown(UnixMs(now)).1;
        assert_eq!(reason_at(2_000), Some(Reason::Frozen { for_ms: 9_000 }));
        assert_eq!(reason_at(61_000), Some(Reason::NoWork));
    }
}
