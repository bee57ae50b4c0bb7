//! Refresh, logout, revocation and validation.

use crate::test_emulator::{API_KEY, FORUMS, PASSWORD, SHOPPER, STORE, TestEmulator, TestResponse, claims};
use reqwest::Method;
use serde_json::{Value, json};

const INVALID: (&str, &str) = ("refreshToken", "[invalid]refreshToken");

fn is_invalid(answer: &TestResponse) -> bool {
    answer.status == 400 && answer.codes() == [(INVALID.0.to_owned(), INVALID.1.to_owned())] && answer.cookies().is_empty()
}

#[tokio::test]
async fn a_reusable_token_renews_and_stays() {
    let emulator = TestEmulator::start().await;
    let login = emulator.login("shopper@example.com").await;
    let refresh = login.member("refreshToken");
    emulator.advance_seconds(1_000);
    let answer = emulator.refresh(&refresh).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json().as_object().unwrap().keys().collect::<Vec<_>>(), ["refreshToken", "refreshTokenId", "token"]);
    assert_eq!(answer.member("refreshToken"), refresh);
    let token = answer.member("token");
    assert_eq!(
        answer.cookies(),
        [
            format!("access_token={token}; HttpOnly; Path=/; SameSite=Lax"),
            format!("refresh_token={refresh}; HttpOnly; Max-Age=2592000; Path=/; SameSite=Lax")
        ]
    );
    let (old, new) = (claims(&login.member("token")), claims(&token));
    assert_eq!((&new["authenticationType"], &new["auth_time"], &new["sid"]), (&json!("REFRESH_TOKEN"), &old["auth_time"], &old["sid"]));
    assert_eq!(new["iat"], json!(emulator.now_seconds()));
}

#[tokio::test]
async fn the_cookie_beats_the_body_and_nothing_is_no_token() {
    let emulator = TestEmulator::start().await;
    let refresh = emulator.login("shopper@example.com").await.member("refreshToken");
    let cookie = |value: &str| format!("refresh_token={value}");
    let rows = [
        (None, json!({"refreshToken": refresh}), 200),
        (Some(cookie(&refresh)), json!({"refreshToken": "wrong"}), 200),
        (Some(cookie("wrong")), json!({"refreshToken": refresh}), 400),
        (Some(cookie("")), json!({"refreshToken": refresh}), 200),
        (Some(cookie(&refresh)), Value::Null, 200),
        (None, json!({}), 400),
        (None, json!({"refreshToken": refresh, "timeToLiveInSeconds": 10}), 200),
        (None, json!({"refreshToken": refresh, "timeToLiveInSeconds": 301}), 400),
        (None, json!({"refreshToken": refresh, "timeToLiveInSeconds": 0}), 400),
        (None, json!({"refresh_token": refresh}), 400),
    ];
    for (cookie, body, status) in rows {
        let headers: Vec<_> = cookie.iter().map(|it| ("cookie", it.as_str())).collect();
        let answer = emulator.send(Method::POST, "/api/jwt/refresh", &headers, body.clone()).await;
        assert_eq!(answer.status, status, "{headers:?} {body}");
    }
}

#[tokio::test]
async fn each_expiry_policy_ends_when_it_says() {
    let emulator = TestEmulator::start().await;
    // Policy, whether the token is used after 6 minutes, the minute at which it expires.
    for (policy, used, end) in
        [("Fixed", true, 10), ("SlidingWindow", false, 10), ("SlidingWindow", true, 16), ("SlidingWindowWithMaximumLifetime", true, 12)]
    {
        emulator
            .patch_jwt(json!({
                "refreshTokenExpirationPolicy": policy, "refreshTokenTimeToLiveInMinutes": 10,
                "refreshTokenSlidingWindowConfiguration": {"maximumTimeToLiveInMinutes": 12},
            }))
            .await;
        let refresh = emulator.login("shopper@example.com").await.member("refreshToken");
        emulator.advance_seconds(6 * 60);
        if used {
            assert_eq!(emulator.refresh(&refresh).await.status, 200, "{policy}");
        }
        emulator.advance_seconds((end - 6) * 60);
        assert!(is_invalid(&emulator.refresh(&refresh).await), "{policy} at {end} min");
    }
}

#[tokio::test]
async fn a_one_time_token_is_used_once() {
    let emulator = TestEmulator::start().await;
    emulator.patch_jwt(json!({"refreshTokenUsagePolicy": "OneTimeUse"})).await;
    let login = emulator.login("shopper@example.com").await;
    let first = login.member("refreshToken");
    let answer = emulator.refresh(&first).await;
    let second = answer.member("refreshToken");
    assert_ne!(first, second);
    assert!(answer.cookies()[1].starts_with(&format!("refresh_token={second};")));
    assert_eq!(answer.member("refreshTokenId"), login.member("refreshTokenId"), "the session must stay the same");
    assert!(is_invalid(&emulator.refresh(&first).await));
    assert_eq!(emulator.refresh(&second).await.status, 200, "a replay alone must revoke nothing");
}

#[tokio::test]
async fn within_the_grace_period_a_replay_gets_the_current_token() {
    let emulator = TestEmulator::start().await;
    emulator
        .patch_jwt(json!({"refreshTokenUsagePolicy": "OneTimeUse", "refreshTokenOneTimeUseConfiguration": {"gracePeriodInSeconds": 10}}))
        .await;
    let first = emulator.login("shopper@example.com").await.member("refreshToken");
    let second = emulator.refresh(&first).await.member("refreshToken");
    emulator.advance_seconds(9);
    assert_eq!(emulator.refresh(&first).await.member("refreshToken"), second);
    emulator.advance_seconds(1);
    assert!(is_invalid(&emulator.refresh(&first).await));
    assert_eq!(emulator.refresh(&second).await.status, 200);
}

#[tokio::test]
async fn reuse_revokes_the_session_if_the_tenant_says_so() {
    let emulator = TestEmulator::start().await;
    emulator.patch_jwt(json!({"refreshTokenUsagePolicy": "OneTimeUse"})).await;
    emulator.patch_tenant(json!({"jwtConfiguration": {"refreshTokenRevocationPolicy": {"onOneTimeTokenReuse": true}}})).await;
    let other = emulator.login("shopper@example.com").await.member("refreshToken");
    let first = emulator.login("shopper@example.com").await.member("refreshToken");
    let second = emulator.refresh(&first).await.member("refreshToken");
    assert!(is_invalid(&emulator.refresh(&first).await));
    assert!(is_invalid(&emulator.refresh(&second).await), "the session must end");
    assert_eq!(emulator.refresh(&other).await.status, 200, "other sessions must continue");
}

#[tokio::test]
async fn of_64_concurrent_refreshes_one_rotates() {
    let emulator = TestEmulator::start().await;
    for (grace, winners) in [(0, 1), (60, 64)] {
        emulator
            .patch_jwt(
                json!({"refreshTokenUsagePolicy": "OneTimeUse", "refreshTokenOneTimeUseConfiguration": {"gracePeriodInSeconds": grace}}),
            )
            .await;
        let token = emulator.login("shopper@example.com").await.member("refreshToken");
        let url = format!("{}/api/jwt/refresh", emulator.url());
        let calls: Vec<_> = (0..64)
            .map(|_| {
                let request =
                    emulator.client.post(&url).header("content-type", "application/json").body(json!({"refreshToken": token}).to_string());
                tokio::spawn(async move { TestResponse::read(request.send().await.unwrap()).await })
            })
            .collect();
        let mut renewed = Vec::new();
        for call in calls {
            let answer = call.await.unwrap();
            if answer.status == 200 {
                renewed.push(answer.member("refreshToken"));
            } else {
                assert!(is_invalid(&answer));
            }
        }
        assert_eq!(renewed.len(), winners, "grace {grace}");
        renewed.dedup();
        assert_eq!(renewed.len(), 1, "all successful answers must contain the same token");
        assert_eq!(emulator.refresh(&renewed[0]).await.status, 200);
    }
}

#[tokio::test]
async fn logout_revokes_the_named_session_and_deletes_sent_cookies() {
    let emulator = TestEmulator::start().await;
    const ACCESS: &str = "access_token=; Max-Age=0; Path=/";
    const REFRESH: &str = "refresh_token=; Max-Age=0; Path=/";
    // Whether a cookie has a token, whether the body has a token, the sessions that end (0: cookie's, 1: body's), `Set-Cookie` lines.
    let rows: [(bool, bool, &[usize], &[&str]); 4] = [
        (true, false, &[0], &[ACCESS, REFRESH]),
        (true, true, &[1], &[ACCESS, REFRESH]),
        (false, true, &[1], &[]),
        (false, false, &[], &[]),
    ];
    for (cookie, body, ended, lines) in rows {
        let tokens = [
            emulator.login("shopper@example.com").await.member("refreshToken"),
            emulator.login("shopper@example.com").await.member("refreshToken"),
        ];
        let line = format!("access_token=x; refresh_token={}", tokens[0]);
        let headers: &[_] = if cookie { &[("cookie", line.as_str())] } else { &[] };
        let json = if body { json!({"refreshToken": tokens[1]}) } else { json!({}) };
        let answer = emulator.send(Method::POST, "/api/logout", headers, json).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, ""));
        assert_eq!(answer.cookies(), lines, "cookie {cookie}, body {body}");
        for (index, token) in tokens.iter().enumerate() {
            assert_eq!(is_invalid(&emulator.refresh(token).await), ended.contains(&index), "cookie {cookie}, body {body}, session {index}");
        }
    }
    let tokens = [
        emulator.login("shopper@example.com").await.member("refreshToken"),
        emulator.login("shopper@example.com").await.member("refreshToken"),
    ];
    let second = emulator.login("second@example.com").await.member("refreshToken");
    let answer = emulator.post("/api/logout?unknown=1", json!({"global": true, "refreshToken": tokens[0]})).await;
    assert_eq!(answer.status, 200);
    assert!(is_invalid(&emulator.refresh(&tokens[1]).await), "`global` must end all sessions of the user");
    assert_eq!(emulator.refresh(&second).await.status, 200, "another user's session must continue");
}

#[tokio::test]
async fn revocation_in_all_forms() {
    let emulator = TestEmulator::start().await;
    let forms = [
        (format!("userId={SHOPPER}"), true, true, false),
        (format!("applicationId={STORE}"), true, false, true),
        (format!("userId={SHOPPER}&applicationId={FORUMS}"), false, true, false),
    ];
    for (query, store_ends, forums_ends, second_ends) in forms {
        let store = emulator.login("shopper@example.com").await.member("refreshToken");
        let forums = json!({"applicationId": FORUMS, "loginId": "shopper@example.com", "password": PASSWORD});
        let forums = emulator.post("/api/login", forums).await.member("refreshToken");
        let second = emulator.login("second@example.com").await.member("refreshToken");
        let path = format!("/api/jwt/refresh?{query}");
        assert_eq!(emulator.send(Method::DELETE, &path, &[], Value::Null).await.status, 401);
        let answer = emulator.admin(Method::DELETE, &path, Value::Null).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, ""));
        for (token, ends) in [(store, store_ends), (forums, forums_ends), (second, second_ends)] {
            assert_eq!(is_invalid(&emulator.refresh(&token).await), ends, "{query}");
        }
    }
    // A request with the user's access token or with an API key revokes one session.
    let login = emulator.login("shopper@example.com").await;
    let (id, owner) = (login.member("refreshTokenId"), format!("Bearer {}", login.member("token")));
    let stranger = format!("Bearer {}", emulator.login("second@example.com").await.member("token"));
    let rows = [
        (id.as_str(), stranger.as_str(), 401),
        ("no-uuid", API_KEY, 404),
        (SHOPPER, API_KEY, 404),
        (id.as_str(), "Bearer x", 401),
        (id.as_str(), owner.as_str(), 200),
        (id.as_str(), owner.as_str(), 404),
    ];
    for (id, authorization, status) in rows {
        let answer =
            emulator.send(Method::DELETE, &format!("/api/jwt/refresh/{id}"), &[("authorization", authorization)], Value::Null).await;
        assert_eq!(answer.status, status, "{id}");
    }
    let token = emulator.login("shopper@example.com").await.member("refreshToken");
    assert_eq!(emulator.admin(Method::DELETE, &format!("/api/jwt/refresh?token={token}"), Value::Null).await.status, 200);
    assert!(is_invalid(&emulator.refresh(&token).await));
    assert_eq!(emulator.admin(Method::DELETE, "/api/jwt/refresh", Value::Null).await.status, 400);
    let sessions = emulator.admin(Method::GET, &format!("/api/jwt/refresh?userId={SHOPPER}"), Value::Null).await;
    let left = sessions.json()["refreshTokens"].as_array().unwrap().clone();
    assert_eq!(left.iter().map(|it| &it["applicationId"]).collect::<Vec<_>>(), [STORE], "only the Store's session may be left");
    assert!(left[0]["token"].is_null(), "a session must be shown without its token");
}

#[tokio::test]
async fn validation_knows_signature_and_expiry_and_no_revocation() {
    let emulator = TestEmulator::start().await;
    let login = emulator.login("shopper@example.com").await;
    let token = login.member("token");
    emulator.post("/api/logout", json!({"refreshToken": login.member("refreshToken")})).await;
    let validate = |headers: Vec<(&'static str, String)>| {
        let emulator = &emulator;
        async move {
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            emulator.send(Method::GET, "/api/jwt/validate", &headers, Value::Null).await
        }
    };
    let good = validate(vec![("authorization", format!("Bearer {token}"))]).await;
    assert_eq!((good.status, &good.json()["jwt"]), (200, &claims(&token)));
    assert_eq!(validate(vec![("cookie", format!("access_token={token}"))]).await.status, 200);
    assert_eq!(validate(vec![("authorization", "Bearer x".to_owned()), ("cookie", format!("access_token={token}"))]).await.status, 401);

    use base64::Engine as _;
    let b64 = |json: Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json.to_string());
    let parts: Vec<&str> = token.split('.').collect();
    let header: Value = serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(parts[0]).unwrap()).unwrap();
    let mut other = claims(&token);
    other["sub"] = json!("20000000-0000-0000-0000-000000000002");
    let none = json!({"alg": "none", "kid": header["kid"], "typ": "JWT"});
    for forged in [
        format!("{}.{}.{}", parts[0], b64(other), parts[2]),
        format!("{}.{}.", b64(none.clone()), parts[1]),
        format!("{}.{}.{}", b64(none), parts[1], parts[2]),
        format!("{}.{}", parts[0], parts[1]),
        String::new(),
    ] {
        assert_eq!(validate(vec![("authorization", format!("Bearer {forged}"))]).await.status, 401);
    }
    emulator.advance_seconds(300);
    let expired = validate(vec![("authorization", format!("Bearer {token}"))]).await;
    assert_eq!((expired.status, expired.text.as_str()), (401, ""));
}
