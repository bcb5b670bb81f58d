//! What goes to stdout: data for people as lines and tables, for programs as JSON.

use anyhow::Result;
use serde::Serialize;
use std::io::{self, Write as _};

/// Prints data.
#[derive(Debug, Clone, Copy)]
pub(super) struct Printer {
    json: bool,
}

impl Printer {
    pub(super) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether programs read along.
    pub(super) const fn is_json(self) -> bool {
        self.json
    }

    /// Prints `value` as JSON, or what `text` makes for people.
    pub(super) fn show<T: Serialize>(self, value: &T, text: impl FnOnce() -> String) -> Result<()> {
        if self.json {
            let json = serde_json::to_string_pretty(value)?;
            line(&json)
        } else {
            line(text().trim_end_matches('\n'))
        }
    }
}

/// Prints one line. Nobody reading any more ends the program without a word, as for other tools in a pipe.
pub(super) fn line(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    let written = writeln!(out, "{text}").and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        written => Ok(written?),
    }
}

/// Rows in columns as wide as their widest cell.
pub(super) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let widest = cells.map(|cell| cell.chars().count()).max();
        let name = head.get(column).map_or(0, |name| name.len());
        widest.unwrap_or(0).max(name)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let mut text = String::new();
    let mut add = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: Vec<String> = cells
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        text.push_str(padded.join("  ").trim_end());
        text.push('\n');
    };
    add(&mut head.iter().copied());
    for row in rows {
        add(&mut row.iter().map(String::as_str));
    }
    text
}

/// Text from elsewhere without characters that could move a terminal's cursor or hide something.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .map(|char| if char.is_control() { '\u{fffd}' } else { char })
        .collect()
}

/// The same where line ends and tabs may stay.
pub(super) fn plain_lines(text: &str) -> String {
    let keep = |char: char| matches!(char, '\n' | '\t') || !char.is_control();
    text.chars()
        .map(|char| if keep(char) { char } else { '\u{fffd}' })
        .collect()
}

/// Bytes for people: `1.5 MiB`.
pub(super) fn size(bytes: u64) -> String {
    indicatif::BinaryBytes(bytes).to_string()
}

/// A time for people, in UTC: `2026-11-21 05:40`.
pub(super) fn time(at: shared::ids::UnixMs) -> String {
    let minutes = at.0 / 60_000;
    let (day, minute) = (minutes / 1440, minutes % 1440);
    let (year, month, day) = civil(day);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}",
        minute / 60,
        minute % 60
    )
}

/// Year, month and day of a day counted from 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date
/// algorithms", `civil_from_days`, for days that are not before 1970).
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days.saturating_add(719_468);
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::ids::UnixMs;

    #[test]
    fn times_are_written_in_utc() {
        for (ms, text) in [
            (0, "1970-01-01 00:00"),
            (951_782_400_000, "2000-02-29 00:00"),
            (1_795_239_626_000, "2026-11-21 05:40"),
            (4_102_444_799_999, "2099-12-31 23:59"),
        ] {
            assert_eq!(time(UnixMs(ms)), text);
        }
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            vec!["1".into(), "long cell".into()],
            vec!["22".into(), "x".into()],
        ];
        assert_eq!(
            table(&["N", "TEXT"], &rows),
            "N   TEXT\n1   long cell\n22  x\n"
        );
    }

    #[test]
    fn text_from_elsewhere_cannot_command_the_terminal() {
        assert_eq!(plain("a\x1b[31mb\nc"), "a\u{fffd}[31mb\u{fffd}c");
        assert_eq!(plain_lines("a\n\tb\r\x07"), "a\n\tb\u{fffd}\u{fffd}");
    }
}
