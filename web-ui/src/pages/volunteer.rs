//! Lend cores.

use crate::browser;
use crate::components::command::Command;
use crate::shell::page_title::PageTitle;
use crate::texts::use_texts;
use yew::prelude::*;

/// How to volunteer.
#[component]
pub(crate) fn VolunteerPage() -> Html {
    let texts = use_texts();
    let url = browser::origin();
    let line = format!("manyhands volunteer --url {url} --data ./volunteer --slots 2");
    html! {
        <>
            <PageTitle text={texts.say("volunteer-heading")} title={texts.say("volunteer-title")} />
            <p class="lead">{ texts.say("volunteer-lead") }</p>
            <section aria-labelledby="server">
                <h2 id="server">{ texts.say("volunteer-server") }</h2>
                <p>{ texts.say("volunteer-server-how") }</p>
                <Command {line} />
            </section>
        </>
    }
}
