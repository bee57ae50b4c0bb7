//! Failures of the database and of FusionAuth: the database is unreachable, full or locked, or ends a transaction, and FusionAuth is slow.
//! The server loses no acknowledged write, answers so that clients can retry, and recovers without a restart.

use crate::command::{signal, started};
use crate::test_cluster::{API_KEY, HANG_GUARD, PASSWORD, TestCluster, sign_in_by_form, store};
use crate::test_server::{Host, TestServer, fresh_database, serve};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::json;
use std::net::SocketAddr;
use std::process::Stdio;
use storefront_api::Post;
use storefront_server::database::CONNECTIONS;
use tempfile::TempDir;
use test_support::http_client;
use test_support::issuer::{self, FORUMS, Issuer, SHOPPER, STORE};
use test_support::reserved_port::ReservedPort;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

pub(crate) fn is_postgresql() -> bool {
    std::env::var("TEST_DATABASE_URL").is_ok_and(|it| it.starts_with("postgres"))
}

async fn publish(client: &Client, address: SocketAddr, key: &str, body: &str) -> Response {
    let request = client.post(format!("http://{address}/api/posts")).header("host", "forums.spa-local-storage.localhost");
    let request = request.bearer_auth(issuer::token(SHOPPER, FORUMS)).header("idempotency-key", key);
    request.json(&json!({ "body": body })).send().await.unwrap()
}

async fn status(client: &Client, address: SocketAddr, path: &str) -> StatusCode {
    let request = client.get(format!("http://{address}{path}")).header("host", "forums.spa-local-storage.localhost");
    request.bearer_auth(issuer::token(SHOPPER, FORUMS)).send().await.unwrap().status()
}

/// A TCP proxy between the server and PostgreSQL. A test can cut the connections.
struct Network {
    port: ReservedPort,
    database: SocketAddr,
    connections: Option<JoinHandle<()>>,
}

impl Network {
    async fn to(database: SocketAddr) -> Self {
        let mut network = Self { port: ReservedPort::new().unwrap(), database, connections: None };
        network.mend().await;
        network
    }

    /// Ends every connection and refuses new ones.
    async fn cut(&mut self) {
        if let Some(task) = self.connections.take() {
            task.abort();
            let _ = task.await;
        }
    }

    async fn mend(&mut self) {
        let (listener, database) = (TcpListener::bind(self.port.address).await.unwrap(), self.database);
        self.connections = Some(tokio::spawn(async move {
            let mut open = JoinSet::new(); // dropping the set ends its tasks
            while let Ok((mut from, _)) = listener.accept().await {
                open.spawn(async move {
                    let mut to = TcpStream::connect(database).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut from, &mut to).await;
                });
            }
        }));
    }
}

#[tokio::test]
async fn while_postgresql_is_away_requests_fail_soon_and_afterwards_they_succeed() {
    if !is_postgresql() {
        return; // because the server reaches a SQLite file without a network
    }
    let (issuer, folder) = (Issuer::start().await, TempDir::new().unwrap());
    let direct = fresh_database(folder.path()).await;
    let url = reqwest::Url::parse(&direct).unwrap();
    let mut network = Network::to(format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432)).parse().unwrap()).await;
    let through = direct.replace(&format!(":{}/", url.port().unwrap()), &format!(":{}/", network.port.address.port()));
    let address = serve(folder.path(), &through, &issuer.url, &[]).await;
    let client = http_client();
    assert_eq!(publish(&client, address, "before", "before").await.status(), StatusCode::CREATED);

    network.cut().await;
    // The network stays cut, so an answer shows that the server limits its own wait.
    let refused = timeout(HANG_GUARD, publish(&client, address, "second", "second")).await.unwrap();
    assert_eq!((refused.status(), refused.headers()["retry-after"].to_str().unwrap()), (StatusCode::SERVICE_UNAVAILABLE, "1"));
    assert_eq!(status(&client, address, "/api/load-posts").await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(status(&client, address, "/readyz").await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(status(&client, address, "/livez").await, StatusCode::OK);

    network.mend().await;
    for _ in 0..2 {
        assert_eq!(publish(&client, address, "second", "second").await.status(), StatusCode::CREATED);
    }
    assert_eq!(status(&client, address, "/readyz").await, StatusCode::OK);
    let posts = client.get(format!("http://{address}/api/load-posts")).header("host", "forums.spa-local-storage.localhost");
    let posts: Vec<Post> = posts.bearer_auth(issuer::token(SHOPPER, FORUMS)).send().await.unwrap().json().await.unwrap();
    assert_eq!(posts.iter().map(|it| it.body.as_str()).collect::<Vec<_>>(), ["second", "before"]);
}

/// PostgreSQL ends one of two transactions in a deadlock. Here, a trigger ends the first two attempts instead.
#[tokio::test]
async fn a_transaction_that_postgresql_has_ended_is_tried_again() {
    if !is_postgresql() {
        return; // because SQLite allows one writer at a time, two writers cannot deadlock
    }
    let server = TestServer::start().await;
    let db = storefront_server::database::open(&server.database_url).await.unwrap();
    for (table, code) in [("posts", "40P01"), ("cart_lines", "40001")] {
        let trigger = format!(
            "CREATE SEQUENCE tries_{table};
             CREATE FUNCTION end_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN
                 IF nextval('tries_{table}') <= 2 THEN RAISE EXCEPTION 'ended by a test' USING ERRCODE = '{code}'; END IF;
                 RETURN NEW;
             END $$;
             CREATE TRIGGER end_{table} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION end_{table}()"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(trigger)).execute(&db).await.unwrap();
    }
    let answer = publish(&http_client(), server.address, "once", "once").await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    let posts: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM posts WHERE body = 'once'").fetch_one(&db).await.unwrap();
    assert_eq!(posts, 1);

    let add = server.ask(Method::POST, Host::Store, "/api/shopping-cart/lines").bearer_auth(issuer::token("somebody", STORE));
    let add = add.header("idempotency-key", "add").json(&json!({"product": "enamel-mug", "quantity": 1}));
    assert_eq!(add.send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(server.cart("somebody").await.lines[0].quantity, 1);

    sqlx::raw_sql("ALTER SEQUENCE tries_cart_lines RESTART").execute(&db).await.unwrap();
    let set = server.ask(Method::PUT, Host::Store, "/api/shopping-cart/lines/enamel-mug").bearer_auth(issuer::token("another", STORE));
    assert_eq!(set.json(&json!({"quantity": 2})).send().await.unwrap().status(), StatusCode::OK);
}

/// A limit on the size of files simulates a full disk, because SQLite's writes fail in both cases.
#[tokio::test]
async fn a_full_disk_fails_writes_alone_and_loses_nothing() {
    if is_postgresql() {
        return; // because a test cannot fill PostgreSQL's disk; a test in `database.rs` checks the error code for a full disk
    }
    let (issuer, folder) = (Issuer::start().await, TempDir::new().unwrap());
    let database = fresh_database(folder.path()).await;
    // `trap '' XFSZ` ignores the signal, so a write beyond the limit fails and does not end the process.
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "trap '' XFSZ; ulimit -S -f 4096; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_storefront-server")]);
    command.args(["--listen", "127.0.0.1:0", "--database-url", &database, "--fusionauth-url", &issuer.url]);
    command.args(["--limit-posts", "1000000/60", "--limit-posts-by-address", "1000000/60"]);
    command.env("RUST_LOG", "off").current_dir(folder.path()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let address: SocketAddr = started(&mut child).await.parse().unwrap();
    let (client, text) = (http_client(), "full ".repeat(400));

    let mut acknowledged = 0;
    let refused = loop {
        let answer = publish(&client, address, &format!("post-{acknowledged}"), &text).await;
        if answer.status() != StatusCode::CREATED {
            break answer;
        }
        acknowledged += 1;
        assert!(acknowledged < 5_000, "the disk did not fill up");
    };
    assert_eq!((refused.status(), refused.headers()["retry-after"].to_str().unwrap()), (StatusCode::SERVICE_UNAVAILABLE, "1"));
    assert_eq!(status(&client, address, "/api/load-posts").await, StatusCode::OK, "reads still succeed");
    assert_eq!(status(&client, address, "/livez").await, StatusCode::OK);

    let room = Command::new("prlimit").args(["--pid", &child.id().unwrap().to_string(), "--fsize=unlimited"]).status().await.unwrap();
    assert!(room.success());
    assert_eq!(publish(&client, address, &format!("post-{acknowledged}"), &text).await.status(), StatusCode::CREATED);
    assert_eq!(status(&client, address, "/readyz").await, StatusCode::OK);
    signal(&child, "KILL").await;
    child.wait().await.unwrap();
    let db = storefront_server::database::open(&database).await.unwrap();
    let stored: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM posts").fetch_one(&db).await.unwrap();
    assert_eq!(stored, acknowledged + 1);
}

/// Another program, such as a backup, holds the write lock of the file.
#[tokio::test]
async fn while_sqlite_is_held_writes_fail_reads_go_on_and_afterwards_writes_succeed() {
    if is_postgresql() {
        return;
    }
    let server = TestServer::start_with(&["--demo-data", "--request-timeout=600", "--limit-posts=1000/60"]).await;
    let db = storefront_server::database::open(&server.database_url).await.unwrap();
    let client = http_client();
    // The first token makes the server fetch FusionAuth's keys and write them to the database. The test sends the token before it locks the
    // file, because that write would wait for the lock, too.
    assert_eq!(publish(&client, server.address, "before", "before").await.status(), StatusCode::CREATED);
    let held = db.begin_with("BEGIN IMMEDIATE").await.unwrap();
    // There are more writes than connections to the database. The file stays locked, so their answers show that the server limits its
    // own wait.
    let mut writes = JoinSet::new();
    for number in 0..3 * CONNECTIONS {
        let client = client.clone();
        writes.spawn(async move { publish(&client, server.address, &format!("held-{number}"), "held").await });
    }
    for _ in 0..100 {
        assert_eq!(timeout(HANG_GUARD, status(&client, server.address, "/api/load-posts")).await.unwrap(), StatusCode::OK);
    }
    while let Some(refused) = timeout(HANG_GUARD, writes.join_next()).await.unwrap() {
        let refused = refused.unwrap();
        assert_eq!((refused.status(), refused.headers()["retry-after"].to_str().unwrap()), (StatusCode::SERVICE_UNAVAILABLE, "1"));
    }
    assert_eq!(status(&client, server.address, "/api/load-posts").await, StatusCode::OK);
    held.rollback().await.unwrap();
    assert_eq!(publish(&client, server.address, "held-0", "held").await.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn a_slow_fusionauth_slows_down_sign_ins_alone_and_its_return_is_noticed() {
    // The first instance waits long enough for a slow test machine. The second instance times out after one second.
    let (cluster, store) = (TestCluster::start_with(&["--request-timeout=600"], 1).await, store("webapp-session"));
    let (hasty, _stop, _stopped) = cluster.stoppable_instance_with(&["--fusionauth-api-key", API_KEY, "--request-timeout=1"]).await;
    let (signed_in, other) = (cluster.browser(), cluster.browser());
    sign_in_by_form(&signed_in, &store, "shopper@example.com").await;
    // The emulator holds all requests, so an answer shows that the server did not wait for FusionAuth.
    let held = cluster.hold_all(json!({"path": "/api/*", "hold": "request"})).await;
    let sign_in = other.at(hasty).form(&store, "/login", &[("username", "second@example.com"), ("password", PASSWORD)]);
    let sign_in = tokio::spawn(sign_in.send());
    held.reached().await;
    let answer = timeout(HANG_GUARD, sign_in).await.unwrap().unwrap().unwrap();
    assert_eq!((answer.status(), other.cookie(&store, "storefront_session")), (StatusCode::SERVICE_UNAVAILABLE, None));
    let asked = cluster.asked_by_backends();
    assert_eq!(timeout(HANG_GUARD, signed_in.get(&store, "/shopping-cart")).await.unwrap().status(), StatusCode::OK);
    assert_eq!(cluster.asked_by_backends(), asked, "the page needs no request to FusionAuth");

    cluster.expire_sessions().await;
    let answer = signed_in.at(hasty).get(&store, "/shopping-cart").await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "a missing answer does not end the sign-in");
    assert!(signed_in.cookie(&store, "storefront_refresh_token").is_some());
    cluster.no_faults().await;
    // The test polls, because nothing announces that the lease of the first renewal has expired.
    let until_renewed = async { while signed_in.get(&store, "/shopping-cart").await.status() != StatusCode::OK {} };
    timeout(HANG_GUARD, until_renewed).await.unwrap();
    sign_in_by_form(&other, &store, "second@example.com").await;
}
