//! Forged, foreign and stale tokens against the endpoints that need a token.

use crate::test_server::{Host, TestServer, problem, with_status};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use test_support::issuer::{FORUMS, KEY, OTHER_KEY, SHOPPER, STORE, claims, now, token};

/// Tokens that the server must refuse with 401: a name, the token, and the problem in the answer.
fn attacks() -> Vec<(&'static str, String, &'static str)> {
    let good = claims(SHOPPER, STORE);
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        KEY.sign(&claims)
    };
    let without = |name: &str| {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(name);
        KEY.sign(&claims)
    };
    let rs256 = || Header { kid: Some(KEY.id.to_owned()), ..Header::new(Algorithm::RS256) };
    let signed = token(SHOPPER, STORE);
    let (head, payload, signature) = parts(&signed);
    let invalid = "/problems/token-invalid";
    vec![
        (
            "payload changed",
            format!("{head}.{}.{signature}", URL_SAFE_NO_PAD.encode(good.to_string().replace(SHOPPER, "someone"))),
            invalid,
        ),
        ("signature changed", format!("{head}.{payload}.{}", flipped(signature)), invalid),
        ("signature cut off", format!("{head}.{payload}."), invalid),
        ("signature of another token", format!("{head}.{payload}.{}", parts(&with("jti", json!("x"))).2), invalid),
        ("alg none", unsigned(&json!({"alg": "none", "kid": KEY.id}), &good), invalid),
        ("alg None", unsigned(&json!({"alg": "None", "kid": KEY.id}), &good), invalid),
        ("HS256 with the public key as DER", hmac(&KEY.public_der, &good), invalid),
        ("HS256 with the public key as published", hmac(KEY.published()["n"].as_str().unwrap().as_bytes(), &good), invalid),
        ("HS256 with the modulus", hmac(&URL_SAFE_NO_PAD.decode(KEY.published()["n"].as_str().unwrap()).unwrap(), &good), invalid),
        (
            "RS512 with the right key",
            KEY.sign_with(&Header { kid: Some(KEY.id.to_owned()), ..Header::new(Algorithm::RS512) }, &good),
            invalid,
        ),
        ("another key under the known id", OTHER_KEY.sign_with(&rs256(), &good), invalid),
        (
            "a key that the token brings along",
            {
                let jwk = serde_json::from_value(OTHER_KEY.published()).unwrap();
                OTHER_KEY.sign_with(&Header { jwk: Some(jwk), kid: Some(OTHER_KEY.id.to_owned()), ..Header::new(Algorithm::RS256) }, &good)
            },
            invalid,
        ),
        ("no key id", KEY.sign_with(&Header::new(Algorithm::RS256), &good), invalid),
        ("an unknown critical extension", KEY.sign_with(&Header { crit: Some(vec!["x".to_owned()]), ..rs256() }, &good), invalid),
        (
            "an identity token",
            {
                let mut header = rs256();
                header.extras.insert("tty", "it");
                KEY.sign_with(&header, &good)
            },
            invalid,
        ),
        ("another issuer", with("iss", json!("evil.example")), invalid),
        ("no issuer", without("iss"), invalid),
        ("the Forums' token", token(SHOPPER, FORUMS), "/problems/token-of-another-application"),
        ("no audience", without("aud"), "/problems/token-of-another-application"),
        ("an empty list of audiences", with("aud", json!([])), "/problems/token-of-another-application"),
        ("an audience that is a number", with("aud", json!(1)), invalid),
        ("of a user who is not registered here", without("applicationId"), "/problems/not-registered"),
        ("expired", with("exp", json!(now() - 1)), "/problems/token-expired"),
        ("expires now", with("exp", json!(now())), "/problems/token-expired"),
        ("expired before 1970", with("exp", json!(-5)), "/problems/token-expired"),
        ("no expiry", without("exp"), invalid),
        ("an expiry that is text", with("exp", json!("tomorrow")), invalid),
        ("not valid yet", with("nbf", json!(now() + 60)), invalid),
        ("no user", without("sub"), invalid),
        ("no token", String::new(), invalid),
        ("no JWT", "hello".to_owned(), invalid),
        ("two dots", "..".to_owned(), invalid),
        ("far too long", "a".repeat(20_000), invalid),
    ]
}

#[tokio::test]
async fn every_bad_token_is_401_and_changes_nothing() {
    let server = TestServer::start().await;
    let before = server.cart(SHOPPER).await;
    for (attack, token, kind) in attacks() {
        for (method, path) in [
            (Method::GET, "/api/load-shopping-cart"),
            (Method::PUT, "/api/shopping-cart/lines/enamel-mug"),
            (Method::DELETE, "/api/shopping-cart/lines/enamel-mug"),
        ] {
            let answer = server.ask(method, Host::Store, path).bearer_auth(&token).json(&json!({"quantity": 9})).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{attack} on {path}");
            let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
            assert!(challenge.starts_with("Bearer error=\"invalid_token\""), "{attack}: {challenge}");
            assert!(token.is_empty() || !challenge.contains(&token), "{attack}: the answer repeats the token");
            assert_eq!(problem(answer).await.kind, kind, "{attack} on {path}");
        }
    }
    assert_eq!(server.cart(SHOPPER).await, before);
}

#[tokio::test]
async fn credentials_that_are_no_bearer_token_are_401() {
    let server = TestServer::start().await;
    let good = token(SHOPPER, STORE);
    let request = || server.get(Host::Store, "/api/load-shopping-cart");
    let missing = request().send().await.unwrap();
    assert_eq!(missing.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(missing.headers()["www-authenticate"], "Bearer", "no error code without a credential (RFC 6750 3.1)");
    assert_eq!(problem(missing).await.kind, "/problems/credential-missing");

    for (case, request) in [
        ("basic", request().basic_auth("shopper@example.com", Some("x"))),
        ("no scheme", request().header("authorization", &good)),
        ("twice", request().bearer_auth(&good).header("authorization", format!("Bearer {good}"))),
        ("two in one", request().header("authorization", format!("Bearer {good}, Bearer {good}"))),
        ("not text", request().header("authorization", &b"Bearer \xff\xfe"[..])),
    ] {
        assert_eq!(request.send().await.unwrap().status(), StatusCode::UNAUTHORIZED, "{case}");
    }
    for (case, request) in [
        ("cookie", request().header("cookie", format!("access_token={good}"))),
        ("query", server.get(Host::Store, &format!("/api/load-shopping-cart?access_token={good}"))),
    ] {
        assert_eq!(
            request.send().await.unwrap().status(),
            StatusCode::UNAUTHORIZED,
            "{case}: the server reads only the Authorization header"
        );
    }
    let any_case = request().header("authorization", format!("bEARER {good}")).send().await.unwrap();
    assert_eq!(any_case.status(), StatusCode::OK, "the scheme's case does not matter (RFC 9110 11.1)");
}

#[tokio::test]
async fn good_tokens_open() {
    let server = TestServer::start().await;
    let with = |name: &str, value: Value| {
        let mut claims = claims(SHOPPER, STORE);
        claims[name] = value;
        KEY.sign(&claims)
    };
    let mut access = Header { kid: Some(KEY.id.to_owned()), ..Header::new(Algorithm::RS256) };
    access.extras.insert("tty", "at");
    for (case, token) in [
        ("audience as text", token(SHOPPER, STORE)),
        ("audience in a list", with("aud", json!([FORUMS, STORE]))),
        ("a fraction in exp", with("exp", json!(now() as f64 + 60.5))),
        ("nbf in the past", with("nbf", json!(now() - 1))),
        ("marked as access token", KEY.sign_with(&access, &claims(SHOPPER, STORE))),
    ] {
        let answer = server.get(Host::Store, "/api/load-shopping-cart").bearer_auth(token).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{case}");
    }
}

#[tokio::test]
async fn leeway_is_what_the_flag_says() {
    let server = TestServer::start_with(&["--clock-leeway", "30"]).await;
    let expired = |ago: u64| {
        let mut claims = claims(SHOPPER, STORE);
        claims["exp"] = json!(now() - ago);
        KEY.sign(&claims)
    };
    let request = |token| server.get(Host::Store, "/api/load-shopping-cart").bearer_auth(token).send();
    assert_eq!(request(expired(10)).await.unwrap().status(), StatusCode::OK);
    assert_eq!(request(expired(31)).await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn user_tells_states_apart() {
    let server = TestServer::start().await;
    let request = || server.get(Host::Store, "/api/user");
    assert_eq!(problem(with_status(StatusCode::NOT_FOUND, request().send().await.unwrap())).await.kind, "/problems/not-signed-in");

    let foreign = request().bearer_auth(token(SHOPPER, FORUMS)).send().await.unwrap();
    assert_eq!(foreign.status(), StatusCode::NOT_FOUND);

    let nobody = ["/problems/token-of-another-application", "/problems/not-registered"];
    for (attack, token, kind) in attacks() {
        let answer = request().bearer_auth(token).send().await.unwrap();
        if nobody.contains(&kind) {
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{attack}");
            continue;
        }
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{attack}");
        assert_eq!(problem(answer).await.kind, kind, "{attack}");
    }

    let good = request().bearer_auth(token(SHOPPER, STORE)).send().await.unwrap();
    assert_eq!(good.status(), StatusCode::OK);
    assert_eq!(good.headers()["cache-control"], "no-store");
    assert_eq!(good.json::<Value>().await.unwrap(), json!({"id": SHOPPER, "email": "shopper@example.com", "displayName": "Clara Weiss"}));
}

fn parts(token: &str) -> (&str, &str, &str) {
    let mut parts = token.split('.');
    (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap())
}

/// Changes the first character of a signature, because the last character may contain only unused bits.
fn flipped(signature: &str) -> String {
    let other = if signature.starts_with('A') { "B" } else { "A" };
    format!("{other}{}", &signature[1..])
}

fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}.", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()))
}

fn hmac(secret: &[u8], claims: &Value) -> String {
    let header = Header { kid: Some(KEY.id.to_owned()), ..Header::new(Algorithm::HS256) };
    encode(&header, claims, &EncodingKey::from_secret(secret)).unwrap()
}
