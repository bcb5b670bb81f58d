//! One block: its header, and what its entries say.

use crate::components::ledger::fields::of_header;
use crate::components::ledger::trouble::LedgerTrouble;
use crate::components::ledger::words::{entry_line, kind_word};
use crate::ledger::{Block, Head, Trouble, read_block, use_head};
use crate::route::Route;
use crate::shell::link::PageLink;
use crate::shell::page_title::PageTitle;
use crate::texts::{Texts, use_texts};
use shared::ids::ChainId;
use shared::ledger::entry::Entry;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

/// Which block.
#[derive(Properties, PartialEq)]
pub(crate) struct BlockPageProps {
    pub(crate) height: u64,
}

/// The page.
#[component]
pub(crate) fn BlockPage(BlockPageProps { height }: &BlockPageProps) -> Html {
    let texts = use_texts();
    let now = use_head();
    let read = use_block(now.head.clone(), *height);
    let older = height.checked_sub(1);
    let newest = now.head.is_none();
    html! {
        <>
            <PageTitle text={texts.say_with("ledger-block", [("height", (*height).into())])} />
            <nav class="row" aria-label={texts.say("ledger-neighbours")}>
                <PageLink to={Route::Ledger} class="button">{ texts.say("ledger-all-blocks") }</PageLink>
                if let Some(height) = older {
                    <PageLink to={Route::Block { height }} class="button">{ texts.say("ledger-block-before") }</PageLink>
                }
                <PageLink to={Route::Block { height: height.saturating_add(1) }} class="button">{ texts.say("ledger-block-after") }</PageLink>
            </nav>
            if let Some(trouble) = now.trouble.clone() {
                <LedgerTrouble {trouble} again={now.again.clone()} />
            }
            { match (&now.head, read) {
                (Some(head), Some(Ok(block))) => drawn(&texts, head.chain(), &block),
                (Some(_), Some(Err(trouble))) => html! { <LedgerTrouble {trouble} again={now.again.clone()} /> },
                _ if newest && now.trouble.is_some() => Html::default(),
                _ => html! { <p role="status">{ texts.say("ledger-loading") }</p> },
            } }
        </>
    }
}

fn drawn(texts: &Texts, chain: ChainId, block: &Block) -> Html {
    let hash = block.hash.to_string();
    let index = block.header.index();
    let pair =
        |(name, value): (String, Html)| html! { <div><dt>{ name }</dt><dd>{ value }</dd></div> };
    html! {
        <>
            if block.entries.is_some() {
                <p class="checked" id="block-checked">{ "✓ " }{ texts.say("ledger-block-checked") }</p>
            } else {
                <p role="status" class="note" id="block-waits">{ texts.say("ledger-block-waits") }</p>
            }
            <section aria-labelledby="header">
                <h2 id="header">{ texts.say("ledger-header") }</h2>
                <dl class="pairs" id="block-header">
                    <div><dt>{ texts.say("ledger-header-hash") }</dt><dd><code>{ hash }</code></dd></div>
                    { for of_header(texts, &block.header).into_iter().skip(1).map(pair) }
                    { pair((texts.say("entry-header"), html! {
                        <PageLink to={Route::Entry { index }}>{ texts.say_with("ledger-entry", [("index", index.into())]) }</PageLink>
                    })) }
                </dl>
            </section>
            if let Some(entries) = &block.entries {
                { of_entries(texts, chain, block.header.first_index, entries) }
            }
        </>
    }
}

fn of_entries(texts: &Texts, chain: ChainId, first: u64, entries: &[Vec<u8>]) -> Html {
    let decoded: Vec<_> = (first..)
        .zip(entries)
        .map(|(index, bytes)| (index, Entry::decode(chain, bytes).ok()))
        .collect();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for (_, entry) in &decoded {
        let kind = kind_of(texts, entry.as_ref());
        let count = kinds.entry(kind).or_default();
        *count = count.saturating_add(1);
    }
    let kinds: Vec<String> = kinds
        .into_iter()
        .map(|(kind, count)| format!("{count} × {kind}"))
        .collect();
    let row = |(index, entry): &(u64, Option<Entry>)| {
        let index = *index;
        let line = match entry {
            Some(entry) => entry_line(texts, entry),
            None => texts.say("entry-unknown-line"),
        };
        html! {
            <tr>
                <td data-label={texts.say("ledger-index")}><PageLink to={Route::Entry { index }}>{ texts.say_with("ledger-number", [("number", index.into())]) }</PageLink></td>
                <td data-label={texts.say("entry-kind")}>{ kind_of(texts, entry.as_ref()) }</td>
                <td data-label={texts.say("entry-says")}>{ line }</td>
            </tr>
        }
    };
    html! {
        <section aria-labelledby="entries">
            <h2 id="entries">{ texts.say("ledger-entries") }</h2>
            <p class="note">{ kinds.join(" · ") }</p>
            <table id="block-entries">
                <thead><tr>
                    <th scope="col">{ texts.say("ledger-index") }</th>
                    <th scope="col">{ texts.say("entry-kind") }</th>
                    <th scope="col">{ texts.say("entry-says") }</th>
                </tr></thead>
                <tbody>{ for decoded.iter().map(row) }</tbody>
            </table>
        </section>
    }
}

fn kind_of(texts: &Texts, entry: Option<&Entry>) -> String {
    entry.map_or_else(
        || texts.say("entry-unknown"),
        |entry| kind_word(texts, entry),
    )
}

/// The block, checked under the head; read again while the head does not cover it.
#[hook]
fn use_block(head: Option<Rc<Head>>, height: u64) -> Option<Result<Block, Trouble>> {
    let read = use_state(|| None::<(u64, Result<Block, Trouble>)>);
    let of_this = (*read).clone().filter(|(of, _)| *of == height);
    let is_whole = matches!(&of_this, Some((_, Ok(block))) if block.entries.is_some());
    let setter = read.setter();
    let key = head.as_ref().map(|head| (head.size, head.root));
    use_effect_with((key, height), move |_| {
        let is_shown = Rc::new(Cell::new(true));
        if let Some(head) = head.filter(|_| !is_whole) {
            let is_shown = is_shown.clone();
            spawn_local(async move {
                let read = read_block(&head, height).await;
                if is_shown.get() {
                    setter.set(Some((height, read)));
                }
            });
        }
        move || is_shown.set(false)
    });
    of_this.map(|(_, read)| read)
}
