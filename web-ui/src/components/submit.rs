//! The parts of the submit page.

pub(crate) mod args;
pub(crate) mod input;
pub(crate) mod key;
pub(crate) mod limits;
pub(crate) mod post;
pub(crate) mod preview;
pub(crate) mod program;
pub(crate) mod trust;
pub(crate) mod try_here;
mod upload;

use crate::submitter::form::{Change, Form};
use shared::page::submit::{Draft, FileFacts};
use web_sys::{File, HtmlInputElement};
use yew::prelude::*;

/// What every part needs: the form, and a way to change it.
#[derive(Properties, PartialEq, Clone)]
pub(crate) struct PartProps {
    pub(crate) form: UseReducerHandle<Form>,
}

impl PartProps {
    /// A callback that changes the draft by what an event says.
    pub(crate) fn edit<E: 'static>(&self, change: impl Fn(&mut Draft, E) + 'static) -> Callback<E> {
        let form = self.form.clone();
        Callback::from(move |event: E| {
            let mut draft = form.draft.clone();
            change(&mut draft, event);
            form.dispatch(Change::Draft(Box::new(draft)));
        })
    }
}

/// What was typed into an input, a text area or a select.
pub(crate) fn typed(event: &InputEvent) -> String {
    let target = event.target();
    let value = target.and_then(|target| js_sys::Reflect::get(&target, &"value".into()).ok());
    value
        .and_then(|value| value.as_string())
        .unwrap_or_default()
}

/// What an input of files holds.
pub(crate) fn chosen(input: &HtmlInputElement) -> Vec<File> {
    let Some(files) = input.files() else {
        return Vec::new();
    };
    (0..files.length()).filter_map(|at| files.get(at)).collect()
}

/// Name and length of a file.
pub(crate) fn facts_of(file: &File) -> FileFacts {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a length is not negative, and a cast of any float saturates"
    )]
    let bytes = file.size() as u64;
    FileFacts {
        name: file.name(),
        bytes,
    }
}
