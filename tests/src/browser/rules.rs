//! How a page must look to everyone: colours, widths, what assistive technology is told.

use super::Browser;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Height of the window, CSS pixels.
const HEIGHT: u32 = 900;

/// The rules of axe-core that are asked for: WCAG 2.2 up to AA, and good practice.
const AXE: &str = "const done = arguments[0];
    axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
        .then(found => done(found.violations.map(v => `${v.id}: ${v.help}: ${v.nodes.map(n => n.html + ' ' + n.failureSummary).join(' | ')}`)),
              error => done([String(error)]))";

impl Browser {
    /// Makes the window so wide, as a telephone of that width would be.
    pub fn set_width(&self, width: u32) {
        let size =
            json!({"width": width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Sets the colours of the system.
    pub fn set_dark(&self, is_dark: bool) {
        let value = if is_dark { "dark" } else { "light" };
        let features = json!({"features": [
            {"name": "prefers-color-scheme", "value": value},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]});
        self.devtools("Emulation.setEmulatedMedia", &features);
    }

    /// Runs a script in every page from now on, before the page's own.
    pub fn before_every_page(&self, script: &str) {
        self.devtools(
            "Page.addScriptToEvaluateOnNewDocument",
            &json!({ "source": script }),
        );
    }

    /// Freezes the page and its workers, as Chromium does with tabs that nobody looks at, or lets them go on.
    pub fn set_frozen(&self, is_frozen: bool) {
        let state = if is_frozen { "frozen" } else { "active" };
        self.devtools("Page.setWebLifecycleState", &json!({ "state": state }));
    }

    /// Checks what is shown on a desk and in a hand, in light and dark colours, and takes pictures of all four.
    pub fn assert_is_in_order(&self, name: &str) {
        for is_dark in [false, true] {
            self.set_dark(is_dark);
            let theme = if is_dark { "dark" } else { "light" };
            for width in [375, 1280] {
                self.set_width(width);
                self.assert_no_horizontal_scroll();
                self.assert_axe_is_content();
                self.screenshot(&format!("{name}-{width}-{theme}"));
            }
        }
        self.set_dark(false);
    }

    /// The same in both languages; English at the end.
    pub fn assert_is_in_order_in_both_languages(&self, name: &str) {
        for (button, language) in [("中文", "zh-CN"), ("English", "en")] {
            self.press(button);
            self.until("the language is the chosen one", |browser| {
                (browser.language() == language).then_some(())
            });
            self.assert_is_in_order(&format!("{name}-{language}"));
        }
    }

    /// Checks that nothing is wider than the window.
    ///
    /// # Panics
    /// When something is, with what it is.
    pub fn assert_no_horizontal_scroll(&self) {
        let wide = self.script(
            "const wide = document.documentElement.scrollWidth > innerWidth;
             return wide ? [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 120)) : []",
            &json!([]),
        );
        assert_eq!(wide, json!([]), "wider than the window on {}", self.path());
    }

    /// Checks the page with axe-core.
    ///
    /// # Panics
    /// When it finds something, or is not there.
    pub fn assert_axe_is_content(&self) {
        let source = std::fs::read_to_string(axe());
        let source = source.unwrap_or_else(|error| {
            panic!(
                "{}: {error}; `cargo xtask test` fetches axe-core",
                axe().display()
            )
        });
        // WebDriver's scripts are not subject to the page's policy.
        let _ = self.script(&source, &json!([]));
        let found = self.script_async(AXE, &json!([]));
        assert_eq!(found, json!([]), "axe on {}", self.path());
    }

    /// Writes a picture of the whole page into the folder of screenshots.
    pub fn screenshot(&self, name: &str) {
        let options = json!({"format": "png", "captureBeyondViewport": true});
        let taken = self.devtools("Page.captureScreenshot", &options);
        let data = taken
            .get("data")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let bytes = BASE64_STANDARD
            .decode(data)
            .expect("pictures come in base64");
        let folder = screenshot_folder();
        std::fs::create_dir_all(&folder).expect("the target directory is writable");
        std::fs::write(folder.join(format!("{name}.png")), bytes)
            .expect("the target directory is writable");
    }
}

/// Where screenshots go: `MANYHANDS_SCREENSHOTS`, or a folder in the target directory.
#[must_use]
pub fn screenshot_folder() -> PathBuf {
    let wanted = std::env::var_os("MANYHANDS_SCREENSHOTS");
    wanted.map_or_else(|| target().join("screenshots"), PathBuf::from)
}

/// Where `xtask/src/tools.rs` puts axe-core.
fn axe() -> PathBuf {
    target().join("axe/node_modules/axe-core/axe.min.js")
}

/// The target directory, in which this test lies: `TARGET/PROFILE/deps/this-test`.
fn target() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it lies");
    let target = test.ancestors().nth(3);
    target.expect("tests lie in PROFILE/deps").to_owned()
}
