//! Cancel, which asks first; duplicate and edit.

use crate::components::trouble::TroubleBox;
use crate::submitter::use_submitter;
use crate::texts::use_texts;
use shared::page::submit::{ToSubmitter, Trouble};
use web_sys::HtmlElement;
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
    let [open, no] = [use_node_ref(), use_node_ref()];
    use_focus(*is_asking, &open, &no);
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
                    <button type="button" id="cancel" ref={open} onclick={ask(true)}>{ texts.say("job-cancel") }</button>
                }
            </div>
            if *is_asking && !has_ended {
                <div class="card" role="alertdialog" aria-labelledby="cancel-question" aria-describedby="cancel-kept">
                    <h3 id="cancel-question">{ texts.say("job-cancel-question") }</h3>
                    <p id="cancel-kept">{ texts.say("job-cancel-kept") }</p>
                    <div class="row">
                        <button type="button" id="cancel-yes" onclick={cancel}>{ texts.say("job-cancel-yes") }</button>
                        <button type="button" id="cancel-no" ref={no} onclick={ask(false)}>{ texts.say("job-cancel-no") }</button>
                    </div>
                </div>
            }
            if let Some(trouble) = trouble.clone() {
                <TroubleBox {trouble} />
            }
        </section>
    }
}

/// The focus goes to the question's harmless answer, and back to where it was asked from.
#[hook]
fn use_focus(is_asking: bool, open: &NodeRef, no: &NodeRef) {
    let was_asking = use_mut_ref(|| false);
    let (open, no) = (open.clone(), no.clone());
    use_effect_with(is_asking, move |is_asking| {
        let before = was_asking.replace(*is_asking);
        let target = if *is_asking { no } else { open };
        // When the job was cancelled there is no button to go back to.
        if let Some(button) = target.cast::<HtmlElement>()
            && before != *is_asking
        {
            // Only an element that cannot be focused refuses it.
            let _ = button.focus();
        }
    });
}
