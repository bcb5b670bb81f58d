//! Before Start, a page does nothing but show itself.

use tests::browser::Browser;
use tests::cluster::Cluster;

#[test]
fn before_start_there_is_no_worker_no_socket_and_no_module_but_that_of_the_pages() {
    let cluster = Cluster::start(&[]);
    let browser = Browser::start();
    for path in ["/", "/jobs", "/jobs/new", "/status"] {
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
            assert!(
                !is_module || name.starts_with("/assets/web-ui-"),
                "{path} asks for {url}"
            );
            assert!(
                url.starts_with("http://") && !name.starts_with("/api/v1/node"),
                "{path} opens {url}"
            );
        }
        assert_eq!(browser.workers(), Vec::<String>::new(), "{path}");
    }
}
