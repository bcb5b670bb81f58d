//! What a leader and a storage node say to each other (LEDGER.md section 5).
//!
//! A message is one version byte and postcard; headers, entries, acks and policies inside are their canonical bytes.
//! Nothing in here is signed or hashed but those.

mod raw;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use shared::ids::{AckKey, ChainId, Digest};

/// First byte of every message.
pub const VERSION: u8 = 1;
/// Largest message, bytes: a block of 2 MiB, its small blobs, and one entry over.
pub const MAX_MESSAGE_BYTES: usize = 16 << 20;
/// Largest ballot: databases have signed numbers.
pub const MAX_BALLOT: u64 = i64::MAX as u64;
/// Most digests in one question.
pub const MAX_DIGESTS: usize = 65_536;

/// Asks for the promise to take nothing of a lower ballot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepare {
    /// The leader's epoch.
    pub ballot: u64,
    /// Policy 0 (the entry's bytes), for a node without a committed block; others ignore it.
    #[serde(with = "raw::option")]
    pub policy: Option<Vec<u8>>,
}

/// The answer to [`Prepare`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepared {
    /// The highest ballot that the node has promised. Higher than the one asked for: this leader is not the newest.
    pub promised: u64,
    /// Its last committed block.
    pub committed: Option<Head>,
    /// The block that it has accepted above that one.
    pub accepted: Option<AcceptedBlock>,
}

/// The last committed block of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Its height.
    pub height: u64,
    /// Entries of the whole log with this block.
    pub size: u64,
    /// The signed header.
    #[serde(with = "raw")]
    pub header: Vec<u8>,
    /// What committed it; `None` when the node caught up past it from other nodes.
    pub proof: Option<CommitProof>,
}

/// A block that is not known to be committed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedBlock {
    /// The ballot at which it was accepted.
    pub ballot: u64,
    /// The signed header.
    #[serde(with = "raw")]
    pub header: Vec<u8>,
    /// The entries, without the header.
    #[serde(with = "raw::list")]
    pub entries: Vec<Vec<u8>>,
    /// The leaf lists of its jobs.
    pub leaf_lists: Vec<LeafList>,
}

/// Which blob holds the leaves of a job over chunks or of a subset job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeafList {
    /// The root that the Job names; nodes compute it from the blob.
    pub input_root: Digest,
    /// The blob.
    pub sha256: Digest,
}

/// Asks to check and store a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Append {
    /// The leader's epoch; the header's epoch is not higher.
    pub ballot: u64,
    /// The signed header.
    #[serde(with = "raw")]
    pub header: Vec<u8>,
    /// The entries, without the header.
    #[serde(with = "raw::list")]
    pub entries: Vec<Vec<u8>>,
    /// Small blobs that the block names; large ones are put beforehand.
    #[serde(with = "raw::list")]
    pub blobs: Vec<Vec<u8>>,
    /// The leaf lists of the block's jobs, one for each job over chunks and each subset job.
    pub leaf_lists: Vec<LeafList>,
    /// Commits the block below this one, if the node has not heard of that yet.
    pub previous: Option<CommitProof>,
    /// Commits this very block, for a node that has missed it: a policy in it needs no approval any more.
    pub committed: Option<CommitProof>,
}

/// The answer to [`Append`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Appended {
    /// The block is on disk, synced: a signed Ack.
    Ack(#[serde(with = "raw")] Vec<u8>),
    /// The block does not follow the node's last committed one. It is the block of a lower height that it needs, or
    /// that height is committed already, or (at the height that comes next) the header does not name the node's last
    /// one: then leader and node do not keep the same log.
    NotNext {
        /// Where the node's log ends.
        place: Place,
        /// The rule that is broken, in words.
        rule: String,
    },
    /// A newer leader has been promised more.
    StaleBallot {
        /// What was promised.
        promised: u64,
    },
    /// A rule is broken: take a new epoch, prepare, and cut again without that entry.
    Broken {
        /// Place of the entry in the block; the number of entries stands for the header.
        entry: u32,
        /// The rule, in words.
        rule: String,
    },
    /// Blobs that the block names and that the node does not have: put them, then append again.
    MissingBlobs(Vec<Digest>),
    /// The block holds a policy that the node's operator has not approved.
    PolicyNotApproved(Digest),
    /// The header's time is more than 120 s ahead of the node's clock.
    ClockAhead {
        /// The header's time, Unix ms.
        header_ms: u64,
        /// The node's time, Unix ms.
        node_ms: u64,
    },
}

/// Where a node's committed log ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The height that the node needs next: how many blocks it has committed.
    pub next_height: u64,
    /// Entries of its committed log.
    pub size: u64,
}

/// Shows that a quorum has accepted a block, which commits it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitProof {
    /// The block's height.
    pub height: u64,
    /// The block's header.
    pub header_hash: Digest,
    /// Signed Acks of a quorum at one ballot.
    #[serde(with = "raw::list")]
    pub acks: Vec<Vec<u8>>,
    /// The block's checkpoint, signed by the log's key.
    pub log_note: String,
}

/// The answer to [`CommitProof`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Committed {
    /// The node's cosignature line, with its line feed; the same bytes each time.
    Cosigned(String),
    /// The node has not accepted this block: append it again.
    Unknown(Place),
    /// The proof does not hold, in words.
    Invalid(String),
}

/// Asks to cosign the head again, so that readers see how young it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// The last committed block's checkpoint with the log's line and the cosignatures that there are. One with a
    /// quorum of them is kept and served.
    pub certificate: String,
    /// The certificates of all blocks that hold a Policy, which are kept for ever.
    pub policies: Vec<Certificate>,
}

/// The checkpoint of a block with the lines that certify it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The block's height.
    pub height: u64,
    /// The checkpoint with the log's line and those of a quorum.
    pub note: String,
}

/// The answer to [`Heartbeat`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Beaten {
    /// A cosignature line of now, with its line feed.
    Cosigned(String),
    /// The checkpoint is not that of the node's last committed block.
    NotHead(Place),
    /// The note does not hold, in words.
    Invalid(String),
}

/// Which of these blobs are not here?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhichMissing {
    /// At most [`MAX_DIGESTS`].
    pub blobs: Vec<Digest>,
}

/// The answer to [`WhichMissing`]: those that are not here, in the order of the question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// Their hashes.
    pub blobs: Vec<Digest>,
}

/// Has the node's operator approved this policy?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IsApproved {
    /// SHA-256 of the Policy entry.
    pub policy_sha256: Digest,
}

/// The answer to [`IsApproved`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Approval is never withdrawn.
    pub approved: bool,
}

/// Who a storage node is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Its name in policies.
    pub name: String,
    /// Signs acks and answers.
    pub ack_key: AckKey,
    /// Verifier key of its cosignatures.
    pub vkey: String,
    /// The ledger that it keeps; `None` before its first PREPARE.
    pub chain: Option<ChainId>,
    /// It has its keys but lost its database, and may have forgotten promises: it counts for nobody.
    pub wiped: bool,
    /// Where its committed log ends.
    pub place: Place,
}

/// Asks for committed blocks in order, to bring another node up to date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadBlocks {
    /// The first height.
    pub from: u64,
}

/// The answer to [`ReadBlocks`]: some blocks in order, none when there are none from there on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocks {
    /// At least one if there is one, as many as have 256 entries together.
    pub blocks: Vec<CommittedBlock>,
}

/// A committed block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommittedBlock {
    /// The signed header.
    #[serde(with = "raw")]
    pub header: Vec<u8>,
    /// The entries, without the header.
    #[serde(with = "raw::list")]
    pub entries: Vec<Vec<u8>>,
    /// The leaf lists of its jobs.
    pub leaf_lists: Vec<LeafList>,
    /// What committed it; `None` when the node caught up past it.
    pub proof: Option<CommitProof>,
}

/// Why a node does not do what it was asked, whatever that was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    /// See [`Identity::wiped`].
    #[error(
        "the storage node has lost its database and may have forgotten promises; it takes part again when it has recovered from the other nodes"
    )]
    Wiped,
    /// It keeps another ledger.
    #[error(
        "the storage node keeps the ledger with chain_id {0}; give this ledger a storage node of its own"
    )]
    OtherLedger(ChainId),
    /// It keeps no ledger yet.
    #[error("the storage node keeps no ledger yet; PREPARE with Policy 0 comes first")]
    NoLedger,
    /// Its operator has to approve this policy first.
    #[error(
        "the storage node's operator has not approved the policy {0}; run `manyhands storage --accept-policy {0}` there"
    )]
    PolicyNotApproved(Digest),
    /// Policy 0 breaks a rule, or is not the one that the node knows.
    #[error("Policy 0 is refused: {0}")]
    PolicyRefused(String),
    /// The request is larger than the node takes.
    #[error("the request is refused: {0}")]
    Limit(String),
    /// The bytes of a blob are not those that its name promises.
    #[error("the bytes have SHA-256 {found}, not {expected}")]
    BlobHash {
        /// Its name.
        expected: Digest,
        /// What came.
        found: Digest,
    },
}

/// Why bytes are not a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Nothing, or another version.
    #[error(
        "the message is of version {0}, this program speaks version {VERSION}; run the same release on both sides"
    )]
    Version(u8),
    /// Not this message.
    #[error("the message cannot be read: {0}")]
    Decode(String),
}

/// The bytes of a message.
#[must_use]
pub fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    let bytes = postcard::to_extend(message, vec![VERSION]);
    bytes.expect("writing to memory does not fail, and every sequence knows its length")
}

/// Reads a message; every byte must be used.
///
/// # Errors
/// See [`WireError`].
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, WireError> {
    let unreadable = |error: postcard::Error| WireError::Decode(error.to_string());
    let (version, body) = bytes.split_first().unwrap_or((&0, &[]));
    if *version != VERSION {
        return Err(WireError::Version(*version));
    }
    let (message, rest) = postcard::take_from_bytes(body).map_err(unreadable)?;
    if !rest.is_empty() {
        return Err(WireError::Decode(format!(
            "{} bytes are left over",
            rest.len()
        )));
    }
    Ok(message)
}

/// The bytes under which a node keeps the acks of a block.
pub(super) fn encode_acks(acks: &[Vec<u8>]) -> Vec<u8> {
    encode(&acks)
}

/// The reverse of [`encode_acks`].
pub(super) fn decode_acks(bytes: &[u8]) -> Result<Vec<Vec<u8>>, WireError> {
    decode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn append() -> Append {
        Append {
            ballot: 3,
            header: vec![1, 2],
            entries: vec![vec![3; 300], Vec::new()],
            blobs: vec![b"blob".to_vec()],
            leaf_lists: Vec::new(),
            previous: Some(CommitProof {
                height: 1,
                header_hash: Digest([7; 32]),
                acks: vec![vec![9; 3]],
                log_note: "note".to_owned(),
            }),
            committed: None,
        }
    }

    #[test]
    fn a_message_reads_back_and_no_byte_may_follow_it() {
        let bytes = encode(&append());
        assert_eq!(decode::<Append>(&bytes), Ok(append()));
        let longer = [bytes.as_slice(), &[0]].concat();
        assert!(matches!(
            decode::<Append>(&longer),
            Err(WireError::Decode(_))
        ));
        for len in 1..bytes.len() {
            assert!(decode::<Append>(&bytes[..len]).is_err(), "{len}");
        }
    }

    #[test]
    fn another_version_is_named() {
        let mut bytes = encode(&append());
        bytes[0] = 2;
        assert_eq!(decode::<Append>(&bytes), Err(WireError::Version(2)));
        assert_eq!(decode::<Append>(&[]), Err(WireError::Version(0)));
    }

    #[test]
    fn a_length_that_is_a_lie_takes_no_memory() {
        // Version, ballot 0, then a header of 2^60 bytes.
        let mut bytes = vec![VERSION, 0];
        bytes.extend([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]);
        assert!(decode::<Append>(&bytes).is_err());
        // The same for the number of entries.
        let mut bytes = vec![VERSION, 0, 0];
        bytes.extend([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]);
        assert!(decode::<Append>(&bytes).is_err());
    }
}
