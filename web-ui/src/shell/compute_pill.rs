//! Whether this browser computes, in the header of every page.

use super::link::PageLink;
use crate::route::Route;
use crate::texts::use_texts;
use yew::prelude::*;

/// Shape, word, and the way to the page where it is changed.
#[component]
pub(super) fn ComputePill() -> Html {
    let texts = use_texts();
    html! {
        <PageLink to={Route::Volunteer} class="pill">
            <span aria-hidden="true">{ "○" }</span>
            <span class="unseen">{ texts.say("shell-pill-label") }</span>
            <span>{ texts.say("shell-pill-off") }</span>
        </PageLink>
    }
}
