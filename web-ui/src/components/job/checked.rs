//! What was verified in this browser, and what that means in words.

use super::head::NewsProps;
use crate::texts::use_texts;
use shared::page::submit::ResultNews;
use yew::prelude::*;

/// Numbers of verified tasks, votes and keys; or red, with the rule that is broken.
#[component]
pub(crate) fn CheckedHere(NewsProps { news }: &NewsProps) -> Html {
    let texts = use_texts();
    if let ResultNews::Broken { rule } = &news.result {
        return html! {
            <section class="broken" role="alert" id="broken" aria-labelledby="broken-heading">
                <h2 id="broken-heading">{ texts.say("job-broken") }</h2>
                <p>{ texts.say("job-broken-what") }</p>
                <p class="detail" lang="en"><code>{ rule }</code></p>
            </section>
        };
    }
    let checked = &news.checked;
    let decided = checked.good + checked.not_good + checked.failed;
    html! {
        <section aria-labelledby="checked">
            <h2 id="checked">{ texts.say("job-checked") }</h2>
            if decided == 0 {
                <p class="note">{ texts.say("job-checked-nothing") }</p>
            } else {
                <p id="verified">
                    <strong>{ texts.say_with("job-checked-tasks", [("good", checked.good.into()), ("count", news.view.task_count.into())]) }</strong>
                </p>
                if checked.least_agree > 0 {
                    <p>{ texts.say_with("job-checked-means", [
                        ("least", checked.least_agree.into()),
                        ("keys", checked.keys.into()),
                    ]) }</p>
                }
                <ul class="lines note">
                    <li>{ texts.say_with("job-checked-votes", [("votes", checked.votes.into()), ("outvoted", checked.outvoted.into())]) }</li>
                    if checked.not_good > 0 {
                        <li>{ texts.say_with("job-checked-not-good", [("count", checked.not_good.into())]) }</li>
                    }
                    if checked.failed > 0 {
                        <li>{ texts.say_with("job-checked-failed", [("count", checked.failed.into())]) }</li>
                    }
                    if checked.one_network > 0 {
                        <li>{ texts.say_with("job-checked-one-network", [("count", checked.one_network.into())]) }</li>
                    }
                    if checked.unproven > 0 {
                        <li>{ texts.say_with("job-checked-unproven", [("count", checked.unproven.into())]) }</li>
                    }
                    <li>{ texts.say("job-checked-not") }</li>
                </ul>
            }
        </section>
    }
}
