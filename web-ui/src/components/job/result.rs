//! The result: folded in this browser, shown, downloaded.

use super::preview::ResultPreview;
use crate::browser;
use crate::components::bytes::bytes;
use crate::components::trouble::TroubleBox;
use crate::submitter::use_submitter;
use crate::texts::{Texts, use_texts};
use shared::page::submit::{JobNews, ResultNews, ToSubmitter};
use std::rc::Rc;
use web_sys::Blob;
use yew::prelude::*;

/// What is shown.
#[derive(Properties, PartialEq)]
pub(crate) struct ResultProps {
    pub(crate) news: Rc<JobNews>,
    /// The bytes, once they are there.
    pub(crate) result: Option<Blob>,
}

/// How far the folding is, and then the result.
#[component]
pub(crate) fn JobResult(ResultProps { news, result }: &ResultProps) -> Html {
    let texts = use_texts();
    let submitter = use_submitter();
    let tell = |message: ToSubmitter| {
        let submitter = submitter.clone();
        Callback::from(move |_: MouseEvent| submitter.tell(&message))
    };
    let checked = &news.checked;
    let body = match &news.result {
        // Said in red above, or where the other job is named; there is no result here.
        ResultNews::Broken { .. } | ResultNews::PartOf { .. } => return Html::default(),
        ResultNews::Waiting => html! {
            <p class="note">{ texts.say_with("job-result-folded", [("folded", checked.folded.into()), ("count", news.view.task_count.into())]) }</p>
        },
        ResultNews::Folding => html! {
            <div class="row">
                <span role="status">{ texts.say("job-result-folding") }</span>
                <button type="button" onclick={tell(ToSubmitter::StopRun)}>{ texts.say("submit-try-stop") }</button>
            </div>
        },
        ResultNews::Incomplete {
            missing,
            first,
            why,
        } => html! {
            <>
                <p role="status">{ texts.say_with("job-result-incomplete", [("missing", (*missing).into()), ("first", (*first).into())]) }</p>
                <p class="detail" lang="en">{ why }</p>
                if checked.good > 0 {
                    <button type="button" id="fold-partial" onclick={tell(ToSubmitter::FoldPartial)}>{ texts.say("job-result-partial") }</button>
                }
            </>
        },
        ResultNews::Failed(trouble) => html! { <TroubleBox trouble={trouble.clone()} /> },
        ResultNews::Ready {
            bytes: len,
            sha256,
            missing,
        } => html! {
            <>
                <p role="status" id="result-ready">
                    <strong>{ texts.say("job-result-verified") }</strong>{ " " }
                    { bytes(&texts, *len) }{ " · " }<code id="result-hash">{ sha256.to_string() }</code>
                </p>
                if *missing > 0 {
                    <p class="alert">{ texts.say_with("job-result-missing", [("missing", (*missing).into())]) }</p>
                }
                if let Some(blob) = result {
                    { download(&texts, news, blob) }
                    <ResultPreview blob={blob.clone()} media_type={news.media_type.clone()} />
                }
            </>
        },
    };
    html! {
        <section aria-labelledby="result">
            <h2 id="result">{ texts.say("job-result") }</h2>
            <p class="note">{ texts.say("job-result-where") }</p>
            { body }
        </section>
    }
}

fn download(texts: &Texts, news: &JobNews, blob: &Blob) -> Html {
    let id: String = news.view.job_id.to_string().chars().take(8).collect();
    let name = format!("result-{id}.{}", ending(&news.media_type));
    let blob = blob.clone();
    let save = Callback::from(move |_: MouseEvent| browser::download_blob(&name, &blob));
    html! { <button type="button" class="primary" id="download" onclick={save}>{ texts.say("job-result-download") }</button> }
}

fn ending(media_type: &str) -> &'static str {
    match media_type {
        "text/plain" => "txt",
        "text/tab-separated-values" => "tsv",
        "application/json" => "json",
        "image/png" => "png",
        "image/jpeg" => "jpg",
        _ => "bin",
    }
}
