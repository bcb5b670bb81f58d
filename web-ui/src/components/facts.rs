//! Numbers at a glance.

use crate::texts::use_texts;
use shared::api::status::Status;
use yew::prelude::*;

/// What is shown.
#[derive(Properties, PartialEq)]
pub(crate) struct FactsProps {
    pub(crate) status: Status,
}

/// Volunteers, networks and jobs of now.
#[component]
pub(crate) fn Facts(FactsProps { status }: &FactsProps) -> Html {
    let texts = use_texts();
    let nodes = status.nodes;
    let computing = texts.say_with(
        "status-computing",
        [
            ("computing", nodes.computing.into()),
            ("slots", nodes.slots.into()),
        ],
    );
    html! {
        <dl class="facts">
            <div>
                <dt>{ texts.say("status-volunteers") }</dt>
                <dd>{ texts.number(nodes.connected) }</dd>
                <dd class="note">{ computing }</dd>
            </div>
            <div>
                <dt>{ texts.say("status-networks") }</dt>
                <dd>{ texts.number(status.networks) }</dd>
                <dd class="note">{ texts.say("status-networks-why") }</dd>
            </div>
            <div>
                <dt>{ texts.say("status-open-jobs") }</dt>
                <dd>{ texts.number(status.jobs_open) }</dd>
                <dd class="note">{ texts.say("status-open-jobs-what") }</dd>
            </div>
        </dl>
    }
}
