//! What a run of a task came to: the bytes on which votes must agree (LEDGER.md section 2, `outcome`).

use crate::codec::{DecodeError, Reader};
use crate::fuel_words::instructions;
use crate::ids::Digest;
use serde::{Deserialize, Serialize};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Status {
    /// The guest returned, or called `proc_exit(0)`.
    Ok = 0,
    /// The guest ended with a non-zero exit code.
    Exit = 1,
    /// A trap, or the stack budget ran out.
    Trap = 2,
    /// The fuel ran out.
    OutOfFuel = 3,
    /// It wrote more than the job allows.
    OutputTooLarge = 4,
    /// It wanted more memory than the job allows.
    OutOfMemory = 5,
}

impl Status {
    /// From its number in LEDGER.md.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Ok,
            1 => Self::Exit,
            2 => Self::Trap,
            3 => Self::OutOfFuel,
            4 => Self::OutputTooLarge,
            5 => Self::OutOfMemory,
            _ => return None,
        })
    }

    /// Its number in LEDGER.md.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// In words, for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Exit => "ended with an exit code",
            Self::Trap => "trapped",
            Self::OutOfFuel => "ran out of fuel",
            Self::OutputTooLarge => "wrote more output than the job allows",
            Self::OutOfMemory => "wanted more memory than the job allows",
        }
    }
}

/// The outcome of one run. Two votes agree when their outcome bytes are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Outcome {
    /// How the run ended.
    pub status: Status,
    /// The exit code when the status is [`Status::Exit`], otherwise 0.
    pub code: u32,
    /// Fuel used; 0 until the program is rewritten (GUEST.md section 3).
    pub fuel: u64,
    /// Length of the output in bytes.
    pub output_len: u64,
    /// SHA-256 of the output.
    pub output_sha256: Digest,
}

impl Outcome {
    /// How the run ended, in words for people.
    #[must_use]
    pub fn words(&self) -> String {
        match self.status {
            Status::Exit => format!("ended with exit code {}", self.code),
            Status::OutOfFuel => {
                format!("ran out of fuel: its limit is {}", instructions(self.fuel))
            }
            status => status.words().to_owned(),
        }
    }

    /// Length of the encoding in bytes.
    pub const ENCODED_LEN: usize = 53;

    /// A run that returned with `output`.
    #[must_use]
    pub fn ok(output: &[u8], fuel: u64) -> Self {
        Self {
            status: Status::Ok,
            code: 0,
            fuel,
            output_len: output.len() as u64,
            output_sha256: Digest::of(output),
        }
    }

    /// A run that ended with a non-zero exit code; what it wrote counts.
    #[must_use]
    pub fn exit(code: u32, output: &[u8], fuel: u64) -> Self {
        Self {
            status: Status::Exit,
            code,
            ..Self::ok(output, fuel)
        }
    }

    /// A run that ended with status 2 to 5: its output does not count.
    #[must_use]
    pub fn failed(status: Status, fuel: u64) -> Self {
        Self {
            status,
            ..Self::ok(&[], fuel)
        }
    }

    /// Appends the 53 bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.status.number());
        out.extend_from_slice(&self.code.to_be_bytes());
        out.extend_from_slice(&self.fuel.to_be_bytes());
        out.extend_from_slice(&self.output_len.to_be_bytes());
        out.extend_from_slice(&self.output_sha256.0);
    }

    /// Reads and checks the 53 bytes.
    ///
    /// # Errors
    /// When the status is unknown or [`Outcome::check`] refuses the values.
    pub fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let number = reader.u8("status")?;
        let status = Status::from_number(number)
            .ok_or_else(|| DecodeError::value("status", number, "must be 0 to 5"))?;
        let outcome = Self {
            status,
            code: reader.u32("code")?,
            fuel: reader.u64("fuel")?,
            output_len: reader.u64("output_len")?,
            output_sha256: Digest(reader.array("output_sha256")?),
        };
        outcome.check()?;
        Ok(outcome)
    }

    /// The rules between the fields: code is non-zero exactly for status 1; for 2 to 5 the output is empty.
    ///
    /// # Errors
    /// [`DecodeError::Value`] naming the field.
    pub fn check(&self) -> Result<(), DecodeError> {
        if (self.status == Status::Exit) != (self.code != 0) {
            return Err(DecodeError::value(
                "code",
                self.code,
                "must be the exit code when status is 1, otherwise 0",
            ));
        }
        let has_output = matches!(self.status, Status::Ok | Status::Exit);
        if !has_output && self.output_len != 0 {
            return Err(DecodeError::value(
                "output_len",
                self.output_len,
                "must be 0 when status is 2 to 5",
            ));
        }
        if self.output_len == 0 && self.output_sha256 != Digest::of(&[]) {
            return Err(DecodeError::value(
                "output_sha256",
                self.output_sha256,
                "must be SHA-256 of nothing when output_len is 0",
            ));
        }
        Ok(())
    }
}
