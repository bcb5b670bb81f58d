//! One's jobs.

use crate::browser;
use crate::components::command::Command;
use crate::route::Route;
use crate::shell::link::PageLink;
use crate::shell::page_title::PageTitle;
use crate::texts::use_texts;
use yew::prelude::*;

/// How to list one's jobs.
#[component]
pub(crate) fn JobsPage() -> Html {
    let texts = use_texts();
    let line = format!("manyhands job list --url {}", browser::origin());
    html! {
        <>
            <PageTitle text={texts.say("jobs-heading")} />
            <p class="lead">{ texts.say("jobs-lead") }</p>
            <p><PageLink to={Route::Submit} class="button">{ texts.say("jobs-new") }</PageLink></p>
            <section aria-labelledby="line">
                <h2 id="line">{ texts.say("jobs-line") }</h2>
                <Command {line} />
            </section>
        </>
    }
}
