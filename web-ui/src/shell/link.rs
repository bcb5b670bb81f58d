//! A link to another page, which does not load anything anew.

use crate::route::Route;
use yew::prelude::*;
use yew_router::prelude::*;

/// Where a link leads and how it looks.
#[derive(Properties, PartialEq)]
pub(crate) struct PageLinkProps {
    /// The page.
    pub(crate) to: Route,
    /// A name and what it stands for, behind the path.
    #[prop_or_default]
    pub(crate) query: Option<(AttrValue, AttrValue)>,
    /// Classes of the `<a>`.
    #[prop_or_default]
    pub(crate) class: Classes,
    /// Whether this is the page that is shown; said to screen readers.
    #[prop_or_default]
    pub(crate) current: bool,
    /// What is clicked.
    pub(crate) children: Html,
}

/// An `<a>` with a real address, so that it can be opened in another tab.
#[component]
pub(crate) fn PageLink(props: &PageLinkProps) -> Html {
    let navigator = use_navigator().expect("every page is drawn inside the router");
    let (to, query) = (props.to, props.query.clone());
    let address = to.to_path();
    let address = match &query {
        Some((name, value)) => format!("{address}?{name}={value}"),
        None => address,
    };
    let follow = Callback::from(move |event: MouseEvent| {
        let elsewhere =
            event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
        if !elsewhere {
            event.prevent_default();
            match &query {
                // A text is always written.
                Some((name, value)) => drop(navigator.push_with_query(&to, &[(&**name, &**value)])),
                None => navigator.push(&to),
            }
        }
    });
    html! {
        <a
            href={address}
            class={props.class.clone()}
            aria-current={props.current.then_some("page")}
            onclick={follow}
        >{ props.children.clone() }</a>
    }
}
