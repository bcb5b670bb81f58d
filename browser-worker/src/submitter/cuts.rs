//! Cuts an input into tasks and hashes them, and remembers the last: a draft changes more often than its input.

use super::chunks::{self, Chunks};
use super::prepare::{PREVIEW_TASKS, PreparedInput, preview};
use gloo_timers::future::TimeoutFuture;
use js_sys::Array;
use shared::api::status::ServerLimits;
use shared::ids::Digest;
use shared::leaf::Leaf;
use shared::page::submit::{SplitFacts, Trouble, TroubleCode};
use shared::split::SplitSpec;
use std::cell::RefCell;
use std::rc::Rc;
use web_sys::Blob;

/// Bytes after which others are let in while an input is cut.
const BREATHE_BYTES: u64 = 8 << 20;

/// The last input that was cut.
#[derive(Debug, Default)]
pub(super) struct Cuts(RefCell<Option<(Source, SplitSpec, Cut)>>);

/// An input.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Source {
    Files(Vec<Blob>),
    Text(String),
}

/// The tasks, what is shown of them, and what the first one reads.
type Cut = (PreparedInput, SplitFacts, Rc<[u8]>);

impl Cuts {
    /// Cuts an input, or gives again what the same came to before.
    pub(super) async fn cut(
        &self,
        source: Source,
        split: SplitSpec,
        limits: &ServerLimits,
        told: impl Fn(u64, u64) -> bool,
    ) -> Result<Cut, Trouble> {
        if let Some((last, last_split, cut)) = &*self.0.borrow()
            && *last == source
            && *last_split == split
        {
            return Ok(cut.clone());
        }
        let blobs = match &source {
            Source::Files(blobs) => blobs.clone(),
            Source::Text(text) => {
                let blob = Blob::new_with_str_sequence(&Array::of1(&text.as_str().into()));
                let too_long = |_| Trouble::new(TroubleCode::Browser, "the text is too long");
                vec![blob.map_err(too_long)?]
            }
        };
        let made = cut(blobs, split.clone(), limits, told).await?;
        self.0.replace(Some((source, split, made.clone())));
        Ok(made)
    }
}

async fn cut(
    blobs: Vec<Blob>,
    split: SplitSpec,
    limits: &ServerLimits,
    told: impl Fn(u64, u64) -> bool,
) -> Result<Cut, Trouble> {
    if blobs.is_empty() {
        return Err(Trouble::new(TroubleCode::NoInput, "no file is chosen"));
    }
    let total: u64 = blobs.iter().map(chunks::len).sum();
    let mut chunks = Chunks::new(blobs.clone(), &split, limits.chunk_bytes)?;
    let mut facts = SplitFacts {
        task_count: 0,
        total_bytes: 0,
        longest_bytes: 0,
        first: Vec::new(),
        split: split.to_string(),
    };
    let (mut leaves, mut first) = (Vec::new(), Vec::new());
    let mut breathe_at = BREATHE_BYTES;
    while let Some(chunk) = chunks.next().await? {
        let len = chunk.len() as u64;
        leaves.push(Leaf::Chunk {
            sha256: Digest::of(&chunk),
            len,
        });
        if leaves.len() > limits.tasks as usize {
            let detail = format!("the input comes to more than {} tasks", limits.tasks);
            return Err(Trouble::new(TroubleCode::Split, detail));
        }
        facts.task_count = facts.task_count.saturating_add(1);
        facts.total_bytes = facts.total_bytes.saturating_add(len);
        facts.longest_bytes = facts.longest_bytes.max(len);
        if facts.first.len() < PREVIEW_TASKS {
            facts.first.push(preview(&chunk));
        }
        if leaves.len() == 1 {
            first = chunk;
        }
        if chunks.bytes_read() >= breathe_at {
            breathe_at = chunks.bytes_read().saturating_add(BREATHE_BYTES);
            TimeoutFuture::new(0).await;
            if !told(chunks.bytes_read(), total) {
                return Err(Trouble::new(TroubleCode::Stopped, "another draft came"));
            }
        }
    }
    let input = PreparedInput::Chunks {
        blobs,
        split,
        leaves: leaves.into(),
    };
    Ok((input, facts, first.into()))
}
