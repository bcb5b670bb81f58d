//! `/metrics`: what a Prometheus server reads. No node, job or address is ever a label.

use super::Api;
use super::auth::{Bearer, is_from_this_machine};
use super::error::ApiError;
use super::status::task_counts;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use axum::response::IntoResponse;
use shared::api::problem::Problem;
use shared::api::tokens::Scope;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the histogram's buckets, seconds.
const BUCKETS: [f64; 9] = [0.001, 0.005, 0.025, 0.1, 0.25, 1.0, 2.5, 10.0, 60.0];

/// How long requests took, by route, method and status.
#[derive(Debug, Default)]
pub(super) struct HttpMetrics {
    durations: Mutex<BTreeMap<(String, &'static str, u16), Histogram>>,
}

#[derive(Debug, Default)]
struct Histogram {
    buckets: [u64; BUCKETS.len()],
    count: u64,
    seconds: f64,
}

impl HttpMetrics {
    /// Counts one answered request. `route` is a pattern of the route table, so there are few.
    pub(super) fn observe(&self, route: &str, method: &Method, status: StatusCode, took: Duration) {
        let key = (route.to_owned(), known(method), status.as_u16());
        // A poisoned lock still holds valid counts: nothing in here panics.
        let mut durations = self
            .durations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let histogram = durations.entry(key).or_default();
        let seconds = took.as_secs_f64();
        for (count, bound) in histogram.buckets.iter_mut().zip(BUCKETS) {
            *count += u64::from(seconds <= bound);
        }
        histogram.count += 1;
        histogram.seconds += seconds;
    }

    fn write(&self, text: &mut Text) {
        let name = "manyhands_http_request_duration_seconds";
        text.family(
            name,
            "histogram",
            "Time from a request to its answer's head.",
        );
        let durations = self
            .durations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for ((route, method, status), histogram) in durations.iter() {
            let labels = format!("route=\"{route}\",method=\"{method}\",status=\"{status}\"");
            for (count, bound) in histogram.buckets.iter().zip(BUCKETS) {
                let name = format!("{name}_bucket");
                text.sample(&name, &format!("{labels},le=\"{bound}\""), count);
            }
            let infinite = format!("{labels},le=\"+Inf\"");
            text.sample(&format!("{name}_bucket"), &infinite, histogram.count);
            text.sample(&format!("{name}_sum"), &labels, histogram.seconds);
            text.sample(&format!("{name}_count"), &labels, histogram.count);
        }
    }
}

/// A client may invent methods; a label may not.
fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"];
    let known = KNOWN.into_iter().find(|name| method.as_str() == *name);
    known.unwrap_or("other")
}

/// Prometheus's text format.
#[derive(Debug, Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}")
            .expect("writing to a String cannot fail");
    }

    fn sample(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        let labels = match labels {
            "" => String::new(),
            labels => format!("{{{labels}}}"),
        };
        writeln!(self.0, "{name}{labels} {value}").expect("writing to a String cannot fail");
    }
}

/// Metrics in Prometheus's text format: to this machine, or with a token of the scope `metrics:read`.
#[utoipa::path(get, path = "/metrics", tag = "health", security((), ("token" = ["metrics:read"])),
    responses((status = 200, content_type = "text/plain", body = String), (status = 401, body = Problem)))]
pub(super) async fn metrics(
    State(api): State<Arc<Api>>,
    parts: axum::http::request::Parts,
) -> Result<impl IntoResponse, ApiError> {
    if !is_from_this_machine(&parts) {
        Bearer::of(&parts, &api)
            .await?
            .require(Scope::MetricsRead)?;
    }
    let mut text = Text::default();
    write_totals(&api, &mut text).await?;
    api.metrics.write(&mut text);
    let content_type = "text/plain; version=0.0.4; charset=utf-8";
    Ok(([(CONTENT_TYPE, content_type)], text.0))
}

async fn write_totals(api: &Api, text: &mut Text) -> Result<(), ApiError> {
    let totals = api.hub.totals().await?;
    text.family(
        "manyhands_build_info",
        "gauge",
        "The version of the program.",
    );
    let version = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
    text.sample("manyhands_build_info", &version, 1);
    text.family("manyhands_ws_connections", "gauge", "Connected volunteers.");
    text.sample("manyhands_ws_connections", "", totals.nodes.connected);
    text.family("manyhands_nodes", "gauge", "Connected volunteers by state.");
    let computing = totals.nodes.computing;
    let idle = totals.nodes.connected.saturating_sub(computing);
    text.sample("manyhands_nodes", "state=\"computing\"", computing);
    text.sample("manyhands_nodes", "state=\"idle\"", idle);
    text.family(
        "manyhands_tasks",
        "gauge",
        "Tasks of unfinished jobs by state.",
    );
    let tasks = task_counts(api, &totals).await?;
    for (state, count) in [
        ("waiting", tasks.waiting),
        ("running", tasks.running),
        ("voted", tasks.voted),
        ("accepted", tasks.accepted),
        ("stored", tasks.stored),
        ("failed", tasks.failed),
    ] {
        text.sample("manyhands_tasks", &format!("state=\"{state}\""), count);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_counted_in_every_bucket_that_holds_it() {
        let metrics = HttpMetrics::default();
        let took = Duration::from_millis(3);
        metrics.observe("/livez", &Method::GET, StatusCode::OK, took);
        let mut text = Text::default();
        metrics.write(&mut text);
        let labels = "route=\"/livez\",method=\"GET\",status=\"200\"";
        let name = "manyhands_http_request_duration_seconds";
        for line in [
            format!("{name}_bucket{{{labels},le=\"0.001\"}} 0"),
            format!("{name}_bucket{{{labels},le=\"0.005\"}} 1"),
            format!("{name}_bucket{{{labels},le=\"+Inf\"}} 1"),
            format!("{name}_count{{{labels}}} 1"),
        ] {
            assert!(
                text.0.lines().any(|found| found == line),
                "{line}\n{}",
                text.0
            );
        }
    }

    #[test]
    fn an_invented_method_is_not_a_label() {
        assert_eq!(known(&Method::from_bytes(b"BREW").unwrap()), "other");
    }
}
