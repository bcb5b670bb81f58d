//! What the ledger proves and what it does not (LEDGER.md section 7).

use crate::texts::use_texts;
use yew::prelude::*;

/// The limits, in plain words.
#[component]
pub(crate) fn Limits() -> Html {
    let texts = use_texts();
    html! {
        <section aria-labelledby="limits" id="ledger-limits">
            <h2 id="limits">{ texts.say("ledger-limits") }</h2>
            <ul>
                <li>{ texts.say("ledger-limits-proves") }</li>
                <li>{ texts.say("ledger-limits-people") }</li>
                <li>{ texts.say("ledger-limits-right") }</li>
                <li>{ texts.say("ledger-limits-guess") }</li>
                <li>{ texts.say("ledger-limits-pinned") }</li>
            </ul>
        </section>
    }
}
