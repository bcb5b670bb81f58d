//! From a module of one's own to a job: checked at once, tried here, kept over a reload, and the same from a shell.

use serde_json::json;
use shared::api::jobs::JobView;
use shared::ids::{JobNonce, SubmitterKey};
use shared::job::{Job, SignedJob};
use std::path::Path;
use tests::browser::Browser;
use tests::cluster::Cluster;
use tests::command_line::manyhands;
use tests::guests::Guest;
use tests::programs::everything;

/// What the form says that a person has typed.
fn typed(browser: &Browser, css: &str) -> String {
    let script = "return document.querySelector(arguments[0])?.value ?? ''";
    let value = browser.script(script, &json!([css]));
    value.as_str().unwrap_or_default().to_owned()
}

/// The newest job of the key in a file, without what differs from signing to signing.
fn newest_job(cluster: &Cluster, key: &Path) -> (Job, String) {
    let key = key.to_str().expect("test files have plain names");
    let listed = cluster.run(&["job", "list", "--key", key]).ended(0).json();
    let views: Vec<JobView> = serde_json::from_value(listed).expect("a list of jobs");
    let view = views.first().expect("a job is listed");
    let chain = cluster.status().expect("the coordinator answers").chain_id;
    let signed = SignedJob::decode(chain, &view.job).expect("a signed job");
    let mut job = signed.job().clone();
    job.nonce = JobNonce([0; 16]);
    job.submitter_key = SubmitterKey([0; 32]);
    (job, view.title.clone())
}

#[test]
fn a_module_that_may_be_no_program_is_refused_at_once_with_the_reason() {
    let cluster = Cluster::start(&[]);
    let foreign = r#"(module (import "env" "peek" (func)) (memory (export "memory") 1) (func (export "_start")))"#;
    let foreign = wat::parse_str(foreign).expect("the test's own module is valid");
    let broken = cluster.user.file("broken.wasm", "no module at all");
    let foreign = cluster.user.file("foreign.wasm", foreign);
    let bare = cluster.user.file("bare.wasm", Guest::bare_module());
    let manifest = cluster.user.file("copying.json", Guest::Text.manifest());
    let torn = cluster.user.file("torn.json", "{\"name\":");
    let browser = Browser::start();
    browser.open(&format!("{}/jobs/new", cluster.url()));
    browser.upload("#module", &broken);
    browser.until_text("main [role=alert]", "not a WebAssembly module");
    browser.upload("#module", &foreign);
    browser.until_text("main [role=alert]", "peek");
    assert!(browser.has("#submit-job:disabled") && browser.has("#try-first:disabled"));
    browser.upload_all("#module", &[&torn, &bare]);
    browser.until_text("main [role=alert]", "manifest");
    browser.upload_all("#module", &[&manifest, &bare]);
    browser.until_text(".facts-card", "A guest of a test.");
    assert!(!browser.has("main [role=alert]"));
    browser.until_text("#submit-line", "--program bare.wasm");
    browser.until_text("#submit-line", "--manifest copying.json");
}

#[test]
fn an_uploaded_tool_is_shown_with_what_was_changed_and_what_may_fail() {
    let cluster = Cluster::start(&[]);
    let module = cluster.user.file("everything.wasm", everything());
    let browser = Browser::start();
    browser.open(&format!("{}/jobs/new", cluster.url()));
    browser.upload("#module", &module);
    browser.until_text(".facts-card", "taken for a plain tool");
    assert!(!browser.has("#use-example"), "nobody wrote one for it");
    for (list, lines) in [
        ("#module-changes", "1 float operation gives the same NaN"),
        ("#module-changes", "names and debug information"),
        ("#module-caveats", "sock_shutdown: the answer is always"),
        ("#module-caveats", "at most 4,096 open calls"),
        ("#module-caveats", "growing beyond 256 MiB is refused"),
    ] {
        browser.until_text(list, lines);
    }
    browser.assert_is_in_order_in_both_languages("draft-tool");
}

#[test]
fn an_uploaded_program_is_tried_here_kept_over_a_reload_and_its_line_posts_the_same_job() {
    let mut cluster = Cluster::start(&[]);
    let module = cluster.user.file("copying.wasm", Guest::Text.module());
    let browser = Browser::start();
    browser.open(&format!("{}/jobs/new", cluster.url()));
    browser.upload("#module", &module);
    browser.press("Range of numbers");
    for (field, value) in [
        ("#range-start", "-3"),
        ("#range-end", "5"),
        ("#range-chunk", "3"),
        ("#arg-width", "7"),
        ("#job-title", "it's mine; $(rm)"),
    ] {
        browser.fill(field, value);
    }
    browser.opens_all_details();
    browser.fill("#limit-memory", "4MiB");
    browser.fill("#seed", "77");
    browser.until_text("#task-count", "3 tasks");

    browser.click("#try-first");
    browser.until_text("#tried", "ended well");
    browser.until_text("#tried pre", "-3 0");
    assert_eq!(cluster.status().map(|status| status.jobs_open), Some(0));

    browser.reload();
    browser.until_text("#task-count", "3 tasks");
    browser.until_text(".facts-card", "copying.wasm");
    assert_eq!(typed(&browser, "#range-start"), "-3");
    assert_eq!(typed(&browser, "#arg-width"), "7");
    assert_eq!(typed(&browser, "#limit-memory"), "4MiB");

    let line = browser.text("#submit-line").expect("the line is shown");
    let job = browser.agrees_and_submits();
    for name in ["ann", "bob"] {
        cluster.volunteer(name, &[]);
    }
    let result = browser.result_as(&job, "txt");
    assert_eq!(result, b"-3 0\n0 3\n3 5\n");

    let folder = manyhands().parent().expect("the binary lies in a folder");
    let mut shell = std::process::Command::new("/bin/sh");
    let shell = shell.args(["-c", &line]).current_dir(cluster.user.home());
    let shell = shell.env_clear().env("HOME", cluster.user.home());
    let ran = shell
        .env("PATH", folder)
        .output()
        .expect("there is a shell");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{line}\n{said}");
    let written = std::fs::read(cluster.user.home().join("result"));
    assert_eq!(written.expect("the line writes the result"), result);
    let own = cluster.user.data().join("submitter.key");
    assert_eq!(
        newest_job(&cluster, &own),
        newest_job(&cluster, &browser.key_file()),
        "{line}"
    );
}
