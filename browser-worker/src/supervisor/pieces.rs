//! Sends large outputs that were asked for: in pieces, one output after the other, without holding up votes.

use super::outputs::Output;
use super::shell::Shell;
use super::socket::Socket;
use super::{Fact, Supervisor};
use gloo_timers::callback::Timeout;
use shared::ids::Digest;
use shared::protocol::{OUTPUT_PIECE_BYTES, ToCoordinator, encode};
use std::collections::VecDeque;
use wasm_bindgen_futures::spawn_local;

/// How often a full socket is looked at again, ms.
const FULL_MS: u32 = 20;
/// Most outputs that may wait; the coordinator asks another voter for what is dropped.
const MAX_WAITING: usize = 1_024;

/// What is sent, and what waits.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    waiting: VecDeque<Digest>,
    now: Option<Sending>,
    /// A look at the socket is due.
    again: Option<Timeout>,
}

/// An output that is being sent.
#[derive(Debug)]
struct Sending {
    socket: u32,
    sha256: Digest,
    output: Output,
    offset: u64,
    /// A piece is being read.
    is_reading: bool,
}

impl Shell {
    /// The coordinator asks for an output. One that is lost is not answered: another voter is asked in time.
    pub(super) fn want_output(&mut self, supervisor: &Supervisor, sha256: Digest) {
        if self.pieces.waiting.len() < MAX_WAITING && self.outputs.get(sha256).is_some() {
            self.pieces.waiting.push_back(sha256);
            self.send_pieces(supervisor);
        }
    }

    /// Goes on with the output that is being sent, or with the next one.
    pub(super) fn send_pieces(&mut self, supervisor: &Supervisor) {
        self.pieces.again = None;
        let Some(socket) = self.socket.as_ref() else {
            self.pieces = Pieces::default(); // asked for on a connection that is gone
            return;
        };
        let number = socket.number();
        if self
            .pieces
            .now
            .as_ref()
            .is_some_and(|now| now.socket != number)
        {
            self.pieces = Pieces::default();
            return;
        }
        if self.pieces.now.is_none() {
            let Some(sha256) = self.pieces.waiting.pop_front() else {
                return;
            };
            let Some(output) = self.outputs.get(sha256).cloned() else {
                return self.send_pieces(supervisor);
            };
            self.pieces.now = Some(Sending {
                socket: number,
                sha256,
                output,
                offset: 0,
                is_reading: false,
            });
        }
        let Some(now) = &mut self.pieces.now else {
            return;
        };
        if now.is_reading {
            return;
        }
        if !socket.has_room() {
            let told = supervisor.clone();
            let again = Timeout::new(FULL_MS, move || told.give(Fact::SendPieces));
            self.pieces.again = Some(again);
            return;
        }
        now.is_reading = true;
        let (output, offset, sha256) = (now.output.clone(), now.offset, now.sha256);
        let told = supervisor.clone();
        spawn_local(async move {
            let piece = output.piece(offset, OUTPUT_PIECE_BYTES).await;
            told.give(Fact::Piece(number, sha256, piece));
        });
    }

    /// A piece was read: sends it. An empty piece ends the output.
    pub(super) fn take_piece(
        &mut self,
        supervisor: &Supervisor,
        number: u32,
        sha256: Digest,
        piece: Option<Vec<u8>>,
    ) {
        let is_now = |now: &Sending| now.socket == number && now.sha256 == sha256;
        let is_open = self.socket.as_ref().map(Socket::number) == Some(number);
        let Some(now) = self.pieces.now.as_mut().filter(|now| is_now(now)) else {
            return;
        };
        let Some(bytes) = piece.filter(|_| is_open) else {
            self.pieces.now = None; // the browser has lost it, or the connection is gone
            return self.send_pieces(supervisor);
        };
        let message = ToCoordinator::Output {
            sha256,
            offset: now.offset,
            bytes,
        };
        now.is_reading = false;
        if let ToCoordinator::Output { bytes, .. } = &message {
            now.offset = now.offset.saturating_add(bytes.len() as u64);
            if bytes.is_empty() {
                self.pieces.now = None;
            }
        }
        self.send_frame(&encode(&message));
        self.send_pieces(supervisor);
    }
}
