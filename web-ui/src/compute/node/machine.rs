//! What the machine asks of the node: to pause on battery, under pressure, or while a phone hides the page.

use super::Node;
use crate::compute::signals::{ask_to_persist, watch_battery, watch_hidden, watch_pressure};
use shared::page::volunteer::{PauseCause, ToSupervisor};

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
        let is_paused = {
            let inner = self.0.borrow();
            inner.view.on_battery == Some(true) && !inner.settings.on_battery
        };
        self.pause(PauseCause::Battery, is_paused);
    }
}
