//! The emulator's additions to FusionAuth: mail, faults, clock, behaviours, reset and pages.

use crate::test_emulator::{API_KEY, HANG_GUARD, PASSWORD, SHOPPER, START_MS, STORE, TestEmulator, TestResponse, claims};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Injects a fault, and returns its path.
async fn fault(emulator: &TestEmulator, fault: Value) -> String {
    let answer = emulator.post("/emulator/faults", fault).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    format!("/emulator/faults/{}", answer.json()["fault"]["id"])
}

/// Waits until a fault holds at least `count` requests. Returns how many it holds.
async fn held(emulator: &TestEmulator, fault: &str, count: u64) -> u64 {
    let path = format!("{fault}?held={count}");
    let answer = tokio::time::timeout(HANG_GUARD, emulator.send(Method::GET, &path, &[], Value::Null)).await.unwrap();
    answer.json()["fault"]["held"].as_u64().unwrap_or_else(|| panic!("{answer:?}"))
}

async fn clear(emulator: &TestEmulator) {
    assert_eq!(emulator.send(Method::DELETE, "/emulator/faults", &[], Value::Null).await.status, 200);
}

/// A test reads the next mail although its application sends it later, and a reset does not wait for such a test.
#[tokio::test]
async fn a_test_waits_for_the_next_mail() {
    let emulator = TestEmulator::start().await;
    let mail = async |query: String| {
        let answer = emulator.send(Method::GET, &format!("/emulator/mail?to=shopper@example.com{query}"), &[], Value::Null).await;
        answer.json()["messages"].as_array().unwrap().clone()
    };
    let forgot = async || emulator.post("/api/user/forgot-password", json!({"loginId": "shopper@example.com"})).await;
    let (first, answer) = tokio::join!(mail("&waitSeconds=600".to_owned()), forgot());
    assert_eq!((first.len(), answer.status), (1, 200));
    assert_eq!(mail("&waitSeconds=600".to_owned()).await, first, "a message that is there is not waited for");

    let after = format!("&after={}", first[0]["id"].as_str().unwrap());
    assert_eq!(mail(after.clone()).await, Vec::<Value>::new());
    let (second, answer) = tokio::join!(mail(format!("{after}&waitSeconds=600")), forgot());
    assert_eq!((second.len(), answer.status), (1, 200));
    assert_ne!(second, first);
    assert_eq!(mail(after.clone()).await, second);

    let after = format!("&after={}", second[0]["id"].as_str().unwrap());
    let (third, ()) = tokio::join!(mail(format!("{after}&waitSeconds=600")), async {
        let reset = tokio::time::timeout(HANG_GUARD, emulator.post("/emulator/reset", json!({}))).await;
        assert_eq!(reset.expect("the reset waits for the test").status, 200);
        assert_eq!(forgot().await.status, 200);
    });
    assert_eq!(third.len(), 1);
    assert_eq!(emulator.send(Method::GET, "/emulator/mail?waitSeconds=soon", &[], Value::Null).await.status, 400);
}

#[tokio::test]
async fn mail_is_read_by_people_and_by_tests() {
    let emulator = TestEmulator::start().await;
    let mail = emulator.send(Method::GET, "/emulator/mail?topic=verifyEmail&to=unverified@example.com", &[], Value::Null).await;
    let message = &mail.json()["messages"][0];
    let id = message["values"]["verificationId"].as_str().unwrap();
    assert_eq!(message["subject"], json!("Confirm your email address"));
    let link = format!("http://store.spa-local-storage.localhost:8080/verify-email/{id}");
    assert!(message["text"].as_str().unwrap().contains(&format!("\n{link}\n")) && message["html"].as_str().unwrap().contains(&link));
    assert_eq!((&message["from"], &message["fromName"]), (&json!("no-reply@fernhill.example"), &json!("Fernhill")));
    assert_eq!(emulator.send(Method::GET, "/emulator/mail?to=nobody", &[], Value::Null).await.json()["messages"], json!([]));

    let page = emulator.send(Method::GET, "/emulator/mail", &[("accept", "text/html")], Value::Null).await;
    assert_eq!(page.header("content-type"), Some("text/html; charset=UTF-8"));
    assert!(page.text.contains(&format!("<a href=\"{link}\">")) && page.text.contains("Verify the email"));
    let own = |page: &TestResponse, path: &str, id: &str| page.text.contains(&format!("href=\"{path}/{id}\""));
    assert!(own(&page, "/email/verify", id), "the emulator's own page needs no server at the URL in the message");
    emulator.post("/api/user/forgot-password", json!({"loginId": "shopper@example.com"})).await;
    let id = emulator.mailed("changePasswordId").await;
    let page = emulator.send(Method::GET, "/emulator/mail", &[("accept", "text/html")], Value::Null).await;
    assert!(own(&page, "/password/change", &id), "{}", page.text);
    assert_eq!(emulator.send(Method::DELETE, "/emulator/mail", &[], Value::Null).await.status, 200);
    assert_eq!(emulator.send(Method::GET, "/emulator/mail", &[], Value::Null).await.json()["messages"], json!([]));
}

#[tokio::test]
async fn the_pages_show_what_there_is_and_no_secret_and_no_markup_of_others() {
    let emulator = TestEmulator::start().await;
    let script = json!({"skipVerification": true, "user": {"email": "<script>alert(1)</script>@x", "password": PASSWORD}});
    assert_eq!(emulator.admin(Method::POST, "/api/user", script.clone()).await.status, 200);
    emulator.post("/api/user/forgot-password", json!({"loginId": "<script>alert(1)</script>@x"})).await;
    let home = emulator.send(Method::GET, "/", &[], Value::Null).await;
    for text in ["Store", "Forums", "shopper@example.com", "must change the password", "second factor", "locked", "refreshFailure"] {
        assert!(home.text.contains(text), "{text}");
    }
    let mail = emulator.send(Method::GET, "/emulator/mail", &[("accept", "text/html,*/*")], Value::Null).await;
    let frame = "sandbox=\"allow-popups allow-popups-to-escape-sandbox\" srcdoc=\"&lt;!DOCTYPE html&gt;";
    assert_eq!(mail.text.matches("<iframe").count(), mail.text.matches(frame).count());
    assert!(mail.text.contains(frame), "each message's HTML is in a frame without scripts: {}", mail.text);
    for page in [home, mail] {
        for secret in [API_KEY, "client-secret", PASSWORD, "$argon2", "SGVsbG8h"] {
            assert!(!page.text.contains(secret), "{secret}");
        }
        assert!(page.text.contains("&lt;script&gt;") && !page.text.contains("<script"));
        assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
        // Without this policy, browsers send `Origin: null` with the page's forms, and the emulator refuses them.
        assert_eq!(page.header("referrer-policy"), Some("same-origin"));
    }
}

#[tokio::test]
async fn the_documented_paths_exist() {
    let emulator = TestEmulator::start().await;
    let documentation = include_str!("../../../../docs/emulator.md");
    let paths: std::collections::BTreeSet<&str> = documentation
        .split(|it: char| !it.is_ascii_lowercase() && it != '/' && it != '-')
        .filter(|it| it.starts_with("/emulator/") && !it.ends_with('/'))
        .collect();
    assert!(paths.len() > 4, "{paths:?}");
    for path in paths {
        assert!([200, 405].contains(&emulator.send(Method::GET, path, &[], Value::Null).await.status), "{path}");
    }
}

#[tokio::test]
async fn other_sites_reach_nothing_of_it() {
    let emulator = TestEmulator::start().await;
    let own = emulator.url();
    for origin in ["http://evil.example", "null", "http://store.spa-local-storage.localhost:8080"] {
        for path in ["/emulator/reset", "/emulator/clock", "/emulator/faults"] {
            let answer = emulator.send(Method::POST, path, &[("origin", origin), ("content-type", "text/plain")], json!({})).await;
            assert_eq!(answer.status, 403, "{origin} {path}");
        }
    }
    assert_eq!(emulator.send(Method::POST, "/emulator/clock", &[("origin", &own)], json!({"advanceSeconds": 0})).await.status, 200);
}

#[tokio::test]
async fn answers_are_late_other_or_cut() {
    let emulator = TestEmulator::start().await;
    let token = emulator.login("shopper@example.com").await.member("refreshToken");
    fault(&emulator, json!({"path": "/api/jwt/refresh", "status": 503, "times": 2})).await;
    let origin = [("origin", "http://store.spa-local-storage.localhost:8080")];
    let answer = emulator.send(Method::POST, "/api/jwt/refresh", &origin, json!({"refreshToken": token})).await;
    assert_eq!((answer.status, answer.text.as_str()), (503, ""));
    assert!(answer.header("access-control-allow-origin").is_some(), "a browser must be able to read the status");
    assert_eq!([emulator.refresh(&token).await.status, emulator.refresh(&token).await.status], [503, 200], "the fault must apply twice");

    fault(&emulator, json!({"path": "/api/*", "status": 502, "html": "<h1>Bad gateway</h1>", "method": "POST"})).await;
    assert_eq!(emulator.refresh(&token).await.text, "<h1>Bad gateway</h1>");
    assert_eq!(emulator.send(Method::GET, "/api/status", &[], Value::Null).await.status, 200);
    clear(&emulator).await;

    fault(&emulator, json!({"path": "/api/status", "delayRequestMilliseconds": 60, "delayAnswerMilliseconds": 60, "times": 1})).await;
    let start = Instant::now();
    assert_eq!(emulator.send(Method::GET, "/api/status", &[], Value::Null).await.status, 200);
    assert!(start.elapsed() >= Duration::from_millis(120));

    // Only the answer is cut off. The request takes effect: it uses up a one-time token.
    emulator.patch_jwt(json!({"refreshTokenUsagePolicy": "OneTimeUse"})).await;
    for cut in ["headers", "body"] {
        let token = emulator.login("shopper@example.com").await.member("refreshToken");
        fault(&emulator, json!({"path": "/api/jwt/refresh", "cut": cut, "times": 1})).await;
        let request = emulator.client.post(format!("{}/api/jwt/refresh", emulator.url()));
        let sent = request.header("content-type", "application/json").body(json!({"refreshToken": token}).to_string()).send().await;
        match (cut, sent) {
            ("headers", Err(_)) => {}
            ("body", Ok(response)) => {
                assert_eq!(response.status(), 200, "the headers and cookies must arrive");
                assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
                assert!(response.text().await.is_err(), "the body must be cut off");
            }
            (_, sent) => panic!("{cut}: {sent:?}"),
        }
        assert_eq!(emulator.refresh(&token).await.status, 400, "{cut}: the token must have been rotated");
    }
    fault(&emulator, json!({"path": "/api/jwt/refresh", "status": 429, "retryAfterSeconds": 7, "times": 1})).await;
    let origin = ("origin", "http://store.spa-local-storage.localhost:8080");
    let busy = emulator.send(Method::POST, "/api/jwt/refresh", &[origin], json!({})).await;
    assert_eq!((busy.status, busy.header("retry-after")), (429, Some("7")));
    assert!(
        busy.header("access-control-expose-headers").is_some_and(|it| it.contains("Retry-After")),
        "kickstart.json exposes this header"
    );
    fault(&emulator, json!({"path": "/api/status", "status": 500, "forMilliseconds": 1})).await;
    tokio::time::timeout(HANG_GUARD, async { while emulator.send(Method::GET, "/api/status", &[], Value::Null).await.status == 500 {} })
        .await
        .expect("the fault must end after forMilliseconds");
    for wrong in [
        json!({"path": "x"}),
        json!({"path": "/", "status": 99}),
        json!({"path": "/", "cut": "tail"}),
        json!({"path": "/", "hold": "cut"}),
        json!({"status": 500}),
    ] {
        assert_eq!(emulator.post("/emulator/faults", wrong.clone()).await.status, 400, "{wrong}");
    }
    assert_eq!(emulator.send(Method::GET, "/emulator/faults", &[], Value::Null).await.json(), json!({"faults": []}));
}

#[tokio::test]
async fn requests_and_answers_are_held_until_they_are_released() {
    let emulator = TestEmulator::start().await;
    emulator.patch_jwt(json!({"refreshTokenUsagePolicy": "OneTimeUse"})).await;
    let remove = async |fault: &str| emulator.send(Method::DELETE, fault, &[], Value::Null).await.status;
    for hold in ["request", "answer"] {
        let token = emulator.login("shopper@example.com").await.member("refreshToken");
        let refresh = emulator.client.post(format!("{}/api/jwt/refresh", emulator.url()));
        let refresh = refresh.header("content-type", "application/json").body(json!({"refreshToken": token}).to_string());
        let first = fault(&emulator, json!({"path": "/api/jwt/refresh", "hold": hold, "times": 1})).await;
        let second = fault(&emulator, json!({"path": "/api/jwt/*", "hold": "request"})).await;
        assert_eq!(held(&emulator, &first, 0).await, 0);
        let waiting = tokio::spawn(refresh.send());
        assert_eq!(held(&emulator, &first, 1).await, 1);
        // No fault holds requests for other paths. The second fault holds the next refresh, and its removal releases only that refresh.
        assert_eq!(emulator.send(Method::GET, "/api/status", &[], Value::Null).await.status, 200);
        let other = emulator.client.post(format!("{}/api/jwt/refresh", emulator.url())).body("{}");
        let other = tokio::spawn(other.header("content-type", "application/json").send());
        assert_eq!(held(&emulator, &second, 1).await, 1);
        assert_eq!(remove(&second).await, 200);
        assert_eq!(other.await.unwrap().unwrap().status(), 400);
        assert_eq!((held(&emulator, &first, 1).await, waiting.is_finished()), (1, false));
        // The one-time token has been used if the request was handled before it was held.
        let used = emulator.refresh(&token).await.status == 400;
        assert_eq!(used, hold == "answer");
        assert_eq!((remove(&first).await, remove(&first).await), (200, 404));
        assert_eq!(waiting.await.unwrap().unwrap().status(), if hold == "answer" { 200 } else { 400 });
        assert_eq!(emulator.send(Method::GET, &first, &[], Value::Null).await.status, 404);
    }
}

#[tokio::test]
async fn nothing_is_held_for_ever() {
    let emulator = TestEmulator::start().await;
    let status = || tokio::spawn(emulator.client.get(format!("{}/api/status", emulator.url())).send());
    let ended = async |request: tokio::task::JoinHandle<_>| {
        let answer: reqwest::Result<reqwest::Response> = tokio::time::timeout(HANG_GUARD, request).await.unwrap().unwrap();
        assert_eq!(answer.unwrap().status(), 200);
    };
    let hold = json!({"path": "/api/status", "hold": "request"});
    let all = fault(&emulator, hold.clone()).await;
    let requests = [status(), status()];
    assert_eq!(held(&emulator, &all, 2).await, 2);
    clear(&emulator).await;
    for request in requests {
        ended(request).await;
    }
    let until_reset = fault(&emulator, hold.clone()).await;
    let request = status();
    assert_eq!(held(&emulator, &until_reset, 1).await, 1);
    // A reset waits neither for a held request nor for a `GET` that waits until the fault holds more requests.
    let more = tokio::spawn(emulator.client.get(format!("{}{until_reset}?held=2", emulator.url())).send());
    assert_eq!(emulator.send(Method::POST, "/emulator/reset", &[], Value::Null).await.status, 200);
    ended(request).await;
    assert_eq!(more.await.unwrap().unwrap().status(), 404);

    let mut short = hold.clone();
    short["forMilliseconds"] = json!(50);
    fault(&emulator, short).await;
    ended(status()).await;

    let gone = fault(&emulator, hold).await;
    let request = status();
    assert_eq!(held(&emulator, &gone, 1).await, 1);
    request.abort();
    tokio::time::timeout(HANG_GUARD, async { while held(&emulator, &gone, 0).await > 0 {} })
        .await
        .expect("the fault must release the request of a client that hangs up");
}

#[tokio::test]
async fn the_clock_advances() {
    let emulator = TestEmulator::start().await;
    let login = emulator.login("shopper@example.com").await;
    let validate = async || {
        let bearer = format!("Bearer {}", login.member("token"));
        emulator.send(Method::GET, "/api/jwt/validate", &[("authorization", &bearer)], Value::Null).await.status
    };
    assert_eq!(validate().await, 200);
    let answer = emulator.post("/emulator/clock", json!({"advanceSeconds": 300})).await.json();
    assert_eq!(answer, json!({"advancedSeconds": 300, "nowMilliseconds": START_MS + 300_000}));
    assert_eq!(validate().await, 401);
    for wrong in [json!({"advanceSeconds": -1}), json!({"advanceSeconds": i64::MAX}), json!({}), json!({"advanceSeconds": "1"})] {
        assert_eq!(emulator.post("/emulator/clock", wrong.clone()).await.status, 400, "{wrong}");
    }
    assert_eq!(emulator.send(Method::GET, "/emulator/clock", &[], Value::Null).await.json()["advancedSeconds"], json!(300));
}

#[tokio::test]
async fn a_reset_is_a_first_start() {
    let emulator = TestEmulator::start().await;
    let token = emulator.login("shopper@example.com").await.member("refreshToken");
    emulator.post("/emulator/clock", json!({"advanceSeconds": 300})).await;
    fault(&emulator, json!({"path": "/api/status", "status": 500})).await;
    emulator.send(Method::PATCH, "/emulator/behaviours", &[], json!({"behaviours": {"refreshFailure": "404"}})).await;
    emulator.patch_jwt(json!({"timeToLiveInSeconds": 7})).await;
    emulator.admin(Method::DELETE, &format!("/api/user/{SHOPPER}?hardDelete=true"), Value::Null).await;
    let answer = emulator.send(Method::POST, "/emulator/reset", &[], Value::Null).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, r#"{"status":"ok"}"#));
    let login = emulator.login("shopper@example.com").await;
    let claims = claims(&login.member("token"));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 300);
    assert_eq!(claims["iat"], json!(START_MS / 1_000));
    assert_eq!(emulator.refresh(&token).await.status, 400);
    assert_eq!(emulator.send(Method::GET, "/api/status", &[], Value::Null).await.status, 200);
    assert_eq!(emulator.send(Method::GET, "/emulator/mail", &[], Value::Null).await.json()["messages"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn open_questions_are_answered_as_asked() {
    let emulator = TestEmulator::start().await;
    let switch = async |name: &str, value: &str| {
        let answer = emulator.send(Method::PATCH, "/emulator/behaviours", &[], json!({"behaviours": {name: value}})).await;
        assert_eq!((answer.status, &answer.json()["behaviours"][name]), (200, &json!(value)));
    };
    let refresh = async |body: Value, cookie: &str| emulator.send(Method::POST, "/api/jwt/refresh", &[("cookie", cookie)], body).await;
    for status in ["401", "404", "400"] {
        switch("refreshFailure", status).await;
        switch("refreshWithoutToken", status).await;
        for answer in [refresh(json!({"refreshToken": "gone"}), "a=b").await, refresh(json!({}), "a=b").await] {
            assert_eq!((answer.status.to_string().as_str(), answer.text.is_empty()), (status, status != "400"));
        }
    }
    let token = emulator.login("shopper@example.com").await.member("refreshToken");
    emulator.patch_store(json!({"loginConfiguration": {"allowTokenRefresh": false}})).await;
    switch("refreshNotAllowed", "401").await;
    assert_eq!(emulator.refresh(&token).await.status, 401);
    emulator.patch_store(json!({"loginConfiguration": {"allowTokenRefresh": true}})).await;

    switch("failedRefreshCookies", "clear").await;
    let cleared = refresh(json!({}), "access_token=x; refresh_token=gone").await;
    assert_eq!(cleared.cookies(), ["access_token=; Max-Age=0; Path=/", "refresh_token=; Max-Age=0; Path=/"]);
    switch("fixedMaxAge", "remaining").await;
    emulator.advance_seconds(100);
    assert!(emulator.refresh(&token).await.cookies()[1].contains("Max-Age=2591900;"));
    switch("sameSite", "strict").await;
    assert!(emulator.login("shopper@example.com").await.cookies().iter().all(|it| it.ends_with("SameSite=Strict")));
    switch("unverifiedToken", "present").await;
    let unverified = emulator.login("unverified@example.com").await;
    assert_eq!((unverified.status, unverified.json()["token"].is_string(), unverified.cookies().len()), (212, true, 1));
    let off = json!({"systemConfiguration": {"corsConfiguration": {"enabled": false}}});
    emulator.admin(Method::PATCH, "/api/system-configuration", off).await;
    let foreign = [("origin", "http://any.example")];
    assert_eq!(emulator.send(Method::POST, "/api/logout", &foreign, json!({})).await.status, 200);
    switch("corsOff", "denied").await;
    assert_eq!(emulator.send(Method::POST, "/api/logout", &foreign, json!({})).await.status, 403);
    let wrong = emulator.send(Method::PATCH, "/emulator/behaviours", &[], json!({"behaviours": {"refreshFailure": "403"}})).await;
    assert_eq!((wrong.status, wrong.codes()[0].0.as_str()), (400, "behaviours.refreshFailure"));
    assert_eq!(emulator.post("/api/login", json!({"applicationId": STORE, "loginId": "x", "password": "y"})).await.status, 404);
}

/// After `advance`, a backend with the real clock would accept old tokens, and refuse new ones as issued in the future (RFC 7519 section
/// 4.1.6).
#[tokio::test]
async fn an_expired_token_is_in_the_past_of_every_clock() {
    let emulator = TestEmulator::start().await;
    let issue = async |body: Value| emulator.post("/emulator/expired-token", body).await;
    let of = json!({"applicationId": STORE, "loginId": "shopper@example.com"});
    let token = issue(of.clone()).await.member("token");
    let (payload, now) = (claims(&token), emulator.now_seconds());
    assert_eq!((&payload["exp"], &payload["iat"]), (&json!(now - 60), &json!(now - 360)));
    assert_eq!((&payload["aud"], &payload["roles"], &payload["sub"]), (&json!(STORE), &json!(["user"]), &json!(SHOPPER)));
    let bearer = format!("Bearer {token}");
    assert_eq!(emulator.send(Method::GET, "/api/jwt/validate", &[("authorization", &bearer)], Value::Null).await.status, 401);
    let mut longer = of;
    longer["secondsAgo"] = json!(3_600);
    assert_eq!(claims(&issue(longer).await.member("token"))["exp"], json!(now - 3_600));
    for (member, value) in [("secondsAgo", json!(0)), ("loginId", json!("nobody")), ("applicationId", json!(SHOPPER))] {
        let mut wrong = json!({"applicationId": STORE, "loginId": "shopper@example.com"});
        wrong[member] = value;
        let answer = issue(wrong).await;
        assert_eq!((answer.status, answer.codes()[0].0.as_str()), (400, member));
    }
}
