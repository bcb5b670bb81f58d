//! When a run must end whatever the guest does: its wall-clock limit, and somebody's wish to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Why a run was ended from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Stopped,
    WallClock,
}

/// Looks at the flag and the clock.
#[derive(Debug)]
pub(super) struct Watch {
    stop: Arc<AtomicBool>,
    deadline: Option<Instant>,
}

impl Watch {
    /// A watch over a run that begins now.
    pub(super) fn start(stop: Arc<AtomicBool>, wall: Option<Duration>) -> Self {
        let deadline = wall.and_then(|wall| Instant::now().checked_add(wall));
        Self { stop, deadline }
    }

    /// Whether the run must end now.
    pub(super) fn ended(&self) -> Option<Ended> {
        if self.stop.load(Ordering::Relaxed) {
            return Some(Ended::Stopped);
        }
        let deadline = self.deadline?;
        (Instant::now() >= deadline).then_some(Ended::WallClock)
    }
}
