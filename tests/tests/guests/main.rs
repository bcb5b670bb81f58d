//! The same guest ends alike everywhere: status, code, fuel and output under wasmi and in the sandbox of every browser.
//!
//! Chromium always; Firefox and WebKit too when `cargo xtask test --engines all` asks.

mod ends;
mod floats;
mod programs;
mod random;
mod wasi_table;

use coordinator::builtin::MISSING;
use shared::outcome::Status;
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
    in_every_browser(|engine, browser| {
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
    });
}

/// Opens a page of a coordinator in each kind of browser that is wanted.
fn in_every_browser(look: impl Fn(Engine, &Browser)) {
    let cluster = Cluster::start(&[]);
    for engine in Engine::wanted() {
        let browser = Browser::with(Settings {
            engine,
            ..Settings::default()
        });
        browser.open(&cluster.url());
        look(engine, &browser);
    }
}

#[test]
fn every_float_operation_gives_the_same_bits_in_every_engine() {
    assert_all_end_alike(&floats::cases());
}

#[test]
fn every_call_of_wasi_answers_alike_in_every_engine() {
    assert_all_end_alike(&wasi_table::cases());
}

#[test]
fn real_programs_use_the_same_fuel_in_every_engine() {
    let cases = [programs::built_in_cases(), programs::kernel_cases()].concat();
    if cases.is_empty() {
        eprintln!("skipped: {MISSING}");
        return;
    }
    for case in &cases {
        let answer = case.natively();
        let is_ok = matches!(answer, Answer::Finished(outcome, _) if outcome.status == Status::Ok);
        assert!(is_ok, "{} over its example: {answer:?}", case.name);
    }
    assert_all_end_alike(&cases);
}

#[test]
fn every_way_to_end_is_the_same_in_every_engine() {
    assert_all_end_alike(&ends::cases());
}
