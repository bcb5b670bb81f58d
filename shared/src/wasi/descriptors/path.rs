//! Names under the directory "/": the common file is the only one there is.

use super::{Descriptor, Descriptors, RIGHT_FD_WRITE};
use crate::wasi::memory::{GuestMemory, check};
use crate::wasi::{Args, Errno};

const ROOT_NAME: &[u8] = b"/";
/// The name of the only file there is.
const COMMON_NAME: &[u8] = b"common";
const OFLAG_DIRECTORY: u32 = 1 << 1;
/// create, exclusive, truncate
const WRITING_OFLAGS: u32 = 1 | 1 << 2 | 1 << 3;
const FDFLAG_APPEND: u32 = 1;
/// Most descriptors at once, so that a guest that only opens cannot fill the host's memory.
const MAX_DESCRIPTORS: usize = 1024;

impl Descriptors {
    fn root(&self, fd: u32) -> Result<(), Errno> {
        match self.get(fd)? {
            Descriptor::Root => Ok(()),
            _ => Err(Errno::Badf),
        }
    }

    pub(in crate::wasi) fn fd_prestat_get(
        &self,
        memory: &mut impl GuestMemory,
        args: Args<'_>,
    ) -> Result<(), Errno> {
        self.root(args.u32(0))?;
        // Tag 0 is a directory; then the length of its name.
        memory.write(args.u32(1), &[0, 0, 0, 0, 1, 0, 0, 0])?;
        Ok(())
    }

    pub(in crate::wasi) fn fd_prestat_dir_name(
        &self,
        memory: &mut impl GuestMemory,
        args: Args<'_>,
    ) -> Result<(), Errno> {
        self.root(args.u32(0))?;
        check(memory, args.u32(1), ROOT_NAME.len() as u64)?;
        if u64::from(args.u32(2)) < ROOT_NAME.len() as u64 {
            return Err(Errno::Nametoolong);
        }
        memory.write(args.u32(1), ROOT_NAME)?;
        Ok(())
    }

    pub(in crate::wasi) fn path_open(
        &mut self,
        memory: &mut impl GuestMemory,
        args: Args<'_>,
    ) -> Result<(), Errno> {
        let (oflags, rights, fdflags) = (args.u32(4), args.u64(5), args.u32(7));
        let opened_at = args.u32(8);
        self.root(args.u32(0))?;
        check(memory, args.u32(2), u64::from(args.u32(3)))?;
        check(memory, opened_at, 4)?;
        if oflags & WRITING_OFLAGS != 0
            || fdflags & FDFLAG_APPEND != 0
            || rights & RIGHT_FD_WRITE != 0
        {
            return Err(Errno::Rofs);
        }
        check_path(memory, args.u32(2), args.u32(3))?;
        if oflags & OFLAG_DIRECTORY != 0 {
            return Err(Errno::Notdir);
        }
        let fd = self.lowest_free()?;
        memory.write(opened_at, &fd.to_le_bytes())?;
        self.set(fd, Some(Descriptor::Common { at: 0 }));
        Ok(())
    }

    /// The lowest number after the directory's that is not open; 0 to 3 are never given out again.
    fn lowest_free(&mut self) -> Result<u32, Errno> {
        let free = self
            .open
            .iter()
            .zip(0_u32..)
            .skip(4)
            .find(|(slot, _)| slot.is_none());
        if let Some((_, fd)) = free {
            return Ok(fd);
        }
        if self.open.len() >= MAX_DESCRIPTORS {
            return Err(Errno::Mfile);
        }
        let fd = u32::try_from(self.open.len()).map_err(|_| Errno::Mfile)?;
        self.open.push(None);
        Ok(fd)
    }

    pub(in crate::wasi) fn path_filestat_get(
        &self,
        memory: &mut impl GuestMemory,
        args: Args<'_>,
    ) -> Result<(), Errno> {
        self.root(args.u32(0))?;
        check(memory, args.u32(2), u64::from(args.u32(3)))?;
        check(memory, args.u32(4), 64)?;
        check_path(memory, args.u32(2), args.u32(3))?;
        self.write_filestat(memory, args.u32(4), Descriptor::Common { at: 0 })
    }
}

/// [44] unless the name is the common file's.
fn check_path(memory: &impl GuestMemory, at: u32, len: u32) -> Result<(), Errno> {
    if u64::from(len) != COMMON_NAME.len() as u64 {
        return Err(Errno::Noent);
    }
    let mut name = [0; COMMON_NAME.len()];
    memory.read(at, &mut name)?;
    if name == COMMON_NAME {
        Ok(())
    } else {
        Err(Errno::Noent)
    }
}
