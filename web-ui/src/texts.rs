//! What the pages say, in English and Simplified Chinese: Fluent files under `locales/`, one for each page.
//!
//! A component asks `let texts = use_texts();` and says `texts.say("shell-skip")` or
//! `texts.say_with("job-votes", [("count", votes.into())])`. The key is always written out, so that a test can check that
//! both languages have it with the same arguments, and that no sentence is left over. Where the key depends on a value,
//! `match` the value and say one key in each arm.

mod format;
mod language;
#[cfg(test)]
mod tests;

pub(crate) use language::Language;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use std::rc::Rc;
use yew::prelude::*;

/// The sentences of one language, and its way to write numbers and times. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Texts {
    language: Language,
    bundle: Rc<FluentBundle<FluentResource>>,
    choose: Callback<Language>,
}

impl PartialEq for Texts {
    fn eq(&self, other: &Self) -> bool {
        self.language == other.language
    }
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Texts").field(&self.language).finish()
    }
}

impl Texts {
    fn new(language: Language, choose: Callback<Language>) -> Self {
        Self {
            language,
            bundle: Rc::new(bundle(language)),
            choose,
        }
    }

    /// The language they are in.
    pub(crate) fn language(&self) -> Language {
        self.language
    }

    /// Shows all pages in another language and keeps the choice.
    pub(crate) fn choose(&self, language: Language) {
        self.choose.emit(language);
    }

    /// A sentence without arguments.
    pub(crate) fn say(&self, key: &str) -> String {
        self.format(key, None)
    }

    /// A sentence with arguments: numbers, which choose the plural and are written as the language does, or text.
    pub(crate) fn say_with<'a, const N: usize>(
        &self,
        key: &str,
        args: [(&'static str, FluentValue<'a>); N],
    ) -> String {
        let args: FluentArgs<'a> = args.into_iter().collect();
        self.format(key, Some(&args))
    }

    fn format(&self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let pattern = self
            .bundle
            .get_message(key)
            .and_then(|message| message.value());
        // Tests see to it that every key is there; if one slips through, its name is better than a dead page.
        let Some(pattern) = pattern else {
            return key.to_owned();
        };
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, args, &mut errors);
        text.into_owned()
    }
}

/// All sentences of a language, ready to be said.
fn bundle(language: Language) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new(vec![language.identifier()]);
    // The marks that isolate arguments of another writing direction show up in copied text.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(match language {
        Language::English => format::english,
        Language::Chinese => format::chinese,
    }));
    for file in language.files() {
        // What cannot be parsed is left out; a test parses all of it.
        let resource = FluentResource::try_new((*file).to_owned());
        let resource = resource.unwrap_or_else(|(resource, _)| resource);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

/// The texts of the language that is chosen; a component that uses them is drawn again when it changes.
#[hook]
pub(crate) fn use_texts() -> Texts {
    let texts = use_context::<Texts>();
    texts.expect("every page is drawn inside TextsProvider")
}

/// What the provider wraps.
#[derive(Properties, PartialEq)]
pub(crate) struct TextsProviderProps {
    pub(crate) children: Html,
}

/// Gives the texts to everything inside, and says the language to the browser.
#[component]
pub(crate) fn TextsProvider(TextsProviderProps { children }: &TextsProviderProps) -> Html {
    let language = use_state(Language::of_browser);
    let choose = {
        let setter = language.setter();
        use_callback((), move |chosen: Language, ()| {
            chosen.keep();
            setter.set(chosen);
        })
    };
    let texts = use_memo(*language, |language| Texts::new(*language, choose.clone()));
    use_effect_with(*language, |language| {
        crate::browser::set_root_attribute("lang", Some(language.tag()));
    });
    html! {
        <ContextProvider<Texts> context={(*texts).clone()}>{ children.clone() }</ContextProvider<Texts>>
    }
}
