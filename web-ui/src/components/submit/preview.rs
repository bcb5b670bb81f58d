//! What the input was cut into: how many tasks, and the first of them.

use super::PartProps;
use crate::components::bytes::bytes;
use crate::components::trouble::TroubleBox;
use crate::texts::{Texts, use_texts};
use shared::page::submit::{ProgramChoice, SplitFacts, TroubleCode};
use yew::prelude::*;

/// The preview, or how far it is, or why there is none.
#[component]
pub(crate) fn Preview(props: &PartProps) -> Html {
    let texts = use_texts();
    let form = &props.form;
    let has_program = form.draft.program != ProgramChoice::None && form.program_trouble.is_none();
    let is_empty = !form.is_begun || !has_program;
    let body = if let Some(split) = &form.split {
        tasks(&texts, split)
    } else if let Some((done, total)) = form.preparing {
        let said = texts.say_with(
            "submit-preview-progress",
            [
                ("done", bytes(&texts, done).into()),
                ("total", bytes(&texts, total).into()),
            ],
        );
        html! {
            <div>
                <label for="cutting">{ said }</label>
                <progress id="cutting" max={total.to_string()} value={done.to_string()} />
            </div>
        }
    } else if let Some(trouble) = form.trouble.clone() {
        let is_hint = matches!(trouble.code, TroubleCode::NoInput | TroubleCode::NoProgram);
        html! { <TroubleBox {trouble} {is_hint} /> }
    } else if is_empty {
        html! { <p class="note">{ texts.say("submit-lacks-input") }</p> }
    } else {
        html! { <p class="note" role="status">{ texts.say("submit-preview-working") }</p> }
    };
    html! {
        <section aria-labelledby="preview-heading">
            <h2 id="preview-heading">{ texts.say("submit-preview") }</h2>
            { body }
        </section>
    }
}

fn tasks(texts: &Texts, split: &SplitFacts) -> Html {
    html! {
        <>
            <p role="status" id="task-count">
                <strong>{ texts.say_with("submit-preview-tasks", [("count", split.task_count.into())]) }</strong>
                if split.total_bytes > 0 {
                    { " " }
                    { texts.say_with("submit-preview-bytes", [
                        ("total", bytes(texts, split.total_bytes).into()),
                        ("longest", bytes(texts, split.longest_bytes).into()),
                    ]) }
                }
                { " " }<code>{ &split.split }</code>
            </p>
            <ol class="first-tasks">
                { for split.first.iter().map(|task| html! {
                    <li>
                        <span class="note">{ bytes(texts, task.bytes) }</span>
                        <pre tabindex="0"><code>{ &task.beginning }</code></pre>
                    </li>
                }) }
            </ol>
        </>
    }
}
