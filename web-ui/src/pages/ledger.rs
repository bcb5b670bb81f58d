//! The ledger: its head, its blocks, what a hash names, a bundle that is dropped here.

pub(crate) mod block;
pub(crate) mod entry;

use crate::components::ledger::{
    bundle::Bundle, head::HeadCard, limits::Limits, listing::BlockList, search::Search,
    trouble::LedgerTrouble,
};
use crate::ledger::{Head, Listing, Trouble, read_listing, use_head};
use crate::shell::page_title::PageTitle;
use crate::texts::use_texts;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;
use yew_router::prelude::use_location;

/// Blocks of a page.
const BLOCKS: u32 = 20;

/// The page.
#[component]
pub(crate) fn LedgerPage() -> Html {
    let texts = use_texts();
    let query = use_location().map(|location| location.query_str().to_owned());
    let query = query.unwrap_or_default();
    let before = named(&query, "before").and_then(|before| before.parse().ok());
    let now = use_head();
    let listed = use_listing(now.head.clone(), before);
    html! {
        <>
            <PageTitle text={texts.say("ledger-heading")} />
            <p class="lead">{ texts.say("ledger-lead") }</p>
            if let Some(trouble) = now.trouble.clone() {
                <LedgerTrouble {trouble} again={now.again.clone()} />
            }
            if let Some(head) = now.head.clone() {
                <HeadCard head={(*head).clone()} is_old={now.trouble.is_some()} />
            } else if now.trouble.is_none() {
                <p role="status">{ texts.say("ledger-loading") }</p>
            }
            <Search wanted={named(&query, "find")} />
            { match listed {
                None => Html::default(),
                Some(Err(trouble)) => html! { <LedgerTrouble {trouble} again={now.again.clone()} /> },
                Some(Ok(listing)) => html! {
                    <section aria-labelledby="blocks-heading">
                        <h2 id="blocks-heading">{ texts.say("ledger-blocks") }</h2>
                        <BlockList {listing} is_older={before.is_some()} />
                    </section>
                },
            } }
            <Bundle />
            <Limits />
        </>
    }
}

/// What the address says under a name: `?before=7`.
fn named(query: &str, name: &str) -> Option<String> {
    let pairs = query.trim_start_matches('?').split('&');
    let mut values = pairs.filter_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    values
        .next()
        .map(str::to_owned)
        .filter(|value| !value.is_empty())
}

/// The blocks, checked under the head; read again when it has grown.
#[hook]
fn use_listing(head: Option<Rc<Head>>, before: Option<u64>) -> Option<Result<Listing, Trouble>> {
    let listed = use_state(|| None);
    let setter = listed.setter();
    let has_head = head.is_some();
    let key = head.as_ref().map(|head| (head.size, head.root));
    use_effect_with((key, before), move |_| {
        let is_shown = Rc::new(Cell::new(true));
        if let Some(head) = head {
            let is_shown = is_shown.clone();
            spawn_local(async move {
                let read = read_listing(&head, before, BLOCKS).await;
                if is_shown.get() {
                    setter.set(Some(read));
                }
            });
        }
        move || is_shown.set(false)
    });
    (*listed).clone().filter(|_| has_head)
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn what_an_address_names_is_found() {
        assert_eq!(named("?before=7&find=ab", "find").as_deref(), Some("ab"));
        assert_eq!(named("before=7", "before").as_deref(), Some("7"));
        assert_eq!(named("?find=", "find"), None);
        assert_eq!(named("?finder=1", "find"), None);
    }
}
