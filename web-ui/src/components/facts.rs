//! Numbers at a glance.

use crate::texts::Texts;
use shared::api::status::Status;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct FactsProps {
    pub(crate) texts: &'static Texts,
    pub(crate) status: Status,
}

#[component]
pub(crate) fn Facts(FactsProps { texts, status }: &FactsProps) -> Html {
    let nodes = status.nodes;
    html! {
        <section aria-labelledby="now">
            <h2 id="now">{ texts.now }</h2>
            <dl class="facts">
                <div>
                    <dt>{ texts.volunteers }</dt>
                    <dd>{ nodes.connected }</dd>
                    <dd class="note">
                        { format!("{} {} · {} {}", nodes.computing, texts.computing, nodes.slots, texts.slots) }
                    </dd>
                </div>
                <div><dt>{ texts.networks }</dt><dd>{ status.networks }</dd></div>
                <div><dt>{ texts.open_jobs }</dt><dd>{ status.jobs_open }</dd></div>
            </dl>
        </section>
    }
}
