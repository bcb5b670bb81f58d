//! The icon of the tab: whether this browser computes.

use super::Place;
use crate::browser;
use shared::page::volunteer::Phase;

const RUNNING: &str =
    "<path d='M20 18 L30 24 L20 30 Z' fill='%23fff' stroke='%230b6e6e' stroke-width='2'/>";
const PAUSED: &str = "<path d='M20 19 V29 M26 19 V29' stroke='%23fff' stroke-width='4'/>";

/// Shows it. The icon that the page came with stands for everything else.
pub(super) fn show_in_favicon(place: Place, phase: Phase) {
    let Ok(Some(link)) = browser::document().query_selector("link[rel=icon]") else {
        return;
    };
    let original = link
        .get_attribute("data-original")
        .or_else(|| link.get_attribute("href"))
        .unwrap_or_default();
    let mark = match (place, phase) {
        (Place::Here, Phase::Computing | Phase::Finishing) => Some(RUNNING),
        (Place::Here, Phase::Paused | Phase::Distributing) => Some(PAUSED),
        _ => None,
    };
    let icon = match mark {
        Some(mark) => with_mark(mark),
        None => original.clone(),
    };
    // The names are constants.
    let _ = link.set_attribute("data-original", &original);
    let _ = link.set_attribute("href", &icon);
}

fn with_mark(mark: &str) -> String {
    format!(
        "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>\
         <rect width='32' height='32' rx='7' fill='%230b6e6e'/><g fill='%23fff'><circle cx='8' cy='8' r='3.6'/>\
         <circle cx='20' cy='8' r='3.6'/><circle cx='11' cy='20' r='3.6'/></g>{mark}</svg>"
    )
}
