//! The best lines: by score, equals by their bytes.

use guest::{Args, Problem};
use std::cmp::Reverse;

const COLUMNS: usize = 9;

/// Lines with their scores, of which the best are kept.
#[derive(Debug)]
pub(crate) struct Hits {
    most: usize,
    /// Sorted this way: the greatest score first.
    lines: Vec<(Reverse<i32>, Vec<u8>)>,
}

impl Hits {
    pub(crate) fn of(args: &Args) -> Result<Self, Problem> {
        Ok(Self {
            most: args.count("top", 1..=10_000)? as usize,
            lines: Vec::new(),
        })
    }

    /// How many are kept, at least one.
    pub(crate) const fn most(&self) -> usize {
        self.most
    }

    pub(crate) fn add(&mut self, score: i32, line: Vec<u8>) {
        self.lines.push((Reverse(score), line));
    }

    /// Adds lines that `lines` wrote.
    pub(crate) fn read(&mut self, text: &[u8]) -> Result<(), Problem> {
        for (line, number) in text.split_inclusive(|byte| *byte == b'\n').zip(1_u64..) {
            let score = score_of(line).ok_or_else(|| {
                format!("line {number} of the input of reduce is not an alignment")
            })?;
            self.add(score, line.to_vec());
        }
        Ok(())
    }

    pub(crate) fn lines(mut self) -> Vec<u8> {
        self.lines.sort();
        let best = self.lines.into_iter().take(self.most);
        best.flat_map(|(_, line)| line).collect()
    }
}

fn score_of(line: &[u8]) -> Option<i32> {
    let mut fields = line.strip_suffix(b"\n")?.split(|byte| *byte == b'\t');
    let score = std::str::from_utf8(fields.next()?).ok()?.parse().ok()?;
    (score > 0 && fields.count() == COLUMNS - 1).then_some(score)
}
