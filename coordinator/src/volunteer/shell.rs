//! The loop around the state machine: sockets, fetches, guests and signals become events, effects become deeds.

use super::console::{Console, end_sentence};
use super::fetch::Fetcher;
use super::known_ledgers::KnownLedgers;
use super::liar::Liar;
use super::outputs::Outputs;
use super::prepare::{Grant, Larder, Prepared};
use super::run::{Answer, Ended, Halt};
use super::socket::{Connection, Heard, Route};
use crate::clock::Clock;
use crate::entropy::random_bytes;
use crate::guest::Engine;
use anyhow::Result;
use shared::crypto::SecretKey;
use shared::ids::{SeatNonce, UnixMs};
use shared::protocol::UnableReason;
use shared::volunteer::{Effect, End, Event, Proof, RunEnd, Volunteer};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;

mod answer;
mod perform;

/// What tasks of the shell report back to its loop and was not handled yet.
const NEWS: usize = 64;

/// What the tasks of the shell report.
#[derive(Debug)]
enum News {
    Proved(Proof),
    Prepared(Box<Prepared>),
    Unprepared(SeatNonce, UnableReason),
    Ran(SeatNonce, Ended),
}

/// What a shell is made of.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) volunteer: Volunteer,
    pub(super) clock: Clock,
    pub(super) key: SecretKey,
    pub(super) owners: Vec<SecretKey>,
    pub(super) route: Route,
    pub(super) fetcher: Fetcher,
    pub(super) outputs: Outputs,
    pub(super) ledgers: KnownLedgers,
    pub(super) console: Console,
    pub(super) liar: Option<Liar>,
}

/// The running shell.
#[derive(Debug)]
pub(super) struct Shell {
    parts: Parts,
    engine: Engine,
    larder: Arc<Larder>,
    connection: Option<Connection>,
    /// Only one output is sent at a time, so that its pieces come in order.
    sending: Arc<Mutex<()>>,
    grant: Option<Grant>,
    proving: CancellationToken,
    preparing: HashMap<SeatNonce, AbortHandle>,
    prepared: HashMap<SeatNonce, Box<Prepared>>,
    running: HashMap<SeatNonce, Halt>,
    news: mpsc::Sender<News>,
    inbox: VecDeque<Event>,
}

impl Shell {
    /// Runs a volunteer until it ends.
    ///
    /// # Errors
    /// When it ended for another reason than `shutdown`.
    pub(super) async fn run(parts: Parts, shutdown: CancellationToken) -> Result<()> {
        let (news, mut arriving) = mpsc::channel(NEWS);
        let engine = Engine::new();
        let mut shell = Self {
            larder: Arc::new(Larder::new(parts.fetcher.clone(), engine.clone())),
            engine,
            parts,
            connection: None,
            sending: Arc::default(),
            grant: None,
            proving: CancellationToken::new(),
            preparing: HashMap::new(),
            prepared: HashMap::new(),
            running: HashMap::new(),
            news,
            inbox: VecDeque::from([Event::Start]),
        };
        let mut is_stopping = false;
        let end = loop {
            if let Some(end) = shell.work_off() {
                break end;
            }
            let wake = shell.parts.volunteer.next_wake();
            let now = shell.parts.clock.now();
            tokio::select! {
                () = shutdown.cancelled(), if !is_stopping => {
                    is_stopping = true;
                    shell.inbox.push_back(Event::Stop);
                }
                heard = next_heard(&mut shell.connection) => shell.hear(heard),
                Some(news) = arriving.recv() => shell.take_in(news),
                () = sleep_until(now, wake) => shell.inbox.push_back(Event::Tick),
            }
            while let Ok(news) = arriving.try_recv() {
                shell.take_in(news);
            }
        };
        shell.proving.cancel();
        shell.parts.console.ends(shell.parts.volunteer.record());
        match end_sentence(&end) {
            None => Ok(()),
            Some(sentence) => anyhow::bail!(sentence),
        }
    }

    /// Gives the machine what has arrived and does what it asks, until nothing is left.
    fn work_off(&mut self) -> Option<End> {
        loop {
            let now = self.parts.clock.now();
            while let Some(event) = self.inbox.pop_front() {
                self.parts.volunteer.on_event(now, event);
            }
            let effects = self.parts.volunteer.take_effects();
            if effects.is_empty() {
                return None;
            }
            for effect in effects {
                if let Effect::End(end) = effect {
                    return Some(end);
                }
                self.perform(effect);
            }
        }
    }

    fn hear(&mut self, heard: Heard) {
        let event = match heard {
            Heard::Opened => Event::Opened,
            Heard::Message(message) => {
                let liar = self.parts.liar.as_ref();
                if liar.is_some_and(|liar| liar.overhears(&message)) {
                    return;
                }
                Event::Received(message)
            }
            Heard::Garbled(error) => Event::Garbled(error),
            Heard::Pinged => Event::Pinged,
            Heard::Closed(why) => {
                self.connection = None;
                self.grant = None;
                self.proving.cancel();
                Event::Closed {
                    why,
                    jitter: u16::from_le_bytes(random_bytes()),
                }
            }
        };
        self.inbox.push_back(event);
    }

    fn take_in(&mut self, news: News) {
        let event = match news {
            News::Proved(proof) => Event::Proved(proof),
            News::Prepared(prepared) => {
                let nonce = prepared.assignment.nonce;
                if self.preparing.remove(&nonce).is_none() {
                    return; // discarded meanwhile
                }
                self.prepared.insert(nonce, prepared);
                Event::Prepared(nonce)
            }
            News::Unprepared(nonce, reason) => {
                self.preparing.remove(&nonce);
                Event::Unprepared(nonce, reason)
            }
            News::Ran(nonce, ended) => {
                self.running.remove(&nonce);
                Event::Ran(nonce, self.keep_output(ended))
            }
        };
        self.inbox.push_back(event);
    }

    fn keep_output(&mut self, ended: Ended) -> RunEnd {
        match ended {
            Ended::Done(answer) => {
                let Answer {
                    outcome,
                    output,
                    stderr_tail,
                } = answer;
                match self.parts.outputs.keep(outcome.output_sha256, output) {
                    Ok(()) => RunEnd::Done {
                        outcome,
                        stderr_tail,
                    },
                    Err(error) => {
                        tracing::error!("cannot keep an output: {error:#}");
                        RunEnd::Unable(UnableReason::HostMemory)
                    }
                }
            }
            Ended::Unable(reason) => RunEnd::Unable(reason),
            Ended::Halted => RunEnd::Halted,
        }
    }
}

async fn next_heard(connection: &mut Option<Connection>) -> Heard {
    match connection {
        Some(connection) => match connection.heard.recv().await {
            Some(heard) => heard,
            None => Heard::Closed("closed".into()),
        },
        None => std::future::pending().await,
    }
}

/// Waits until then; for ever when there is no such time.
async fn sleep_until(now: UnixMs, wake: Option<UnixMs>) {
    match wake {
        Some(wake) => tokio::time::sleep(Duration::from_millis(wake.since(now))).await,
        None => std::future::pending().await,
    }
}
