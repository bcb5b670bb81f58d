//! The certificate: the votes that accepted a task (LEDGER.md section 2, Cert), and the rules that make it valid.

use crate::codec::{Canonical, DecodeError, Reader};
use crate::crypto::PublicKey as _;
use crate::ids::{ChainId, Digest, JobId, NodeKey, SeatNonce, Signature};
use crate::job::{Job, MAX_TRUST};
use crate::outcome::Outcome;
use crate::vote::Vote;

/// Bits of [`Cert::relaxed`]: which always-rules of TRUST.md section 3 did not hold. The leader's own statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Relaxed(u8);

impl Relaxed {
    /// One network holds two seats.
    pub const NETWORK: Self = Self(1);
    /// A majority of unproven nodes.
    pub const UNPROVEN: Self = Self(2);
    /// Settled by the referee.
    pub const REFEREE: Self = Self(4);

    /// No rule was relaxed.
    pub const NONE: Self = Self(0);

    /// From the byte; `None` when an unknown bit is set.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Option<Self> {
        if bits & !7 == 0 {
            Some(Self(bits))
        } else {
            None
        }
    }

    /// The byte.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Both together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether every bit of `other` is set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// One counted vote as a certificate lists it: what the Vote has beyond the certificate, and its signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatVote {
    /// Who voted.
    pub node_key: NodeKey,
    /// The attempt in which the seat was opened.
    pub attempt: u16,
    /// The seat.
    pub seat: u8,
    /// The nonce of the lending.
    pub nonce: SeatNonce,
    /// The node's signature over the Vote.
    pub signature: Signature,
}

/// A counted vote that differs from the accepted outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dissent {
    /// The vote.
    pub vote: SeatVote,
    /// What it said.
    pub outcome: Outcome,
}

/// The referee's vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefereeVote {
    /// Nonce of its Vote (seat 255).
    pub nonce: SeatNonce,
    /// Signature by the policy's referee key.
    pub signature: Signature,
}

/// The votes that accepted a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cert {
    /// The job.
    pub job_id: JobId,
    /// The task.
    pub task: u32,
    /// The attempt that decided, from 1.
    pub attempt: u16,
    /// Seats of the task: `trust + 2 * (attempt - 1)`, at most 15.
    pub chosen: u8,
    /// Which always-rules did not hold.
    pub relaxed: Relaxed,
    /// SHA-256 of the task's input.
    pub input_sha256: Digest,
    /// The job's module.
    pub module_sha256: Digest,
    /// The accepted outcome.
    pub outcome: Outcome,
    /// Votes for it, sorted by node key.
    pub agree: Vec<SeatVote>,
    /// Counted votes against it, sorted by node key.
    pub dissent: Vec<Dissent>,
    /// The referee's vote, where one settled the task.
    pub referee: Option<RefereeVote>,
}

fn encode_seat(vote: &SeatVote, outcome: Option<&Outcome>, out: &mut Vec<u8>) {
    out.extend_from_slice(&vote.node_key.0);
    out.extend_from_slice(&vote.attempt.to_be_bytes());
    out.push(vote.seat);
    out.extend_from_slice(&vote.nonce.0);
    if let Some(outcome) = outcome {
        outcome.encode(out);
    }
    out.extend_from_slice(&vote.signature.0);
}

fn decode_seat<T>(
    reader: &mut Reader<'_>,
    rest: impl FnOnce(&mut Reader<'_>) -> Result<T, DecodeError>,
) -> Result<(SeatVote, T), DecodeError> {
    let node_key = NodeKey(reader.array("node_key")?);
    let attempt = reader.u16("attempt")?;
    let seat = reader.u8("seat")?;
    let nonce = SeatNonce(reader.array("nonce")?);
    let rest = rest(reader)?;
    let signature = Signature(reader.array("signature")?);
    Ok((
        SeatVote {
            node_key,
            attempt,
            seat,
            nonce,
            signature,
        },
        rest,
    ))
}

fn put_count(out: &mut Vec<u8>, count: usize) {
    out.push(u8::try_from(count).expect("a task has at most 15 seats"));
}

/// Appends a `dissent` list, which Cert, Fail and Void share.
pub(crate) fn encode_dissent(dissent: &[Dissent], out: &mut Vec<u8>) {
    put_count(out, dissent.len());
    for one in dissent {
        encode_seat(&one.vote, Some(&one.outcome), out);
    }
}

/// Reads a `dissent` list: strictly ascending node keys.
pub(crate) fn decode_dissent(reader: &mut Reader<'_>) -> Result<Vec<Dissent>, DecodeError> {
    let dissent = (0..reader.u8("dissent")?)
        .map(|_| {
            let (vote, outcome) = decode_seat(reader, Outcome::decode)?;
            Ok(Dissent { vote, outcome })
        })
        .collect::<Result<Vec<_>, DecodeError>>()?;
    check_sorted(dissent.iter().map(|one| one.vote.node_key), "dissent")?;
    Ok(dissent)
}

fn check_sorted(
    keys: impl Iterator<Item = NodeKey> + Clone,
    field: &'static str,
) -> Result<(), DecodeError> {
    let unsorted = keys
        .clone()
        .zip(keys.skip(1))
        .find(|(left, right)| left >= right);
    unsorted.map_or(Ok(()), |(_, key)| {
        Err(DecodeError::value(
            field,
            key,
            "votes must be sorted by node_key, each key once",
        ))
    })
}

impl Canonical for Cert {
    const LABEL: &'static [u8; 16] = b"manyhands/cert/1";

    fn encode_fields(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.job_id.0);
        out.extend_from_slice(&self.task.to_be_bytes());
        out.extend_from_slice(&self.attempt.to_be_bytes());
        out.push(self.chosen);
        out.push(self.relaxed.bits());
        out.extend_from_slice(&self.input_sha256.0);
        out.extend_from_slice(&self.module_sha256.0);
        self.outcome.encode(out);
        put_count(out, self.agree.len());
        for vote in &self.agree {
            encode_seat(vote, None, out);
        }
        encode_dissent(&self.dissent, out);
        put_count(out, usize::from(self.referee.is_some()));
        if let Some(referee) = &self.referee {
            out.extend_from_slice(&referee.nonce.0);
            out.extend_from_slice(&referee.signature.0);
        }
    }

    fn decode_fields(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let job_id = JobId(reader.array("job_id")?);
        let task = reader.u32("task")?;
        let attempt = reader.u16("attempt")?;
        let chosen = reader.u8("chosen")?;
        let bits = reader.u8("relaxed")?;
        let relaxed = Relaxed::from_bits(bits)
            .ok_or_else(|| DecodeError::value("relaxed", bits, "only bits 0 to 2 are known"))?;
        let input_sha256 = Digest(reader.array("input_sha256")?);
        let module_sha256 = Digest(reader.array("module_sha256")?);
        let outcome = Outcome::decode(reader)?;
        let agree = (0..reader.u8("agree")?)
            .map(|_| decode_seat(reader, |_| Ok(())).map(|(vote, ())| vote))
            .collect::<Result<Vec<_>, _>>()?;
        check_sorted(agree.iter().map(|vote| vote.node_key), "agree")?;
        let dissent = decode_dissent(reader)?;
        let referee = match reader.u8("referee")? {
            0 => None,
            1 => Some(RefereeVote {
                nonce: SeatNonce(reader.array("referee nonce")?),
                signature: Signature(reader.array("referee signature")?),
            }),
            other => return Err(DecodeError::value("referee", other, "must be 0 or 1")),
        };
        Ok(Self {
            job_id,
            task,
            attempt,
            chosen,
            relaxed,
            input_sha256,
            module_sha256,
            outcome,
            agree,
            dissent,
            referee,
        })
    }
}

/// The rule of LEDGER.md section 2 that a certificate breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenRule {
    /// It is another job's.
    #[error("cert.job: the certificate is for job {found}")]
    Job {
        /// The job it names.
        found: JobId,
    },
    /// The task is not one of the job's.
    #[error("cert.task: task {task} is not below the job's task_count {task_count}")]
    Task {
        /// The task it names.
        task: u32,
        /// The job's number of tasks.
        task_count: u32,
    },
    /// Attempt and chosen do not follow from the job's trust level.
    #[error("cert.chosen: attempt {attempt} of trust {trust} has {expected} seats, not {chosen}")]
    Chosen {
        /// The attempt it names.
        attempt: u16,
        /// The job's trust level.
        trust: u8,
        /// Seats that follow from both (0: no such attempt).
        expected: u32,
        /// Seats it names.
        chosen: u8,
    },
    /// A seat is out of range or used twice.
    #[error("cert.seat: seat {seat} is not below {chosen}, or is held twice")]
    Seat {
        /// The seat.
        seat: u8,
        /// Seats of the task.
        chosen: u8,
    },
    /// A node voted twice.
    #[error("cert.key: node {0} is listed twice")]
    Key(NodeKey),
    /// A vote's attempt is 0 or later than the certificate's.
    #[error("cert.attempt: a vote of attempt {vote} in a certificate of attempt {cert}")]
    Attempt {
        /// The vote's.
        vote: u16,
        /// The certificate's.
        cert: u16,
    },
    /// Not more than half of the chosen agree.
    #[error("cert.majority: {agree} of {chosen} agree, which is not more than half")]
    Majority {
        /// Votes that agree.
        agree: usize,
        /// Seats of the task.
        chosen: u8,
    },
    /// The referee rule of section 2 does not hold.
    #[error("cert.referee: {0}")]
    Referee(&'static str),
    /// Another module than the job's.
    #[error("cert.module: the certificate is for module {0}, not the job's")]
    Module(Digest),
    /// Another input than the leaf's.
    #[error("cert.input: the certificate is for input {0}, not the task's")]
    Input(Digest),
    /// More fuel than the job allows.
    #[error("cert.fuel: {fuel} is more than the job's {limit}")]
    Fuel {
        /// Fuel in the outcome.
        fuel: u64,
        /// The job's limit.
        limit: u64,
    },
    /// More output than the job allows.
    #[error("cert.output: {len} bytes are more than the job's {limit}")]
    Output {
        /// Bytes in the outcome.
        len: u64,
        /// The job's limit.
        limit: u32,
    },
    /// A dissent has the accepted outcome.
    #[error("cert.dissent: the vote of node {0} is listed as dissent but agrees")]
    Dissent(NodeKey),
    /// A node key may not vote.
    #[error("cert.weak_key: the key {0} is weak or not an Ed25519 public key")]
    WeakKey(NodeKey),
    /// A signature does not verify.
    #[error("cert.signature: the signature of node {0} does not verify")]
    Signature(NodeKey),
}

impl Cert {
    /// The Vote that a listed seat implies.
    #[must_use]
    pub fn vote(&self, seat: &SeatVote, outcome: Outcome) -> Vote {
        Vote {
            job_id: self.job_id,
            task: self.task,
            attempt: seat.attempt,
            seat: seat.seat,
            nonce: seat.nonce,
            input_sha256: self.input_sha256,
            module_sha256: self.module_sha256,
            outcome,
            node_key: seat.node_key,
        }
    }

    /// All counted votes with their outcomes, those that agree first.
    pub fn votes(&self) -> impl Iterator<Item = (&SeatVote, Outcome)> {
        let agree = self.agree.iter().map(|vote| (vote, self.outcome));
        agree.chain(self.dissent.iter().map(|one| (&one.vote, one.outcome)))
    }

    /// Checks every rule of LEDGER.md section 2 that needs only the job and the task's leaf: all but the order of
    /// entries, bans, and the referee's signature. `input_sha256` is the hash of the bytes that the task reads.
    ///
    /// # Errors
    /// The first [`BrokenRule`].
    pub fn check(
        &self,
        chain: ChainId,
        job_id: JobId,
        job: &Job,
        input_sha256: Digest,
    ) -> Result<(), BrokenRule> {
        self.check_shape(job_id, job, input_sha256)?;
        self.check_seats()?;
        self.check_majority(job)?;
        for (seat, outcome) in self.votes() {
            if !seat.node_key.is_acceptable() {
                return Err(BrokenRule::WeakKey(seat.node_key));
            }
            let message = self.vote(seat, outcome).encode(chain);
            if !seat.node_key.verifies(&message, &seat.signature) {
                return Err(BrokenRule::Signature(seat.node_key));
            }
        }
        Ok(())
    }

    fn check_shape(&self, job_id: JobId, job: &Job, input: Digest) -> Result<(), BrokenRule> {
        if self.job_id != job_id {
            return Err(BrokenRule::Job { found: self.job_id });
        }
        if self.task >= job.task_count {
            return Err(BrokenRule::Task {
                task: self.task,
                task_count: job.task_count,
            });
        }
        let expected = chosen_seats(job.trust, self.attempt);
        if expected != Some(self.chosen) {
            return Err(BrokenRule::Chosen {
                attempt: self.attempt,
                trust: job.trust,
                expected: expected.map_or(0, u32::from),
                chosen: self.chosen,
            });
        }
        if self.module_sha256 != job.module_sha256 {
            return Err(BrokenRule::Module(self.module_sha256));
        }
        if self.input_sha256 != input {
            return Err(BrokenRule::Input(self.input_sha256));
        }
        if self.outcome.fuel > job.limits.fuel {
            return Err(BrokenRule::Fuel {
                fuel: self.outcome.fuel,
                limit: job.limits.fuel,
            });
        }
        if self.outcome.output_len > u64::from(job.limits.output_bytes) {
            return Err(BrokenRule::Output {
                len: self.outcome.output_len,
                limit: job.limits.output_bytes,
            });
        }
        Ok(())
    }

    fn check_seats(&self) -> Result<(), BrokenRule> {
        let mut seats = std::collections::BTreeSet::new();
        let mut keys = std::collections::BTreeSet::new();
        for (vote, _) in self.votes() {
            if vote.seat >= self.chosen || !seats.insert(vote.seat) {
                return Err(BrokenRule::Seat {
                    seat: vote.seat,
                    chosen: self.chosen,
                });
            }
            if !keys.insert(vote.node_key) {
                return Err(BrokenRule::Key(vote.node_key));
            }
            if vote.attempt == 0 || vote.attempt > self.attempt {
                return Err(BrokenRule::Attempt {
                    vote: vote.attempt,
                    cert: self.attempt,
                });
            }
        }
        match self.dissent.iter().find(|one| one.outcome == self.outcome) {
            Some(one) => Err(BrokenRule::Dissent(one.vote.node_key)),
            None => Ok(()),
        }
    }

    fn check_majority(&self, job: &Job) -> Result<(), BrokenRule> {
        let marked = self.relaxed.contains(Relaxed::REFEREE);
        match (
            self.agree.len() * 2 > usize::from(self.chosen),
            self.referee,
            marked,
        ) {
            (true, None, false) => Ok(()),
            (false, None, false) => Err(BrokenRule::Majority {
                agree: self.agree.len(),
                chosen: self.chosen,
            }),
            (true, _, _) => Err(BrokenRule::Referee(
                "a majority agreed, so no referee may be named",
            )),
            (false, Some(_), true) if !job.referee_allowed => Err(BrokenRule::Referee(
                "the signed job does not allow a referee",
            )),
            (false, Some(_), true) if self.chosen != MAX_TRUST => Err(BrokenRule::Referee(
                "a referee may only settle a task of 15 seats",
            )),
            (false, Some(_), true) if self.majority_is_possible() => Err(BrokenRule::Referee(
                "an outcome could still reach a majority",
            )),
            (false, Some(_), true) => Ok(()),
            (false, _, _) => Err(BrokenRule::Referee(
                "bit 0x04 and the referee's vote must go together",
            )),
        }
    }

    /// Whether any outcome could still reach a majority if all open seats joined it.
    fn majority_is_possible(&self) -> bool {
        let outcomes: Vec<Outcome> = self.votes().map(|(_, outcome)| outcome).collect();
        crate::tally::tally(&outcomes, self.chosen) != crate::tally::Verdict::Impossible
    }
}

/// Seats of a task of trust level `trust` in `attempt` (from 1): `trust + 2 * (attempt - 1)`, `None` above 15.
#[must_use]
pub fn chosen_seats(trust: u8, attempt: u16) -> Option<u8> {
    let extra = attempt.checked_sub(1)?.checked_mul(2)?;
    let chosen = u16::from(trust).checked_add(extra)?;
    u8::try_from(chosen)
        .ok()
        .filter(|chosen| *chosen <= MAX_TRUST)
}
