//! Whether this browser computes, in the header of every page.

use super::link::PageLink;
use crate::compute::{Place, use_compute};
use crate::route::Route;
use crate::texts::use_texts;
use shared::page::volunteer::Phase;
use yew::prelude::*;

/// Shape, word, and the way to the page where it is changed.
#[component]
pub(super) fn ComputePill() -> Html {
    let texts = use_texts();
    let view = use_compute().view;
    let count = view.snapshot.running.len();
    let (shape, word, is_on) = match (view.place, view.snapshot.phase) {
        (Place::Nowhere, _) | (_, Phase::Off | Phase::Blocked) => {
            ("○", texts.say("shell-pill-off"), false)
        }
        // The first tasks are still being fetched.
        (_, Phase::Computing) if count == 0 => ("●", texts.say("shell-pill-waiting"), true),
        (_, Phase::Computing) => (
            "▶",
            texts.say_with("shell-pill-computing", [("count", count.into())]),
            true,
        ),
        (_, Phase::Finishing) => ("▶", texts.say("shell-pill-finishing"), true),
        (_, Phase::Paused) => ("❚❚", texts.say("shell-pill-paused"), false),
        (_, Phase::Distributing) => ("❚❚", texts.say("shell-pill-distributing"), false),
        (_, Phase::Starting | Phase::Offline) => ("◌", texts.say("shell-pill-connecting"), true),
        (_, Phase::Idle) => ("●", texts.say("shell-pill-waiting"), true),
    };
    html! {
        <PageLink to={Route::Volunteer} class={classes!("pill", is_on.then_some("pill-on"))}>
            <span aria-hidden="true">{ shape }</span>
            <span class="unseen">{ texts.say("shell-pill-label") }</span>
            <span id="pill-word">{ word }</span>
        </PageLink>
    }
}
