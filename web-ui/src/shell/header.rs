//! Name, navigation, the compute pill, language and theme.

use super::compute_pill::ComputePill;
use super::link::PageLink;
use super::switches::{LanguageSwitch, ThemeSwitch};
use crate::route::Route;
use crate::texts::use_texts;
use yew::prelude::*;
use yew_router::prelude::use_route;

/// The header of every page.
#[component]
pub(super) fn Header() -> Html {
    let texts = use_texts();
    let shown = use_route::<Route>();
    let pages = [
        (Route::Volunteer, texts.say("shell-nav-volunteer")),
        (Route::Jobs, texts.say("shell-nav-jobs")),
        (Route::Submit, texts.say("shell-nav-submit")),
        (Route::Ledger, texts.say("shell-nav-ledger")),
        (Route::Status, texts.say("shell-nav-status")),
    ];
    let link = |(to, name): (Route, String)| {
        let current = shown.as_ref() == Some(&to);
        html! { <li><PageLink {to} {current}>{ name }</PageLink></li> }
    };
    html! {
        <header class="shell-header">
            <div class="shell-bar">
                <PageLink to={Route::Volunteer} class="logo">
                    <Logo />
                    <span>{ "Manyhands" }<span class="logo-zh" lang="zh-CN">{ " 众手" }</span></span>
                </PageLink>
                <nav aria-label={texts.say("shell-nav")}>
                    <ul>{ pages.into_iter().map(link).collect::<Html>() }</ul>
                </nav>
                <div class="shell-pill"><ComputePill /></div>
                <div class="switches"><LanguageSwitch /><ThemeSwitch /></div>
            </div>
        </header>
    }
}

/// Three hands on one thing.
#[component]
fn Logo() -> Html {
    html! {
        <svg class="logo-mark" viewBox="0 0 32 32" aria-hidden="true">
            <path d="M16 17 L8.5 11.5 M16 17 L23.5 11.5 M16 17 L16 25" />
            <circle cx="8" cy="11" r="4" />
            <circle cx="24" cy="11" r="4" />
            <circle cx="16" cy="25" r="4" />
            <circle class="logo-heart" cx="16" cy="17" r="2.6" />
        </svg>
    }
}
