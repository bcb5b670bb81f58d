//! The newest settled votes, each with the way to its task.

use super::running::short;
use crate::compute::use_compute;
use crate::route::Route;
use crate::texts::{Texts, use_texts};
use shared::page::volunteer::Receipt;
use shared::protocol::Settlement;
use yew::prelude::*;
use yew_router::prelude::*;

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
            <table>
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

fn verdict(texts: &Texts, verdict: Settlement) -> String {
    match verdict {
        Settlement::Accepted { ledger_index: None } => texts.say("volunteer-verdict-accepted"),
        Settlement::Accepted {
            ledger_index: Some(index),
        } => texts.say_with("volunteer-verdict-stored", [("index", index.into())]),
        Settlement::Rejected(_) => texts.say("volunteer-verdict-rejected"),
        Settlement::Superseded => texts.say("volunteer-verdict-superseded"),
    }
}

#[derive(Properties, PartialEq)]
struct TaskLinkProps {
    receipt: Receipt,
}

/// A link to one task of a job, which does not load the page anew: that would end the computing.
#[component]
fn TaskLink(TaskLinkProps { receipt }: &TaskLinkProps) -> Html {
    let navigator = use_navigator().expect("every page is drawn inside the router");
    let (id, task) = (receipt.job_id, receipt.task);
    let route = Route::Job { id };
    let href = format!("{}?task={task}", route.to_path());
    let follow = Callback::from(move |event: MouseEvent| {
        if !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key()) {
            event.prevent_default();
            // A number is always written.
            let _ = navigator.push_with_query(&route, &[("task", task)]);
        }
    });
    let job = short(&id.to_string());
    html! { <a {href} onclick={follow}><code>{ format!("{job} #{task}") }</code></a> }
}
