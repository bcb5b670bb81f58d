//! A person who lends a browser on the volunteer page.

use super::Browser;
use shared::ids::NodeKey;

impl Browser {
    /// Opens the volunteer page and presses Start; waits until the node has joined.
    pub fn volunteers(&self, url: &str) {
        self.open(url);
        self.click("#start");
        self.until_connected();
    }

    /// Waits until the node is connected: it computes, or there is no work.
    pub fn until_connected(&self) {
        self.until("the node is connected", |browser| {
            ["idle", "computing"]
                .contains(&browser.phase().as_str())
                .then_some(())
        });
    }

    /// How the node of this page stands, by its name in `shared::page`.
    #[must_use]
    pub fn phase(&self) -> String {
        let script = "return document.querySelector('#node-status')?.dataset.phase ?? ''";
        let phase = self.script(script, &serde_json::json!([]));
        phase.as_str().unwrap_or_default().to_owned()
    }

    /// The node's key, as the page shows it.
    #[must_use]
    pub fn node_key(&self) -> NodeKey {
        let text = self.until("the key is shown", |browser| browser.text("#node-key"));
        text.parse().expect("a node key in hex")
    }

    /// How many tasks of this session are verified, as the page shows it.
    #[must_use]
    pub fn verified(&self) -> u32 {
        self.number("#verified")
    }

    /// The credit of this session in fuel, as the page shows it.
    #[must_use]
    pub fn credit(&self) -> u64 {
        let script = "return document.querySelector('#credit')?.dataset.fuel ?? ''";
        let credit = self.script(script, &serde_json::json!([]));
        let credit = credit.as_str().unwrap_or_default();
        credit.parse().unwrap_or_default()
    }
}
