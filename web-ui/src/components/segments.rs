//! Tasks by state: a bar of segments, and the same with a shape, a word and a number for each state.

use crate::texts::{Texts, use_texts};
use shared::api::jobs::TaskCounts;
use yew::prelude::*;

/// What is shown.
#[derive(Properties, PartialEq)]
pub(crate) struct SegmentsProps {
    pub(crate) tasks: TaskCounts,
}

/// A state of tasks as it is drawn.
struct Drawn {
    /// Colour, by the style sheet.
    class: &'static str,
    /// Shape, on a square of 16.
    shape: &'static str,
    word: String,
    count: u32,
}

/// The states in the order in which they are drawn: what is done is on the left.
fn drawn(tasks: &TaskCounts, texts: &Texts) -> [Drawn; 6] {
    let state = |class, shape, word, count| Drawn {
        class,
        shape,
        word,
        count,
    };
    [
        state(
            "state-stored",
            "M2 2H14V14H2Z",
            texts.say("job-state-stored"),
            tasks.stored,
        ),
        state(
            "state-accepted",
            "M1.5 8.5 4 6 6.5 8.5 12 3 14.5 5.5 6.5 13.5Z",
            texts.say("job-state-accepted"),
            tasks.accepted,
        ),
        state(
            "state-voted",
            "M8 1 15 8 8 15 1 8Z",
            texts.say("job-state-voted"),
            tasks.voted,
        ),
        state(
            "state-running",
            "M3 1.5 14 8 3 14.5Z",
            texts.say("job-state-running"),
            tasks.running,
        ),
        state(
            "state-waiting",
            "M8 1A7 7 0 0 0 8 15 7 7 0 0 0 8 1ZM8 4A4 4 0 0 1 8 12 4 4 0 0 1 8 4Z",
            texts.say("job-state-waiting"),
            tasks.waiting,
        ),
        state(
            "state-failed",
            "M3.5 1 8 5.5 12.5 1 15 3.5 10.5 8 15 12.5 12.5 15 8 10.5 3.5 15 1 12.5 5.5 8 1 3.5Z",
            texts.say("job-state-failed"),
            tasks.failed,
        ),
    ]
}

/// The bar with its legend. States without a task are left out.
#[component]
pub(crate) fn Segments(SegmentsProps { tasks }: &SegmentsProps) -> Html {
    let texts = use_texts();
    let states = drawn(tasks, &texts);
    let states: Vec<&Drawn> = states.iter().filter(|state| state.count > 0).collect();
    let total: f64 = states.iter().map(|state| f64::from(state.count)).sum();
    let mut before = 0.0;
    let segments = states.iter().map(|state| {
        let width = 100.0 * f64::from(state.count) / total;
        let x = before;
        before += width;
        html! { <rect class={state.class} x={format!("{x}%")} width={format!("{width}%")} height="100%" /> }
    });
    html! {
        <div class="segments">
            <svg class="segments-bar" aria-hidden="true">{ segments.collect::<Html>() }</svg>
            <ul class="legend">
                { states.iter().map(|state| html! {
                    <li>
                        <svg class={state.class} viewBox="0 0 16 16" aria-hidden="true"><path d={state.shape} /></svg>
                        <span><b>{ texts.number(state.count) }</b>{ " " }{ &state.word }</span>
                    </li>
                }).collect::<Html>() }
            </ul>
        </div>
    }
}
