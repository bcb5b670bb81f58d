//! Small outputs that came with votes, kept until their task is decided: one copy of each, under one budget.

use shared::ids::{Digest, JobId};
use std::collections::HashMap;

/// Bytes kept at most; an output beyond it is asked for again after the tally.
const BUDGET_BYTES: usize = 256 << 20;

/// The different outputs of one task, each under its hash.
type Kept = Vec<(Digest, Vec<u8>)>;

/// Outputs of undecided tasks.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    tasks: HashMap<(JobId, u32), Kept>,
    bytes: usize,
}

impl Outputs {
    /// Keeps an output; whether it is in hand now.
    pub(super) fn keep(&mut self, job: JobId, task: u32, sha256: Digest, output: Vec<u8>) -> bool {
        if output.is_empty() {
            return true;
        }
        let kept = self.tasks.get(&(job, task));
        if kept.is_some_and(|kept| kept.iter().any(|(known, _)| *known == sha256)) {
            return true;
        }
        if self.bytes + output.len() > BUDGET_BYTES {
            return false;
        }
        self.bytes += output.len();
        self.tasks
            .entry((job, task))
            .or_default()
            .push((sha256, output));
        true
    }

    /// The task is decided: gives the accepted output, if it is kept here, and forgets the others.
    pub(super) fn take(
        &mut self,
        job: JobId,
        task: u32,
        accepted: Option<Digest>,
    ) -> Option<Vec<u8>> {
        let kept = self.tasks.remove(&(job, task))?;
        let mut found = None;
        for (sha256, output) in kept {
            self.bytes -= output.len();
            if Some(sha256) == accepted {
                found = Some(output);
            }
        }
        found
    }

    /// The job has ended.
    pub(super) fn forget_job(&mut self, job: JobId) {
        let bytes = &mut self.bytes;
        self.tasks.retain(|(of, _), kept| {
            let keep = *of != job;
            if !keep {
                *bytes -= kept.iter().map(|(_, output)| output.len()).sum::<usize>();
            }
            keep
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_outputs_are_kept_once_and_a_decision_frees_them_all() {
        let mut outputs = Outputs::default();
        let job = JobId([1; 32]);
        let (right, lie) = (vec![1; 10], vec![2; 20]);
        assert!(outputs.keep(job, 7, Digest::of(&right), right.clone()));
        assert!(outputs.keep(job, 7, Digest::of(&right), right.clone()));
        assert!(outputs.keep(job, 7, Digest::of(&lie), lie));
        assert_eq!(outputs.bytes, 30);
        assert_eq!(outputs.take(job, 7, Some(Digest::of(&right))), Some(right));
        assert_eq!(outputs.bytes, 0);
    }

    #[test]
    fn an_output_over_the_budget_is_not_in_hand() {
        let mut outputs = Outputs {
            bytes: BUDGET_BYTES,
            ..Outputs::default()
        };
        assert!(!outputs.keep(JobId([1; 32]), 0, Digest::of(b"x"), b"x".to_vec()));
        assert!(outputs.keep(JobId([1; 32]), 0, Digest::of(b""), Vec::new()));
    }

    #[test]
    fn the_outputs_of_an_ended_job_are_forgotten() {
        let mut outputs = Outputs::default();
        let (one, two) = (JobId([1; 32]), JobId([2; 32]));
        outputs.keep(one, 0, Digest::of(b"abc"), b"abc".to_vec());
        outputs.keep(two, 0, Digest::of(b"de"), b"de".to_vec());
        outputs.forget_job(one);
        assert_eq!(outputs.bytes, 2);
    }
}
