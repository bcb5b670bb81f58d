//! Listening: plain or TLS, as a standby that answers 503 or as the leader with all routes.

use super::config::TlsFiles;
use anyhow::{Context as _, Result};
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use shared::api::problem::{MEDIA_TYPE, Problem, ProblemCode};
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

/// How long open requests may take when the server stops.
const GRACE: Duration = Duration::from_secs(5);

/// Binds the address, so that a taken port is told before anything else happens.
pub(super) fn bind(address: SocketAddr) -> Result<TcpListener> {
    let listener = TcpListener::bind(address).with_context(|| {
        format!("cannot listen on {address}; is another program using it? --listen takes another address")
    })?;
    listener
        .set_nonblocking(true)
        .context("cannot listen without blocking")?;
    Ok(listener)
}

/// Reads certificate and key, if TLS is wanted.
pub(super) async fn tls(files: Option<&TlsFiles>) -> Result<Option<RustlsConfig>> {
    let Some(files) = files else {
        return Ok(None);
    };
    let config = RustlsConfig::from_pem_file(&files.cert, &files.key).await;
    config.map(Some).with_context(|| {
        format!(
            "cannot use the TLS certificate {} with the key {}",
            files.cert.display(),
            files.key.display()
        )
    })
}

/// A running server.
#[derive(Debug)]
pub(super) struct Server {
    handle: Handle<SocketAddr>,
    task: Mutex<Option<JoinHandle<std::io::Result<()>>>>,
}

impl Server {
    pub(super) fn start(
        listener: TcpListener,
        tls: Option<RustlsConfig>,
        router: Router,
    ) -> Result<Self> {
        let handle = Handle::new();
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let task = match tls {
            None => {
                let server = axum_server::from_tcp(listener)?.handle(handle.clone());
                tokio::spawn(server.serve(service))
            }
            Some(tls) => {
                let server = axum_server::from_tcp_rustls(listener, tls)?.handle(handle.clone());
                tokio::spawn(server.serve(service))
            }
        };
        Ok(Self {
            handle,
            task: Mutex::new(Some(task)),
        })
    }

    /// Waits until the server ends by itself, which it does only when it fails.
    pub(super) async fn ended(&self) -> Result<()> {
        let mut task = self.task.lock().await;
        let Some(running) = task.as_mut() else {
            return Ok(());
        };
        let ended = running.await;
        *task = None;
        ended?.context("the server failed")
    }

    /// Takes no new connections; open requests have five seconds to finish.
    pub(super) fn stop_taking_requests(&self) {
        self.handle.graceful_shutdown(Some(GRACE));
    }

    /// Waits until all connections are closed.
    pub(super) async fn stop(&self) {
        self.stop_taking_requests();
        if let Err(error) = self.ended().await {
            tracing::warn!(
                error = format!("{error:#}"),
                "the server did not stop in good order"
            );
        }
    }
}

/// Answers while another coordinator leads.
#[derive(Debug)]
pub(super) struct Standby(Server);

impl Standby {
    pub(super) fn start(listener: &TcpListener, tls: Option<RustlsConfig>) -> Result<Self> {
        let router = Router::new()
            .route("/livez", get(|| async { "ok" }))
            .fallback(not_leader);
        Ok(Self(Server::start(listener.try_clone()?, tls, router)?))
    }

    pub(super) async fn stop(self) {
        self.0.stop().await;
    }
}

async fn not_leader() -> impl IntoResponse {
    let code = ProblemCode::NotLeader;
    let problem = Problem {
        r#type: "/docs/problems#not_leader".to_owned(),
        title: code.title().to_owned(),
        status: code.status(),
        detail: "this coordinator stands by for the leader; try the leader, or try again later"
            .to_owned(),
        instance: String::new(),
        code,
        errors: Vec::new(),
        retry_after_seconds: Some(5),
    };
    let body = serde_json::to_string(&problem).unwrap_or_default();
    let headers = [
        (header::CONTENT_TYPE, MEDIA_TYPE),
        (header::RETRY_AFTER, "5"),
    ];
    (StatusCode::SERVICE_UNAVAILABLE, headers, body)
}
