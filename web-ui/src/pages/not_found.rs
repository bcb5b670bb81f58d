//! An address where nothing is.

use crate::route::Route;
use crate::shell::link::PageLink;
use crate::shell::page_title::PageTitle;
use crate::texts::use_texts;
use yew::prelude::*;

/// Says so and leads back.
#[component]
pub(crate) fn NotFoundPage() -> Html {
    let texts = use_texts();
    html! {
        <>
            <PageTitle text={texts.say("shell-not-found")} />
            <p>{ texts.say("shell-not-found-why") }</p>
            <p><PageLink to={Route::Volunteer} class="button">{ texts.say("shell-not-found-home") }</PageLink></p>
        </>
    }
}
