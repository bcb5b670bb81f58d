//! Runs the first task here, before anybody else works at it.

use super::PartProps;
use crate::components::fuel::instructions;
use crate::components::outcome::outcome_words;
use crate::components::trouble::TroubleBox;
use crate::submitter::use_submitter;
use crate::texts::{Texts, use_texts};
use shared::page::submit::{ToSubmitter, TryReport};
use yew::prelude::*;

/// The button, and what came of it.
#[component]
pub(crate) fn TryHere(props: &PartProps) -> Html {
    let texts = use_texts();
    let submitter = use_submitter();
    let form = &props.form;
    let tell = |message: ToSubmitter| {
        let submitter = submitter.clone();
        Callback::from(move |_: MouseEvent| submitter.tell(&message))
    };
    html! {
        <section aria-labelledby="try-heading">
            <h2 id="try-heading">{ texts.say("submit-try") }</h2>
            <p class="note">{ texts.say("submit-try-what") }</p>
            <div class="row">
                <button type="button" id="try-first" disabled={form.split.is_none() || form.is_trying}
                    onclick={tell(ToSubmitter::TryFirst)}>{ texts.say("submit-try-run") }</button>
                if form.is_trying {
                    <button type="button" id="try-stop" onclick={tell(ToSubmitter::StopRun)}>{ texts.say("submit-try-stop") }</button>
                    <span role="status">{ texts.say("submit-try-runs") }</span>
                }
            </div>
            if let Some((report, output)) = &form.tried {
                { tried(&texts, report, output) }
            }
            if let Some(trouble) = form.try_trouble.clone() {
                <TroubleBox {trouble} />
            }
        </section>
    }
}

fn tried(texts: &Texts, report: &TryReport, output: &str) -> Html {
    #[expect(clippy::cast_precision_loss, reason = "times of days are exact")]
    let seconds = report.took_ms as f64 / 1000.0;
    let used = instructions(texts, report.outcome.fuel);
    let ended = texts.say_with(
        "submit-try-ended",
        [
            ("how", outcome_words(texts, &report.outcome).into()),
            ("seconds", seconds.into()),
            ("instructions", used.into()),
            ("mib", (f64::from(report.memory_pages) / 16.0).into()),
        ],
    );
    html! {
        <div class="card" id="tried">
            <p role="status">{ ended }</p>
            <h3>{ texts.say("submit-try-output") }</h3>
            if output.is_empty() {
                <p class="note">{ texts.say("submit-try-no-output") }</p>
            } else {
                <pre tabindex="0" class="tall"><code>{ output }</code></pre>
            }
            if !report.stderr.is_empty() {
                <h3>{ texts.say("submit-try-stderr") }</h3>
                <pre tabindex="0" class="tall"><code>{ &report.stderr }</code></pre>
            }
        </div>
    }
}
