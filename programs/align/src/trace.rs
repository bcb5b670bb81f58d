//! The alignment itself, from its end back to its begin.
//!
//! Backwards from the end, an alignment with the best score exists; the first one that is found (the shortest in the
//! sequence, then in the query) is taken. Among equals a pair goes before a gap of the query, that before one of the
//! sequence.

use crate::score::{End, NEVER};
use crate::scoring::Scoring;
use guest::Problem;
use std::fmt::Write as _;

/// Most pairs of residues that are looked at: a byte each.
const MOST_PAIRS: usize = 1 << 28;

const FROM_PAIR: u8 = 0;
const FROM_QUERY_GAP: u8 = 1;
const FROM_TARGET_GAP: u8 = 2;
const FROM: u8 = 3;
/// The gap goes on: it was there one residue before.
const QUERY_GAP_GOES_ON: u8 = 4;
const TARGET_GAP_GOES_ON: u8 = 8;

/// A local alignment: places from 1, both ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alignment {
    query: (usize, usize),
    target: (usize, usize),
    equal: usize,
    columns: usize,
    /// Runs of `=` equal, `X` different, `D` only in the sequence, `I` only in the query.
    cigar: String,
}

impl Alignment {
    /// `score, name, query's places, sequence's places, equal residues, columns, CIGAR`.
    pub(crate) fn line(&self, score: i32, name: &[u8]) -> Vec<u8> {
        let name = if name.is_empty() { b"-" } else { name };
        let mut line = format!("{score}\t").into_bytes();
        line.extend_from_slice(name);
        let Self {
            query,
            target,
            equal,
            columns,
            cigar,
        } = self;
        let rest = format!(
            "\t{}\t{}\t{}\t{}\t{equal}\t{columns}\t{cigar}\n",
            query.0, query.1, target.0, target.1
        );
        line.extend_from_slice(rest.as_bytes());
        line
    }
}

/// The alignment that ends there.
pub(crate) fn alignment(
    query: &[u8],
    target: &[u8],
    end: End,
    scoring: Scoring,
) -> Result<Alignment, Problem> {
    let query_part = query.get(..=end.query).unwrap_or_default();
    let target_part = target.get(..=end.target).unwrap_or_default();
    let steps = search(query_part, target_part, end.score, scoring)?;
    Ok(walk(query_part, target_part, &steps))
}

/// How each pair was reached, from the end backwards.
struct Steps {
    /// A byte for each pair, a column of the query for each residue of the sequence.
    from: Vec<u8>,
    rows: usize,
    /// The pair at which the alignment begins: steps back in query and sequence.
    row: usize,
    column: usize,
}

fn search(query: &[u8], target: &[u8], score: i32, scoring: Scoring) -> Result<Steps, Problem> {
    let rows = query.len();
    let Scoring {
        gap_first,
        gap_next,
        ..
    } = scoring;
    let mut from = Vec::new();
    let mut cells = vec![(NEVER, NEVER); rows];
    for (column, residue) in target.iter().rev().enumerate() {
        if from.len() + rows > MOST_PAIRS {
            return Err("an alignment is too long to be traced: raise gap-extend".into());
        }
        let (mut diagonal, mut target_gap) = (if column == 0 { 0 } else { NEVER }, NEVER);
        let mut target_goes_on = 0;
        for (row, (cell, other)) in cells.iter_mut().zip(query.iter().rev()).enumerate() {
            let (before, query_gap) = *cell;
            let mut step = target_goes_on;
            let (opened, extended) = (before - gap_first, query_gap - gap_next);
            let query_gap = opened.max(extended);
            if extended > opened {
                step |= QUERY_GAP_GOES_ON;
            }
            let paired = diagonal + scoring.of_pair(*residue, *other);
            let best = paired.max(query_gap).max(target_gap).max(NEVER);
            step |= if best == paired {
                FROM_PAIR
            } else if best == query_gap {
                FROM_QUERY_GAP
            } else {
                FROM_TARGET_GAP
            };
            from.push(step);
            if best == score {
                return Ok(Steps {
                    from,
                    rows,
                    row,
                    column,
                });
            }
            let (opened, extended) = (best - gap_first, target_gap - gap_next);
            target_gap = opened.max(extended);
            target_goes_on = if extended > opened {
                TARGET_GAP_GOES_ON
            } else {
                0
            };
            *cell = (best, query_gap.max(NEVER));
            diagonal = before;
        }
    }
    Err("an alignment has no begin".into())
}

/// From the alignment's begin to its end.
fn walk(query: &[u8], target: &[u8], steps: &Steps) -> Alignment {
    let place = |part: &[u8], back: usize| part.len() - back;
    let mut alignment = Alignment {
        query: (place(query, steps.row), query.len()),
        target: (place(target, steps.column), target.len()),
        equal: 0,
        columns: 0,
        cigar: String::new(),
    };
    let (mut row, mut column) = (Some(steps.row), Some(steps.column));
    let mut run = (b'=', 0_usize);
    // The gap in which the walk is.
    let mut gap = FROM_PAIR;
    while let (Some(at_row), Some(at_column)) = (row, column) {
        let step = steps
            .from
            .get(at_column * steps.rows + at_row)
            .copied()
            .unwrap_or(0);
        let kind = if gap == FROM_PAIR { step & FROM } else { gap };
        let letter = match kind {
            FROM_QUERY_GAP => {
                gap = if step & QUERY_GAP_GOES_ON == 0 {
                    FROM_PAIR
                } else {
                    FROM_QUERY_GAP
                };
                column = at_column.checked_sub(1);
                b'D'
            }
            FROM_TARGET_GAP => {
                gap = if step & TARGET_GAP_GOES_ON == 0 {
                    FROM_PAIR
                } else {
                    FROM_TARGET_GAP
                };
                row = at_row.checked_sub(1);
                b'I'
            }
            _ => {
                (row, column) = (at_row.checked_sub(1), at_column.checked_sub(1));
                let residue = |part: &[u8], back: usize| part.iter().nth_back(back).copied();
                if residue(query, at_row) == residue(target, at_column) {
                    alignment.equal += 1;
                    b'='
                } else {
                    b'X'
                }
            }
        };
        alignment.columns += 1;
        if run.0 != letter {
            push_run(&mut alignment.cigar, run);
            run = (letter, 0);
        }
        run.1 += 1;
    }
    push_run(&mut alignment.cigar, run);
    alignment
}

fn push_run(cigar: &mut String, (letter, len): (u8, usize)) {
    if len > 0 {
        write!(cigar, "{len}{}", char::from(letter)).expect("a string takes everything");
    }
}
