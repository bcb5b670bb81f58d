//! What must always hold, from what went in and what came out; it shares no logic with the scheduler.

use coordinator::scheduler::{
    Accepted, Decision, Effect, Failed, JobPlan, NodeId, NodeInfo, SeatRef,
};
use shared::cert::{Relaxed, SeatVote, chosen_seats};
use shared::fail::FailReason;
use shared::ids::{JobId, NodeKey, SeatNonce};
use shared::outcome::Outcome;
use shared::protocol::{RejectReason, Settlement};
use shared::tally::{Verdict, majority, tally};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One lending, for ever.
pub(crate) struct Lent {
    pub(crate) to: NodeInfo,
    pub(crate) seat: SeatRef,
    /// The first vote that came while the seat was lent.
    pub(crate) vote: Option<Outcome>,
    /// The node may still vote on it.
    pub(crate) is_running: bool,
    /// Taken back, or its vote was void: it counts for nothing.
    pub(crate) is_void: bool,
}

#[derive(Default)]
pub(crate) struct Reference {
    pub(crate) lent: HashMap<SeatNonce, Lent>,
    /// In the order of lending.
    pub(crate) nonces: Vec<SeatNonce>,
    pub(crate) jobs: BTreeMap<JobId, JobPlan>,
    /// Decided and not committed, and committed.
    pub(crate) decided: BTreeSet<(JobId, u32)>,
    pub(crate) committed: BTreeSet<(JobId, u32)>,
    pub(crate) outputs: BTreeSet<(JobId, u32, Outcome)>,
    unable: BTreeMap<(JobId, u32), BTreeSet<NodeKey>>,
    counted: BTreeSet<SeatNonce>,
    running: BTreeMap<NodeId, BTreeSet<SeatNonce>>,
    by_task: BTreeMap<(JobId, u32), Vec<SeatNonce>>,
}

impl Reference {
    /// What a node runs.
    pub(crate) fn running(&self, node: NodeId) -> Vec<SeatNonce> {
        self.running
            .get(&node)
            .into_iter()
            .flatten()
            .copied()
            .collect()
    }

    pub(crate) fn outstanding(&self, node: NodeId) -> usize {
        self.running.get(&node).map_or(0, BTreeSet::len)
    }

    fn of_task(&self, job: JobId, task: u32) -> impl Iterator<Item = &Lent> {
        let nonces = self.by_task.get(&(job, task)).into_iter().flatten();
        nonces.map(|nonce| &self.lent[nonce])
    }

    /// The node runs it no more.
    pub(crate) fn stop(&mut self, nonce: SeatNonce, is_void: bool) {
        let lent = self.lent.get_mut(&nonce).unwrap();
        lent.is_running = false;
        lent.is_void |= is_void;
        if let Some(running) = self.running.get_mut(&lent.to.id) {
            running.remove(&nonce);
        }
    }

    /// A restart: what was in flight counts for nothing.
    pub(crate) fn forget_flight(&mut self) {
        for lent in self.lent.values_mut() {
            lent.is_running = false;
            lent.is_void = true;
        }
        self.running.clear();
        self.decided.clear();
        self.outputs.clear();
        self.unable.clear();
    }

    pub(crate) fn check(&mut self, nodes: &BTreeMap<NodeId, NodeInfo>, effect: &Effect) {
        match effect {
            Effect::Assign { node, seat } => self.assigned(&nodes[node], *seat),
            Effect::Cancel { nonce, .. } => {
                let task = (self.lent[nonce].seat.job, self.lent[nonce].seat.task);
                // Before the verdict a cancel means that the lease ran out.
                self.stop(*nonce, !self.decided.contains(&task));
            }
            Effect::Decided(Decision::Accepted(accepted)) => self.accepted(accepted),
            Effect::Decided(Decision::Failed(failed)) => self.failed(failed),
            Effect::Settled {
                key,
                nonce,
                settlement,
                ..
            } => self.settled(*key, *nonce, *settlement),
            Effect::NeedOutput {
                node, job, task, ..
            } => {
                assert!(nodes.contains_key(node));
                assert!(!self.decided.contains(&(*job, *task)));
            }
            _ => {}
        }
    }

    fn assigned(&mut self, node: &NodeInfo, seat: SeatRef) {
        let plan = &self.jobs[&seat.job];
        let task = (seat.job, seat.task);
        assert!(
            !node.owners.contains(&plan.submitter_key),
            "an owner's node was lent a seat"
        );
        assert!(node.memory_pages >= plan.memory_pages);
        assert!(!self.decided.contains(&task) && !self.committed.contains(&task));
        assert_eq!(
            chosen_seats(plan.trust, seat.attempt).map(|chosen| seat.seat < chosen),
            Some(true)
        );
        for other in self
            .of_task(seat.job, seat.task)
            .filter(|other| !other.is_void)
        {
            assert_ne!(other.seat.seat, seat.seat, "one seat was lent to two nodes");
            assert_ne!(other.to.key, node.key, "one node has two seats of a task");
        }
        let (to, vote) = (node.clone(), None);
        let lent = Lent {
            to,
            seat,
            vote,
            is_running: true,
            is_void: false,
        };
        assert!(
            self.lent.insert(seat.nonce, lent).is_none(),
            "a nonce was given twice"
        );
        self.nonces.push(seat.nonce);
        self.running.entry(node.id).or_default().insert(seat.nonce);
        self.by_task.entry(task).or_default().push(seat.nonce);
    }

    /// Checks the counted votes of a decision and returns their lendings.
    fn counted<'a>(
        &mut self,
        (job, task, attempt): (JobId, u32, u16),
        votes: impl Iterator<Item = (&'a SeatVote, Outcome)>,
    ) -> Vec<NodeInfo> {
        assert!(self.decided.insert((job, task)), "a task was decided twice");
        assert!(!self.committed.contains(&(job, task)));
        let mut counted = Vec::new();
        for (vote, outcome) in votes {
            let lent = &self.lent[&vote.nonce];
            assert_eq!((lent.seat.job, lent.seat.task), (job, task));
            assert_eq!(
                (lent.seat.attempt, lent.seat.seat),
                (vote.attempt, vote.seat)
            );
            assert_eq!(lent.to.key, vote.node_key);
            assert_eq!(
                lent.vote,
                Some(outcome),
                "a vote is listed that was not cast"
            );
            assert!(!lent.is_void && vote.attempt <= attempt);
            assert!(self.counted.insert(vote.nonce), "a nonce was counted twice");
            counted.push(lent.to.clone());
        }
        let cast = self
            .of_task(job, task)
            .filter(|lent| !lent.is_void && lent.vote.is_some());
        assert_eq!(cast.count(), counted.len(), "a counted vote is not listed");
        let keys: BTreeSet<_> = counted.iter().map(|node| node.key).collect();
        assert_eq!(keys.len(), counted.len());
        counted
    }

    fn accepted(&mut self, accepted: &Accepted) {
        let Accepted {
            job,
            task,
            attempt,
            chosen,
            relaxed,
            outcome,
            agree,
            dissent,
        } = accepted;
        let trust = self.jobs[job].trust;
        assert_eq!(chosen_seats(trust, *attempt), Some(*chosen));
        assert!(
            agree.len() * 2 > usize::from(*chosen),
            "accepted without a majority"
        );
        assert!(dissent.iter().all(|one| one.outcome != *outcome));
        assert!(agree.is_sorted_by(|left, right| left.node_key < right.node_key));
        assert!(dissent.is_sorted_by(|left, right| left.vote.node_key < right.vote.node_key));
        let votes = agree.iter().map(|vote| (vote, *outcome));
        let votes = votes.chain(dissent.iter().map(|one| (&one.vote, one.outcome)));
        let counted = self.counted((*job, *task, *attempt), votes);
        let networks: BTreeSet<_> = counted.iter().map(|node| node.network).collect();
        let unproven = counted
            .iter()
            .take(agree.len())
            .filter(|node| !node.proven)
            .count();
        assert_eq!(
            relaxed.contains(Relaxed::NETWORK),
            networks.len() < counted.len()
        );
        let newcomers_decide = unproven >= usize::from(majority(*chosen));
        assert_eq!(relaxed.contains(Relaxed::UNPROVEN), newcomers_decide);
        let has_output = self.outputs.contains(&(*job, *task, *outcome));
        assert!(
            outcome.output_len == 0 || has_output,
            "decided without the bytes"
        );
    }

    fn failed(&mut self, failed: &Failed) {
        let Failed {
            job,
            task,
            attempt,
            reason,
            votes,
        } = failed;
        let trust = self.jobs[job].trust;
        self.counted(
            (*job, *task, *attempt),
            votes.iter().map(|one| (&one.vote, one.outcome)),
        );
        let outcomes: Vec<_> = votes.iter().map(|one| one.outcome).collect();
        match reason {
            FailReason::NoMajority => {
                assert_eq!(chosen_seats(trust, *attempt), Some(15));
                assert_eq!(tally(&outcomes, 15), Verdict::Impossible);
            }
            FailReason::Unable => {
                let unable = self.unable.get(&(*job, *task)).map_or(0, BTreeSet::len);
                assert!(unable >= usize::from(trust) * 2);
            }
        }
    }

    fn settled(&mut self, key: NodeKey, nonce: SeatNonce, settlement: Settlement) {
        let Some(lent) = self.lent.get(&nonce).filter(|lent| lent.to.key == key) else {
            assert_eq!(settlement, Settlement::Superseded);
            return;
        };
        let task = (lent.seat.job, lent.seat.task);
        let is_told_early = match settlement {
            Settlement::Superseded => {
                // Nothing is told while a counted vote waits for its verdict, unless its job has ended.
                lent.vote.is_some()
                    && !lent.is_void
                    && self.jobs.contains_key(&lent.seat.job)
                    && !self.committed.contains(&task)
            }
            Settlement::Rejected(RejectReason::BadOutput) => {
                if !lent.is_void {
                    // Nobody delivered: the vote is void.
                    let outcome = lent.vote.unwrap();
                    assert!(!self.outputs.contains(&(task.0, task.1, outcome)));
                    assert!(!self.decided.contains(&task) && !self.committed.contains(&task));
                    self.unable(nonce, true);
                }
                false
            }
            Settlement::Accepted { .. } | Settlement::Rejected(_) => {
                !self.committed.contains(&task)
            }
        };
        assert!(!is_told_early, "{settlement:?} was told before the commit");
    }

    /// The node could not run it, or did not deliver: it has no vote.
    pub(crate) fn unable(&mut self, nonce: SeatNonce, blames_task: bool) {
        self.stop(nonce, true);
        if blames_task {
            let lent = &self.lent[&nonce];
            let task = (lent.seat.job, lent.seat.task);
            self.unable.entry(task).or_default().insert(lent.to.key);
        }
    }
}
