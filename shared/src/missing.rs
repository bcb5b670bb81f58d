//! Which blobs of a job a submitter has yet to upload, from what the coordinator says it misses.

use crate::api::jobs::JobSubmitted;
use crate::ids::Digest;
use std::collections::BTreeSet;

/// What is to be uploaded, each blob once.
#[derive(Debug)]
pub enum Missing {
    /// These.
    Listed(BTreeSet<Digest>),
    /// The list of what is missing was too long to be told: everything but what is uploaded already.
    AllBut(BTreeSet<Digest>),
}

impl Missing {
    /// What an answer to a submission says.
    #[must_use]
    pub fn of(submitted: &JobSubmitted) -> Self {
        if submitted.missing_total > submitted.missing.len() as u64 {
            Self::AllBut(BTreeSet::new())
        } else {
            Self::Listed(submitted.missing.iter().copied().collect())
        }
    }

    /// Whether `sha256` is to be uploaded.
    #[must_use]
    pub fn holds(&self, sha256: &Digest) -> bool {
        match self {
            Self::Listed(listed) => listed.contains(sha256),
            Self::AllBut(done) => !done.contains(sha256),
        }
    }

    /// Whether `sha256` is to be uploaded; from now on it is not.
    pub fn take(&mut self, sha256: Digest) -> bool {
        match self {
            Self::Listed(listed) => listed.remove(&sha256),
            Self::AllBut(done) => done.insert(sha256),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::JobId;

    fn submitted(missing: &[&[u8]], missing_total: u64) -> JobSubmitted {
        JobSubmitted {
            job_id: JobId([1; 32]),
            missing: missing.iter().map(|bytes| Digest::of(bytes)).collect(),
            missing_total,
        }
    }

    #[test]
    fn a_blob_is_uploaded_once_and_only_when_it_is_missing() {
        let mut missing = Missing::of(&submitted(&[b"a"], 1));
        assert!(missing.take(Digest::of(b"a")));
        assert!(!missing.take(Digest::of(b"a")));
        assert!(!missing.take(Digest::of(b"b")));
    }

    #[test]
    fn what_a_list_leaves_out_is_taken_for_missing() {
        let mut missing = Missing::of(&submitted(&[b"a"], 2));
        assert!(missing.take(Digest::of(b"b")));
        assert!(!missing.take(Digest::of(b"b")));
        assert!(!missing.holds(&Digest::of(b"b")));
        assert!(missing.holds(&Digest::of(b"a")));
    }
}
