//! Who sees what, the version, and the ways to documentation.

use super::link::PageLink;
use crate::route::Route;
use crate::texts::use_texts;
use yew::prelude::*;

/// The footer of every page.
#[component]
pub(super) fn Footer() -> Html {
    let texts = use_texts();
    let version = env!("CARGO_PKG_VERSION");
    html! {
        <footer class="shell-footer">
            <div class="shell-bar">
                <p class="who-sees">
                    <strong>{ texts.say("shell-who-sees") }</strong>{ " " }{ texts.say("shell-who-sees-what") }
                </p>
                <ul>
                    <li>{ texts.say_with("shell-version", [("version", version.into())]) }</li>
                    <li><a href="/docs">{ texts.say("shell-api-docs") }</a></li>
                    <li><PageLink to={Route::Status}>{ texts.say("shell-footer-status") }</PageLink></li>
                </ul>
            </div>
        </footer>
    }
}
