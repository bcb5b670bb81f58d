//! A command line to be copied.

use yew::prelude::*;

/// What is shown.
#[derive(Properties, PartialEq)]
pub(crate) struct CommandProps {
    pub(crate) line: String,
}

/// The line, in a box that can be scrolled by keyboard where it is wider than the page.
#[component]
pub(crate) fn Command(CommandProps { line }: &CommandProps) -> Html {
    html! { <pre tabindex="0"><code>{ line }</code></pre> }
}
