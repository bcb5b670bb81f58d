//! The few things that are asked of the browser in many places.

use wasm_bindgen::UnwrapThrowExt as _;

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

/// `https://host:port` of this site.
pub(crate) fn origin() -> String {
    // Only a document without a site has none, and this one came from its coordinator.
    window().location().origin().unwrap_or_default()
}
