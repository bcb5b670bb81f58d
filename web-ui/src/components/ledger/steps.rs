//! Steps of a check, which turn green or red one by one: by colour, mark and word.

use crate::ledger::Fault;
use crate::texts::{Texts, use_texts};
use yew::prelude::*;

/// How a step stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum StepState {
    /// Not begun.
    Waiting,
    /// Under way.
    Running,
    /// It holds.
    Good,
    /// It does not hold.
    Bad(Fault),
    /// One before it does not hold.
    Skipped,
}

/// A step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    /// What is checked.
    pub(crate) name: String,
    /// How it stands.
    pub(crate) state: StepState,
    /// What was found.
    pub(crate) found: Html,
}

/// What is shown.
#[derive(Properties, PartialEq)]
pub(crate) struct StepsProps {
    pub(crate) id: &'static str,
    pub(crate) steps: Vec<Step>,
    /// What it means when every step holds.
    pub(crate) good: String,
}

/// The steps, and a sentence that screen readers hear once it is over.
#[component]
pub(crate) fn Steps(StepsProps { id, steps, good }: &StepsProps) -> Html {
    let texts = use_texts();
    let is_bad = steps
        .iter()
        .any(|step| matches!(step.state, StepState::Bad(_)));
    let is_good = steps.iter().all(|step| step.state == StepState::Good);
    let (class, outcome) = match (is_good, is_bad) {
        (true, _) => ("check-good", good.clone()),
        (_, true) => ("check-bad", texts.say("ledger-check-bad")),
        _ => ("note", texts.say("ledger-checking")),
    };
    html! {
        <div id={*id}>
            <ol class="steps">{ for steps.iter().map(|step| line(&texts, step)) }</ol>
            <p role="status" class={classes!("check-outcome", class)}>{ outcome }</p>
        </div>
    }
}

fn line(texts: &Texts, step: &Step) -> Html {
    let (class, mark, word) = match &step.state {
        StepState::Waiting => ("step-waiting", "·", texts.say("ledger-step-waiting")),
        StepState::Running => ("step-running", "…", texts.say("ledger-step-running")),
        StepState::Good => ("step-good", "✓", texts.say("ledger-step-good")),
        StepState::Bad(_) => ("step-bad", "✗", texts.say("ledger-step-bad")),
        StepState::Skipped => ("step-skipped", "–", texts.say("ledger-step-skipped")),
    };
    html! {
        <li class={classes!("step", class)}>
            <span class="step-mark" aria-hidden="true">{ mark }</span>
            <div>
                <p class="step-name"><strong>{ &step.name }</strong>{ " · " }<span class="step-word">{ word }</span></p>
                { match &step.state {
                    StepState::Bad(fault) => fault_line(texts, fault),
                    StepState::Good => step.found.clone(),
                    _ => Html::default(),
                } }
            </div>
        </li>
    }
}

/// The rule that is broken, and how.
pub(crate) fn fault_line(texts: &Texts, fault: &Fault) -> Html {
    html! {
        <>
            <p>{ texts.say("ledger-rule") }{ " " }<code class="rule">{ &fault.rule }</code></p>
            <p class="detail" lang="en">{ &fault.words }</p>
        </>
    }
}
