//! Ledgers that do not go on from what the browser has kept: rewritten, shortened, another one, under another policy.

use shared::codec::Canonical as _;
use shared::ids::NodeKey;
use shared::ledger::ban::Ban;
use shared::ledger::fixture::{Book, chain, policy, quorum_policy};
use shared::ledger::policy::PolicyEntry;
use shared::ledger::policy_text::QuorumPolicy;
use std::sync::{Arc, Mutex};
use tests::between::between;
use tests::browser::Browser;
use tests::cluster::Cluster;
use tests::shown_ledger::ShownLedger;

/// What a page shows only of a ledger that it believes.
const BELIEVED: &str = ".checked, .check-good, .step-good";

/// An entry that says little.
fn ban(number: u8) -> Vec<u8> {
    let ban = Ban {
        node_key: NodeKey([number; 32]),
        banned: true,
        until_ms: None,
        evidence_index: None,
        reason: "lies".to_owned(),
    };
    ban.encode(chain())
}

/// A ledger with a job and a block for each of these entries.
fn book(bans: &[u8]) -> Book {
    let mut book = Book::with_job();
    for number in bans {
        book.add(&[ban(*number)]);
    }
    book
}

/// A coordinator whose ledger is shown as the test says; without one, its own.
struct Shown {
    url: String,
    now: Arc<Mutex<Option<ShownLedger>>>,
}

impl Shown {
    fn start(cluster: &Cluster) -> Self {
        let now = Arc::new(Mutex::new(None::<ShownLedger>));
        let shown = Arc::clone(&now);
        let url = between(cluster, move |asked| {
            let shown = shown.lock().expect("nobody panics with it");
            match &*shown {
                Some(ledger) => ledger.deed(asked),
                None => tests::between::Deed::Honest,
            }
        });
        Self { url, now }
    }

    fn is(&self, ledger: ShownLedger) {
        *self.now.lock().expect("nobody panics with it") = Some(ledger);
    }
}

/// Waits for the ledger of this size.
fn until_size(browser: &Browser, size: u64) {
    browser.until("the head is checked", |browser| {
        (u64::from(browser.number("#head-size")) == size && browser.has("#head-checked"))
            .then_some(())
    });
}

/// Says on every page that the ledger is not to be believed; the evidence has both heads.
fn alarm_is_everywhere(browser: &Browser, url: &str, kept: &ShownLedger, found: &ShownLedger) {
    for path in [
        "/ledger",
        "/ledger/blocks/1",
        "/ledger/entries/3",
        "/",
        "/jobs",
    ] {
        browser.open(&format!("{url}{path}"));
        browser.until_text("#ledger-alarm", "An honest ledger only grows");
        assert!(!browser.has(BELIEVED), "{path}");
        let words = browser.text("main").expect("the page says something");
        assert!(
            !words.to_lowercase().contains("verified"),
            "{path}: {words}"
        );
    }
    browser.click("#save-evidence");
    let file = browser.downloaded("manyhands-ledger-evidence.txt");
    let evidence = std::fs::read_to_string(&file).expect("evidence is text");
    std::fs::remove_file(file).expect("our own file can be removed");
    assert!(evidence.contains(&kept.head()), "{evidence}");
    assert!(evidence.contains(&found.head()), "{evidence}");
}

#[test]
fn a_rewritten_ledger_covers_every_page_with_an_alarm_until_it_goes_on_again() {
    let cluster = Cluster::start(&[]);
    let shown = Shown::start(&cluster);
    let honest = ShownLedger::new(book(&[1, 2]));
    let forked = ShownLedger::new(book(&[1, 3, 4]));
    shown.is(honest.clone());
    let browser = Browser::start();
    browser.open(&format!("{}/ledger", shown.url));
    until_size(&browser, honest.book.size());

    shown.is(forked.clone());
    browser.until_text("h1", "The ledger was rewritten");
    alarm_is_everywhere(&browser, &shown.url, &honest, &forked);
    browser.assert_is_in_order_in_both_languages("ledger-alarm");
    browser.opens_all_details();
    browser.assert_keyboard_reaches_every_control();

    browser.open(&format!("{}/ledger", shown.url));
    browser.click("#ask-again");
    browser.until("it comes again", |browser| browser.text("#ledger-alarm"));
    let grown = ShownLedger::new(book(&[1, 2, 5]));
    shown.is(grown.clone());
    // The alarm that has just come may not be drawn yet.
    browser.until("the pages are back", |browser| {
        if browser.has("#ledger-alarm") {
            browser.click("#ask-again");
        }
        browser.has("#head-checked").then_some(())
    });
    until_size(&browser, grown.book.size());

    // Two roots of one size, at the check of an entry.
    browser.open(&format!("{}/ledger/entries/3", shown.url));
    browser.until_text("#entry-steps .check-good", "Every step holds");
    let twin = ShownLedger::new(book(&[1, 2, 6]));
    shown.is(twin.clone());
    browser.click("#check-entry");
    browser.until_text("h1", "The ledger was rewritten");
    alarm_is_everywhere(&browser, &shown.url, &grown, &twin);

    browser.opens_all_details();
    browser.click("#forget-ledger");
    browser.open(&format!("{}/ledger", shown.url));
    browser.until_text("#head-checked", "the first that this browser sees");
}

#[test]
fn a_ledger_that_lost_entries_raises_the_alarm() {
    let cluster = Cluster::start(&[]);
    let shown = Shown::start(&cluster);
    let whole = ShownLedger::new(book(&[1, 2, 3]));
    let short = ShownLedger::new(book(&[1, 2]));
    shown.is(whole.clone());
    let browser = Browser::start();
    browser.open(&format!("{}/ledger", shown.url));
    until_size(&browser, whole.book.size());
    shown.is(short.clone());
    browser.open(&format!("{}/ledger/entries/3", shown.url));
    browser.until_text("h1", "The ledger has lost entries");
    alarm_is_everywhere(&browser, &shown.url, &whole, &short);
}

#[test]
fn another_ledger_at_the_same_address_is_a_notice_and_shown_only_when_it_is_followed() {
    let cluster = Cluster::start(&[]);
    let shown = Shown::start(&cluster);
    let browser = Browser::start();
    browser.open(&format!("{}/ledger", shown.url));
    browser.until_text("#head-checked", "✓");
    let other = ShownLedger::new(book(&[1]));
    shown.is(other.clone());
    browser.open(&format!("{}/ledger", shown.url));
    browser.until_text("#other-ledger", "This is a different ledger");
    assert!(!browser.has(BELIEVED) && !browser.has("#blocks") && !browser.has("#ledger-alarm"));
    browser.assert_is_in_order_in_both_languages("ledger-other");
    browser.assert_keyboard_reaches_every_control();
    browser.click("#follow-new");
    until_size(&browser, other.book.size());
    browser.until_text("#head-checked", "the first that this browser sees");
}

/// The fixture's policy where all three storage nodes must cosign.
fn policy_of_three() -> PolicyEntry {
    let old = quorum_policy();
    let text = QuorumPolicy::new(old.log().clone(), old.witnesses().to_vec(), "storage", 3);
    PolicyEntry {
        text: text.expect("three of three is a quorum").to_string(),
        ..policy(1)
    }
}

#[test]
fn a_newer_policy_counts_only_with_the_certificate_of_the_old_one() {
    let cluster = Cluster::start(&[]);
    let shown = Shown::start(&cluster);
    let before = ShownLedger::new(book(&[1]));
    shown.is(before.clone());
    let browser = Browser::start();
    browser.expect_on_console("404 (Not Found)");
    let page = format!("{}/ledger", shown.url);
    browser.open(&page);
    until_size(&browser, before.book.size());

    let mut after = before;
    after.book.add(&[policy_of_three().encode(chain())]);
    let changed = after.book.size();
    after.book.add(&[ban(2)]);
    after.cosigners = vec![1, 2, 3];
    // Without its certificate the old policy stays in force.
    shown.is(after.clone());
    browser.open(&page);
    until_size(&browser, after.book.size());
    browser.until_text("#ledger-head", "2 of 3 storage nodes must sign");
    // Nor does a certificate count that the old quorum has not made.
    let forged = after.book.cosigned(changed, &[2]).to_string();
    after.certificates.insert(3, forged);
    shown.is(after.clone());
    browser.open(&page);
    browser.until_text("#ledger-broken .rule", "certificate");
    assert!(!browser.has(BELIEVED));

    let certificate = after.book.certified(changed).to_string();
    after.certificates.insert(3, certificate);
    shown.is(after.clone());
    browser.open(&page);
    until_size(&browser, after.book.size());
    browser.until_text("#ledger-head", "3 of 3 storage nodes must sign");
    // From now on two are too few.
    after.book.add(&[ban(3)]);
    after.cosigners = vec![1, 2];
    shown.is(after);
    browser.open(&page);
    browser.until_text("#ledger-broken .rule", "certificate");
    assert!(!browser.has(BELIEVED));
}
