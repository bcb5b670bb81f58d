//! What the page is told of the job that it has open.

use super::{Follower, Known};
use crate::clock;
use crate::submitter::verify::NotTaken;
use shared::api::jobs::JobView;
use shared::ids::UnixMs;
use shared::page::submit::{
    Asked, Checked, FromSubmitter, JobNews, ResultNews, SubsetNews, Trouble, TroubleCode,
};
use wasm_bindgen::JsValue;

impl Follower {
    pub(super) fn tell(&self, known: &Known) {
        self.tell_with(known, &JsValue::UNDEFINED);
    }

    pub(super) fn tell_with(&self, known: &Known, attached: &JsValue) {
        self.open.set_failed(known.merged.failed());
        if !self.open.is_closed() {
            let checked = known.merged.checked().clone();
            let news = news(known, None, checked, known.result.clone());
            self.port.post_with(&news, attached);
        }
    }

    pub(super) fn tell_stale(&self, trouble: Trouble, pause_ms: u32) {
        let again_at = clock::now().plus(pause_ms.into());
        let message = match &self.known {
            Some(known) => {
                let (checked, result) = (known.merged.checked().clone(), known.result.clone());
                news(known, Some((trouble, again_at)), checked, result)
            }
            None => failed(trouble),
        };
        self.port.post(&message);
    }

    /// The last words: after a broken rule nothing of this job counts as verified.
    pub(super) fn tell_end(&self, error: NotTaken) {
        let rule = match error {
            NotTaken::Broken(error) => error.to_string(),
            NotTaken::Trouble(trouble) if trouble.code == TroubleCode::Tampered => trouble.detail,
            NotTaken::Trouble(trouble) => return self.port.post(&failed(trouble)),
        };
        let result = ResultNews::Broken { rule: rule.clone() };
        self.port.post(&match &self.known {
            Some(known) => news(known, None, Checked::default(), result),
            None => failed(Trouble::new(TroubleCode::Tampered, rule)),
        });
    }
}

fn failed(trouble: Trouble) -> FromSubmitter {
    FromSubmitter::Failed {
        what: Asked::Job,
        trouble,
    }
}

fn subset(view: &JobView) -> SubsetNews {
    SubsetNews {
        job_id: view.job_id,
        state: view.state,
        accepted: view.tasks.stored,
        task_count: view.task_count,
        limits: view.limits,
    }
}

fn news(
    known: &Known,
    stale: Option<(Trouble, UnixMs)>,
    checked: Checked,
    result: ResultNews,
) -> FromSubmitter {
    FromSubmitter::Job(Box::new(JobNews {
        view: known.view.clone(),
        at_ms: known.at_ms,
        stale,
        media_type: known.media_type.clone(),
        checked,
        result,
        lacking: known.merged.lacking(),
        subsets: known.subsets.iter().map(subset).collect(),
    }))
}
