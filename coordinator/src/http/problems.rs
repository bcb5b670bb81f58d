//! `GET /docs/problems`: what each problem code means, where the `type` of every problem leads.

use crate::problem::code_name;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::{Html, IntoResponse};
use shared::api::problem::ProblemCode;
use std::fmt::Write as _;

pub(super) async fn problems() -> impl IntoResponse {
    let csp = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
    ([(CONTENT_SECURITY_POLICY, csp)], Html(page()))
}

fn page() -> String {
    let mut page = String::from(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Problems</title>\n\
         <h1>Problems</h1>\n<p>Every error is answered as application/problem+json with one of these codes.</p>\n<dl>\n",
    );
    for code in ProblemCode::ALL.iter().copied() {
        let name = code_name(code);
        let (status, title) = (code.status(), code.title());
        writeln!(
            page,
            "<dt id=\"{name}\"><code>{name}</code> ({status})</dt><dd>{title}.</dd>"
        )
        .expect("writing to a String cannot fail");
    }
    page.push_str("</dl>\n</html>\n");
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_a_place_for_every_code() {
        let page = page();
        for code in ProblemCode::ALL.iter().copied() {
            assert!(page.contains(&format!("id=\"{}\"", code_name(code))));
        }
    }
}
