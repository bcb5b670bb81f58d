//! Why nothing is computed: the codes of UX.md section 5.1, each with its data.

use crate::ids::UnixMs;
use crate::protocol::IdleReason;
use serde::{Deserialize, Serialize};

/// What makes a supervisor pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseCause {
    /// The user pressed Pause.
    User,
    /// The machine runs on battery.
    Battery,
    /// The machine is busy or hot.
    Pressure,
    /// The user's hours of the day.
    Hours,
    /// The user's data limit.
    DataCap,
    /// A phone or tablet does not show the page.
    HiddenMobile,
}

/// Why nothing is computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Start was never pressed here.
    NeverStarted,
    /// The user stopped it.
    StoppedByUser,
    /// It is connecting for the first time.
    Starting,
    /// It pauses.
    Paused(PauseCause),
    /// Another tab of this profile is the node.
    OtherTab,
    /// The coordinator has nothing to do for anyone.
    NoWork,
    /// The only open jobs are the user's own.
    OwnJobs,
    /// The open tasks have a seat with this node or its network already.
    SeatRules,
    /// The coordinator gives work again at this time.
    Backoff {
        /// Unix ms.
        until_ms: UnixMs,
    },
    /// The coordinator is being stopped.
    Draining,
    /// The next task's program or input is on its way.
    Fetching,
    /// The last tasks run, or their votes are on their way.
    Finishing,
    /// A page with the user's own unfinished job is open.
    Distributing,
    /// The browser did not let the page run.
    Frozen {
        /// For how long, ms.
        for_ms: u64,
    },
    /// There is no connection.
    Offline {
        /// When it is tried again.
        retry_at_ms: UnixMs,
    },
    /// A file of the program or the socket was refused before it reached the coordinator.
    ByExtension,
    /// The browser lacks something.
    Unsupported {
        /// What.
        feature: String,
    },
    /// The page did not come by https, nor from this machine.
    InsecureContext,
    /// The key may not take part.
    Banned,
    /// The page is older than the coordinator.
    Outdated,
    /// Another program uses the same key.
    TakenOver,
    /// The coordinator found three invalid votes.
    InvalidVotes,
    /// The coordinator does not accept the key.
    Refused,
    /// The coordinator is not what it says: its ledger's id does not belong to its name.
    FalseLedger,
}

impl Reason {
    /// The code, which is also the key of its sentence in the page's texts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NeverStarted => "off.never_started",
            Self::StoppedByUser => "off.user",
            Self::Starting => "starting",
            Self::Paused(PauseCause::User) => "paused.user",
            Self::Paused(PauseCause::Battery) => "paused.battery",
            Self::Paused(PauseCause::Pressure) => "paused.pressure",
            Self::Paused(PauseCause::Hours) => "paused.hours",
            Self::Paused(PauseCause::DataCap) => "paused.data_cap",
            Self::Paused(PauseCause::HiddenMobile) => "paused.hidden_mobile",
            Self::OtherTab => "paused.other_tab",
            Self::NoWork => "waiting.no_work",
            Self::OwnJobs => "waiting.own_jobs",
            Self::SeatRules => "waiting.seat_rules",
            Self::Backoff { .. } => "waiting.backoff",
            Self::Draining => "draining",
            Self::Fetching => "waiting.fetching",
            Self::Finishing => "finishing",
            Self::Distributing => "distributing",
            Self::Frozen { .. } => "frozen.by_browser",
            Self::Offline { .. } => "offline.reconnecting",
            Self::ByExtension => "blocked.by_extension",
            Self::Unsupported { .. } => "blocked.unsupported",
            Self::InsecureContext => "blocked.insecure_context",
            Self::Banned => "banned",
            Self::Outdated => "outdated.reload",
            Self::TakenOver => "off.taken_over",
            Self::InvalidVotes => "off.invalid_votes",
            Self::Refused => "off.refused",
            Self::FalseLedger => "off.false_ledger",
        }
    }
}

impl From<IdleReason> for Reason {
    fn from(reason: IdleReason) -> Self {
        match reason {
            IdleReason::NoWork => Self::NoWork,
            IdleReason::OwnJobs => Self::OwnJobs,
            IdleReason::SeatRules => Self::SeatRules,
            IdleReason::Backoff { until_ms } => Self::Backoff { until_ms },
            IdleReason::Draining => Self::Draining,
        }
    }
}
