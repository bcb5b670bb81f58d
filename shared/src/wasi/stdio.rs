//! Standard input, output and error: fd 0, 1 and 2.

use super::descriptors::Descriptor;
use super::iovec::Iovecs;
use super::memory::{Fault, GuestMemory, check};
use super::{Args, Errno, Fuel, Wasi, WasiResult};
use std::collections::VecDeque;

/// How much of the end of standard error is kept, bytes: what travels beside a vote.
pub const STDERR_TAIL_BYTES: usize = crate::protocol::MAX_STDERR_BYTES;

/// What fd 0 reads: pieces in order, each dropped once it is read.
#[derive(Debug, Clone, Default)]
pub struct Stdin {
    pieces: VecDeque<Vec<u8>>,
    /// Bytes already read of the first piece.
    used: usize,
    /// Bytes still to be read.
    left: u64,
}

impl From<Vec<u8>> for Stdin {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from_iter([bytes])
    }
}

impl FromIterator<Vec<u8>> for Stdin {
    fn from_iter<I: IntoIterator<Item = Vec<u8>>>(pieces: I) -> Self {
        let pieces: VecDeque<Vec<u8>> = pieces.into_iter().collect();
        let left = pieces.iter().map(|piece| piece.len() as u64).sum();
        Self {
            pieces,
            used: 0,
            left,
        }
    }
}

impl Stdin {
    /// Bytes that are still to be read.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.left
    }

    /// Whether nothing is left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.left == 0
    }

    /// Writes up to `len` bytes to `at` and returns how many there were.
    fn read(&mut self, memory: &mut impl GuestMemory, at: u32, len: u32) -> Result<u32, Fault> {
        let mut done = 0;
        while done < len {
            let Some(piece) = self.pieces.front() else {
                break;
            };
            let rest = piece.get(self.used..).unwrap_or_default();
            let wanted = usize::try_from(len - done).map_err(|_| Fault)?;
            let now = rest.get(..wanted).unwrap_or(rest);
            memory.write(at.wrapping_add(done), now)?;
            done += u32::try_from(now.len()).map_err(|_| Fault)?;
            self.used += now.len();
            self.left -= now.len() as u64;
            if self.used == piece.len() {
                self.pieces.pop_front();
                self.used = 0;
            }
        }
        Ok(done)
    }
}

/// Standard output, up to a limit.
#[derive(Debug)]
pub(super) struct Stdout {
    bytes: Vec<u8>,
    limit: u64,
}

impl Stdout {
    pub(super) const fn new(limit: u64) -> Self {
        Self {
            bytes: Vec::new(),
            limit,
        }
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    const fn room(&self) -> u64 {
        self.limit.saturating_sub(self.bytes.len() as u64)
    }

    fn take(&mut self, memory: &impl GuestMemory, at: u32, len: u32) -> Result<(), Fault> {
        append(&mut self.bytes, memory, at, len)
    }
}

/// The end of standard error.
#[derive(Debug, Default)]
pub(super) struct StderrTail {
    bytes: Vec<u8>,
}

impl StderrTail {
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn take(&mut self, memory: &impl GuestMemory, at: u32, len: u32) -> Result<(), Fault> {
        let kept = usize::try_from(len).map_or(STDERR_TAIL_BYTES, |len| len.min(STDERR_TAIL_BYTES));
        let kept = u32::try_from(kept).map_err(|_| Fault)?;
        append(&mut self.bytes, memory, at.wrapping_add(len - kept), kept)?;
        let surplus = self.bytes.len().saturating_sub(STDERR_TAIL_BYTES);
        self.bytes.drain(..surplus);
        Ok(())
    }
}

fn append(bytes: &mut Vec<u8>, memory: &impl GuestMemory, at: u32, len: u32) -> Result<(), Fault> {
    let old = bytes.len();
    let len = usize::try_from(len).map_err(|_| Fault)?;
    bytes.resize(old + len, 0);
    memory.read(at, bytes.get_mut(old..).unwrap_or_default())
}

impl Wasi {
    pub(super) fn fd_read(
        &mut self,
        memory: &mut impl GuestMemory,
        fuel: &mut Fuel,
        args: Args<'_>,
    ) -> Result<(), WasiResult> {
        match self.descriptors.get(args.u32(0))? {
            Descriptor::Stdin => {}
            Descriptor::Common { .. } => return self.descriptors.fd_read(memory, fuel, args),
            _ => return Err(Errno::Badf.into()),
        }
        let iovecs = Iovecs::checked(memory, fuel, args.u32(1), args.u32(2))?;
        let count_at = args.u32(3);
        check(memory, count_at, 4)?;
        let paid = iovecs.readable(self.stdin.len());
        fuel.take_for(paid.into())?;
        let mut done = 0_u32;
        iovecs.each(memory, |memory, at, len| {
            let wanted = len.min(paid - done);
            let now = self.stdin.read(memory, at, wanted)?;
            done += now;
            Ok(now == len)
        })?;
        memory.write(count_at, &done.to_le_bytes())?;
        Ok(())
    }

    pub(super) fn fd_write(
        &mut self,
        memory: &mut impl GuestMemory,
        fuel: &mut Fuel,
        args: Args<'_>,
    ) -> Result<(), WasiResult> {
        let to = self.descriptors.get(args.u32(0))?;
        if !matches!(to, Descriptor::Stdout | Descriptor::Stderr) {
            return Err(Errno::Badf.into());
        }
        let iovecs = Iovecs::checked(memory, fuel, args.u32(1), args.u32(2))?;
        let count_at = args.u32(3);
        check(memory, count_at, 4)?;
        // The count that is returned has 32 bits; POSIX refuses more in the same way.
        let total = u32::try_from(iovecs.total());
        if matches!(to, Descriptor::Stderr) && total.is_err() {
            return Err(Errno::Inval.into());
        }
        fuel.take_for(iovecs.total())?;
        if matches!(to, Descriptor::Stdout) && iovecs.total() > self.stdout.room() {
            return Err(WasiResult::OutputTooLarge);
        }
        let total = total.map_err(|_| Errno::Inval)?;
        iovecs.each(memory, |memory, at, len| {
            match to {
                Descriptor::Stdout => self.stdout.take(memory, at, len)?,
                _ => self.stderr.take(memory, at, len)?,
            }
            Ok(true)
        })?;
        memory.write(count_at, &total.to_le_bytes())?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasi::WasiFunction as F;
    use crate::wasi::fixture::{BAD, DATA, OUT, World};

    #[test]
    fn fd_read_fills_all_buffers_until_the_end_of_the_input() {
        let mut world = World::with_stdin(b"abcdefgh");
        let iovs = world.iovecs(&[(DATA, 3), (DATA + 10, 0), (DATA + 20, 4)]);
        assert_eq!(world.call(F::FdRead, &[0, iovs, 3, OUT]), 0);
        assert_eq!(world.u32(OUT), 7);
        assert_eq!(world.bytes(DATA, 4), b"abc\0");
        assert_eq!(world.bytes(DATA + 20, 5), b"defg\0");
        assert_eq!(world.call(F::FdRead, &[0, iovs, 3, OUT]), 0);
        assert_eq!(world.u32(OUT), 1);
        assert_eq!(world.call(F::FdRead, &[0, iovs, 3, OUT]), 0);
        assert_eq!(world.u32(OUT), 0);
    }

    #[test]
    fn an_input_in_pieces_reads_as_if_joined() {
        let pieces = [b"ab".to_vec(), Vec::new(), b"c".to_vec(), b"defg".to_vec()];
        let mut world = World::with_stdin(pieces.into_iter().collect::<Stdin>());
        let iovs = world.iovecs(&[(DATA, 4), (DATA + 4, 4)]);
        assert_eq!(world.call(F::FdRead, &[0, iovs, 2, OUT]), 0);
        assert_eq!(world.u32(OUT), 7);
        assert_eq!(world.bytes(DATA, 7), b"abcdefg");
    }

    #[test]
    fn fd_read_with_a_bad_pointer_reads_nothing() {
        let mut world = World::with_stdin(b"abc");
        let good = world.iovecs(&[(DATA, 2)]);
        assert_eq!(world.call(F::FdRead, &[0, good, 1, BAD]), 21);
        assert_eq!(world.call(F::FdRead, &[0, BAD, 1, OUT]), 21);
        assert_eq!(world.call(F::FdRead, &[0, good, 1 << 29, OUT]), 21);
        assert_eq!(
            world.call(F::FdRead, &[0, good, u64::from(u32::MAX), OUT]),
            21
        );
        let second_is_bad = world.iovecs(&[(DATA, 2), (BAD, 1)]);
        assert_eq!(world.call(F::FdRead, &[0, second_is_bad, 2, OUT]), 21);
        assert_eq!(world.bytes(DATA, 2), [0, 0]);
        assert_eq!(world.call(F::FdRead, &[0, good, 1, OUT]), 0);
        assert_eq!(world.bytes(DATA, 2), b"ab");
    }

    #[test]
    fn a_buffer_of_length_0_must_lie_inside_the_memory_too() {
        let mut world = World::with_stdin(b"abc");
        let end = world.memory.len() as u64;
        let at_end = world.iovecs(&[(end, 0), (DATA, 1)]);
        assert_eq!(world.call(F::FdRead, &[0, at_end, 2, OUT]), 0);
        let behind = world.iovecs(&[(end + 1, 0), (DATA, 1)]);
        assert_eq!(world.call(F::FdRead, &[0, behind, 2, OUT]), 21);
        assert_eq!(world.call(F::FdWrite, &[1, behind, 2, OUT]), 21);
        assert_eq!(world.call(F::FdWrite, &[1, end + 1, 0, OUT]), 21);
    }

    #[test]
    fn buffers_laid_over_their_own_array_never_panic() {
        let mut world = World::with_stdin([0xff; 64]);
        let iovs = world.iovecs(&[(DATA, 1), (DATA, 1), (DATA, 1)]);
        let over_itself = world.iovecs(&[(iovs, 24), (DATA, 1), (DATA, 1)]);
        assert_eq!(over_itself, iovs);
        assert_eq!(world.call(F::FdRead, &[0, iovs, 3, OUT]), 0);
    }

    #[test]
    fn only_fd_0_and_the_file_can_be_read() {
        let mut world = World::with_common(b"file");
        let iovs = world.iovecs(&[(DATA, 1)]);
        for fd in [1, 2, 3, 4, u64::from(u32::MAX)] {
            assert_eq!(world.call(F::FdRead, &[fd, iovs, 1, OUT]), 8, "fd {fd}");
        }
    }

    #[test]
    fn fd_write_takes_all_buffers() {
        let mut world = World::new();
        world.memory[usize::try_from(DATA).unwrap()..][..6].copy_from_slice(b"hello\n");
        let iovs = world.iovecs(&[(DATA, 5), (DATA, 0), (DATA + 5, 1)]);
        assert_eq!(world.call(F::FdWrite, &[1, iovs, 3, OUT]), 0);
        assert_eq!(world.u32(OUT), 6);
        assert_eq!(world.call(F::FdWrite, &[1, iovs, 1, OUT]), 0);
        assert_eq!(world.call(F::FdWrite, &[2, iovs, 2, OUT]), 0);
        let written = world.finish();
        assert_eq!(written.stdout, b"hello\nhello");
        assert_eq!(written.stderr_tail, b"hello");
    }

    #[test]
    fn fd_write_to_anything_but_1_and_2_is_refused() {
        let mut world = World::with_common(b"file");
        let file = world.open_common();
        let iovs = world.iovecs(&[(DATA, 1)]);
        for fd in [0, 3, file, 5, 1 << 31] {
            assert_eq!(world.call(F::FdWrite, &[fd, iovs, 1, OUT]), 8, "fd {fd}");
        }
    }

    #[test]
    fn fd_write_with_a_bad_pointer_takes_nothing() {
        let mut world = World::new();
        let iovs = world.iovecs(&[(DATA, 1), (BAD, 1)]);
        assert_eq!(world.call(F::FdWrite, &[1, iovs, 2, OUT]), 21);
        assert_eq!(world.call(F::FdWrite, &[1, iovs, 1, BAD]), 21);
        assert_eq!(world.call(F::FdWrite, &[1, BAD, 1, OUT]), 21);
        assert_eq!(world.finish().stdout, b"");
    }

    #[test]
    fn output_up_to_the_limit_is_taken_and_one_byte_more_ends_the_run() {
        let mut world = World::with_output_limit(10);
        let iovs = world.iovecs(&[(DATA, 5)]);
        assert_eq!(world.call(F::FdWrite, &[1, iovs, 1, OUT]), 0);
        assert_eq!(world.call(F::FdWrite, &[1, iovs, 1, OUT]), 0);
        let iovs = world.iovecs(&[(DATA, 1)]);
        let result = world.result(F::FdWrite, &[1, iovs, 1, OUT]);
        assert_eq!(result, WasiResult::OutputTooLarge);
    }

    #[test]
    fn stderr_has_no_limit_and_keeps_its_last_4_kib() {
        let mut world = World::with_output_limit(0);
        let start = usize::try_from(DATA).unwrap();
        for (byte, n) in world.memory[start..start + 5000].iter_mut().zip(0_u16..) {
            *byte = n.to_le_bytes()[0];
        }
        let expected = world.memory[start + 905..start + 5000].to_vec();
        let iovs = world.iovecs(&[(DATA + 5000, 9000), (DATA, 5000), (DATA, 1)]);
        assert_eq!(world.call(F::FdWrite, &[2, iovs, 3, OUT]), 0);
        assert_eq!(world.u32(OUT), 14_001);
        let tail = world.finish().stderr_tail;
        assert_eq!(tail.len(), STDERR_TAIL_BYTES);
        assert_eq!(tail[..4095], expected);
        assert_eq!(tail[4095], 0);
    }

    #[test]
    fn a_write_whose_size_does_not_fit_the_count_is_refused() {
        let mut world = World::new();
        let all = 1 << 20;
        world.memory.resize(1 << 20, 0);
        let pairs = vec![(0, all); usize::try_from((1 << 32) / all + 1).unwrap()];
        let iovs = world.iovecs(&pairs);
        let count = pairs.len() as u64;
        assert_eq!(world.call(F::FdWrite, &[2, iovs, count, OUT]), 28);
    }
}
