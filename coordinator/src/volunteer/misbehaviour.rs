//! Ways to misbehave, for demonstrations and tests: `KIND[:SEED][@PERCENT]`.

use sha2::{Digest as _, Sha256};
use shared::ids::JobId;
use std::fmt;
use std::str::FromStr;

/// How a volunteer lies, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misbehaviour {
    /// How.
    pub kind: Kind,
    /// Volunteers with equal kind and seed tell the same lies about the same tasks.
    pub seed: u64,
    /// On how many of 100 tasks.
    pub percent: u8,
}

/// A way to misbehave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Votes for SHA-256 of seed, job and task instead of the output.
    WrongOutput,
    /// Adds one to the fuel.
    WrongFuel,
    /// Votes that the guest trapped.
    WrongStatus,
    /// Takes work and never answers, nor renews its leases.
    Silent,
    /// Does not renew its leases and answers after they have run out.
    Late,
    /// Sends a second, different vote on the same nonce.
    Double,
    /// Sends its last settled vote again before the right one.
    Replay,
    /// Signs something else than its vote.
    BadSignature,
    /// Does not compute: asks what others voted, otherwise repeats the last settled outcome that it knows.
    Copy,
}

const KINDS: [(Kind, &str); 9] = [
    (Kind::WrongOutput, "wrong-output"),
    (Kind::WrongFuel, "wrong-fuel"),
    (Kind::WrongStatus, "wrong-status"),
    (Kind::Silent, "silent"),
    (Kind::Late, "late"),
    (Kind::Double, "double"),
    (Kind::Replay, "replay"),
    (Kind::BadSignature, "bad-signature"),
    (Kind::Copy, "copy"),
];

impl Misbehaviour {
    /// Whether it misbehaves on this task.
    #[must_use]
    pub fn applies(&self, job: JobId, task: u32) -> bool {
        let [first, second, ..] = self.draw(b"manyhands misbehaves", job, task);
        u16::from_be_bytes([first, second]) % 100 < u16::from(self.percent)
    }

    /// What it claims that the guest wrote.
    #[must_use]
    pub fn false_output(&self, job: JobId, task: u32) -> [u8; 32] {
        self.draw(b"", job, task)
    }

    fn draw(&self, label: &[u8], job: JobId, task: u32) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(label);
        hasher.update(self.seed.to_be_bytes());
        hasher.update(job.0);
        hasher.update(task.to_be_bytes());
        hasher.finalize().into()
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = KINDS.iter().find(|(kind, _)| kind == self);
        f.write_str(found.map_or("", |(_, name)| name))
    }
}

impl fmt::Display for Misbehaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}@{}", self.kind, self.seed, self.percent)
    }
}

impl FromStr for Misbehaviour {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (rest, percent) = match text.split_once('@') {
            Some((rest, percent)) => (rest, percent),
            None => (text, "100"),
        };
        let (name, seed) = rest.split_once(':').unwrap_or((rest, "0"));
        let found = KINDS.iter().find(|(_, known)| *known == name);
        let Some((kind, _)) = found else {
            let names: Vec<_> = KINDS.iter().map(|(_, name)| *name).collect();
            return Err(format!(
                "unknown misbehaviour {name:?}; use one of {}",
                names.join(", ")
            ));
        };
        let seed = seed.parse().map_err(|_| {
            format!(
                "the seed {seed:?} must be a whole number from 0 to {}",
                u64::MAX
            )
        })?;
        let percent = percent.parse().ok().filter(|percent| *percent <= 100);
        Ok(Self {
            kind: *kind,
            seed,
            percent: percent.ok_or("the part after @ must be a percentage from 0 to 100")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_seed_and_percentage_are_read_and_written() {
        let liar: Misbehaviour = "wrong-output:7@25".parse().unwrap();
        assert_eq!(
            (liar.kind, liar.seed, liar.percent),
            (Kind::WrongOutput, 7, 25)
        );
        assert_eq!(liar.to_string(), "wrong-output:7@25");
        let liar: Misbehaviour = "silent".parse().unwrap();
        assert_eq!(liar.to_string(), "silent:0@100");
        for (kind, name) in KINDS {
            assert_eq!(name.parse::<Misbehaviour>().unwrap().kind, kind);
        }
    }

    #[test]
    fn what_is_no_misbehaviour_is_refused_with_what_to_write() {
        let unknown = "rude".parse::<Misbehaviour>().unwrap_err();
        assert!(unknown.contains("wrong-output, wrong-fuel"), "{unknown}");
        let percent = "silent@101".parse::<Misbehaviour>().unwrap_err();
        assert!(percent.contains("0 to 100"), "{percent}");
        let seed = "silent:x".parse::<Misbehaviour>().unwrap_err();
        assert!(seed.contains("whole number"), "{seed}");
    }

    #[test]
    fn equal_seeds_tell_equal_lies_about_the_share_of_tasks_that_was_asked_for() {
        let job = JobId([1; 32]);
        let liar: Misbehaviour = "wrong-output:7@30".parse().unwrap();
        let share = (0..10_000).filter(|task| liar.applies(job, *task)).count();
        assert!((2700..3300).contains(&share), "{share}");
        let other = Misbehaviour { seed: 8, ..liar };
        assert_eq!(liar.false_output(job, 1), liar.false_output(job, 1));
        assert_ne!(liar.false_output(job, 1), other.false_output(job, 1));
        let always = Misbehaviour {
            percent: 100,
            ..liar
        };
        assert!((0..1000).all(|task| always.applies(job, task)));
    }
}
