//! Lend cores.

use crate::browser;
use crate::components::command::Command;
use crate::components::compute::{
    buttons::Buttons, counts::Counts, key::Key, limits::Limits, reason::ReasonLine,
    receipts::Receipts, running::Running,
};
use crate::shell::page_title::PageTitle;
use crate::texts::use_texts;
use yew::prelude::*;

/// How to volunteer: with this browser, or with a machine without one.
#[component]
pub(crate) fn VolunteerPage() -> Html {
    let texts = use_texts();
    let url = browser::origin();
    let line = format!("manyhands volunteer --url {url} --data ./volunteer --slots 2");
    html! {
        <>
            <PageTitle text={texts.say("volunteer-heading")} title={texts.say("volunteer-title")} />
            <p class="lead">{ texts.say("volunteer-lead") }</p>
            <section class="card lend" aria-labelledby="lend">
                <h2 id="lend">{ texts.say("volunteer-lend") }</h2>
                <Buttons />
                <ReasonLine />
                <Limits />
                <ul class="consent">
                    <li>{ texts.say("volunteer-consent-what") }</li>
                    <li>{ texts.say("volunteer-consent-whom") }</li>
                    <li>{ texts.say("volunteer-consent-stop") }</li>
                </ul>
            </section>
            <Running />
            <Counts />
            <Receipts />
            <Key />
            <section aria-labelledby="server">
                <h2 id="server">{ texts.say("volunteer-server") }</h2>
                <p>{ texts.say("volunteer-server-how") }</p>
                <Command id="volunteer-line" {line} />
            </section>
        </>
    }
}
