//! Failed tasks, run again with other limits: from the page that shows them, and on browsers.

use tests::browser::{Browser, Draft};
use tests::cluster::Cluster;
use tests::programs::{self, HARD_WORK};

/// Twelve lines of 4 KiB. Of the words in lines 1, 4, 7 and 10 all are different, in the others all are equal.
fn lines() -> String {
    let line = |number: usize| {
        let word = |at: usize| match number % 3 {
            1 => format!("w{number}x{at} "),
            _ => "same ".to_owned(),
        };
        let mut line: String = (0..1000).map(word).collect();
        line.truncate(4095);
        line + "\n"
    };
    (0..12).map(line).collect()
}

fn value(browser: &Browser, css: &str) -> String {
    let script = "return document.querySelector(arguments[0]).value";
    let value = browser.script(script, &serde_json::json!([css]));
    value.as_str().expect("a field has a value").to_owned()
}

#[test]
fn the_page_of_a_job_runs_its_failed_tasks_again_and_shows_one_whole_result() {
    let mut cluster = Cluster::start(&[]);
    for name in ["ann", "bob"] {
        cluster.volunteer(name, &[]);
    }
    cluster.user.file("input.txt", lines());
    let job = cluster.count_words("lines:4KiB", &["--limit", "output=1KiB"]);
    let browser = Browser::start();
    // Until the key is loaded there is no such job.
    browser.expect_on_console("Failed to load resource");
    browser.open(&format!("{}/jobs/{job}", cluster.url()));
    let key = cluster.user.data().join("submitter.key");
    browser.upload("#load-submitter-key", &key);
    browser.until_text("#again-output-why", "4 tasks wrote more");
    assert!(!browser.has("#again-memory-why") && !browser.has("#result-ready"));
    assert_eq!(value(&browser, "#again-output"), "1KiB");
    assert_eq!(value(&browser, "#again-memory"), "256MiB");
    browser.assert_axe_is_content();
    browser.set_width(375);
    browser.assert_no_horizontal_scroll();
    browser.set_width(1280);

    browser.fill("#again-output", "much");
    browser.click("#again-post");
    browser.until_text("[aria-labelledby=again] [role=alert]", "is not a size");
    assert_eq!(cluster.job(&job).subsets, []);
    browser.fill("#again-output", "1MiB");
    browser.click("#again-post");
    let expected = cluster.local("wordcount", "input.txt");
    assert!(browser.result_of(&job) == expected, "one whole result");
    browser.until_text("#verified", "12 of 12 tasks verified");
    assert!(!browser.has("#again-post"), "nothing is left to run again");

    let subsets = cluster.job(&job).subsets;
    browser.until_text("#again-jobs", "4 of 4 tasks accepted");
    browser.click("#again-jobs a");
    browser.until_text("#again-parent", job.get(..8).expect("an id is long"));
    assert_eq!(browser.path(), format!("/jobs/{}", subsets[0]));
    browser.until_text("#verified", "4 of 4 tasks verified");
    assert!(!browser.has("#result-ready") && !browser.has("#broken"));
    browser.assert_axe_is_content();
    browser.click("#again-parent a");
    assert!(browser.result_of(&job) == expected, "by the link back");
    browser.reload();
    assert!(browser.result_of(&job) == expected, "after a reload");
}

#[test]
fn the_page_says_which_fuel_was_too_little_and_runs_the_tasks_again_with_more() {
    let mut cluster = Cluster::start(&[]);
    for name in ["ann", "bob"] {
        cluster.volunteer(name, &[]);
    }
    let module = cluster.user.file("hard.wasm", programs::hard_working());
    let line = |task| format!("{} line {task}\n", if task % 3 == 1 { 'x' } else { 'a' });
    let lines: String = (0..6).map(line).collect();
    let input = cluster.user.file("lines.txt", &lines);
    let browser = Browser::start();
    browser.drafts(&cluster.url(), &Draft::upload(&module, &input));
    browser.fill("#split", "lines:4");
    browser.opens_all_details();
    browser.fill("#limit-fuel", &HARD_WORK.to_string());
    let job = browser.agrees_and_submits();
    browser.until_text("#again-fuel-why", "2 tasks ran out of it");
    assert_eq!(value(&browser, "#again-fuel"), HARD_WORK.to_string());
    let ended = "ran out of fuel: its limit is 100,000 instructions";
    browser.until_text("#task-table", ended);
    browser.press("#4");
    browser.until_text("#task-details", ended);
    browser.assert_is_in_order_in_both_languages("job-fuel");

    browser.fill("#again-fuel", "1e7");
    browser.click("#again-post");
    assert_eq!(browser.result_as(&job, "bin"), lines.into_bytes());
    let key = browser.key_file();
    let view = cluster.job_of(&job, &key);
    assert_eq!(view.limits.fuel, HARD_WORK);
    let subset = cluster.job_of(&view.subsets[0].to_string(), &key);
    assert_eq!((subset.task_count, subset.limits.fuel), (2, 10_000_000));
}

#[test]
fn browsers_run_tasks_again_as_their_parent_ran_them() {
    let cluster = Cluster::start(&[]);
    let browsers: [Browser; 2] = std::array::from_fn(|_| {
        let browser = Browser::start();
        browser.volunteers(&cluster.url());
        browser
    });
    cluster.user.file("echo.wasm", programs::echo());
    let line = |task| format!("{} line {task}\n", if task % 3 == 1 { 'x' } else { 'a' });
    let lines: String = (0..6).map(line).collect();
    cluster.user.file("lines.txt", lines);
    let input = ["--input", "lines.txt", "--split", "lines:4", "--seed", "7"];
    let small = ["--program", "echo.wasm", "--limit", "memory=1MiB"];
    let job = cluster.submit(&[&small[..], &input].concat());
    let results = ["job", "results", &job, "--wait", "--output", "result"];
    let failed = cluster.run(&results).ended(1).stderr;
    assert!(failed.contains("2 of 6 tasks"), "{failed}");
    let _ = cluster.submit(&["--rerun", &job, "--limit", "memory=16MiB"]);
    let merged = cluster.result(&job);
    let run = ["program", "run", "echo.wasm", "--limit", "memory=16MiB"];
    let local = cluster.user.run(&[&run[..], &input].concat()).ended(0);
    assert_eq!(merged, local.stdout);
    for browser in browsers {
        browser.close();
    }
}
