//! The head of the ledger: how large it is, how old, who has cosigned it.

use crate::browser;
use crate::ledger::Head;
use crate::texts::{Texts, use_texts};
use gloo_timers::callback::Interval;
use shared::ids::UnixMs;
use yew::prelude::*;

/// Time between two looks at the clock, ms.
const TICK_MS: u32 = 1_000;
/// Storage nodes cosign at least every 60 s; older than this is strange.
const STALE_S: u64 = 180;

/// What is shown.
#[derive(Properties, PartialEq)]
pub(crate) struct HeadCardProps {
    pub(crate) head: Head,
    /// Whether it could not be asked for again since.
    pub(crate) is_old: bool,
}

/// The head.
#[component]
pub(crate) fn HeadCard(HeadCardProps { head, is_old }: &HeadCardProps) -> Html {
    let texts = use_texts();
    let age_s = use_age(head.newest_s());
    let names: Vec<&str> = head
        .cosigned
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    let quorum = texts.say_with(
        "ledger-quorum",
        [
            ("threshold", head.threshold.into()),
            ("members", head.members.into()),
        ],
    );
    let since = match &head.before {
        None => texts.say("ledger-first-visit"),
        Some(before) => texts.say_with(
            "ledger-extends",
            [
                ("count", before.size.into()),
                ("at", texts.time(before.at_ms).into()),
            ],
        ),
    };
    html! {
        <section aria-labelledby="head" id="ledger-head">
            <h2 id="head">{ texts.say("ledger-head") }</h2>
            <dl class="facts">
                <div>
                    <dt>{ texts.say("ledger-size") }</dt>
                    <dd id="head-size">{ texts.say_with("ledger-number", [("number", head.size.into())]) }</dd>
                    <dd class="note">{ texts.say("ledger-size-what") }</dd>
                </div>
                <div>
                    <dt>{ texts.say("ledger-age") }</dt>
                    <dd id="head-age">{ age_words(&texts, age_s) }</dd>
                    <dd class="note">{ texts.say("ledger-age-what") }</dd>
                </div>
                <div>
                    <dt>{ texts.say("ledger-cosigned") }</dt>
                    <dd id="head-cosigned">{ names.join(", ") }</dd>
                    <dd class="note">{ quorum }</dd>
                </div>
            </dl>
            if *is_old || age_s > STALE_S {
                <p class="alert" id="head-stale">{ texts.say("ledger-stale") }</p>
            }
            <p class="checked" id="head-checked">{ "✓ " }{ texts.say("ledger-head-checked") }{ " " }{ since }</p>
            <dl class="pairs">
                <div><dt>{ texts.say("ledger-name") }</dt><dd><code>{ &head.origin }</code></dd></div>
                <div><dt>{ texts.say("ledger-root") }</dt><dd><code>{ head.root.to_string() }</code></dd></div>
            </dl>
        </section>
    }
}

/// Seconds since a time, by this machine's clock; never below zero.
#[hook]
fn use_age(since_s: u64) -> u64 {
    let now = use_state(browser::now);
    {
        let setter = now.setter();
        use_effect_with((), move |()| {
            let ticking = Interval::new(TICK_MS, move || {
                if !browser::document().hidden() {
                    setter.set(browser::now());
                }
            });
            move || drop(ticking)
        });
    }
    let UnixMs(now_ms) = *now;
    (now_ms / 1000).saturating_sub(since_s)
}

fn age_words(texts: &Texts, age_s: u64) -> String {
    match age_s {
        0..120 => texts.say_with("ledger-age-seconds", [("count", age_s.into())]),
        120..7_200 => texts.say_with("ledger-age-minutes", [("count", (age_s / 60).into())]),
        7_200..172_800 => texts.say_with("ledger-age-hours", [("count", (age_s / 3_600).into())]),
        _ => texts.say_with("ledger-age-days", [("count", (age_s / 86_400).into())]),
    }
}
