//! The switches of language and theme.

use crate::texts::{Language, use_texts};
use crate::theme::Theme;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// One button: the name of the other language, in that language.
#[component]
pub(super) fn LanguageSwitch() -> Html {
    let texts = use_texts();
    let others = Language::ALL
        .into_iter()
        .filter(|language| *language != texts.language());
    let button = |language: Language| {
        let texts = texts.clone();
        let choose = Callback::from(move |_: MouseEvent| texts.choose(language));
        html! {
            <button type="button" class="quiet" lang={language.tag()} onclick={choose}>
                { language.own_name() }
            </button>
        }
    };
    others.map(button).collect()
}

/// System, light or dark.
#[component]
pub(super) fn ThemeSwitch() -> Html {
    let texts = use_texts();
    let theme = use_state(Theme::saved);
    let choose = {
        let theme = theme.setter();
        Callback::from(move |event: Event| {
            let select: HtmlSelectElement = event.target_unchecked_into();
            let chosen = Theme::of_name(&select.value());
            chosen.choose();
            theme.set(chosen);
        })
    };
    let option = |offered: Theme| {
        let name = match offered {
            Theme::System => texts.say("shell-theme-system"),
            Theme::Light => texts.say("shell-theme-light"),
            Theme::Dark => texts.say("shell-theme-dark"),
        };
        html! { <option value={offered.name()} selected={*theme == offered}>{ name }</option> }
    };
    html! {
        <label class="select">
            <span class="unseen">{ texts.say("shell-theme") }</span>
            <select class="quiet" onchange={choose}>
                { Theme::ALL.into_iter().map(option).collect::<Html>() }
            </select>
        </label>
    }
}
