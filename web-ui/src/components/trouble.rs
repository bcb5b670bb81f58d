//! Why something did not work, in a sentence, with the details behind it.

use crate::texts::{Texts, use_texts};
use shared::page::submit::{Trouble, TroubleCode};
use yew::prelude::*;

/// The sentence.
pub(crate) fn trouble_sentence(texts: &Texts, code: TroubleCode) -> String {
    match code {
        TroubleCode::Unreachable => texts.say("trouble-unreachable"),
        TroubleCode::Busy => texts.say("trouble-busy"),
        TroubleCode::NotFound => texts.say("trouble-not-found"),
        TroubleCode::NotApproved => texts.say("trouble-not-approved"),
        TroubleCode::Refused => texts.say("trouble-refused"),
        TroubleCode::NotUnderstood => texts.say("trouble-not-understood"),
        TroubleCode::OtherLedger => texts.say("trouble-other-ledger"),
        TroubleCode::Tampered => texts.say("trouble-tampered"),
        TroubleCode::NoKey => texts.say("trouble-no-key"),
        TroubleCode::Key => texts.say("trouble-key"),
        TroubleCode::Program => texts.say("trouble-program"),
        TroubleCode::NoProgram => texts.say("trouble-no-program"),
        TroubleCode::NoInput => texts.say("trouble-no-input"),
        TroubleCode::Split => texts.say("trouble-split"),
        TroubleCode::Args => texts.say("trouble-args"),
        TroubleCode::Limits => texts.say("trouble-limits"),
        TroubleCode::Job => texts.say("trouble-job"),
        TroubleCode::InputChanged => texts.say("trouble-input-changed"),
        TroubleCode::Guest => texts.say("trouble-guest"),
        TroubleCode::Stopped => texts.say("trouble-stopped"),
        TroubleCode::Browser => texts.say("trouble-browser"),
    }
}

/// What is shown.
#[derive(Properties, PartialEq)]
pub(crate) struct TroubleBoxProps {
    pub(crate) trouble: Trouble,
    /// Whether it is only said, because nothing went wrong yet.
    #[prop_or_default]
    pub(crate) is_hint: bool,
}

/// The sentence, and the details in the language of the specification.
#[component]
pub(crate) fn TroubleBox(TroubleBoxProps { trouble, is_hint }: &TroubleBoxProps) -> Html {
    let texts = use_texts();
    let (role, class) = if *is_hint {
        ("status", "note")
    } else {
        ("alert", "alert")
    };
    html! {
        <div {role} {class}>
            <p>{ trouble_sentence(&texts, trouble.code) }</p>
            if !trouble.detail.is_empty() {
                <p class="detail" lang="en">{ &trouble.detail }</p>
            }
        </div>
    }
}
