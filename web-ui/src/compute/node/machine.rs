//! What the machine asks of the node: to pause on battery, under pressure, or while a phone hides the page.

use super::{Inner, Node};
use crate::browser;
use crate::compute::schedule::Meter;
use crate::compute::signals::{ask_to_persist, watch_battery, watch_hidden, watch_pressure};
use gloo_timers::callback::Interval;
use js_sys::Date;
use shared::page::volunteer::{PauseCause, Snapshot, ToSupervisor};

/// How often the clock on the wall is looked at, ms.
const LOOK_MS: u32 = 20_000;
/// Where the data of the day are kept.
const METER: &str = "manyhands.data";

/// The data of the day, from earlier sessions.
pub(super) fn kept_meter() -> Meter {
    Meter::read(&browser::saved(METER).unwrap_or_default())
}

impl Inner {
    /// Why to compute nothing now, of what can be known before anything is started.
    pub(super) fn causes_to_pause(&self) -> Vec<PauseCause> {
        let (settings, mut causes) = (self.settings, Vec::new());
        if self.view.on_battery == Some(true) && !settings.on_battery {
            causes.push(PauseCause::Battery);
        }
        let minute = minute_of_day();
        if settings.hours.is_some_and(|hours| !hours.contain(minute)) {
            causes.push(PauseCause::Hours);
        }
        if settings
            .data_mib
            .is_some_and(|mib| self.meter.has_reached(mib))
        {
            causes.push(PauseCause::DataCap);
        }
        causes
    }
}

impl Node {
    /// Asks what the browser tells of the machine, from the first start on.
    pub(super) fn watch(&self) {
        if std::mem::replace(&mut self.0.borrow_mut().is_watching, true) {
            return;
        }
        let node = self.clone();
        watch_battery(move |on_battery| {
            node.0.borrow_mut().view.on_battery = Some(on_battery);
            node.tell_battery();
            node.show();
        });
        self.watch_pressure();
        let node = self.clone();
        // It looks as long as the page lives.
        Interval::new(LOOK_MS, move || {
            node.0.borrow_mut().meter.look_at_day(&today());
            node.tell_schedule();
        })
        .forget();
        let node = self.clone();
        watch_hidden(move |is_hidden| node.pause(PauseCause::HiddenMobile, is_hidden));
        let node = self.clone();
        ask_to_persist(move |granted| {
            node.0.borrow_mut().view.persisted = Some(granted);
            node.show();
        });
    }

    /// Watches whether the machine is at its limit, once the user wants that.
    pub(super) fn watch_pressure(&self) {
        {
            let mut inner = self.0.borrow_mut();
            if !inner.settings.yields || inner.at_limit.is_some() {
                return;
            }
            inner.at_limit = Some(false);
        }
        let node = self.clone();
        watch_pressure(move |at_limit| {
            node.0.borrow_mut().at_limit = Some(at_limit);
            node.tell_pressure();
        });
    }

    pub(super) fn tell_pressure(&self) {
        let is_paused = {
            let inner = self.0.borrow();
            inner.settings.yields && inner.at_limit == Some(true)
        };
        self.pause(PauseCause::Pressure, is_paused);
    }

    fn pause(&self, cause: PauseCause, is_so: bool) {
        self.tell(&if is_so {
            ToSupervisor::Pause(cause)
        } else {
            ToSupervisor::Resume(cause)
        });
    }

    pub(super) fn tell_battery(&self) {
        self.tell_whether(PauseCause::Battery);
    }

    /// Whether it is the user's hours, and whether the day's data are used up.
    pub(super) fn tell_schedule(&self) {
        self.tell_whether(PauseCause::Hours);
        self.tell_whether(PauseCause::DataCap);
    }

    fn tell_whether(&self, cause: PauseCause) {
        let is_so = self.0.borrow().causes_to_pause().contains(&cause);
        self.pause(cause, is_so);
    }

    /// Adds what this session has sent and received to the day's data.
    pub(super) fn count_data(&self, snapshot: &Snapshot) {
        let kept = {
            let meter = &mut self.0.borrow_mut().meter;
            let bytes = snapshot.bytes_in.saturating_add(snapshot.bytes_out);
            meter.take(&today(), bytes).then(|| meter.kept())
        };
        if let Some(kept) = kept {
            browser::save(METER, &kept);
            self.tell_whether(PauseCause::DataCap);
        }
    }
}

/// The minute of the day, by the clock on the wall.
fn minute_of_day() -> u16 {
    let now = Date::new_0();
    u16::try_from(now.get_hours() * 60 + now.get_minutes()).unwrap_or_default()
}

/// The day, as `2026-11-02`, by the clock on the wall.
fn today() -> String {
    let now = Date::new_0();
    let (year, month, day) = (now.get_full_year(), now.get_month() + 1, now.get_date());
    format!("{year}-{month:02}-{day:02}")
}
