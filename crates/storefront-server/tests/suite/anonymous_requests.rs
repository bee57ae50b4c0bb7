//! What a request without a sign-in may cost: `docs/server.md` has a table of all such endpoints. These tests hold it complete.

use crate::test_cluster::TestCluster;
use axum::Router;
use clap::Parser;
use reqwest::{Method, Response, StatusCode};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use storefront_server::{config::Config, router::Additions, server::Server};

const TABLES: [&str; 15] = [
    "address_changes",
    "cart_lines",
    "carts",
    "checkout_drafts",
    "drafts",
    "guest_carts",
    "idempotency_keys",
    "orders",
    "posts",
    "refresh_tokens",
    "revocations",
    "sessions",
    "token_families",
    "user_sign_outs",
    "users",
];

/// The paths of each site's routes, by host.
async fn routes(cluster: &TestCluster) -> Vec<(String, Vec<String>)> {
    let (fusionauth, database) = (cluster.fusionauth.url(), &*cluster.database_url);
    let flags = ["storefront-server", "--listen", "127.0.0.1:0", "--database-url", database, "--fusionauth-url", &fusionauth];
    let config = Config::try_parse_from(flags).unwrap();
    let hosts: Vec<String> = config.sites().unwrap().applications.iter().map(|it| it.host().to_owned()).collect();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (list, additions) = (Arc::clone(&seen), Additions::default());
    let around_sites = Box::new(move |routes: Router| {
        list.lock().unwrap().push(paths(&routes));
        routes
    });
    Server::bind(config, Additions { around_sites, ..additions }).await.unwrap();
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    assert_eq!(seen.len(), hosts.len());
    hosts.into_iter().zip(seen).collect()
}

/// The paths of a router. Axum tells them in its `Debug` alone, as `RouteId(1): "/path"`.
fn paths(routes: &Router) -> Vec<String> {
    let text = format!("{routes:?}");
    let paths: BTreeSet<&str> = text.split("RouteId(").filter_map(|it| it.split_once("): \"/")?.1.split_once('"').map(|it| it.0)).collect();
    assert!(paths.len() > 10, "axum's Debug has another format: {text}");
    paths.into_iter().filter(|it| !it.contains('*') && !["api", "api/"].contains(it)).map(|it| format!("/{it}")).collect()
}

fn needs_sign_in(answer: &Response) -> bool {
    let location = answer.headers().get("location").map(|it| it.to_str().unwrap());
    answer.status() == StatusCode::UNAUTHORIZED || location.is_some_and(|it| it.starts_with("/login"))
}

/// The endpoints in the table of `docs/server.md`.
fn documented() -> BTreeSet<String> {
    let document = include_str!("../../../../docs/server.md");
    let section = document.split("\n## ").find(|it| it.starts_with("Requests without a sign-in")).expect("the section is there");
    let rows = section.lines().filter(|it| it.starts_with("| `"));
    let endpoints = rows.filter_map(|row| row.split('|').nth(1)).flat_map(|cell| cell.split('`').skip(1).step_by(2));
    endpoints.map(ToOwned::to_owned).collect()
}

/// The number of rows in the tables that a request can write.
async fn rows(cluster: &TestCluster) -> Vec<(&'static str, i64)> {
    let mut rows = Vec::new();
    for table in TABLES {
        rows.push((table, cluster.count(table).await));
    }
    rows
}

#[tokio::test]
async fn every_endpoint_without_a_sign_in_is_in_the_table_and_its_refusals_store_nothing() {
    let cluster = TestCluster::start().await;
    let (browser, mut found) = (cluster.browser(), BTreeSet::new());
    let before = rows(&cluster).await;
    for (host, paths) in routes(&cluster).await {
        for path in paths {
            let asked = path.replace("{product}", "enamel-mug").replace("{id}", "x").replace("{thread}", "x");
            for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
                let answer = browser.bare(method.clone(), &host, &asked).send().await.unwrap();
                if answer.status() != StatusCode::METHOD_NOT_ALLOWED && !needs_sign_in(&answer) {
                    found.insert(format!("{method} {path}"));
                }
            }
        }
    }
    let documented = documented();
    let missing: Vec<&String> = found.difference(&documented).collect();
    let gone: Vec<&String> = documented.difference(&found).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not in the table: {missing:#?}\nin the table alone: {gone:#?}");
    assert_eq!(rows(&cluster).await, before, "requests without a body store nothing");
}
