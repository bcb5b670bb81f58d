//! The supervisor worker as the page sees it, and the other tabs of the profile.

mod machine;
mod worker;

use super::schedule::Meter;
use super::signals::watch_leaving;
use super::{Act, Place, Settings, View};
use crate::browser;
use gloo_timers::callback::{Interval, Timeout};
use js_sys::Date;
use shared::page::volunteer::{
    CHANNEL, FromSupervisor, OnChannel, PauseCause, Phase, Reason, Snapshot, Start, ToSupervisor,
    Wish,
};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};
use worker::Supervisor;

/// How often another tab that computes is asked whether it still does, ms.
const ASK_MS: u32 = 3_000;
/// A tab that says nothing for so long computes no more, ms.
const SILENCE_MS: f64 = 10_000.0;

/// Longest time that a worker may take to stop, ms: the user was promised a second.
const STOP_MS: u32 = 800;

/// The page's side of the node.
#[derive(Clone)]
pub(super) struct Node(Rc<RefCell<Inner>>);

struct Inner {
    settings: Settings,
    supervisor: Option<Supervisor>,
    /// How the worker of this tab stands, or stood last.
    own: Option<Rc<Snapshot>>,
    /// How the worker of another tab stands, and when it was heard.
    other: Option<(Rc<Snapshot>, f64)>,
    channel: Option<BroadcastChannel>,
    asking: Option<Interval>,
    /// The user wants this tab to be the node even when another is.
    takes_over: bool,
    /// A key file for the next start.
    key_file: Option<String>,
    /// The machine is watched since the first start.
    is_watching: bool,
    /// Whether the machine is at its limit; none while that is not watched.
    at_limit: Option<bool>,
    /// The data of the day.
    meter: Meter,
    view: View,
    changed: Rc<dyn Fn(View)>,
}

impl Node {
    /// Listens to the other tabs. Nothing is started.
    pub(super) fn new(settings: Settings, changed: impl Fn(View) + 'static) -> Self {
        let node = Self(Rc::new(RefCell::new(Inner {
            settings,
            supervisor: None,
            own: None,
            other: None,
            channel: BroadcastChannel::new(CHANNEL).ok(),
            asking: None,
            takes_over: false,
            key_file: None,
            is_watching: false,
            at_limit: None,
            meter: machine::kept_meter(),
            view: View::first(),
            changed: Rc::new(changed),
        })));
        node.listen();
        let told = node.clone();
        watch_leaving(move |is_back| {
            if !is_back && told.0.borrow().is_node() {
                // The other tabs need not find out by its silence.
                let gone = Snapshot::off(Reason::StoppedByUser);
                told.post(&OnChannel::Snapshot(Box::new(gone)));
            }
            told.tell(&if is_back {
                ToSupervisor::Return
            } else {
                ToSupervisor::Leave
            });
        });
        node
    }

    fn listen(&self) {
        let node = self.clone();
        let on_message = Closure::<dyn FnMut(_)>::new(move |event: MessageEvent| {
            let text = event.data().as_string().unwrap_or_default();
            if let Ok(OnChannel::Snapshot(snapshot)) = serde_json::from_str(&text) {
                node.hear_other(*snapshot);
            }
        });
        if let Some(channel) = &self.0.borrow().channel {
            channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        }
        on_message.forget(); // it listens as long as the page lives
        self.post(&OnChannel::WhoComputes);
    }

    /// Does what the user wants.
    pub(super) fn act(&self, act: Act) {
        let place = self.0.borrow().view.place;
        let wish = match act {
            Act::Start => return self.start(),
            Act::Pause => (ToSupervisor::Pause(PauseCause::User), Some(Wish::Pause)),
            Act::Finish => (ToSupervisor::Finish, Some(Wish::Finish)),
            Act::Stop => (ToSupervisor::Stop, Some(Wish::Stop)),
            Act::RetryNow => (ToSupervisor::RetryNow, None),
            Act::SaveKey => (ToSupervisor::ExportKey, None),
            Act::KeyIsSafe => (ToSupervisor::ForgetSeed, None),
            Act::LoadKey(text) => return self.load_key(text),
            Act::Set(settings) => return self.set(settings),
        };
        if place == Place::Here && wish.1 == Some(Wish::Stop) {
            self.see_to_the_end();
        }
        match (place, wish) {
            (Place::Elsewhere, (_, Some(wish))) => self.post(&OnChannel::Wish(wish)),
            (_, (message, _)) => self.tell(&message),
        }
    }

    /// A worker that does not stop in time is ended from here.
    fn see_to_the_end(&self) {
        let node = self.clone();
        Timeout::new(STOP_MS, move || {
            if node.0.borrow().supervisor.is_some() {
                let snapshot = Snapshot::off(Reason::StoppedByUser);
                node.hear(Some(FromSupervisor::Ended(Box::new(snapshot))));
            }
        })
        .forget();
    }

    fn start(&self) {
        let is_here = self.0.borrow().supervisor.is_some();
        let place = self.0.borrow().view.place;
        if is_here && place == Place::Here {
            return self.tell(&ToSupervisor::Resume(PauseCause::User));
        }
        self.0.borrow_mut().takes_over = place == Place::Elsewhere;
        if is_here {
            return self.tell(&ToSupervisor::TakeOver);
        }
        let start = {
            let mut inner = self.0.borrow_mut();
            inner.view.key_refused = None;
            inner.view.key_waits = false;
            inner.meter.begin();
            let paused = inner.causes_to_pause();
            Start {
                slots: inner.settings.slots,
                memory_pages: inner.settings.memory_pages(),
                key_file: inner.key_file.take(),
                paused,
            }
        };
        let node = self.clone();
        match Supervisor::start(start, move |message| node.hear(message)) {
            Some(supervisor) => {
                self.0.borrow_mut().supervisor = Some(supervisor);
                self.watch();
            }
            None => self.fail(),
        }
    }

    /// The worker cannot be loaded.
    fn fail(&self) {
        let snapshot = Snapshot {
            phase: Phase::Blocked,
            ..Snapshot::off(Reason::ByExtension)
        };
        self.hear(Some(FromSupervisor::Ended(Box::new(snapshot))));
    }

    fn set(&self, settings: Settings) {
        self.0.borrow_mut().settings = settings;
        self.tell_battery();
        self.tell_pressure();
        self.tell_schedule();
        if self.0.borrow().is_watching {
            self.watch_pressure();
        }
    }

    fn load_key(&self, text: String) {
        self.0.borrow_mut().view.key_refused = None;
        if self.0.borrow().supervisor.is_some() {
            self.tell(&ToSupervisor::ImportKey { text });
        } else {
            // A wrong file is told at once, not when the user has pressed Start.
            let mut inner = self.0.borrow_mut();
            match shared::key_file::read(&text) {
                Ok(_) => {
                    inner.key_file = Some(text);
                    inner.view.key_waits = true;
                }
                Err(error) => inner.view.key_refused = Some(error.to_string()),
            }
        }
        self.show();
    }

    /// The worker says something; nothing when it could not be loaded.
    fn hear(&self, message: Option<FromSupervisor>) {
        let Some(message) = message else {
            return self.fail();
        };
        match message {
            FromSupervisor::Ready => {} // the worker's own side of the page answers it
            FromSupervisor::Snapshot(snapshot) => {
                self.count_data(&snapshot);
                let is_second = snapshot.reason == Some(Reason::OtherTab);
                self.0.borrow_mut().own = Some(Rc::from(snapshot));
                if is_second && std::mem::take(&mut self.0.borrow_mut().takes_over) {
                    self.tell(&ToSupervisor::TakeOver);
                }
            }
            FromSupervisor::KeyFile { text } => {
                self.0.borrow_mut().view.key_handed_out = true;
                browser::download("manyhands-node.key", &text);
            }
            FromSupervisor::KeyRefused { why } => {
                self.0.borrow_mut().view.key_refused = Some(why);
            }
            FromSupervisor::Ended(snapshot) => {
                self.count_data(&snapshot);
                let mut inner = self.0.borrow_mut();
                inner.own = Some(Rc::from(snapshot));
                let supervisor = inner.supervisor.take();
                // This may be called by the very closure that the worker holds.
                Timeout::new(0, move || drop(supervisor)).forget();
                drop(inner);
                self.post(&OnChannel::WhoComputes);
            }
        }
        self.show();
    }

    /// A worker of this profile says how things are, perhaps this tab's own.
    fn hear_other(&self, snapshot: Snapshot) {
        {
            let mut inner = self.0.borrow_mut();
            if inner.is_node() {
                return;
            }
            let computes = !matches!(snapshot.phase, Phase::Off | Phase::Blocked);
            inner.other = computes.then(|| (Rc::new(snapshot), Date::now()));
            let node = self.clone();
            inner.asking = computes.then(|| Interval::new(ASK_MS, move || node.ask_other()));
        }
        self.show();
    }

    fn ask_other(&self) {
        let is_silent = {
            let inner = self.0.borrow();
            let heard = inner.other.as_ref().map_or(0.0, |(_, at)| *at);
            Date::now() - heard > SILENCE_MS
        };
        if is_silent {
            self.0.borrow_mut().other = None;
            // An interval may end itself, but not while it runs.
            let asking = self.0.borrow_mut().asking.take();
            Timeout::new(0, move || drop(asking)).forget();
            self.show();
        } else {
            self.post(&OnChannel::WhoComputes);
        }
    }

    fn tell(&self, message: &ToSupervisor) {
        if let Some(supervisor) = &self.0.borrow().supervisor {
            supervisor.tell(message);
        }
    }

    fn post(&self, message: &OnChannel) {
        if let (Some(channel), Ok(text)) =
            (&self.0.borrow().channel, serde_json::to_string(message))
        {
            // Fails only on a closed channel.
            let _ = channel.post_message(&text.into());
        }
    }

    /// Shows how things are, when that has changed.
    fn show(&self) {
        let (changed, view) = {
            let mut inner = self.0.borrow_mut();
            let (place, snapshot) = inner.shown();
            inner.view.place = place;
            if let Some(snapshot) = snapshot {
                inner.view.snapshot = snapshot;
            }
            (Rc::clone(&inner.changed), inner.view.clone())
        };
        changed(view);
    }
}

impl Inner {
    /// Whether the worker of this tab is the node.
    fn is_node(&self) -> bool {
        let is_second = |own: &Rc<Snapshot>| own.reason == Some(Reason::OtherTab);
        self.supervisor.is_some() && !self.own.as_ref().is_some_and(is_second)
    }

    fn shown(&self) -> (Place, Option<Rc<Snapshot>>) {
        if self.is_node() {
            return (Place::Here, self.own.clone());
        }
        match &self.other {
            Some((snapshot, _)) => (Place::Elsewhere, Some(Rc::clone(snapshot))),
            None => (Place::Nowhere, self.own.clone()),
        }
    }
}
