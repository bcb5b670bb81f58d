//! Start, Pause, Finish and Stop: always there, and none ever means another.

use crate::compute::{Act, Place, use_compute};
use crate::texts::use_texts;
use shared::page::volunteer::{PauseCause, Phase, Reason};
use yew::prelude::*;

/// The four buttons.
#[component]
pub(crate) fn Buttons() -> Html {
    let texts = use_texts();
    let compute = use_compute();
    let view = &compute.view;
    let act = |act: Act| {
        let wanted = compute.act.clone();
        Callback::from(move |_: MouseEvent| wanted.emit(act.clone()))
    };
    let runs = view.place != Place::Nowhere;
    let is_paused = view.snapshot.reason == Some(Reason::Paused(PauseCause::User));
    let ends = view.snapshot.phase == Phase::Finishing;
    let start = match view.place {
        Place::Elsewhere => texts.say("volunteer-take-over"),
        Place::Nowhere | Place::Here => texts.say("volunteer-start"),
    };
    let can_start = !view.is_blocked() && (view.place != Place::Here || is_paused);
    html! {
        <div class="row" role="group" aria-label={texts.say("volunteer-buttons")}>
            <button type="button" id="start" class="primary" disabled={!can_start} onclick={act(Act::Start)}>
                <span aria-hidden="true">{ "▶" }</span>{ start }
            </button>
            <button type="button" id="pause" disabled={!runs || is_paused || ends} onclick={act(Act::Pause)}>
                <span aria-hidden="true">{ "❚❚" }</span>{ texts.say("volunteer-pause") }
            </button>
            <button type="button" id="finish" disabled={!runs || ends} onclick={act(Act::Finish)}>
                <span aria-hidden="true">{ "⚑" }</span>{ texts.say("volunteer-finish") }
            </button>
            <button type="button" id="stop" disabled={!runs} onclick={act(Act::Stop)}>
                <span aria-hidden="true">{ "■" }</span>{ texts.say("volunteer-stop") }
            </button>
        </div>
    }
}
