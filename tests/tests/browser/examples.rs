//! Every built-in program can be tried and posted with its own example by somebody who knows nothing of it.

use coordinator::builtin::built_ins;
use shared::manifest::{Manifest, MediaType};
use tests::browser::Browser;
use tests::cluster::Cluster;

#[test]
fn each_built_in_program_is_tried_and_posted_with_its_example_and_gives_a_result() {
    let mut cluster = Cluster::start(&[]);
    for name in ["ann", "bob"] {
        cluster.volunteer(name, &[]);
    }
    let browser = Browser::start();
    let programs = built_ins();
    assert!(!programs.is_empty(), "the browser tests need the programs");
    for program in programs {
        let name = &program.name;
        let manifest = Manifest::parse(&program.manifest).expect("a valid manifest");
        browser.open(&format!("{}/jobs/new", cluster.url()));
        browser.choose("#program", name);
        browser.until_text(".facts-card strong", name);
        browser.click("#use-example");
        browser.click("#try-first");
        browser.until_text("#tried", "ended well");
        let shown = browser
            .text("#tried pre")
            .expect("every example writes something");
        assert!(!shown.contains('\u{fffd}'), "{name}: {shown}");
        if name == "mandelbrot" {
            browser.assert_is_in_order_in_both_languages("example");
        }
        let job = browser.agrees_and_submits();
        let ending = match manifest.output {
            MediaType::Text => "txt",
            MediaType::TabSeparated => "tsv",
            MediaType::Json => "json",
            MediaType::Png => "png",
            MediaType::Jpeg => "jpg",
            MediaType::Bytes => "bin",
        };
        assert!(!browser.result_as(&job, ending).is_empty(), "{name}");
        if name == "mandelbrot" {
            browser.assert_is_in_order_in_both_languages("example-result");
        }
    }
}
