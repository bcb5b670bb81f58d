//! A person without a mouse.

use super::Browser;
use serde_json::{Value, json};

/// More controls than any page of a test has.
const MAX_STEPS: usize = 300;

/// A key by its code of WebDriver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// To the next control.
    Tab,
    /// Follow or press.
    Enter,
    /// Press, tick.
    Space,
    /// Choose the next.
    Down,
}

impl Key {
    const fn code(self) -> &'static str {
        match self {
            Self::Tab => "\u{e004}",
            Self::Enter => "\u{e007}",
            Self::Space => "\u{e00d}",
            Self::Down => "\u{e015}",
        }
    }
}

/// All that can be operated, in the order of the document: what a walk by keyboard must reach.
const CONTROLS: &str = "return [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex=\"0\"]')]
    .filter(e => !e.matches(':disabled') && e.checkVisibility({visibilityProperty: true}))
    .filter(e => !(e.type === 'radio' && !e.checked && document.querySelector(`input[type=radio][name=\"${e.name}\"]:checked`)))
    .map((e, at) => { e.setAttribute('data-test-walk', at); return e.outerHTML.slice(0, 160); })";

/// Where the focus is, whether it can be seen, and whether nothing lies over it.
const FOCUS: &str = "const e = document.activeElement;
    if (!e || e === document.body) return null;
    const box = e.getBoundingClientRect();
    const style = getComputedStyle(e);
    return {
        at: e.getAttribute('data-test-walk'),
        marked: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
        inside: box.bottom > 0 && box.top < innerHeight && box.width > 0,
    }";

impl Browser {
    /// Presses a key.
    pub fn key(&self, key: Key) {
        let code = key.code();
        self.must(
            "POST",
            "/actions",
            &json!({"actions": [{"type": "key", "id": "keyboard", "actions": [
                {"type": "keyDown", "value": code},
                {"type": "keyUp", "value": code},
            ]}]}),
        );
    }

    /// Goes with the tabulator to the element that a CSS selector finds, from where the focus is.
    ///
    /// # Panics
    /// When as many steps as a long page has controls do not lead there.
    pub fn tabs_to(&self, css: &str) {
        for _ in 0..MAX_STEPS {
            self.key(Key::Tab);
            if self.has(&format!("{css}:focus")) {
                return;
            }
        }
        panic!("{css} is not reached by keyboard on {}", self.path());
    }

    /// Walks with the tabulator from the beginning of the page and checks that it reaches every control, with a focus that
    /// can be seen.
    ///
    /// # Panics
    /// When a control is not reached or its focus is not seen.
    pub fn assert_keyboard_reaches_every_control(&self) {
        let controls = self.script(CONTROLS, &json!([]));
        let controls = controls.as_array().expect("a list of controls").clone();
        let _ = self.script(
            "document.activeElement?.blur(); getSelection()?.collapse(document.body, 0)",
            &json!([]),
        );
        let mut reached = vec![false; controls.len()];
        for _ in 0..controls.len() + 2 {
            self.key(Key::Tab);
            let focus = self.script(FOCUS, &json!([]));
            let at = focus.get("at").and_then(Value::as_str);
            let Some(at) = at.and_then(|at| at.parse::<usize>().ok()) else {
                continue;
            };
            let control = controls.get(at);
            for what in ["marked", "inside"] {
                assert_eq!(
                    focus.get(what),
                    Some(&json!(true)),
                    "the focus is not {what} on {control:?}"
                );
            }
            if let Some(reached) = reached.get_mut(at) {
                *reached = true;
            }
        }
        let missed: Vec<_> = controls
            .iter()
            .zip(reached)
            .filter(|(_, reached)| !reached)
            .collect();
        assert!(
            missed.is_empty(),
            "not reached by keyboard on {}: {missed:#?}",
            self.path()
        );
    }
}
