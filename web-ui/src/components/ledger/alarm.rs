//! The alarm: the ledger was rewritten. It stands in place of every page.

use crate::browser;
use crate::ledger::{Alarm, AlarmKind, use_alarm};
use crate::shell::page_title::PageTitle;
use crate::texts::{Texts, use_texts};
use shared::ledger::checkpoint::Checkpoint;
use shared::ledger::note::Note;
use yew::prelude::*;

/// The file of the evidence.
const FILE: &str = "manyhands-ledger-evidence.txt";

/// What is shown.
#[derive(Properties, PartialEq)]
pub(crate) struct AlarmPageProps {
    pub(crate) alarm: Alarm,
}

/// What happened, the evidence, what to do.
#[component]
pub(crate) fn AlarmPage(AlarmPageProps { alarm }: &AlarmPageProps) -> Html {
    let texts = use_texts();
    let state = use_alarm();
    use_effect_with((), |()| {
        browser::set_root_attribute("data-alarm", Some("ledger"));
        || browser::set_root_attribute("data-alarm", None)
    });
    let save = {
        let alarm = alarm.clone();
        Callback::from(move |_: MouseEvent| browser::download_text(FILE, &alarm.evidence()))
    };
    let again = {
        let state = state.clone();
        Callback::from(move |_: MouseEvent| state.end())
    };
    let forget = Callback::from(move |_: MouseEvent| state.forget());
    let (what, heading) = match alarm.kind {
        AlarmKind::Fork => (texts.say("alarm-fork"), texts.say("alarm-heading-fork")),
        AlarmKind::Rollback => (
            texts.say("alarm-rollback"),
            texts.say("alarm-heading-rollback"),
        ),
    };
    html! {
        <div id="ledger-alarm" class="alarm" role="alert">
            <PageTitle text={heading} title={texts.say("alarm-title")} />
            <p class="lead">{ what }</p>
            <p>{ texts.say("alarm-means") }</p>
            <p class="row"><button class="primary" id="save-evidence" onclick={save}>{ texts.say("alarm-save") }</button></p>
            <h2>{ texts.say("alarm-do") }</h2>
            <ol>
                <li>{ texts.say("alarm-do-save") }</li>
                <li>{ texts.say("alarm-do-tell") }</li>
                <li>{ texts.say("alarm-do-stop") }</li>
            </ol>
            <h2>{ texts.say("alarm-evidence") }</h2>
            <dl class="pairs">
                { head(&texts, texts.say("alarm-kept"), &alarm.kept) }
                { head(&texts, texts.say("alarm-found"), &alarm.found) }
            </dl>
            <p class="note">{ texts.say_with("alarm-seen", [("at", texts.time(alarm.at_ms).into())]) }</p>
            <h2>{ texts.say("alarm-go-on") }</h2>
            <p>{ texts.say("alarm-again-what") }</p>
            <p class="row"><button id="ask-again" onclick={again}>{ texts.say("alarm-again") }</button></p>
            <details>
                <summary>{ texts.say("alarm-forget-summary") }</summary>
                <p>{ texts.say("alarm-forget-what") }</p>
                <button id="forget-ledger" onclick={forget}>{ texts.say("alarm-forget") }</button>
            </details>
        </div>
    }
}

/// Size and root of a checkpoint.
fn head(texts: &Texts, name: String, signed: &str) -> Html {
    let parsed = Note::parse(signed.as_bytes()).ok();
    let checkpoint = parsed.and_then(|note| note.text().parse::<Checkpoint>().ok());
    let Some(Checkpoint { size, root, .. }) = checkpoint else {
        return Html::default();
    };
    html! {
        <div>
            <dt>{ name }</dt>
            <dd>{ texts.say_with("ledger-entries-count", [("count", size.into())]) }<br /><code>{ root.to_string() }</code></dd>
        </div>
    }
}
