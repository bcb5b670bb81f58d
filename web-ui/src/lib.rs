//! The pages of Manyhands. Today one: what this coordinator is doing now, and how to take part.

mod api;
mod components;
mod pages;
mod texts;

use wasm_bindgen::prelude::wasm_bindgen;

/// Draws the application into the page.
#[wasm_bindgen(start)]
pub fn start() {
    yew::Renderer::<pages::status::StatusPage>::new().render();
}
