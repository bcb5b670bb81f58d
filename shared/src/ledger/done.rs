//! The end of a job (LEDGER.md section 2, Done).

use crate::codec::{Canonical, DecodeError, Reader, put_var16};
use crate::ids::JobId;

/// Why a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum DoneReason {
    /// Every task has a Cert or a Fail.
    Complete = 0,
    /// The submitter cancelled it.
    Cancelled = 1,
    /// Its deadline passed.
    Expired = 2,
    /// The operator ended it.
    Stopped = 3,
}

impl DoneReason {
    /// From its number in LEDGER.md.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Complete),
            1 => Some(Self::Cancelled),
            2 => Some(Self::Expired),
            3 => Some(Self::Stopped),
            _ => None,
        }
    }

    /// Its number in LEDGER.md.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }
}

/// The end of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The job.
    pub job_id: JobId,
    /// Its Certs with status 0 so far.
    pub accepted: u32,
    /// Its other Certs and its Fails so far.
    pub failed: u32,
    /// Why it ended.
    pub reason: DoneReason,
    /// The submitter's signed cancel where that is the reason, otherwise empty.
    pub cancel: Vec<u8>,
}

impl Canonical for Done {
    const LABEL: &'static [u8; 16] = b"manyhands/done/1";

    fn encode_fields(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.job_id.0);
        out.extend_from_slice(&self.accepted.to_be_bytes());
        out.extend_from_slice(&self.failed.to_be_bytes());
        out.push(self.reason.number());
        put_var16(out, &self.cancel);
    }

    fn decode_fields(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let job_id = JobId(reader.array("job_id")?);
        let accepted = reader.u32("accepted")?;
        let failed = reader.u32("failed")?;
        let number = reader.u8("reason")?;
        let reason = DoneReason::from_number(number)
            .ok_or_else(|| DecodeError::value("reason", number, "must be 0 to 3"))?;
        let cancel = reader.var16("cancel")?.to_vec();
        if (reason == DoneReason::Cancelled) == cancel.is_empty() {
            return Err(DecodeError::value(
                "cancel",
                format!("{} bytes", cancel.len()),
                "the submitter's cancel stands exactly where the reason is 1",
            ));
        }
        Ok(Self {
            job_id,
            accepted,
            failed,
            reason,
            cancel,
        })
    }
}
