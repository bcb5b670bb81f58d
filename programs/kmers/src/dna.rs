//! Bases as two bits each, in the order of the alphabet: so numbers are in the order of the k-mers' letters.

/// The letters by their bits.
pub(crate) const LETTERS: [u8; 4] = *b"ACGT";
/// The bits of a letter, in either case.
pub(crate) const fn bits_of(letter: u8) -> Option<u64> {
    match letter {
        b'A' | b'a' => Some(0),
        b'C' | b'c' => Some(1),
        b'G' | b'g' => Some(2),
        b'T' | b't' => Some(3),
        _ => None,
    }
}

/// Appends the canonical form of each k-mer of `residues`.
pub(crate) fn push_canonical(k: u32, residues: &[u8], kmers: &mut Vec<u64>) {
    let mask = u64::MAX >> (64 - 2 * k);
    let top = 2 * (k - 1);
    let (mut forward, mut backward, mut len) = (0_u64, 0_u64, 0);
    kmers.reserve(residues.len());
    for residue in residues {
        let Some(bits) = bits_of(*residue) else {
            len = 0;
            continue;
        };
        forward = (forward << 2 | bits) & mask;
        // The complement of a base is 3 - its bits.
        backward = backward >> 2 | (3 - bits) << top;
        len += 1;
        if len >= k {
            kmers.push(forward.min(backward));
        }
    }
}
