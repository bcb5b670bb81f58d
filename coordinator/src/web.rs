//! The web UI, embedded into the program by `cargo xtask build`, under the policy of UX.md section 2.6.

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};

/// Scripts, styles and sockets come from this site only; no inline code; nobody may frame the page.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; \
     img-src 'self' data: blob:; style-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

/// Hashed names never change their contents.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Shown when the program was built by plain cargo, without the web UI.
const MISSING: &str = "<!doctype html><html lang=\"en\"><title>Manyhands</title>\
     <p>This coordinator runs, but its web page was not built into it. \
     Build it with <code>cargo xtask build</code>. The API is at <a href=\"/docs\">/docs</a>.</p>";

#[derive(RustEmbed)]
#[folder = "embedded/web"]
#[allow_missing = true]
struct Files;

/// The page and its files.
pub(crate) fn router() -> Router {
    Router::new()
        .route("/", get(|headers: HeaderMap| async move { page(&headers) }))
        .route("/assets/{name}", get(asset))
}

fn page(headers: &HeaderMap) -> Response {
    let policy = HeaderValue::from_static(POLICY);
    match Files::get("index.html") {
        Some(file) => {
            let mut response = serve("index.html", &file, headers, "no-cache");
            response
                .headers_mut()
                .insert(header::CONTENT_SECURITY_POLICY, policy);
            response
        }
        None => ([(header::CONTENT_SECURITY_POLICY, policy)], Html(MISSING)).into_response(),
    }
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    match Files::get(&format!("assets/{name}")) {
        Some(file) => serve(&name, &file, &headers, FOR_EVER),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The pre-compressed form when there is one and the browser takes it.
fn serve(name: &str, file: &EmbeddedFile, headers: &HeaderMap, caching: &'static str) -> Response {
    let etag = format!("\"{}\"", shared::ids::to_hex(&file.metadata.sha256_hash()));
    let etag = HeaderValue::from_str(&etag).expect("hex in quotes is a header value");
    if headers.get(header::IF_NONE_MATCH) == Some(&etag) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response();
    }
    let mut answer: Vec<(HeaderName, HeaderValue)> = vec![
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static(media_type(name)),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static(caching)),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
        (header::ETAG, etag),
    ];
    let accepts = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok());
    let takes_brotli = accepts.is_some_and(|value| value.contains("br"));
    let compressed = takes_brotli
        .then(|| Files::get(&format!("assets/{name}.br")))
        .flatten();
    let body = match compressed {
        Some(compressed) => {
            answer.push((header::CONTENT_ENCODING, HeaderValue::from_static("br")));
            compressed.data
        }
        None => file.data.clone(),
    };
    let mut response = body.into_owned().into_response();
    response.headers_mut().extend(answer);
    response
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
