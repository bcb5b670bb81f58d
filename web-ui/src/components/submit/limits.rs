//! Limits of each task, and the seed; both are rarely changed.

use super::{PartProps, typed};
use crate::texts::use_texts;
use shared::page::submit::LimitsDraft;
use yew::prelude::*;

/// The fields, folded away.
#[component]
pub(crate) fn Limits(props: &PartProps) -> Html {
    let texts = use_texts();
    let draft = &props.form.draft;
    let defaults = props.form.program.as_ref().map(|program| program.limits);
    let hint = |text: Option<String>| text.unwrap_or_default();
    let field = |id: &'static str,
                 label: String,
                 value: &str,
                 hint: String,
                 set: fn(&mut LimitsDraft, String)| {
        let oninput = props.edit(move |draft, event: InputEvent| {
            set(&mut draft.limits, typed(&event));
        });
        html! {
            <div class="field">
                <label for={id}>{ label }</label>
                <input {id} type="text" value={value.to_owned()} placeholder={hint} {oninput} spellcheck="false" autocomplete="off" />
            </div>
        }
    };
    let seed = props.edit(|draft, event: InputEvent| draft.seed = typed(&event));
    let mib = |bytes: u64| format!("{}MiB", bytes >> 20);
    html! {
        <details>
            <summary>{ texts.say("submit-limits") }</summary>
            <p class="note">{ texts.say("submit-limits-what") }</p>
            <div class="columns">
                { field("limit-memory", texts.say("submit-limit-memory"), &draft.limits.memory,
                    hint(defaults.map(|limits| mib(u64::from(limits.memory_pages) << 16))), |limits, value| limits.memory = value) }
                { field("limit-output", texts.say("submit-limit-output"), &draft.limits.output,
                    hint(defaults.map(|limits| mib(limits.output_bytes.into()))), |limits, value| limits.output = value) }
                { field("limit-wall", texts.say("submit-limit-wall"), &draft.limits.wall,
                    hint(defaults.map(|limits| (limits.wall_ms / 1000).to_string())), |limits, value| limits.wall = value) }
                { field("limit-fuel", texts.say("submit-limit-fuel"), &draft.limits.fuel,
                    hint(defaults.map(|limits| limits.fuel.to_string())), |limits, value| limits.fuel = value) }
                <div class="field">
                    <label for="seed">{ texts.say("submit-seed") }</label>
                    <input id="seed" type="text" value={draft.seed.clone()} placeholder="0" oninput={seed} spellcheck="false" autocomplete="off" />
                </div>
            </div>
        </details>
    }
}
