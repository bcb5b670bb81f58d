//! A draft that is like a job: the very draft where it was submitted in this browser, otherwise what the signed job says.

use super::api::Api;
use super::draft;
use shared::ids::JobId;
use shared::job::{ArgvMode, Input, Job, SignedJob};
use shared::page::submit::{Draft, InputDraft, LimitsDraft, ProgramChoice, Trouble, TroubleCode};

/// The draft. How its input was cut is not in a job: for data the files are to be chosen again.
pub(super) async fn draft_of(api: &Api, id: JobId) -> Result<Draft, Trouble> {
    let view = api.job(id).await?;
    if let Some(draft) = draft::load_for(id).await {
        return Ok(draft);
    }
    let signed = SignedJob::decode(api.chain(), &view.job)
        .map_err(|error| Trouble::new(TroubleCode::Job, error.to_string()))?;
    let job = signed.job();
    let (args, plain_args) = args_of(job);
    Ok(Draft {
        program: ProgramChoice::Published(view.program),
        input: match job.input {
            Input::Range(range) => InputDraft::Range {
                start: range.start.to_string(),
                end: range.end.to_string(),
                chunk: range.chunk.to_string(),
            },
            Input::Chunks => InputDraft::default(),
            // Its tasks are some of its parent's: what is like it is the parent with these limits.
            Input::Subset { parent } => {
                let mut draft = Box::pin(draft_of(api, parent)).await?;
                draft.limits = LimitsDraft::of(&job.limits);
                return Ok(draft);
            }
        },
        args,
        plain_args,
        title: view.title,
        trust: job.trust,
        limits: LimitsDraft::of(&job.limits),
        seed: job.seed.to_string(),
    })
}

fn args_of(job: &Job) -> (Vec<(String, String)>, String) {
    let texts = job.args.iter().map(|arg| String::from_utf8_lossy(arg));
    match job.argv_mode {
        ArgvMode::Plain => (Vec::new(), texts.collect::<Vec<_>>().join("\n")),
        ArgvMode::Staged => {
            let pair = |text: std::borrow::Cow<'_, str>| {
                let (name, value) = text.split_once('=')?;
                Some((name.to_owned(), value.to_owned()))
            };
            (texts.filter_map(pair).collect(), String::new())
        }
    }
}
