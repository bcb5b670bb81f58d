//! The args of a program: their types and ranges, and named values turned into a job's args.

use crate::job::{MAX_ARG_BYTES, MAX_ARGS};

/// One arg of a program.
#[derive(Debug, Clone, PartialEq)]
pub struct ArgSpec {
    /// Its name, `[a-z][a-z0-9_-]{0,31}`.
    pub name: String,
    /// What it is for, at most 200 characters.
    pub help: String,
    /// What it may be.
    pub kind: ArgKind,
    /// What it is when nobody says; without a default it must be given.
    pub default: Option<String>,
}

/// What an arg may be.
#[derive(Debug, Clone, PartialEq)]
pub enum ArgKind {
    /// A whole number in decimal digits.
    Integer {
        /// Least value.
        min: i64,
        /// Greatest value.
        max: i64,
    },
    /// A finite decimal number.
    Number {
        /// Least value.
        min: f64,
        /// Greatest value.
        max: f64,
    },
    /// Any text without NUL.
    Text {
        /// Most bytes.
        max_bytes: usize,
    },
    /// One of these.
    Choice(Vec<String>),
    /// `true` or `false`.
    Boolean,
}

/// Why named values are not a program's args.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArgError {
    /// The program has no such arg.
    #[error("the program has no arg {name:?}{}", list_of(.known))]
    Unknown {
        /// The name.
        name: String,
        /// The args that it has.
        known: Vec<String>,
    },
    /// An arg is given twice.
    #[error("the arg {name} is given twice")]
    Twice {
        /// The name.
        name: String,
    },
    /// An arg without default is not given.
    #[error("the arg {name} must be given: {help}")]
    Missing {
        /// The name.
        name: String,
        /// What it is for.
        help: String,
    },
    /// A value is not what the arg may be.
    #[error("the arg {name}: {problem}")]
    Value {
        /// The name.
        name: String,
        /// What is wrong and what is allowed.
        problem: String,
    },
}

fn list_of(names: &[String]) -> String {
    if names.is_empty() {
        ": it takes none".to_owned()
    } else {
        format!(": it has {}", names.join(", "))
    }
}

impl ArgSpec {
    /// What it is, in a line for people: `--arg NAME=…  help (what it may be; its default)`. The author's words.
    #[must_use]
    pub fn help_line(&self) -> String {
        let default = self.default.as_ref().map_or_else(
            || "required".to_owned(),
            |value| format!("default {value:?}"),
        );
        let Self {
            name, help, kind, ..
        } = self;
        format!("--arg {name}=…  {help} ({}; {default})", kind.words())
    }
}

impl ArgKind {
    /// What it may be, for people.
    fn words(&self) -> String {
        match self {
            Self::Integer { min, max } => format!("a whole number from {min} to {max}"),
            Self::Number { min, max } => format!("a number from {min} to {max}"),
            Self::Text { max_bytes } => format!("text of at most {max_bytes} bytes"),
            Self::Choice(choices) => format!("one of {}", choices.join(", ")),
            Self::Boolean => "true or false".to_owned(),
        }
    }

    /// The value as the program gets it.
    ///
    /// # Errors
    /// What is wrong with the value and what is allowed.
    pub fn accept(&self, value: &str) -> Result<String, String> {
        match self {
            Self::Integer { min, max } => {
                let number: i64 = value
                    .parse()
                    .map_err(|_| format!("{value:?} is not a whole number"))?;
                if (*min..=*max).contains(&number) {
                    Ok(number.to_string())
                } else {
                    Err(format!("{number} is not between {min} and {max}"))
                }
            }
            Self::Number { min, max } => match value.parse::<f64>() {
                Ok(number) if number.is_finite() && (*min..=*max).contains(&number) => {
                    Ok(value.to_owned())
                }
                Ok(number) if number.is_finite() => {
                    Err(format!("{value} is not between {min} and {max}"))
                }
                _ => Err(format!("{value:?} is not a number")),
            },
            Self::Text { max_bytes } => {
                if value.len() > *max_bytes {
                    Err(format!(
                        "it has {} bytes, at most {max_bytes} are allowed",
                        value.len()
                    ))
                } else if value.contains('\0') {
                    Err("it must not contain NUL".to_owned())
                } else {
                    Ok(value.to_owned())
                }
            }
            Self::Choice(choices) => {
                if choices.iter().any(|choice| choice == value) {
                    Ok(value.to_owned())
                } else {
                    Err(format!("{value:?} is not one of {}", choices.join(", ")))
                }
            }
            Self::Boolean => match value {
                "true" | "false" => Ok(value.to_owned()),
                _ => Err(format!("{value:?} is neither true nor false")),
            },
        }
    }
}

/// `name=value` for each arg of the schema, in its order.
pub(super) fn from_named(
    schema: &[ArgSpec],
    named: &[(String, String)],
) -> Result<Vec<Vec<u8>>, ArgError> {
    for (index, (name, _)) in named.iter().enumerate() {
        if !schema.iter().any(|arg| arg.name == *name) {
            return Err(ArgError::Unknown {
                name: name.chars().take(80).collect(),
                known: schema.iter().map(|arg| arg.name.clone()).collect(),
            });
        }
        if named.iter().take(index).any(|(earlier, _)| earlier == name) {
            return Err(ArgError::Twice { name: name.clone() });
        }
    }
    schema.iter().map(|arg| one(arg, named)).collect()
}

fn one(arg: &ArgSpec, named: &[(String, String)]) -> Result<Vec<u8>, ArgError> {
    let given = named.iter().find(|(name, _)| *name == arg.name);
    let value = match (given, &arg.default) {
        (Some((_, value)), _) => arg.kind.accept(value).map_err(|problem| ArgError::Value {
            name: arg.name.clone(),
            problem,
        })?,
        (None, Some(default)) => default.clone(),
        (None, None) => {
            return Err(ArgError::Missing {
                name: arg.name.clone(),
                help: arg.help.clone(),
            });
        }
    };
    Ok(format!("{}={value}", arg.name).into_bytes())
}

/// Most args of a schema: a job has no more.
pub(super) const MAX_SCHEMA_ARGS: usize = MAX_ARGS;
/// Longest name of an arg, bytes.
pub(super) const MAX_NAME_BYTES: usize = 32;
/// Most bytes of a text: what is left of a job's arg behind the longest name.
pub(super) const MAX_TEXT_BYTES: usize = MAX_ARG_BYTES - MAX_NAME_BYTES - 1;
