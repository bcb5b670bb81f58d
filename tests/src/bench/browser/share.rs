//! The part of a core's time that guests get.

use super::WINDOW;
use crate::browser::Browser;
use crate::cluster::Cluster;
use serde_json::{Value, json};
use std::time::Instant;

/// Tasks of a job: far more than one volunteer computes while it is looked at.
const TASKS: u32 = 20_000;
/// Steps of the guest with which its speed is found out: about 10 ms.
const TRIAL_STEPS: f64 = 10_000_000.0;
/// Tasks of the trial that are waited for.
const TRIAL_TASKS: f64 = 50.0;

/// Answers at the next change of the guests' time with that time and the page's, both in ms.
const NEXT_CHANGE: &str = "const done = arguments[0], shown = document.querySelector('#guest-time');
    const watch = new MutationObserver(() => { watch.disconnect(); done([shown.dataset.us / 1000, performance.now()]); });
    watch.observe(shown, {attributes: true})";

/// How far the browser was at a moment.
#[derive(Debug, Clone, Copy)]
struct Mark {
    guest_ms: f64,
    at_ms: f64,
    /// Votes that it has cast.
    tasks: f64,
}

/// A guest of so many steps, each a few instructions that depend on the step before.
fn guest(steps: f64) -> Vec<u8> {
    let text = format!(
        r#"(module
            (memory (export "memory") 1)
            (func (export "_start") (local $left i64) (local $x i64)
                (local.set $left (i64.const {steps:.0}))
                (local.set $x (i64.const 88172645463325252))
                (loop $more
                    (local.set $x (i64.xor (local.get $x) (i64.shl (local.get $x) (i64.const 13))))
                    (local.set $x (i64.xor (local.get $x) (i64.shr_u (local.get $x) (i64.const 7))))
                    (local.set $left (i64.sub (local.get $left) (i64.const 1)))
                    (br_if $more (i64.ne (local.get $left) (i64.const 0))))
                (i64.store (i32.const 0) (local.get $x))))"#
    );
    wat::parse_str(text).expect("the guest is valid")
}

/// Posts a job of the guest; it can never end, as there is only one volunteer.
fn post(cluster: &Cluster, steps: f64) -> String {
    cluster.user.file("steps.wasm", guest(steps));
    let range = format!("0..{TASKS}");
    cluster.submit(&["--program", "steps.wasm", "--range", &range, "--chunk", "1"])
}

fn cancel(cluster: &Cluster, browser: &Browser, job: &str) {
    let _ = cluster.run(&["job", "cancel", job]).ended(0);
    browser.until("no guest runs", |browser| {
        (browser.phase() == "idle").then_some(())
    });
}

fn mark(browser: &Browser) -> Mark {
    let changed = browser.script_async(NEXT_CHANGE, &json!([]));
    let at = |index: usize| {
        changed
            .get(index)
            .and_then(Value::as_f64)
            .expect("two numbers")
    };
    Mark {
        guest_ms: at(0),
        at_ms: at(1),
        tasks: ["#verified", "#pending", "#rejected"]
            .map(|css| f64::from(browser.number(css)))
            .iter()
            .sum(),
    }
}

/// How many steps this browser does in a millisecond.
pub(super) fn steps_a_ms(cluster: &Cluster, browser: &Browser) -> f64 {
    let job = post(cluster, TRIAL_STEPS);
    let first = mark(browser);
    let last = browser.until("enough tasks of the trial are done", |browser| {
        let now = mark(browser);
        (now.tasks - first.tasks >= TRIAL_TASKS).then_some(now)
    });
    cancel(cluster, browser, &job);
    TRIAL_STEPS * (last.tasks - first.tasks) / (last.guest_ms - first.guest_ms)
}

/// How long a task of so many steps takes, in ms, and which part of the time guests run, once it goes steadily.
pub(super) fn share(cluster: &Cluster, browser: &Browser, steps: f64) -> (f64, f64) {
    let job = post(cluster, steps);
    browser.until("it computes", |browser| {
        (browser.phase() == "computing").then_some(())
    });
    let _ = mark(browser);
    let first = mark(browser);
    let began = Instant::now();
    let last = browser.until("the window is over", |browser| {
        let now = mark(browser);
        (began.elapsed() >= WINDOW).then_some(now)
    });
    cancel(cluster, browser, &job);
    let guest_ms = last.guest_ms - first.guest_ms;
    let task_ms = guest_ms / (last.tasks - first.tasks);
    (task_ms, guest_ms / (last.at_ms - first.at_ms))
}
