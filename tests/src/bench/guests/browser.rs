//! Kernels in a browser: in a worker of a page that nothing else uses.

use super::{Kernel, Loading, Run, Runner};
use crate::browser::{Browser, Engine, Settings};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use serde_json::{Value, json};
use std::net::Ipv4Addr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// The page only hands on what it is asked.
const PAGE: &str = r#"<!doctype html><meta charset="utf-8"><title>Kernels</title><link rel="icon" href="data:,"><h1>Kernels</h1>
<script>
const worker = new Worker("/worker.js");
window.ask = question => new Promise((resolve, reject) => {
    worker.onmessage = message => resolve(message.data);
    worker.onerror = error => reject(error.message);
    worker.postMessage(question);
});
</script>"#;
const WORKER: &str = include_str!("worker.js");

pub(super) struct InBrowser {
    browser: Browser,
    /// It serves the page for as long as it is there.
    _server: Runtime,
}

impl InBrowser {
    pub(super) fn start(engine: Engine, kernels: Vec<Kernel>) -> Self {
        let server = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = server.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
        let listener = listener.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let router = Router::new()
            .route("/", get(async || Html(PAGE)))
            .route("/worker.js", get(worker))
            .route("/{kernel}/{form}", get(module))
            .with_state(Arc::new(kernels));
        server.spawn(async { axum::serve(listener, router).await });
        let browser = Browser::with(Settings {
            engine,
            ..Settings::default()
        });
        browser.go(&format!("http://{address}/"));
        Self {
            browser,
            _server: server,
        }
    }

    fn ask(&self, question: &Value) -> Value {
        let script = "const [question, done] = arguments; ask(question).then(done, error => done({error: String(error)}))";
        let answer = self.browser.script_async(script, &json!([question]));
        let error = answer.get("error");
        assert!(error.is_none(), "{question}: {error:?}");
        answer
    }
}

impl Runner for InBrowser {
    fn load(&mut self, kernel: &Kernel) -> Loading {
        let names = &kernel.names;
        let answer = self.ask(&json!({"load": kernel.name, "fuel": names.fuel, "cap": names.cap}));
        Loading {
            compile_ms: pair(&answer, "compile", Value::as_f64),
            instantiate_ms: pair(&answer, "instantiate", Value::as_f64),
        }
    }

    fn run(&mut self, rounds: u32) -> [Run; 2] {
        let answer = self.ask(&json!({"rounds": rounds}));
        let [one, other] = pair(&answer, "ms", Value::as_f64);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let [of_one, of_other] = pair(&answer, "output", text);
        [(one, of_one), (other, of_other)].map(|(ms, output)| Run { ms, output })
    }
}

/// What an answer says of both forms.
fn pair<T>(answer: &Value, what: &str, read: impl Fn(&Value) -> Option<T>) -> [T; 2] {
    [0, 1].map(|form| {
        let value = answer.get(what).and_then(|values| values.get(form));
        let value = value.and_then(&read);
        value.unwrap_or_else(|| panic!("no {what} in {answer}"))
    })
}

async fn worker() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/javascript")], WORKER)
}

async fn module(
    State(kernels): State<Arc<Vec<Kernel>>>,
    Path((name, form)): Path<(String, usize)>,
) -> Result<Vec<u8>, StatusCode> {
    let kernel = kernels.iter().find(|kernel| kernel.name == name);
    let module = kernel.and_then(|kernel| kernel.forms.get(form));
    module.cloned().ok_or(StatusCode::NOT_FOUND)
}
