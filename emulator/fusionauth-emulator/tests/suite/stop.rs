//! How the program ends: Ctrl-C and SIGTERM while requests are in flight. `docker stop` sends SIGTERM and kills after 10 seconds
//! (<https://docs.docker.com/reference/cli/docker/container/stop/>).
#![cfg(unix)]

use crate::emulator_process::{EmulatorProcess, program};
use crate::test_emulator::{TestResponse, client};
use fusionauth_emulator::built_in::{APPLICATION_ID, EMAIL, PASSWORD};
use serde_json::{Value, json};
use std::io::Write as _;
use std::net::TcpStream;
use tokio::task::JoinHandle;

/// Adds a fault to logins, and starts a login that the fault holds.
async fn held_login(url: &str, fault: Value) -> JoinHandle<reqwest::Result<TestResponse>> {
    let client = client();
    let added = client.post(format!("{url}/emulator/faults")).json(&fault).send().await.unwrap();
    assert_eq!(added.status(), 200);
    let login = json!({"applicationId": APPLICATION_ID, "loginId": EMAIL, "password": PASSWORD});
    let login = client.post(format!("{url}/api/login")).json(&login).send();
    let login = tokio::spawn(async move { Ok(TestResponse::read(login.await?).await) });
    let held = client.get(format!("{url}/emulator/faults/1?held=1")).send().await.unwrap();
    assert_eq!(held.json::<Value>().await.unwrap()["fault"]["held"], json!(1));
    login
}

/// A login whose answer comes after an hour. A stop releases it from the hold, but not from the delay.
fn slow() -> Value {
    json!({"path": "/api/login", "hold": "request", "delayAnswerMilliseconds": 3_600_000})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_answers_requests_that_wait_for_an_event() {
    let emulator = EmulatorProcess::start(program().args(["--stop-timeout", "3600"]));
    let login = held_login(&emulator.url, json!({"path": "/api/login", "hold": "answer"})).await;
    let mail = tokio::spawn(client().get(format!("{}/emulator/mail?waitSeconds=600", emulator.url)).send());
    let held = tokio::spawn(client().get(format!("{}/emulator/faults/1?held=2", emulator.url)).send());
    emulator.signal("TERM");
    assert_eq!(login.await.unwrap().unwrap().status, 200);
    let log = tokio::task::spawn_blocking(|| emulator.log_at_the_end()).await.unwrap();
    assert!(!log.contains("in flight"), "{log}");
    // The program may have ended before it accepted these two.
    let _ = (mail.await.unwrap(), held.await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_waits_for_other_requests_until_its_deadline() {
    let emulator = EmulatorProcess::start(program().args(["--stop-timeout", "0"]));
    let mut half = TcpStream::connect(emulator.url.trim_start_matches("http://")).unwrap();
    half.write_all(b"POST /api/login HTTP/1.1\r\nHost: localhost\r\n").unwrap();
    let login = held_login(&emulator.url, slow()).await;
    emulator.signal("TERM");
    let log = tokio::task::spawn_blocking(|| emulator.log_at_the_end()).await.unwrap();
    assert!(log.contains("stopped with requests in flight, because they were not answered within 0ns"), "{log}");
    assert!(login.await.unwrap().is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_signal_ends_the_wait() {
    let emulator = EmulatorProcess::start(program().args(["--stop-timeout", "3600"]));
    let login = held_login(&emulator.url, slow()).await;
    // Two signals of one kind could become one before the program sees them.
    emulator.signal("TERM");
    emulator.signal("INT");
    let log = tokio::task::spawn_blocking(|| emulator.log_at_the_end()).await.unwrap();
    assert!(log.contains("stopped with requests in flight, by a second signal"), "{log}");
    assert!(login.await.unwrap().is_err());
}
