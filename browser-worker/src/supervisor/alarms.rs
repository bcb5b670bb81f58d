//! What the supervisor does at times: the machine's ticks, a look at the clock each second, its own end.

use super::lock::look_at_jobs;
use super::shell::Shell;
use super::{Fact, Supervisor};
use crate::clock;
use gloo_timers::callback::{Interval, Timeout};
use shared::page::volunteer::{FromSupervisor, Reason};
use shared::volunteer::{Event, Volunteer};

/// How often the clock is looked at, ms.
const BEAT_MS: u32 = 1_000;
/// A beat that is later than this was held up by the browser, ms.
const FROZEN_MS: u64 = 5_000;
/// How long a worker that ends waits for its last words to go out, ms.
const LAST_WORDS_MS: u32 = 250;

impl Shell {
    pub(super) fn set_alarm(&mut self, supervisor: &Supervisor) {
        let wake = self.volunteer.as_ref().and_then(Volunteer::next_wake);
        let Some(wake) = wake else {
            self.wake = None;
            return;
        };
        let now = clock::now();
        let is_set = self
            .wake
            .as_ref()
            .is_some_and(|(at, _)| *at == wake && now < wake);
        if !is_set {
            let in_ms = u32::try_from(wake.since(now))
                .unwrap_or(u32::MAX)
                .clamp(1, 60_000);
            let told = supervisor.clone();
            let alarm = Timeout::new(in_ms, move || told.give(Fact::Tick));
            self.wake = Some((wake, alarm));
        }
    }

    pub(super) fn beat_from_now(&mut self, supervisor: &Supervisor) {
        let told = supervisor.clone();
        self.beat_due = clock::now().plus(BEAT_MS.into());
        self.beat = Some(Interval::new(BEAT_MS, move || told.give(Fact::Beat)));
    }

    pub(super) fn take_beat(&mut self, supervisor: &Supervisor) {
        let now = clock::now();
        let late_ms = now.since(self.beat_due);
        self.beat_due = now.plus(BEAT_MS.into());
        if late_ms >= FROZEN_MS {
            self.status.frozen = Some((late_ms, now));
            self.give_machine(Event::Tick);
        }
        look_at_jobs(supervisor);
    }

    /// Ends everything: no guest runs after this, and the worker closes once its goodbye is out.
    pub(super) fn end(&mut self, reason: Reason) {
        if self.status.ended.is_some() {
            return;
        }
        self.status.ended = Some(reason);
        self.pool.clear();
        self.lock = None;
        self.beat = None;
        self.wake = None;
        self.give_machine(Event::Stop);
        self.work.clear();
        let snapshot = self.snapshot(clock::now());
        let port = self.port.clone();
        self.ending = Some(Timeout::new(LAST_WORDS_MS, move || {
            port.post(&FromSupervisor::Ended(Box::new(snapshot)));
            port.close();
        }));
    }
}
