//! The input of a range task.

use crate::Problem;
use std::ops::Range;

/// Reads `<start> <end>`, end excluded.
///
/// # Errors
/// When the input is anything else.
pub fn range(input: &[u8]) -> Result<Range<i64>, Problem> {
    let numbers = std::str::from_utf8(input).ok().and_then(|line| {
        let (start, end) = line.strip_suffix('\n').unwrap_or(line).split_once(' ')?;
        Some(start.parse().ok()?..end.parse().ok()?)
    });
    let numbers = numbers.filter(|range| range.start < range.end);
    Ok(numbers.ok_or("the input is not a range: two numbers, the first below the second")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_two_numbers_in_a_line() {
        assert_eq!(range(b"0 10\n").unwrap(), 0..10);
        assert_eq!(range(b"-5 -4").unwrap(), -5..-4);
        for other in [
            &b""[..],
            b"\n",
            b"1",
            b"1 1\n",
            b"2 1\n",
            b"1 2 3\n",
            b"1  2\n",
            b"1 2\n\n",
            b"a b\n",
            b"\xff 1\n",
            b"0 9223372036854775808\n",
        ] {
            assert!(range(other).is_err(), "{other:?}");
        }
    }
}
