//! From a draft to tasks: everything is checked, the input is cut and hashed.

use super::api::Api;
use super::chunks;
use super::cuts::{Cuts, Source};
use super::program::ChosenProgram;
use shared::api::status::ServerLimits;
use shared::ids::{Digest, JobNonce, SubmitterKey};
use shared::job::{ArgvMode, Job, Policy};
use shared::leaf::{Leaf, RangeInput, range_line};
use shared::manifest::DefaultSplit;
use shared::page::submit::{
    Draft, InputDraft, LimitsDraft, PreviewTask, SplitFacts, Trouble, TroubleCode,
};
use shared::split::SplitSpec;
use shared::wish::{self, LimitArg, Tasks, Wish};
use std::rc::Rc;
use web_sys::Blob;

/// Tasks in a preview.
pub(super) const PREVIEW_TASKS: usize = 3;
/// Characters of each task in a preview.
const PREVIEW_CHARS: usize = 240;

/// A draft that can be submitted.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) program: Rc<ChosenProgram>,
    pub(super) wish: Wish,
    pub(super) input: PreparedInput,
    pub(super) common: Option<Vec<u8>>,
    pub(super) title: String,
    pub(super) facts: SplitFacts,
    /// What the first task reads.
    pub(super) first: Rc<[u8]>,
}

/// An input that was made into tasks.
#[derive(Debug, Clone)]
pub(super) enum PreparedInput {
    Chunks {
        blobs: Vec<Blob>,
        split: SplitSpec,
        leaves: Rc<[Leaf]>,
    },
    Range(RangeInput),
}

/// What a draft is prepared of, beside itself.
#[derive(Debug, Clone)]
pub(super) struct Material {
    pub(super) program: Option<Rc<ChosenProgram>>,
    pub(super) files: Vec<Blob>,
    pub(super) common: Option<Blob>,
}

impl Prepared {
    /// Checks, cuts and hashes. `told` hears how far it is, and says whether it is still wanted.
    pub(super) async fn make(
        api: &Api,
        draft: &Draft,
        material: Material,
        cuts: &Cuts,
        told: impl Fn(u64, u64) -> bool,
    ) -> Result<Self, Trouble> {
        let limits = api.status().limits;
        let program = material
            .program
            .ok_or_else(|| Trouble::new(TroubleCode::NoProgram, "no program is chosen"))?;
        let common = match &material.common {
            Some(blob) => Some(chunks::whole(blob, limits.chunk_bytes).await?),
            None => None,
        };
        let wish = wish_of(draft, &program, common.as_deref())?;
        let (input, facts, first) = match &draft.input {
            InputDraft::Range { start, end, chunk } => {
                let range = range_of(start, end, chunk, &program, &limits)?;
                let (facts, first) = range_facts(range);
                (PreparedInput::Range(range), facts, first)
            }
            InputDraft::Files { split } => {
                let split = split_of(split, &program)?;
                let source = Source::Files(material.files);
                cuts.cut(source, split, &limits, told).await?
            }
            InputDraft::Text { text, split } => {
                let split = split_of(split, &program)?;
                let source = Source::Text(text.clone());
                cuts.cut(source, split, &limits, told).await?
            }
        };
        let prepared = Self {
            program,
            wish,
            input,
            common,
            title: draft.title.trim().to_owned(),
            facts,
            first,
        };
        // The rules of the signed job, before anything is signed and perhaps before there is a key.
        let job = prepared.job(SubmitterKey([1; 32]), JobNonce([0; 16]));
        job.check()
            .map_err(|error| Trouble::new(TroubleCode::Job, error.to_string()))?;
        Ok(prepared)
    }

    /// The job to be signed.
    pub(super) fn job(&self, key: SubmitterKey, nonce: JobNonce) -> Job {
        let tasks = match &self.input {
            PreparedInput::Chunks { leaves, .. } => Tasks::Chunks(leaves),
            PreparedInput::Range(range) => Tasks::Range(*range),
        };
        self.wish.job(nonce, key, tasks)
    }
}

fn wish_of(draft: &Draft, program: &ChosenProgram, common: Option<&[u8]>) -> Result<Wish, Trouble> {
    let manifest = &program.manifest;
    let args = match manifest.argv_mode {
        ArgvMode::Plain => {
            let lines = draft.plain_args.lines();
            lines.map(|line| line.as_bytes().to_vec()).collect()
        }
        ArgvMode::Staged => manifest
            .args_from_named(&draft.args)
            .map_err(|error| Trouble::new(TroubleCode::Args, error.to_string()))?,
    };
    let wished = limit_args(&draft.limits)?;
    let seed = match draft.seed.trim() {
        "" => "0",
        seed => seed,
    };
    Ok(Wish {
        module_sha256: program.module_sha256,
        manifest_sha256: program.manifest_sha256,
        argv_mode: manifest.argv_mode,
        args,
        common_sha256: common.map_or(Digest::NONE, Digest::of),
        trust: draft.trust,
        policy: Policy::Balanced,
        limits: wish::limits(manifest.limits, &wished),
        seed: wish::seed(seed).map_err(|error| Trouble::new(TroubleCode::Limits, error))?,
    })
}

/// The limits that were typed.
pub(super) fn limit_args(limits: &LimitsDraft) -> Result<Vec<LimitArg>, Trouble> {
    let args = limits.named().map(|(name, value)| {
        format!("{name}={value}")
            .parse::<LimitArg>()
            .map_err(|error| Trouble::new(TroubleCode::Limits, error))
    });
    args.collect()
}

/// The split that was typed, or the program's default.
fn split_of(text: &str, program: &ChosenProgram) -> Result<SplitSpec, Trouble> {
    let wrong = |detail: String| Trouble::new(TroubleCode::Split, detail);
    let split = match (text.trim(), &program.manifest.splits.default) {
        ("", DefaultSplit::Data(split)) => split.clone(),
        ("", DefaultSplit::Range { .. }) => {
            return Err(wrong("say how the input is cut".into()));
        }
        (text, _) => text
            .parse::<SplitSpec>()
            .map_err(|error| wrong(error.to_string()))?,
    };
    if program.manifest.splits.takes(&split) {
        return Ok(split);
    }
    Err(wrong(format!(
        "the program does not take the split {split}"
    )))
}

fn range_of(
    start: &str,
    end: &str,
    chunk: &str,
    program: &ChosenProgram,
    limits: &ServerLimits,
) -> Result<RangeInput, Trouble> {
    let wrong = |detail: String| Trouble::new(TroubleCode::Split, detail);
    if !program.manifest.splits.takes_range() {
        return Err(wrong("the program does not take a range".into()));
    }
    let range = format!("{}..{}", start.trim(), end.trim());
    let range: wish::RangeArg = range.parse().map_err(wrong)?;
    let chunk = match (chunk.trim(), &program.manifest.splits.default) {
        ("", DefaultSplit::Range { chunk }) => *chunk,
        (text, _) => text
            .parse()
            .ok()
            .filter(|chunk| *chunk > 0)
            .ok_or_else(|| wrong("say how many numbers a task gets".into()))?,
    };
    let range = RangeInput {
        start: range.start,
        end: range.end,
        chunk,
    };
    match range.task_count() {
        Some(count) if count <= limits.tasks => Ok(range),
        _ => Err(wrong(format!(
            "it comes to more than {} tasks: give each more numbers",
            limits.tasks
        ))),
    }
}

fn range_facts(range: RangeInput) -> (SplitFacts, Rc<[u8]>) {
    let line = |leaf| match leaf {
        Leaf::Range { start, end } => range_line(start, end),
        Leaf::Chunk { .. } | Leaf::Subset { .. } => String::new(),
    };
    let lines: Vec<String> = range.leaves().take(PREVIEW_TASKS).map(line).collect();
    let first = lines.first().map_or(&[][..], |line| line.as_bytes()).into();
    let tasks = lines.into_iter().map(|line| preview(line.as_bytes()));
    let facts = SplitFacts {
        task_count: range.task_count().unwrap_or(0),
        total_bytes: 0,
        longest_bytes: 0,
        first: tasks.collect(),
        split: format!("range:{}", range.chunk),
    };
    (facts, first)
}

pub(super) fn preview(chunk: &[u8]) -> PreviewTask {
    let beginning = chunk.get(..PREVIEW_CHARS * 4).unwrap_or(chunk);
    let text = String::from_utf8_lossy(beginning);
    PreviewTask {
        bytes: chunk.len() as u64,
        beginning: text.chars().take(PREVIEW_CHARS).collect(),
    }
}
