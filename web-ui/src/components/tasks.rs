//! Tasks of open jobs by state: a bar, and the same in words.

use crate::texts::Texts;
use shared::api::jobs::TaskCounts;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct TasksProps {
    pub(crate) texts: &'static Texts,
    pub(crate) tasks: TaskCounts,
    pub(crate) open_jobs: u32,
}

#[component]
pub(crate) fn Tasks(
    TasksProps {
        texts,
        tasks,
        open_jobs,
    }: &TasksProps,
) -> Html {
    let states = [
        ("accepted", texts.accepted, tasks.accepted),
        ("voted", texts.voted, tasks.voted),
        ("running", texts.running, tasks.running),
        ("waiting", texts.waiting, tasks.waiting),
        ("failed", texts.failed, tasks.failed),
    ];
    let total: u32 = states.iter().map(|(_, _, count)| count).sum();
    let mut before = 0.0;
    let parts = states.iter().map(|(class, _, count)| {
        let width = 100.0 * f64::from(*count) / f64::from(total.max(1));
        let x = before;
        before += width;
        html! { <rect class={*class} x={format!("{x}%")} y="0" width={format!("{width}%")} height="100%" /> }
    });
    let words: Vec<String> = states
        .iter()
        .map(|(_, word, count)| format!("{count} {word}"))
        .collect();
    let words = words.join(" · ");
    html! {
        <section aria-labelledby="tasks">
            <h2 id="tasks">{ texts.tasks }</h2>
            if *open_jobs == 0 {
                <p>{ texts.no_jobs }</p>
            } else {
                <svg class="bar" role="img" aria-label={words.clone()}>{ parts.collect::<Html>() }</svg>
                <ul class="legend">
                    { states.iter().map(|(class, word, count)| html! {
                        <li><svg aria-hidden="true"><rect class={*class} width="100%" height="100%" /></svg>
                            { format!("{count} {word}") }</li>
                    }).collect::<Html>() }
                </ul>
            }
        </section>
    }
}
