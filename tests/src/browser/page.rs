//! What a person does on a page: open, look, click, type. Everything waits for a condition, never for a time.

use super::Browser;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long a condition may take to come true; far more than it needs on an idle machine.
const PATIENCE: Duration = Duration::from_mins(2);
/// Time between two looks at a condition.
const LOOK_EVERY: Duration = Duration::from_millis(30);
/// WebDriver's name of an element in JSON.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

impl Browser {
    /// Opens an address and waits until its page has a heading.
    pub fn open(&self, url: &str) {
        self.go(url);
        let body = self.text("body").unwrap_or_default();
        assert!(
            !body.contains("was not built into it"),
            "the tests of browsers need the web part: `cargo xtask web` builds it"
        );
        self.until_drawn();
    }

    /// Opens an address and waits until its document is loaded.
    pub fn go(&self, url: &str) {
        if let Some(site) = super::watch::site_of(url) {
            self.sites.borrow_mut().insert(site);
        }
        self.must("POST", "/url", &json!({ "url": url }));
    }

    /// Loads the page anew.
    pub fn reload(&self) {
        self.must("POST", "/refresh", &json!({}));
        self.until_drawn();
    }

    /// Waits until the page has a heading, and no form that waits for what was kept.
    fn until_drawn(&self) {
        self.until("the page is drawn", |browser| {
            (browser.text("h1").is_some() && !browser.has("fieldset:disabled")).then_some(())
        });
    }

    /// The address that is shown.
    #[must_use]
    pub fn path(&self) -> String {
        self.string("return location.pathname")
    }

    /// The title of the document.
    #[must_use]
    pub fn title(&self) -> String {
        self.string("return document.title")
    }

    /// The language that the document says it is in.
    #[must_use]
    pub fn language(&self) -> String {
        self.string("return document.documentElement.lang")
    }

    /// The text of the first element that a CSS selector finds, as it is seen.
    #[must_use]
    pub fn text(&self, css: &str) -> Option<String> {
        let script = "const found = document.querySelector(arguments[0]); return found && found.innerText.trim()";
        let text = self.script(script, &json!([css]));
        text.as_str()
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    }

    /// The number that the element shows which a CSS selector finds; zero while it shows none.
    #[must_use]
    pub fn number(&self, css: &str) -> u32 {
        let digits = self.text(css).unwrap_or_default().replace(',', "");
        digits.parse().unwrap_or_default()
    }

    /// Whether a CSS selector finds anything.
    #[must_use]
    pub fn has(&self, css: &str) -> bool {
        self.script(
            "return !!document.querySelector(arguments[0])",
            &json!([css]),
        ) == json!(true)
    }

    /// How many elements a CSS selector finds.
    #[must_use]
    pub fn count(&self, css: &str) -> u64 {
        let script = "return document.querySelectorAll(arguments[0]).length";
        self.script(script, &json!([css])).as_u64().unwrap_or(0)
    }

    /// Opens everything that can be unfolded.
    pub fn opens_all_details(&self) {
        let script = "document.querySelectorAll('details').forEach(e => e.open = true)";
        let _ = self.script(script, &json!([]));
    }

    /// Waits until the element that a CSS selector finds contains this text.
    pub fn until_text(&self, css: &str, part: &str) {
        self.until(&format!("{css} says {part:?}"), |browser| {
            browser.text(css).filter(|text| text.contains(part))
        });
    }

    /// Clicks an element as soon as it can be clicked.
    pub fn click(&self, css: &str) {
        self.on(css, "click", &json!({}));
    }

    /// Clicks the button, link or label that says exactly this.
    pub fn press(&self, name: &str) {
        let script = "document.querySelectorAll('[data-test-pressed]').forEach(e => e.removeAttribute('data-test-pressed'));
            const all = [...document.querySelectorAll('button, a, summary, label')];
            const found = all.find(e => e.innerText.trim() === arguments[0] && e.checkVisibility() && !e.disabled);
            if (found) found.setAttribute('data-test-pressed', '');
            return !!found";
        self.until(
            &format!("there is something called {name:?} to press"),
            |browser| (browser.script(script, &json!([name])) == json!(true)).then_some(()),
        );
        self.click("[data-test-pressed]");
    }

    /// Replaces what stands in a field.
    pub fn fill(&self, css: &str, text: &str) {
        self.on(css, "clear", &json!({}));
        if text.is_empty() {
            // A person who deletes the last character is heard; WebDriver's clearing is not.
            let heard = "document.querySelector(arguments[0]).dispatchEvent(new Event('input', {bubbles: true}))";
            let _ = self.script(heard, &json!([css]));
        } else {
            self.on(css, "value", &json!({ "text": text }));
        }
    }

    /// Chooses the option of a `<select>` that begins so. The page is told what a person's choice tells it; a click of
    /// WebDriver on an option tells it less, and typing waits for the end of what was typed before.
    pub fn choose(&self, css: &str, name: &str) {
        let script = "const select = document.querySelector(arguments[0]);
            const option = [...select?.options ?? []].find(option => option.text.startsWith(arguments[1]));
            if (!option || select.matches(':disabled')) return false;
            select.value = option.value;
            for (const event of ['input', 'change']) select.dispatchEvent(new Event(event, {bubbles: true}));
            return true";
        self.until(&format!("{css} offers {name:?}"), |browser| {
            let chosen = browser.script(script, &json!([css, name]));
            (chosen == json!(true)).then_some(())
        });
    }

    /// Gives a file to a file field.
    pub fn upload(&self, css: &str, file: &Path) {
        self.upload_all(css, &[file]);
    }

    /// Gives files to a file field, instead of those that it had.
    pub fn upload_all(&self, css: &str, files: &[&Path]) {
        let empty =
            "const field = document.querySelector(arguments[0]); if (field) field.value = ''";
        let _ = self.script(empty, &json!([css]));
        let names = files.iter().map(|file| file.to_str());
        let names: Option<Vec<&str>> = names.collect();
        let names = names.expect("test files have plain names");
        self.on(css, "value", &json!({ "text": names.join("\n") }));
    }

    /// Does something to an element as soon as WebDriver finds it in a state for it. WebDriver clicks what is disabled, too,
    /// and gives it files, as nobody can.
    fn on(&self, css: &str, what: &str, body: &Value) {
        let css = &format!("{css}:not(:disabled)");
        let began = Instant::now();
        loop {
            let found = self.ask(
                "POST",
                "/element",
                &json!({"using": "css selector", "value": css}),
            );
            let done = found.and_then(|element| {
                let id = element
                    .get(ELEMENT)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned();
                self.ask("POST", &format!("/element/{id}/{what}"), body)
            });
            match done {
                Ok(_) => return,
                // The page is drawing.
                Err(refused) if began.elapsed() < PATIENCE && refused.is_of_the_moment() => {}
                Err(refused) => panic!("cannot {what} {css}: {refused}\n{}", self.seen()),
            }
            std::thread::park_timeout(LOOK_EVERY);
        }
    }

    /// Runs a script in the page and gives what it returns.
    #[must_use]
    pub fn script(&self, script: &str, args: &Value) -> Value {
        self.must(
            "POST",
            "/execute/sync",
            &json!({"script": script, "args": args}),
        )
    }

    /// Runs a script that ends by calling its last argument.
    #[must_use]
    pub fn script_async(&self, script: &str, args: &Value) -> Value {
        self.must(
            "POST",
            "/execute/async",
            &json!({"script": script, "args": args}),
        )
    }

    /// Runs a script in the page that returns text.
    #[must_use]
    pub fn string(&self, script: &str) -> String {
        let value = self.script(script, &json!([]));
        value.as_str().expect("the script returns text").to_owned()
    }

    /// Waits until `condition` gives something.
    ///
    /// # Panics
    /// When it does not in time, with what the page shows.
    pub fn until<T>(&self, what: &str, mut condition: impl FnMut(&Self) -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(found) = condition(self) {
                return found;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "not in {PATIENCE:?}: {what}\n{}",
                self.seen()
            );
            std::thread::park_timeout(LOOK_EVERY);
        }
    }

    /// What the page shows and what was on the console, for a test that fails.
    fn seen(&self) -> String {
        self.listen();
        let page = self.string("return location.href + '\\n' + document.body.innerText");
        format!("{page}\n--- console\n{}", self.console.borrow().join("\n"))
    }

    /// Opens an empty tab beside the present one and goes there; answers with the tab that was shown before.
    pub fn new_tab(&self) -> Tab {
        let before = self.must("GET", "/window", &Value::Null);
        let made = self.must("POST", "/window/new", &json!({"type": "tab"}));
        let handle = made.get("handle").cloned().expect("a tab has a handle");
        self.must("POST", "/window", &json!({ "handle": handle }));
        Tab(before)
    }

    /// Goes to a tab; answers with the one that was shown before.
    pub fn show(&self, tab: &Tab) -> Tab {
        let before = self.must("GET", "/window", &Value::Null);
        self.must("POST", "/window", &json!({ "handle": tab.0 }));
        Tab(before)
    }

    /// Closes the present tab and goes to another.
    pub fn close_tab(&self, next: &Tab) {
        self.listen();
        self.must("DELETE", "/window", &Value::Null);
        self.must("POST", "/window", &json!({ "handle": next.0 }));
    }
}

/// A tab of a browser.
#[derive(Debug, Clone)]
pub struct Tab(Value);

impl super::driver::Refused {
    /// Whether it may go well a moment later.
    fn is_of_the_moment(&self) -> bool {
        let moments = [
            "no such element",
            "stale element reference",
            "element not interactable",
            "element click intercepted",
            "invalid element state",
        ];
        moments.contains(&self.code.as_str())
    }
}
