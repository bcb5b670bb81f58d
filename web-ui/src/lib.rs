//! The pages of Manyhands: volunteer, submit, a job, one's jobs, the ledger, and what this coordinator is doing now.
//!
//! `pages/` fetch, `components/` draw, `compute` is the page's side of the workers that compute, `submitter` of the one
//! that submits, `ledger` reads and checks the ledger. `shell` is what all pages have around them; `texts` what they say, in two languages; `theme` light and
//! dark; `api` all HTTP.

mod api;
mod app;
mod browser;
mod components;
mod compute;
mod ledger;
mod pages;
mod route;
mod shell;
#[cfg(test)]
mod source_rules;
mod submitter;
mod texts;
mod theme;

use wasm_bindgen::prelude::wasm_bindgen;

/// Draws the application into the page.
#[wasm_bindgen(start)]
pub fn start() {
    let document = browser::document();
    // index.html has this element; a page without it is not ours.
    if let Some(root) = document.get_element_by_id("app") {
        yew::Renderer::<app::App>::with_root(root).render();
    }
}
