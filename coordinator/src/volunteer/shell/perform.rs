//! The deeds of the shell: one arm for each effect of the state machine.

use super::answer::{Means, answer};
use super::{News, Shell};
use crate::volunteer::liar::Plan;
use crate::volunteer::prepare::Grant;
use crate::volunteer::proof::prove;
use crate::volunteer::run::Halt;
use crate::volunteer::socket::{Connection, Heard};
use shared::codec::Canonical as _;
use shared::ids::{ChainId, ChallengeNonce, Digest, SeatNonce};
use shared::protocol::{
    Assignment, MAX_INLINE_BYTES, OUTPUT_PIECE_BYTES, SignedVote, ToCoordinator, UnableReason,
    encode,
};
use shared::volunteer::{Effect, Event, Report, RunEnd};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

impl Shell {
    /// Does what the machine asks.
    pub(super) fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Open => self.connection = Some(Connection::open(self.parts.route.clone())),
            Effect::Close => match &self.connection {
                Some(connection) => connection.close(),
                None => self.hear(Heard::Closed("closed".into())),
            },
            Effect::Prove {
                nonce,
                chain_id,
                work_bits,
            } => self.prove(nonce, chain_id, work_bits),
            Effect::Remember { origin } => {
                let url = self.parts.route.address.to_string();
                if let Err(error) = self.parts.ledgers.remember(&url, origin) {
                    tracing::warn!("cannot remember the ledger: {error:#}");
                }
            }
            Effect::Admit { blob_token, limits } => {
                self.grant = Some(Grant {
                    blob_token: blob_token.into(),
                    limits,
                });
            }
            Effect::Send(message) => self.send(message),
            Effect::SendVotes(votes) => self.send_votes(votes),
            Effect::Prepare(assignment) => self.prepare(assignment),
            Effect::Discard(nonce) => {
                if let Some(task) = self.preparing.remove(&nonce) {
                    task.abort();
                }
                self.prepared.remove(&nonce);
            }
            Effect::Run(nonce) => self.start_guest(nonce),
            Effect::Halt(nonce) => {
                if let Some(halt) = self.running.get(&nonce) {
                    halt.halt();
                }
                if let Some(liar) = &mut self.parts.liar {
                    liar.dropped(nonce);
                }
            }
            Effect::Sign { chain_id, vote } => {
                let signature = match &mut self.parts.liar {
                    None => self.parts.key.sign(&vote.encode(chain_id)),
                    Some(liar) => liar.sign(chain_id, &vote),
                };
                self.inbox.push_back(Event::Signed(vote.nonce, signature));
            }
            Effect::SendOutput(sha256) => self.send_output(sha256),
            Effect::Forget(sha256) => {
                if !self.parts.volunteer.needs_output(sha256) {
                    self.parts.outputs.forget(sha256);
                }
            }
            Effect::Report(report) => self.report(&report),
            Effect::End(_) => {} // the loop ends before it comes here
        }
    }

    /// Answers a challenge on a thread of its own: the puzzle may take seconds.
    fn prove(&mut self, nonce: ChallengeNonce, chain_id: ChainId, work_bits: u8) {
        self.proving = CancellationToken::new();
        let (key, owners) = (self.parts.key.clone(), self.parts.owners.clone());
        let (stop, news) = (self.proving.clone(), self.news.clone());
        tokio::spawn(async move {
            let solve = move || prove(&key, &owners, chain_id, nonce, work_bits, &stop);
            if let Ok(Some(proof)) = tokio::task::spawn_blocking(solve).await {
                let _ = news.send(News::Proved(proof)).await;
            }
        });
    }

    fn report(&mut self, report: &Report) {
        if let (
            Some(liar),
            Report::Settled {
                assignment,
                verdict,
            },
        ) = (&mut self.parts.liar, report)
        {
            liar.settled(*assignment, *verdict);
        }
        self.parts.console.report(report);
    }

    fn send(&mut self, message: ToCoordinator) {
        let message = match (message, &self.parts.liar) {
            (ToCoordinator::Alive { running }, Some(liar)) => ToCoordinator::Alive {
                running: liar.renewed(running),
            },
            (message, _) => message,
        };
        self.send_frame(encode(&message));
    }

    fn send_frame(&self, frame: Vec<u8>) {
        if let Some(connection) = &self.connection
            && !connection.send(frame)
        {
            tracing::warn!("the coordinator reads too slowly: reconnecting");
            connection.close();
        }
    }

    fn send_votes(&mut self, mut votes: Vec<SignedVote>) {
        votes.retain_mut(|vote| {
            if vote.outcome.output_len > MAX_INLINE_BYTES as u64 {
                return true;
            }
            match self.parts.outputs.get(vote.outcome.output_sha256) {
                Ok(output) => vote.output = output.to_vec(),
                Err(error) => tracing::error!("a vote loses its output: {error:#}"),
            }
            vote.output.len() as u64 == vote.outcome.output_len
        });
        let batches = match &mut self.parts.liar {
            None => vec![votes],
            Some(liar) => liar.votes(votes),
        };
        for batch in batches {
            self.send_frame(encode(&ToCoordinator::Vote(batch)));
        }
    }

    fn prepare(&mut self, assignment: Arc<Assignment>) {
        let nonce = assignment.nonce;
        let Some(grant) = self.grant.clone() else {
            self.inbox
                .push_back(Event::Unprepared(nonce, UnableReason::Fetch));
            return;
        };
        let (larder, news) = (Arc::clone(&self.larder), self.news.clone());
        let task = tokio::spawn(async move {
            let prepared = larder.prepare(assignment, grant).await;
            let item = match prepared {
                Ok(prepared) => News::Prepared(Box::new(prepared)),
                Err(reason) => News::Unprepared(nonce, reason),
            };
            let _ = news.send(item).await;
        });
        self.preparing.insert(nonce, task.abort_handle());
    }

    fn start_guest(&mut self, nonce: SeatNonce) {
        let Some(prepared) = self.prepared.remove(&nonce) else {
            let end = RunEnd::Unable(UnableReason::Engine);
            self.inbox.push_back(Event::Ran(nonce, end));
            return;
        };
        let lease_ms = self.grant.as_ref().map_or(0, |grant| grant.limits.lease_ms);
        let means = Means {
            engine: self.engine.clone(),
            clock: self.parts.clock.clone(),
            fetcher: self.parts.fetcher.clone(),
        };
        let plan = match &mut self.parts.liar {
            None => Plan::Honest,
            Some(liar) => liar.plan(means.clock.now(), &prepared.assignment, lease_ms),
        };
        let (halt, news) = (Halt::default(), self.news.clone());
        self.running.insert(nonce, halt.clone());
        tokio::spawn(async move {
            let ended = answer(means, *prepared, plan, halt).await;
            let _ = news.send(News::Ran(nonce, ended)).await;
        });
    }

    fn send_output(&self, sha256: Digest) {
        let Some(connection) = &self.connection else {
            return;
        };
        let output = match self.parts.outputs.get(sha256) {
            Ok(output) => output,
            Err(error) => {
                tracing::error!("an output that is needed is lost: {error:#}");
                return;
            }
        };
        let (pieces, sending) = (connection.pieces(), Arc::clone(&self.sending));
        tokio::spawn(async move {
            let _turn = sending.lock().await;
            let mut offset = 0;
            let end: &[u8] = &[];
            for piece in output.chunks(OUTPUT_PIECE_BYTES).chain([end]) {
                let message = ToCoordinator::Output {
                    sha256,
                    offset,
                    bytes: piece.to_vec(),
                };
                offset = offset.saturating_add(piece.len() as u64);
                if pieces.send(encode(&message)).await.is_err() {
                    return; // the connection is gone
                }
            }
        });
    }
}
