//! Two processes share a database under load, and one of them ends, as in an update (SIGTERM) or a crash (SIGKILL). A client that retries
//! each failed request at the other process gets every answer, and the database contains each acknowledged post once.

use crate::command::{command, signal, started};
use crate::test_cluster::HANG_GUARD;
use crate::test_server::fresh_database;
use reqwest::{Client, StatusCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tempfile::TempDir;
use test_support::issuer::{FORUMS, Issuer, SHOPPER, token};
use tokio::{io::AsyncReadExt as _, process::Child, task::JoinSet};

/// The number of clients that write concurrently.
const CLIENTS: usize = 8;

async fn process(folder: &TempDir, database: &str, issuer: &Issuer) -> (Child, String) {
    let mut command = command(folder.path());
    command.args(["--listen", "127.0.0.1:0", "--database-url", database, "--fusionauth-url", &issuer.url]);
    command.args(["--limit-posts", "1000000/60", "--limit-posts-by-address", "1000000/60"]).env("RUST_LOG", "warn");
    let mut child = command.spawn().unwrap();
    let address = started(&mut child).await;
    (child, address)
}

/// Publishes a post, and retries at the other process if the first process fails.
async fn publish(client: &Client, addresses: &[String; 2], first: usize, key: &str) -> StatusCode {
    let ask = |address: &str| {
        let request = client.post(format!("http://{address}/api/posts")).header("host", "forums.spa-local-storage.localhost");
        request.bearer_auth(token(SHOPPER, FORUMS)).header("idempotency-key", key).json(&serde_json::json!({ "body": key })).send()
    };
    match ask(&addresses[first]).await {
        Ok(answer) if answer.status().is_success() => answer.status(),
        Ok(_) | Err(_) => {
            ask(&addresses[1 - first]).await.unwrap_or_else(|error| panic!("{key}: the second attempt failed: {error}")).status()
        }
    }
}

async fn end_one_under_load(how: &str) {
    let (issuer, folder) = (Issuer::start().await, TempDir::new().unwrap());
    let database = fresh_database(folder.path()).await;
    let (mut ending, address) = process(&folder, &database, &issuer).await;
    let (mut staying, other) = process(&folder, &database, &issuer).await;
    let (log, _log_of_other) = (log(&mut ending), log(&mut staying));
    let (addresses, published, ended) = (Arc::new([address, other]), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let (addresses, published, ended) = (Arc::clone(&addresses), Arc::clone(&published), Arc::clone(&ended));
        clients.spawn(async move {
            let client = test_support::http_client_builder().timeout(HANG_GUARD).build().unwrap();
            let (mut turn, mut after_the_end) = (0, 0);
            while after_the_end < 10 {
                after_the_end += usize::from(ended.load(Ordering::SeqCst));
                let status = publish(&client, &addresses, turn % 2, &format!("post-{number}-{turn}")).await;
                assert_eq!(status, StatusCode::CREATED);
                published.fetch_add(1, Ordering::SeqCst);
                turn += 1;
            }
        });
    }
    while published.load(Ordering::SeqCst) < CLIENTS * 10 {
        assert!(clients.try_join_next().is_none(), "a client has failed");
        tokio::task::yield_now().await;
    }
    signal(&ending, how).await;
    let status = tokio::time::timeout(HANG_GUARD, ending.wait()).await.expect("the process does not end").unwrap();
    ended.store(true, Ordering::SeqCst); // from now on, each client publishes ten more posts and then stops
    assert_eq!(status.success(), how == "TERM");
    let log = log.await.unwrap();
    assert!(!log.contains("cut off"), "a stop waits for requests, and not for connections: {log}");
    clients.join_all().await;
    let db = storefront_server::database::open(&database).await.unwrap();
    let stored: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM posts").fetch_one(&db).await.unwrap();
    assert_eq!(stored, i64::try_from(published.load(Ordering::SeqCst)).unwrap());
}

/// The log of a process until its end.
fn log(process: &mut Child) -> tokio::task::JoinHandle<String> {
    let mut stderr = process.stderr.take().unwrap();
    tokio::spawn(async move {
        let mut text = String::new();
        stderr.read_to_string(&mut text).await.unwrap();
        text
    })
}

#[tokio::test]
async fn no_request_is_lost_when_a_process_is_stopped() {
    end_one_under_load("TERM").await;
}

#[tokio::test]
async fn no_acknowledged_write_is_lost_when_a_process_is_killed() {
    end_one_under_load("KILL").await;
}
