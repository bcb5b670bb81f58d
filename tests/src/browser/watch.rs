//! What a browser does behind its pages: console, network, workers.

use super::Browser;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What a page or one of its workers has asked the network for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What it asked for.
    pub url: String,
    /// The site of the page or worker that asked.
    pub by: String,
}

/// `http://host:port` of an address; sockets count as what they are upgraded from.
pub(super) fn site_of(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let scheme = match scheme {
        "http" | "ws" => "http",
        "https" | "wss" => "https",
        _ => return None,
    };
    let host = rest.split(['/', '?', '#']).next()?;
    Some(format!("{scheme}://{host}"))
}

impl Browser {
    /// Says that the test itself brings about errors with this text on the console, such as a connection that fails because
    /// the test has killed the coordinator.
    pub fn expect_on_console(&self, part: &str) {
        self.expected.borrow_mut().push(part.to_owned());
    }

    /// Takes what has come on the console, of the page and of all workers.
    pub(super) fn listen(&self) {
        // A browser that has crashed says no more.
        let Ok(entries) = self.ask("POST", "/se/log", &json!({"type": "browser"})) else {
            return;
        };
        let entries = entries.as_array().cloned().unwrap_or_default();
        let text = |entry: &Value, name: &str| {
            entry
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let lines = entries
            .iter()
            .map(|entry| format!("{} {}", text(entry, "level"), text(entry, "message")));
        self.console.borrow_mut().extend(lines);
    }

    /// What the page has asked for since this was called last, as long as it has no workers: they are seen only in what
    /// the browser writes when it ends.
    #[must_use]
    pub fn requests_of_page(&self) -> Vec<String> {
        let entries = self.must("POST", "/se/log", &json!({"type": "performance"}));
        let entries = entries.as_array().cloned().unwrap_or_default();
        let url = |entry: &Value| -> Option<String> {
            let message: Value = serde_json::from_str(entry.get("message")?.as_str()?).ok()?;
            let method = message.pointer("/message/method")?.as_str()?;
            let pointer = match method {
                "Network.requestWillBeSent" => "/message/params/request/url",
                "Network.webSocketCreated" => "/message/params/url",
                _ => return None,
            };
            message.pointer(pointer)?.as_str().map(str::to_owned)
        };
        entries
            .iter()
            .filter_map(url)
            .filter(|url| site_of(url).is_some())
            .collect()
    }

    /// From the next page on, remembers whether an element that this CSS selector finds was ever there; see
    /// [`Browser::has_had`].
    pub fn watches_for(&self, css: &str) {
        let source = format!(
            "(() => {{
                const css = {};
                window.testHasHad = {{ [css]: false }};
                const look = () => window.testHasHad[css] ||= !!document.querySelector(css);
                new MutationObserver(look).observe(document, {{ subtree: true, childList: true, attributes: true }});
            }})()",
            json!(css)
        );
        self.before_every_page(&source);
    }

    /// Whether what [`Browser::watches_for`] was told of was there at any time since the page was loaded.
    ///
    /// # Panics
    /// When it was not told of it.
    #[must_use]
    pub fn has_had(&self, css: &str) -> bool {
        let seen = self.script("return window.testHasHad?.[arguments[0]]", &json!([css]));
        seen.as_bool().expect("this selector is watched for")
    }

    /// The workers that run now, by the addresses of their scripts; those inside other workers have none.
    #[must_use]
    pub fn workers(&self) -> Vec<String> {
        let found = self.devtools("Target.getTargets", &json!({}));
        let targets = found
            .get("targetInfos")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let text = |target: &Value, name: &str| {
            target
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        targets
            .iter()
            .filter(|target| text(target, "type").contains("worker"))
            .map(|target| text(target, "url"))
            .collect()
    }

    /// Everything that pages and workers have asked the network for, as the browser has written it when it ended.
    fn requests(&self) -> Vec<Request> {
        let text = std::fs::read_to_string(self.net_log()).unwrap_or_default();
        requests_in(&text)
    }

    /// Checks console and network of a browser that has ended.
    pub(super) fn assert_nothing_was_wrong(&self) {
        let expected = self.expected.borrow();
        let console = self.console.borrow();
        let errors: Vec<&String> = console
            .iter()
            .filter(|line| line.starts_with("SEVERE") || line.contains("Content Security Policy"))
            .filter(|line| !expected.iter().any(|part| line.contains(part)))
            .collect();
        assert!(errors.is_empty(), "errors on the console: {errors:#?}");
        let sites = self.sites.borrow();
        let foreign: Vec<Request> = self
            .requests()
            .into_iter()
            .filter(|request| sites.contains(&request.by))
            .filter(|request| site_of(&request.url).is_none_or(|site| !sites.contains(&site)))
            .collect();
        assert!(foreign.is_empty(), "requests to other hosts: {foreign:#?}");
    }
}

/// The requests in a NetLog: one event stands in each line, and a browser that was killed leaves the last one torn.
fn requests_in(text: &str) -> Vec<Request> {
    let parsed = |line: &str| serde_json::from_str::<Value>(line.trim_end_matches(',')).ok();
    let mut lines = text.lines();
    let constants = lines
        .next()
        .and_then(|line| parsed(&format!("{}}}", line.trim_end_matches(','))));
    let kinds: BTreeMap<String, u64> = constants
        .and_then(|constants| {
            serde_json::from_value(constants.pointer("/constants/logEventTypes")?.clone()).ok()
        })
        .unwrap_or_default();
    let started = kinds.get("URL_REQUEST_START_JOB").copied();
    lines
        .filter_map(parsed)
        .filter(|event| started.is_some() && event.get("type").and_then(Value::as_u64) == started)
        .filter_map(|event| {
            let text = |pointer| Some(event.pointer(pointer)?.as_str()?.to_owned());
            Some(Request {
                url: text("/params/url")?,
                by: text("/params/initiator")?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_scheme_and_host_and_a_socket_is_of_its_site() {
        assert_eq!(
            site_of("ws://127.0.0.1:80/a?b"),
            Some("http://127.0.0.1:80".to_owned())
        );
        assert_eq!(
            site_of("https://a.example"),
            Some("https://a.example".to_owned())
        );
        assert_eq!(site_of("data:text/plain,a"), None);
    }

    #[test]
    fn requests_are_found_in_a_net_log_that_was_torn() {
        let text = "{\"constants\":{\"logEventTypes\":{\"URL_REQUEST_START_JOB\":7}},\n\"events\": [\n\
            {\"params\":{\"initiator\":\"http://a\",\"url\":\"http://b/\"},\"type\":7},\n\
            {\"params\":{},\"type\":7},\n{\"params\":{\"initiator\":\"http://a\",\"url\":\"http://c/\"},\"type\":8},\n{\"par";
        let found = requests_in(text);
        assert_eq!(
            found,
            [Request {
                url: "http://b/".to_owned(),
                by: "http://a".to_owned()
            }]
        );
    }
}
