//! The heading of a page: also the title of the document, and where the focus goes when the page is opened.

use crate::browser;
use crate::compute::use_compute;
use std::cell::Cell;
use std::rc::Rc;
use yew::prelude::*;
use yew_router::prelude::use_location;

/// The product's name, after the page's own.
const PRODUCT: &str = "Manyhands 众手";

/// Whether the next page to be drawn is the first: the browser itself cares for the focus there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FirstPage(Rc<Cell<bool>>);

impl Default for FirstPage {
    fn default() -> Self {
        Self(Rc::new(Cell::new(true)))
    }
}

/// What the heading says.
#[derive(Properties, PartialEq)]
pub(crate) struct PageTitleProps {
    /// The heading.
    pub(crate) text: AttrValue,
    /// The title of the document, where it differs from the heading.
    #[prop_or_default]
    pub(crate) title: Option<AttrValue>,
}

/// The one `<h1>` of a page. Every page draws it at once, before it has fetched anything.
#[component]
pub(crate) fn PageTitle(PageTitleProps { text, title }: &PageTitleProps) -> Html {
    let heading = use_node_ref();
    let first_page = use_context::<FirstPage>().unwrap_or_default();
    let path = use_location().map(|location| location.path().to_owned());
    let mark = use_compute().view.mark();
    let title = title.clone().unwrap_or_else(|| text.clone());
    use_effect_with((mark, title), |(mark, title)| {
        browser::document().set_title(&format!("{mark}{title} · {PRODUCT}"));
    });
    {
        let heading = heading.clone();
        use_effect_with(path, move |_| {
            if first_page.0.replace(false) {
                return;
            }
            browser::window().scroll_to_with_x_and_y(0.0, 0.0);
            if let Some(heading) = heading.cast::<web_sys::HtmlElement>() {
                // An element of this page can be focused.
                let _ = heading.focus();
            }
        });
    }
    html! { <h1 ref={heading} tabindex="-1">{ text }</h1> }
}
