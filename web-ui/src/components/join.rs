//! How to take part today: the two command lines for this very coordinator, and who sees what.

use crate::texts::Texts;
use shared::api::status::Status;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct JoinProps {
    pub(crate) texts: &'static Texts,
    pub(crate) status: Status,
}

#[component]
pub(crate) fn Join(JoinProps { texts, status }: &JoinProps) -> Html {
    let origin = web_sys::window().and_then(|window| window.location().origin().ok());
    let url = origin.unwrap_or_default();
    html! {
        <>
            <section aria-labelledby="part">
                <h2 id="part">{ texts.take_part }</h2>
                <p>{ texts.volunteer_how }</p>
                <pre tabindex="0"><code>{ format!("manyhands volunteer --url {url} --data ./volunteer --slots 2") }</code></pre>
                <p>{ texts.submit_how }</p>
                <pre tabindex="0"><code>{ format!(
                    "manyhands job submit --url {url} --program wordcount --input book.txt \\\n    --split lines:64KiB --trust 3 --wait --output counts.tsv"
                ) }</code></pre>
                <p class="note">{ texts.who_sees }</p>
            </section>
            <footer>
                <dl>
                    <div><dt>{ texts.ledger }</dt><dd><code>{ &status.origin }</code></dd></div>
                    <div><dt>{ texts.leader_key }</dt><dd><code>{ status.leader_key.to_string() }</code></dd></div>
                    <div><dt>{ texts.version }</dt><dd><code>{ &status.version }</code></dd></div>
                </dl>
                <a href="/docs">{ texts.api }</a>
            </footer>
        </>
    }
}
