//! When a Ban and evidence are valid.

use super::{At, LedgerRule, broken};
use crate::cert::Cert;
use crate::codec::Canonical as _;
use crate::crypto::{PublicKey as _, Signatures};
use crate::ids::Signature;
use crate::job::SignedError;
use crate::ledger::ban::Ban;
use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::evidence::{Evidence, EvidenceKind};
use crate::ledger::header::Header;
use crate::ledger::policy_text::QuorumPolicy;
use crate::vote::{REFEREE_SEAT, Vote};

const RULE: &str = "evidence";

impl<S: Signatures> At<'_, S> {
    pub(super) fn ban(self, ban: &Ban) -> Result<(), LedgerRule> {
        if let Some(index) = ban.evidence_index.filter(|index| *index >= self.index) {
            return broken("ban_evidence", format!("entry {index} is not earlier"));
        }
        self.facts.bans.insert(ban.node_key, ban.clone());
        Ok(())
    }

    pub(super) fn evidence(self, evidence: &Evidence) -> Result<(), LedgerRule> {
        let (first, second) = (&evidence.first, &evidence.second);
        match evidence.kind {
            EvidenceKind::DoubleVote => self.double_vote(first, second),
            EvidenceKind::DoubleHeader => self.double_header(first, second),
            EvidenceKind::RefutedVote => self.refuted_vote(first, second),
            EvidenceKind::DoubleCheckpoint => self.double_checkpoint(first, second),
        }
    }

    fn double_vote(&self, first: &[u8], second: &[u8]) -> Result<(), LedgerRule> {
        let (first, second) = (self.vote(first)?, self.vote(second)?);
        if first.node_key != second.node_key || first.nonce != second.nonce {
            return broken(RULE, "the votes are not of one node and nonce");
        }
        if first == second {
            return broken(RULE, "both votes say the same");
        }
        Ok(())
    }

    /// A Vote with its node's signature behind it.
    fn vote(&self, bytes: &[u8]) -> Result<Vote, LedgerRule> {
        let (body, signature) = split(bytes)?;
        let (chain, vote) = Vote::decode(body).map_err(SignedError::from)?;
        if chain != self.facts.chain {
            return Err(SignedError::Chain { found: chain }.into());
        }
        if !self.signatures.verify(&vote.node_key.0, body, &signature) {
            return broken(RULE, "the signature of the vote does not verify");
        }
        Ok(vote)
    }

    fn double_header(&self, first: &[u8], second: &[u8]) -> Result<(), LedgerRule> {
        let chain = self.facts.chain;
        let (first, second) = (
            Header::decode_signed(chain, first)?,
            Header::decode_signed(chain, second)?,
        );
        if first.leader_key != second.leader_key {
            return broken(RULE, "the headers are not of one leader");
        }
        if (first.height, first.epoch) != (second.height, second.epoch) {
            return broken(RULE, "the headers are not of one height and epoch");
        }
        if first == second {
            return broken(RULE, "both headers say the same");
        }
        Ok(())
    }

    fn refuted_vote(&self, first: &[u8], second: &[u8]) -> Result<(), LedgerRule> {
        let vote = self.vote(first)?;
        let is_cert = second.starts_with(Cert::LABEL);
        let refuted_by = if is_cert {
            self.certified(&vote, second)?
        } else {
            self.refereed(second)?
        };
        let about = |vote: &Vote| {
            (
                vote.job_id,
                vote.task,
                vote.input_sha256,
                vote.module_sha256,
            )
        };
        if about(&refuted_by) != about(&vote) {
            return broken(RULE, "the statements are not about one task");
        }
        if refuted_by.outcome == vote.outcome {
            return broken(RULE, "the outcomes are equal");
        }
        Ok(())
    }

    /// What a valid Cert says of the vote's task, as a vote.
    fn certified(&self, vote: &Vote, bytes: &[u8]) -> Result<Vote, LedgerRule> {
        let (chain, cert) = Cert::decode(bytes).map_err(SignedError::from)?;
        if chain != self.facts.chain {
            return Err(SignedError::Chain { found: chain }.into());
        }
        let Some(fact) = self.facts.jobs.get(&cert.job_id) else {
            return broken("job_known", format!("job {} is not earlier", cert.job_id));
        };
        let input = cert.input_sha256;
        cert.check_with_referee(
            chain,
            cert.job_id,
            &fact.job,
            input,
            self.referee_key,
            self.signatures,
        )?;
        Ok(Vote {
            job_id: cert.job_id,
            task: cert.task,
            input_sha256: input,
            module_sha256: cert.module_sha256,
            outcome: cert.outcome,
            ..*vote
        })
    }

    /// A referee's vote with its signature behind it.
    fn refereed(&self, bytes: &[u8]) -> Result<Vote, LedgerRule> {
        let (body, signature) = split(bytes)?;
        let (chain, vote) = Vote::decode_for_referee(body).map_err(SignedError::from)?;
        if chain != self.facts.chain {
            return Err(SignedError::Chain { found: chain }.into());
        }
        if Some(vote.node_key) != self.referee_key || vote.seat != REFEREE_SEAT {
            return broken(RULE, "the second vote is not the referee's");
        }
        if !self.signatures.verify(&vote.node_key.0, body, &signature) {
            return broken(RULE, "the signature of the referee does not verify");
        }
        Ok(vote)
    }

    fn double_checkpoint(&self, first: &[u8], second: &[u8]) -> Result<(), LedgerRule> {
        let policy = self.facts.policy.as_ref();
        let text = policy.and_then(|policy| QuorumPolicy::parse(&policy.entry.text).ok());
        let Some(text) = text else {
            return broken(RULE, "there is no policy yet");
        };
        let read = |bytes: &[u8]| {
            let (body, signature) = split(bytes)?;
            if !text.log().verifies(body, &signature) {
                return broken(RULE, "the signature of the checkpoint is not the log's");
            }
            let body = std::str::from_utf8(body).ok();
            match body.and_then(|body| body.parse::<Checkpoint>().ok()) {
                Some(checkpoint) => Ok(checkpoint),
                None => broken(RULE, "a statement is no checkpoint"),
            }
        };
        let (first, second) = (read(first)?, read(second)?);
        if first.origin != second.origin || first.size != second.size {
            return broken(RULE, "the checkpoints are not of one size");
        }
        if first.root == second.root {
            return broken(RULE, "both checkpoints say the same");
        }
        Ok(())
    }
}

fn split(bytes: &[u8]) -> Result<(&[u8], Signature), LedgerRule> {
    match bytes.split_last_chunk::<64>() {
        Some((body, signature)) => Ok((body, Signature(*signature))),
        None => broken(RULE, "a statement ends before its signature"),
    }
}
