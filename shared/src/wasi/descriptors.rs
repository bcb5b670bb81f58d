//! Open descriptors: the three streams, and the directory "/" with its one file when the job has a common file.

mod path;

use super::iovec::Iovecs;
use super::memory::{GuestMemory, check};
use super::{Args, Errno, Fuel, WasiResult};
use std::sync::Arc;

const FILETYPE_UNKNOWN: u8 = 0;
const FILETYPE_DIRECTORY: u8 = 3;
const FILETYPE_REGULAR_FILE: u8 = 4;

const RIGHT_FD_READ: u64 = 1 << 1;
const RIGHT_FD_SEEK: u64 = 1 << 2;
const RIGHT_FD_TELL: u64 = 1 << 5;
const RIGHT_FD_WRITE: u64 = 1 << 6;
const RIGHT_PATH_OPEN: u64 = 1 << 13;
const RIGHT_PATH_FILESTAT_GET: u64 = 1 << 18;
const RIGHT_FD_FILESTAT_GET: u64 = 1 << 21;
const FILE_RIGHTS: u64 = RIGHT_FD_READ | RIGHT_FD_SEEK | RIGHT_FD_TELL | RIGHT_FD_FILESTAT_GET;
const ROOT_RIGHTS: u64 = RIGHT_PATH_OPEN | RIGHT_PATH_FILESTAT_GET | RIGHT_FD_FILESTAT_GET;

const WHENCE_SET: u32 = 0;
const WHENCE_CURRENT: u32 = 1;
const WHENCE_END: u32 = 2;

/// What an open descriptor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Descriptor {
    Stdin,
    Stdout,
    Stderr,
    Root,
    /// The common file, read up to `at`.
    Common {
        at: u64,
    },
}

/// The table of descriptors.
#[derive(Debug)]
pub(super) struct Descriptors {
    open: Vec<Option<Descriptor>>,
    common: Arc<[u8]>,
}

impl Descriptors {
    pub(super) fn new(common: Option<Arc<[u8]>>) -> Self {
        Self {
            open: vec![
                Some(Descriptor::Stdin),
                Some(Descriptor::Stdout),
                Some(Descriptor::Stderr),
                common.is_some().then_some(Descriptor::Root),
            ],
            common: common.unwrap_or_default(),
        }
    }

    /// The open descriptor `fd`, or [8].
    pub(super) fn get(&self, fd: u32) -> Result<Descriptor, Errno> {
        let index = usize::try_from(fd).map_err(|_| Errno::Badf)?;
        self.open.get(index).copied().flatten().ok_or(Errno::Badf)
    }

    pub(super) fn common_len(&self) -> u64 {
        self.common.len() as u64
    }

    fn set(&mut self, fd: u32, descriptor: Option<Descriptor>) {
        if let Some(slot) = usize::try_from(fd)
            .ok()
            .and_then(|fd| self.open.get_mut(fd))
        {
            *slot = descriptor;
        }
    }

    /// The file's position, or [8] for what is not the file.
    fn file(&self, fd: u32) -> Result<u64, Errno> {
        match self.get(fd)? {
            Descriptor::Common { at } => Ok(at),
            _ => Err(Errno::Badf),
        }
    }

    /// Like [`Descriptors::file`], but [70] for a stream.
    fn seekable(&self, fd: u32) -> Result<u64, Errno> {
        match self.get(fd)? {
            Descriptor::Stdin | Descriptor::Stdout | Descriptor::Stderr => Err(Errno::Spipe),
            Descriptor::Root => Err(Errno::Badf),
            Descriptor::Common { at } => Ok(at),
        }
    }

    pub(super) fn fd_close(&mut self, args: Args<'_>) -> Result<(), Errno> {
        let fd = args.u32(0);
        self.get(fd)?;
        self.set(fd, None);
        Ok(())
    }

    pub(super) fn fd_read(
        &mut self,
        memory: &mut impl GuestMemory,
        fuel: &mut Fuel,
        args: Args<'_>,
    ) -> Result<(), WasiResult> {
        let fd = args.u32(0);
        let at = self.file(fd)?;
        let done = self.read_at(memory, fuel, (args.u32(1), args.u32(2)), at, args.u32(3))?;
        let at = at.saturating_add(u64::from(done));
        self.set(fd, Some(Descriptor::Common { at }));
        Ok(())
    }

    pub(super) fn fd_pread(
        &self,
        memory: &mut impl GuestMemory,
        fuel: &mut Fuel,
        args: Args<'_>,
    ) -> Result<(), WasiResult> {
        self.file(args.u32(0))?;
        let iovs = (args.u32(1), args.u32(2));
        self.read_at(memory, fuel, iovs, args.u64(3), args.u32(4))?;
        Ok(())
    }

    /// Fills the buffers from offset `from` of the file and writes how many bytes there were.
    fn read_at(
        &self,
        memory: &mut impl GuestMemory,
        fuel: &mut Fuel,
        (iovs, iovs_len): (u32, u32),
        from: u64,
        count_at: u32,
    ) -> Result<u32, WasiResult> {
        let iovecs = Iovecs::checked(memory, fuel, iovs, iovs_len)?;
        check(memory, count_at, 4)?;
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let rest = self.common.get(from..).unwrap_or_default();
        let paid = iovecs.readable(rest.len() as u64);
        fuel.take_for(paid.into())?;
        let paid = usize::try_from(paid).map_err(|_| Errno::Fault)?;
        let mut rest = rest.get(..paid).unwrap_or_default();
        let mut done = 0_u32;
        iovecs.each(memory, |memory, at, len| {
            let wanted = usize::try_from(len).map_err(|_| Errno::Fault)?;
            let (now, later) = rest.split_at(wanted.min(rest.len()));
            memory.write(at, now)?;
            rest = later;
            let now = u32::try_from(now.len()).map_err(|_| Errno::Fault)?;
            done += now;
            Ok(now == len)
        })?;
        memory.write(count_at, &done.to_le_bytes())?;
        Ok(done)
    }

    pub(super) fn fd_seek(
        &mut self,
        memory: &mut impl GuestMemory,
        args: Args<'_>,
    ) -> Result<(), Errno> {
        let (fd, offset, whence) = (args.u32(0), args.u64(1).cast_signed(), args.u32(2));
        let at = self.seekable(fd)?;
        check(memory, args.u32(3), 8)?;
        let base = match whence {
            WHENCE_SET => 0,
            WHENCE_CURRENT => at,
            WHENCE_END => self.common_len(),
            _ => return Err(Errno::Inval),
        };
        let at = base.checked_add_signed(offset).ok_or(Errno::Inval)?;
        memory.write(args.u32(3), &at.to_le_bytes())?;
        self.set(fd, Some(Descriptor::Common { at }));
        Ok(())
    }

    pub(super) fn fd_tell(
        &self,
        memory: &mut impl GuestMemory,
        args: Args<'_>,
    ) -> Result<(), Errno> {
        let at = self.seekable(args.u32(0))?;
        memory.write(args.u32(1), &at.to_le_bytes())?;
        Ok(())
    }

    pub(super) fn fd_fdstat_get(
        &self,
        memory: &mut impl GuestMemory,
        args: Args<'_>,
    ) -> Result<(), Errno> {
        let descriptor = self.get(args.u32(0))?;
        let (rights, inheriting) = match descriptor {
            Descriptor::Stdin => (RIGHT_FD_READ, 0),
            Descriptor::Stdout | Descriptor::Stderr => (RIGHT_FD_WRITE, 0),
            Descriptor::Root => (ROOT_RIGHTS, FILE_RIGHTS),
            Descriptor::Common { .. } => (FILE_RIGHTS, 0),
        };
        let mut fdstat = [0; 24];
        put(&mut fdstat, 0, [filetype(descriptor)]);
        put(&mut fdstat, 8, rights.to_le_bytes());
        put(&mut fdstat, 16, inheriting.to_le_bytes());
        memory.write(args.u32(1), &fdstat)?;
        Ok(())
    }

    pub(super) fn fd_filestat_get(
        &self,
        memory: &mut impl GuestMemory,
        args: Args<'_>,
    ) -> Result<(), Errno> {
        let descriptor = self.get(args.u32(0))?;
        self.write_filestat(memory, args.u32(1), descriptor)
    }

    fn write_filestat(
        &self,
        memory: &mut impl GuestMemory,
        at: u32,
        descriptor: Descriptor,
    ) -> Result<(), Errno> {
        let size = match descriptor {
            Descriptor::Common { .. } => self.common_len(),
            _ => 0,
        };
        let mut filestat = [0; 64];
        put(&mut filestat, 16, [filetype(descriptor)]);
        put(&mut filestat, 32, size.to_le_bytes());
        memory.write(at, &filestat)?;
        Ok(())
    }
}

const fn filetype(descriptor: Descriptor) -> u8 {
    match descriptor {
        Descriptor::Stdin | Descriptor::Stdout | Descriptor::Stderr => FILETYPE_UNKNOWN,
        Descriptor::Root => FILETYPE_DIRECTORY,
        Descriptor::Common { .. } => FILETYPE_REGULAR_FILE,
    }
}

fn put<const N: usize>(structure: &mut [u8], at: usize, field: [u8; N]) {
    for (to, from) in structure.iter_mut().skip(at).zip(field) {
        *to = from;
    }
}

#[cfg(test)]
mod tests;
