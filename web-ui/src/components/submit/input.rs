//! Where the tasks come from: files, a text, or a range of numbers.

use super::{PartProps, chosen, facts_of, typed};
use crate::components::bytes::bytes;
use crate::submitter::form::Change;
use crate::submitter::use_submitter;
use crate::texts::{Texts, use_texts};
use shared::page::submit::{InputDraft, ProgramFacts, RANGE, ToSubmitter};
use wasm_bindgen::JsValue;
use web_sys::File;
use yew::prelude::*;

/// The kinds of input.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Files,
    Text,
    Range,
}

impl Kind {
    const fn of(input: &InputDraft) -> Self {
        match input {
            InputDraft::Files { .. } => Self::Files,
            InputDraft::Text { .. } => Self::Text,
            InputDraft::Range { .. } => Self::Range,
        }
    }

    /// An empty input of this kind.
    fn empty(self) -> InputDraft {
        let none = String::new;
        match self {
            Self::Files => InputDraft::Files { split: none() },
            Self::Text => InputDraft::Text {
                text: none(),
                split: none(),
            },
            Self::Range => InputDraft::Range {
                start: none(),
                end: none(),
                chunk: none(),
            },
        }
    }
}

/// The choice and its fields.
#[component]
pub(crate) fn Input(props: &PartProps) -> Html {
    let texts = use_texts();
    let form = &props.form;
    let program = form.program.as_deref();
    let takes_data = program.is_none_or(ProgramFacts::takes_data);
    let takes_range = program.is_none_or(ProgramFacts::takes_range);
    let kind = Kind::of(&form.draft.input);
    let option = |offered: Kind, name: String, is_taken: bool| {
        let choose = props.edit(move |draft, _: Event| draft.input = offered.empty());
        html! {
            <label class="choice">
                <input type="radio" name="input-kind" checked={kind == offered} disabled={!is_taken} onchange={choose} />
                <span>{ name }</span>
            </label>
        }
    };
    // A tool without a manifest has none.
    let with_example = program.filter(|program| !program.is_plain_tool());
    let example = with_example.map(|program| {
        let (input, args) = (program.example_input.clone(), program.example_args.clone());
        props.edit(move |draft, _: MouseEvent| {
            draft.input = input.clone();
            draft.args.clone_from(&args);
        })
    });
    html! {
        <section aria-labelledby="input-heading">
            <h2 id="input-heading">{ texts.say("submit-input") }</h2>
            <fieldset>
                <legend class="unseen">{ texts.say("submit-input-kind") }</legend>
                <div class="row">
                    { option(Kind::Files, texts.say("submit-input-files"), takes_data) }
                    { option(Kind::Text, texts.say("submit-input-text"), takes_data) }
                    { option(Kind::Range, texts.say("submit-input-range"), takes_range) }
                    if let Some(onclick) = example {
                        <button type="button" class="quiet" id="use-example" {onclick}>{ texts.say("submit-input-example") }</button>
                    }
                </div>
            </fieldset>
            { match &form.draft.input {
                InputDraft::Files { split } => html! {
                    <>
                        <Files form={form.clone()} />
                        { split_field(props, &texts, split, program) }
                    </>
                },
                InputDraft::Text { text, split } => html! {
                    <>
                        { text_field(props, &texts, text) }
                        { split_field(props, &texts, split, program) }
                    </>
                },
                InputDraft::Range { start, end, chunk } => range_fields(props, &texts, [start, end, chunk], program),
            } }
            <CommonFile form={form.clone()} />
        </section>
    }
}

fn text_field(props: &PartProps, texts: &Texts, text: &str) -> Html {
    let oninput = props.edit(|draft, event: InputEvent| {
        if let InputDraft::Text { text, .. } = &mut draft.input {
            *text = typed(&event);
        }
    });
    html! {
        <div class="field wide">
            <label for="input-text">{ texts.say("submit-input-text-label") }</label>
            <textarea id="input-text" rows="6" value={text.to_owned()} {oninput} />
        </div>
    }
}

fn split_field(
    props: &PartProps,
    texts: &Texts,
    split: &str,
    program: Option<&ProgramFacts>,
) -> Html {
    let oninput = props.edit(|draft, event: InputEvent| match &mut draft.input {
        InputDraft::Files { split } | InputDraft::Text { split, .. } => *split = typed(&event),
        InputDraft::Range { .. } => {}
    });
    let default = program.and_then(|program| program.default_split.clone());
    let kinds: Vec<_> = program.map_or_else(Vec::new, |program| {
        let kinds = program.splits.iter().filter(|kind| *kind != RANGE);
        kinds.map(String::as_str).collect()
    });
    html! {
        <div class="field">
            <label for="split">{ texts.say("submit-split") }</label>
            <input id="split" type="text" value={split.to_owned()} placeholder={default.unwrap_or_default()} {oninput}
                spellcheck="false" autocomplete="off" aria-describedby="split-note" />
            <span id="split-note" class="note">
                { texts.say("submit-split-what") }
                if !kinds.is_empty() {
                    { " " }{ texts.say("submit-split-takes") }{ " " }<code>{ kinds.join(", ") }</code>
                }
            </span>
        </div>
    }
}

fn range_fields(
    props: &PartProps,
    texts: &Texts,
    values: [&String; 3],
    program: Option<&ProgramFacts>,
) -> Html {
    let field = |id: &'static str, label: String, value: &String, which: usize, hint: String| {
        let oninput = props.edit(move |draft, event: InputEvent| {
            if let InputDraft::Range { start, end, chunk } = &mut draft.input {
                let field = match which {
                    0 => start,
                    1 => end,
                    _ => chunk,
                };
                *field = typed(&event);
            }
        });
        html! {
            <div class="field">
                <label for={id}>{ label }</label>
                <input {id} type="text" inputmode="numeric" value={value.clone()} placeholder={hint} {oninput} autocomplete="off" />
            </div>
        }
    };
    let [start, end, chunk] = values;
    let default = program.and_then(|program| program.default_chunk);
    let default = default.map(|chunk| chunk.to_string()).unwrap_or_default();
    html! {
        <div class="columns">
            { field("range-start", texts.say("submit-range-start"), start, 0, String::new()) }
            { field("range-end", texts.say("submit-range-end"), end, 1, String::new()) }
            { field("range-chunk", texts.say("submit-range-chunk"), chunk, 2, default) }
        </div>
    }
}

#[component]
fn Files(props: &PartProps) -> Html {
    let texts = use_texts();
    let submitter = use_submitter();
    let form = &props.form;
    let onchange = {
        let form = form.clone();
        Callback::from(move |event: Event| {
            let mut files = chosen(&event.target_unchecked_into());
            files.sort_by_cached_key(File::name);
            let facts = files.iter().map(facts_of).collect();
            let files: Vec<JsValue> = files.into_iter().map(JsValue::from).collect();
            submitter.tell_with(&ToSubmitter::InputFiles, &files);
            form.dispatch(Change::Files(facts));
        })
    };
    html! {
        <div class="field">
            <label for="files">{ texts.say("submit-files") }</label>
            <input id="files" type="file" multiple=true {onchange} aria-describedby="files-note" />
            <ul id="files-note" class="lines note">
                { for form.files.iter().take(10).map(|file| html! {
                    <li>{ format!("{} · {}", file.name, bytes(&texts, file.bytes)) }</li>
                }) }
                if form.files.len() > 10 {
                    <li>{ texts.say_with("submit-files-more", [("count", (form.files.len() - 10).into())]) }</li>
                }
            </ul>
        </div>
    }
}

#[component]
fn CommonFile(props: &PartProps) -> Html {
    let texts = use_texts();
    let submitter = use_submitter();
    let form = &props.form;
    let onchange = {
        let form = form.clone();
        Callback::from(move |event: Event| {
            let files = chosen(&event.target_unchecked_into());
            let facts = files.first().map(facts_of);
            let files: Vec<JsValue> = files.into_iter().take(1).map(JsValue::from).collect();
            submitter.tell_with(&ToSubmitter::CommonFile, &files);
            form.dispatch(Change::Common(facts));
        })
    };
    html! {
        <details>
            <summary>{ texts.say("submit-common") }</summary>
            <div class="field">
                <label for="common">{ texts.say("submit-common-label") }</label>
                <input id="common" type="file" {onchange} aria-describedby="common-note" />
                <span id="common-note" class="note">
                    { texts.say("submit-common-what") }
                    if let Some(file) = &form.common {
                        { format!(" {} · {}", file.name, bytes(&texts, file.bytes)) }
                    }
                </span>
            </div>
        </details>
    }
}
