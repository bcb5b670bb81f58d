//! The ledger's pages: blocks, entries, and the checks that turn green or red in this browser.

use std::sync::{Arc, Mutex};
use tests::between::{Deed, between, with_another_letter};
use tests::browser::Browser;
use tests::cluster::Cluster;

/// What a page shows only of what it has checked.
const BELIEVED: &str = ".check-good, #entry-steps li:nth-child(5).step-good";

/// A job that is on the ledger, by its id.
fn finished_job(cluster: &mut Cluster) -> String {
    for name in ["ann", "bob", "eve"] {
        cluster.volunteer(name, &[]);
    }
    cluster.text_file(60_000);
    let job = cluster.count_words("lines:16KiB", &[]);
    let _ = cluster.result(&job);
    job
}

/// Waits until the head was checked and every listed block is in the log.
fn until_listed(browser: &Browser) {
    browser.until_text("#head-checked", "✓");
    browser.until("every block is in the log", |browser| {
        let all = browser.count("#blocks tbody tr");
        (all > 0 && browser.count("#blocks .checked") == all).then_some(())
    });
}

/// Waits until all steps of the entry's check are green.
fn until_green(browser: &Browser) {
    browser.until_text("#entry-steps .check-good", "Every step holds");
    assert_eq!(browser.count("#entry-steps .step-good"), 5);
}

/// The index of a certificate, found as a user would: among the entries of a block.
fn opens_a_certificate(browser: &Browser) {
    let script = "const row = [...document.querySelectorAll('#block-entries tbody tr')]
            .find(row => row.cells[1].innerText.trim() === 'Certificate');
        row?.querySelector('a').setAttribute('data-test-certificate', '');
        return !!row";
    browser.until("a block has a certificate", |browser| {
        browser.until_text("#block-checked", "✓");
        if browser.script(script, &serde_json::json!([])) == serde_json::json!(true) {
            return Some(());
        }
        let before = browser.path();
        browser.press("Block before");
        browser.until("the block before is shown", |browser| {
            (browser.path() != before).then_some(())
        });
        None
    });
    browser.click("[data-test-certificate]");
}

#[test]
fn from_the_list_over_a_block_to_an_entry_everything_is_checked_here() {
    let mut cluster = Cluster::start(&[]);
    let job = finished_job(&mut cluster);
    let browser = Browser::start();
    browser.open(&cluster.url());
    browser.press("Ledger");
    until_listed(&browser);
    browser.until_text("#head-checked", "the first that this browser sees");
    browser.until_text("#ledger-head", "2 of 3 storage nodes must sign");
    browser.assert_is_in_order_in_both_languages("ledger");
    browser.assert_keyboard_reaches_every_control();

    browser.click("#blocks tbody a");
    browser.until_text("#block-checked", "✓");
    opens_a_certificate(&browser);
    until_green(&browser);
    browser.until_text("#entry-line", "volunteers signed the same outcome");
    browser.until_text("#entry-fields", &job);
    browser.opens_all_details();
    browser.assert_is_in_order_in_both_languages("ledger-entry");
    browser.assert_keyboard_reaches_every_control();
    let entry = browser.path();
    browser.click("main nav a");
    browser.until_text("#block-entries", "Certificate");
    browser.assert_is_in_order_in_both_languages("ledger-block");
    browser.assert_keyboard_reaches_every_control();

    // The next visit compares.
    browser.open(&format!("{}{entry}", cluster.url()));
    until_green(&browser);
    browser.until_text("#entry-steps", "at the last visit");
    browser.press("Check this entry again");
    until_green(&browser);
    browser.open(&format!("{}/ledger", cluster.url()));
    browser.until_text("#head-checked", "It goes on from");
}

#[test]
fn whatever_is_searched_for_leads_to_its_entries() {
    let mut cluster = Cluster::start(&[]);
    let job = finished_job(&mut cluster);
    let browser = Browser::start();
    browser.open(&format!("{}/ledger", cluster.url()));
    until_listed(&browser);
    let looks_for = |wanted: &str| {
        browser.fill("#find", wanted);
        browser.click("#look");
    };
    looks_for(&job);
    browser.until_text("#found", "A job");
    browser.click("#found li:last-child a");
    until_green(&browser);
    browser.until_text("#entry-line", "volunteers for each");

    let node = cluster
        .node("ann")
        .expect("ann has joined")
        .node_key
        .to_string();
    browser.open(&format!("{}/ledger?find={node}", cluster.url()));
    browser.until_text("#found", "A volunteer");
    browser.click("#blocks tbody a");
    browser.until_text("#block-checked", "✓");
    let hash = browser
        .text("#block-header code")
        .expect("its hash is shown");
    browser.open(&format!("{}/ledger", cluster.url()));
    looks_for(&hash);
    browser.until_text("#found", "A block");
    looks_for("2");
    browser.until_text("#found", "Entry 2");
    browser.press("Block 2");
    browser.until_text("#block-checked", "✓");
    browser.open(&format!("{}/ledger", cluster.url()));
    looks_for("no hash");
    browser.until_text("#found", "64 hexadecimal digits");
    looks_for(&"0".repeat(64));
    browser.until_text("#found", "Nothing in the ledger");
}

#[test]
fn a_changed_entry_or_proof_turns_its_step_red_with_the_rule_and_is_never_believed() {
    let cluster = Cluster::start(&[]);
    let deed = Arc::new(Mutex::new((String::new(), Deed::Honest)));
    let now = Arc::clone(&deed);
    let url = between(&cluster, move |asked| {
        let (path, deed) = &*now.lock().expect("nobody panics with it");
        if !path.is_empty() && asked.contains(path.as_str()) {
            *deed
        } else {
            Deed::Honest
        }
    });
    let set = |path: &str, now: Deed| {
        *deed.lock().expect("nobody panics with it") = (path.to_owned(), now);
    };
    let browser = Browser::start();
    browser.watches_for(BELIEVED);
    browser.open(&format!("{url}/ledger/entries/0"));
    until_green(&browser);
    assert!(browser.has_had(BELIEVED), "an honest server is believed");

    let (_, proof) = cluster.get("/api/v1/ledger/proof/0").expect("a proof");
    let proof = String::from_utf8(proof).expect("a proof is text");
    // The last lines of a proof: index, path, an empty one, origin, size, root, an empty one, signatures.
    let with_line = |number: usize| {
        let lines = proof.lines().enumerate();
        let lines = lines.map(|(at, line)| {
            if at == number {
                with_another_letter(line, line.len() - 10)
            } else {
                line.to_owned()
            }
        });
        let text: String = lines.map(|line| line + "\n").collect();
        Deed::Instead(text.into_bytes().leak())
    };
    let index = proof.lines().position(|line| line.starts_with("index "));
    let index = index.expect("an index");
    let empty = proof.lines().position(str::is_empty).expect("a checkpoint");
    for (what, path, now, step, rule) in [
        (
            "entry",
            "/entries/0",
            Deed::Changed("entry"),
            1,
            "canonical",
        ),
        ("path", "/proof/0", with_line(index + 1), 2, "inclusion"),
        ("log", "/proof/0", with_line(empty + 5), 3, "certificate"),
        ("quorum", "/proof/0", with_line(empty + 6), 4, "certificate"),
    ] {
        set(path, now);
        browser.reload();
        browser.until_text("#entry-steps .check-bad", "Not accepted");
        let red = format!("#entry-steps li:nth-child({step}).step-bad .rule");
        assert_eq!(browser.text(&red).as_deref(), Some(rule), "{what}");
        assert_eq!(browser.count("#entry-steps .step-good"), step - 1, "{what}");
        assert!(!browser.has_had(BELIEVED), "{what}: it was believed");
        browser.assert_is_in_order(&format!("ledger-red-{what}"));
    }
    set("/ledger/blocks?", Deed::Changed("header"));
    browser.open(&format!("{url}/ledger/blocks/0"));
    browser.until_text("#ledger-broken .rule", "canonical");
    assert!(!browser.has("#block-checked"));
    set("/tile/entries/", Deed::Preceded("x"));
    browser.reload();
    browser.until_text("#ledger-broken .rule", "tiles");
    assert!(!browser.has("#block-checked"));
    let (_, head) = cluster
        .get("/api/v1/ledger/checkpoint")
        .expect("a checkpoint");
    let head = String::from_utf8(head).expect("a checkpoint is text");
    let changed = with_another_letter(&head, head.len() - 12);
    set("/checkpoint", Deed::Instead(changed.into_bytes().leak()));
    browser.open(&format!("{url}/ledger"));
    browser.until_text("#ledger-broken .rule", "certificate");
    assert!(!browser.has(".checked"), "nothing is checked under it");
    set("", Deed::Honest);
    browser.open(&format!("{url}/ledger/entries/0"));
    until_green(&browser);
}

#[test]
fn a_receipt_waits_for_the_storage_quorum_and_then_opens_its_entry() {
    let (mut cluster, mut nodes) = Cluster::start_with_storage(3, &[]);
    let browser = Browser::start();
    browser.volunteers(&cluster.url());
    let key = browser.node_key().to_string();
    for name in ["ann", "bob"] {
        cluster.volunteer(name, &[]);
    }
    cluster.text_file(300_000);
    let job = cluster.count_words("lines:4KiB", &[]);
    cluster.until("some tasks are decided", |cluster| {
        (cluster.decided(&job) > 3).then_some(())
    });
    nodes.kill("s2");
    nodes.kill("s3");
    browser.until_text("#receipt-list", "waiting for the storage quorum");
    nodes.start_again(&cluster.user, "s2");
    browser.until("the newest receipt has its entry", |browser| {
        browser
            .has("#receipt-list tbody tr:first-child a[href^='/ledger/entries/']")
            .then_some(())
    });
    browser.click("#receipt-list tbody tr:first-child a[href^='/ledger/entries/']");
    until_green(&browser);
    browser.until_text("table", &key);
    let _ = cluster.result(&job);
    browser.close();
}
