//! Numbers and times by the browser's `Intl`.

use super::{Language, Texts};
use fluent_bundle::FluentValue;
use fluent_bundle::memoizer::MemoizerKind;
use js_sys::{Date, Number, Object, Reflect};
use shared::ids::UnixMs;
use wasm_bindgen::JsValue;

/// Writes the numbers inside English sentences.
pub(super) fn english<M: MemoizerKind>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    number_in(Language::English, value)
}

/// Writes the numbers inside Chinese sentences.
pub(super) fn chinese<M: MemoizerKind>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    number_in(Language::Chinese, value)
}

/// Without a browser, as in unit tests, Fluent writes the number itself.
fn number_in(language: Language, value: &FluentValue<'_>) -> Option<String> {
    match value {
        FluentValue::Number(number) if cfg!(target_family = "wasm") => {
            Some(written(language, number.value))
        }
        _ => None,
    }
}

fn written(language: Language, value: f64) -> String {
    Number::from(value).to_locale_string(language.tag()).into()
}

impl Texts {
    /// A number outside a sentence.
    pub(crate) fn number(&self, value: impl Into<f64>) -> String {
        written(self.language(), value.into())
    }

    /// A day and a time of day, in the time zone of the browser.
    pub(crate) fn time(&self, at: UnixMs) -> String {
        let options = Object::new();
        for (name, value) in [("dateStyle", "medium"), ("timeStyle", "short")] {
            // Setting a property of a new object does not fail.
            let _ = Reflect::set(&options, &name.into(), &value.into());
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "milliseconds of this age of the world are exact in 53 bits"
        )]
        let date = Date::new(&JsValue::from_f64(at.0 as f64));
        date.to_locale_string(self.language().tag(), &options)
            .into()
    }
}
