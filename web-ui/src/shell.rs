//! What every page has around it: a link past the header, header, the main part, footer.

mod compute_pill;
mod footer;
mod header;
pub(crate) mod link;
pub(crate) mod page_title;
mod switches;

use crate::components::ledger::alarm::AlarmPage;
use crate::ledger::use_alarm;
use crate::texts::use_texts;
use footer::Footer;
use header::Header;
use yew::prelude::*;

/// Id of the main part, where the skip link leads.
const MAIN: &str = "main";

/// What the shell wraps.
#[derive(Properties, PartialEq)]
pub(crate) struct ShellProps {
    pub(crate) children: Html,
}

/// The frame of all pages. The ledger's alarm stands in place of any.
#[component]
pub(crate) fn Shell(ShellProps { children }: &ShellProps) -> Html {
    let texts = use_texts();
    let alarm = use_alarm().raised;
    let main = use_node_ref();
    let skip = {
        let main = main.clone();
        Callback::from(move |event: MouseEvent| {
            // The router would take `#main` for a new address.
            event.prevent_default();
            if let Some(main) = main.cast::<web_sys::HtmlElement>() {
                // An element of this page can be focused.
                let _ = main.focus();
            }
        })
    };
    html! {
        <>
            <a class="skip" href={format!("#{MAIN}")} onclick={skip}>{ texts.say("shell-skip") }</a>
            <Header />
            <main id={MAIN} tabindex="-1" ref={main}>
                if let Some(alarm) = alarm {
                    <AlarmPage {alarm} />
                } else {
                    { children.clone() }
                }
            </main>
            <Footer />
        </>
    }
}
