//! The web UI, embedded into the program by `cargo xtask build`, under the policy of UX.md section 2.6.

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};

/// Scripts, styles and sockets come from this site only; no inline code; nobody may frame the page. Scripts carry it too:
/// a worker follows the policy that its own script came with.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; \
     img-src 'self' data: blob:; style-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

/// Of the worker that runs guests: even what breaks out of its module reaches no network.
const SANDBOX_POLICY: &str =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'none'";

/// What `xtask/src/web.rs` calls the files of that worker.
const SANDBOX: &str = "sandbox-";

/// What the pages may ask of the browser.
const PERMISSIONS: &str =
    "screen-wake-lock=(self), compute-pressure=(self), camera=(), microphone=(), geolocation=()";

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

/// The pages, their files, and a page that says so where there is nothing.
pub(crate) fn router() -> Router {
    let page = || get(|headers: HeaderMap| async move { page(StatusCode::OK, &headers) });
    // Those of web-ui/src/route.rs. An id that is none gets its answer from the page itself.
    Router::new()
        .route("/", page())
        .route("/jobs", page())
        .route("/jobs/new", page())
        .route("/jobs/{id}", page())
        .route("/ledger", page())
        .route("/ledger/blocks/{height}", page())
        .route("/ledger/entries/{index}", page())
        .route("/status", page())
        .route("/assets/{name}", get(asset))
        .fallback(nothing)
}

/// Whoever looks for a page gets one; the API answers in its own way.
async fn nothing(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let first = uri.path().split('/').nth(1).unwrap_or_default();
    let is_page =
        matches!(method, Method::GET | Method::HEAD) && !["api", "assets", "docs"].contains(&first);
    if is_page {
        page(StatusCode::NOT_FOUND, &headers)
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}

fn page(status: StatusCode, headers: &HeaderMap) -> Response {
    let mut response = match Files::get("index.html") {
        Some(file) if status == StatusCode::OK => serve("index.html", &file, headers, "no-cache"),
        Some(file) => Html(file.data.into_owned()).into_response(),
        None => Html(MISSING).into_response(),
    };
    if status != StatusCode::OK {
        *response.status_mut() = status;
    }
    let own = response.headers_mut();
    own.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    let permissions = HeaderName::from_static("permissions-policy");
    own.insert(permissions, HeaderValue::from_static(PERMISSIONS));
    response
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(file) = Files::get(&format!("assets/{name}")) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let policy = if name.starts_with(SANDBOX) {
        SANDBOX_POLICY
    } else {
        POLICY
    };
    let mut response = serve(&name, &file, &headers, FOR_EVER);
    let policy = HeaderValue::from_static(policy);
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, policy);
    response
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
    let takes_brotli = accepts.is_some_and(accepts_brotli);
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
    for (name, value) in answer {
        response.headers_mut().insert(name, value);
    }
    response
}

/// Whether `Accept-Encoding` has brotli, and not with a quality of nothing.
fn accepts_brotli(accepts: &str) -> bool {
    accepts.split(',').any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_brotli = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case("br"));
        let quality = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok());
        is_brotli && quality.is_none_or(|quality| quality > 0.0)
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt as _;

    async fn ask(method: Method, path: &str) -> Response {
        let request = Request::builder().method(method).uri(path);
        let request = request.body(Body::empty()).unwrap();
        router().oneshot(request).await.unwrap()
    }

    fn policy(response: &Response) -> &str {
        let policy = &response.headers()[header::CONTENT_SECURITY_POLICY];
        policy.to_str().unwrap()
    }

    #[tokio::test]
    async fn every_address_of_the_pages_has_the_page_under_its_policy() {
        for path in ["/", "/jobs", "/jobs/new", "/jobs/12ab", "/status"] {
            let response = ask(Method::GET, path).await;
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            assert_eq!(policy(&response), POLICY, "{path}");
            assert_eq!(response.headers()["permissions-policy"], PERMISSIONS);
            let types = response.headers().get_all(header::CONTENT_TYPE);
            assert_eq!(
                types.iter().collect::<Vec<_>>(),
                ["text/html; charset=utf-8"]
            );
        }
    }

    #[tokio::test]
    async fn where_nothing_is_people_get_a_page_and_programs_a_status() {
        for (method, path, is_page) in [
            (Method::GET, "/nothing", true),
            (Method::GET, "/jobs/1/2", true),
            (Method::HEAD, "/apiary", true),
            (Method::GET, "/api/v2/status", false),
            (Method::GET, "/api", false),
            (Method::GET, "/assets/none.js", false),
            (Method::POST, "/nothing", false),
        ] {
            let response = ask(method.clone(), path).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{method} {path}");
            let is_html = response
                .headers()
                .get(header::CONTENT_TYPE)
                .is_some_and(|found| found.to_str().unwrap().starts_with("text/html"));
            assert_eq!(is_html, is_page, "{method} {path}");
        }
    }

    #[tokio::test]
    async fn files_keep_their_names_for_ever_and_the_sandbox_has_a_policy_of_its_own() {
        for name in Files::iter().filter_map(|path| path.strip_prefix("assets/").map(str::to_owned))
        {
            let response = ask(Method::GET, &format!("/assets/{name}")).await;
            assert_eq!(response.headers()[header::CACHE_CONTROL], FOR_EVER);
            let expected = if name.starts_with("sandbox-") {
                SANDBOX_POLICY
            } else {
                POLICY
            };
            assert_eq!(policy(&response), expected, "{name}");
            let found = &response.headers()[header::CONTENT_TYPE];
            assert!(
                found != "application/octet-stream" || name.rsplit('.').next() == Some("br"),
                "{name}"
            );
        }
    }

    #[test]
    fn brotli_is_sent_to_those_who_take_it() {
        for (accepts, takes) in [
            ("gzip, deflate, br", true),
            ("br;q=0.5", true),
            ("BR", true),
            ("br;q=0", false),
            ("gzip, sbr", false),
            ("", false),
        ] {
            assert_eq!(accepts_brotli(accepts), takes, "{accepts:?}");
        }
    }
}
