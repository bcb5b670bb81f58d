//! From map outputs in the order of their tasks to the result.

use super::{GuestFailed, LocalJob, LocalRunError};
use shared::manifest::Reduce;
use std::io::Write;

/// Bytes of outputs that are reduced together, where the program allows that, while others are still computed.
const GROUP_BYTES: usize = 16 << 20;

/// Outputs so far.
pub(super) struct Fold<'a> {
    job: &'a LocalJob,
    tasks: u32,
    /// Groups that are reduced, each more than twice as long as the next: so each byte is reduced only a few times.
    reduced: Vec<Vec<u8>>,
    /// Outputs behind them.
    outputs: Vec<Vec<u8>>,
    outputs_bytes: usize,
}

impl<'a> Fold<'a> {
    pub(super) const fn new(job: &'a LocalJob) -> Self {
        Self {
            job,
            tasks: 0,
            reduced: Vec::new(),
            outputs: Vec::new(),
            outputs_bytes: 0,
        }
    }

    /// How many outputs came; also the task of the next.
    pub(super) const fn tasks(&self) -> u32 {
        self.tasks
    }

    /// Takes the output of the next task.
    pub(super) fn push<E: std::error::Error>(
        &mut self,
        output: Vec<u8>,
        out: &mut dyn Write,
    ) -> Result<(), LocalRunError<E>> {
        self.tasks = self.tasks.saturating_add(1);
        if self.job.reduce == Reduce::None {
            return Ok(out.write_all(&output)?);
        }
        self.outputs_bytes = self.outputs_bytes.saturating_add(output.len());
        self.outputs.push(output);
        if self.job.reduce == Reduce::Associative && self.outputs_bytes >= GROUP_BYTES {
            self.reduce_group()?;
        }
        Ok(())
    }

    fn reduce_group(&mut self) -> Result<(), GuestFailed> {
        self.outputs_bytes = 0;
        let mut group = self.job.reduce(std::mem::take(&mut self.outputs))?;
        while let Some(before) = self
            .reduced
            .pop_if(|before| before.len() / 2 <= group.len())
        {
            group = self.job.reduce(vec![before, group])?;
        }
        self.reduced.push(group);
        Ok(())
    }

    /// Reduces what there is and writes it.
    pub(super) fn finish<E: std::error::Error>(
        mut self,
        out: &mut dyn Write,
    ) -> Result<(), LocalRunError<E>> {
        if self.job.reduce != Reduce::None {
            self.reduced.append(&mut self.outputs);
            out.write_all(&self.job.reduce(self.reduced)?)?;
        }
        Ok(out.flush()?)
    }
}
