//! What the scheduler is told at its start.

use shared::protocol::LEASE_MS;

/// How strictly the rules on networks and newcomers hold (TRUST.md section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Diversity {
    /// Always: a task waits, and its job says so, until other networks or proven nodes come.
    Strict,
    /// The network rule is relaxed while fewer than k networks are connected, the newcomer rule while fewer than
    /// k - m + 1 proven nodes are. Certificates say so.
    #[default]
    Auto,
    /// Neither rule is applied. Certificates say so where one did not hold.
    Off,
}

/// Settings of the scheduler. Times in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchedulerConfig {
    /// Assignments that a node may hold beyond its slots, to hide the round trip. More of them keep nodes busier on
    /// slow links and make the end of a job slower.
    pub window_prefetch: u16,
    /// Tasks of one job that may be open at once: a bound on memory, and on how far fast nodes run ahead.
    pub max_open_tasks: usize,
    /// Whether networks and newcomers are kept apart.
    pub diversity: Diversity,
    /// How long a seat stays lent without a sign of life.
    pub lease_ms: u64,
    /// How long a node may take to begin and finish sending an output that was asked for.
    pub output_wait_ms: u64,
    /// How long after a Cancel an agreeing vote still earns credit.
    pub late_credit_ms: u64,
    /// Longest that a seat stays lent however often its lease is renewed, as a multiple of the job's wall-clock
    /// limit: a node that says it is alive but never votes must not hold a task for ever.
    pub hold_factor: u32,
    /// Whether the remaining seats of a job's last tasks are opened early, onto nodes with nothing else to do
    /// (TRUST.md section 2). Jobs end sooner when a node dawdles, and some tasks run more often than they must.
    pub tail: bool,
}

impl Default for SchedulerConfig {
    fn default() -> Self {
        Self {
            window_prefetch: 2,
            max_open_tasks: 16_384,
            diversity: Diversity::default(),
            lease_ms: LEASE_MS,
            output_wait_ms: 30_000,
            late_credit_ms: 10_000,
            hold_factor: shared::volunteer::MAX_WALL_FACTOR,
            tail: false,
        }
    }
}
