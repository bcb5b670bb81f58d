//! Before Start, a page does nothing but show itself; the submitter's pages have the submitter's own workers besides.

use tests::browser::Browser;
use tests::cluster::Cluster;

/// The pages, and the workers that may serve them without a press of a button: those that sign what the submitter asks
/// for with the submitter's key. None of them runs a guest.
const PAGES: [(&str, &[&str]); 4] = [
    ("/", &[]),
    ("/status", &[]),
    ("/jobs", &["submitter"]),
    ("/jobs/new", &["submitter"]),
];

/// The part of the web part that an address belongs to: `sandbox` of `/assets/sandbox-0123.wasm`.
fn part(name: &str) -> Option<&str> {
    let (stem, _) = name.strip_prefix("/assets/")?.rsplit_once('-')?;
    Some(stem.strip_suffix("-glue").unwrap_or(stem))
}

#[test]
fn before_start_there_is_no_worker_no_socket_and_no_module_but_that_of_the_pages() {
    let cluster = Cluster::start(&[]);
    for (path, workers) in PAGES {
        let browser = Browser::start();
        browser.open(&format!("{}{path}", cluster.url()));
        // What was started with the page, if anything, has been asked for by now.
        browser.until("the page is at rest", |browser| {
            let state = browser.script("return document.readyState", &serde_json::json!([]));
            (state == "complete").then_some(())
        });
        let requests = browser.requests_of_page();
        assert!(!requests.is_empty(), "the page itself was asked for");
        for url in requests {
            let name = url.strip_prefix(&cluster.url());
            let name = name.unwrap_or_else(|| panic!("{path} asks another host for {url}"));
            assert!(!name.starts_with("/api/v1/node"), "{path} opens {url}");
            let is_code = [".wasm", ".js"].iter().any(|ending| name.ends_with(ending));
            let part = part(name).unwrap_or_default();
            let may = ["web-ui", "early"].contains(&part) || workers.contains(&part);
            assert!(!is_code || may, "{path} asks for {url}");
        }
        for worker in browser.workers() {
            let name = worker.strip_prefix(&cluster.url()).unwrap_or_default();
            let may = part(name).is_some_and(|part| workers.contains(&part));
            assert!(may, "{path} has the worker {worker:?}");
        }
    }
}
