//! What became of the tasks since Start.

use crate::components::fuel::instructions;
use crate::compute::use_compute;
use crate::texts::{Texts, use_texts};
use shared::page::volunteer::{Phase, Snapshot};
use shared::protocol::UnableReason;
use yew::prelude::*;

/// Numbers at a glance; nothing before the first start.
#[component]
pub(crate) fn Counts() -> Html {
    let texts = use_texts();
    let snapshot = use_compute().view.snapshot;
    if snapshot.started_at_ms.is_none() {
        return Html::default();
    }
    let counts = snapshot.counts;
    let fact = |id: &'static str, name: String, value: u64, note: String| {
        html! {
            <div>
                <dt>{ name }</dt>
                <dd id={id}>{ texts.number(as_number(value)) }</dd>
                <dd class="note">{ note }</dd>
            </div>
        }
    };
    html! {
        <section aria-labelledby="session">
            <h2 id="session">{ texts.say("volunteer-session") }</h2>
            <dl class="facts">
                { fact("verified", texts.say("volunteer-verified"), counts.verified, texts.say("volunteer-verified-what")) }
                { fact("pending", texts.say("volunteer-pending"), counts.pending, texts.say("volunteer-pending-what")) }
                { fact("rejected", texts.say("volunteer-rejected"), counts.rejected, texts.say("volunteer-rejected-what")) }
            </dl>
            <p class="note" id="credit" data-fuel={counts.credit.to_string()}>
                { texts.say_with("volunteer-credit", [("instructions", instructions(&texts, counts.credit).into())]) }
            </p>
            <p class="note" id="guest-time" data-us={snapshot.guest_us.to_string()}>
                { texts.say_with("volunteer-guest-time", [("seconds", as_number(snapshot.guest_us / 1_000_000).into())]) }
            </p>
            <p class="note">{ traffic(&texts, &snapshot) }</p>
            if let Some(unable) = &snapshot.last_unable {
                <p class="note" id="last-unable">{ unable_sentence(&texts, unable.reason) }</p>
            }
        </section>
    }
}

fn traffic(texts: &Texts, snapshot: &Snapshot) -> String {
    let kib = |bytes: u64| as_number(bytes.div_ceil(1024));
    let is_over = matches!(snapshot.phase, Phase::Off | Phase::Blocked);
    let (down, up) = (kib(snapshot.bytes_in), kib(snapshot.bytes_out));
    if is_over {
        texts.say_with(
            "volunteer-traffic-was",
            [("down", down.into()), ("up", up.into())],
        )
    } else {
        texts.say_with(
            "volunteer-traffic",
            [("down", down.into()), ("up", up.into())],
        )
    }
}

fn unable_sentence(texts: &Texts, reason: UnableReason) -> String {
    match reason {
        UnableReason::HostMemory => texts.say("volunteer-unable-memory"),
        UnableReason::WallClock => texts.say("volunteer-unable-wall"),
        UnableReason::Frozen => texts.say("volunteer-unable-frozen"),
        UnableReason::Stopped => texts.say("volunteer-unable-stopped"),
        UnableReason::Fetch => texts.say("volunteer-unable-fetch"),
        UnableReason::Engine => texts.say("volunteer-unable-engine"),
        UnableReason::Capability => texts.say("volunteer-unable-capability"),
        UnableReason::OutputMissing => texts.say("volunteer-unable-output"),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "nobody counts 2^53 tasks or bytes in one session"
)]
const fn as_number(value: u64) -> f64 {
    value as f64
}
