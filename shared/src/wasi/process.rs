//! Arguments and the empty environment.

use super::memory::{GuestMemory, check};
use super::{Args, Errno, Fuel, Wasi, WasiResult};

impl Wasi {
    pub(super) fn args_sizes_get(
        &self,
        memory: &mut impl GuestMemory,
        args: Args<'_>,
    ) -> Result<(), Errno> {
        write_sizes(memory, args, self.argv.len(), self.argv_bytes())
    }

    pub(super) fn args_get(
        &self,
        memory: &mut impl GuestMemory,
        fuel: &mut Fuel,
        args: Args<'_>,
    ) -> Result<(), WasiResult> {
        let (mut pointer_at, mut text_at) = (args.u32(0), args.u32(1));
        let pointers_bytes = self.argv.len() as u64 * 4;
        let text_bytes = self.argv_bytes() as u64;
        check(memory, pointer_at, pointers_bytes)?;
        check(memory, text_at, text_bytes)?;
        fuel.take_for(pointers_bytes + text_bytes)?;
        for arg in &self.argv {
            memory.write(pointer_at, &text_at.to_le_bytes())?;
            memory.write(text_at, arg)?;
            let len = u32::try_from(arg.len()).map_err(|_| Errno::Fault)?;
            memory.write(text_at.wrapping_add(len), &[0])?;
            pointer_at = pointer_at.wrapping_add(4);
            text_at = text_at.wrapping_add(len).wrapping_add(1);
        }
        Ok(())
    }

    /// Bytes of all arguments, each with its NUL.
    fn argv_bytes(&self) -> usize {
        self.argv.iter().map(|arg| arg.len() + 1).sum()
    }
}

pub(super) fn environ_sizes_get(
    memory: &mut impl GuestMemory,
    args: Args<'_>,
) -> Result<(), Errno> {
    write_sizes(memory, args, 0, 0)
}

pub(super) fn environ_get(memory: &mut impl GuestMemory, args: Args<'_>) -> Result<(), Errno> {
    check(memory, args.u32(0), 0)?;
    check(memory, args.u32(1), 0)
}

fn write_sizes(
    memory: &mut impl GuestMemory,
    args: Args<'_>,
    count: usize,
    bytes: usize,
) -> Result<(), Errno> {
    let (count_at, bytes_at) = (args.u32(0), args.u32(1));
    check(memory, count_at, 4)?;
    check(memory, bytes_at, 4)?;
    for (at, value) in [(count_at, count), (bytes_at, bytes)] {
        let value = u32::try_from(value).map_err(|_| Errno::Inval)?;
        memory.write(at, &value.to_le_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::wasi::fixture::{BAD, DATA, OUT, World};
    use crate::wasi::{WasiFunction as F, WasiResult};

    #[test]
    fn a_guest_reads_its_arguments() {
        let mut world = World::new();
        assert_eq!(world.call(F::ArgsSizesGet, &[OUT, OUT + 4]), 0);
        assert_eq!((world.u32(OUT), world.u32(OUT + 4)), (3, 20));
        assert_eq!(world.call(F::ArgsGet, &[OUT, DATA]), 0);
        assert_eq!(world.bytes(DATA, 20), b"program\0map\0width=7\0");
        let pointers = [OUT, OUT + 4, OUT + 8].map(|at| u64::from(world.u32(at)));
        assert_eq!(pointers, [DATA, DATA + 8, DATA + 12]);
    }

    #[test]
    fn the_environment_is_empty() {
        let mut world = World::new();
        world.memory[..16].fill(9);
        assert_eq!(world.call(F::EnvironSizesGet, &[0, 4]), 0);
        assert_eq!(world.bytes(0, 8), [0; 8]);
        assert_eq!(world.call(F::EnvironGet, &[0, 8]), 0);
        assert_eq!(world.bytes(8, 8), [9; 8]);
    }

    #[test]
    fn a_bad_pointer_to_any_of_them_writes_nothing() {
        let mut world = World::new();
        let end = world.memory.len() as u64;
        for function in [F::ArgsSizesGet, F::EnvironSizesGet] {
            assert_eq!(world.call(function, &[0, end - 3]), 21);
            assert_eq!(world.call(function, &[BAD, 0]), 21);
        }
        assert_eq!(world.call(F::ArgsGet, &[0, end - 19]), 21);
        assert_eq!(world.call(F::ArgsGet, &[end - 11, 0]), 21);
        assert_eq!(world.call(F::EnvironGet, &[end + 1, 0]), 21);
        assert!(world.memory.iter().all(|&byte| byte == 0));
    }

    #[test]
    fn proc_exit_ends_the_run_with_its_code() {
        let mut world = World::new();
        assert_eq!(world.result(F::ProcExit, &[3]), WasiResult::Exit(3));
        assert_eq!(world.result(F::ProcExit, &[0]), WasiResult::Exit(0));
        assert_eq!(
            world.result(F::ProcExit, &[u64::MAX]),
            WasiResult::Exit(u32::MAX)
        );
    }
}
