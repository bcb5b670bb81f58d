//! A coordinator that says what a test tells it to.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use shared::api::jobs::TaskCounts;
use shared::api::problem::{Problem, ProblemCode};
use shared::api::status::{NodeCounts, ServerLimits, Status, Submitters};
use shared::crypto::SecretKey;
use shared::ids::{ChainId, UnixMs};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

#[derive(Debug, Default)]
struct Target {
    asked: usize,
    /// Given in turn; the last one stays.
    answers: VecDeque<(u16, Bytes)>,
}

type Targets = Arc<Mutex<BTreeMap<String, Target>>>;

/// The fake; it ends with the process of the test.
#[derive(Debug)]
pub(crate) struct Fake {
    url: String,
    targets: Targets,
}

impl Fake {
    pub(crate) fn start() -> Self {
        let targets = Targets::default();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(targets.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, router).await.unwrap();
            });
        });
        Self { url, targets }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// One more answer to requests for `target`. After the last one was given it is given again and again, until there
    /// is another.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "texts and JSON are both given as they are"
    )]
    pub(crate) fn answers(&self, target: &str, status: u16, body: impl ToString) {
        self.add(target, status, body.to_string().into());
    }

    /// The same with bytes.
    pub(crate) fn answers_bytes(&self, target: &str, bytes: Vec<u8>) {
        self.add(target, 200, bytes.into());
    }

    fn add(&self, target: &str, status: u16, body: Bytes) {
        let mut targets = self.targets.lock().unwrap();
        let target = targets.entry(target.to_owned()).or_default();
        if target.asked > 0 {
            target.answers.clear();
        }
        target.answers.push_back((status, body));
    }

    /// How often `target` was asked for.
    pub(crate) fn asked(&self, target: &str) -> usize {
        self.targets
            .lock()
            .unwrap()
            .get(target)
            .map_or(0, |target| target.asked)
    }
}

async fn answer(State(targets): State<Targets>, uri: Uri) -> (StatusCode, Bytes) {
    let mut targets = targets.lock().unwrap();
    let Some(target) = targets.get_mut(&uri.to_string()) else {
        return (StatusCode::NOT_FOUND, problem(ProblemCode::NotFound).into());
    };
    target.asked += 1;
    let (status, body) = match target.answers.len() {
        1 => target.answers.front().cloned().unwrap(),
        _ => target.answers.pop_front().unwrap(),
    };
    (StatusCode::from_u16(status).unwrap(), body)
}

/// What `GET status` says of the ledger `origin`.
pub(crate) fn status(origin: &str) -> String {
    let status = Status {
        version: "0.0.0".into(),
        origin: origin.into(),
        chain_id: ChainId::of_origin(origin),
        leader_key: SecretKey::from_seed(&[9; 32]).leader_key(),
        server_time_ms: UnixMs(0),
        leading: true,
        submitters: Submitters::Open,
        nodes: NodeCounts::default(),
        networks: 0,
        jobs_open: 0,
        tasks: TaskCounts::default(),
        limits: ServerLimits::default(),
        waiting: Vec::new(),
    };
    serde_json::to_string(&status).unwrap()
}

/// A problem.
pub(crate) fn problem(code: ProblemCode) -> String {
    let problem = Problem {
        r#type: "about:blank".into(),
        title: code.title().into(),
        status: code.status(),
        detail: "said by a test".into(),
        instance: "1".into(),
        code,
        errors: Vec::new(),
        retry_after_seconds: None,
    };
    serde_json::to_string(&problem).unwrap()
}
