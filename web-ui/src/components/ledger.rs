//! The ledger's parts: its head, its blocks, what an entry says, the steps of a check.

pub(crate) mod alarm;
pub(crate) mod bundle;
pub(crate) mod fields;
pub(crate) mod head;
pub(crate) mod limits;
pub(crate) mod listing;
pub(crate) mod search;
pub(crate) mod steps;
pub(crate) mod trouble;
pub(crate) mod votes;
pub(crate) mod words;

use crate::route::Route;
use crate::shell::link::PageLink;
use yew::prelude::*;

/// A hash at a glance: its first digits.
pub(crate) fn short(hash: &str) -> String {
    let start: String = hash.chars().take(12).collect();
    format!("{start}…")
}

/// A hash that leads to the entries that name it.
pub(crate) fn found_link(hash: &str) -> Html {
    let query = ("find".into(), hash.to_owned().into());
    html! { <PageLink to={Route::Ledger} query={Some(query)}><code>{ hash }</code></PageLink> }
}
