//! Where the time comes from: the system, or a test that sets it.

use shared::ids::UnixMs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A source of Unix time that can be cloned into every part.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The system's clock.
    System,
    /// A clock that stands still until it is set.
    Manual(Arc<AtomicU64>),
}

impl Clock {
    /// A clock that stands at `now`.
    #[must_use]
    pub fn manual(now: UnixMs) -> Self {
        Self::Manual(Arc::new(AtomicU64::new(now.0)))
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> UnixMs {
        match self {
            #[expect(
                clippy::disallowed_methods,
                reason = "the one place that reads the clock"
            )]
            Self::System => {
                let since_epoch = std::time::SystemTime::now()
                    .duration_since(std::time::UNIX_EPOCH)
                    .unwrap_or_default();
                UnixMs(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
            }
            Self::Manual(now) => UnixMs(now.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock forward; the system's clock is not ours to move.
    pub fn advance(&self, ms: u64) {
        if let Self::Manual(now) = self {
            now.fetch_add(ms, Ordering::SeqCst);
        }
    }
}
