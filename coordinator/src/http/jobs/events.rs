//! `GET jobs/{id}/events`: what happens to a job, as it happens, from `Last-Event-ID` on.
//!
//! The store has the events in order; the hub only wakes the stream. Events without an id are the state of now.

use super::super::Api;
use super::super::auth::Reader;
use super::super::error::ApiError;
use super::super::extract::Path;
use super::own_job;
use super::view::standing;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use shared::api::events::JobEvent;
use shared::api::jobs::WaitingReason;
use shared::api::problem::{Problem, ProblemCode};
use shared::ids::JobId;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, watch};

/// Events read from the store at once: all that a stream holds in memory.
const BATCH: u32 = 100;
/// A comment goes into a stream that was quiet for this long.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Server-sent events of one job: first its state, then what follows `Last-Event-ID` (from the beginning without one),
/// then what happens. The stream ends after the state in which the job ended.
#[utoipa::path(get, path = "/api/v1/jobs/{id}/events", tag = "jobs",
    params(("id" = JobId, Path), ("Last-Event-ID" = Option<u64>, Header, description = "The id of the last event seen.")),
    security(("signature" = []), ("token" = ["jobs:read"])), responses(
    (status = 200, content_type = "text/event-stream", body = JobEvent),
    (status = 404, body = Problem), (status = 503, body = Problem),
))]
pub(in super::super) async fn events(
    State(api): State<Arc<Api>>,
    Reader(caller): Reader,
    Path(id): Path<JobId>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, axum::Error>>>, ApiError> {
    let seen = last_event_id(&headers)?;
    own_job(&api, &caller, id).await?;
    let permit = api.streams.clone().try_acquire_owned().map_err(|_| {
        let detail = "too many event streams are open; try again later";
        ApiError::later(ProblemCode::Busy, 10, detail)
    })?;
    let changes = api.hub.subscribe(id).await?;
    let stream = JobStream::begin(api, id, seen, changes, permit).await?;
    let events = stream::try_unfold(stream, JobStream::next);
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

fn last_event_id(headers: &HeaderMap) -> Result<u64, ApiError> {
    let Some(value) = headers.get("last-event-id") else {
        return Ok(0);
    };
    let number = value.to_str().ok().and_then(|text| text.parse().ok());
    number.ok_or_else(|| {
        let detail = "Last-Event-ID must be the id of an event of this stream, a number";
        ApiError::new(ProblemCode::InvalidRequest, detail)
    })
}

/// One client's place in the events of a job.
struct JobStream {
    api: Arc<Api>,
    job: JobId,
    /// Number of the last event that was read.
    seen: u64,
    /// What the client was last told the job waits for.
    told: Option<WaitingReason>,
    queue: VecDeque<Event>,
    changes: watch::Receiver<u64>,
    ended: bool,
    _permit: OwnedSemaphorePermit,
}

impl JobStream {
    async fn begin(
        api: Arc<Api>,
        job: JobId,
        seen: u64,
        changes: watch::Receiver<u64>,
        permit: OwnedSemaphorePermit,
    ) -> Result<Self, ApiError> {
        let mut stream = Self {
            api,
            job,
            seen,
            told: None,
            queue: VecDeque::new(),
            changes,
            ended: false,
            _permit: permit,
        };
        stream.push_state().await?;
        Ok(stream)
    }

    async fn next(mut self) -> Result<Option<(Event, Self)>, axum::Error> {
        loop {
            if let Some(event) = self.queue.pop_front() {
                return Ok(Some((event, self)));
            }
            if self.ended {
                return Ok(None);
            }
            // Marked as seen before the store is read, so that a change in between wakes us again.
            self.changes.borrow_and_update();
            let read = self.read().await.map_err(|error| failure(&error))?;
            if read == 0 && !self.ended && self.changes.changed().await.is_err() {
                // The hub has stopped: the client comes back with the id of its last event.
                return Ok(None);
            }
        }
    }

    /// Takes the next events from the store, and what has changed in why the job waits.
    async fn read(&mut self) -> Result<usize, ApiError> {
        let record = self.api.store.job_get(self.job).await?;
        let events = self.api.store.events_after(self.job, self.seen, BATCH);
        let events = events.await?;
        for event in &events {
            self.seen = event.seq;
            self.queue.push_back(encode(&event.event, Some(event.seq))?);
        }
        if !events.is_empty() {
            return Ok(events.len());
        }
        let Some(record) = record else {
            self.ended = true;
            return Ok(0);
        };
        // The record was read before the events: when it has ended, its last event has been read too.
        if record.stage.state().has_ended() {
            self.ended = true;
            self.push_waiting(None)?;
            self.push_state().await?;
        } else {
            let waiting = standing(&self.api, &record).await?.waiting;
            self.push_waiting(waiting)?;
        }
        Ok(self.queue.len())
    }

    async fn push_state(&mut self) -> Result<(), ApiError> {
        let record = self.api.store.job_get(self.job).await?;
        let record = record.ok_or_else(|| ApiError::not_found("job"))?;
        let standing = standing(&self.api, &record).await?;
        let state = JobEvent::JobState {
            state: record.stage.state(),
            tasks: standing.tasks,
            reason: record.reason,
        };
        self.queue.push_back(encode(&state, None)?);
        self.push_waiting(standing.waiting)
    }

    fn push_waiting(&mut self, reason: Option<WaitingReason>) -> Result<(), ApiError> {
        if reason != self.told {
            self.told = reason;
            let waiting = JobEvent::JobWaiting { reason };
            self.queue.push_back(encode(&waiting, None)?);
        }
        Ok(())
    }
}

fn encode(event: &JobEvent, id: Option<u64>) -> Result<Event, ApiError> {
    let sse = Event::default().event(event.name());
    let sse = match id {
        Some(id) => sse.id(id.to_string()),
        None => sse,
    };
    sse.json_data(event).map_err(ApiError::internal)
}

/// The answer has begun, so all that is left is to break it off; the client comes back.
fn failure(error: &ApiError) -> axum::Error {
    if let ApiError::Internal(source) = error {
        tracing::error!("an event stream broke off: {source}");
    }
    axum::Error::new(std::io::Error::other("the event stream broke off"))
}
