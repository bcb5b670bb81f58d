//! The stages of a job in the store, and what people are told of them.

use shared::api::jobs::JobState;

/// Where a job stands. A stage that ends with an entry of the job itself ends once that entry is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobStage {
    /// Inputs are still to be uploaded.
    Uploading,
    /// Its Job is queued for the ledger: no task is assigned yet.
    Recording,
    /// Its Job is stored: tasks are assigned and decided.
    Running,
    /// Its Done is queued for the ledger: nothing more is decided.
    Closing,
    /// Every task is decided.
    Complete,
    /// Cancelled by the submitter.
    Cancelled,
    /// The deadline passed.
    Expired,
    /// Ended by the operator, or refused by the storage nodes.
    Stopped,
}

impl JobStage {
    pub(in crate::store) const ALL: [Self; 8] = [
        Self::Uploading,
        Self::Recording,
        Self::Running,
        Self::Closing,
        Self::Complete,
        Self::Cancelled,
        Self::Expired,
        Self::Stopped,
    ];

    /// What people are told. Whoever waits for the ledger is told so as the reason why the job waits.
    #[must_use]
    pub const fn state(self) -> JobState {
        match self {
            Self::Uploading => JobState::Uploading,
            Self::Recording | Self::Running | Self::Closing => JobState::Running,
            Self::Complete => JobState::Complete,
            Self::Cancelled => JobState::Cancelled,
            Self::Expired => JobState::Expired,
            Self::Stopped => JobState::Stopped,
        }
    }

    /// Whether an entry of the job itself waits for its storage quorum.
    #[must_use]
    pub const fn waits_for_quorum(self) -> bool {
        matches!(self, Self::Recording | Self::Closing)
    }

    /// In words of the database.
    pub(in crate::store) const fn word(self) -> &'static str {
        match self {
            Self::Uploading => "uploading",
            Self::Recording => "recording",
            Self::Running => "running",
            Self::Closing => "closing",
            Self::Complete => "complete",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Stopped => "stopped",
        }
    }

    pub(super) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.word() == word)
    }
}
