//! The error numbers of WASI preview 1 that a guest can get here.

use super::memory::Fault;

/// An error number, as the guest sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum Errno {
    /// It worked.
    Success = 0,
    /// No such descriptor, or it cannot do that.
    Badf = 8,
    /// A pointer outside the guest's memory.
    Fault = 21,
    /// A value outside its range.
    Inval = 28,
    /// Too many open files.
    Mfile = 33,
    /// The buffer is too short for the name.
    Nametoolong = 37,
    /// No such file.
    Noent = 44,
    /// This function does nothing here.
    Nosys = 52,
    /// Not a directory.
    Notdir = 54,
    /// There is nothing to write to.
    Rofs = 69,
    /// A stream has no position.
    Spipe = 70,
}

impl Errno {
    /// The number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self as u16
    }
}

impl From<Fault> for Errno {
    fn from(_: Fault) -> Self {
        Self::Fault
    }
}
