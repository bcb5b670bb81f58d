//! The deeds of the supervisor: one arm for each effect of the state machine.

use super::larder::Grant;
use super::prove::prove;
use super::shell::Shell;
use super::socket::Socket;
use super::status::{Connection, Stage};
use super::{Fact, Supervisor};
use crate::clock;
use shared::codec::Canonical as _;
use shared::ids::{ChainId, ChallengeNonce};
use shared::page::volunteer::Reason;
use shared::protocol::{
    Assignment, MAX_INLINE_BYTES, SignedVote, ToCoordinator, UnableReason, encode,
};
use shared::volunteer::{Effect, End, Event, Report};
use shared::vote::Vote;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use wasm_bindgen_futures::spawn_local;

impl Shell {
    /// Does what the machine asks.
    pub(super) fn perform(&mut self, supervisor: &Supervisor, effect: Effect) {
        match effect {
            Effect::Open => self.open(supervisor),
            Effect::Close => self.closed("closed".into()),
            Effect::Prove {
                nonce,
                chain_id,
                work_bits,
            } => self.prove(supervisor, nonce, chain_id, work_bits),
            Effect::Remember { origin } => {
                self.work.forget_votes();
                Self::remember(origin);
            }
            Effect::Admit { blob_token, limits } => {
                self.grant = Some(Grant { blob_token, limits });
            }
            Effect::Send(message) => self.send(&message),
            Effect::SendVotes(votes) => self.send_votes(votes),
            Effect::Prepare(assignment) => self.prepare(supervisor, assignment),
            Effect::Discard(nonce) => self.work.discard(nonce),
            Effect::Run(nonce) => self.run(supervisor, nonce),
            Effect::Halt(nonce) => self.halt(nonce),
            Effect::Sign { chain_id, vote } => self.sign(supervisor, chain_id, &vote),
            Effect::SendOutput(sha256) => self.want_output(supervisor, sha256),
            Effect::Forget(sha256) => {
                let is_needed =
                    |volunteer: &shared::volunteer::Volunteer| volunteer.needs_output(sha256);
                if !self.volunteer.as_ref().is_some_and(is_needed) {
                    self.outputs.forget(sha256);
                }
            }
            Effect::Report(report) => self.report(report),
            Effect::End(End::Stopped) => {} // whoever stopped it knows
            Effect::End(End::Refused(reason)) => self.end(Reason::of_refusal(reason)),
            Effect::End(End::FalseChain { .. }) => self.end(Reason::FalseLedger),
        }
    }

    fn open(&mut self, supervisor: &Supervisor) {
        self.sockets = self.sockets.wrapping_add(1);
        match Socket::open(self.port.scope(), supervisor, self.sockets) {
            Ok(socket) => self.socket = Some(socket),
            Err(_) => self.closed("the browser refuses to connect".into()),
        }
    }

    fn prove(
        &mut self,
        supervisor: &Supervisor,
        nonce: ChallengeNonce,
        chain_id: ChainId,
        work_bits: u8,
    ) {
        let Some(key) = self.key.clone() else {
            return; // a machine is made with a key
        };
        self.proving.set(false);
        self.proving = Rc::new(Cell::new(true));
        let (told, is_wanted) = (supervisor.clone(), Rc::clone(&self.proving));
        spawn_local(async move {
            match prove(key, chain_id, nonce, work_bits, is_wanted).await {
                Ok(Some(proof)) => told.give(Fact::Machine(Event::Proved(proof))),
                Ok(None) => {} // the connection is gone
                Err(error) => told.give(Fact::CannotSign(error)),
            }
        });
    }

    fn sign(&mut self, supervisor: &Supervisor, chain_id: ChainId, vote: &Vote) {
        let Some(key) = &self.key else {
            return; // a machine is made with a key
        };
        let (signing, nonce) = (key.sign(vote.encode(chain_id)), vote.nonce);
        let told = supervisor.clone();
        spawn_local(async move {
            match signing.await {
                Ok(signature) => told.give(Fact::Machine(Event::Signed(nonce, signature))),
                Err(error) => told.give(Fact::CannotSign(error)),
            }
        });
    }

    fn prepare(&mut self, supervisor: &Supervisor, assignment: Arc<Assignment>) {
        let nonce = assignment.nonce;
        let Some(grant) = self.grant.clone() else {
            return self.give_machine(Event::Unprepared(nonce, UnableReason::Fetch));
        };
        self.work.prepares(nonce);
        let (told, larder) = (supervisor.clone(), Rc::clone(&self.larder));
        spawn_local(async move {
            let prepared = larder.prepare(&told, assignment, &grant).await;
            told.give(Fact::Prepared(nonce, prepared.map(Box::new)));
        });
    }

    fn send(&mut self, message: &ToCoordinator) {
        self.send_frame(&encode(message));
    }

    /// Sends a frame. A coordinator that reads too slowly is left, and tried again.
    pub(super) fn send_frame(&mut self, frame: &[u8]) {
        let Some(socket) = &self.socket else {
            return;
        };
        if socket.send(frame) {
            self.bytes_out = self.bytes_out.saturating_add(frame.len() as u64);
        } else {
            self.closed("the coordinator reads too slowly".into());
        }
    }

    fn send_votes(&mut self, mut votes: Vec<SignedVote>) {
        votes.retain_mut(|vote| {
            if vote.outcome.output_len > MAX_INLINE_BYTES as u64 {
                return true;
            }
            if let Some(output) = self.outputs.small(vote.outcome.output_sha256) {
                vote.output = output.to_vec();
            }
            vote.output.len() as u64 == vote.outcome.output_len
        });
        self.send(&ToCoordinator::Vote(votes));
    }

    fn report(&mut self, report: Report) {
        match report {
            Report::Joined { origin } => {
                self.origin = Some(origin);
                self.status.connection = Connection::Joined;
            }
            Report::OtherLedger { .. } => {} // its name is shown
            Report::Computing(_) => {
                self.status.idle = None;
                self.status.frozen = None;
            }
            Report::Idle(reason) => self.status.idle = Some(reason),
            Report::Notice(text) => self.notice = Some(text),
            Report::Offline { retry_ms, .. } => {
                if self.status.stage == Stage::Running {
                    let retry_at_ms = clock::now().plus(retry_ms);
                    self.status.connection = Connection::Offline { retry_at_ms };
                }
            }
            Report::Settled {
                assignment,
                verdict,
            } => self.work.settled(assignment, verdict),
            Report::Stored { assignment, index } => self.work.stored(assignment, index),
            Report::Unable { assignment, reason } => self.work.unable(&assignment, reason),
        }
    }
}
