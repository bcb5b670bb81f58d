//! One job.

use crate::browser;
use crate::components::command::Command;
use crate::shell::page_title::PageTitle;
use crate::texts::use_texts;
use shared::ids::JobId;
use yew::prelude::*;

/// Which job.
#[derive(Properties, PartialEq)]
pub(crate) struct JobPageProps {
    pub(crate) id: JobId,
}

/// How to fetch and check a job's result.
#[component]
pub(crate) fn JobPage(JobPageProps { id }: &JobPageProps) -> Html {
    let texts = use_texts();
    let short: String = id.to_string().chars().take(8).collect();
    let url = browser::origin();
    let line = format!("manyhands job results {id} --url {url} --wait --output result");
    html! {
        <>
            <PageTitle text={texts.say_with("job-heading", [("id", short.into())])} />
            <p class="lead">{ texts.say("job-lead") }</p>
            <section aria-labelledby="line">
                <h2 id="line">{ texts.say("job-line") }</h2>
                <Command {line} />
            </section>
        </>
    }
}
