//! The volunteer's key: saved, loaded, kept as well as the browser can.

use shared::key_file::{self, KeyRole};
use tests::between::{Deed, between};
use tests::browser::Browser;
use tests::cluster::Cluster;

#[test]
fn a_key_that_is_saved_is_that_of_the_page_and_opens_the_same_node_elsewhere() {
    let cluster = Cluster::start(&[]);
    let first = Browser::start();
    first.volunteers(&cluster.url());
    let key = first.node_key();
    first.click("#save-key");
    let file = first.downloads().join("manyhands-node.key");
    first.until("the file is there", |_| {
        file.metadata()
            .is_ok_and(|found| found.len() > 0)
            .then_some(())
    });
    let text = std::fs::read_to_string(&file).expect("a key file is text");
    let (role, secret) = key_file::read(&text).expect("it keeps the rules of key files");
    assert_eq!((role, secret.node_key()), (KeyRole::Node, key));
    first.click("#key-is-safe");
    first.until("it cannot be saved again", |browser| {
        (!browser.has("#save-key")).then_some(())
    });
    first.click("#stop");
    first.until_text("#node-status code", "off.user");

    let second = Browser::start();
    second.open(&cluster.url());
    second.upload(
        "#load-key",
        &cluster.user.file("no-key.txt", "this is no key"),
    );
    second.until_text("[role=alert]", "key");
    second.upload("#load-key", &file);
    second.until("the page says that the key waits", |browser| {
        (!browser.has("[role=alert]")).then_some(())
    });
    second.click("#start");
    second.until_connected();
    assert_eq!(second.node_key(), key);

    // A node that runs changes its key without a new start.
    let third = Browser::start();
    third.volunteers(&cluster.url());
    assert_ne!(third.node_key(), key);
    second.click("#stop");
    second.until_text("#node-status code", "off.user");
    third.upload("#load-key", &file);
    third.until("it is the node of the file", |browser| {
        (browser.has("#node-key") && browser.node_key() == key).then_some(())
    });
    third.until_connected();
}

/// A browser that does not know Ed25519, and one that keeps nothing either.
const WITHOUT_ED25519: &str = "const own = crypto.subtle.importKey.bind(crypto.subtle);
    crypto.subtle.importKey = (format, data, how, ...more) => how?.name === 'Ed25519' || how === 'Ed25519'
        ? Promise.reject(new DOMException('no', 'NotSupportedError')) : own(format, data, how, ...more);\n";
const WITHOUT_STORAGE: &str =
    "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError'); };\n";

#[test]
fn where_the_browser_lacks_a_way_to_keep_keys_the_next_best_is_taken_and_told() {
    let cluster = Cluster::start(&[]);
    for (lacks, told, is_kept) in [
        ("", "so that no script can read it", true),
        (WITHOUT_ED25519, "encrypted with a key", true),
        (WITHOUT_STORAGE, "it ends with this window", false),
    ] {
        let url = between(&cluster, move |path| {
            if path.contains("/supervisor-") && !path.contains("wasm") && !path.contains("glue") {
                Deed::Preceded(lacks)
            } else {
                Deed::Honest
            }
        });
        let browser = Browser::start();
        browser.volunteers(&url); // it signs: the coordinator lets it join
        let key = browser.node_key();
        browser.until_text("section[aria-labelledby=identity]", told);
        browser.reload();
        browser.click("#start");
        browser.until_connected();
        assert_eq!(browser.node_key() == key, is_kept, "{told}");
    }
}
