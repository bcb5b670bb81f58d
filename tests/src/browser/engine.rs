//! The kinds of browsers: how each is started and what WebDriver is told about it (UX.md section 5.11).

use super::Settings;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

/// What every Chromium is started with: a page of the test is all that it works on. No name but those of this machine
/// leads anywhere, so the browser's own services reach nobody. `other-machine.test` is this machine under a name that
/// browsers do not know as its own.
const CHROMIUM_FLAGS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=OptimizationHints,MediaRouter",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP other-machine.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
];

/// A kind of browser. Only Chromium tells what is on its console and what it asks the network for; the others are driven
/// by plain WebDriver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Engine {
    /// Debian's chromium and chromium-driver.
    #[default]
    Chromium,
    /// Debian's firefox-esr, with geckodriver.
    Firefox,
    /// MiniBrowser of Debian's webkit2gtk-driver, on a display of its own.
    WebKit,
}

impl Engine {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::WebKit];

    /// Its name in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::WebKit => "webkit",
        }
    }

    /// The engines that the environment variable `MANYHANDS_ENGINES` names, separated by commas; without it Chromium.
    ///
    /// # Panics
    /// When it names another.
    #[must_use]
    pub fn wanted() -> Vec<Self> {
        let Some(names) = std::env::var_os("MANYHANDS_ENGINES") else {
            return vec![Self::Chromium];
        };
        let names = names.to_str().expect("names of engines are ASCII");
        let known = |name: &str| Self::ALL.into_iter().find(|engine| engine.name() == name);
        names
            .split(',')
            .map(|name| known(name).unwrap_or_else(|| panic!("there is no engine {name:?}")))
            .collect()
    }

    /// The program that answers WebDriver's commands, as a command line for the shell.
    pub(super) fn driver(self, port: u16) -> String {
        match self {
            Self::Chromium => format!("chromedriver --port={port} --log-level=SEVERE"),
            Self::Firefox => format!("geckodriver --port {port} --log error"),
            // As root it would not start its own sandbox; the display ends with the shell's group.
            Self::WebKit => format!(
                "Xvfb -displayfd 1 -screen 0 1280x900x24 -nolisten tcp 2>/dev/null | {{ read -r display; \
                 DISPLAY=:$display WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS=1 WebKitWebDriver --port={port}; }}"
            ),
        }
    }

    /// What to do where the driver does not start.
    pub(super) const fn missing(self) -> &'static str {
        match self {
            Self::Chromium => {
                "chromedriver does not start: install it (Debian: apt-get install chromium chromium-driver)"
            }
            Self::Firefox => {
                "geckodriver does not start: install it (Debian: apt-get install firefox-esr; cargo install geckodriver)"
            }
            Self::WebKit => {
                "WebKitWebDriver does not start: install it (Debian: apt-get install webkit2gtk-driver xvfb)"
            }
        }
    }

    /// The capabilities of a session.
    pub(super) fn wish(self, settings: &Settings, net_log: &Path) -> Value {
        let profile = &settings.profile;
        let mut wanted = match self {
            Self::Chromium => {
                let mut args: Vec<String> =
                    CHROMIUM_FLAGS.iter().map(ToString::to_string).collect();
                args.push(format!(
                    "--user-data-dir={}",
                    profile.folder("chromium").display()
                ));
                args.push(format!("--log-net-log={}", net_log.display()));
                args.push(format!("--lang={}", settings.languages));
                args.push(format!("--accept-lang={}", settings.languages));
                args.push("about:blank".to_owned());
                json!({
                    "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
                    "goog:chromeOptions": {"args": args, "prefs": {
                        "download.default_directory": profile.downloads(),
                        "download.prompt_for_download": false,
                    }},
                })
            }
            Self::Firefox => json!({
                "moz:firefoxOptions": {"args": ["-headless"], "prefs": {
                    "browser.download.folderList": 2,
                    "browser.download.dir": profile.downloads(),
                    "intl.accept_languages": settings.languages,
                }},
            }),
            Self::WebKit => json!({
                "webkitgtk:browserOptions": {"binary": mini_browser(), "args": ["--automation"]},
            }),
        };
        // The tests' certificates are their own.
        if let Some(wanted) = wanted.as_object_mut() {
            wanted.insert("acceptInsecureCerts".to_owned(), json!(true));
        }
        json!({"capabilities": {"alwaysMatch": wanted}})
    }
}

/// WebKit's little browser, which Debian keeps beside its library.
fn mini_browser() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib")
        .into_iter()
        .flatten()
        .flatten();
    let libraries = folders.flat_map(|folder| {
        std::fs::read_dir(folder.path())
            .into_iter()
            .flatten()
            .flatten()
    });
    let found = libraries
        .map(|library| library.path())
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.as_encoded_bytes().starts_with(b"webkit2gtk-"))
        })
        .map(|path| path.join("MiniBrowser"))
        .find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("{}", Engine::WebKit.missing()))
}

/// A port that was free a moment ago: WebKitWebDriver does not choose one itself.
pub(super) fn free_port() -> u16 {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.local_addr());
    free.expect("a free port").port()
}
