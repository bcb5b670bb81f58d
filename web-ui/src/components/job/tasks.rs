//! The tasks of a job with their seats; one of them with what its guests wrote.

use super::dissent::{said, short};
use crate::submitter::use_submitter;
use crate::texts::{Texts, use_texts};
use shared::api::jobs::{SeatView, TaskCounts, TaskLog, TaskState, TaskView};
use shared::page::submit::{FromSubmitter, ToSubmitter};
use std::cell::RefCell;
use yew::prelude::*;

/// Which job's tasks; when any of this changes they are asked for again.
#[derive(Properties, PartialEq)]
pub(crate) struct TasksProps {
    /// How the tasks stand.
    pub(crate) counts: TaskCounts,
    /// Whether some failed or did not end well.
    pub(crate) has_failed: bool,
    /// The task that the address names.
    pub(crate) named: Option<u32>,
}

/// What the worker told.
#[derive(Debug, Clone, Default, PartialEq)]
struct Told {
    tasks: Option<Vec<TaskView>>,
    next: String,
    open: Option<(TaskView, Option<TaskLog>)>,
}

/// A table of tasks, and the details of one.
#[component]
pub(crate) fn Tasks(
    TasksProps {
        counts,
        has_failed,
        named,
    }: &TasksProps,
) -> Html {
    let texts = use_texts();
    let submitter = use_submitter();
    let told = use_state(Told::default);
    let failed_only = use_state(|| false);
    let page = use_state(String::new);
    {
        let (submitter, setter) = (submitter.clone(), told.setter());
        use_effect_with(*named, move |named| {
            let now = RefCell::new(Told::default());
            let listening = submitter.listen(move |message, _| {
                let mut now = now.borrow_mut();
                match message {
                    FromSubmitter::Tasks {
                        tasks,
                        next_page_token,
                    } => {
                        now.tasks = Some(tasks.clone());
                        now.next.clone_from(next_page_token);
                    }
                    FromSubmitter::Task { view, log } => {
                        now.open = Some(((**view).clone(), log.clone()));
                    }
                    _ => return,
                }
                setter.set(now.clone());
            });
            if let Some(task) = *named {
                submitter.tell(&ToSubmitter::Task { task });
            }
            move || drop(listening)
        });
    }
    {
        let submitter = submitter.clone();
        let key = (*counts, *failed_only, (*page).clone());
        let open = told.open.as_ref().map(|(view, _)| view.task);
        use_effect_with(key, move |(_, failed_only, page)| {
            submitter.tell(&ToSubmitter::Tasks {
                failed_only: *failed_only,
                page_token: page.clone(),
            });
            if let Some(task) = open {
                submitter.tell(&ToSubmitter::Task { task });
            }
        });
    }
    let toggle = {
        let (failed_only, page) = (failed_only.clone(), page.clone());
        Callback::from(move |_: Event| {
            page.set(String::new());
            failed_only.set(!*failed_only);
        })
    };
    let turn = |to: String| {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| page.set(to.clone()))
    };
    let open = {
        let submitter = submitter.clone();
        Callback::from(move |task: u32| submitter.tell(&ToSubmitter::Task { task }))
    };
    html! {
        <section aria-labelledby="tasks">
            <h2 id="tasks">{ texts.say("job-tasks") }</h2>
            if *has_failed {
                <label class="choice">
                    <input id="failed-only" type="checkbox" checked={*failed_only} onchange={toggle} />
                    <span>{ texts.say("job-tasks-failed-only") }</span>
                </label>
            }
            { match &told.tasks {
                None => html! { <p class="note" role="status">{ texts.say("job-tasks-loading") }</p> },
                Some(tasks) if tasks.is_empty() => html! { <p class="note">{ texts.say("job-tasks-none") }</p> },
                Some(tasks) => table(&texts, tasks, &open),
            } }
            <div class="row">
                if !page.is_empty() {
                    <button type="button" onclick={turn(String::new())}>{ texts.say("job-tasks-first") }</button>
                }
                if !told.next.is_empty() {
                    <button type="button" onclick={turn(told.next.clone())}>{ texts.say("job-tasks-next") }</button>
                }
            </div>
            if let Some((view, log)) = &told.open {
                { details(&texts, view, log.as_ref()) }
            }
        </section>
    }
}

fn state(texts: &Texts, state: TaskState) -> String {
    match state {
        TaskState::Waiting => texts.say("job-state-waiting"),
        TaskState::Running => texts.say("job-state-running"),
        TaskState::Voted => texts.say("job-state-voted"),
        TaskState::Accepted => texts.say("job-state-accepted"),
        TaskState::Stored => texts.say("job-state-stored"),
        TaskState::Failed => texts.say("job-state-failed"),
    }
}

fn table(texts: &Texts, tasks: &[TaskView], open: &Callback<u32>) -> Html {
    let row = |view: &TaskView| {
        let (open, task) = (open.clone(), view.task);
        let open = Callback::from(move |_: MouseEvent| open.emit(task));
        let outcome = match (&view.outcome, &view.failure) {
            (Some(outcome), _) => said(texts, outcome),
            (None, Some(failure)) => html! { <span lang="en">{ failure }</span> },
            (None, None) => Html::default(),
        };
        html! {
            <tr>
                <td class="short" data-label={texts.say("job-task")}><button type="button" class="quiet" onclick={open}>{ format!("#{task}") }</button></td>
                <td class="short" data-label={texts.say("job-task-state")}>{ state(texts, view.state) }</td>
                <td class="short" data-label={texts.say("job-task-seats")}>{ seats(texts, view) }</td>
                <td data-label={texts.say("job-task-outcome")}>{ outcome }</td>
            </tr>
        }
    };
    html! {
        <table id="task-table">
            <thead><tr>
                <th scope="col">{ texts.say("job-task") }</th>
                <th scope="col">{ texts.say("job-task-state") }</th>
                <th scope="col">{ texts.say("job-task-seats") }</th>
                <th scope="col">{ texts.say("job-task-outcome") }</th>
            </tr></thead>
            <tbody>{ for tasks.iter().map(row) }</tbody>
        </table>
    }
}

/// A mark for each seat, and the same in words.
fn seats(texts: &Texts, view: &TaskView) -> Html {
    let agree = view.seats.iter().filter(|seat| seat.agrees == Some(true));
    let agree = agree.count();
    let marks: String = view.seats.iter().map(mark).collect();
    let empty = usize::from(view.chosen).saturating_sub(view.seats.len());
    let words = texts.say_with(
        "job-task-agree",
        [("agree", agree.into()), ("chosen", view.chosen.into())],
    );
    let marks = marks + &"○".repeat(empty);
    html! { <><span class="seats" aria-hidden="true">{ marks }</span>{ " " }{ words }</> }
}

const fn mark(seat: &SeatView) -> char {
    match (seat.voted, seat.agrees) {
        (_, Some(true)) => '●',
        (_, Some(false)) => '✕',
        (true, None) => '◆',
        (false, None) => '◌',
    }
}

/// Every seat with who said what, and what the guests wrote.
fn details(texts: &Texts, view: &TaskView, log: Option<&TaskLog>) -> Html {
    let row = |seat: &SeatView| {
        let said = match &seat.outcome {
            Some(outcome) => said(texts, outcome),
            None if seat.voted => html! { texts.say("job-seat-secret") },
            None => html! { texts.say("job-seat-computing") },
        };
        let verdict = match seat.agrees {
            Some(true) => texts.say("job-seat-agrees"),
            Some(false) => texts.say("job-seat-outvoted"),
            None => String::new(),
        };
        html! {
            <tr>
                <td class="short" data-label={texts.say("job-seat")}>{ format!("{} · {}", seat.attempt, seat.seat) }</td>
                <td class="short" data-label={texts.say("job-dissent-who")}><code>{ short(&seat.node_key.to_string()) }</code></td>
                <td data-label={texts.say("job-dissent-said")}>{ said }</td>
                <td class="short" data-label={texts.say("job-seat-verdict")}>{ verdict }</td>
            </tr>
        }
    };
    let entries = log.map_or(&[][..], |log| log.entries.as_slice());
    html! {
        <div class="card" id="task-details" role="status">
            <h3>{ texts.say_with("job-task-details", [("task", view.task.into()), ("state", state(texts, view.state).into())]) }</h3>
            if view.seats.is_empty() {
                <p class="note">{ texts.say("job-seats-none") }</p>
            } else {
                <table>
                    <thead><tr>
                        <th scope="col">{ texts.say("job-seat") }</th>
                        <th scope="col">{ texts.say("job-dissent-who") }</th>
                        <th scope="col">{ texts.say("job-dissent-said") }</th>
                        <th scope="col">{ texts.say("job-seat-verdict") }</th>
                    </tr></thead>
                    <tbody>{ for view.seats.iter().map(row) }</tbody>
                </table>
            }
            { for entries.iter().map(|entry| html! {
                <>
                    <h4>{ texts.say_with("job-log-of", [("node", short(&entry.node_key.to_string()).into())]) }</h4>
                    <pre tabindex="0" class="tall"><code>{ &entry.stderr }</code></pre>
                </>
            }) }
            <p class="note">{ texts.say("job-log-unverified") }</p>
        </div>
    }
}
