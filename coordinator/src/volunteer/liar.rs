//! What a misbehaving volunteer does differently: in its answers, its signatures, and the frames that it sends.

use super::misbehaviour::{Kind, Misbehaviour};
use super::run::Answer;
use shared::codec::Canonical as _;
use shared::crypto::SecretKey;
use shared::ids::{ChainId, SeatNonce, Signature, UnixMs};
use shared::outcome::{Outcome, Status};
use shared::protocol::{Assignment, Settlement, SignedVote, ToNode};
use shared::vote::Vote;
use std::collections::{BTreeMap, BTreeSet};

/// How long after the end of its lease a late answer comes, ms.
const LATE_MS: u64 = 1_500;

/// A volunteer's bad side; an honest one has none.
#[derive(Debug)]
pub(super) struct Liar {
    how: Misbehaviour,
    key: SecretKey,
    /// Assignments whose leases it lets run out.
    unrenewed: BTreeSet<SeatNonce>,
    /// What it signed and was not settled yet.
    signed: BTreeMap<SeatNonce, (ChainId, Vote)>,
    /// What it sent and was not settled yet.
    sent: BTreeMap<SeatNonce, SignedVote>,
    last_settled: Option<SignedVote>,
    /// The accepted answer that it knows last.
    last_accepted: Option<Answer>,
}

/// What to do instead of running a guest and answering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Plan {
    /// Run it.
    Honest,
    /// Run it, then add to the fuel.
    WrongFuel,
    /// Run it, but answer only at this time.
    Delay(UnixMs),
    /// Answer this.
    Instead(Answer),
    /// Look what others answered; when that is not to be had, answer this.
    Peek(Answer),
}

impl Liar {
    pub(super) const fn new(how: Misbehaviour, key: SecretKey) -> Self {
        Self {
            how,
            key,
            unrenewed: BTreeSet::new(),
            signed: BTreeMap::new(),
            sent: BTreeMap::new(),
            last_settled: None,
            last_accepted: None,
        }
    }

    /// An assignment has come to a slot. `lease_ms` is how long its lease lasts.
    pub(super) fn plan(&mut self, now: UnixMs, assignment: &Assignment, lease_ms: u64) -> Plan {
        if !self.how.applies(assignment.job_id, assignment.task) {
            return Plan::Honest;
        }
        let empty = || Answer::new(Outcome::ok(&[], 0), Vec::new());
        match self.how.kind {
            Kind::WrongOutput => {
                let output = self.how.false_output(assignment.job_id, assignment.task);
                Plan::Instead(Answer::new(Outcome::ok(&output, 0), output.to_vec()))
            }
            Kind::WrongStatus => {
                Plan::Instead(Answer::new(Outcome::failed(Status::Trap, 0), Vec::new()))
            }
            Kind::WrongFuel => Plan::WrongFuel,
            Kind::Silent | Kind::Late => {
                self.unrenewed.insert(assignment.nonce);
                Plan::Delay(now.plus(lease_ms).plus(LATE_MS))
            }
            Kind::Double | Kind::Replay | Kind::BadSignature => Plan::Honest,
            Kind::Copy => Plan::Peek(self.last_accepted.clone().unwrap_or_else(empty)),
        }
    }

    /// Whether it acts as if it had not heard this: a late one goes on when its seat is taken back.
    pub(super) fn overhears(&self, message: &ToNode) -> bool {
        match message {
            ToNode::Cancel { assignment } => {
                self.how.kind == Kind::Late && self.unrenewed.contains(assignment)
            }
            _ => false,
        }
    }

    /// The nonces whose leases it renews.
    pub(super) fn renewed(&self, running: Vec<SeatNonce>) -> Vec<SeatNonce> {
        let is_renewed = |nonce: &SeatNonce| !self.unrenewed.contains(nonce);
        running.into_iter().filter(is_renewed).collect()
    }

    /// Its signature of a vote.
    pub(super) fn sign(&mut self, chain_id: ChainId, vote: &Vote) -> Signature {
        let mut signed = *vote;
        if self.how.kind == Kind::BadSignature && self.how.applies(vote.job_id, vote.task) {
            signed.task = signed.task.wrapping_add(1);
        }
        self.signed.insert(vote.nonce, (chain_id, *vote));
        self.key.sign(&signed.encode(chain_id))
    }

    /// The batches that it sends instead of this one. The votes have their outputs.
    pub(super) fn votes(&mut self, honest: Vec<SignedVote>) -> Vec<Vec<SignedVote>> {
        let mut batch = Vec::new();
        let mut second = Vec::new();
        for vote in honest {
            let known = self.signed.get(&vote.assignment).copied();
            let applies =
                |(_, signed): &(ChainId, Vote)| self.how.applies(signed.job_id, signed.task);
            let Some((chain_id, signed)) = known.filter(applies) else {
                self.sent.insert(vote.assignment, vote.clone());
                batch.push(vote);
                continue;
            };
            match self.how.kind {
                Kind::Silent => {
                    self.unrenewed.remove(&vote.assignment);
                    continue;
                }
                Kind::Late => {
                    self.unrenewed.remove(&vote.assignment);
                }
                Kind::Double => second.push(self.contradict(chain_id, signed)),
                Kind::Replay => batch.extend(self.last_settled.clone()),
                _ => {}
            }
            self.sent.insert(vote.assignment, vote.clone());
            batch.push(vote);
        }
        let batches = [batch, second].into_iter();
        batches.filter(|batch| !batch.is_empty()).collect()
    }

    fn contradict(&self, chain_id: ChainId, mut vote: Vote) -> SignedVote {
        vote.outcome = if vote.outcome.status == Status::Trap {
            Outcome::ok(&[], 0)
        } else {
            Outcome::failed(Status::Trap, 0)
        };
        SignedVote {
            assignment: vote.nonce,
            outcome: vote.outcome,
            signature: self.key.sign(&vote.encode(chain_id)),
            output: Vec::new(),
            stderr_tail: Vec::new(),
        }
    }

    /// A vote was settled.
    pub(super) fn settled(&mut self, nonce: SeatNonce, verdict: Settlement) {
        self.signed.remove(&nonce);
        let Some(vote) = self.sent.remove(&nonce) else {
            return;
        };
        let is_inline = vote.output.len() as u64 == vote.outcome.output_len;
        if matches!(verdict, Settlement::Accepted { .. }) && is_inline {
            self.last_accepted = Some(Answer::new(vote.outcome, vote.output.clone()));
        }
        self.last_settled = Some(vote);
    }

    /// An assignment has ended without a vote.
    pub(super) fn dropped(&mut self, nonce: SeatNonce) {
        self.unrenewed.remove(&nonce);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::crypto::PublicKey as _;
    use shared::ids::{Digest, JobId};

    const CHAIN: ChainId = ChainId([2; 32]);

    fn liar(how: &str) -> Liar {
        Liar::new(how.parse().unwrap(), SecretKey::from_seed(&[1; 32]))
    }

    fn nonce(number: u8) -> SeatNonce {
        SeatNonce([number; SeatNonce::LEN])
    }

    fn sign(liar: &mut Liar, number: u8) -> (Vote, SignedVote) {
        let vote = Vote {
            job_id: JobId([3; 32]),
            task: number.into(),
            attempt: 1,
            seat: 0,
            nonce: nonce(number),
            input_sha256: Digest::of(b"in"),
            module_sha256: Digest::of(b"module"),
            outcome: Outcome::ok(b"out", 0),
            node_key: liar.key.node_key(),
        };
        let signed = SignedVote {
            assignment: vote.nonce,
            outcome: vote.outcome,
            signature: liar.sign(CHAIN, &vote),
            output: b"out".to_vec(),
            stderr_tail: Vec::new(),
        };
        (vote, signed)
    }

    #[test]
    fn a_double_voter_signs_two_outcomes_on_one_nonce_properly() {
        let mut liar = liar("double");
        let (vote, honest) = sign(&mut liar, 1);
        let batches = liar.votes(vec![honest.clone()]);
        let [first, second] = batches.as_slice() else {
            panic!("expected two frames, found {batches:?}");
        };
        assert_eq!(first, &[honest]);
        let lie = second.first().unwrap();
        assert_ne!(lie.outcome, vote.outcome);
        let outcome = lie.outcome;
        let signed = Vote { outcome, ..vote };
        assert!(
            vote.node_key
                .verifies(&signed.encode(CHAIN), &lie.signature)
        );
    }

    #[test]
    fn a_replayer_sends_its_last_settled_vote_before_the_new_one() {
        let mut liar = liar("replay");
        let (_, first) = sign(&mut liar, 1);
        assert_eq!(liar.votes(vec![first.clone()]), [vec![first.clone()]]);
        liar.settled(nonce(1), Settlement::Superseded);
        let (_, second) = sign(&mut liar, 2);
        assert_eq!(liar.votes(vec![second.clone()]), [vec![first, second]]);
    }

    #[test]
    fn a_bad_signature_does_not_verify() {
        let mut liar = liar("bad-signature");
        let (vote, signed) = sign(&mut liar, 1);
        assert!(
            !vote
                .node_key
                .verifies(&vote.encode(CHAIN), &signed.signature)
        );
    }

    #[test]
    fn a_silent_node_neither_renews_nor_answers_but_only_on_its_share_of_tasks() {
        let mut silent = liar("silent");
        silent.unrenewed.insert(nonce(1));
        assert_eq!(silent.renewed(vec![nonce(1), nonce(2)]), [nonce(2)]);
        let (_, vote) = sign(&mut silent, 1);
        assert!(silent.votes(vec![vote]).is_empty());
        let mut honest = liar("silent@0");
        let (_, vote) = sign(&mut honest, 1);
        assert_eq!(honest.votes(vec![vote.clone()]), [vec![vote]]);
    }

    #[test]
    fn a_late_node_goes_on_when_its_seat_is_taken_back_and_a_silent_one_does_not() {
        let assignment = nonce(1);
        let cancel = ToNode::Cancel { assignment };
        let mut late = liar("late");
        assert!(!late.overhears(&cancel));
        late.unrenewed.insert(assignment);
        assert!(late.overhears(&cancel));
        let mut silent = liar("silent");
        silent.unrenewed.insert(assignment);
        assert!(!silent.overhears(&cancel));
    }

    #[test]
    fn a_copier_repeats_the_last_accepted_answer_that_it_knows() {
        let mut liar = liar("copy");
        let (_, vote) = sign(&mut liar, 1);
        liar.votes(vec![vote]);
        liar.settled(nonce(1), Settlement::Accepted { ledger_index: None });
        let known = Answer::new(Outcome::ok(b"out", 0), b"out".to_vec());
        assert_eq!(liar.last_accepted, Some(known));
    }
}
