//! Counts canonical k-mers: of each k-mer and its reverse complement the one that comes first in the alphabet.
//!
//! A k-mer with a letter other than A, C, G, T (in either case) is skipped. Pieces of a record must overlap by k - 1:
//! then each k-mer lies in exactly one of them, and counts add up, whatever the split (the program is associative).

mod counts;
mod dna;

use counts::Counts;
use guest::fasta::{self, Record};
use guest::{Args, Problem};

/// The longest k-mer: two bits a base in a u64.
const MOST: u32 = 32;

/// The k-mers of FASTA records with their numbers, as lines in the order of the alphabet.
///
/// # Errors
/// When the input is not FASTA or its pieces do not fit together.
pub fn map(args: &Args, input: &[u8]) -> Result<Vec<u8>, Problem> {
    let k = args.count("k", 1..=MOST)?;
    let mut kmers = Vec::new();
    for record in fasta::records(input)? {
        check_overlap(k, &record)?;
        dna::push_canonical(k, &record.residues, &mut kmers);
    }
    Ok(Counts::of_kmers(k, kmers).lines())
}

/// The sums of counts that map and reduce wrote.
///
/// # Errors
/// When the input is anything else.
pub fn reduce(args: &Args, input: &[u8]) -> Result<Vec<u8>, Problem> {
    let k = args.count("k", 1..=MOST)?;
    Ok(Counts::read(k, input)?.lines())
}

/// The first piece of a record repeats nothing; every other one must repeat k - 1 bases.
fn check_overlap(k: u32, record: &Record<'_>) -> Result<(), Problem> {
    let needed = u64::from(k - 1);
    match record.piece {
        Some(piece) if piece.offset > 0 && piece.overlap != needed => Err(format!(
            "{} was cut with an overlap of {}, but k={k} needs {needed}: use the split fasta:SIZE:overlap={needed}",
            record.name().escape_ascii(),
            piece.overlap,
        )
        .into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
