//! Why something of the ledger is not shown as checked, and what can be done.

use super::steps::fault_line;
use crate::ledger::{NotFetched, Trouble, use_alarm};
use crate::texts::use_texts;
use yew::prelude::*;

/// What is shown.
#[derive(Properties, PartialEq)]
pub(crate) struct LedgerTroubleProps {
    pub(crate) trouble: Trouble,
    /// Asks again.
    pub(crate) again: Callback<()>,
}

/// The sentence, and the way out.
#[component]
pub(crate) fn LedgerTrouble(LedgerTroubleProps { trouble, again }: &LedgerTroubleProps) -> Html {
    let texts = use_texts();
    let alarm = use_alarm();
    let anew = {
        let again = again.clone();
        Callback::from(move |_: MouseEvent| {
            alarm.forget();
            again.emit(());
        })
    };
    match trouble {
        Trouble::NotFetched(NotFetched::Unreachable) => html! {
            <p role="alert" class="alert" id="ledger-away">{ texts.say("ledger-unreachable") }</p>
        },
        Trouble::NotFetched(NotFetched::NotFound) => html! {
            <p role="status" class="note" id="ledger-nothing">{ texts.say("ledger-not-found") }</p>
        },
        Trouble::OtherLedger { kept, found } => html! {
            <section class="card" role="alert" id="other-ledger" aria-labelledby="other-ledger-heading">
                <h2 id="other-ledger-heading">{ texts.say("ledger-other") }</h2>
                <p>{ texts.say("ledger-other-what") }</p>
                <dl class="pairs">
                    <div><dt>{ texts.say("ledger-other-kept") }</dt><dd><code>{ kept }</code></dd></div>
                    <div><dt>{ texts.say("ledger-other-found") }</dt><dd><code>{ found }</code></dd></div>
                </dl>
                <p class="row"><button id="follow-new" onclick={anew}>{ texts.say("ledger-other-follow") }</button></p>
            </section>
        },
        Trouble::Broken(fault) => html! {
            <section class="broken" role="alert" id="ledger-broken" aria-labelledby="ledger-broken-heading">
                <h2 id="ledger-broken-heading">{ texts.say("ledger-broken") }</h2>
                <p>{ texts.say("ledger-broken-what") }</p>
                { fault_line(&texts, fault) }
            </section>
        },
        // It covers the page.
        Trouble::Alarm(_) => Html::default(),
    }
}
