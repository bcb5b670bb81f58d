//! A command line to be copied.

use yew::prelude::*;

/// What is shown.
#[derive(Properties, PartialEq)]
pub(crate) struct CommandProps {
    pub(crate) id: &'static str,
    pub(crate) line: String,
}

/// The line, in a box that can be scrolled by keyboard where it is wider than the page.
#[component]
pub(crate) fn Command(CommandProps { id, line }: &CommandProps) -> Html {
    html! { <pre id={*id} tabindex="0"><code>{ line }</code></pre> }
}
