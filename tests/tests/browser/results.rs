//! What a job's page shows of all kinds of results, ends and disagreements.

use serde_json::json;
use tests::browser::{Browser, Draft};
use tests::cluster::Cluster;
use tests::guests::{EXIT_CODE, Guest, LAST_WORDS};
use tests::programs;

fn cluster_with(volunteers: &[(&str, &[&str])]) -> Cluster {
    let mut cluster = Cluster::start(&[]);
    for (name, args) in volunteers {
        cluster.volunteer(name, args);
    }
    cluster
}

#[test]
fn a_text_made_of_a_common_file_and_large_outputs_is_shown_and_an_image_is_drawn() {
    let cluster = cluster_with(&[("ann", &[]), ("bob", &[])]);
    let home = |name: &str, bytes: &[u8]| cluster.user.file(name, bytes);
    let text = home("copying.wasm", &Guest::Text.module());
    let picture = home("drawing.wasm", &Guest::Picture.module());
    let input = home("lines.txt", "a line of a task\n".repeat(5).as_bytes());
    let common = home(
        "common.txt",
        "the same for everyone\n".repeat(5_000).as_bytes(),
    );
    let browser = Browser::start();

    browser.drafts(&cluster.url(), &Draft::upload(&text, &input));
    browser.opens_all_details();
    browser.upload("#common", &common);
    let job = browser.agrees_and_submits();
    let result = browser.result_as(&job, "txt");
    let args = [
        "program",
        "run",
        "copying.wasm",
        "--input",
        "lines.txt",
        "--common",
        "common.txt",
    ];
    assert!(result == cluster.user.run(&args).ended(0).stdout, "a text");
    assert!(
        result.len() > 5 * 65_536,
        "each output is larger than 64 KiB"
    );
    browser.until_text("#preview", "the same for everyone");
    browser.until_text("#preview", "Only the beginning");

    browser.drafts(&cluster.url(), &Draft::upload(&picture, &input));
    let job = browser.agrees_and_submits();
    let result = browser.result_as(&job, "png");
    let args = ["program", "run", "drawing.wasm", "--input", "lines.txt"];
    assert!(
        result == cluster.user.run(&args).ended(0).stdout,
        "an image"
    );
    let size = "const image = document.querySelector('.result-image');
        return image?.complete ? [image.naturalWidth, image.naturalHeight] : null";
    browser.until("the image is decoded", |browser| {
        (browser.script(size, &json!([])) == json!([4, 3])).then_some(())
    });
}

#[test]
fn a_job_with_failed_tasks_shows_what_their_guests_wrote_and_folds_the_rest_when_told() {
    let cluster = cluster_with(&[("ann", &[]), ("bob", &[])]);
    let program = cluster.user.file("copying.wasm", Guest::Text.module());
    let input = cluster.user.file(
        "lines.txt",
        "first line here\nx the wrong one\nthird line here\n",
    );
    let browser = Browser::start();
    browser.drafts(&cluster.url(), &Draft::upload(&program, &input));
    let job = browser.agrees_and_submits();
    browser.until_text("#job-state", "complete");
    browser.until("it says that a task is missing", |browser| {
        browser.has("#fold-partial").then_some(())
    });
    assert!(!browser.has("#result-ready"));
    browser.click("#failed-only");
    browser.until("only the failed task is listed", |browser| {
        (browser.count("#task-table tbody tr") == 1).then_some(())
    });
    browser.press("#1");
    browser.until_text("#task-details pre", LAST_WORDS);
    browser.until_text("#task-details", &format!("exit code {EXIT_CODE}"));
    browser.click("#fold-partial");
    let result = browser.result_as(&job, "txt");
    assert_eq!(result, b"first line here\nthird line here\n");
    browser.until_text("main", "1 task is not in it");
}

#[test]
fn outputs_are_folded_while_others_are_still_computed() {
    let cluster = cluster_with(&[("ann", &[]), ("bob", &[])]);
    let module = cluster.user.file("hard.wasm", programs::hard_working());
    let manifest = Guest::Text.manifest();
    let manifest = manifest.replace(r#""reduce":"none""#, r#""reduce":"associative""#);
    let manifest = cluster.user.file("hard.json", manifest);
    // The first 64 make a full group, the others none. The last task never ends.
    let line = |task| format!("line {task:03}\n");
    let good: String = (0..120).map(line).collect();
    let input = cluster.user.file("lines.txt", good.clone() + "z\n");
    let browser = Browser::start();
    browser.open(&format!("{}/jobs/new", cluster.url()));
    browser.upload_all("#module", &[&manifest, &module]);
    browser.until_text(".facts-card", "A guest of a test.");
    browser.upload("#files", &input);
    browser.fill("#split", "lines:8");
    let job = browser.agrees_and_submits();
    browser.until_text("main", "64 of 121 tasks folded so far");
    browser.until_text("#job-state", "running");

    browser.click("#cancel");
    browser.click("#cancel-yes");
    browser.click("#fold-partial");
    let result = browser.result_as(&job, "txt");
    let result = String::from_utf8(result).expect("lines of text");
    let group = good.get(..64 * "line 000\n".len()).expect("it is longer");
    assert!(result.starts_with(group), "{result}");
    let lines: Vec<&str> = result.lines().collect();
    assert!(lines.is_sorted_by(|one, next| one < next), "{result}");
}
