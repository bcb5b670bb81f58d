//! How much memory a guest may have, and whether it or the host was refused.

use wasmi::ResourceLimiter;
use wasmi::errors::{MemoryError, TableError};
use wasmi_core::LimiterError;

const PAGE_BYTES: usize = 64 * 1024;

/// The job's memory cap in wasmi's terms.
#[derive(Debug)]
pub(super) struct MemoryCap {
    cap_bytes: usize,
    /// The guest asked for more than its cap and was refused.
    pub(super) guest_refused: bool,
    /// The host had no memory for what the guest may have.
    pub(super) host_refused: bool,
}

impl MemoryCap {
    pub(super) fn new(pages: u32) -> Self {
        let pages = usize::try_from(pages).unwrap_or(usize::MAX);
        Self {
            cap_bytes: pages.saturating_mul(PAGE_BYTES),
            guest_refused: false,
            host_refused: false,
        }
    }
}

impl ResourceLimiter for MemoryCap {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> Result<bool, LimiterError> {
        let fits = desired <= self.cap_bytes;
        self.guest_refused |= !fits;
        Ok(fits)
    }

    fn memory_grow_failed(&mut self, error: &MemoryError) -> Result<(), LimiterError> {
        if matches!(error, MemoryError::OutOfSystemMemory) {
            self.host_refused = true;
            // Ends the run: a guest must not see what one host has and another has not.
            return Err(LimiterError::ResourceLimiterDeniedAllocation);
        }
        Ok(())
    }

    fn table_growing(
        &mut self,
        _current: usize,
        _desired: usize,
        _maximum: Option<usize>,
    ) -> Result<bool, LimiterError> {
        // Tables are created at their final size, which `check_module` limits.
        Ok(true)
    }

    fn table_grow_failed(&mut self, error: &TableError) -> Result<(), LimiterError> {
        self.host_refused |= matches!(error, TableError::OutOfSystemMemory);
        Ok(())
    }

    fn instances(&self) -> usize {
        1
    }

    fn tables(&self) -> usize {
        usize::MAX
    }

    fn memories(&self) -> usize {
        1
    }
}
