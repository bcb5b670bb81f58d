//! Figures beside their targets.

use anyhow::{Context as _, Result};
use serde_json::Value;

/// A figure, how it is shown, and what it should be.
pub(super) struct Row {
    name: &'static str,
    words: &'static str,
    unit: &'static str,
    target: Bound,
}

/// What a figure should be.
#[derive(Clone, Copy)]
pub(super) enum Bound {
    /// Nobody said.
    None,
    AtMost(f64),
    AtLeast(f64),
}

impl Row {
    pub(super) const fn new(
        name: &'static str,
        words: &'static str,
        unit: &'static str,
        target: Bound,
    ) -> Self {
        Self {
            name,
            words,
            unit,
            target,
        }
    }
}

/// Prints a line for each row.
///
/// # Errors
/// When the figures lack one.
pub(super) fn show(rows: &[Row], figures: &Value) -> Result<()> {
    for row in rows {
        println!("{}", line(row, figures)?);
    }
    Ok(())
}

fn line(row: &Row, figures: &Value) -> Result<String> {
    let value = figures.get(row.name).and_then(Value::as_f64);
    let value = value.with_context(|| format!("the figures lack {}", row.name))?;
    let verdict = |is_met: bool| if is_met { "met" } else { "missed" };
    let target = match row.target {
        Bound::None => String::new(),
        Bound::AtMost(most) => format!("   at most {most:.0}: {}", verdict(value <= most)),
        Bound::AtLeast(least) => format!("   at least {least:.0}: {}", verdict(value >= least)),
    };
    Ok(format!(
        "  {:<40}{value:>12.1} {:<6}{target}",
        row.words, row.unit
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_figure_stands_beside_its_target() {
        let row = |target| Row::new("x", "an x", "µs", target);
        let shown = line(&row(Bound::AtMost(100.0)), &json!({"x": 62.25})).unwrap();
        assert!(shown.ends_with("62.2 µs       at most 100: met"), "{shown}");
        let shown = line(&row(Bound::AtMost(100.0)), &json!({"x": 100.5})).unwrap();
        assert!(shown.ends_with("missed"), "{shown}");
        let shown = line(&row(Bound::AtLeast(100.0)), &json!({"x": 100.5})).unwrap();
        assert!(shown.ends_with("at least 100: met"), "{shown}");
        assert!(line(&row(Bound::None), &json!({})).is_err());
    }
}
