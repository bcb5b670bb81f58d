//! Which program: a published one, or a module that is checked at once.

use super::{PartProps, chosen, facts_of, typed, upload};
use crate::components::bytes::bytes;
use crate::components::trouble::TroubleBox;
use crate::submitter::form::Change;
use crate::submitter::use_submitter;
use crate::texts::{Texts, use_texts};
use shared::page::submit::{ProgramChoice, ProgramFacts, ToSubmitter};
use wasm_bindgen::JsValue;
use yew::prelude::*;

/// The choice, and what is known of what was chosen.
#[component]
pub(crate) fn Program(props: &PartProps) -> Html {
    let texts = use_texts();
    let submitter = use_submitter();
    let form = &props.form;
    let choose = {
        let (form, submitter) = (form.clone(), submitter.clone());
        Callback::from(move |event: InputEvent| {
            let name = typed(&event);
            if name.is_empty() {
                form.dispatch(Change::Program(ProgramChoice::None));
                return;
            }
            form.dispatch(Change::Program(ProgramChoice::Published(name.clone())));
            submitter.tell(&ToSubmitter::ChooseProgram { name });
        })
    };
    let upload = {
        let form = form.clone();
        Callback::from(move |event: Event| {
            let mut files = chosen(&event.target_unchecked_into());
            // The module first, then its manifest, however they were chosen.
            files.sort_by_key(|file| file.name().to_lowercase().ends_with(".json"));
            let Some(module) = files.first() else {
                return;
            };
            form.dispatch(Change::Program(ProgramChoice::Upload {
                module: facts_of(module),
                manifest: files.get(1).map(facts_of),
            }));
            let files: Vec<JsValue> = files.into_iter().take(2).map(JsValue::from).collect();
            submitter.tell_with(&ToSubmitter::CheckModule, &files);
        })
    };
    let chosen = match &form.draft.program {
        ProgramChoice::Published(name) => name.clone(),
        ProgramChoice::None | ProgramChoice::Upload { .. } => String::new(),
    };
    let programs = form.programs.as_deref().unwrap_or_default();
    let is_listed = programs.iter().any(|program| program.name == chosen);
    html! {
        <section aria-labelledby="program-heading">
            <h2 id="program-heading">{ texts.say("submit-program") }</h2>
            <div class="columns">
                <div class="field">
                    <label for="program">{ texts.say("submit-program-published") }</label>
                    <select id="program" oninput={choose}>
                        <option value="" selected={chosen.is_empty()}>{ texts.say("submit-program-choose") }</option>
                        if !chosen.is_empty() && !is_listed {
                            <option value={chosen.clone()} selected=true>{ &chosen }</option>
                        }
                        { for programs.iter().map(|program| html! {
                            <option value={program.name.clone()} selected={program.name == chosen}>{ &program.name }</option>
                        }) }
                    </select>
                    if form.programs.is_none() && form.programs_trouble.is_none() {
                        <span class="note" role="status">{ texts.say("submit-program-loading") }</span>
                    }
                </div>
                <div class="field">
                    <label for="module">{ texts.say("submit-program-upload") }</label>
                    <input id="module" type="file" multiple=true accept=".wasm,.json,application/wasm,application/json" onchange={upload} aria-describedby="module-note" />
                    <span id="module-note" class="note">{ texts.say("submit-program-upload-what") }</span>
                </div>
            </div>
            if let Some(trouble) = form.programs_trouble.clone() {
                <TroubleBox {trouble} />
            }
            if let Some(trouble) = form.program_trouble.clone() {
                <TroubleBox {trouble} />
            }
            if let Some(program) = &form.program {
                { facts(&texts, program) }
            }
        </section>
    }
}

/// Size, hash, imports: what was checked.
fn facts(texts: &Texts, program: &ProgramFacts) -> Html {
    let reduce = match program.reduce.as_str() {
        "final" => texts.say("submit-reduce-final"),
        "associative" => texts.say("submit-reduce-associative"),
        _ => texts.say("submit-reduce-none"),
    };
    html! {
        <div class="card facts-card" role="status">
            <p><strong>{ &program.name }</strong>{ " " }<span>{ &program.summary }</span></p>
            <dl class="pairs">
                <div><dt>{ texts.say("submit-module-size") }</dt><dd>{ bytes(texts, program.module_bytes) }</dd></div>
                <div><dt>{ texts.say("submit-module-hash") }</dt><dd><code id="module-hash">{ program.module_sha256.to_string() }</code></dd></div>
                if let Some(upload) = &program.upload {
                    { upload::pairs(texts, upload) }
                }
                <div><dt>{ texts.say("submit-module-reduce") }</dt><dd>{ reduce }</dd></div>
                <div><dt>{ texts.say("submit-module-licence") }</dt><dd>{ &program.licence }</dd></div>
                if let Some(source) = &program.source {
                    <div><dt>{ texts.say("submit-module-source") }</dt><dd><code>{ source }</code></dd></div>
                }
            </dl>
            if let Some(upload) = &program.upload {
                { upload::lists(texts, upload) }
            }
        </div>
    }
}
