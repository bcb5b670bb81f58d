//! A segmented sieve over the odd numbers: a byte each, 1 for "not crossed out".
//!
//! An interpreter pays for each instruction: multiples of the smallest primes are copied from a pattern instead of
//! crossed out, and bytes are counted eight at a time.

use crate::sums::Sums;
use std::ops::Range;

/// Odd numbers in a segment.
const SEGMENT: usize = 1 << 20;
/// Their multiples are in the pattern.
const PATTERN_PRIMES: [usize; 5] = [3, 5, 7, 11, 13];
/// Length of the pattern: their product.
const PATTERN: u64 = 15_015;

/// The primes p of the range, and those with a twin p + 2, be it in the range or behind it.
pub(crate) fn count(range: Range<u64>) -> Sums {
    let mut sums = Sums::default();
    if range.contains(&2) {
        sums.count = 1;
        sums.largest = Some(2);
    }
    // The odd number at index i is 2 * i + 1.
    let (first, end) = (range.start / 2, range.end / 2);
    let primes = small_primes(range.end.saturating_add(2).isqrt());
    let pattern = pattern();
    let mut flags = Vec::with_capacity(SEGMENT + 8);
    let mut at = first;
    while at < end {
        let len = usize::try_from(end - at).map_or(SEGMENT, |rest| rest.min(SEGMENT));
        // One more, for the twin of the last one.
        sieve(at, len + 1, &primes, &pattern, &mut flags);
        add(at, len, &mut flags, &mut sums);
        at += len as u64;
    }
    sums
}

/// Sets `flags` for `len` odd numbers from index `at` on.
fn sieve(at: u64, len: usize, primes: &[usize], pattern: &[u8], flags: &mut Vec<u8>) {
    flags.clear();
    let from = (at % PATTERN) as usize;
    flags.extend(pattern.iter().skip(from).take(len));
    while flags.len() < len {
        let rest = len - flags.len();
        flags.extend_from_slice(pattern.get(..rest.min(pattern.len())).unwrap_or_default());
    }
    for prime in PATTERN_PRIMES {
        // The pattern crosses out the primes themselves.
        set(flags, at, prime as u64, 1);
    }
    set(flags, at, 1, 0);
    let last = 2 * (at + len as u64 - 1) + 1;
    for step in primes {
        let prime = *step as u64;
        let square = prime * prime;
        if square > last {
            break;
        }
        let first = (square / 2).max(at);
        // Indices of odd multiples are prime / 2 modulo the prime.
        let behind = (first + prime - prime / 2) % prime;
        let begin = first - at + if behind == 0 { 0 } else { prime - behind };
        let begin = usize::try_from(begin).unwrap_or(usize::MAX);
        for flag in flags.iter_mut().skip(begin).step_by(*step) {
            *flag = 0;
        }
    }
}

/// Sets the flag of an odd number, when it is in the segment.
fn set(flags: &mut [u8], at: u64, odd: u64, flag: u8) {
    let index = (odd / 2).checked_sub(at);
    if let Some(place) = index.and_then(|index| flags.get_mut(usize::try_from(index).ok()?)) {
        *place = flag;
    }
}

/// Adds what `len + 1` flags say about the first `len` odd numbers from index `at` on.
fn add(at: u64, len: usize, flags: &mut Vec<u8>, sums: &mut Sums) {
    let twin_of_last = flags.get(len).copied().unwrap_or(0);
    let last = flags.get(len - 1).copied().unwrap_or(0);
    sums.twin_pairs += u64::from(last & twin_of_last);
    flags.resize(len, 0);
    if let Some(index) = flags.iter().rposition(|flag| *flag == 1) {
        sums.largest = Some(2 * (at + index as u64) + 1);
    }
    // Zeros, which end the last word and the last pair.
    flags.resize(len.next_multiple_of(8), 0);
    let (words, _) = flags.as_chunks::<8>();
    let mut previous = 0_u64;
    for word in words {
        let word = u64::from_le_bytes(*word);
        sums.count += u64::from(word.count_ones());
        // Bit 0 of each byte: this number, and the one before it.
        let before = word << 8 | previous >> 56;
        sums.twin_pairs += u64::from((word & before).count_ones());
        previous = word;
    }
}

/// The flags of the first odd numbers, those that one of the pattern's primes divides crossed out.
fn pattern() -> Vec<u8> {
    let mut flags = vec![1; PATTERN_PRIMES.iter().product()];
    for prime in PATTERN_PRIMES {
        for flag in flags.iter_mut().skip(prime / 2).step_by(prime) {
            *flag = 0;
        }
    }
    flags
}

/// The primes up to `most` behind those of the pattern.
fn small_primes(most: u64) -> Vec<usize> {
    let len = usize::try_from(most.div_ceil(2)).unwrap_or(usize::MAX);
    let mut flags = vec![true; len];
    let mut primes = Vec::new();
    for index in 1..len {
        if flags.get(index).is_some_and(|flag| *flag) {
            let prime = 2 * index + 1;
            primes.push(prime);
            for flag in flags
                .iter_mut()
                .skip(2 * index * (index + 1))
                .step_by(prime)
            {
                *flag = false;
            }
        }
    }
    primes.retain(|prime| !PATTERN_PRIMES.contains(prime));
    primes
}
