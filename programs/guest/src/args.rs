//! The args of a job: `name=value` each. Runners fill in the manifest's defaults and check its ranges, but nothing makes
//! every runner do so, so both are checked again here.

use crate::Problem;
use std::ffi::OsString;
use std::ops::RangeInclusive;

/// The args by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Args(Vec<(String, String)>);

impl Args {
    /// Reads `name=value` args.
    ///
    /// # Errors
    /// When one has another form or a name stands there twice.
    pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Self, Problem> {
        let mut args = Self::default();
        for arg in words {
            let pair = arg.to_str().and_then(|arg| arg.split_once('='));
            let (name, value) =
                pair.ok_or_else(|| format!("the arg {} is not name=value", arg.display()))?;
            if args.get(name).is_some() {
                return Err(format!("the arg {name} is given twice").into());
            }
            args.0.push((name.to_owned(), value.to_owned()));
        }
        Ok(args)
    }

    /// These args: for tests.
    #[must_use]
    pub fn of(pairs: &[(&str, &str)]) -> Self {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self(pairs.iter().map(own).collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        Some(value)
    }

    /// A text.
    ///
    /// # Errors
    /// When it is not given.
    pub fn text(&self, name: &str) -> Result<&str, Problem> {
        let value = self.get(name);
        Ok(value.ok_or_else(|| format!("the arg {name} is missing"))?)
    }

    /// A whole number in a range.
    ///
    /// # Errors
    /// When it is not given or not such a number.
    pub fn integer(&self, name: &str, range: RangeInclusive<i64>) -> Result<i64, Problem> {
        let text = self.text(name)?;
        let number = text.parse().ok().filter(|number| range.contains(number));
        Ok(number.ok_or_else(|| {
            let (from, to) = (range.start(), range.end());
            format!("the arg {name} must be a whole number from {from} to {to}, not {text:?}")
        })?)
    }

    /// A count: a whole number in a range that begins at 0 or above.
    ///
    /// # Errors
    /// When it is not given or not such a number.
    pub fn count(&self, name: &str, range: RangeInclusive<u32>) -> Result<u32, Problem> {
        let range = i64::from(*range.start())..=i64::from(*range.end());
        let number = self.integer(name, range)?;
        Ok(u32::try_from(number).map_err(|_| format!("the arg {name} is negative"))?)
    }

    /// A number in a range.
    ///
    /// # Errors
    /// When it is not given or not such a number.
    pub fn number(&self, name: &str, range: RangeInclusive<f64>) -> Result<f64, Problem> {
        let text = self.text(name)?;
        let number = text.parse().ok().filter(|number| range.contains(number));
        Ok(number.ok_or_else(|| {
            let (from, to) = (range.start(), range.end());
            format!("the arg {name} must be a number from {from} to {to}, not {text:?}")
        })?)
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// When it is not given or neither.
    pub fn boolean(&self, name: &str) -> Result<bool, Problem> {
        match self.text(name)? {
            "true" => Ok(true),
            "false" => Ok(false),
            other => Err(format!("the arg {name} must be true or false, not {other:?}").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Args, Problem> {
        Args::parse(words.iter().map(OsString::from))
    }

    #[test]
    fn args_are_found_by_name_and_keep_what_follows_the_first_equals_sign() {
        let args = parse(&["pattern=a=b", "k=21", "size=1e-3", "invert=true", "empty="]).unwrap();
        assert_eq!(args.text("pattern").unwrap(), "a=b");
        assert_eq!(args.text("empty").unwrap(), "");
        assert_eq!(args.integer("k", 1..=32).unwrap(), 21);
        assert_eq!(args.count("k", 1..=32).unwrap(), 21);
        assert!((args.number("size", 0.0..=1.0).unwrap() - 1e-3).abs() < 1e-18);
        assert!(args.boolean("invert").unwrap());
    }

    #[test]
    fn args_that_do_not_fit_are_refused_with_their_name() {
        let args = parse(&["k=33", "x=nan", "invert=yes"]).unwrap();
        for (problem, message) in [
            (args.text("query").map(drop), "the arg query is missing"),
            (
                args.integer("k", 1..=32).map(drop),
                "the arg k must be a whole number from 1 to 32, not \"33\"",
            ),
            (
                args.count("x", 1..=32).map(drop),
                "the arg x must be a whole number",
            ),
            (
                args.number("x", 0.0..=1.0).map(drop),
                "the arg x must be a number from 0 to 1",
            ),
            (
                args.boolean("invert").map(drop),
                "the arg invert must be true or false",
            ),
            (parse(&["k"]).map(drop), "the arg k is not name=value"),
            (parse(&["k=1", "k=2"]).map(drop), "the arg k is given twice"),
        ] {
            let problem = problem.unwrap_err().to_string();
            assert!(problem.starts_with(message), "{problem}");
        }
    }
}
