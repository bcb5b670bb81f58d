//! Tab-separated values as a table.

use crate::texts::use_texts;
use yew::prelude::*;

/// Rows that are shown.
const ROWS: usize = 100;
/// Columns that are shown.
const COLUMNS: usize = 20;

/// What is shown.
#[derive(Properties, PartialEq)]
pub(crate) struct TableProps {
    pub(crate) text: String,
    /// Whether there is more than this text.
    pub(crate) is_cut: bool,
}

/// The first rows.
#[component]
pub(crate) fn Table(TableProps { text, is_cut }: &TableProps) -> Html {
    let texts = use_texts();
    let mut lines = text.lines();
    let rows: Vec<&str> = lines.by_ref().take(ROWS).collect();
    let has_more = lines.next().is_some() || *is_cut;
    let row = |line: &&str| {
        html! { <tr>{ for line.split('\t').take(COLUMNS).map(|cell| html! { <td>{ cell }</td> }) }</tr> }
    };
    html! {
        <>
            <div class="scroll" tabindex="0" role="region" aria-label={texts.say("job-preview-table")}>
                <table class="values"><tbody>{ for rows.iter().map(row) }</tbody></table>
            </div>
            if has_more {
                <p class="note">{ texts.say_with("job-preview-rows", [("count", rows.len().into())]) }</p>
            }
        </>
    }
}
