//! The signed job: what a submitter asks for, fixed before anything runs (LEDGER.md section 2, Job).

mod cancel;
mod policy;
mod signed;

pub use cancel::Cancel;
pub use policy::Policy;
pub use signed::{SignedError, SignedJob};
pub(crate) use signed::{read_signed, sign_structure};

use crate::codec::{Canonical, DecodeError, Reader, put_var8, put_var16};
use crate::ids::{Digest, JobId, JobNonce, JobSeed, SubmitterKey, UnixMs};
use crate::leaf::RangeInput;
use serde::{Deserialize, Serialize};

/// Most tasks a job may have.
pub const MAX_TASKS: u32 = 1_048_576;
/// Least trust level.
pub const MIN_TRUST: u8 = 3;
/// Greatest trust level, and the most seats a task can come to.
pub const MAX_TRUST: u8 = 15;
/// Most fuel: 2^63 - 1.
pub const MAX_FUEL: u64 = i64::MAX as u64;
/// Most memory in pages of 64 KiB: 1 GiB.
pub const MAX_MEMORY_PAGES: u32 = 16_384;
/// Most output of one task, bytes: 64 MiB.
pub const MAX_OUTPUT_BYTES: u32 = 64 << 20;
/// Most arguments.
pub const MAX_ARGS: usize = 64;
/// Most bytes of one argument.
pub const MAX_ARG_BYTES: usize = 4096;
/// Most bytes of a Job with its signature.
pub const MAX_JOB_BYTES: usize = 32 * 1024;
/// A deadline of 0 means this long after the block.
pub const DEFAULT_DEADLINE_MS: u64 = 30 * 24 * 3600 * 1000;

/// How args reach the guest (GUEST.md section 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ArgvMode {
    /// `argv = program, stage, args…`
    Staged,
    /// `argv = program, args…`: a tool that knows no stages.
    Plain,
}

/// Where the tasks come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Each task reads a chunk of data.
    Chunks,
    /// Each task reads a part of a range.
    Range(RangeInput),
    /// Tasks of an earlier job, run again with other limits.
    Subset {
        /// The earlier job.
        parent: JobId,
    },
}

/// What each task may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Limits {
    /// Fuel, 1 to 2^63 - 1.
    pub fuel: u64,
    /// Memory in pages of 64 KiB, at most 16,384.
    pub memory_pages: u32,
    /// Output bytes, at most 64 MiB.
    pub output_bytes: u32,
    /// Wall-clock time on the reference machine, ms.
    pub wall_ms: u32,
}

impl Default for Limits {
    /// 10^12 fuel, 256 MiB of memory, 16 MiB of output, 120 s.
    fn default() -> Self {
        Self {
            fuel: 1_000_000_000_000,
            memory_pages: 4096,
            output_bytes: 16 << 20,
            wall_ms: 120_000,
        }
    }
}

/// One run of a program over an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Makes two equal jobs of one submitter different.
    pub nonce: JobNonce,
    /// Who submits and may read the results.
    pub submitter_key: SubmitterKey,
    /// The module that runs.
    pub module_sha256: Digest,
    /// Its program manifest.
    pub manifest_sha256: Digest,
    /// How args reach the guest.
    pub argv_mode: ArgvMode,
    /// At most 64 args of at most 4 KiB, without NUL.
    pub args: Vec<Vec<u8>>,
    /// The common file, or [`Digest::NONE`].
    pub common_sha256: Digest,
    /// Where the tasks come from.
    pub input: Input,
    /// How many tasks, 1 to 1,048,576.
    pub task_count: u32,
    /// Tree hash over the leaves.
    pub input_root: Digest,
    /// Volunteers chosen for each task: odd, 3 to 15.
    pub trust: u8,
    /// How they are chosen.
    pub policy: Policy,
    /// Whether a referee may settle disputes.
    pub referee_allowed: bool,
    /// What each task may use.
    pub limits: Limits,
    /// Seed of `random_get`.
    pub seed: JobSeed,
    /// When the job expires; 0 means 30 days after it is recorded.
    pub deadline_ms: UnixMs,
}

const FLAG_REFEREE: u16 = 1;

impl Canonical for Job {
    const LABEL: &'static [u8; 16] = b"manyhands/jobs/1";

    fn encode_fields(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.nonce.0);
        out.extend_from_slice(&self.submitter_key.0);
        out.extend_from_slice(&self.module_sha256.0);
        out.extend_from_slice(&self.manifest_sha256.0);
        out.push(match self.argv_mode {
            ArgvMode::Staged => 0,
            ArgvMode::Plain => 1,
        });
        out.push(u8::try_from(self.args.len()).expect("Job::check allows at most 64 args"));
        for arg in &self.args {
            put_var16(out, arg);
        }
        out.extend_from_slice(&self.common_sha256.0);
        let zero = RangeInput {
            start: 0,
            end: 0,
            chunk: 0,
        };
        let (kind, range, parent) = match self.input {
            Input::Chunks => (0, zero, JobId([0; 32])),
            Input::Range(range) => (1, range, JobId([0; 32])),
            Input::Subset { parent } => (2, zero, parent),
        };
        out.push(kind);
        out.extend_from_slice(&range.start.to_be_bytes());
        out.extend_from_slice(&range.end.to_be_bytes());
        out.extend_from_slice(&range.chunk.to_be_bytes());
        out.extend_from_slice(&parent.0);
        out.extend_from_slice(&self.task_count.to_be_bytes());
        out.extend_from_slice(&self.input_root.0);
        out.push(self.trust);
        out.push(self.policy.number());
        put_var8(out, self.policy.pool().as_bytes());
        let flags = if self.referee_allowed {
            FLAG_REFEREE
        } else {
            0
        };
        out.extend_from_slice(&flags.to_be_bytes());
        out.extend_from_slice(&self.limits.fuel.to_be_bytes());
        out.extend_from_slice(&self.limits.memory_pages.to_be_bytes());
        out.extend_from_slice(&self.limits.output_bytes.to_be_bytes());
        out.extend_from_slice(&self.limits.wall_ms.to_be_bytes());
        out.extend_from_slice(&self.seed.0);
        out.extend_from_slice(&self.deadline_ms.0.to_be_bytes());
    }

    fn decode_fields(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let nonce = JobNonce(reader.array("nonce")?);
        let submitter_key = SubmitterKey(reader.array("submitter_key")?);
        let module_sha256 = Digest(reader.array("module_sha256")?);
        let manifest_sha256 = Digest(reader.array("manifest_sha256")?);
        let argv_mode = match reader.u8("argv_mode")? {
            0 => ArgvMode::Staged,
            1 => ArgvMode::Plain,
            other => return Err(DecodeError::value("argv_mode", other, "must be 0 or 1")),
        };
        let args = (0..reader.u8("args")?)
            .map(|_| reader.var16("args").map(<[u8]>::to_vec))
            .collect::<Result<_, _>>()?;
        let common_sha256 = Digest(reader.array("common_sha256")?);
        let input = decode_input(reader)?;
        let task_count = reader.u32("task_count")?;
        let input_root = Digest(reader.array("input_root")?);
        let trust = reader.u8("trust")?;
        let policy = Policy::from_parts(reader.u8("policy")?, reader.text8("pool")?)?;
        let flags = reader.u16("flags")?;
        if flags & !FLAG_REFEREE != 0 {
            return Err(DecodeError::value("flags", flags, "only bit 0 is known"));
        }
        let job = Self {
            nonce,
            submitter_key,
            module_sha256,
            manifest_sha256,
            argv_mode,
            args,
            common_sha256,
            input,
            task_count,
            input_root,
            trust,
            policy,
            referee_allowed: flags & FLAG_REFEREE != 0,
            limits: Limits {
                fuel: reader.u64("fuel")?,
                memory_pages: reader.u32("memory_pages")?,
                output_bytes: reader.u32("output_bytes")?,
                wall_ms: reader.u32("wall_ms")?,
            },
            seed: JobSeed(reader.array("seed")?),
            deadline_ms: reader.time("deadline_ms")?,
        };
        job.check()?;
        Ok(job)
    }
}

fn decode_input(reader: &mut Reader<'_>) -> Result<Input, DecodeError> {
    let kind = reader.u8("input_kind")?;
    let range = RangeInput {
        start: reader.i64("range_start")?,
        end: reader.i64("range_end")?,
        chunk: reader.u64("range_chunk")?,
    };
    let parent = JobId(reader.array("parent_job_id")?);
    let range_is_zero = range
        == RangeInput {
            start: 0,
            end: 0,
            chunk: 0,
        };
    let parent_is_zero = parent.0 == [0; 32];
    if kind != 1 && !range_is_zero {
        return Err(DecodeError::value(
            "range",
            range.end,
            "must be zero unless input_kind is 1",
        ));
    }
    if kind != 2 && !parent_is_zero {
        return Err(DecodeError::value(
            "parent_job_id",
            parent,
            "must be zero unless input_kind is 2",
        ));
    }
    match kind {
        0 => Ok(Input::Chunks),
        1 => Ok(Input::Range(range)),
        2 => Ok(Input::Subset { parent }),
        other => Err(DecodeError::value("input_kind", other, "must be 0, 1 or 2")),
    }
}

impl Job {
    /// The rules that need nothing but the job itself. Decoding applies them; builders call this.
    ///
    /// # Errors
    /// [`DecodeError::Value`] naming the field and the rule.
    pub fn check(&self) -> Result<(), DecodeError> {
        let bad = |field, value: &dyn std::fmt::Display, rule| {
            Err(DecodeError::value(field, value, rule))
        };
        if self.args.len() > MAX_ARGS {
            return bad("args", &self.args.len(), "at most 64 args");
        }
        for arg in &self.args {
            if arg.len() > MAX_ARG_BYTES {
                return bad(
                    "args",
                    &format!("{} bytes long", arg.len()),
                    "at most 4,096 bytes each",
                );
            }
            if arg.contains(&0) {
                return bad(
                    "args",
                    &"an arg with a NUL byte",
                    "args must not contain NUL",
                );
            }
        }
        if self.task_count == 0 || self.task_count > MAX_TASKS {
            return bad("task_count", &self.task_count, "must be 1 to 1,048,576");
        }
        if let Input::Range(range) = self.input {
            if range.end <= range.start {
                return bad(
                    "range_end",
                    &range.end,
                    "must be greater than range_start (the end is not part of the range)",
                );
            }
            if range.task_count() != Some(self.task_count) {
                return bad(
                    "task_count",
                    &self.task_count,
                    "must be (range_end - range_start) / range_chunk, rounded up",
                );
            }
        }
        if self.trust < MIN_TRUST || self.trust > MAX_TRUST || self.trust.is_multiple_of(2) {
            return bad("trust", &self.trust, "must be odd, 3 to 15");
        }
        if self.limits.fuel == 0 || self.limits.fuel > MAX_FUEL {
            return bad("fuel", &self.limits.fuel, "must be 1 to 2^63 - 1");
        }
        if self.limits.memory_pages > MAX_MEMORY_PAGES {
            return bad(
                "memory_pages",
                &self.limits.memory_pages,
                "at most 16,384 (1 GiB)",
            );
        }
        if self.limits.output_bytes > MAX_OUTPUT_BYTES {
            return bad("output_bytes", &self.limits.output_bytes, "at most 64 MiB");
        }
        if self.policy == Policy::Pool(String::new()) || self.policy.pool().len() > 255 {
            return bad("pool", &self.policy, "must have 1 to 255 bytes");
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::crypto::SecretKey;
    use crate::ids::ChainId;

    pub(crate) const CHAIN: ChainId = ChainId([9; 32]);

    pub(crate) fn key() -> SecretKey {
        SecretKey::from_seed(&[1; 32])
    }

    pub(crate) fn job() -> Job {
        Job {
            nonce: JobNonce([2; 16]),
            submitter_key: key().submitter_key(),
            module_sha256: Digest::of(b"module"),
            manifest_sha256: Digest::of(b"manifest"),
            argv_mode: ArgvMode::Staged,
            args: vec![b"width=10".to_vec()],
            common_sha256: Digest::NONE,
            input: Input::Range(RangeInput {
                start: -5,
                end: 6,
                chunk: 4,
            }),
            task_count: 3,
            input_root: Digest::of(b"root"),
            trust: 3,
            policy: Policy::Balanced,
            referee_allowed: true,
            limits: Limits::default(),
            seed: JobSeed([4; 32]),
            deadline_ms: UnixMs(0),
        }
    }

    #[test]
    fn a_signed_job_reads_back_and_keeps_its_id() {
        let signed = job().sign(CHAIN, &key()).unwrap();
        let read = SignedJob::decode(CHAIN, &signed.encode()).unwrap();
        assert_eq!(read, signed);
        assert_eq!(read.id(), signed.id());
    }

    #[test]
    fn a_changed_byte_anywhere_is_refused() {
        let bytes = job().sign(CHAIN, &key()).unwrap().encode();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(SignedJob::decode(CHAIN, &changed).is_err(), "byte {at}");
        }
        assert!(SignedJob::decode(ChainId([1; 32]), &bytes).is_err());
    }

    #[test]
    fn trust_must_be_odd_and_between_3_and_15() {
        for trust in [0, 1, 2, 4, 16, 17] {
            let error = Job { trust, ..job() }.check().unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("trust is {trust}: must be odd, 3 to 15")
            );
        }
        for trust in [3, 5, 7, 15] {
            Job { trust, ..job() }.check().unwrap();
        }
    }

    #[test]
    fn a_range_that_ends_before_it_starts_is_refused() {
        let input = Input::Range(RangeInput {
            start: 6,
            end: 5,
            chunk: 1,
        });
        let error = Job { input, ..job() }.check().unwrap_err();
        assert!(
            error.to_string().contains("greater than range_start"),
            "{error}"
        );
    }

    #[test]
    fn unknown_flag_bits_are_refused() {
        let job = job();
        let mut bytes = job.encode(CHAIN);
        let flags_at = bytes.len() - (2 + 8 + 4 + 4 + 4 + 32 + 8);
        assert_eq!(&bytes[flags_at..flags_at + 2], &[0, 1]);
        bytes[flags_at + 1] = 3;
        assert!(
            Job::decode(&bytes)
                .unwrap_err()
                .to_string()
                .contains("only bit 0")
        );
    }
}
