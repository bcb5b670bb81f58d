//! From the JSON shape to a manifest: each rule once, each error with its field.

use super::args::{ArgKind, ArgSpec, MAX_NAME_BYTES, MAX_SCHEMA_ARGS, MAX_TEXT_BYTES};
use super::json::{
    ArgJson, ArgTypeJson, ArgvModeName, ExampleJson, LimitsJson, ManifestJson, Reduce,
};
use super::{AcceptedSplits, Example, ExampleInput, Manifest, ManifestError};
use crate::job::{Limits, MAX_FUEL, MAX_MEMORY_PAGES, MAX_OUTPUT_BYTES, MAX_TASKS};
use crate::leaf::RangeInput;
use crate::program::is_program_name;
use serde_json::{Number, Value};

const MAX_SENTENCE_CHARS: usize = 200;
const MAX_LICENCE_CHARS: usize = 100;
const MAX_SOURCE_CHARS: usize = 500;
const MAX_VERSION_CHARS: usize = 64;
const MAX_CHOICES: usize = 100;
const MAX_CHOICE_CHARS: usize = 200;
const MAX_EXAMPLE_BYTES: usize = 16 * 1024;

type Result<T> = std::result::Result<T, ManifestError>;

pub(super) fn check(json: ManifestJson) -> Result<Manifest> {
    if !is_program_name(&json.name) {
        return Err(ManifestError::field(
            "name",
            format!(
                "{:?} must be 2 to 40 of a-z, 0-9 and -, beginning with a letter",
                json.name
            ),
        ));
    }
    if !is_version(&json.version) {
        let problem = format!("{:?} must be a version such as 1.0.0", json.version);
        return Err(ManifestError::field("version", problem));
    }
    line("summary", &json.summary, MAX_SENTENCE_CHARS)?;
    line("licence", &json.licence, MAX_LICENCE_CHARS)?;
    if let Some(source) = &json.source {
        check_source(source)?;
    }
    let args = check_args(&json)?;
    let mut manifest = Manifest {
        name: json.name,
        version: json.version,
        summary: json.summary,
        licence: json.licence,
        source: json.source,
        argv_mode: json.argv_mode.into(),
        reduce: json.reduce,
        splits: AcceptedSplits::check(&json.splits)?,
        args,
        output: json.output,
        limits: check_limits(&json.limits)?,
        example: Example {
            input: ExampleInput::Text(String::new()),
            args: Vec::new(),
        },
    };
    manifest.example = check_example(&manifest, json.example)?;
    Ok(manifest)
}

/// `MAJOR.MINOR.PATCH`, and what semantic versions may have behind it.
fn is_version(text: &str) -> bool {
    let core = text.split(['-', '+']).next().unwrap_or_default();
    let is_number = |part: &str| {
        !part.is_empty()
            && part.len() <= 10
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && (part == "0" || !part.starts_with('0'))
    };
    let is_word = |part: &str| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+');
        !part.ends_with(['.', '-', '+']) && part.bytes().all(known)
    };
    text.len() <= MAX_VERSION_CHARS
        && core.split('.').count() == 3
        && core.split('.').all(is_number)
        && is_word(text)
}

/// A printable text in one line, not empty.
fn line(field: impl Into<String>, text: &str, most: usize) -> Result<()> {
    let chars = text.chars().count();
    if chars == 0 || chars > most {
        let problem = format!("it has {chars} characters, it must have 1 to {most}");
        return Err(ManifestError::field(field, problem));
    }
    if text.chars().any(char::is_control) {
        let problem = "it must be one line without control characters";
        return Err(ManifestError::field(field, problem));
    }
    Ok(())
}

fn check_source(source: &str) -> Result<()> {
    line("source", source, MAX_SOURCE_CHARS)?;
    let host = source
        .strip_prefix("https://")
        .and_then(|rest| rest.split('/').next());
    let is_host = host.is_some_and(|host| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':');
        !host.is_empty() && host.bytes().all(known)
    });
    if !is_host || source.contains(char::is_whitespace) {
        return Err(ManifestError::field(
            "source",
            "it must be a URL that begins with https://",
        ));
    }
    Ok(())
}

fn check_args(json: &ManifestJson) -> Result<Vec<ArgSpec>> {
    if json.argv_mode == ArgvModeName::Plain {
        if !json.args.is_empty() {
            let problem = "a plain tool has no schema: it gets its args as they are given";
            return Err(ManifestError::field("args", problem));
        }
        if json.reduce != Reduce::None {
            let problem = "a plain tool knows no stages, so reduce must be none";
            return Err(ManifestError::field("reduce", problem));
        }
    }
    if json.args.len() > MAX_SCHEMA_ARGS {
        let problem = format!("{} args, at most {MAX_SCHEMA_ARGS}", json.args.len());
        return Err(ManifestError::field("args", problem));
    }
    let mut args: Vec<ArgSpec> = Vec::with_capacity(json.args.len());
    for (arg, index) in json.args.iter().zip(0..) {
        let at = |field: &str| format!("args[{index}].{field}");
        if !is_arg_name(&arg.name) {
            let problem = format!(
                "{:?} must be 1 to {MAX_NAME_BYTES} of a-z, 0-9, _ and -, beginning with a letter",
                arg.name
            );
            return Err(ManifestError::field(at("name"), problem));
        }
        if args.iter().any(|earlier| earlier.name == arg.name) {
            let problem = format!("{} stands there twice", arg.name);
            return Err(ManifestError::field(at("name"), problem));
        }
        line(at("help"), &arg.help, MAX_SENTENCE_CHARS)?;
        let kind =
            arg_kind(arg).map_err(|(field, problem)| ManifestError::field(at(field), problem))?;
        let default = arg.default.as_ref().map(|value| default_of(&kind, value));
        let default = default
            .transpose()
            .map_err(|problem| ManifestError::field(at("default"), problem))?;
        args.push(ArgSpec {
            name: arg.name.clone(),
            help: arg.help.clone(),
            kind,
            default,
        });
    }
    Ok(args)
}

fn is_arg_name(name: &str) -> bool {
    let known = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.len() <= MAX_NAME_BYTES
        && name.bytes().all(known)
}

/// The arg's type with its bounds, or which field is wrong and why.
fn arg_kind(arg: &ArgJson) -> std::result::Result<ArgKind, (&'static str, String)> {
    let kind = arg.kind;
    let has_range = matches!(kind, ArgTypeJson::Integer | ArgTypeJson::Number);
    for (field, given, belongs) in [
        ("min", arg.min.is_some(), has_range),
        ("max", arg.max.is_some(), has_range),
        (
            "max_bytes",
            arg.max_bytes.is_some(),
            kind == ArgTypeJson::Text,
        ),
        (
            "choices",
            arg.choices.is_some(),
            kind == ArgTypeJson::Choice,
        ),
    ] {
        if given && !belongs {
            return Err((field, "an arg of this type has no such field".to_owned()));
        }
    }
    match kind {
        ArgTypeJson::Integer => {
            let bound = |field, number: &Option<Number>, without| match number {
                None => Ok(without),
                Some(number) => number
                    .as_i64()
                    .ok_or_else(|| (field, format!("{number} must be a whole number of 64 bits"))),
            };
            let min = bound("min", &arg.min, i64::MIN)?;
            let max = bound("max", &arg.max, i64::MAX)?;
            if min > max {
                return Err(("max", format!("{max} is below min, {min}")));
            }
            Ok(ArgKind::Integer { min, max })
        }
        ArgTypeJson::Number => {
            let bound = |number: &Option<Number>, without| {
                number.as_ref().and_then(Number::as_f64).unwrap_or(without)
            };
            let (min, max) = (bound(&arg.min, f64::MIN), bound(&arg.max, f64::MAX));
            if min > max {
                return Err(("max", format!("{max} is below min, {min}")));
            }
            Ok(ArgKind::Number { min, max })
        }
        ArgTypeJson::Text => {
            let max_bytes = arg.max_bytes.unwrap_or(MAX_TEXT_BYTES);
            if max_bytes > MAX_TEXT_BYTES {
                return Err((
                    "max_bytes",
                    format!("{max_bytes} must be at most {MAX_TEXT_BYTES}"),
                ));
            }
            Ok(ArgKind::Text { max_bytes })
        }
        ArgTypeJson::Choice => {
            let choices = arg.choices.clone().unwrap_or_default();
            if choices.is_empty() || choices.len() > MAX_CHOICES {
                let problem = format!("it needs 1 to {MAX_CHOICES} choices");
                return Err(("choices", problem));
            }
            for (index, choice) in choices.iter().enumerate() {
                let chars = choice.chars().count();
                let is_printable = !choice.chars().any(char::is_control);
                if chars == 0 || chars > MAX_CHOICE_CHARS || !is_printable {
                    let problem =
                        format!("each must be 1 to {MAX_CHOICE_CHARS} printable characters");
                    return Err(("choices", problem));
                }
                if choices.iter().take(index).any(|earlier| earlier == choice) {
                    return Err(("choices", format!("{choice:?} stands there twice")));
                }
            }
            Ok(ArgKind::Choice(choices))
        }
        ArgTypeJson::Boolean => Ok(ArgKind::Boolean),
    }
}

/// The default as the program gets it.
fn default_of(kind: &ArgKind, value: &Value) -> std::result::Result<String, String> {
    let text = match (kind, value) {
        (ArgKind::Integer { .. } | ArgKind::Number { .. }, Value::Number(number)) => {
            number.to_string()
        }
        (ArgKind::Text { .. } | ArgKind::Choice(_), Value::String(text)) => text.clone(),
        (ArgKind::Boolean, Value::Bool(value)) => value.to_string(),
        _ => return Err(format!("{value} is not of the arg's type")),
    };
    kind.accept(&text)
}

fn check_limits(json: &LimitsJson) -> Result<Limits> {
    let usual = Limits::default();
    let limits = Limits {
        fuel: json.fuel.unwrap_or(usual.fuel),
        memory_pages: json.memory_pages.unwrap_or(usual.memory_pages),
        output_bytes: json.output_bytes.unwrap_or(usual.output_bytes),
        wall_ms: json.wall_ms.unwrap_or(usual.wall_ms),
    };
    for (field, value, most) in [
        ("fuel", limits.fuel, MAX_FUEL),
        (
            "memory_pages",
            limits.memory_pages.into(),
            MAX_MEMORY_PAGES.into(),
        ),
        (
            "output_bytes",
            limits.output_bytes.into(),
            MAX_OUTPUT_BYTES.into(),
        ),
        ("wall_ms", limits.wall_ms.into(), u32::MAX.into()),
    ] {
        if !(1..=most).contains(&value) {
            let problem = format!("{value} must be 1 to {most}");
            return Err(ManifestError::field(format!("limits.{field}"), problem));
        }
    }
    Ok(limits)
}

fn check_example(manifest: &Manifest, json: ExampleJson) -> Result<Example> {
    let input = match (json.input, json.range) {
        (Some(text), None) => {
            if text.len() > MAX_EXAMPLE_BYTES {
                let problem = format!("{} bytes, at most {MAX_EXAMPLE_BYTES}", text.len());
                return Err(ManifestError::field("example.input", problem));
            }
            ExampleInput::Text(text)
        }
        (None, Some(range)) => {
            let range = RangeInput {
                start: range.start,
                end: range.end,
                chunk: range.chunk,
            };
            if !manifest.splits.takes_range() {
                let problem = "range is not one of splits.accepted";
                return Err(ManifestError::field("example.range", problem));
            }
            if range.task_count().is_none_or(|count| count > MAX_TASKS) {
                let problem = format!(
                    "end must be above start, chunk at least 1, and there may be at most {MAX_TASKS} tasks"
                );
                return Err(ManifestError::field("example.range", problem));
            }
            ExampleInput::Range(range)
        }
        _ => {
            let problem = "it needs exactly one of input and range";
            return Err(ManifestError::field("example", problem));
        }
    };
    let args: Vec<_> = json.args.into_iter().collect();
    manifest
        .args_from_named(&args)
        .map_err(|error| ManifestError::field("example.args", error.to_string()))?;
    Ok(Example { input, args })
}
