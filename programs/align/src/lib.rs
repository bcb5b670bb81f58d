//! Finds the sequences into which a query fits best: local alignments with affine gaps.
//!
//! Map aligns the query with each record and keeps the best, reduce keeps the best of all (the program is associative).
//! Hits have one order, by score and then by their line, so the result does not depend on the split. Records must be
//! whole: a piece could end within the best alignment.

mod hits;
mod query;
mod score;
mod scoring;
mod trace;

use guest::fasta::{self, Record};
use guest::{Args, Problem};
use hits::Hits;
use scoring::Scoring;

pub use query::COMMON;

/// The best alignments of the query with the records of the input, a line each. `common` is the common file, if any.
///
/// # Errors
/// When the args, the query or the input do not fit.
pub fn map(args: &Args, common: Option<&[u8]>, input: &[u8]) -> Result<Vec<u8>, Problem> {
    let scoring = Scoring::of(args)?;
    let mut hits = Hits::of(args)?;
    let query = query::of(args, common)?;
    let records = fasta::records(input)?;
    if let Some(cut) = records.iter().find(|record| record.piece.is_some()) {
        let name = cut.name().escape_ascii();
        let problem =
            format!("{name} was cut; align needs whole records: use a larger SIZE, or files");
        return Err(problem.into());
    }
    let mut pass = score::Pass::new(&query, scoring);
    let found = records.iter().filter_map(|record| {
        let residues = record.residues.to_ascii_uppercase();
        let end = pass.best_end(&residues)?;
        Some((record, end))
    });
    let mut found: Vec<(&Record<'_>, score::End)> = found.collect();
    // Those that cannot be among the best need not be traced; equals of the last one can.
    found.sort_by_key(|(_, end)| std::cmp::Reverse(end.score));
    let least = found.get(hits.most() - 1).map_or(1, |(_, end)| end.score);
    for (record, end) in found.iter().take_while(|(_, end)| end.score >= least) {
        let residues = record.residues.to_ascii_uppercase();
        let alignment = trace::alignment(&query, &residues, *end, scoring)?;
        hits.add(end.score, alignment.line(end.score, record.name()));
    }
    Ok(hits.lines())
}

/// The best of the alignments that map and reduce wrote.
///
/// # Errors
/// When the input is anything else.
pub fn reduce(args: &Args, input: &[u8]) -> Result<Vec<u8>, Problem> {
    let mut hits = Hits::of(args)?;
    hits.read(input)?;
    Ok(hits.lines())
}

#[cfg(test)]
mod tests;
