//! The event stream: the state of now, then everything after the last event seen, then what happens, then the end.

use reqwest::Method;
use shared::api::events::JobEvent;
use shared::api::jobs::{CancelJob, JobState};
use shared::api::problem::ProblemCode;
use shared::ids::{JobId, UnixMs};
use shared::job::Cancel;
use std::time::Duration;
use tests::decided::Voters;
use tests::programs;
use tests::server::TestServer;
use tests::user::{JobBuilder, TestUser};

/// A stream of events as a client reads it.
struct Events {
    response: reqwest::Response,
    text: String,
}

impl Events {
    async fn of(user: &TestUser, job: JobId, seen: Option<&str>) -> Self {
        let mut ask = user.ask(Method::GET, &format!("jobs/{job}/events"));
        if let Some(seen) = seen {
            ask = ask.header("last-event-id", seen);
        }
        let response = ask.begin().await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            response,
            text: String::new(),
        }
    }

    /// The next event and its id; `None` at the end of the stream.
    async fn next(&mut self) -> Option<(Option<u64>, JobEvent)> {
        let next = tokio::time::timeout(Duration::from_secs(20), self.read());
        next.await.expect("an event comes in time")
    }

    async fn read(&mut self) -> Option<(Option<u64>, JobEvent)> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (parse(block), rest.to_owned());
                self.text = rest;
                match event {
                    Some(event) => return Some(event),
                    None => continue,
                }
            }
            let chunk = self.response.chunk().await.expect("the stream holds")?;
            self.text
                .push_str(std::str::from_utf8(&chunk).expect("events are text"));
        }
    }

    async fn rest(mut self) -> Vec<(Option<u64>, JobEvent)> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }
}

fn parse(block: &str) -> Option<(Option<u64>, JobEvent)> {
    let field = |name: &str| {
        let lines = block.lines();
        lines
            .filter_map(|line| line.strip_prefix(name))
            .map(str::trim)
            .next()
    };
    let event: JobEvent = serde_json::from_str(field("data:")?).expect("data is an event");
    assert_eq!(field("event:"), Some(event.name()));
    Some((
        field("id:").map(|id| id.parse().expect("an id is a number")),
        event,
    ))
}

async fn job(server: &TestServer) -> (TestUser, JobBuilder) {
    let user = server.submitter();
    let program = programs::nothing("nothing", "1.0.0");
    user.publish(&program).await;
    (user, JobBuilder::range(&program, 0, 30, 10))
}

async fn cancel(user: &TestUser, job_id: JobId) {
    let time_ms = UnixMs(1);
    let cancel = Cancel { job_id, time_ms }.sign(user.chain(), user.secret());
    let body = CancelJob {
        cancel: Some(cancel),
    };
    let answer = user.post(&format!("jobs/{job_id}/cancel"), &body).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_stream_begins_with_the_state_of_now_and_ends_with_the_last_one() {
    let server = TestServer::start().await;
    let (user, job) = job(&server).await;
    let id = user.submit(&job).await.job_id;
    let voters = Voters::of(&server, job.sign(&user)).await;
    voters.accept(1, b"10 20\n", b"out", Some(b"lie")).await;
    voters.fail(0, b"0 10\n").await;
    cancel(&user, id).await;
    server.until_stored().await;

    let events = Events::of(&user, id, None).await.rest().await;
    let states = |events: &[(Option<u64>, JobEvent)]| -> Vec<JobState> {
        let states = events.iter().filter_map(|(_, event)| match event {
            JobEvent::JobState { state, .. } => Some(*state),
            _ => None,
        });
        states.collect()
    };
    assert!(
        matches!(&events[0], (None, JobEvent::JobState { state: JobState::Cancelled, tasks, .. })
        if tasks.stored == 1 && tasks.failed == 1)
    );
    assert!(matches!(
        events.last().unwrap().1,
        JobEvent::JobState {
            state: JobState::Cancelled,
            ..
        }
    ));
    assert_eq!(
        states(&events)[1..3],
        [JobState::Uploading, JobState::Running]
    );
    assert!(
        events
            .iter()
            .any(|(_, event)| matches!(event, JobEvent::TaskAccepted { task: 1, .. }))
    );
    assert!(
        events
            .iter()
            .any(|(_, event)| matches!(event, JobEvent::TaskFailed { task: 0, .. }))
    );
    let ids: Vec<u64> = events.iter().filter_map(|(id, _)| *id).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");

    // A client that comes back gets what it has not seen, and nothing twice.
    let seen = ids[ids.len() - 2];
    let again = Events::of(&user, id, Some(&seen.to_string()))
        .await
        .rest()
        .await;
    let again: Vec<u64> = again.iter().filter_map(|(id, _)| *id).collect();
    assert_eq!(again, ids[ids.len() - 1..]);
}

#[tokio::test]
async fn a_stream_tells_what_happens_while_it_is_open() {
    let server = TestServer::start().await;
    let (user, _) = job(&server).await;
    let program = programs::nothing("nothing", "1.0.0");
    let job = JobBuilder::chunks(&program, &[b"one"]);
    let id = user.submit(&job).await.job_id;
    let mut events = Events::of(&user, id, None).await;
    let state = async |events: &mut Events, wanted: JobState| {
        loop {
            let (_, event) = events.next().await.expect("the stream goes on");
            if matches!(event, JobEvent::JobState { state, .. } if state == wanted) {
                break;
            }
        }
    };
    state(&mut events, JobState::Uploading).await;
    user.upload(b"one").await;
    state(&mut events, JobState::Running).await;
    cancel(&user, id).await;
    state(&mut events, JobState::Cancelled).await;
    let rest = events.rest().await;
    let last = &rest
        .last()
        .expect("the end is told to who comes late too")
        .1;
    assert!(
        matches!(
            last,
            JobEvent::JobState {
                state: JobState::Cancelled,
                ..
            }
        ),
        "{rest:?}"
    );
}

#[tokio::test]
async fn a_last_event_id_that_is_no_number_is_refused() {
    let server = TestServer::start().await;
    let (user, job) = job(&server).await;
    let id = user.submit(&job).await.job_id;
    let ask = user.ask(Method::GET, &format!("jobs/{id}/events"));
    let answer = ask.header("last-event-id", "abc").send().await;
    assert_eq!(answer.code(), ProblemCode::InvalidRequest);
}
