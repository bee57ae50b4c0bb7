//! The cost of requests without a sign-in. `docs/server.md` has a table of their endpoints. These tests check that the table is complete
//! and that a flood costs the server little.

use crate::anonymous_endpoints::{TABLES, endpoints, memory_kb, request};
use crate::test_cluster::{TestCluster, kill};
use axum::{Router, http::Request};
use clap::Parser;
use reqwest::{Client, Method, Response, StatusCode};
use sqlx::AnyPool;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use storefront_server::{config::Config, router::Additions, server::Server};
use tokio::{sync::Semaphore, task::JoinSet};

/// The number of requests that each rate limit allows one client address in the flood test. The server's default limits are far higher.
const LIMIT: usize = 8;

/// The memory that the server may keep after a flood of requests to one endpoint.
const MOST_MEMORY_KB: i64 = 6 * 1_024;

/// The maximum number of floods of long bodies to one endpoint. The test repeats the flood only if the server's memory grew by
/// [`MOST_MEMORY_KB`] or more. The allocator sometimes keeps that much after one flood without a leak. A leak grows with every flood, so
/// the smallest growth counts.
const MOST_REPETITIONS: usize = 3;

/// The total length of the bodies in one flood of long bodies. A server that kept these bodies would exceed [`MOST_MEMORY_KB`].
const MORE_THAN_MOST_MEMORY: usize = 9 * 1_024 * 1_024;

/// The paths of each site's routes, by host.
pub(crate) async fn routes(cluster: &TestCluster) -> Vec<(String, Vec<String>)> {
    let (fusionauth, database) = (cluster.fusionauth.base_url(), &*cluster.database_url);
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

/// The paths of a router. Axum shows them only in its `Debug` output, as `RouteId(1): "/path"`.
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

/// The total number of rows in [`TABLES`].
async fn rows(database: &AnyPool) -> i64 {
    let counts = TABLES.map(|table| format!("(SELECT COUNT(*) FROM {table})")).join(" + ");
    sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT {counts}"))).fetch_one(database).await.unwrap()
}

#[tokio::test]
async fn every_endpoint_without_a_sign_in_is_in_the_table_and_its_refusals_store_nothing() {
    let cluster = TestCluster::start().await;
    let (browser, mut found) = (cluster.browser(), BTreeSet::new());
    let database = cluster.database().await;
    let before = rows(&database).await;
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
    let documented: BTreeSet<String> = endpoints().into_iter().map(ToOwned::to_owned).collect();
    let missing: Vec<&String> = found.difference(&documented).collect();
    let gone: Vec<&String> = documented.difference(&found).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not in the table: {missing:#?}\nin the table only: {gone:#?}");
    assert_eq!(rows(&database).await, before, "requests without a body store nothing");
}

/// Sends the requests, at most `most_at_once` of them at a time. Returns the total length of their bodies.
async fn send(client: &Client, requests: Vec<Request<String>>, most_at_once: usize) -> usize {
    let (permits, mut all) = (Arc::new(Semaphore::new(most_at_once)), JoinSet::new());
    for request in requests {
        let (permits, client) = (Arc::clone(&permits), client.clone());
        all.spawn(async move {
            let _permit = permits.acquire().await.unwrap();
            let length = request.body().len();
            client.execute(request.try_into().unwrap()).await.unwrap().bytes().await.unwrap();
            length
        });
    }
    all.join_all().await.into_iter().sum()
}

#[tokio::test]
async fn a_flood_from_one_address_adds_few_rows_and_calls_and_no_memory() {
    const SHORT: u32 = 60;
    if !cfg!(target_os = "linux") {
        return; // because `memory_kb` reads Linux's `/proc`
    }
    let cluster = TestCluster::start().await;
    let limits = ["passwords", "passwords-by-address", "codes", "password-links", "messages", "messages-by-address"].into_iter();
    let limits = limits.chain(["registrations", "guests-by-address", "guest-additions", "sitemaps", "anonymous-calls", "device-keys"]);
    let limits: Vec<String> = limits.map(|it| format!("--limit-{it}={LIMIT}/36000")).collect();
    let flags: Vec<&str> = limits
        .iter()
        .map(String::as_str)
        .chain(["--trusted-proxies=127.0.0.0/8", "--database-connections=2", "--contact=help@shop.test"])
        .collect();
    let (process, address) = cluster.process(&flags).await;
    let client = test_support::http_client();
    let (base, id) = (format!("http://{address}"), process.id().unwrap());
    let database = cluster.database().await;
    for (number, endpoint) in endpoints().into_iter().enumerate() {
        let of_one_address = |number_of_request: u32, value: &str| {
            let mut request = request(&base, endpoint, number_of_request, value);
            request.headers_mut().insert("x-forwarded-for", format!("192.0.2.{number}").parse().unwrap());
            request
        };
        let (rows_before, calls) = (rows(&database).await, cluster.asked_by_backends().len());
        send(&client, (0..SHORT).map(|it| of_one_address(it, &it.to_string())).collect(), 8).await;
        let (rows, calls) = (rows(&database).await - rows_before, cluster.asked_by_backends().len() - calls);
        // A test in `sign_out.rs` checks the limit for invented refresh tokens.
        let most = if endpoint.ends_with("/logout") { SHORT as usize } else { LIMIT };
        assert!(rows <= 3 * most as i64 && calls <= 5 * most, "{endpoint}: {rows} rows, {calls} calls");

        let longest = if endpoint.contains(" /api/") { 30_000 } else { 100_000 };
        let long = |numbers: std::ops::Range<u32>| numbers.map(|it| of_one_address(it, &"a".repeat(longest))).collect();
        // These requests are a warm-up: the server holds several bodies at once, and then keeps that memory for the next bodies.
        let length_of_ten = send(&client, long(1_000..1_010), 4).await;
        if length_of_ten < 10 * longest {
            continue; // the endpoint's requests do not contain `value`
        }
        let number_of_long = u32::try_from(MORE_THAN_MOST_MEMORY / (length_of_ten / 10)).unwrap();
        let mut growths = Vec::new();
        while growths.len() < MOST_REPETITIONS && growths.iter().all(|it| *it >= MOST_MEMORY_KB) {
            let (before, first) = (memory_kb(id), 10_000 * (1 + u32::try_from(growths.len()).unwrap()));
            send(&client, long(first..first + number_of_long), 2).await;
            growths.push(memory_kb(id) - before);
        }
        assert!(growths.iter().any(|it| *it < MOST_MEMORY_KB), "{endpoint}: the server keeps {growths:?} KB after repeated floods");
    }
    kill(process).await;
}
