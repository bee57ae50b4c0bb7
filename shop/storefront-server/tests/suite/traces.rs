//! Traces: the spans that a collector receives, without secrets, and the trace header that FusionAuth receives.

use crate::command::{command, signal, started};
use axum::{Router, body::Bytes, http::HeaderMap, http::StatusCode};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// Starts a server that stores the result of `keep` for each request. Returns its URL and the results.
async fn keeping<T: Send + 'static>(status: StatusCode, keep: fn(HeaderMap, Bytes) -> T) -> (String, Arc<Mutex<Vec<T>>>) {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let all = Arc::clone(&kept);
    let router = Router::new().fallback(async move |headers: HeaderMap, body: Bytes| {
        all.lock().unwrap().push(keep(headers, body));
        status
    });
    tokio::spawn(async { axum::serve(listener, router).await });
    (url, kept)
}

fn traceparent(headers: HeaderMap, _: Bytes) -> Option<String> {
    headers.get("traceparent").map(|it| it.to_str().unwrap().to_owned())
}

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const BROWSERS_SPAN: &str = "00f067aa0ba902b7";

async fn sign_in(flags: &[&str]) -> Vec<Option<String>> {
    let (fusionauth, told) = keeping(StatusCode::NOT_FOUND, traceparent).await;
    let folder = TempDir::new().unwrap();
    let mut command = command(folder.path());
    command.args(["--listen", "127.0.0.1:0", "--fusionauth-url", &fusionauth, "--fusionauth-api-key", "canary-key"]).args(flags);
    let mut child = command.env("RUST_LOG", "error").spawn().unwrap();
    let address = started(&mut child).await;
    let client = test_support::http_client();
    let request = client.post(format!("http://{address}/api/login?canary-query=1")).header("host", "store.spa-backend.localhost");
    let request = request.header("sec-fetch-site", "same-origin").header("traceparent", format!("00-{TRACE}-{BROWSERS_SPAN}-01"));
    let request = request.header("cookie", "storefront_device_trust=canary-cookie");
    let body = serde_json::json!({"loginId": "canary@example.com", "password": "canary-password"});
    assert_eq!(request.json(&body).send().await.unwrap().status(), StatusCode::NOT_FOUND);
    signal(&child, "TERM").await;
    assert!(child.wait().await.unwrap().success());
    let told = told.lock().unwrap();
    told.clone()
}

#[tokio::test]
async fn a_trace_leads_from_the_browser_over_the_server_to_fusionauth_and_holds_no_secret() {
    let (collector, batches) = keeping(StatusCode::OK, |_, body| String::from_utf8(body.to_vec()).unwrap()).await;
    let told = sign_in(&["--traces-url", &format!("{collector}/v1/traces")]).await;

    let text = batches.lock().unwrap().concat();
    assert!(!text.contains("canary"), "{text}");
    let batches: Vec<Value> = batches.lock().unwrap().iter().map(|it| serde_json::from_str(it).unwrap()).collect();
    let spans: Vec<&Value> = batches
        .iter()
        .flat_map(|it| it["resourceSpans"].as_array().unwrap())
        .flat_map(|it| it["scopeSpans"].as_array().unwrap())
        .flat_map(|it| it["spans"].as_array().unwrap())
        .filter(|it| it["traceId"] == TRACE)
        .collect();
    let named = |name: &str| spans.iter().find(|it| it["name"] == name).unwrap_or_else(|| panic!("no span {name} in {text}"));
    let (request, question) = (named("request"), named("FusionAuth"));
    assert_eq!(request["parentSpanId"], BROWSERS_SPAN);
    assert_eq!(question["parentSpanId"], request["spanId"]);
    let expected = format!("00-{TRACE}-{}-01", question["spanId"].as_str().unwrap());
    assert_eq!(told, [Some(expected)]);
    assert!(text.contains("/api/login") && text.contains("storefront-server"), "{text}");
}

#[tokio::test]
async fn without_a_collector_fusionauth_is_told_of_no_trace() {
    assert_eq!(sign_in(&[]).await, [None]);
}

#[tokio::test]
async fn a_collector_that_does_not_answer_holds_nothing_up() {
    assert_eq!(sign_in(&["--traces-url", "http://127.0.0.1:1/v1/traces"]).await.len(), 1);
}
