//! Guests in a browser's own sandbox: the very worker that volunteers use, told what to run by a test.

use super::Browser;
use crate::guest_case::{Answer, Case};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use browser_worker::order::Report;
use browser_worker::wasi_bridge;
use serde_json::{Value, json};

/// Cases that are sent to the browser at once.
const AT_ONCE: usize = 50;

/// Starts a sandbox as a supervisor does and gives it one order after the other. A sandbox that does not answer in time is
/// ended, and so is one that could not run its guest, as supervisors do.
const RUN: &str = r"
    const [bridgeText, orders, done] = arguments;
    const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    const text = (bytes) => btoa(String.fromCharCode(...bytes));
    const files = globalThis.manyhandsAssets.sandbox;
    let sandbox = null;
    const run = async ([order, module, input, common], program, bridge) => {
        const guest = await WebAssembly.compile(bytes(module));
        if (!sandbox) {
            sandbox = new Worker(files.script, { type: 'module' });
            sandbox.postMessage(program);
        }
        const answer = new Promise((resolve) => {
            sandbox.onmessage = ({ data }) => resolve([data[0], text(data[2])]);
            sandbox.onerror = (event) => resolve(['broken: ' + event.message, '']);
            setTimeout(() => resolve(['no answer', '']), 120000);
        });
        sandbox.postMessage([order, bridge, guest, [bytes(input)], common === null ? null : bytes(common)]);
        const report = await answer;
        if (!report[0].includes('finished')) { sandbox.terminate(); sandbox = null; }
        return report;
    };
    (async () => {
        const program = await WebAssembly.compile(await (await fetch(files.module)).arrayBuffer());
        const bridge = await WebAssembly.compile(bytes(bridgeText));
        const reports = [];
        for (const order of orders) {
            try { reports.push(await run(order, program, bridge)); }
            catch (error) { reports.push(['thrown: ' + error, '']); }
        }
        if (sandbox) { sandbox.terminate(); }
        done(reports);
    })();
";

impl Browser {
    /// Runs guests one after the other in a sandbox of the page that is open, which must be of a coordinator.
    ///
    /// # Panics
    /// When a sandbox breaks or does not answer.
    #[must_use]
    pub fn runs_guests(&self, cases: &[Case]) -> Vec<Answer> {
        self.must("POST", "/timeouts", &json!({"script": 600_000}));
        let mut answers = Vec::with_capacity(cases.len());
        for some in cases.chunks(AT_ONCE) {
            let orders: Vec<Value> = some.iter().map(order).collect();
            let bridge = BASE64_STANDARD.encode(wasi_bridge::bytes());
            let reports = self.script_async(RUN, &json!([bridge, orders]));
            let reports = reports.as_array().expect("the script gives a list").clone();
            assert_eq!(reports.len(), some.len());
            answers.extend(
                some.iter()
                    .zip(&reports)
                    .map(|(case, report)| answer(case, report)),
            );
        }
        answers
    }
}

fn order(case: &Case) -> Value {
    let text = |bytes: &[u8]| BASE64_STANDARD.encode(bytes);
    let order = serde_json::to_string(&case.order()).expect("an order is JSON");
    json!([
        order,
        text(&case.module),
        text(&case.stdin),
        case.common.as_deref().map(text)
    ])
}

fn answer(case: &Case, report: &Value) -> Answer {
    let text = |at: usize| report.get(at).and_then(Value::as_str).unwrap_or_default();
    let said: Report = serde_json::from_str(text(0))
        .unwrap_or_else(|_| panic!("{}: the sandbox says {}", case.name, text(0)));
    match said {
        Report::Finished { outcome, .. } => {
            let stderr_tail = BASE64_STANDARD.decode(text(1));
            Answer::Finished(outcome, stderr_tail.expect("the script gives base64"))
        }
        Report::Unable(reason) => Answer::Unable(reason),
    }
}
