//! What happens to a volunteer, and what it wants done: the two sides of the state machine.

use crate::ids::{ChainId, ChallengeNonce, Digest, SeatNonce, Signature};
use crate::outcome::Outcome;
use crate::protocol::{
    Assignment, FrameError, IdleReason, NodeLimits, OwnerProof, RefuseReason, Settlement,
    SignedVote, ToCoordinator, ToNode, UnableReason,
};
use crate::vote::Vote;
use std::sync::Arc;

/// A fact that the shell reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The user wants to compute.
    Start,
    /// The user wants to stop.
    Stop,
    /// How much work is wanted from now on, whether connected or not.
    Take(Intake),
    /// The user, or a network that came back, wants no wait before the next try to connect.
    Retry,
    /// The socket is open.
    Opened,
    /// The socket is closed, or could not be opened. Also the answer to [`Effect::Close`].
    Closed {
        /// Why, in words.
        why: String,
        /// Any number; spreads the reconnections of many volunteers.
        jitter: u16,
    },
    /// A message came.
    Received(ToNode),
    /// A frame came that is not a message.
    Garbled(FrameError),
    /// A ping came: the coordinator lives.
    Pinged,
    /// Answer to [`Effect::Prove`].
    Proved(Proof),
    /// Answer to [`Effect::Prepare`]: module and input are here.
    Prepared(SeatNonce),
    /// Answer to [`Effect::Prepare`]: they cannot be had.
    Unprepared(SeatNonce, UnableReason),
    /// Answer to [`Effect::Run`], exactly one for each, also after [`Effect::Halt`].
    Ran(SeatNonce, RunEnd),
    /// Answer to [`Effect::Sign`].
    Signed(SeatNonce, Signature),
    /// The time that [`super::Volunteer::next_wake`] named has come.
    Tick,
}

/// How much work a volunteer takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intake {
    /// All that it has room for.
    Open,
    /// Nothing new: guests that run end as usual, what has not begun is given back.
    Finish,
    /// Nothing at all: guests that run are halted, and everything is given back.
    Closed,
}

/// How a guest's run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunEnd {
    /// It has an outcome; the shell keeps its output under its hash.
    Done {
        /// What to vote for.
        outcome: Outcome,
        /// Tail of the guest's stderr.
        stderr_tail: Vec<u8>,
    },
    /// It could not be run to its end.
    Unable(UnableReason),
    /// It was halted.
    Halted,
}

/// The signed answer to a challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Which challenge this answers.
    pub nonce: ChallengeNonce,
    /// The node's signature over Auth.
    pub signature: Signature,
    /// The Work answer.
    pub work: u64,
    /// The owners' signatures over OwnerAuth.
    pub owners: Vec<OwnerProof>,
}

/// Something that the shell must do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Open a socket; answer [`Event::Opened`] or [`Event::Closed`].
    Open,
    /// Close the socket, also while it opens; answer [`Event::Closed`].
    Close,
    /// Sign Auth and OwnerAuth and find the Work answer; answer [`Event::Proved`].
    Prove {
        /// The challenge's nonce.
        nonce: ChallengeNonce,
        /// The ledger.
        chain_id: ChainId,
        /// Zero bits of the Work hash.
        work_bits: u8,
    },
    /// Keep in mind which ledger this address serves.
    Remember {
        /// The ledger's name.
        origin: String,
    },
    /// The node has joined: use this token for inputs, and these limits, from now on.
    Admit {
        /// Bearer token for assigned inputs.
        blob_token: String,
        /// What the coordinator sends at most.
        limits: NodeLimits,
    },
    /// Send a message.
    Send(ToCoordinator),
    /// Send these votes in one frame, each with its output when that has at most
    /// [`crate::protocol::MAX_INLINE_BYTES`]. Here their outputs are empty.
    SendVotes(Vec<SignedVote>),
    /// Fetch module, input and common file; answer [`Event::Prepared`] or [`Event::Unprepared`].
    Prepare(Arc<Assignment>),
    /// Forget what was prepared, or stop preparing it; no answer.
    Discard(SeatNonce),
    /// Run the prepared guest; answer [`Event::Ran`].
    Run(SeatNonce),
    /// Stop a running guest; [`Event::Ran`] still follows.
    Halt(SeatNonce),
    /// Sign this vote; answer [`Event::Signed`].
    Sign {
        /// The ledger.
        chain_id: ChainId,
        /// What to sign.
        vote: Vote,
    },
    /// Send this kept output in pieces, one output after the other; nothing when it is lost.
    SendOutput(Digest),
    /// No vote needs this output any more, unless [`super::Volunteer::needs_output`] says otherwise by now.
    Forget(Digest),
    /// Tell the user.
    Report(Report),
    /// The end: nothing more follows.
    End(End),
}

/// What a user wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// The node has joined.
    Joined {
        /// The ledger's name.
        origin: String,
    },
    /// This address served another ledger before.
    OtherLedger {
        /// The name remembered.
        before: String,
        /// The name now.
        now: String,
    },
    /// It computes something that it did not compute before.
    Computing(Arc<Assignment>),
    /// Nothing to do, and why.
    Idle(IdleReason),
    /// A sentence of the coordinator.
    Notice(String),
    /// The connection is gone; it will be tried again.
    Offline {
        /// Why, in words.
        why: String,
        /// When it is tried again, ms from now.
        retry_ms: u64,
    },
    /// A vote was settled.
    Settled {
        /// Which.
        assignment: SeatNonce,
        /// How.
        verdict: Settlement,
    },
    /// The certificate of an accepted vote is stored on the ledger: told once, after [`Report::Settled`].
    Stored {
        /// Which.
        assignment: SeatNonce,
        /// Index of the certificate on the ledger.
        index: u64,
    },
    /// A task could not be run.
    Unable {
        /// Which.
        assignment: Arc<Assignment>,
        /// Why.
        reason: UnableReason,
    },
}

/// Why a volunteer has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The user stopped it.
    Stopped,
    /// The coordinator refused it for good.
    Refused(RefuseReason),
    /// The coordinator's chain id is not that of its origin.
    FalseChain {
        /// The origin it gave.
        origin: String,
    },
}
