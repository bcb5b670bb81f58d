//! A draft as a line of the command line.

use super::draft::{Draft, InputDraft, ProgramChoice};

/// The line that posts the same job; `files` are the names of the input files, `common` that of the common file.
#[must_use]
pub fn command_line(draft: &Draft, url: &str, files: &[String], common: Option<&str>) -> String {
    let mut words = vec![format!("manyhands job submit --url {}", quoted(url))];
    match &draft.program {
        ProgramChoice::None => {}
        ProgramChoice::Published(name) => words.push(option("program", name)),
        ProgramChoice::Upload { module, manifest } => {
            words.push(option("program", &path(&module.name)));
            let manifest = manifest.as_ref();
            words.extend(manifest.map(|file| option("manifest", &path(&file.name))));
        }
    }
    match &draft.input {
        InputDraft::Files { split } => {
            words.extend(files.iter().map(|name| option("input", &path(name))));
            words.extend(given("split", split));
        }
        InputDraft::Text { split, .. } => {
            words.push(option("input", "input.txt"));
            words.extend(given("split", split));
        }
        InputDraft::Range { start, end, chunk } => {
            let (start, end) = (start.trim(), end.trim());
            words.push(format!("--range={}", quoted(&format!("{start}..{end}"))));
            words.extend(given("chunk", chunk));
        }
    }
    words.extend(common.map(|name| option("common", &path(name))));
    let args = draft.args.iter();
    words.extend(args.map(|(name, value)| option("arg", &format!("{name}={value}"))));
    words.push(format!("--trust {}", draft.trust));
    let limits = draft.limits.named();
    words.extend(limits.map(|(name, value)| option("limit", &format!("{name}={value}"))));
    words.extend(given("seed", &draft.seed));
    words.extend(given("title", &draft.title));
    words.push("--wait --output result".to_owned());
    let plain: Vec<_> = draft.plain_args.lines().map(quoted).collect();
    if !plain.is_empty() {
        words.push(format!("-- {}", plain.join(" ")));
    }
    words.join(" \\\n    ")
}

fn option(name: &str, value: &str) -> String {
    format!("--{name} {}", quoted(value))
}

fn given(name: &str, value: &str) -> Option<String> {
    let value = value.trim();
    (!value.is_empty()).then(|| option(name, value))
}

/// A file's name such that it is taken for a file, whatever it begins with.
fn path(name: &str) -> String {
    if name.starts_with('-') || !name.contains('.') {
        format!("./{name}")
    } else {
        name.to_owned()
    }
}

/// A word as a POSIX shell reads it back.
fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@%+,".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
