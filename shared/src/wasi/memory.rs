//! The guest's linear memory, as the world needs it.

use super::Errno;

/// An access outside the guest's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an access outside the guest's memory")]
pub struct Fault;

/// A guest's linear memory: a `Vec` in tests, wasmi's memory, a browser's `WebAssembly.Memory`.
pub trait GuestMemory {
    /// Its size in bytes.
    fn size(&self) -> u64;

    /// Copies `into.len()` bytes from offset `at`.
    ///
    /// # Errors
    /// [`Fault`] when a byte lies outside; `into` may then hold anything.
    fn read(&self, at: u32, into: &mut [u8]) -> Result<(), Fault>;

    /// Copies `bytes` to offset `at`.
    ///
    /// # Errors
    /// [`Fault`] when a byte would lie outside; nothing is written then.
    fn write(&mut self, at: u32, bytes: &[u8]) -> Result<(), Fault>;
}

impl<T: AsRef<[u8]> + AsMut<[u8]> + ?Sized> GuestMemory for T {
    fn size(&self) -> u64 {
        self.as_ref().len() as u64
    }

    fn read(&self, at: u32, into: &mut [u8]) -> Result<(), Fault> {
        let from = range(at, into.len()).and_then(|range| self.as_ref().get(range));
        into.copy_from_slice(from.ok_or(Fault)?);
        Ok(())
    }

    fn write(&mut self, at: u32, bytes: &[u8]) -> Result<(), Fault> {
        let to = range(at, bytes.len()).and_then(|range| self.as_mut().get_mut(range));
        to.ok_or(Fault)?.copy_from_slice(bytes);
        Ok(())
    }
}

fn range(at: u32, len: usize) -> Option<std::ops::Range<usize>> {
    let start = usize::try_from(at).ok()?;
    Some(start..start.checked_add(len)?)
}

/// [21] unless `len` bytes at `at` lie inside.
pub(super) fn check(memory: &impl GuestMemory, at: u32, len: u64) -> Result<(), Errno> {
    let end = u64::from(at).checked_add(len).ok_or(Errno::Fault)?;
    if end > memory.size() {
        return Err(Errno::Fault);
    }
    Ok(())
}

/// The `N` bytes at `at`.
pub(super) fn read_array<const N: usize>(
    memory: &impl GuestMemory,
    at: u32,
) -> Result<[u8; N], Fault> {
    let mut bytes = [0; N];
    memory.read(at, &mut bytes)?;
    Ok(bytes)
}
