//! Finds the lines that match a regular expression.
//!
//! Each line is looked at alone, without its line feed, so what is found does not depend on the chunks. Lines are bytes
//! and need not be UTF-8. Found lines end with a line feed each, also when the text does not.

use guest::{Args, Problem};
use regex::bytes::{Regex, RegexBuilder};

/// Most bytes of a compiled pattern: a pattern is hostile text too.
const MOST_BYTES: usize = 16 << 20;

/// What the args ask for.
#[derive(Debug)]
struct Search {
    pattern: Regex,
    invert: bool,
    count: bool,
}

impl Search {
    fn of(args: &Args) -> Result<Self, Problem> {
        let pattern = RegexBuilder::new(args.text("pattern")?)
            .case_insensitive(args.boolean("ignore-case")?)
            .size_limit(MOST_BYTES)
            .build()
            .map_err(|error| format!("the arg pattern: {error}"))?;
        Ok(Self {
            pattern,
            invert: args.boolean("invert")?,
            count: args.boolean("count")?,
        })
    }

    fn finds(&self, line: &[u8]) -> bool {
        self.pattern.is_match(line) != self.invert
    }
}

/// The lines that are found, or their number.
///
/// # Errors
/// When the pattern is none.
pub fn map(args: &Args, input: &[u8]) -> Result<Vec<u8>, Problem> {
    let search = Search::of(args)?;
    let lines = input.split_inclusive(|byte| *byte == b'\n');
    let lines = lines.map(|line| line.strip_suffix(b"\n").unwrap_or(line));
    let found = lines.filter(|line| search.finds(line));
    if search.count {
        return Ok(number_line(found.count() as u64));
    }
    let mut out = Vec::new();
    for line in found {
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    Ok(out)
}

/// The lines one behind the other, or the sum of their numbers.
///
/// # Errors
/// When there is a number that map did not write.
pub fn reduce(args: &Args, input: &[u8]) -> Result<Vec<u8>, Problem> {
    if !Search::of(args)?.count {
        return Ok(input.to_vec());
    }
    let text = std::str::from_utf8(input).map_err(|_| "the input of reduce is not numbers")?;
    let mut sum = 0_u64;
    for (line, at) in text.lines().zip(1_u64..) {
        let number: u64 = line
            .parse()
            .map_err(|_| format!("line {at} of the input of reduce is not a number"))?;
        sum = sum.saturating_add(number);
    }
    Ok(number_line(sum))
}

fn number_line(number: u64) -> Vec<u8> {
    format!("{number}\n").into_bytes()
}

#[cfg(test)]
mod tests;
