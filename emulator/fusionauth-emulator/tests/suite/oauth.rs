//! `POST /oauth2/token` with the refresh grant.

use crate::test_emulator::{FORUMS, PASSWORD, SHOPPER, STORE, TestEmulator, TestResponse, claims};
use base64::Engine as _;
use reqwest::Method;
use serde_json::{Value, json};

const SECRET: &str = "development-only-store-client-secret";

async fn token(emulator: &TestEmulator, headers: &[(&str, &str)], form: &[(&str, &str)]) -> TestResponse {
    let mut request = emulator.client.post(format!("{}/oauth2/token", emulator.url()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = serde_urlencoded::to_string(form).unwrap();
    TestResponse::read(request.header("content-type", "application/x-www-form-urlencoded").body(body).send().await.unwrap()).await
}

async fn configure(emulator: &TestEmulator, settings: Value) {
    let path = format!("/api/application/{STORE}");
    let answer = emulator.admin(Method::PATCH, &path, json!({"application": {"oauthConfiguration": settings}})).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}")))
}

#[tokio::test]
async fn a_refresh_token_of_the_login_api_renews_without_cookies() {
    let emulator = TestEmulator::start().await;
    let login = emulator.login("shopper@example.com").await;
    let refresh = login.member("refreshToken");
    emulator.advance_seconds(400);
    let form = [("grant_type", "refresh_token"), ("client_id", STORE), ("client_secret", SECRET), ("refresh_token", refresh.as_str())];
    let basic = basic(STORE, SECRET);
    for (headers, form) in [(vec![], form.to_vec()), (vec![("authorization", basic.as_str())], vec![form[0], form[3]])] {
        let answer = token(&emulator, &headers, &form).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let body = answer.json();
        let members: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["access_token", "expires_in", "refresh_token", "refresh_token_id", "token_type", "userId"]);
        assert_eq!((&body["expires_in"], &body["token_type"], &body["userId"]), (&json!(300), &json!("Bearer"), &json!(SHOPPER)));
        assert_eq!(body["refresh_token"], json!(refresh), "a reusable token must stay");
        assert_eq!(body["refresh_token_id"], login.json()["refreshTokenId"]);
        assert!(answer.cookies().is_empty());
        let claims = claims(&answer.member("access_token"));
        assert_eq!(
            (&claims["authenticationType"], &claims["aud"], &claims["roles"]),
            (&json!("REFRESH_TOKEN"), &json!(STORE), &json!(["user"]))
        );
        let header = answer.member("access_token").split('.').next().unwrap().to_owned();
        let header: Value = serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
        assert_eq!(header["gty"], json!(["refresh_token"]));
    }
    let mut short = form.to_vec();
    short.push(("expires_in", "60"));
    assert_eq!(token(&emulator, &[], &short).await.json()["expires_in"], json!(60));
    // Without a body, the parameters are those of the query.
    let query = format!("/oauth2/token?{}", serde_urlencoded::to_string(&short).unwrap());
    assert_eq!(emulator.send(reqwest::Method::POST, &query, &[], Value::Null).await.json()["expires_in"], json!(60));

    emulator.patch_jwt(json!({"refreshTokenUsagePolicy": "OneTimeUse"})).await;
    let next = token(&emulator, &[], &form).await.member("refresh_token");
    assert_ne!(next, refresh, "a one-time token must be replaced");
    assert_eq!(token(&emulator, &[], &form).await.json()["error"], json!("invalid_grant"));
    assert_eq!(emulator.refresh(&next).await.status, 200, "both endpoints must know the token");
}

#[tokio::test]
async fn refusals_are_oauth_error_objects() {
    let emulator = TestEmulator::start().await;
    let refresh = emulator.login("shopper@example.com").await.member("refreshToken");
    let refresh = refresh.as_str();
    let grant = ("grant_type", "refresh_token");
    let (id, secret, token_field) = (("client_id", STORE), ("client_secret", SECRET), ("refresh_token", refresh));
    let (wrong, forums) = (basic(STORE, "wrong"), basic(FORUMS, "development-only-forums-client-secret"));
    // Authorization, form, status, error, reason.
    type Row<'a> = (Option<&'a str>, Vec<(&'a str, &'a str)>, u16, &'a str, &'a str);
    let rows: Vec<Row<'_>> = vec![
        (None, vec![id, secret, token_field], 400, "invalid_request", "missing_grant_type"),
        (None, vec![("grant_type", "refresh"), id, secret, token_field], 400, "unsupported_grant_type", "invalid_grant_type"),
        (None, vec![("grant_type", "password"), id, secret], 400, "unauthorized_client", "grant_type_disabled"),
        (None, vec![grant, token_field], 400, "invalid_request", "missing_client_id"),
        (None, vec![grant, ("client_id", "x"), secret, token_field], 401, "invalid_client", "invalid_client_id"),
        (None, vec![grant, ("client_id", SHOPPER), secret, token_field], 401, "invalid_client", "invalid_client_id"),
        (None, vec![grant, id, token_field], 401, "invalid_client", "missing_client_secret"),
        (None, vec![grant, id, ("client_secret", "wrong"), token_field], 401, "invalid_client", "invalid_client_authentication"),
        (Some(&wrong), vec![grant, token_field], 401, "invalid_client", "invalid_client_authentication"),
        (Some("Basic !"), vec![grant, token_field], 401, "invalid_client", "invalid_client_authentication"),
        (Some(&forums), vec![grant, id, token_field], 400, "invalid_request", "client_id_mismatch"),
        (Some(&forums), vec![grant, token_field], 400, "invalid_grant", "refresh_token_not_found"),
        (None, vec![grant, id, secret], 400, "invalid_request", "missing_refresh_token"),
        (None, vec![grant, id, secret, ("refresh_token", "x")], 400, "invalid_grant", "refresh_token_not_found"),
        (None, vec![grant, id, secret, token_field, ("expires_in", "301")], 400, "invalid_request", "invalid_expires_in"),
        (None, vec![grant, id, secret, token_field, ("expires_in", "x")], 400, "invalid_request", "invalid_expires_in"),
        (None, vec![grant, grant, id, secret, token_field], 400, "invalid_request", "unknown"),
    ];
    for (authorization, form, status, error, reason) in rows {
        let headers: Vec<_> = authorization.into_iter().map(|it| ("authorization", it)).collect();
        let answer = token(&emulator, &headers, &form).await;
        let body = answer.json();
        assert_eq!((answer.status, &body["error"], &body["error_reason"]), (status, &json!(error), &json!(reason)), "{form:?}");
        assert!(body["error_description"].is_string() && !answer.text.contains(refresh) && !answer.text.contains(SECRET));
        assert_eq!(answer.header("www-authenticate").is_some(), status == 401 && authorization.is_some(), "{form:?}");
    }
    let json = emulator.post("/oauth2/token", json!({"grant_type": "refresh_token", "client_id": STORE})).await;
    assert_eq!((json.status, &json.json()["error"]), (400, &json!("invalid_request")), "JSON must be refused");

    // Settings of the application change which requests are refused.
    let form = [grant, id, token_field];
    configure(&emulator, json!({"clientAuthenticationPolicy": "NotRequired"})).await;
    assert_eq!(token(&emulator, &[], &form).await.status, 200);
    assert_eq!(
        token(&emulator, &[], &[grant, id, ("client_secret", "wrong"), token_field]).await.status,
        401,
        "a wrong secret must be refused even if none is required"
    );
    configure(&emulator, json!({"clientAuthenticationPolicy": "NotRequiredWhenUsingPKCE"})).await;
    assert_eq!(token(&emulator, &[], &form).await.status, 200);
    configure(&emulator, json!({"enabledGrants": ["password"]})).await;
    assert_eq!(token(&emulator, &[], &form).await.json()["error_reason"], json!("grant_type_disabled"));
    configure(&emulator, json!({"enabledGrants": ["implicit"]})).await;
    assert_eq!(token(&emulator, &[], &[("grant_type", "implicit"), id]).await.status, 501, "the emulator lacks this grant");
    let no_entity = [("grant_type", "client_credentials"), id, secret];
    assert_eq!(token(&emulator, &[], &no_entity).await.status, 401, "only entities use this grant");
}

/// `exchangeUserCredentialsForAccessToken` of FusionAuth's clients, such as
/// <https://github.com/FusionAuth/fusionauth-typescript-client>. The errors are those of its `OAuthError`, and of
/// <https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/endpoints#oautherror>.
#[tokio::test]
async fn a_password_gives_tokens() {
    let emulator = TestEmulator::start().await;
    configure(&emulator, json!({"enabledGrants": ["password"]})).await;
    let grant = async |username: &str, password: &str, more: &[(&str, &str)]| {
        let form = [("grant_type", "password"), ("client_id", STORE), ("client_secret", SECRET)];
        let form: Vec<_> = form.into_iter().chain([("username", username), ("password", password)]).chain(more.iter().copied()).collect();
        token(&emulator, &[], &form).await
    };
    let more = [("scope", "openid offline_access"), ("metaData.device.name", "Phone")];
    let tokens = grant("shopper@example.com", PASSWORD, &more).await;
    let body = tokens.json();
    assert_eq!((tokens.status, &body["scope"], &body["userId"]), (200, &json!("openid offline_access"), &json!(SHOPPER)));
    let (access, id) = (claims(&tokens.member("access_token")), claims(&tokens.member("id_token")));
    assert_eq!((&access["authenticationType"], &access["roles"], &id["sub"]), (&json!("PASSWORD"), &json!(["user"]), &json!(SHOPPER)));
    assert_eq!(emulator.refresh(&tokens.member("refresh_token")).await.status, 200);
    let plain = grant("shopper@example.com", PASSWORD, &[]).await.json();
    assert!(plain["access_token"].is_string() && plain["id_token"].is_null() && plain["refresh_token"].is_null());
    assert_eq!(grant("unregistered@example.com", PASSWORD, &[]).await.status, 200);

    // User, password, error, reason.
    for (username, password, error, reason) in [
        ("shopper@example.com", "wrong", "invalid_grant", "invalid_user_credentials"),
        ("nobody@example.com", PASSWORD, "invalid_grant", "invalid_user_credentials"),
        ("", "", "invalid_grant", "invalid_user_credentials"),
        ("change@example.com", PASSWORD, "change_password_required", "change_password_administrative"),
        ("unverified@example.com", PASSWORD, "invalid_grant", "email_verification_required"),
        ("twofactor@example.com", PASSWORD, "two_factor_required", "multi_factor_challenge_required"),
        ("locked@example.com", PASSWORD, "invalid_grant", "user_locked"),
    ] {
        let answer = grant(username, password, &more).await;
        let body = answer.json();
        assert_eq!((answer.status, &body["error"], &body["error_reason"]), (400, &json!(error), &json!(reason)), "{username}");
        assert!(body["error_description"].is_string() && body["access_token"].is_null());
    }
    let second = grant("twofactor@example.com", PASSWORD, &[]).await;
    assert_eq!(second.json()["two_factor_methods"][0]["method"], json!("authenticator"));
    let code = crate::login::totp(emulator.now_seconds());
    let finish = json!({"applicationId": STORE, "twoFactorId": second.member("two_factor_id"), "code": code});
    assert_eq!(emulator.post("/api/two-factor/login", finish).await.status, 200);
    let change = grant("change@example.com", PASSWORD, &[]).await.member("change_password_id");
    let changed = emulator.post(&format!("/api/user/change-password/{change}"), json!({"password": "another-good-password"})).await;
    assert_eq!(changed.status, 200);
    configure(&emulator, json!({"requireRegistration": true})).await;
    let unregistered = grant("unregistered@example.com", PASSWORD, &[]).await;
    assert_eq!(unregistered.json()["error_reason"], json!("registration_required"));
}

/// FusionAuth's SDKs for browsers send `/app/login/?client_id=…`.
#[tokio::test]
async fn paths_of_the_hosted_backend_may_end_with_a_slash() {
    let emulator = TestEmulator::start().await;
    for (method, name) in
        [(Method::GET, "login"), (Method::GET, "register"), (Method::GET, "me"), (Method::POST, "refresh"), (Method::GET, "logout")]
    {
        let send = async |slash: &str| {
            emulator
                .send(method.clone(), &format!("/app/{name}{slash}?client_id={STORE}&redirect_uri=http://store.example/"), &[], Value::Null)
                .await
        };
        let (without, with) = (send("").await, send("/").await);
        assert_eq!((with.status, &with.text), (without.status, &without.text), "{name}");
        assert!(![404, 405, 501].contains(&with.status), "{name}: {}", with.status);
    }
}
