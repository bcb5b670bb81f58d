//! What a volunteer does, native or in a browser: one state machine, facts in, wishes out.
//!
//! The shell turns sockets, fetches, guests and keys into [`Event`]s and carries out the [`Effect`]s. After one or
//! more [`Volunteer::on_event`] it calls [`Volunteer::take_effects`]; at [`Volunteer::next_wake`] it gives a Tick.

use crate::ids::{Digest, NodeKey, UnixMs};
use crate::protocol::{Capabilities, IdleReason};

mod connection;
mod event;
mod link;
mod queue;
mod record;
pub mod refusal;
mod speed;
#[cfg(test)]
mod tests;
mod votes;
mod work;

pub use event::{Effect, End, Event, Intake, Proof, Report, RunEnd};
pub use link::{FIRST_RETRY_MS, HANDSHAKE_MS, LAST_RETRY_MS, SILENCE_MS};
pub use queue::MAX_HELD;
pub use record::Record;
pub use votes::{MAX_UNSETTLED, REMEMBERED_NONCES};

use link::{Backoff, Ledger, Link, Then};
use queue::Queue;
use speed::Speed;
use votes::Votes;

/// What a volunteer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Its key.
    pub node_key: NodeKey,
    /// What it tells the coordinator; its slots are the guests that run at once.
    pub capabilities: Capabilities,
    /// How many times the job's wall-clock limit a guest may take here until the node has measured how much slower than
    /// the reference it is; 1 to [`MAX_WALL_FACTOR`].
    pub first_wall_factor: u32,
    /// The ledger's name that this address had before.
    pub known_origin: Option<String>,
}

/// Most times that a job's wall-clock limit is stretched (GUEST.md section 4).
pub const MAX_WALL_FACTOR: u32 = 20;

/// A volunteer.
#[derive(Debug)]
pub struct Volunteer {
    settings: Settings,
    link: Link,
    backoff: Backoff,
    ledger: Option<Ledger>,
    queue: Queue,
    speed: Speed,
    votes: Votes,
    intake: Intake,
    record: Record,
    /// What the user was told last about what it does.
    shown: Option<Shown>,
    effects: Vec<Effect>,
}

/// What a volunteer does, as far as its user cares.
#[derive(Debug, PartialEq, Eq)]
enum Shown {
    /// It computes this program for the job of this title.
    Computing(String, String),
    /// It waits for this reason.
    Idle(IdleReason),
}

impl Volunteer {
    /// A volunteer that does nothing until [`Event::Start`].
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            queue: Queue::new(settings.capabilities.slots),
            speed: Speed::guessed(settings.first_wall_factor),
            settings,
            link: Link::Off,
            backoff: Backoff::default(),
            ledger: None,
            votes: Votes::default(),
            intake: Intake::Open,
            record: Record::default(),
            shown: None,
            effects: Vec::new(),
        }
    }

    /// What became of the work so far.
    #[must_use]
    pub fn record(&self) -> Record {
        Record {
            pending: self.votes.unsettled() as u64,
            ..self.record
        }
    }

    /// Whether a vote still needs this output: a shell that carries out [`Effect::Forget`] after later events asks.
    #[must_use]
    pub fn needs_output(&self, output: Digest) -> bool {
        self.votes.holds_output(output)
    }

    /// Whether no assignment is held. Votes may still wait to be settled.
    #[must_use]
    pub fn holds_nothing(&self) -> bool {
        self.queue.is_empty()
    }

    /// When a [`Event::Tick`] is due.
    #[must_use]
    pub fn next_wake(&self) -> Option<UnixMs> {
        let renew = match &self.link {
            Link::Joined(joined) if !self.queue.is_empty() => Some(joined.renew_at()),
            _ => None,
        };
        let times = [self.link.deadline(), renew, self.queue.next_limit()];
        times.into_iter().flatten().min()
    }

    /// Takes in a fact. `now` never decides anything but deadlines.
    pub fn on_event(&mut self, now: UnixMs, event: Event) {
        match event {
            Event::Start => self.start(now),
            Event::Stop => self.stop(),
            Event::Take(intake) => self.take(intake),
            Event::Retry => self.retry(now),
            Event::Opened => self.opened(now),
            Event::Closed { why, jitter } => self.closed(now, why, jitter),
            Event::Received(message) => {
                self.heard(now);
                self.received(now, message);
            }
            Event::Garbled(error) => self.close(Then::Retry {
                why: format!("the coordinator sent what cannot be read: {error}"),
            }),
            Event::Pinged => self.heard(now),
            Event::Proved(proof) => self.proved(now, proof),
            Event::Prepared(nonce) => self.prepared(nonce),
            Event::Unprepared(nonce, reason) => self.unprepared(nonce, reason),
            Event::Ran(nonce, end) => self.ran(now, nonce, end),
            Event::Signed(nonce, signature) => self.signed(nonce, signature),
            Event::Tick => {} // every event looks at the clock
        }
        self.check_link(now);
        self.check_leases(now);
        self.fill_slots(now);
    }

    /// What is to be done now, in order.
    #[must_use]
    pub fn take_effects(&mut self) -> Vec<Effect> {
        if matches!(self.link, Link::Joined(_)) {
            self.send_votes();
            self.send_slots();
        }
        std::mem::take(&mut self.effects)
    }

    fn report(&mut self, report: Report) {
        self.effects.push(Effect::Report(report));
    }
}
