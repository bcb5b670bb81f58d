//! Listens to a job's events and rings when there are any. What they say is asked for and verified anew.

use super::api::{Api, Call};
use super::follow::OpenJob;
use crate::fetch::Body;
use gloo_timers::future::TimeoutFuture;
use shared::event_stream::EventParser;
use std::rc::Rc;

/// Pause before a stream that broke off is opened again, ms.
const PAUSE_MS: u32 = 2_000;

/// Listens until the job is closed. Without events the questions come at their own pace.
pub(super) async fn listen(api: Rc<Api>, open: Rc<OpenJob>) {
    let mut last_id = String::new();
    while !open.is_closed() {
        once(&api, &open, &mut last_id).await;
        if open.has_ended.get() {
            return;
        }
        TimeoutFuture::new(PAUSE_MS).await;
    }
}

async fn once(api: &Api, open: &OpenJob, last_id: &mut String) {
    let call = Call::get(&format!("jobs/{}/events", open.id));
    let mut headers = vec![("accept", "text/event-stream")];
    if !last_id.is_empty() {
        headers.push(("last-event-id", last_id.as_str()));
    }
    let Ok((response, watch)) = api.open(&call, &headers).await else {
        return;
    };
    let Ok(mut body) = Body::of(&response) else {
        return;
    };
    let mut parser = EventParser::default();
    while let Ok(Some(bytes)) = body.next(&watch).await {
        if open.is_closed() {
            break;
        }
        let Ok(events) = parser.push(&bytes) else {
            break;
        };
        if let Some(last) = events.last() {
            last.id.clone_into(last_id);
            open.bell.ring();
        }
    }
    watch.abort();
}
