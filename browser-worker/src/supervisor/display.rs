//! Shows the page and all tabs how things are: at once when the phase changes, otherwise not too often.

use super::port::{Channel, Port};
use super::{Fact, Supervisor};
use gloo_timers::callback::Timeout;
use shared::ids::UnixMs;
use shared::page::volunteer::{FromSupervisor, Phase, Reason, Snapshot};

/// Snapshots of one phase follow each other no faster than this, ms.
const SNAPSHOT_MS: u32 = 200;

/// What was shown, and when more is.
#[derive(Debug, Default)]
pub(super) struct Display {
    shown: Option<(Phase, Option<Reason>)>,
    shown_at: UnixMs,
    last: Option<Box<Snapshot>>,
    /// Comes back for what was too early.
    trailing: Option<Timeout>,
}

impl Display {
    /// Whether it is time for a snapshot. When it is not, `supervisor` gets a tick once it is.
    pub(super) fn is_due(
        &mut self,
        supervisor: &Supervisor,
        now: UnixMs,
        shown: (Phase, Option<Reason>),
    ) -> bool {
        let is_new = self.shown.as_ref() != Some(&shown);
        if is_new || now.since(self.shown_at) >= SNAPSHOT_MS.into() {
            self.shown = Some(shown);
            self.shown_at = now;
            self.trailing = None;
            return true;
        }
        if self.trailing.is_none() {
            let told = supervisor.clone();
            let tick = move || told.give(Fact::Tick);
            self.trailing = Some(Timeout::new(SNAPSHOT_MS, tick));
        }
        false
    }

    /// Shows a snapshot, unless it was shown last.
    pub(super) fn show(&mut self, port: &Port, channel: Option<&Channel>, snapshot: Snapshot) {
        if self.last.as_deref() == Some(&snapshot) {
            return;
        }
        if let Some(channel) = channel {
            channel.post(&snapshot);
        }
        let snapshot = Box::new(snapshot);
        self.last = Some(snapshot.clone());
        port.post(&FromSupervisor::Snapshot(snapshot));
    }

    /// Shows all tabs again what was shown last.
    pub(super) fn repeat(&self, channel: Option<&Channel>) {
        if let (Some(channel), Some(snapshot)) = (channel, &self.last) {
            channel.post(snapshot);
        }
    }
}
