//! Who was outvoted, and what they said.

use super::head::NewsProps;
use crate::components::fuel::instructions;
use crate::components::outcome::outcome_words;
use crate::texts::{Texts, use_texts};
use shared::outcome::{Outcome, Status};
use shared::page::submit::DissentLine;
use yew::prelude::*;

/// A row for each dissent that was verified here; nothing while there are none.
#[component]
pub(crate) fn Dissent(NewsProps { news }: &NewsProps) -> Html {
    let texts = use_texts();
    let lines = &news.checked.dissents;
    if lines.is_empty() {
        return Html::default();
    }
    let row = |line: &DissentLine| {
        let accepted = match &line.accepted {
            Some(outcome) => said(&texts, outcome),
            None => html! { texts.say("job-dissent-nobody") },
        };
        html! {
            <tr>
                <td class="short" data-label={texts.say("job-task")}>{ line.task }</td>
                <td class="short" data-label={texts.say("job-dissent-who")}><code>{ short(&line.node_key.to_string()) }</code></td>
                <td data-label={texts.say("job-dissent-said")}>{ said(&texts, &line.said) }</td>
                <td data-label={texts.say("job-dissent-accepted")}>{ accepted }</td>
            </tr>
        }
    };
    let listed = lines.len() as u64;
    html! {
        <section aria-labelledby="dissent">
            <h2 id="dissent">{ texts.say("job-dissent") }</h2>
            <p class="note">{ texts.say("job-dissent-what") }</p>
            <table>
                <thead><tr>
                    <th scope="col">{ texts.say("job-task") }</th>
                    <th scope="col">{ texts.say("job-dissent-who") }</th>
                    <th scope="col">{ texts.say("job-dissent-said") }</th>
                    <th scope="col">{ texts.say("job-dissent-accepted") }</th>
                </tr></thead>
                <tbody>{ for lines.iter().map(row) }</tbody>
            </table>
            if listed < news.checked.outvoted {
                <p class="note">{ texts.say_with("job-dissent-more", [("listed", listed.into()), ("count", news.checked.outvoted.into())]) }</p>
            }
        </section>
    }
}

/// An outcome with what is not said by its words: its fuel, and an output's length and the beginning of its hash, so that
/// equal ones can be seen.
pub(crate) fn said(texts: &Texts, outcome: &Outcome) -> Html {
    let has_output = matches!(outcome.status, Status::Ok | Status::Exit);
    html! {
        <>
            { outcome_words(texts, outcome) }
            if outcome.status != Status::OutOfFuel {
                { " · " }{ instructions(texts, outcome.fuel) }
            }
            if has_output {
                { " · " }{ texts.say_with("shell-bytes", [("bytes", outcome.output_len.into())]) }{ " · " }
                <code>{ short(&outcome.output_sha256.to_string()) }</code>
            }
        </>
    }
}

/// The beginning of a key or hash.
pub(crate) fn short(hex: &str) -> String {
    hex.chars().take(12).chain(['…']).collect()
}
