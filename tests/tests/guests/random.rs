//! Random modules: rewritten they mean what they meant, and they mean it in every engine, with the same fuel.

use super::in_every_browser;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use shared::rewrite::{Runnable, rewrite};
use std::io::Write as _;
use tests::random_modules::{LOOKER, MAX_PAGES, RandomModule, SEED, SEEN_BYTES, random_modules};
use tests::trace::{PLENTY, Trace};

/// Modules that are compared with their originals.
const MODULES: usize = 2_000;
/// Modules that are run in browsers.
const IN_BROWSERS: usize = 200;

/// Says where the modules come from whether the test fails or not.
fn tell(what: &str) {
    // Not by a macro whose words are kept from whoever runs the tests.
    let _ = writeln!(std::io::stderr(), "{what} of the seed {SEED:?}");
}

#[test]
fn random_modules_mean_the_same_when_they_are_rewritten() {
    tell(&format!("{MODULES} modules"));
    let (mut compared, mut trapped) = (0, 0);
    for RandomModule { number, bytes } in random_modules() {
        let Some(before) = Trace::of(&bytes, None) else {
            continue; // a segment does not fit
        };
        let rewritten = rewrite(&bytes).expect("it may be a program");
        let runnable = Runnable::read(&rewritten.module).expect("it can be run");
        let after = Trace::of(&rewritten.module, Some(&runnable)).expect("its segments fit");
        trapped += usize::from(before.came_back == 0);
        assert_eq!(
            before.meaning(),
            after.meaning(),
            "module {number} of {SEED:?}"
        );
        compared += 1;
        if compared == MODULES {
            break;
        }
    }
    assert!(
        trapped < MODULES * 8 / 10,
        "{trapped} of {MODULES} only trap"
    );
}

/// Runs every module in the page and says what it left behind, as [`Trace`] has it.
const RUN: &str = r"
    const [looker, modules, fuel, pages, seenBytes, done] = arguments;
    const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    const trace = async ([text, names], look) => {
        const guest = new WebAssembly.Instance(await WebAssembly.compile(bytes(text)), {}).exports;
        guest[names.fuel].value = BigInt(fuel);
        guest[names.cap].value = pages;
        const seen = new WebAssembly.Instance(look, { guest }).exports;
        let cameBack = 0;
        try {
            for (const name of ['start', 'f']) { seen[name](); cameBack += 1; }
        } catch (error) {
            if (!(error instanceof WebAssembly.RuntimeError)) { return 'no trap: ' + error; }
        }
        seen.look();
        const memory = await crypto.subtle.digest('SHA-256', guest.memory.buffer);
        return [cameBack, hex(new Uint8Array(seen.seen.buffer, 0, seenBytes)), hex(new Uint8Array(memory)),
            guest[names.fuel].value.toString(), guest[names.flag].value].join(' ');
    };
    (async () => {
        const look = await WebAssembly.compile(bytes(looker));
        const traces = [];
        for (const module of modules) {
            try { traces.push(await trace(module, look)); } catch (error) { traces.push('thrown: ' + error); }
        }
        done(traces);
    })();
";

/// A trace in the words of the script.
fn words(trace: &Trace) -> String {
    let hex = |bytes: &[u8]| -> String {
        bytes.iter().fold(String::new(), |mut text, byte| {
            use std::fmt::Write as _;
            let _ = write!(text, "{byte:02x}");
            text
        })
    };
    let (fuel, flag) = trace.counters.expect("a rewritten module has counters");
    let Trace {
        came_back,
        seen,
        memory,
        ..
    } = trace;
    format!("{came_back} {} {} {fuel} {flag}", hex(seen), hex(memory))
}

#[test]
fn random_modules_leave_the_same_behind_in_every_engine() {
    tell(&format!("{IN_BROWSERS} modules in browsers"));
    let mut cases = Vec::new();
    for RandomModule { number, bytes } in random_modules() {
        let module = rewrite(&bytes).expect("it may be a program").module;
        let runnable = Runnable::read(&module).expect("it can be run");
        let Some(trace) = Trace::of(&module, Some(&runnable)) else {
            continue; // a segment does not fit
        };
        cases.push((
            number,
            json!([BASE64_STANDARD.encode(&module), runnable.names]),
            words(&trace),
        ));
        if cases.len() == IN_BROWSERS {
            break;
        }
    }
    let looker = wat::parse_str(LOOKER).expect("the looker is WebAssembly");
    let modules: Vec<&Value> = cases.iter().map(|(_, module, _)| module).collect();
    let args = json!([
        BASE64_STANDARD.encode(looker),
        modules,
        PLENTY.to_string(),
        MAX_PAGES,
        SEEN_BYTES
    ]);
    in_every_browser(|engine, browser| {
        let traces = browser.script_async(RUN, &args);
        let traces = traces.as_array().expect("a list of traces");
        assert_eq!(traces.len(), cases.len());
        for ((number, _, expected), found) in cases.iter().zip(traces) {
            assert_eq!(
                found,
                expected,
                "module {number} of {SEED:?} in {}",
                engine.name()
            );
        }
    });
}
