//! What runs now, and for whom.

use crate::compute::use_compute;
use crate::route::Route;
use crate::shell::link::PageLink;
use crate::texts::{Texts, use_texts};
use shared::page::volunteer::RunningTask;
use yew::prelude::*;

/// A row for each task that runs; nothing while none does.
#[component]
pub(crate) fn Running() -> Html {
    let texts = use_texts();
    let snapshot = use_compute().view.snapshot;
    if snapshot.running.is_empty() {
        return Html::default();
    }
    html! {
        <section aria-labelledby="runs">
            <h2 id="runs">{ texts.say("volunteer-runs-now") }</h2>
            <table>
                <thead><tr>
                    <th scope="col">{ texts.say("volunteer-program") }</th>
                    <th scope="col">{ texts.say("volunteer-job") }</th>
                    <th scope="col">{ texts.say("volunteer-task") }</th>
                    <th scope="col">{ texts.say("volunteer-hash") }</th>
                </tr></thead>
                <tbody>{ snapshot.running.iter().map(|task| row(&texts, task)).collect::<Html>() }</tbody>
            </table>
        </section>
    }
}

fn row(texts: &Texts, task: &RunningTask) -> Html {
    let name = if task.title.is_empty() {
        short(&task.job_id.to_string())
    } else {
        task.title.clone()
    };
    let module = task.module_sha256.to_string();
    html! {
        <tr>
            <td data-label={texts.say("volunteer-program")}>{ &task.program }</td>
            <td data-label={texts.say("volunteer-job")}>
                <PageLink to={Route::Job { id: task.job_id }}>{ name }</PageLink>
            </td>
            <td data-label={texts.say("volunteer-task")}>{ texts.number(task.task) }</td>
            <td data-label={texts.say("volunteer-hash")}><code title={module.clone()}>{ short(&module) }</code></td>
        </tr>
    }
}

/// The first digits of an id: enough to compare by eye.
pub(super) fn short(id: &str) -> String {
    id.chars().take(12).chain(['…']).collect()
}
