//! Both languages say the same things, and the code says nothing else.

use super::{Language, bundle};
use crate::source_rules::{Source, sources};
use fluent_bundle::{FluentArgs, FluentResource};
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use std::collections::{BTreeMap, BTreeSet};

/// The keys of a language with the names of their arguments.
fn keys(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let mut keys = BTreeMap::new();
    for file in language.files() {
        let resource = FluentResource::try_new((*file).to_owned());
        let resource = resource.unwrap_or_else(|(_, errors)| panic!("{language:?}: {errors:?}"));
        for entry in resource.entries() {
            let Entry::Message(message) = entry else {
                assert!(
                    matches!(
                        entry,
                        Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_)
                    ),
                    "{language:?}: only messages and comments are used: {entry:?}"
                );
                continue;
            };
            let mut arguments = BTreeSet::new();
            let value = message.value.as_ref().expect("a message has a value");
            arguments_of(value, &mut arguments);
            let key = message.id.name.to_owned();
            let before = keys.insert(key.clone(), arguments);
            assert!(before.is_none(), "{language:?} has {key} twice");
        }
    }
    keys
}

fn arguments_of(pattern: &Pattern<&str>, found: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else {
            continue;
        };
        let (Expression::Inline(inline)
        | Expression::Select {
            selector: inline, ..
        }) = expression;
        match inline {
            InlineExpression::VariableReference { id } => {
                found.insert(id.name.to_owned());
            }
            InlineExpression::StringLiteral { .. } => {}
            other => panic!("a sentence has arguments, choices between them, and no {other:?}"),
        }
        if let Expression::Select { variants, .. } = expression {
            for variant in variants {
                arguments_of(&variant.value, found);
            }
        }
    }
}

/// A call of `say` or `say_with`: where, its key, the names of its arguments.
struct Said {
    file: String,
    key: String,
    arguments: BTreeSet<String>,
}

fn said() -> Vec<Said> {
    let mut said = Vec::new();
    for Source { name, code } in sources() {
        for call in [".say(", ".say_with("] {
            for (at, _) in code.match_indices(call) {
                let inside = in_parentheses(&code[at + call.len()..]);
                let mut texts = inside.split('"');
                let before = texts.next().unwrap_or_default();
                assert!(
                    before.trim().is_empty(),
                    "{name}: {call}{inside} does not write out its key"
                );
                let key = texts.next().unwrap_or_default().to_owned();
                let arguments = inside.split("(\"").skip(1);
                let arguments =
                    arguments.filter_map(|rest| Some(rest.split_once("\",")?.0.to_owned()));
                said.push(Said {
                    file: name.clone(),
                    key,
                    arguments: arguments.collect(),
                });
            }
        }
    }
    said
}

/// What stands before the parenthesis that closes the one before `rest`.
fn in_parentheses(rest: &str) -> &str {
    let mut depth = 0;
    for (at, char) in rest.char_indices() {
        match char {
            '(' => depth += 1,
            ')' if depth == 0 => return &rest[..at],
            ')' => depth -= 1,
            _ => {}
        }
    }
    rest
}

#[test]
fn both_languages_have_the_same_keys_with_the_same_arguments() {
    let english = keys(Language::English);
    let chinese = keys(Language::Chinese);
    let all: BTreeSet<_> = english.keys().chain(chinese.keys()).collect();
    let different: Vec<_> = all
        .into_iter()
        .filter(|key| english.get(*key) != chinese.get(*key))
        .map(|key| (key, english.get(key), chinese.get(key)))
        .collect();
    assert!(different.is_empty(), "{different:#?}");
}

#[test]
fn every_key_in_the_code_exists_and_gets_its_arguments() {
    let keys = keys(Language::English);
    let said = said();
    assert!(said.len() > 20, "found only {} calls", said.len());
    for Said {
        file,
        key,
        arguments,
    } in said
    {
        let expected = keys
            .get(&key)
            .unwrap_or_else(|| panic!("{file}: no text has the key {key:?}"));
        assert_eq!(&arguments, expected, "{file}: arguments of {key}");
    }
}

#[test]
fn no_sentence_is_left_over() {
    let said: BTreeSet<String> = said().into_iter().map(|said| said.key).collect();
    let unused: Vec<_> = keys(Language::English)
        .into_keys()
        .filter(|key| !said.contains(key))
        .collect();
    assert!(unused.is_empty(), "{unused:#?}");
}

#[test]
fn a_sentence_is_said_with_its_number_and_plural() {
    let bundle = bundle(Language::English);
    let pattern = bundle
        .get_message("status-computing")
        .unwrap()
        .value()
        .unwrap();
    let say = |count: u32| {
        let args: FluentArgs = [("computing", 3), ("slots", count)].into_iter().collect();
        bundle
            .format_pattern(pattern, Some(&args), &mut Vec::new())
            .into_owned()
    };
    assert_eq!(say(1), "3 computing · 1 slot");
    assert_eq!(say(2), "3 computing · 2 slots");
}
