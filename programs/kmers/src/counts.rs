//! k-mers with their numbers, sorted, and the lines `k-mer<TAB>count`.

use crate::dna::{LETTERS, bits_of};
use guest::Problem;

const DIGIT_BITS: u32 = 11;
const DIGITS: usize = 1 << DIGIT_BITS;
const LAST_DIGIT: u64 = (1 << DIGIT_BITS) - 1;

/// Counts in the order of the k-mers, each of them once.
#[derive(Debug)]
pub(crate) struct Counts {
    k: u32,
    counts: Vec<(u64, u64)>,
}

impl Counts {
    /// How often each of them is there.
    pub(crate) fn of_kmers(k: u32, kmers: Vec<u64>) -> Self {
        let sorted = sorted(k, kmers);
        let runs = sorted.chunk_by(|left, right| left == right);
        let counts = runs.filter_map(|run| Some((*run.first()?, run.len() as u64)));
        Self {
            k,
            counts: counts.collect(),
        }
    }

    /// Reads the lines of one or several counts and adds them up.
    pub(crate) fn read(k: u32, text: &[u8]) -> Result<Self, Problem> {
        let mut counts: Vec<(u64, u64)> = Vec::new();
        for (line, number) in text.split_inclusive(|byte| *byte == b'\n').zip(1_u64..) {
            let count = count_of(k, line);
            counts.push(count.ok_or_else(|| {
                format!("line {number} of the input of reduce is not a {k}-mer, a tab and a count")
            })?);
        }
        // Stable: it finds the sorted runs that map and reduce wrote and merges them.
        counts.sort_by_key(|(kmer, _)| *kmer);
        counts.dedup_by(|later, sum| {
            let is_same = later.0 == sum.0;
            if is_same {
                sum.1 = sum.1.saturating_add(later.1);
            }
            is_same
        });
        Ok(Self { k, counts })
    }

    /// As lines.
    pub(crate) fn lines(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.counts.len() * (self.k as usize + 3));
        for (kmer, count) in &self.counts {
            for at in (0..self.k).rev() {
                let letter = LETTERS.get((kmer >> (2 * at) & 3) as usize);
                out.extend(letter);
            }
            out.push(b'\t');
            push_number(&mut out, *count);
            out.push(b'\n');
        }
        out
    }
}

/// Sorts numbers of `2 * k` bits by one digit after the other, the lowest first. In an interpreter that is several
/// times faster than comparing them.
fn sorted(k: u32, mut kmers: Vec<u64>) -> Vec<u64> {
    let mut other = vec![0; kmers.len()];
    for shift in (0..2 * k).step_by(DIGIT_BITS as usize) {
        let digit = |kmer: u64| (kmer >> shift & LAST_DIGIT) as usize;
        let mut places = vec![0_usize; DIGITS];
        for kmer in &kmers {
            if let Some(count) = places.get_mut(digit(*kmer)) {
                *count += 1;
            }
        }
        let mut next = 0;
        for place in &mut places {
            next += std::mem::replace(place, next);
        }
        for kmer in &kmers {
            let Some(place) = places.get_mut(digit(*kmer)) else {
                continue;
            };
            if let Some(to) = other.get_mut(*place) {
                *to = *kmer;
            }
            *place += 1;
        }
        std::mem::swap(&mut kmers, &mut other);
    }
    kmers
}

/// Reads a line as `lines` writes it.
fn count_of(k: u32, line: &[u8]) -> Option<(u64, u64)> {
    let (kmer, rest) = line.split_at_checked(k as usize)?;
    let mut bits = 0;
    for letter in kmer {
        bits = bits << 2 | bits_of(*letter).filter(|_| letter.is_ascii_uppercase())?;
    }
    let digits = rest.strip_prefix(b"\t")?.strip_suffix(b"\n")?;
    let mut count = 0_u64;
    for digit in digits {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        count = count.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    (count > 0).then_some((bits, count))
}

fn push_number(out: &mut Vec<u8>, mut number: u64) {
    let begin = out.len();
    loop {
        out.push(b'0' + (number % 10) as u8);
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.get_mut(begin..).unwrap_or_default().reverse();
}
