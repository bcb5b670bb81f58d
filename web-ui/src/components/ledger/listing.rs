//! The list of blocks.

use super::short;
use crate::ledger::{ListedBlock, Listing};
use crate::route::Route;
use crate::shell::link::PageLink;
use crate::texts::{Texts, use_texts};
use yew::prelude::*;

/// What is shown.
#[derive(Properties, PartialEq)]
pub(crate) struct BlockListProps {
    pub(crate) listing: Listing,
    /// Whether newer ones were left out.
    pub(crate) is_older: bool,
}

/// A row for each block, and the ways to newer and older ones.
#[component]
pub(crate) fn BlockList(BlockListProps { listing, is_older }: &BlockListProps) -> Html {
    let texts = use_texts();
    let next = listing
        .next
        .map(|next| ("before".into(), next.to_string().into()));
    html! {
        <>
            <table id="blocks">
                <thead><tr>
                    <th scope="col">{ texts.say("ledger-height") }</th>
                    <th scope="col">{ texts.say("ledger-time") }</th>
                    <th scope="col">{ texts.say("ledger-entries") }</th>
                    <th scope="col">{ texts.say("ledger-header-hash") }</th>
                    <th scope="col">{ texts.say("ledger-here") }</th>
                </tr></thead>
                <tbody>{ for listing.blocks.iter().map(|block| row(&texts, block)) }</tbody>
            </table>
            <nav class="row" aria-label={texts.say("ledger-pages")}>
                if *is_older {
                    <PageLink to={Route::Ledger} class="button">{ texts.say("ledger-newest") }</PageLink>
                }
                if let Some(next) = next {
                    <PageLink to={Route::Ledger} class="button" query={Some(next)}>{ texts.say("ledger-older") }</PageLink>
                }
            </nav>
        </>
    }
}

fn row(texts: &Texts, block: &ListedBlock) -> Html {
    let height = block.header.height;
    let hash = block.hash.to_string();
    let (class, checked) = match &block.checked {
        Some(Ok(())) => ("checked", format!("✓ {}", texts.say("ledger-in-log"))),
        Some(Err(fault)) => ("rule-broken", format!("✗ {}", fault.rule)),
        None => ("note", texts.say("ledger-waits")),
    };
    html! {
        <tr>
            <td data-label={texts.say("ledger-height")}><PageLink to={Route::Block { height }}>{ texts.say_with("ledger-number", [("number", height.into())]) }</PageLink></td>
            <td data-label={texts.say("ledger-time")}>{ texts.time(block.header.time_ms) }</td>
            <td data-label={texts.say("ledger-entries")}>{ texts.number(block.header.count) }</td>
            <td data-label={texts.say("ledger-header-hash")}><code title={hash.clone()}>{ short(&hash) }</code></td>
            <td data-label={texts.say("ledger-here")}><span {class}>{ checked }</span></td>
        </tr>
    }
}
