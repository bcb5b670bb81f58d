//! Post a job.

use crate::browser;
use crate::components::command::Command;
use crate::shell::page_title::PageTitle;
use crate::texts::use_texts;
use yew::prelude::*;

/// How to post a job.
#[component]
pub(crate) fn SubmitPage() -> Html {
    let texts = use_texts();
    let url = browser::origin();
    let line = format!(
        "manyhands job submit --url {url} --program wordcount --input book.txt \\\n    \
         --split lines:64KiB --trust 3 --wait --output counts.tsv"
    );
    html! {
        <>
            <PageTitle text={texts.say("submit-heading")} title={texts.say("submit-title")} />
            <p class="lead">{ texts.say("submit-lead") }</p>
            <section aria-labelledby="line">
                <h2 id="line">{ texts.say("submit-line") }</h2>
                <p>{ texts.say("submit-line-how") }</p>
                <Command {line} />
            </section>
        </>
    }
}
