//! The connection as the volunteer sees it: which state it is in, its deadlines, and when it is tried again.

use crate::ids::{ChainId, ChallengeNonce, UnixMs};
use crate::protocol::{ALIVE_MS, NodeLimits, PING_MS};
use crate::volunteer::End;

/// How long opening the socket, the challenge and the welcome may take, each, ms.
pub const HANDSHAKE_MS: u64 = 30_000;
/// A coordinator that is silent this long, pings included, is gone, ms.
pub const SILENCE_MS: u64 = 3 * PING_MS;
/// How often Slots is said again though nothing has changed, ms.
const SLOTS_MS: u64 = 60_000;
/// The first wait before a reconnection, ms; it doubles with each failure.
pub const FIRST_RETRY_MS: u64 = 500;
/// The longest wait before a reconnection, ms.
pub const LAST_RETRY_MS: u64 = 15_000;

/// State of the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Link {
    /// Not started yet, or ended.
    Off,
    /// Waits before the next try.
    Waiting { until: UnixMs },
    /// The socket is being opened.
    Opening { until: UnixMs },
    /// The socket is open, the challenge has not come.
    Unchallenged { until: UnixMs },
    /// The challenge is being answered.
    Proving { nonce: ChallengeNonce },
    /// The answer is sent, the welcome has not come.
    Joining { until: UnixMs },
    /// Joined.
    Joined(Joined),
    /// The socket is being closed.
    Closing { then: Then },
}

/// What follows once the socket is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Then {
    /// Connect again.
    Retry { why: String },
    /// Nothing more.
    End(End),
}

/// A connection that has joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Joined {
    pub(super) limits: NodeLimits,
    /// When the leases were renewed last.
    pub(super) renewed_at: UnixMs,
    /// When anything was heard last.
    pub(super) heard_at: UnixMs,
    /// The number in the last Slots, less what was assigned since.
    pub(super) told_free: Option<u16>,
    /// When that was sent, as the coordinator was last heard.
    pub(super) told_at: UnixMs,
}

impl Joined {
    pub(super) const fn new(limits: NodeLimits, now: UnixMs) -> Self {
        Self {
            limits,
            renewed_at: now,
            heard_at: now,
            told_free: None,
            told_at: now,
        }
    }

    /// When the leases must be renewed: every 15 s, sooner when leases are shorter than usual.
    pub(super) fn renew_at(&self) -> UnixMs {
        let every = ALIVE_MS.min(self.limits.lease_ms.div_ceil(4)).max(100);
        self.renewed_at.plus(every)
    }

    /// Whether Slots must be said again: an assignment that the coordinator took back before it came here would
    /// otherwise be missing from its count for ever.
    pub(super) fn is_slots_stale(&self) -> bool {
        self.heard_at.since(self.told_at) >= SLOTS_MS
    }

    /// Whether every lease has run out: this machine slept, or the browser froze the page.
    pub(super) fn has_lapsed(&self, now: UnixMs) -> bool {
        now.since(self.renewed_at) > self.limits.lease_ms
    }
}

impl Link {
    /// When something must happen though nothing came.
    pub(super) fn deadline(&self) -> Option<UnixMs> {
        match self {
            Self::Off | Self::Proving { .. } | Self::Closing { .. } => None,
            Self::Waiting { until }
            | Self::Opening { until }
            | Self::Unchallenged { until }
            | Self::Joining { until } => Some(*until),
            Self::Joined(joined) => Some(joined.heard_at.plus(SILENCE_MS)),
        }
    }

    /// The connection, when it has joined.
    pub(super) const fn joined(&mut self) -> Option<&mut Joined> {
        match self {
            Self::Joined(joined) => Some(joined),
            _ => None,
        }
    }
}

/// Which ledger the node works for; its votes are signed for this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ledger {
    pub(super) origin: String,
    pub(super) chain_id: ChainId,
}

/// Waits between reconnections.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// A try has failed: how long to wait, ms. Half of it is fixed, half of it is spread by `jitter`.
    pub(super) fn failed(&mut self, jitter: u16) -> u64 {
        let doubled = FIRST_RETRY_MS.saturating_mul(1 << self.failures.min(16));
        self.failures = self.failures.saturating_add(1);
        let half = doubled.min(LAST_RETRY_MS) / 2;
        half.saturating_add(half.saturating_mul(u64::from(jitter)) / u64::from(u16::MAX))
    }

    /// A try has succeeded.
    pub(super) const fn succeeded(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_jitter_spreads_the_upper_half() {
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..8).map(|_| backoff.failed(u16::MAX)).collect();
        assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
        assert_eq!(backoff.failed(0), LAST_RETRY_MS / 2);
        backoff.succeeded();
        assert_eq!(backoff.failed(0), FIRST_RETRY_MS / 2);
    }
}
