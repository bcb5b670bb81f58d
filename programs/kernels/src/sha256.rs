//! SHA-256 of a buffer, written after FIPS 180-4.

const LENGTH: usize = 1 << 20;

const FIRST: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// The first bytes of the hash of a buffer that begins with the seed.
#[must_use]
pub fn checksum(seed: u64) -> u64 {
    let mut buffer = vec![7; LENGTH];
    for (byte, of_seed) in buffer.iter_mut().zip(seed.to_be_bytes()) {
        *byte = of_seed;
    }
    let [first, second, ..] = hash(&buffer, &constants());
    u64::from(first) << 32 | u64::from(second)
}

/// The first 32 bits behind the point of the cube roots of the first 64 primes.
fn constants() -> [u32; 64] {
    let mut constants = [0; 64];
    let primes = (2_u32..).filter(|number| (2..*number).all(|part| number % part != 0));
    for (constant, prime) in constants.iter_mut().zip(primes) {
        let scaled = u128::from(prime) << 96_u32;
        // The largest number whose cube is no larger.
        let mut root = 0_u128;
        for bit in (0..40).rev() {
            let next = root | 1 << bit;
            if next * next * next <= scaled {
                root = next;
            }
        }
        *constant = root as u32;
    }
    constants
}

fn hash(message: &[u8], constants: &[u32; 64]) -> [u32; 8] {
    let mut state = FIRST;
    let (blocks, rest) = message.as_chunks::<64>();
    for block in blocks {
        compress(&mut state, block, constants);
    }
    let mut end = [0; 128];
    end[..rest.len()].copy_from_slice(rest);
    end[rest.len()] = 0x80;
    let length = if rest.len() < 56 { 64 } else { 128 };
    end[length - 8..length].copy_from_slice(&(message.len() as u64 * 8).to_be_bytes());
    for block in end[..length].as_chunks::<64>().0 {
        compress(&mut state, block, constants);
    }
    state
}

fn compress(state: &mut [u32; 8], block: &[u8; 64], constants: &[u32; 64]) {
    let mut words = [0; 64];
    for (word, bytes) in words.iter_mut().zip(block.as_chunks::<4>().0) {
        *word = u32::from_be_bytes(*bytes);
    }
    for at in 16..64 {
        let (w15, w2): (u32, u32) = (words[at - 15], words[at - 2]);
        let s0 = w15.rotate_right(7) ^ w15.rotate_right(18) ^ w15 >> 3;
        let s1 = w2.rotate_right(17) ^ w2.rotate_right(19) ^ w2 >> 10;
        words[at] = words[at - 16]
            .wrapping_add(s0)
            .wrapping_add(words[at - 7])
            .wrapping_add(s1);
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for (word, constant) in words.iter().zip(constants) {
        let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
        let choice = e & f ^ !e & g;
        let one = h
            .wrapping_add(s1)
            .wrapping_add(choice)
            .wrapping_add(*constant)
            .wrapping_add(*word);
        let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
        let majority = a & b ^ a & c ^ b & c;
        let other = s0.wrapping_add(majority);
        (h, g, f, e) = (g, f, e, d.wrapping_add(one));
        (d, c, b, a) = (c, b, a, one.wrapping_add(other));
    }
    for (word, added) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *word = word.wrapping_add(added);
    }
}

#[cfg(test)]
mod tests {
    use super::{constants, hash};

    #[test]
    fn the_hash_of_abc_is_that_of_the_standard() {
        let expected = [
            0xba78_16bf,
            0x8f01_cfea,
            0x4141_40de,
            0x5dae_2223,
            0xb003_61a3,
            0x9617_7a9c,
            0xb410_ff61,
            0xf200_15ad,
        ];
        assert_eq!(hash(b"abc", &constants()), expected);
    }
}
