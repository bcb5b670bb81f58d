//! The args of the program, made from its schema.

use super::{PartProps, typed};
use crate::texts::{Texts, use_texts};
use shared::page::submit::{ArgFacts, ArgKindFacts, Draft};
use yew::prelude::*;

/// A field for each arg; nothing when there are none.
#[component]
pub(crate) fn Args(props: &PartProps) -> Html {
    let texts = use_texts();
    let form = &props.form;
    let Some(program) = form.program.as_deref() else {
        return Html::default();
    };
    if program.takes_plain_args {
        let oninput = props.edit(|draft, event: InputEvent| draft.plain_args = typed(&event));
        return html! {
            <section aria-labelledby="args-heading">
                <h2 id="args-heading">{ texts.say("submit-args") }</h2>
                <div class="field wide">
                    <label for="plain-args">{ texts.say("submit-args-plain") }</label>
                    <textarea id="plain-args" rows="3" value={form.draft.plain_args.clone()} {oninput} spellcheck="false" />
                </div>
            </section>
        };
    }
    if program.args.is_empty() {
        return Html::default();
    }
    html! {
        <section aria-labelledby="args-heading">
            <h2 id="args-heading">{ texts.say("submit-args") }</h2>
            <div class="columns">{ for program.args.iter().map(|arg| field(props, &texts, arg)) }</div>
        </section>
    }
}

/// Sets an arg; empty means its default.
fn set(draft: &mut Draft, name: &str, value: String) {
    let given = draft.args.iter_mut().find(|(given, _)| given == name);
    match (given, value.is_empty()) {
        (Some((_, before)), false) => *before = value,
        (None, false) => draft.args.push((name.to_owned(), value)),
        (_, true) => draft.args.retain(|(given, _)| given != name),
    }
}

fn field(props: &PartProps, texts: &Texts, arg: &ArgFacts) -> Html {
    let given = props.form.draft.args.iter();
    let value = given.filter(|(name, _)| *name == arg.name);
    let value = value.map(|(_, value)| value.clone()).next();
    let value = value.unwrap_or_default();
    let id = format!("arg-{}", arg.name);
    let help = format!("{id}-help");
    let name = arg.name.clone();
    let oninput = props.edit(move |draft, event: InputEvent| set(draft, &name, typed(&event)));
    let default = arg.default.clone();
    let choice = |offered: &str| {
        html! { <option value={offered.to_owned()} selected={value == offered}>{ offered }</option> }
    };
    let choices = |choices: Vec<Html>| {
        let unset = default.clone().map_or_else(
            || texts.say("submit-args-choose"),
            |default| texts.say_with("submit-args-default", [("value", default.into())]),
        );
        html! {
            <select id={id.clone()} oninput={oninput.clone()} aria-describedby={help.clone()}>
                <option value="" selected={value.is_empty()}>{ unset }</option>
                { for choices }
            </select>
        }
    };
    let control = match &arg.kind {
        ArgKindFacts::Choice(offered) => choices(offered.iter().map(|one| choice(one)).collect()),
        ArgKindFacts::Boolean => choices(vec![choice("true"), choice("false")]),
        ArgKindFacts::Number { .. } | ArgKindFacts::Text => {
            let mode = match arg.kind {
                ArgKindFacts::Number { .. } => "decimal",
                _ => "text",
            };
            html! {
                <input id={id.clone()} type="text" inputmode={mode} value={value.clone()} oninput={oninput.clone()}
                    placeholder={arg.default.clone().unwrap_or_default()} aria-describedby={help.clone()} autocomplete="off" />
            }
        }
    };
    let bounds = match &arg.kind {
        ArgKindFacts::Number { min, max, .. } => format!(" ({min} – {max})"),
        _ => String::new(),
    };
    html! {
        <div class="field">
            <label for={id.clone()}>{ &arg.name }</label>
            { control }
            <span id={help.clone()} class="note">{ &arg.help }{ bounds }</span>
        </div>
    }
}
