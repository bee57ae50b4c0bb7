//! Data that must survive when the process is killed.

use crate::emulator_process::{EmulatorProcess, program};
use crate::test_emulator::{API_KEY, PASSWORD, client};
use fusionauth_emulator::built_in::APPLICATION_ID;
use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;

/// An answer with 200 that the client received before the process was killed.
struct Acknowledged {
    email: String,
    /// The refresh token of a login.
    session: Option<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    const ROUNDS: usize = 15;
    let folder = TempDir::new().unwrap();
    let client = client();
    let mut acknowledged: Vec<Acknowledged> = Vec::new();
    let start = || EmulatorProcess::start(program().arg("--database").arg(folder.path().join("database.sqlite")));
    for round in 0..ROUNDS {
        let emulator = start();
        let writers: Vec<_> = (0..4)
            .map(|writer| tokio::spawn(write(client.clone(), emulator.url.clone(), format!("round{round}-writer{writer}"))))
            .collect();
        // The test kills the process while it writes. The number of users before that differs in each round.
        let probe = format!("{}/api/user?email=round{round}-writer0-{}@example.com", emulator.url, round % 3);
        while client.get(&probe).header("authorization", API_KEY).send().await.unwrap().status() != 200 {}
        drop(emulator);
        for writer in writers {
            acknowledged.extend(writer.await.unwrap());
        }
    }
    // Nothing restores what a kill has lost, so one check at the end finds the losses of every round.
    let emulator = start();
    for it in &acknowledged {
        is_kept(&client, &emulator.url, it).await;
    }
    assert!(acknowledged.iter().filter(|it| it.session.is_some()).count() >= ROUNDS, "too few logins were acknowledged");
}

/// Registers users and signs them in until the emulator ends.
async fn write(client: Client, url: String, name: String) -> Vec<Acknowledged> {
    let mut done = Vec::new();
    for number in 0.. {
        let email = format!("{name}-{number}@example.com");
        let registration = json!({"registration": {"applicationId": APPLICATION_ID}, "user": {"email": email, "password": PASSWORD}});
        let request = client.post(format!("{url}/api/user/registration")).header("authorization", API_KEY).json(&registration);
        let Ok(answer) = request.send().await else { break };
        assert_eq!(answer.status(), 200);
        done.push(Acknowledged { email: email.clone(), session: None });
        let login = json!({"applicationId": APPLICATION_ID, "loginId": email, "password": PASSWORD});
        let Ok(answer) = client.post(format!("{url}/api/login")).json(&login).send().await else { break };
        assert_eq!(answer.status(), 200);
        let Ok(body) = answer.json::<Value>().await else { break };
        done.push(Acknowledged { email, session: Some(body["refreshToken"].as_str().unwrap().to_owned()) });
    }
    done
}

/// Checks that a user or a session still exists.
async fn is_kept(client: &Client, url: &str, it: &Acknowledged) {
    let request = match &it.session {
        Some(token) => client.post(format!("{url}/api/jwt/refresh")).json(&json!({"refreshToken": token})),
        None => client.get(format!("{url}/api/user?email={}", it.email)).header("authorization", API_KEY),
    };
    assert_eq!(request.send().await.unwrap().status(), 200, "lost: {}, its session: {}", it.email, it.session.is_some());
}
