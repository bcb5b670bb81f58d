//! The newest settled votes, each with the way to its task and to its entry of the ledger.

use super::running::short;
use crate::compute::use_compute;
use crate::route::Route;
use crate::shell::link::PageLink;
use crate::texts::{Texts, use_texts};
use shared::page::volunteer::Receipt;
use shared::protocol::Settlement;
use yew::prelude::*;

/// Rows at most; older receipts are on the pages of their jobs.
const SHOWN: usize = 5;

/// A row for each; nothing while there are none.
#[component]
pub(crate) fn Receipts() -> Html {
    let texts = use_texts();
    let snapshot = use_compute().view.snapshot;
    if snapshot.receipts.is_empty() {
        return Html::default();
    }
    let row = |receipt: &Receipt| {
        html! {
            <tr>
                <td data-label={texts.say("volunteer-task")}><TaskLink receipt={receipt.clone()} /></td>
                <td data-label={texts.say("volunteer-program")}>{ &receipt.program }</td>
                <td data-label={texts.say("volunteer-verdict")}>{ verdict(&texts, receipt.verdict) }</td>
                <td data-label={texts.say("volunteer-when")}>{ texts.time(receipt.at_ms) }</td>
            </tr>
        }
    };
    html! {
        <section aria-labelledby="receipts">
            <h2 id="receipts">{ texts.say("volunteer-receipts") }</h2>
            <table id="receipt-list">
                <thead><tr>
                    <th scope="col">{ texts.say("volunteer-task") }</th>
                    <th scope="col">{ texts.say("volunteer-program") }</th>
                    <th scope="col">{ texts.say("volunteer-verdict") }</th>
                    <th scope="col">{ texts.say("volunteer-when") }</th>
                </tr></thead>
                <tbody>{ snapshot.receipts.iter().take(SHOWN).map(row).collect::<Html>() }</tbody>
            </table>
        </section>
    }
}

/// What became of the vote; once its certificate is stored, the way to its entry.
fn verdict(texts: &Texts, verdict: Settlement) -> Html {
    match verdict {
        Settlement::Accepted { ledger_index: None } => html! {
            <>{ texts.say("volunteer-verdict-accepted") }{ " " }<span class="note">{ texts.say("volunteer-verdict-waits") }</span></>
        },
        Settlement::Accepted {
            ledger_index: Some(index),
        } => html! {
            <>
                { texts.say("volunteer-verdict-accepted") }{ " " }
                <PageLink to={Route::Entry { index }}>{ texts.say_with("ledger-entry", [("index", index.into())]) }</PageLink>
            </>
        },
        Settlement::Rejected(_) => texts.say("volunteer-verdict-rejected").into(),
        Settlement::Superseded => texts.say("volunteer-verdict-superseded").into(),
    }
}

#[derive(Properties, PartialEq)]
struct TaskLinkProps {
    receipt: Receipt,
}

/// A link to one task of a job.
#[component]
fn TaskLink(TaskLinkProps { receipt }: &TaskLinkProps) -> Html {
    let (id, task) = (receipt.job_id, receipt.task);
    let query = ("task".into(), task.to_string().into());
    let job = short(&id.to_string());
    html! { <PageLink to={Route::Job { id }} query={Some(query)}><code>{ format!("{job} #{task}") }</code></PageLink> }
}
