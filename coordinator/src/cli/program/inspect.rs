//! `program inspect`: what a module is made of, what it may do, and why it would be refused.

use crate::cli::coordinator_args::CoordinatorArgs;
use crate::cli::interrupt::Left;
use crate::cli::module_file::{built_in_program, is_module_path, read_module};
use crate::cli::print::{plain, size};
use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;
use shared::caveat::Caveat;
use shared::fuel_words::instructions;
use shared::ids::Digest;
use shared::job::ArgvMode;
use shared::local_program::LocalProgram;
use shared::manifest::{ExampleInput, Manifest, Reduce};
use shared::rewrite::{Changes, REWRITER};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

pub(super) const EXAMPLES: &str = "Examples:\n  \
    manyhands program inspect tool.wasm\n  \
    manyhands program inspect nqueens --built-in\n  \
    manyhands program inspect wordcount --json";

/// What to look at.
#[derive(Debug, Args)]
pub(in crate::cli) struct InspectArgs {
    /// A .wasm file, or a published program: NAME or NAME@VERSION
    program: String,
    /// The manifest of a file [default: the module's custom section `manyhands`]
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// Look at the program of this name that this binary carries, without a coordinator
    #[arg(long, conflicts_with = "manifest")]
    built_in: bool,
    #[command(flatten)]
    coordinator: CoordinatorArgs,
}

impl InspectArgs {
    pub(super) async fn run(&self, left: &Left) -> Result<()> {
        let program = if self.built_in {
            built_in_program(&self.program)?
        } else if is_module_path(&self.program) {
            read_module(Path::new(&self.program), self.manifest.as_deref())?
        } else {
            let session = self.coordinator.connect(left).await?;
            let view = session.client.program(&self.program).await?;
            let original = session.client.module_of(view.original_sha256).await?;
            let program = LocalProgram::new(original.to_vec(), Some(view.manifest))?;
            check_published(&program, view.rewriter, view.module_sha256)?;
            program
        };
        self.coordinator
            .print()
            .show(&describe_json(&program), || describe(&program))
    }
}

/// A published program is rewritten here once more: nobody has to be believed that it does what its author wrote.
fn check_published(program: &LocalProgram, rewriter: u16, published: Digest) -> Result<()> {
    let found = Digest::of(&program.module);
    if rewriter == REWRITER && found != published {
        bail!(
            "the published module {published} is not what the rewriter makes of the upload: that is {found}"
        );
    }
    Ok(())
}

fn imports(program: &LocalProgram) -> Vec<String> {
    program
        .facts
        .imports
        .iter()
        .map(|import| import.name().to_owned())
        .collect()
}

fn describe_json(program: &LocalProgram) -> serde_json::Value {
    let facts = &program.facts;
    let manifest: Option<serde_json::Value> = if program.is_plain_tool {
        None
    } else {
        serde_json::from_slice(&program.manifest_bytes).ok()
    };
    json!({
        "original_sha256": Digest::of(&program.original),
        "original_bytes": facts.size_bytes,
        "module_sha256": Digest::of(&program.module),
        "module_bytes": program.module.len(),
        "rewriter": REWRITER,
        "functions": facts.functions,
        "code_bytes": facts.code_bytes,
        "imports": imports(program),
        "features": facts.features,
        "exports": facts.exports,
        "memory_pages": facts.memory_pages,
        "memory_max_pages": facts.memory_max_pages,
        "table_elements": facts.table_elements,
        "changes": program.changes,
        "may_fail_at": Caveat::all(program),
        "manifest_sha256": (!program.is_plain_tool).then(|| Digest::of(&program.manifest_bytes)),
        "manifest": manifest,
    })
}

fn describe(program: &LocalProgram) -> String {
    let facts = &program.facts;
    let mut text = String::new();
    let mut add = |name: &str, value: &str| {
        // Writing to a String does not fail.
        let _ = writeln!(text, "{name:<14}{value}");
    };
    add(
        "uploaded",
        &format!(
            "{}, {}",
            size(facts.size_bytes as u64),
            Digest::of(&program.original)
        ),
    );
    add(
        "that runs",
        &format!(
            "{}, {}",
            size(program.module.len() as u64),
            Digest::of(&program.module)
        ),
    );
    for (at, line) in changes(&program.changes).iter().enumerate() {
        add(if at == 0 { "changed" } else { "" }, line);
    }
    add(
        "functions",
        &format!("{} ({} of code)", facts.functions, size(facts.code_bytes)),
    );
    let most = facts.memory_max_pages.map_or_else(
        || "no limit of its own".to_owned(),
        |pages| format!("at most {pages}"),
    );
    add(
        "memory pages",
        &format!("{} at the start, {most}", facts.memory_pages),
    );
    add("imports", &none_if_empty(&imports(program).join(", ")));
    add("features", &none_if_empty(&facts.features.join(", ")));
    add("can", "read its input and args, write its output and a log");
    add(
        "cannot",
        "reach the network, files, the clock or true randomness",
    );
    for (at, caveat) in Caveat::all(program).iter().enumerate() {
        add(if at == 0 { "may fail at" } else { "" }, &caveat.words());
    }
    if program.is_plain_tool {
        add(
            "manifest",
            "none: it can be published ad hoc as a plain tool",
        );
    } else {
        describe_manifest(&program.manifest, &mut add);
    }
    text
}

fn none_if_empty(text: &str) -> String {
    if text.is_empty() {
        return "none".to_owned();
    }
    text.to_owned()
}

/// What rewriting has changed, in lines.
fn changes(changes: &Changes) -> Vec<String> {
    let Changes {
        loops,
        frames,
        grows,
        canonical,
        dropped_bytes,
    } = changes;
    let lines = [
        Some(match loops {
            0 => "counts its fuel at each call".to_owned(),
            _ => format!(
                "counts its fuel at each call and in {}",
                many(*loops, "loop")
            ),
        }),
        (*canonical > 0).then(|| {
            let operations = many(*canonical, "float operation");
            format!("the same NaN in every engine, for {operations}")
        }),
        (*frames > 0).then(|| format!("one stack budget, for {}", many(*frames, "function"))),
        (*grows > 0).then(|| {
            let places = many(*grows, "place");
            format!("growing its memory obeys the job's limit, in {places}")
        }),
        (*dropped_bytes > 0).then(|| {
            let dropped = size(*dropped_bytes);
            format!("{dropped} of names and debug information left out")
        }),
    ];
    lines.into_iter().flatten().collect()
}

/// `1 loop`, `2 loops`.
fn many(count: u64, what: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {what}{ending}")
}

/// The manifest's example job as options, and how its text begins.
fn example(manifest: &Manifest) -> String {
    let example = &manifest.example;
    let arg = |(name, value): &(String, String)| format!(" --arg '{name}={value}'");
    let args: String = example.args.iter().map(arg).collect();
    match &example.input {
        ExampleInput::Range(range) => {
            let (start, end, chunk) = (range.start, range.end, range.chunk);
            format!("--range {start}..{end} --chunk {chunk}{args}")
        }
        ExampleInput::Text(text) => {
            let beginning: String = text
                .lines()
                .next()
                .unwrap_or_default()
                .chars()
                .take(60)
                .collect();
            format!("--input FILE{args}, for a file such as: {beginning} …")
        }
    }
}

fn describe_manifest(manifest: &Manifest, add: &mut impl FnMut(&str, &str)) {
    add(
        "name",
        &plain(&format!("{}@{}", manifest.name, manifest.version)),
    );
    add("summary", &plain(&manifest.summary));
    add("licence", &plain(&manifest.licence));
    if let Some(source) = &manifest.source {
        add("source", &plain(source));
    }
    add(
        "args",
        match manifest.argv_mode {
            ArgvMode::Staged => "named, with the stage first",
            ArgvMode::Plain => "as given behind --",
        },
    );
    for arg in &manifest.args {
        add("", &plain(&arg.help_line()));
    }
    add(
        "reduce",
        match manifest.reduce {
            Reduce::None => "none: the outputs are joined",
            Reduce::Final => "once, over all outputs",
            Reduce::Associative => "in groups, as outputs come in",
        },
    );
    let splits: Vec<_> = manifest
        .splits
        .accepted
        .iter()
        .map(|kind| kind.name())
        .collect();
    add("splits", &splits.join(", "));
    add("output", manifest.output.name());
    add("example", &plain(&example(manifest)));
    let limits = &manifest.limits;
    add(
        "limits",
        &format!(
            "fuel {} ({}), memory {}, output {}, wall {} s",
            limits.fuel,
            instructions(limits.fuel),
            size(u64::from(limits.memory_pages) << 16),
            size(limits.output_bytes.into()),
            limits.wall_ms / 1000
        ),
    );
}
