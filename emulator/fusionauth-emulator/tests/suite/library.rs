//! The library's API for the tests of other programs: `Emulator` and its methods.

use crate::test_emulator::{self, HANG_GUARD, TestResponse, client};
use fusionauth_emulator::{Emulator, Fault, Hold, InvalidFault, Kickstart, Topic, built_in};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

async fn send(emulator: &Emulator, method: Method, path: &str, body: Value) -> TestResponse {
    let url = format!("{}{path}", emulator.base_url());
    test_emulator::send(&client(), method, &url, &[("authorization", built_in::API_KEY)], body).await
}

async fn login(emulator: &Emulator) -> u16 {
    let credentials = json!({"applicationId": built_in::APPLICATION_ID, "loginId": built_in::EMAIL, "password": built_in::PASSWORD});
    send(emulator, Method::POST, "/api/login", credentials).await.status
}

fn requests(emulator: &Emulator) -> Vec<String> {
    emulator.requests().iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn instances_share_nothing_and_end_when_they_are_dropped() {
    let [one, other] = [Emulator::start(Kickstart::BuiltIn).await.unwrap(), Emulator::start(Kickstart::BuiltIn).await.unwrap()];
    send(&one, Method::DELETE, &format!("/api/user/{}?hardDelete=true", built_in::USER_ID), Value::Null).await;
    one.advance(Duration::from_secs(60));
    assert_eq!((login(&one).await, login(&other).await), (404, 200));
    assert_eq!((one.requests().len(), other.requests().len()), (2, 1));
    let address = one.address();
    drop(one);
    let gone = async { while tokio::net::TcpStream::connect(address).await.is_ok() {} };
    tokio::time::timeout(HANG_GUARD, gone).await.expect("a dropped emulator must stop listening");
    assert_eq!(login(&other).await, 200);
}

#[tokio::test]
async fn mail_is_read_and_a_reset_starts_over() {
    let emulator = Emulator::start(Kickstart::BuiltIn).await.unwrap();
    send(&emulator, Method::POST, "/api/user/forgot-password", json!({"loginId": built_in::EMAIL})).await;
    let mail = emulator.mail();
    let [message] = mail.as_slice() else { panic!("{mail:?}") };
    assert_eq!((message.topic, &*message.to), (Topic::ForgotPassword, built_in::EMAIL));
    let id = &message.values["changePasswordId"];
    assert!(message.text.contains(id) && !format!("{message:?}").contains(id));
    let change = json!({"password": "another-password"});
    assert_eq!(send(&emulator, Method::POST, &format!("/api/user/change-password/{id}"), change).await.status, 200);
    assert_eq!(login(&emulator).await, 404);

    emulator.fault(Fault { path: "/*".into(), status: Some(500), ..Fault::default() }).unwrap();
    emulator.reset().await.unwrap();
    assert!(emulator.mail().is_empty() && emulator.requests().is_empty());
    assert_eq!(login(&emulator).await, 200);
}

#[tokio::test]
async fn a_test_waits_for_a_held_request_and_releases_it() {
    let emulator = Emulator::start(Kickstart::BuiltIn).await.unwrap();
    let hold = |path: &str| Fault { path: path.into(), hold: Some(Hold::Request), ..Fault::default() };
    let fault = emulator.fault(hold("/api/login")).unwrap();
    let release = async {
        assert_eq!(tokio::time::timeout(HANG_GUARD, fault.held(1)).await, Ok(1));
        fault.remove();
    };
    assert_eq!(tokio::join!(login(&emulator), release).0, 200);
    let removed = emulator.fault(hold("/api/login")).unwrap();
    emulator.reset().await.unwrap();
    assert_eq!(removed.held(1).await, 0);
    let errors = [hold("api/login"), Fault { status: Some(99), ..hold("/") }].map(|it| emulator.fault(it).unwrap_err());
    assert_eq!(errors, [InvalidFault::Path, InvalidFault::Status]);
}

#[tokio::test]
async fn the_journal_has_routes_and_nothing_that_a_client_wrote() {
    let emulator = Emulator::start(Kickstart::BuiltIn).await.unwrap();
    let secret = "a-secret-in-a-path";
    login(&emulator).await;
    send(&emulator, Method::POST, &format!("/api/user/change-password/{secret}?{secret}"), json!({"password": secret})).await;
    send(&emulator, Method::GET, "/api/user/recent-login", Value::Null).await;
    send(&emulator, Method::GET, &format!("/{secret}"), Value::Null).await;
    send(&emulator, Method::from_bytes(secret.to_uppercase().as_bytes()).unwrap(), "/api/login", Value::Null).await;
    emulator.fault(Fault { path: "/api/status".into(), status: Some(502), ..Fault::default() }).unwrap();
    send(&emulator, Method::GET, "/api/status", Value::Null).await;
    send(&emulator, Method::GET, "/emulator/mail", Value::Null).await;
    let expected = [
        "POST /api/login 200",
        "POST /api/user/change-password/{id} 404",
        "GET /api/user/recent-login 501",
        "GET unknown 404",
        "other /api/login 405",
        "GET /api/status 502",
    ];
    assert_eq!(requests(&emulator), expected);

    let listed = send(&emulator, Method::GET, "/emulator/requests", Value::Null).await.json();
    assert_eq!(listed["requests"][3], json!({"method": "GET", "status": 404}));
    assert!(!format!("{:?} {listed}", emulator.requests()).to_lowercase().contains(secret));
    assert_eq!(send(&emulator, Method::DELETE, "/emulator/requests", Value::Null).await.status, 200);
    assert!(emulator.requests().is_empty());
}
