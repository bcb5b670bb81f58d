//! Cancel, which asks first; duplicate and edit.

use crate::components::trouble::TroubleBox;
use crate::submitter::use_submitter;
use crate::texts::use_texts;
use shared::page::submit::{ToSubmitter, Trouble};
use yew::prelude::*;

/// What is shown.
#[derive(Properties, PartialEq)]
pub(crate) struct CancelProps {
    /// Whether nothing more will happen anyway.
    pub(crate) has_ended: bool,
    /// Why it did not work.
    pub(crate) trouble: Option<Trouble>,
}

/// The buttons.
#[component]
pub(crate) fn Cancel(CancelProps { has_ended, trouble }: &CancelProps) -> Html {
    let texts = use_texts();
    let submitter = use_submitter();
    let is_asking = use_state(|| false);
    let ask = |yes: bool| {
        let is_asking = is_asking.clone();
        Callback::from(move |_: MouseEvent| is_asking.set(yes))
    };
    let cancel = {
        let (submitter, is_asking) = (submitter.clone(), is_asking.clone());
        Callback::from(move |_: MouseEvent| {
            is_asking.set(false);
            submitter.tell(&ToSubmitter::Cancel);
        })
    };
    let duplicate = Callback::from(move |_: MouseEvent| submitter.tell(&ToSubmitter::Duplicate));
    html! {
        <section aria-labelledby="acts">
            <h2 id="acts">{ texts.say("job-acts") }</h2>
            <div class="row">
                <button type="button" id="duplicate" onclick={duplicate}>{ texts.say("job-duplicate") }</button>
                if !has_ended && !*is_asking {
                    <button type="button" id="cancel" onclick={ask(true)}>{ texts.say("job-cancel") }</button>
                }
            </div>
            if *is_asking && !has_ended {
                <div class="card" role="alertdialog" aria-labelledby="cancel-question" aria-describedby="cancel-kept">
                    <h3 id="cancel-question">{ texts.say("job-cancel-question") }</h3>
                    <p id="cancel-kept">{ texts.say("job-cancel-kept") }</p>
                    <div class="row">
                        <button type="button" id="cancel-yes" onclick={cancel}>{ texts.say("job-cancel-yes") }</button>
                        <button type="button" onclick={ask(false)}>{ texts.say("job-cancel-no") }</button>
                    </div>
                </div>
            }
            if let Some(trouble) = trouble.clone() {
                <TroubleBox {trouble} />
            }
        </section>
    }
}
