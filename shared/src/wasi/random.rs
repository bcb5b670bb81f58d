//! `random_get`: a stream that is the same for every volunteer of a task.

use super::memory::{GuestMemory, check};
use super::{Args, Errno, Fuel, WasiResult};
use crate::ids::JobSeed;
use sha2::{Digest as _, Sha256};

const LABEL: &[u8; 16] = b"manyhands/rand/1";
const BLOCK_BYTES: usize = 32;
/// Bytes written to the guest at once.
const BATCH_BYTES: usize = 128 * BLOCK_BYTES;

/// The task number that reduce draws with: 2^32 - 1, which no task has.
pub const REDUCE_RANDOM_TASK: u32 = u32::MAX;

/// Block i is SHA-256(label, seed, task as u32, i as u64), integers big-endian; blocks are consumed in order.
#[derive(Debug)]
pub(super) struct RandomStream {
    prefix: Sha256,
    next_block: u64,
    block: [u8; BLOCK_BYTES],
    used: usize,
}

impl RandomStream {
    pub(super) fn new(seed: JobSeed, task: u32) -> Self {
        let prefix = Sha256::new()
            .chain_update(LABEL)
            .chain_update(seed.0)
            .chain_update(task.to_be_bytes());
        Self {
            prefix,
            next_block: 0,
            block: [0; BLOCK_BYTES],
            used: BLOCK_BYTES,
        }
    }

    pub(super) fn random_get(
        &mut self,
        memory: &mut impl GuestMemory,
        fuel: &mut Fuel,
        args: Args<'_>,
    ) -> Result<(), WasiResult> {
        let (mut at, len) = (args.u32(0), args.u32(1));
        check(memory, at, u64::from(len))?;
        fuel.take_for(len.into())?;
        let mut left = usize::try_from(len).map_err(|_| Errno::Fault)?;
        let mut batch = [0; BATCH_BYTES];
        while left > 0 {
            let size = left.min(BATCH_BYTES);
            let bytes = batch.get_mut(..size).ok_or(Errno::Fault)?;
            self.fill(bytes);
            memory.write(at, bytes)?;
            left -= size;
            // Past the last byte of a 4 GiB memory this wraps, and is not used again.
            at = at.wrapping_add(u32::try_from(size).map_err(|_| Errno::Fault)?);
        }
        Ok(())
    }

    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            if self.used == BLOCK_BYTES {
                let block = self
                    .prefix
                    .clone()
                    .chain_update(self.next_block.to_be_bytes());
                self.block = block.finalize().into();
                self.next_block = self.next_block.wrapping_add(1);
                self.used = 0;
            }
            *byte = self.block.get(self.used).copied().unwrap_or(0);
            self.used += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasi::WasiFunction as F;
    use crate::wasi::fixture::{BAD, SEED, TASK, World};

    fn block(index: u64) -> [u8; 32] {
        let message = [
            b"manyhands/rand/1".as_slice(),
            &SEED.0,
            &TASK.to_be_bytes(),
            &index.to_be_bytes(),
        ];
        Sha256::digest(message.concat()).into()
    }

    #[test]
    fn random_bytes_are_the_blocks_of_seed_and_task_consumed_in_order() {
        let mut world = World::new();
        for (at, len) in [(0, 5), (5, 27), (32, 40), (72, 24)] {
            assert_eq!(world.call(F::RandomGet, &[at, len]), 0);
        }
        assert_eq!(world.memory[..96], [block(0), block(1), block(2)].concat());
    }

    #[test]
    fn random_bytes_are_the_same_however_they_are_asked_for() {
        let [mut once, mut bytewise] = [World::new(), World::new()];
        let len = 2 * BATCH_BYTES as u64 + 7;
        assert_eq!(once.call(F::RandomGet, &[0, len]), 0);
        for at in 0..len {
            assert_eq!(bytewise.call(F::RandomGet, &[at, 1]), 0);
        }
        assert!(once.memory == bytewise.memory);
    }

    #[test]
    fn a_refused_random_get_writes_and_consumes_nothing() {
        let mut world = World::new();
        let size = world.memory.len() as u64;
        assert_eq!(world.call(F::RandomGet, &[size - 16, 17]), 21);
        assert_eq!(world.call(F::RandomGet, &[BAD, u64::from(u32::MAX)]), 21);
        assert!(world.memory.iter().all(|&byte| byte == 0));
        assert_eq!(world.call(F::RandomGet, &[0, 32]), 0);
        assert_eq!(world.memory[..32], block(0));
    }
}
