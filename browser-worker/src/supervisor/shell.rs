//! The supervisor's state, and how it takes facts in.

use super::display::Display;
use super::larder::{Grant, Larder};
use super::lock::{NodeLock, look_at_jobs};
use super::outputs::Outputs;
use super::pieces::Pieces;
use super::pool::Pool;
use super::port::{Channel, Port};
use super::socket::{Socket, SocketNews};
use super::status::{Connection, Load, Stage, Status};
use super::work::Work;
use super::{Fact, Supervisor, browser_name};
use crate::clock;
use crate::entropy::random_bytes;
use crate::keys::{KeyError, ProfileKey};
use gloo_timers::callback::{Interval, Timeout};
use shared::ids::{NodeKey, UnixMs};
use shared::page::volunteer::{Reason, Start};
use shared::protocol::{Capabilities, decode};
use shared::volunteer::{Event, Intake, Settings, Volunteer};
use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

/// How much longer than the job says a guest may take here until the node has measured itself. Browsers are the reference, but share their cores with
/// whatever else the user does.
const WALL_FACTOR: u32 = 2;

/// The supervisor.
#[derive(Debug)]
pub(super) struct Shell {
    pub(super) port: Port,
    pub(super) channel: Option<Channel>,
    /// What the user agreed to.
    pub(super) start: Option<Start>,
    pub(super) started_at: Option<UnixMs>,
    pub(super) engine: String,
    pub(super) status: Status,
    pub(super) lock: Option<NodeLock>,
    pub(super) key: Option<ProfileKey>,
    pub(super) volunteer: Option<Volunteer>,
    /// How much work the machine was told to take.
    intake: Intake,
    /// What the machine has not heard yet.
    machine: VecDeque<Event>,
    pub(super) socket: Option<Socket>,
    pub(super) sockets: u32,
    /// Set to false when the answer to the challenge is not wanted any more.
    pub(super) proving: Rc<Cell<bool>>,
    pub(super) grant: Option<Grant>,
    pub(super) larder: Rc<Larder>,
    pub(super) pool: Pool,
    pub(super) outputs: Outputs,
    pub(super) pieces: Pieces,
    pub(super) work: Work,
    pub(super) origin: Option<String>,
    pub(super) notice: Option<String>,
    pub(super) guest_us: u64,
    pub(super) bytes_in: u64,
    pub(super) bytes_out: u64,
    display: Display,
    pub(super) beat: Option<Interval>,
    pub(super) beat_due: UnixMs,
    /// When the machine wants a tick, and what gives it.
    pub(super) wake: Option<(UnixMs, Timeout)>,
    pub(super) ending: Option<Timeout>,
}

impl Shell {
    pub(super) fn new(port: Port) -> Self {
        let user_agent = port.scope().navigator().user_agent().unwrap_or_default();
        Self {
            engine: browser_name::engine(&user_agent),
            port,
            channel: None,
            start: None,
            started_at: None,
            status: Status::new(),
            lock: None,
            key: None,
            volunteer: None,
            intake: Intake::Open,
            machine: VecDeque::new(),
            socket: None,
            sockets: 0,
            proving: Rc::default(),
            grant: None,
            larder: Larder::new(),
            pool: Pool::default(),
            outputs: Outputs::default(),
            pieces: Pieces::default(),
            work: Work::default(),
            origin: None,
            notice: None,
            guest_us: 0,
            bytes_in: 0,
            bytes_out: 0,
            display: Display::default(),
            beat: None,
            beat_due: UnixMs::default(),
            wake: None,
            ending: None,
        }
    }

    /// Takes one fact in, and does what follows from it.
    pub(super) fn take_in(&mut self, supervisor: &Supervisor, fact: Fact) {
        match fact {
            Fact::Told(message) => self.told(supervisor, message),
            Fact::Wished(wish) => self.wished(wish),
            Fact::Asked => self.display.repeat(self.channel.as_ref()),
            Fact::JobsChanged => look_at_jobs(supervisor),
            Fact::Jobs(is_open) => self.status.distributing = is_open,
            Fact::OwnerChanged => self.join_anew(),
            Fact::Lock(news) => self.lock_news(supervisor, news),
            Fact::Key(key) => self.take_key(key),
            Fact::Socket(number, news) => self.hear(number, news),
            Fact::Machine(event) => self.give_machine(event),
            Fact::Kit(kit) => self.take_kit(supervisor, kit),
            Fact::Prepared(nonce, result) => self.take_prepared(nonce, result),
            Fact::Fetched(bytes) => self.bytes_in = self.bytes_in.saturating_add(bytes),
            Fact::Sandbox(number, news) => self.take_report(number, news),
            Fact::SendPieces => self.send_pieces(supervisor),
            Fact::Piece(number, sha256, piece) => {
                self.take_piece(supervisor, number, sha256, piece);
            }
            Fact::CannotSign(error) => self.end(no_signature(&error)),
            Fact::Tick => self.give_machine(Event::Tick),
            Fact::Beat => self.take_beat(supervisor),
        }
        self.work_off(supervisor);
    }

    /// Leaves an event for the machine.
    pub(super) fn give_machine(&mut self, event: Event) {
        self.machine.push_back(event);
    }

    /// Gives the machine what has happened and does what it asks, until nothing is left.
    fn work_off(&mut self, supervisor: &Supervisor) {
        let wanted = self.wanted();
        if wanted != self.intake && self.volunteer.is_some() {
            self.intake = wanted;
            self.give_machine(Event::Take(wanted));
        }
        loop {
            let Some(volunteer) = &mut self.volunteer else {
                self.machine.clear(); // nobody is there to hear it
                return;
            };
            while let Some(event) = self.machine.pop_front() {
                volunteer.on_event(clock::now(), event);
            }
            let effects = volunteer.take_effects();
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                self.perform(supervisor, effect);
            }
        }
    }

    /// After the last fact for now: ends what is finished, sets the alarm, shows how things are.
    pub(super) fn settle_down(&mut self, supervisor: &Supervisor) {
        let Some(volunteer) = &self.volunteer else {
            return self.show(supervisor);
        };
        self.status.load = if self.work.runs() {
            Load::Runs
        } else if volunteer.holds_nothing() {
            Load::Nothing
        } else {
            Load::Held
        };
        if self.status.finishing && self.status.load == Load::Nothing {
            self.end(Reason::StoppedByUser);
            self.work_off(supervisor);
        }
        self.set_alarm(supervisor);
        self.show(supervisor);
    }

    fn show(&mut self, supervisor: &Supervisor) {
        let now = clock::now();
        let shown = self.status.shown(now);
        if self.start.is_some() && self.display.is_due(supervisor, now, shown) {
            let snapshot = self.snapshot(now);
            self.display
                .show(&self.port, self.channel.as_ref(), snapshot);
        }
    }

    /// The key is there: the machine can start.
    fn take_key(&mut self, key: Result<(ProfileKey, Option<String>), KeyError>) {
        if self.status.ended.is_some() {
            return;
        }
        let (key, known_origin) = match key {
            Ok(found) => found,
            Err(error) => return self.end(no_signature(&error)),
        };
        let Some(start) = &self.start else {
            return;
        };
        self.pool.clear();
        self.work.clear();
        self.socket = None;
        self.proving.set(false);
        self.volunteer = Some(Volunteer::new(Settings {
            node_key: NodeKey(key.public),
            capabilities: Capabilities {
                slots: start.slots.max(1),
                engine: self.engine.clone(),
                agent: concat!("manyhands-web ", env!("CARGO_PKG_VERSION")).into(),
                memory_pages: start.memory_pages,
            },
            first_wall_factor: WALL_FACTOR,
            known_origin,
        }));
        self.key = Some(key);
        self.intake = Intake::Open;
        self.status.stage = Stage::Running;
        self.status.connection = Connection::Opening;
        self.give_machine(Event::Start);
    }

    fn hear(&mut self, number: u32, news: SocketNews) {
        if self.socket.as_ref().map(Socket::number) != Some(number) {
            return; // an earlier connection
        }
        let event = match news {
            SocketNews::Opened => Event::Opened,
            SocketNews::Frame(frame) => {
                self.bytes_in = self.bytes_in.saturating_add(frame.len() as u64);
                match decode(&frame) {
                    Ok(message) => Event::Received(message),
                    Err(error) => Event::Garbled(error),
                }
            }
            SocketNews::Text => Event::Garbled(shared::protocol::FrameError::Version),
            SocketNews::Closed(why) => return self.closed(why),
        };
        self.give_machine(event);
    }

    /// The socket is gone.
    pub(super) fn closed(&mut self, why: String) {
        self.socket = None;
        self.grant = None;
        self.proving.set(false);
        let jitter = u16::from_le_bytes(random_bytes().unwrap_or_default());
        self.give_machine(Event::Closed { why, jitter });
    }
}

fn no_signature(error: &KeyError) -> Reason {
    Reason::Unsupported {
        feature: error.to_string(),
    }
}
