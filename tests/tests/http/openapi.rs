//! The OpenAPI document: what a human reviews when the API changes, and that it is served as it is written.

use reqwest::Method;
use serde_json::Value;
use tests::server::TestServer;

#[test]
fn the_api_changes_only_with_its_snapshot() {
    let document = coordinator::http::document();
    let document = document.to_pretty_json().unwrap();
    insta::assert_snapshot!("openapi", document);
}

#[tokio::test]
async fn the_document_is_served_and_every_get_in_it_answers() {
    let server = TestServer::start().await;
    let answer = server.anyone().get("openapi.json").await;
    let document: Value = answer.ok();
    assert_eq!(document["openapi"], "3.1.0");
    let digest = "11".repeat(32);
    for (path, operations) in document["paths"].as_object().unwrap() {
        let target = path
            .replace("{task}", "0")
            .replace("{height}", "0")
            .replace("{index}", "0")
            .replace("{path}", "0/000")
            .replace("{program}", "unknown")
            .replace("{id}", &digest)
            .replace("{key}", &digest)
            .replace("{sha256}", &digest);
        for (name, operation) in operations.as_object().unwrap() {
            let method = Method::from_bytes(name.to_uppercase().as_bytes()).unwrap();
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let asked: Vec<String> = parameters
                .filter(|parameter| parameter["in"] == "query" && parameter["required"] == true)
                .map(|parameter| format!("{}={digest}", parameter["name"].as_str().unwrap()))
                .collect();
            let answer = server
                .anyone()
                .ask_target(method, format!("{target}?{}", asked.join("&")))
                .send()
                .await;
            if answer.status >= 400 {
                let problem = answer.problem();
                assert!(
                    [401, 404, 415].contains(&problem.status),
                    "{name} {path}: {problem:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn the_pages_for_people_run_under_their_own_policy() {
    let server = TestServer::start().await;
    let page = server
        .anyone()
        .ask_target(Method::GET, "/docs/")
        .send()
        .await;
    assert_eq!(page.status, 200);
    let html = String::from_utf8(page.body.clone()).unwrap();
    assert!(
        !html.contains("<script>") && !html.contains(" style="),
        "{html}"
    );
    let csp = page.header("content-security-policy");
    assert!(csp.contains("script-src 'self';"), "{csp}");
    for file in [
        "swagger-ui-bundle.js",
        "swagger-initializer.js",
        "swagger-ui.css",
    ] {
        let target = format!("/docs/{file}");
        let answer = server.anyone().ask_target(Method::GET, target).send().await;
        assert_eq!(answer.status, 200, "{file}");
    }
}
