//! A headless browser for each person of a test, driven over WebDriver; Chromium unless the test says otherwise.
//!
//! It is dropped only in good order: a test ends by asserting that nothing was wrong on the console, that no policy was
//! violated, and that no page or worker has asked another host for anything (`watch`).

mod driver;
mod engine;
mod keyboard;
mod page;
mod rules;
mod sandbox;
mod submitter;
mod volunteer;
mod watch;

pub use engine::Engine;
pub use keyboard::Key;
pub use page::Tab;
pub use rules::screenshot_folder;
pub use submitter::Draft;
pub use watch::Request;

use crate::temp_dir::TempDir;
use driver::Driver;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// What a browser remembers: keys, settings, caches. A clone is the same profile.
#[derive(Debug, Clone, Default)]
pub struct Profile(Arc<TempDir>);

impl Profile {
    /// Where downloads go.
    #[must_use]
    pub fn downloads(&self) -> PathBuf {
        self.folder("downloads")
    }

    /// A place in it.
    fn folder(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

/// How a browser is set before it starts.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which browser it is.
    pub engine: Engine,
    /// What it remembers from before.
    pub profile: Profile,
    /// Which languages its user reads, as in `navigator.languages`.
    pub languages: &'static str,
    /// Width of the window, CSS pixels.
    pub width: u32,
    /// Whether the system is set to dark colours.
    pub is_dark: bool,
}

impl Default for Settings {
    /// Chromium with a new profile, English, light, 1280 pixels.
    fn default() -> Self {
        Self {
            engine: Engine::default(),
            profile: Profile::default(),
            languages: "en",
            width: 1280,
            is_dark: false,
        }
    }
}

/// A running browser with one window.
#[derive(Debug)]
pub struct Browser {
    driver: Driver,
    session: String,
    /// Of Chromium; the others do not tell.
    process: Option<u64>,
    profile: Profile,
    net_log: PathBuf,
    /// What was on the console until now.
    console: RefCell<Vec<String>>,
    /// The sites that the test has opened.
    sites: RefCell<BTreeSet<String>>,
    /// Parts of messages that the test has brought about itself.
    expected: RefCell<Vec<String>>,
    is_running: bool,
}

impl Browser {
    /// With the defaults.
    #[must_use]
    pub fn start() -> Self {
        Self::with(Settings::default())
    }

    /// Set otherwise.
    ///
    /// # Panics
    /// When Chromium or chromedriver is not installed or does not start.
    #[must_use]
    pub fn with(settings: Settings) -> Self {
        let driver = Driver::start(settings.engine);
        let net_log = settings
            .profile
            .folder(&format!("net-{}.json", driver.port()));
        let wish = settings.engine.wish(&settings, &net_log);
        let made = driver.ask("POST", "/session", Some(&wish));
        let made = made
            .unwrap_or_else(|error| panic!("{} does not start: {error}", settings.engine.name()));
        let text = |pointer| made.pointer(pointer).and_then(Value::as_str);
        let process = made.pointer("/capabilities/goog:processID");
        let engine = settings.engine;
        let browser = Self {
            session: text("/sessionId").expect("a session has an id").to_owned(),
            process: process.and_then(Value::as_u64),
            driver,
            profile: settings.profile,
            net_log,
            console: RefCell::default(),
            sites: RefCell::default(),
            expected: RefCell::default(),
            is_running: true,
        };
        if engine == Engine::Chromium {
            browser.set_width(settings.width);
            browser.set_dark(settings.is_dark);
        }
        browser
    }

    /// What it remembers; another browser may be started with it when this one is closed.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.profile.clone()
    }

    /// Where downloads go.
    #[must_use]
    pub fn downloads(&self) -> PathBuf {
        self.profile.downloads()
    }

    /// Closes it in good order and checks what it has seen, as dropping it does.
    pub fn close(self) {
        drop(self);
    }

    /// Kills it with signal 9, as a crash or an empty battery would.
    ///
    /// # Panics
    /// When it is not Chromium.
    pub fn kill(mut self) {
        self.listen();
        let process = self
            .process
            .expect("Chromium tells its process")
            .to_string();
        let status = Command::new("kill").args(["-9", &process]).status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "our own process can be killed"
        );
        self.is_running = false;
    }

    /// A command of this session.
    fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, driver::Refused> {
        let path = format!("/session/{}{path}", self.session);
        self.driver
            .ask(method, &path, (method == "POST").then_some(body))
    }

    /// A command that only a broken test refuses.
    fn must(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.ask(method, path, body);
        answer.unwrap_or_else(|error| panic!("{method} {path} {body}: {error}"))
    }

    /// A command of the DevTools protocol.
    fn devtools(&self, command: &str, params: &Value) -> Value {
        self.must(
            "POST",
            "/goog/cdp/execute",
            &json!({"cmd": command, "params": params}),
        )
    }

    fn net_log(&self) -> &Path {
        &self.net_log
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if self.is_running && !std::thread::panicking() {
            self.listen();
            // Only a browser that ends in good order writes all that it asked the network for.
            self.must("DELETE", "", &Value::Null);
        }
        if !std::thread::panicking() {
            self.assert_nothing_was_wrong();
        }
    }
}
