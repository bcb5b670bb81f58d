//! The same guest ends alike everywhere: status, code, fuel and output under wasmi and in the sandbox of every browser.
//!
//! Chromium always; Firefox and WebKit too when `cargo xtask test --engines all` asks.

mod ends;
mod floats;

use tests::browser::{Browser, Engine, Settings};
use tests::cluster::Cluster;
use tests::guest_case::{Answer, Case};

/// Runs the cases natively, then in every browser, and compares.
fn assert_all_end_alike(cases: &[Case]) {
    let expected: Vec<Answer> = cases.iter().map(Case::natively).collect();
    for (case, answer) in cases.iter().zip(&expected) {
        assert!(
            matches!(answer, Answer::Finished(..)),
            "{}: wasmi was {answer:?}",
            case.name
        );
    }
    let cluster = Cluster::start(&[]);
    for engine in Engine::wanted() {
        let browser = Browser::with(Settings {
            engine,
            ..Settings::default()
        });
        browser.open(&cluster.url());
        let answers = browser.runs_guests(cases);
        let wrong: Vec<_> = cases
            .iter()
            .zip(&expected)
            .zip(&answers)
            .filter(|((_, expected), found)| expected != found)
            .map(|((case, expected), found)| {
                format!(
                    "{}:\n  wasmi {expected:?}\n  {} {found:?}",
                    case.name,
                    engine.name()
                )
            })
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

#[test]
fn every_float_operation_gives_the_same_bits_in_every_engine() {
    assert_all_end_alike(&floats::cases());
}

#[test]
fn every_way_to_end_is_the_same_in_every_engine() {
    assert_all_end_alike(&ends::cases());
}
