//! The few things that are asked of the browser in many places.

use js_sys::Array;
use shared::ids::UnixMs;
use wasm_bindgen::{JsCast as _, JsValue, UnwrapThrowExt as _};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// The window; this crate runs in nothing else.
pub(crate) fn window() -> web_sys::Window {
    web_sys::window().expect_throw("the pages run in a window")
}

/// The page's document.
pub(crate) fn document() -> web_sys::Document {
    window().document().expect_throw("a window has a document")
}

/// Sets an attribute of `<html>`, or removes it.
pub(crate) fn set_root_attribute(name: &str, value: Option<&str>) {
    if let Some(root) = document().document_element() {
        // An invalid name is all that can go wrong, and the names are constants.
        let _ = match value {
            Some(value) => root.set_attribute(name, value),
            None => root.remove_attribute(name),
        };
    }
}

/// A choice that this browser has kept; none where storage is forbidden.
pub(crate) fn saved(name: &str) -> Option<String> {
    let storage = window().local_storage().ok().flatten()?;
    storage.get_item(name).ok().flatten()
}

/// Keeps a choice in this browser. Where storage is forbidden or full, the choice lasts as long as the page.
pub(crate) fn save(name: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(name, value);
    }
}

/// Forgets a choice that was kept in this browser.
pub(crate) fn forget(name: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.remove_item(name);
    }
}

/// The browser's time.
pub(crate) fn now() -> UnixMs {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "milliseconds of this age of the world are exact in 53 bits"
    )]
    let now = js_sys::Date::now() as u64;
    UnixMs(now)
}

/// `https://host:port` of this site.
pub(crate) fn origin() -> String {
    // Only a document without a site has none, and this one came from its coordinator.
    window().location().origin().unwrap_or_default()
}

/// Whether the user asks for less motion.
pub(crate) fn wants_less_motion() -> bool {
    let query = window().match_media("(prefers-reduced-motion: reduce)");
    query.ok().flatten().is_some_and(|query| query.matches())
}

/// Lets the user save JSON as a file.
pub(crate) fn download(name: &str, text: &str) {
    download_as(name, text, "application/json");
}

/// Lets the user save a text as a file.
pub(crate) fn download_text(name: &str, text: &str) {
    download_as(name, text, "text/plain;charset=utf-8");
}

fn download_as(name: &str, text: &str, media_type: &str) {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let parts = Array::of1(&text.into());
    // A browser that cannot make a file of its own text shows nothing; there is nobody else to ask.
    if let Ok(blob) = Blob::new_with_str_sequence_and_options(&parts, &options) {
        download_blob(name, &blob);
    }
}

/// Lets the user save bytes as a file.
pub(crate) fn download_blob(name: &str, blob: &Blob) {
    // As above.
    let _ = try_download(name, blob);
}

fn try_download(name: &str, blob: &Blob) -> Result<(), JsValue> {
    let url = Url::create_object_url_with_blob(blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.dyn_into()?;
    link.set_href(&url);
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&url)
}
