//! How many volunteers compute each task, and what that is worth, in words.

use super::PartProps;
use crate::texts::use_texts;
use shared::page::submit::{majority, wrong_task_odds};
use yew::prelude::*;

/// The levels that are offered.
const LEVELS: [u8; 3] = [3, 5, 7];
/// The share of cheats that the sentence speaks of, of a hundred.
const SAID_PERCENT: u8 = 5;
/// The shares of the table.
const PERCENTS: [u8; 4] = [1, 5, 10, 20];

/// One task in how many, as a number to be said.
fn one_in(k: u8, percent: u8) -> f64 {
    wrong_task_odds(k, percent).unwrap_or(f64::INFINITY).round()
}

/// The choice, the odds, and what they assume.
#[component]
pub(crate) fn Trust(props: &PartProps) -> Html {
    let texts = use_texts();
    let k = props.form.draft.trust;
    let level = |level: u8| {
        let choose = props.edit(move |draft, _: Event| draft.trust = level);
        let name = texts.say_with(
            "submit-trust-level",
            [("k", level.into()), ("m", majority(level).into())],
        );
        html! {
            <label class="choice">
                <input type="radio" name="trust" value={level.to_string()} checked={k == level} onchange={choose} />
                <span>{ name }</span>
            </label>
        }
    };
    let odds = texts.say_with(
        "submit-trust-odds",
        [
            ("percent", SAID_PERCENT.into()),
            ("tasks", one_in(k, SAID_PERCENT).into()),
        ],
    );
    let row = |percent: u8| {
        html! {
            <tr>
                <th scope="row">{ texts.say_with("submit-trust-percent", [("percent", percent.into())]) }</th>
                { for LEVELS.into_iter().map(|k| html! {
                    <td data-label={format!("{k}:")}>{ texts.say_with("submit-trust-one-in", [("tasks", one_in(k, percent).into())]) }</td>
                }) }
            </tr>
        }
    };
    html! {
        <section aria-labelledby="trust-heading">
            <h2 id="trust-heading">{ texts.say("submit-trust") }</h2>
            <fieldset aria-describedby="trust-odds">
                <legend>{ texts.say("submit-trust-how-many") }</legend>
                { for LEVELS.into_iter().map(level) }
            </fieldset>
            <p id="trust-odds" class="odds" role="status">{ odds }</p>
            <p class="note">{ texts.say("submit-trust-least") }</p>
            <details>
                <summary>{ texts.say("submit-trust-assumes") }</summary>
                <p>{ texts.say("submit-trust-assumption") }</p>
                <table class="narrow">
                    <thead><tr>
                        <th scope="col">{ texts.say("submit-trust-cheats") }</th>
                        { for LEVELS.into_iter().map(|k| html! { <th scope="col">{ k }</th> }) }
                    </tr></thead>
                    <tbody>{ for PERCENTS.into_iter().map(row) }</tbody>
                </table>
                <p class="note">{ texts.say("submit-trust-formula") }{ " " }<code>{ "Σ j≥m C(k,j) f^j (1−f)^(k−j), m = ⌊k/2⌋+1" }</code></p>
            </details>
        </section>
    }
}
