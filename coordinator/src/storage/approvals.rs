//! Which policies the node's operator has approved: all, or those in a file that is read on each question.

use crate::private_file;
use shared::ids::Digest;
use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// File of the approved hashes in the node's directory: one in each line.
const APPROVED_POLICIES: &str = "approved-policies";

/// Who approves policies.
#[derive(Debug, Clone)]
pub enum Approvals {
    /// An embedded node takes every policy of its own coordinator.
    Automatic,
    /// The operator, who adds hashes to this file.
    File(PathBuf),
}

impl Approvals {
    /// Those of the operator of the node in `directory`.
    #[must_use]
    pub fn of_operator(directory: &Path) -> Self {
        Self::File(directory.join(APPROVED_POLICIES))
    }

    /// Whether the policy is approved. A file that cannot be read approves nothing.
    pub(super) fn has(&self, policy_sha256: Digest) -> bool {
        match self {
            Self::Automatic => true,
            Self::File(path) => match read(path) {
                Ok(approved) => approved.contains(&policy_sha256),
                Err(error) => {
                    tracing::error!(%error, path = %path.display(), "cannot read the approved policies");
                    false
                }
            },
        }
    }
}

/// Approves a policy for the node in `directory`, whether it runs or not. Approval is never withdrawn.
///
/// # Errors
/// When the file cannot be read or written.
pub fn approve(directory: &Path, policy_sha256: Digest) -> io::Result<()> {
    let path = directory.join(APPROVED_POLICIES);
    let mut approved = read(&path)?;
    if !approved.insert(policy_sha256) {
        return Ok(());
    }
    let mut lines = Vec::new();
    for hash in approved {
        writeln!(lines, "{hash}")?;
    }
    private_file::replace(&path, &lines)
}

fn read(path: &Path) -> io::Result<BTreeSet<Digest>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(error) => return Err(error),
    };
    let hashes = text.lines().filter(|line| !line.trim().is_empty());
    let hashes = hashes.map(|line| {
        let hash = line.trim().parse();
        hash.map_err(|error| io::Error::other(format!("{}: {error}", path.display())))
    });
    hashes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::random_bytes;
    use shared::ids::to_hex;

    #[test]
    fn approval_counts_at_once_and_stays() {
        let name = format!("manyhands-approvals-{}", to_hex(&random_bytes::<8>()));
        let directory = std::env::temp_dir().join(name);
        let approvals = Approvals::of_operator(&directory);
        let [first, second] = [Digest::of(b"1"), Digest::of(b"2")];
        assert!(!approvals.has(first));
        approve(&directory, first).unwrap();
        approve(&directory, second).unwrap();
        approve(&directory, first).unwrap();
        assert!(approvals.has(first) && approvals.has(second));
        std::fs::write(directory.join(APPROVED_POLICIES), "not a hash\n").unwrap();
        assert!(!approvals.has(first));
        assert!(Approvals::Automatic.has(first));
        std::fs::remove_dir_all(directory).unwrap();
    }
}
