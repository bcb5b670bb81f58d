//! Waits for a job: told by its events when there is news, asking by itself when events do not come.

use super::call::{Call, Caller};
use super::connection::ApiClient;
use super::error::ClientError;
use shared::api::events::JobEvent;
use shared::api::jobs::JobView;
use shared::event_stream::EventParser;
use shared::ids::JobId;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Least time between two questions.
const LEAST_PAUSE: Duration = Duration::from_millis(200);
/// Time after which it is asked even without news.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// Events that wait to be taken; a slow reader makes the stream wait.
const EVENT_QUEUE: usize = 256;

/// Looks after one job until it has ended.
#[derive(Debug)]
pub struct Waiting<'a> {
    client: &'a ApiClient,
    job: JobId,
    news: Arc<Notify>,
    asked_at: Option<Instant>,
    listening: JoinHandle<()>,
}

impl<'a> Waiting<'a> {
    /// Begins to listen.
    #[must_use]
    pub fn new(client: &'a Arc<ApiClient>, job: JobId) -> Self {
        let news = Arc::new(Notify::new());
        let (sender, mut events) = mpsc::channel(EVENT_QUEUE);
        let listening = tokio::spawn({
            let (client, news) = (Arc::clone(client), Arc::clone(&news));
            async move {
                let telling = async {
                    while events.recv().await.is_some() {
                        news.notify_one();
                    }
                };
                // Without events the questions below come at their own pace.
                let _ = tokio::join!(follow(&client, job, sender), telling);
            }
        });
        Self {
            client,
            job,
            news,
            asked_at: None,
            listening,
        }
    }

    /// How the job stands, as soon as there may be news.
    ///
    /// # Errors
    /// When the coordinator cannot be reached for longer than the client's patience, or refuses.
    pub async fn next(&mut self) -> Result<JobView, ClientError> {
        if let Some(asked_at) = self.asked_at {
            tokio::time::sleep_until(asked_at + LEAST_PAUSE).await;
            // The time passing is no news, but a reason to look.
            let _ = tokio::time::timeout_at(asked_at + LONGEST_PAUSE, self.news.notified()).await;
        }
        let view = self.client.job(self.job).await?;
        self.asked_at = Some(Instant::now());
        Ok(view)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Follows a job's events until it has ended and sends each on; takes up the stream where it broke off.
///
/// # Errors
/// When the coordinator cannot be reached for longer than the client's patience, or refuses.
pub async fn follow(
    client: &ApiClient,
    job: JobId,
    events: mpsc::Sender<JobEvent>,
) -> Result<(), ClientError> {
    let mut last_id = String::new();
    let mut silent_since = Instant::now();
    loop {
        match follow_once(client, job, &events, &mut last_id).await {
            Ok(Ended::ForGood) => return Ok(()),
            Ok(Ended::Broken) => silent_since = Instant::now(),
            Err(error) if error.is_temporary() => {
                if silent_since.elapsed() > client.patience() {
                    return Err(error);
                }
            }
            Err(error) => return Err(error),
        }
        tokio::time::sleep(LONGEST_PAUSE / 2).await;
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Ended {
    /// The job has ended, or nobody listens any more.
    ForGood,
    /// The stream broke off.
    Broken,
}

async fn follow_once(
    client: &ApiClient,
    job: JobId,
    events: &mpsc::Sender<JobEvent>,
    last_id: &mut String,
) -> Result<Ended, ClientError> {
    let call = Call::get(Caller::Submitter, &format!("jobs/{job}/events"));
    let mut headers = vec![("accept", "text/event-stream".to_owned())];
    if !last_id.is_empty() {
        headers.push(("last-event-id", last_id.clone()));
    }
    let mut response = client.open(&call, &headers).await?;
    let mut parser = EventParser::default();
    // A stream that breaks is opened anew, whatever the reason.
    while let Ok(Some(bytes)) = response.chunk().await {
        let not_understood = |reason: String| ClientError::NotUnderstood {
            url: client.address().text(),
            reason,
        };
        let parsed = parser
            .push(&bytes)
            .map_err(|error| not_understood(error.to_string()))?;
        for event in parsed {
            let told: JobEvent = serde_json::from_str(&event.data)
                .map_err(|error| not_understood(format!("an event: {error}")))?;
            *last_id = event.id;
            let has_ended = matches!(&told, JobEvent::JobState { state, .. } if state.has_ended());
            if events.send(told).await.is_err() || has_ended {
                return Ok(Ended::ForGood);
            }
        }
    }
    Ok(Ended::Broken)
}
