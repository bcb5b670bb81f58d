//! The buffers of one read or write: an array of (pointer, length) pairs in the guest's memory.

use super::memory::{GuestMemory, check};
use super::{Errno, Fuel, WasiResult, low_half};

const IOVEC_BYTES: usize = 8;
/// Pairs read from the guest at once: a guest may name 2^29 of them, which are never all held.
const BATCH: usize = 64;

/// An array of buffers that all lay inside the memory when it was checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Iovecs {
    at: u32,
    count: u32,
    total: u64,
}

impl Iovecs {
    /// Checks the array and every buffer in it. The array itself is paid for: a guest may name millions of empty
    /// buffers.
    pub(super) fn checked(
        memory: &mut impl GuestMemory,
        fuel: &mut Fuel,
        at: u32,
        count: u32,
    ) -> Result<Self, WasiResult> {
        let bytes = u64::from(count) * IOVEC_BYTES as u64;
        check(memory, at, bytes)?;
        fuel.take_for(bytes)?;
        let mut iovecs = Self {
            at,
            count,
            total: 0,
        };
        let mut total = 0;
        iovecs.each(memory, |memory, at, len| {
            check(memory, at, u64::from(len))?;
            total += u64::from(len);
            Ok(true)
        })?;
        iovecs.total = total;
        Ok(iovecs)
    }

    /// Bytes in all buffers together.
    pub(super) const fn total(&self) -> u64 {
        self.total
    }

    /// How many of `left` bytes a read moves: the count that is returned has 32 bits.
    pub(super) fn readable(&self, left: u64) -> u32 {
        u32::try_from(self.total.min(left)).unwrap_or(u32::MAX)
    }

    /// Visits the buffers in order until `visit` says false. Buffers that a guest laid over the array itself are seen
    /// as the visit left them, and may lie anywhere and have any length: memory accesses check again, and a visit must
    /// move no more than was paid for.
    pub(super) fn each<M: GuestMemory>(
        &self,
        memory: &mut M,
        mut visit: impl FnMut(&mut M, u32, u32) -> Result<bool, Errno>,
    ) -> Result<(), Errno> {
        let mut batch = [0; BATCH * IOVEC_BYTES];
        let mut at = u64::from(self.at);
        let mut left = usize::try_from(self.count).map_err(|_| Errno::Fault)?;
        while left > 0 {
            let size = left.min(BATCH) * IOVEC_BYTES;
            let pairs = batch.get_mut(..size).ok_or(Errno::Fault)?;
            memory.read(low_half(at), pairs)?;
            for pair in pairs.as_chunks::<IOVEC_BYTES>().0 {
                let pair = u64::from_le_bytes(*pair);
                if !visit(memory, low_half(pair), low_half(pair >> 32))? {
                    return Ok(());
                }
            }
            at += size as u64;
            left -= left.min(BATCH);
        }
        Ok(())
    }
}
