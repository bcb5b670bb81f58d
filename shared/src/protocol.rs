//! Frames between a volunteer and the coordinator (DESIGN.md section 5).
//!
//! A frame is one binary WebSocket message: the version byte, then one message in postcard. Messages are named by
//! their receiver. A conversation:
//!
//! ```text
//! coordinator                     node
//!   Challenge ───────────────────▶
//!            ◀─────────────────── Join (Auth signed by the node, OwnerAuth by each owner, Work answer)
//!   Welcome ─────────────────────▶            or Refuse, then the socket closes
//!            ◀─────────────────── Slots
//!   Assign ──────────────────────▶
//!            ◀─────────────────── Alive every 15 s, Vote or Unable for each assignment
//!   Settled ─────────────────────▶            once the certificate is committed
//!   Beat ────────────────────────▶            beside each ping
//!   NeedOutput ──────────────────▶            outputs over 64 KiB, after the tally
//!            ◀─────────────────── Output, in pieces
//!            ◀─────────────────── Goodbye
//! ```

use crate::ids::{
    ChainId, ChallengeNonce, Digest, JobId, JobSeed, NodeKey, SeatNonce, Signature, SubmitterKey,
    UnixMs,
};
use crate::job::{ArgvMode, Limits};
use crate::outcome::Outcome;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// First byte of every frame.
pub const VERSION: u8 = 1;
/// Path of the WebSocket.
pub const NODE_PATH: &str = "/api/v1/node";
/// Largest frame, bytes.
pub const MAX_FRAME_BYTES: usize = 1 << 20;
/// Inputs and outputs up to this size ride in frames, bytes.
pub const MAX_INLINE_BYTES: usize = 64 * 1024;
/// Most bytes of the guest's stderr tail beside a vote.
pub const MAX_STDERR_BYTES: usize = 4 * 1024;
/// Size of the pieces of an [`ToCoordinator::Output`], bytes.
pub const OUTPUT_PIECE_BYTES: usize = 256 * 1024;
/// Most owners a node may name.
pub const MAX_OWNERS: usize = 16;
/// How long a lease lasts without an [`ToCoordinator::Alive`], ms.
pub const LEASE_MS: u64 = 60_000;
/// How often a node renews its leases, ms.
pub const ALIVE_MS: u64 = 15_000;
/// How often the coordinator pings, ms; two missed pings close the socket.
pub const PING_MS: u64 = 20_000;

/// From the coordinator to a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToNode {
    /// The first message: what the node must sign and solve.
    Challenge {
        /// Goes into Auth, OwnerAuth and Work.
        nonce: ChallengeNonce,
        /// The ledger's name.
        origin: String,
        /// SHA-256 of the origin.
        chain_id: ChainId,
        /// Zero bits that the Work hash of an unknown key must have.
        work_bits: u8,
        /// The coordinator's clock.
        server_time_ms: UnixMs,
    },
    /// The node has joined.
    Welcome {
        /// Bearer token for `GET /api/v1/blobs/{sha256}` of assigned inputs, valid while the socket is open.
        blob_token: String,
        /// What the coordinator will send at most.
        limits: NodeLimits,
    },
    /// The node may not join, or must go; the socket closes after this.
    Refuse {
        /// Why.
        reason: RefuseReason,
    },
    /// Tasks to run.
    Assign(Vec<Assignment>),
    /// Send this output in pieces: its vote was accepted.
    NeedOutput {
        /// SHA-256 of the output.
        sha256: Digest,
    },
    /// The assignment can no longer change a verdict: stop it.
    Cancel {
        /// Which.
        assignment: SeatNonce,
    },
    /// What became of a vote; until then the node keeps and resends it. Comes again for an accepted vote, with the
    /// ledger index, once its certificate is stored.
    Settled {
        /// Which.
        assignment: SeatNonce,
        /// What became of it.
        verdict: Settlement,
    },
    /// Nothing to do, and why.
    Idle {
        /// Why.
        reason: IdleReason,
    },
    /// A sentence for the volunteer.
    Notice {
        /// Plain text.
        text: String,
    },
    /// The coordinator lives; goes beside each ping, which scripts in a browser do not see.
    Beat,
}

/// What the coordinator will send a node at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeLimits {
    /// Assignments in flight, slots plus prefetch.
    pub window: u16,
    /// A lease without [`ToCoordinator::Alive`], ms.
    pub lease_ms: u64,
    /// Largest module, bytes.
    pub module_bytes: u64,
    /// Largest input, bytes.
    pub input_bytes: u64,
}

/// Why a node was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefuseReason {
    /// The frame's version byte is not ours.
    Version,
    /// A frame was not canonical, too large or out of order.
    Protocol,
    /// No Join came in time.
    Timeout,
    /// The key is weak or its signature over Auth does not verify.
    BadSignature,
    /// An owner's signature does not verify.
    BadOwner,
    /// The Work answer does not have the bits.
    BadWork,
    /// The key is banned.
    Banned,
    /// Too many nodes, or the outgoing queue of this node was full.
    Busy,
    /// A newer connection of the same key took over.
    TakenOver,
    /// Three invalid votes.
    InvalidVotes,
    /// The coordinator stops.
    ShuttingDown,
}

/// One task given to one node, with a lease and a nonce.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Names the assignment; part of the vote.
    pub nonce: SeatNonce,
    /// The job.
    pub job_id: JobId,
    /// The task.
    pub task: u32,
    /// The attempt.
    pub attempt: u16,
    /// The seat.
    pub seat: u8,
    /// Program as `name@version`, to show.
    pub program: String,
    /// The job's title, to show.
    pub title: String,
    /// The module: `GET /api/v1/programs/{sha256}.wasm`.
    pub module_sha256: Digest,
    /// How args reach the guest.
    pub argv_mode: ArgvMode,
    /// The job's args.
    pub args: Vec<Vec<u8>>,
    /// The common file, or [`Digest::NONE`]; fetched with the blob token.
    pub common_sha256: Digest,
    /// The task's input.
    pub input: AssignedInput,
    /// What the run may use.
    pub limits: Limits,
    /// Seed of `random_get`.
    pub seed: JobSeed,
    /// Task number for `random_get`: the parent's for a subset job.
    pub random_task: u32,
}

/// A task's input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AssignedInput {
    /// The bytes.
    Inline(Vec<u8>),
    /// Fetch it with the blob token.
    Fetch {
        /// SHA-256 of the bytes.
        sha256: Digest,
        /// How many.
        len: u64,
    },
}

impl AssignedInput {
    /// SHA-256 of the bytes that the guest reads.
    #[must_use]
    pub fn sha256(&self) -> Digest {
        match self {
            Self::Inline(bytes) => Digest::of(bytes),
            Self::Fetch { sha256, .. } => *sha256,
        }
    }
}

/// What became of a vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Settlement {
    /// It agrees with the certificate. The ledger index is known once it is sealed.
    Accepted {
        /// Index of the certificate on the ledger.
        ledger_index: Option<u64>,
    },
    /// It was counted and outvoted, or it was invalid.
    Rejected(RejectReason),
    /// Not counted, not punished: the seat was lent again, or the job ended.
    Superseded,
}

/// Why a vote was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RejectReason {
    /// The majority said otherwise.
    Outvoted,
    /// The signature does not verify.
    BadSignature,
    /// The outcome breaks the rules of LEDGER.md, or the job's limits.
    BadOutcome,
    /// The output beside it is missing or not the one that it names.
    BadOutput,
    /// The task found no majority.
    TaskFailed,
}

/// Why a node has nothing to do (UX.md section 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum IdleReason {
    /// `waiting.no_work`
    NoWork,
    /// `waiting.own_jobs`: the only open jobs are the node's owner's.
    OwnJobs,
    /// `waiting.seat_rules`: the open tasks already have a seat with this node or its network.
    SeatRules,
    /// `waiting.backoff`: the node may take work again at this time.
    Backoff {
        /// Unix ms.
        until_ms: UnixMs,
    },
    /// `draining`: the coordinator is being stopped.
    Draining,
}

impl IdleReason {
    /// The reason code of UX.md section 5.1.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoWork => "waiting.no_work",
            Self::OwnJobs => "waiting.own_jobs",
            Self::SeatRules => "waiting.seat_rules",
            Self::Backoff { .. } => "waiting.backoff",
            Self::Draining => "draining",
        }
    }
}

/// From a node to the coordinator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToCoordinator {
    /// The answer to the challenge.
    Join {
        /// Who joins.
        node_key: NodeKey,
        /// Over Auth.
        signature: Signature,
        /// The Work answer; any when 0 bits were asked.
        work: u64,
        /// Submitter keys of the same profile or key file.
        owners: Vec<OwnerProof>,
        /// What the node can do.
        capabilities: Capabilities,
    },
    /// How many more assignments the node can take now, prefetch included.
    Slots {
        /// Replaces the earlier number.
        free: u16,
    },
    /// Votes.
    Vote(Vec<SignedVote>),
    /// The node could not run it; not a vote.
    Unable {
        /// Which.
        assignment: SeatNonce,
        /// Why.
        reason: UnableReason,
    },
    /// These assignments are still held: renew their leases.
    Alive {
        /// Which.
        running: Vec<SeatNonce>,
    },
    /// A piece of an output that was asked for.
    Output {
        /// SHA-256 of the whole output.
        sha256: Digest,
        /// Offset of this piece; pieces come in order.
        offset: u64,
        /// At most [`OUTPUT_PIECE_BYTES`]; an empty piece ends the output.
        bytes: Vec<u8>,
    },
    /// The node leaves; its assignments are returned.
    Goodbye,
}

/// An owner's proof: OwnerAuth signed by a submitter key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerProof {
    /// The submitter key.
    pub key: SubmitterKey,
    /// Over OwnerAuth.
    pub signature: Signature,
}

/// What a node can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Tasks it runs at once.
    pub slots: u16,
    /// The engine that runs guests, such as `wasmi 2.0` or `V8`; at most 64 bytes.
    pub engine: String,
    /// Program and version of the node itself; at most 64 bytes.
    pub agent: String,
    /// Most memory a task may use, pages of 64 KiB.
    pub memory_pages: u32,
}

/// A vote as it travels: the rest of LEDGER.md's Vote is the assignment's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedVote {
    /// Which assignment.
    pub assignment: SeatNonce,
    /// What the run came to.
    pub outcome: Outcome,
    /// Over the Vote.
    pub signature: Signature,
    /// The output when it has at most [`MAX_INLINE_BYTES`], otherwise empty.
    pub output: Vec<u8>,
    /// Tail of the guest's stderr, at most [`MAX_STDERR_BYTES`]; not signed, not voted on.
    pub stderr_tail: Vec<u8>,
}

/// Why a node could not run a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum UnableReason {
    /// The host had no memory.
    HostMemory,
    /// The wall-clock limit passed.
    WallClock,
    /// The browser froze the page.
    Frozen,
    /// The user stopped it.
    Stopped,
    /// Module or input could not be fetched, or did not have their hash.
    Fetch,
    /// The engine could not run the module.
    Engine,
    /// The task needs more than the node offers.
    Capability,
    /// The output was asked for and never came (set by the coordinator).
    OutputMissing,
}

/// Why a frame cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Longer than [`MAX_FRAME_BYTES`].
    #[error("the frame has {0} bytes, the limit is {MAX_FRAME_BYTES}")]
    TooLarge(usize),
    /// Another protocol version, or empty.
    #[error("the frame's first byte must be the protocol version {VERSION}")]
    Version,
    /// Not a message.
    #[error("the frame is not a message of this protocol: {0}")]
    Decode(String),
    /// Bytes are left over.
    #[error("{0} bytes are left over after the message")]
    Trailing(usize),
}

/// Writes a frame.
#[must_use]
pub fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    postcard::to_extend(message, vec![VERSION])
        .expect("messages have no type that cannot serialise")
}

/// Reads a frame, strictly: right version, within the limit, nothing left over.
///
/// # Errors
/// See [`FrameError`].
pub fn decode<T: DeserializeOwned>(frame: &[u8]) -> Result<T, FrameError> {
    if frame.len() > MAX_FRAME_BYTES {
        return Err(FrameError::TooLarge(frame.len()));
    }
    let Some((&VERSION, body)) = frame.split_first() else {
        return Err(FrameError::Version);
    };
    let (message, rest) =
        postcard::take_from_bytes(body).map_err(|error| FrameError::Decode(error.to_string()))?;
    if !rest.is_empty() {
        return Err(FrameError::Trailing(rest.len()));
    }
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_frame_is_the_version_byte_and_the_message() {
        let frame = encode(&ToCoordinator::Slots { free: 3 });
        assert_eq!(frame, [1, 1, 3]);
        assert_eq!(
            decode::<ToCoordinator>(&frame),
            Ok(ToCoordinator::Slots { free: 3 })
        );
    }

    #[test]
    fn left_over_bytes_another_version_and_nothing_are_refused() {
        assert_eq!(
            decode::<ToCoordinator>(&[1, 1, 3, 0]),
            Err(FrameError::Trailing(1))
        );
        assert_eq!(
            decode::<ToCoordinator>(&[2, 1, 3]),
            Err(FrameError::Version)
        );
        assert_eq!(decode::<ToCoordinator>(&[]), Err(FrameError::Version));
    }

    proptest! {
        #[test]
        fn random_frames_never_panic(mut frame in proptest::collection::vec(any::<u8>(), 0..600)) {
            if let Some(first) = frame.first_mut() {
                *first = VERSION;
            }
            let _ = decode::<ToCoordinator>(&frame);
            let _ = decode::<ToNode>(&frame);
        }
    }
}
