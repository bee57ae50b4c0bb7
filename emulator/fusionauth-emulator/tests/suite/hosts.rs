//! Hosts and sizes of requests. If a client library would refuse to send a request, the test writes its bytes itself.

use crate::test_emulator::{HANG_GUARD, TestEmulator, config};
use fusionauth_emulator::{Config, HostName};
use reqwest::Method;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The status of the answer to these bytes. The body may be shorter than the request's `Content-Length`.
async fn status(emulator: &TestEmulator, request: &str) -> u16 {
    let mut stream = TcpStream::connect(emulator.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut start = [0; 12];
    let read = tokio::time::timeout(HANG_GUARD, stream.read_exact(&mut start));
    read.await.expect("the emulator must answer without waiting for the body").unwrap();
    std::str::from_utf8(&start).unwrap().strip_prefix("HTTP/1.1 ").unwrap().parse().unwrap()
}

#[tokio::test]
async fn control_endpoints_refuse_unknown_hosts() {
    let emulator = TestEmulator::start().await;
    let rows = [
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("evil.example:9011", 403),
        ("localhost.evil.example", 403),
        ("notlocalhost", 403),
        ("10.0.0.1", 403),
        ("localhost", 200),
        ("LOCALHOST:9011", 200),
        ("auth.webapp-jwt.localhost:9011", 200),
        ("127.0.0.1:9011", 200),
        ("[::1]:9011", 200),
    ];
    for path in ["/", "/emulator/mail", "/emulator/clock", "/emulator/faults", "/emulator/behaviours"] {
        for (host, expected) in rows {
            let answer = emulator.send(Method::GET, path, &[("host", host)], Value::Null).await;
            assert_eq!(answer.status, expected, "{host} {path}");
            assert_eq!(answer.text.contains("--allow-host"), expected == 403, "{}", answer.text);
            let forwarded = [("host", host), ("x-forwarded-host", "localhost")];
            assert_eq!(
                emulator.send(Method::GET, path, &forwarded, Value::Null).await.status,
                expected,
                "a page can set this header, so it must not help"
            );
        }
    }
    assert_eq!(status(&emulator, "GET http://evil.example/emulator/mail HTTP/1.1\r\nHost: localhost\r\n\r\n").await, 403);
    assert_eq!(
        status(&emulator, "GET /api/status HTTP/1.1\r\nHost: evil.example\r\n\r\n").await,
        200,
        "FusionAuth's API must accept any host name"
    );
}

#[tokio::test]
async fn an_allowed_host_is_answered_and_others_are_told_the_flag() {
    let allowed_hosts = ["fusionauth", "Emulator.Internal"].map(|it| it.parse().unwrap()).into();
    let emulator = TestEmulator::start_with(Config { allowed_hosts, ..config() }).await;
    let get = async |host: &str, origin: &str| {
        let headers = [("host", host), ("origin", origin)];
        emulator.send(Method::GET, "/emulator/mail", &headers[..if origin.is_empty() { 1 } else { 2 }], Value::Null).await
    };
    for host in ["fusionauth:9011", "FUSIONAUTH", "emulator.internal:80", "localhost:9011"] {
        assert_eq!(get(host, "").await.status, 200, "{host}");
    }
    assert_eq!(get("fusionauth:9011", "http://fusionauth:9011").await.status, 200, "the emulator's own page");
    assert_eq!(get("fusionauth:9011", "http://store.spa-local-storage.localhost:8080").await.codes()[0].1, "[OriginNotAllowed]");
    let refused = get("other:9011", "").await;
    assert_eq!((refused.status, refused.codes()[0].1.as_str()), (403, "[HostNotAllowed]"));
    assert!(refused.text.contains("--allow-host other to"), "{}", refused.text);
    for wrong in ["", "http://fusionauth", "fusionauth:9011", "user@fusionauth", "a b"] {
        assert!(wrong.parse::<HostName>().is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn a_request_has_one_host() {
    let emulator = TestEmulator::start().await;
    let rows = [
        ("Host: a\r\n", 200),
        ("Host: a\r\nHost: a\r\n", 400),
        ("Host: a\r\nHost: localhost\r\n", 400),
        ("", 400),
        ("Host: a b\r\n", 400),
        ("Host: a,b/c\r\n", 400),
    ];
    for (host, expected) in rows {
        assert_eq!(status(&emulator, &format!("GET /api/status HTTP/1.1\r\n{host}\r\n")).await, expected, "{host:?}");
    }
    assert_eq!(status(&emulator, "GET /api/status HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n").await, 400);
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_before_it_arrives() {
    let emulator = TestEmulator::start().await;
    for path in ["/api/login", "/api/jwt/refresh", "/oauth2/token", "/emulator/clock", "/password/forgot"] {
        let head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n");
        assert_eq!(status(&emulator, &format!("{head}Content-Length: 10000000000\r\n\r\n{{")).await, 413, "{path}");
    }
    // Without a Content-Length, the server answers when the received bytes exceed the limit.
    let chunk = format!("{:x}\r\n{}\r\n", 64 * 1024, "a".repeat(64 * 1024));
    let head = "POST /api/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(status(&emulator, &format!("{head}{}", chunk.repeat(17))).await, 413);
}
