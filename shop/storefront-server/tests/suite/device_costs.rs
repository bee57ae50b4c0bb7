//! The costs of a refresh of the bound cookie, for which the requests of a page wait.

use crate::browse::assert_has;
use crate::command::{command, signal, started};
use crate::device::{Device, WORKFLOWS, bound, cluster, configuration};
use crate::test_cluster::API_KEY;
use reqwest::StatusCode;
use serde_json::Value;
use std::collections::BTreeMap;
use tempfile::TempDir;
use test_support::reserved_port::ReservedPort;
use tokio::io::AsyncReadExt;

/// The statements of each refresh, from the log of the process, without those that set up a new connection.
fn statements(log: &str) -> Vec<usize> {
    let lines = log.lines().map(|it| serde_json::from_str::<Value>(it).unwrap_or_else(|_| panic!("{it}")));
    let of_refreshes = lines.filter(|it| it["span"]["route"] == "/api/device-key/refresh");
    let mut counts = BTreeMap::<String, usize>::new();
    for line in of_refreshes {
        let sets_up = line["summary"].as_str().is_some_and(|it| it.starts_with("PRAGMA") || it.starts_with("SET "));
        *counts.entry(line["span"]["id"].to_string()).or_default() += usize::from(line["target"] == "sqlx::query" && !sets_up);
    }
    counts.into_values().collect()
}

#[tokio::test]
async fn a_refresh_needs_three_statements_and_no_call_and_is_measured() {
    let (cluster, folder) = (cluster("offered", 1).await, TempDir::new().unwrap());
    let port = ReservedPort::new().unwrap();
    let metrics = port.address.to_string();
    let mut child = command(folder.path())
        .args(["--listen", "127.0.0.1:0", "--metrics-listen", &metrics, "--log-format", "json"])
        .args(["--database-url", &cluster.database_url, "--fusionauth-url", &cluster.fusionauth.base_url()])
        .args(["--config", &configuration(&folder, "offered"), "--fusionauth-api-key", API_KEY])
        .env("RUST_LOG", "info,sqlx::query=debug")
        .spawn()
        .unwrap();
    let address = started(&mut child).await.parse().unwrap();
    let mut log = child.stderr.take().unwrap();
    let reading = tokio::spawn(async move {
        let mut text = String::new();
        log.read_to_string(&mut text).await.map(|_| text)
    });
    for workflow in WORKFLOWS {
        let device = bound(&cluster, workflow).await;
        let calls = cluster.asked_by_backends().len();
        let device = Device { browser: device.browser.at(address), ..device };
        assert_eq!(device.refresh().await.status(), StatusCode::OK, "{workflow}");
        assert_eq!(cluster.asked_by_backends().len(), calls, "{workflow}: a refresh does not wait for FusionAuth");
    }
    let client = test_support::http_client();
    let text = client.get(format!("http://{metrics}/metrics")).send().await.unwrap().text().await.unwrap();
    let parts = [
        "storefront_device_requests_total{answer=\"accepted\",request=\"refresh\"} 3\n",
        "storefront_device_request_duration_seconds_count{request=\"refresh\"} 3\n",
    ];
    assert_has(&text, &parts);
    signal(&child, "TERM").await;
    assert!(child.wait().await.unwrap().success());
    assert_eq!(statements(&reading.await.unwrap().unwrap()), [3, 3, 3]);
}
