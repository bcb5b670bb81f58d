//! Before Start, a page does nothing but show itself.

use tests::browser::Browser;
use tests::cluster::Cluster;

/// The worker that keeps a submitter's key, for the pages about jobs; it computes for nobody else.
const SUBMITTER: &str = "/assets/submitter-";

#[test]
fn before_start_there_is_no_worker_no_socket_and_no_module_but_that_of_the_pages() {
    let cluster = Cluster::start(&[]);
    let browser = Browser::start();
    for path in ["/", "/jobs", "/jobs/new", "/status"] {
        let submits = path.starts_with("/jobs");
        browser.open(&format!("{}{path}", cluster.url()));
        let requests = browser.requests_of_page();
        assert!(!requests.is_empty(), "the page itself was asked for");
        for url in requests {
            let name = url
                .strip_prefix(&cluster.url())
                .expect("only this server is asked");
            let is_own =
                name == path || name.starts_with("/assets/") || name.starts_with("/api/v1/");
            assert!(is_own, "{path} asks for {url}");
            let is_module = name
                .split('?')
                .next()
                .is_some_and(|name| name.ends_with("wasm"));
            let is_of_page =
                name.starts_with("/assets/web-ui-") || (submits && name.starts_with(SUBMITTER));
            assert!(!is_module || is_of_page, "{path} asks for {url}");
            assert!(
                url.starts_with("http://") && !name.starts_with("/api/v1/node"),
                "{path} opens {url}"
            );
        }
        let other: Vec<String> = browser
            .workers()
            .into_iter()
            .filter(|worker| !submits || !worker.contains(SUBMITTER))
            .collect();
        assert_eq!(other, Vec::<String>::new(), "{path}");
    }
}
