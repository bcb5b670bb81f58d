//! One sentence and one code whenever nothing runs.

use crate::browser;
use crate::compute::{Act, Place, use_compute};
use crate::texts::{Texts, use_texts};
use gloo_timers::callback::Interval;
use shared::ids::UnixMs;
use shared::page::volunteer::{PauseCause, Phase, Reason};
use yew::prelude::*;

/// How the node stands.
#[component]
pub(crate) fn ReasonLine() -> Html {
    let texts = use_texts();
    let compute = use_compute();
    let (view, snapshot) = (&compute.view, &compute.view.snapshot);
    let counts_down = matches!(
        snapshot.reason,
        Some(Reason::Offline { .. } | Reason::Backoff { .. })
    );
    use_seconds(counts_down);
    let retry = {
        let act = compute.act.clone();
        Callback::from(move |_: MouseEvent| act.emit(Act::RetryNow))
    };
    let is_offline = view.place == Place::Here && snapshot.phase == Phase::Offline;
    html! {
        <div class="reason">
            <p role="status" id="node-status" data-phase={phase_name(snapshot.phase)}>
                if let Some(reason) = &snapshot.reason {
                    { sentence(&texts, reason) }{ " " }<code>{ reason.code() }</code>
                } else {
                    { texts.say_with("volunteer-computing", [("count", snapshot.running.len().into())]) }
                }
            </p>
            if view.place == Place::Elsewhere {
                <p>{ texts.say("volunteer-elsewhere") }</p>
            }
            if is_offline {
                <p><button type="button" onclick={retry}>{ texts.say("volunteer-retry-now") }</button></p>
            }
            if let Some(notice) = &snapshot.notice {
                <p class="note">{ texts.say("volunteer-notice") }{ " " }{ notice }</p>
            }
        </div>
    }
}

/// Draws the component again every second while `is_wanted`.
#[hook]
fn use_seconds(is_wanted: bool) {
    let redraw = use_force_update();
    use_effect_with(is_wanted, move |is_wanted| {
        let ticks = is_wanted.then(|| Interval::new(1000, move || redraw.force_update()));
        move || drop(ticks)
    });
}

/// The phase for the style sheet and for tests.
const fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Off => "off",
        Phase::Starting => "starting",
        Phase::Idle => "idle",
        Phase::Computing => "computing",
        Phase::Distributing => "distributing",
        Phase::Paused => "paused",
        Phase::Finishing => "finishing",
        Phase::Offline => "offline",
        Phase::Blocked => "blocked",
    }
}

/// The sentence of a reason.
fn sentence(texts: &Texts, reason: &Reason) -> String {
    match reason {
        Reason::NeverStarted => texts.say("volunteer-reason-never-started"),
        Reason::StoppedByUser => texts.say("volunteer-reason-stopped"),
        Reason::Starting => texts.say("volunteer-reason-starting"),
        Reason::Paused(cause) => pause(texts, *cause),
        Reason::OtherTab => texts.say("volunteer-reason-other-tab"),
        Reason::NoWork => texts.say("volunteer-reason-no-work"),
        Reason::OwnJobs => texts.say("volunteer-reason-own-jobs"),
        Reason::SeatRules => texts.say("volunteer-reason-seat-rules"),
        Reason::Backoff { until_ms } => {
            let seconds = seconds_until(*until_ms);
            texts.say_with("volunteer-reason-backoff", [("seconds", seconds.into())])
        }
        Reason::Draining => texts.say("volunteer-reason-draining"),
        Reason::Fetching => texts.say("volunteer-reason-fetching"),
        Reason::Finishing => texts.say("volunteer-reason-finishing"),
        Reason::Distributing => texts.say("volunteer-reason-distributing"),
        Reason::Frozen { for_ms } => {
            let seconds = for_ms.div_ceil(1000);
            texts.say_with("volunteer-reason-frozen", [("seconds", seconds.into())])
        }
        Reason::Offline { retry_at_ms } => {
            let seconds = seconds_until(*retry_at_ms);
            texts.say_with("volunteer-reason-offline", [("seconds", seconds.into())])
        }
        Reason::ByExtension => texts.say("volunteer-reason-extension"),
        Reason::Unsupported { feature } => {
            let feature = feature.as_str();
            texts.say_with(
                "volunteer-reason-unsupported",
                [("feature", feature.into())],
            )
        }
        Reason::InsecureContext => texts.say("volunteer-reason-insecure"),
        Reason::Banned => texts.say("volunteer-reason-banned"),
        Reason::Outdated => texts.say("volunteer-reason-outdated"),
        Reason::TakenOver => texts.say("volunteer-reason-taken-over"),
        Reason::InvalidVotes => texts.say("volunteer-reason-invalid-votes"),
        Reason::Refused => texts.say("volunteer-reason-refused"),
        Reason::FalseLedger => texts.say("volunteer-reason-false-ledger"),
    }
}

fn pause(texts: &Texts, cause: PauseCause) -> String {
    match cause {
        PauseCause::User => texts.say("volunteer-reason-paused"),
        PauseCause::Battery => texts.say("volunteer-reason-battery"),
        PauseCause::Pressure => texts.say("volunteer-reason-pressure"),
        PauseCause::Hours => texts.say("volunteer-reason-hours"),
        PauseCause::DataCap => texts.say("volunteer-reason-data-cap"),
        PauseCause::HiddenMobile => texts.say("volunteer-reason-hidden"),
    }
}

fn seconds_until(at: UnixMs) -> u64 {
    at.since(browser::now()).div_ceil(1000)
}
