//! What the user, the page and other tabs want of the node: start, pause, finish, stop, take over, another key.

use super::lock::{LockNews, NodeLock, look_at_jobs};
use super::port::Channel;
use super::shell::Shell;
use super::status::{Connection, Stage};
use super::{Fact, Supervisor};
use crate::clock;
use crate::database::Database;
use crate::keys;
use shared::key_file::{self, KeyRole};
use shared::page::volunteer::{FromSupervisor, PauseCause, Reason, Start, ToSupervisor, Wish};
use shared::volunteer::{Event, Intake};
use wasm_bindgen_futures::spawn_local;

/// Name under which the ledger's name is kept.
const LEDGER: &str = "ledger";

impl Shell {
    pub(super) fn told(&mut self, supervisor: &Supervisor, message: ToSupervisor) {
        match message {
            ToSupervisor::Start(start) => self.begin(supervisor, start),
            ToSupervisor::Pause(cause) => {
                self.status.paused.insert(cause);
            }
            ToSupervisor::Resume(cause) => {
                self.status.paused.remove(&cause);
            }
            ToSupervisor::Finish => self.finish(),
            ToSupervisor::Stop => self.end(Reason::StoppedByUser),
            ToSupervisor::TakeOver if self.status.stage == Stage::OtherTab => {
                self.lock(supervisor, true);
            }
            ToSupervisor::RetryNow => self.give_machine(Event::Retry),
            ToSupervisor::LookAtJobs => look_at_jobs(supervisor),
            ToSupervisor::Leave => self.leave(),
            ToSupervisor::Return if self.status.stage == Stage::Away => {
                self.lock(supervisor, false);
            }
            // It is the node already, or was not started; it was never away.
            ToSupervisor::TakeOver | ToSupervisor::Return => {}
            ToSupervisor::ExportKey => self.export_key(),
            ToSupervisor::ForgetSeed => {
                if let Some(key) = &mut self.key {
                    key.unsaved = None;
                }
            }
            ToSupervisor::ImportKey { text } => self.fetch_key(supervisor, Some(&text)),
        }
    }

    /// Other tabs can do what the buttons of this one can.
    pub(super) fn wished(&mut self, wish: Wish) {
        if self.status.stage != Stage::Running {
            return; // the wish is for the tab that is the node
        }
        match wish {
            Wish::Pause => {
                self.status.paused.insert(PauseCause::User);
            }
            Wish::Resume => {
                self.status.paused.remove(&PauseCause::User);
            }
            Wish::Finish => self.finish(),
            Wish::Stop => self.end(Reason::StoppedByUser),
        }
    }

    fn begin(&mut self, supervisor: &Supervisor, start: Start) {
        if self.start.is_some() {
            return; // Start is pressed once in the life of a worker
        }
        self.status.paused.extend(start.paused.iter().copied());
        self.start = Some(start);
        self.started_at = Some(clock::now());
        self.channel = Channel::open(supervisor);
        self.lock(supervisor, false);
        look_at_jobs(supervisor);
        self.beat_from_now(supervisor);
    }

    fn lock(&mut self, supervisor: &Supervisor, steal: bool) {
        self.status.stage = Stage::Preparing;
        match NodeLock::request(supervisor, steal) {
            Ok(lock) => self.lock = Some(lock),
            Err(_) => self.end(Reason::Unsupported {
                feature: "Web Locks".into(),
            }),
        }
    }

    pub(super) fn lock_news(&mut self, supervisor: &Supervisor, news: LockNews) {
        if self.status.ended.is_some() {
            return;
        }
        match news {
            LockNews::Busy => {
                self.lock = None;
                self.status.stage = Stage::OtherTab;
            }
            LockNews::Lost => {
                if self.lock.is_some() {
                    self.end(Reason::OtherTab);
                }
            }
            LockNews::Granted if self.volunteer.is_some() => {
                self.status.stage = Stage::Running;
                self.status.connection = Connection::Opening;
                self.give_machine(Event::Start);
            }
            LockNews::Granted => {
                let file = self.start.as_mut().and_then(|start| start.key_file.take());
                self.fetch_key(supervisor, file.as_deref());
            }
        }
    }

    /// Gets the key of this file, or the profile's own.
    fn fetch_key(&mut self, supervisor: &Supervisor, file: Option<&str>) {
        let secret = match file.map(key_file::read) {
            None => None,
            Some(Ok((KeyRole::Node, secret))) => Some(secret),
            Some(Ok(_)) => {
                return self.refuse_key("this is the key of another role than a volunteer");
            }
            Some(Err(error)) => return self.refuse_key(&error.to_string()),
        };
        let told = supervisor.clone();
        spawn_local(async move {
            let key = match secret {
                Some(secret) => {
                    let mut key = keys::keep(keys::NODE, secret).await;
                    key.unsaved = None; // its file is there
                    Ok(key)
                }
                None => keys::load_or_make(keys::NODE).await,
            };
            let origin = match Database::open().await {
                Ok(database) => database.get(LEDGER).await.ok(),
                Err(_) => None,
            };
            let origin = origin.and_then(|origin| origin.as_string());
            told.give(Fact::Key(key.map(|key| (key, origin))));
        });
    }

    fn refuse_key(&mut self, why: &str) {
        self.port
            .post(&FromSupervisor::KeyRefused { why: why.into() });
        if self.volunteer.is_none() {
            self.end(Reason::StoppedByUser);
        }
    }

    fn export_key(&self) {
        let secret = self.key.as_ref().and_then(|key| key.unsaved.as_ref());
        if let Some(secret) = secret {
            let text = key_file::write(KeyRole::Node, secret);
            self.port.post(&FromSupervisor::KeyFile { text });
        }
    }

    fn finish(&mut self) {
        if self.status.stage == Stage::Running {
            self.status.finishing = true;
        } else {
            self.end(Reason::StoppedByUser);
        }
    }

    /// The page goes away: the seats go back at once, and so does the lock, with which browsers do not keep a page.
    fn leave(&mut self) {
        if self.status.stage == Stage::Running {
            self.status.stage = Stage::Away;
            self.pool.clear();
            self.give_machine(Event::Stop);
        }
        self.lock = None;
    }

    /// Whose node this is, is said when it joins.
    pub(super) fn join_anew(&mut self) {
        if self.socket.is_some() {
            self.closed("the submitter's key of this browser is another".into());
            self.give_machine(Event::Retry);
        }
    }

    /// How much work is wanted, from all that was said.
    pub(super) fn wanted(&self) -> Intake {
        if !self.status.paused.is_empty() {
            Intake::Closed
        } else if self.status.finishing || self.status.distributing {
            Intake::Finish
        } else {
            Intake::Open
        }
    }

    /// Keeps the ledger's name for the next session.
    pub(super) fn remember(origin: String) {
        spawn_local(async move {
            if let Ok(database) = Database::open().await {
                // A browser that keeps nothing only cannot tell when the ledger has changed.
                let _ = database.put(LEDGER, &origin.into()).await;
            }
        });
    }
}
