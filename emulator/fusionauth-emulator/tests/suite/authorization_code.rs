//! The authorization code grant: `/oauth2/authorize` as a browser uses it, the exchange of the code, and the use of the tokens.

use crate::browser::{Browser, CHALLENGE, Fields, RETURN, SECRET, cookies, error_of, hidden_inputs, redirected, request, start};
use crate::login::totp;
use crate::test_emulator::{FORUMS, PASSWORD, SHOPPER, STORE, TENANT, claims};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

#[tokio::test]
async fn a_code_gives_tokens_once() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    let answer = browser.sign_in("shopper@example.com", &request(&[])).await;
    assert_eq!((answer["state"].as_str(), answer["userState"].as_str(), answer["from"].as_str()), ("a b&c", "Authenticated", "sign-in"));
    let tokens = browser.exchange(&answer["code"], &[]).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text);
    let body = tokens.json();
    assert_eq!(
        (&body["scope"], &body["token_type"], &body["userId"]),
        (&json!("openid email profile offline_access"), &json!("Bearer"), &json!(SHOPPER))
    );
    let (access, id) = (tokens.member("access_token"), claims(&tokens.member("id_token")));
    assert_eq!((&id["aud"], &id["nonce"], &id["given_name"], &id["sub"]), (&json!(STORE), &json!("n-1"), &json!("Sam"), &json!(SHOPPER)));
    assert_eq!(id["at_hash"], json!(URL_SAFE_NO_PAD.encode(&digest(&SHA256, access.as_bytes()).as_ref()[..16])));
    let claims_of_access = claims(&access);
    assert_eq!((&claims_of_access["scope"], &claims_of_access["roles"]), (&json!("openid email profile offline_access"), &json!(["user"])));
    assert_eq!(error_of(&browser.exchange(&answer["code"], &[]).await), (400, json!("invalid_request"), json!("auth_code_not_found")));

    let form = [("grant_type", "refresh_token"), ("client_id", STORE), ("client_secret", SECRET)];
    let refresh = tokens.member("refresh_token");
    let form: Fields<'_> = form.into_iter().chain([("refresh_token", refresh.as_str())]).collect();
    let renewed = browser.post("/oauth2/token", &form).await;
    assert_eq!(renewed.json()["scope"], json!("openid email profile offline_access"), "{}", renewed.text);
    assert_eq!(claims(&renewed.member("id_token"))["auth_time"], id["auth_time"]);

    let bearer = format!("Bearer {access}");
    for method in [Method::GET, Method::POST] {
        let info = emulator.send(method, "/oauth2/userinfo", &[("authorization", &bearer)], Value::Null).await.json();
        assert_eq!((&info["sub"], &info["email"], &info["given_name"]), (&json!(SHOPPER), &json!("shopper@example.com"), &json!("Sam")));
    }
    for headers in [vec![], vec![("authorization", "Bearer x")]] {
        let refused = emulator.send(Method::GET, "/oauth2/userinfo", &headers, Value::Null).await;
        assert_eq!((refused.status, refused.header("www-authenticate").is_some()), (401, true));
    }
    let of = |id: &'static str, secret: &'static str, token: String| {
        [("client_id", id.to_owned()), ("client_secret", secret.to_owned()), ("token", token)]
    };
    let introspect = async |form: [(&'static str, String); 3]| {
        browser.post("/oauth2/introspect", &form.each_ref().map(|(name, value)| (*name, value.as_str()))).await
    };
    let active = introspect(of(STORE, SECRET, access.clone())).await.json();
    assert_eq!((&active["active"], &active["sub"]), (&json!(true), &json!(SHOPPER)));
    assert_eq!(introspect(of(STORE, SECRET, "x.y.z".to_owned())).await.json(), json!({"active": false}));
    assert_eq!(introspect(of(FORUMS, "development-only-forums-client-secret", access)).await.status, 401, "the token is for the Store");
    assert_eq!(introspect(of(STORE, "wrong", refresh.clone())).await.status, 401);
}

/// <https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/endpoints#userinfo>: "the token must be an access token". It is the same
/// with introspection (RFC 7662 is about access tokens and refresh tokens) and the hosted backend.
#[tokio::test]
async fn an_id_token_is_no_access_token() {
    let emulator = start().await;
    // The first half of a second would make a rounding error visible.
    emulator.advance_milliseconds(900);
    let browser = Browser::new(&emulator);
    let code = browser.sign_in("shopper@example.com", &request(&[])).await["code"].clone();
    let tokens = browser.exchange(&code, &[]).await;
    let (access, id) = (tokens.member("access_token"), tokens.member("id_token"));
    assert_eq!(claims(&id)["exp"], claims(&access)["exp"]);
    let get = async |path: &str, name: &str, value: String| emulator.send(Method::GET, path, &[(name, &value)], Value::Null).await;
    for (token, status) in [(&access, 200), (&id, 401)] {
        assert_eq!(get("/oauth2/userinfo", "authorization", format!("Bearer {token}")).await.status, status);
        assert_eq!(get(&format!("/app/me/{STORE}"), "cookie", format!("app.at={token}")).await.status, status);
        assert_eq!(get("/api/user", "authorization", format!("Bearer {token}")).await.status, status);
        let form = [("client_id", STORE), ("client_secret", SECRET), ("token", token)];
        assert_eq!(browser.post("/oauth2/introspect", &form).await.json()["active"], json!(status == 200));
    }
}

#[tokio::test]
async fn scopes_decide_which_tokens_are_issued() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    for (scope, id_token, refresh_token) in [("", false, false), ("openid", true, false), ("offline_access", false, true)] {
        let code = browser.sign_in("shopper@example.com", &request(&[("scope", scope)])).await["code"].clone();
        let body = browser.exchange(&code, &[]).await.json();
        assert_eq!((body["id_token"].is_string(), body["refresh_token"].is_string()), (id_token, refresh_token), "{scope}");
    }
    emulator.patch_store(json!({"oauthConfiguration": {"generateRefreshTokens": false}})).await;
    let code = browser.sign_in("shopper@example.com", &request(&[])).await["code"].clone();
    assert!(browser.exchange(&code, &[]).await.json()["refresh_token"].is_null());
}

/// The table of <https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/scopes#scope-handling-policy>. The Login API is not part of it.
#[tokio::test]
async fn scopes_decide_which_claims_about_the_user_are_sent() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    let user =
        json!({"user": {"mobilePhone": "+4930123456", "preferredLanguages": ["de"], "timezone": "Europe/Berlin", "username": "sam"}});
    assert_eq!(emulator.admin(Method::PATCH, &format!("/api/user/{SHOPPER}"), user).await.status, 200);
    const ABOUT_USER: [&str; 8] =
        ["email", "email_verified", "given_name", "locale", "name", "phone_number", "preferred_username", "zoneinfo"];
    let about_user = |claims: &Value| ABOUT_USER.into_iter().filter(|it| !claims[*it].is_null()).collect::<Vec<_>>().join(" ");
    let tokens = async |scope: &'static str| {
        let code = browser.sign_in("shopper@example.com", &request(&[("scope", scope)])).await["code"].clone();
        browser.exchange(&code, &[]).await
    };
    let user_info = async |token: &str| {
        emulator.send(Method::GET, "/oauth2/userinfo", &[("authorization", &format!("Bearer {token}"))], Value::Null).await
    };
    for (scope, expected) in [
        ("openid", ""),
        ("openid email", "email email_verified"),
        ("openid profile", "given_name locale preferred_username zoneinfo"),
        ("openid phone", "phone_number"),
    ] {
        let tokens = tokens(scope).await;
        let (access, id) = (tokens.member("access_token"), claims(&tokens.member("id_token")));
        assert_eq!((about_user(&claims(&access)).as_str(), about_user(&id).as_str(), &id["scope"]), ("", expected, &json!(scope)));
        assert_eq!(about_user(&user_info(&access).await.json()), expected, "{scope}");
    }
    let without_openid = tokens("email").await.member("access_token");
    assert_eq!(user_info(&without_openid).await.status, 401);
    let of_login_api = claims(&emulator.login("shopper@example.com").await.member("token"));
    assert_eq!(about_user(&of_login_api), "email email_verified preferred_username");

    emulator.patch_store(json!({"oauthConfiguration": {"scopeHandlingPolicy": "Compatibility"}})).await;
    let compatible = tokens("openid").await;
    assert_eq!(about_user(&claims(&compatible.member("access_token"))), "email email_verified preferred_username");
    let all = "email email_verified given_name locale preferred_username zoneinfo";
    assert_eq!(about_user(&claims(&compatible.member("id_token"))), all);
    assert_eq!(user_info(&tokens("email").await.member("access_token")).await.status, 200);
}

/// <https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/scopes>: an application knows the provided scopes that it has on, and its
/// own. `unknownScopePolicy` decides about the others.
#[tokio::test]
async fn unknown_scopes_are_rejected_removed_or_allowed() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    let oauth = json!({"deviceVerificationURL": RETURN, "enabledGrants": ["authorization_code", "refresh_token", "password",
        "urn:ietf:params:oauth:grant-type:device_code"], "providedScopePolicy": {"phone": {"enabled": false}}});
    emulator.patch_store(json!({"oauthConfiguration": oauth})).await;
    let scope = |it| request(&[("scope", it)]);
    for unknown in ["openid cart", "phone"] {
        let refused = redirected(&browser.get("/oauth2/authorize", &scope(unknown), "").await);
        assert_eq!((refused["error"].as_str(), refused["error_reason"].as_str()), ("invalid_scope", "unknown_scope"), "{unknown}");
        let client = [("client_id", STORE), ("client_secret", SECRET), ("scope", unknown)];
        let password = [("grant_type", "password"), ("username", "shopper@example.com"), ("password", PASSWORD)];
        let form: Fields<'_> = client.into_iter().chain(password).collect();
        for (path, form) in [("/oauth2/device_authorize", &client[..]), ("/oauth2/token", &form)] {
            assert_eq!(error_of(&browser.post(path, form).await), (400, json!("invalid_scope"), json!("unknown_scope")), "{path}");
        }
    }
    for (policy, granted) in [("Remove", "openid"), ("Allow", "openid cart")] {
        emulator.patch_store(json!({"oauthConfiguration": {"unknownScopePolicy": policy}})).await;
        let code = browser.sign_in("shopper@example.com", &scope("openid cart")).await["code"].clone();
        assert_eq!(browser.exchange(&code, &[]).await.json()["scope"], json!(granted), "{policy}");
    }
    emulator.patch_store(json!({"oauthConfiguration": {"unknownScopePolicy": "Reject"}})).await;
    let own = emulator.admin(Method::POST, &format!("/api/application/{STORE}/scope"), json!({"scope": {"name": "cart"}})).await;
    assert_eq!(own.status, 200, "{}", own.text);
    assert_eq!(browser.get("/oauth2/authorize", &scope("openid cart"), "").await.status, 200);
}

/// <https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/tokens>: `gty` has all grants, and the refresh grant can narrow the scope.
#[tokio::test]
async fn a_renewal_names_its_grants_and_never_widens_the_scope() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    let code = browser.sign_in("shopper@example.com", &request(&[])).await["code"].clone();
    let refresh = browser.exchange(&code, &[]).await.member("refresh_token");
    let renew = async |scope: &str| {
        let form = [("grant_type", "refresh_token"), ("client_id", STORE), ("client_secret", SECRET), ("refresh_token", &refresh)];
        browser.post("/oauth2/token", &form.into_iter().chain([("scope", scope)]).collect::<Vec<_>>()).await
    };
    let narrow = renew("openid").await;
    assert_eq!(narrow.json()["scope"], json!("openid"));
    let header = narrow.member("access_token").split('.').next().map(|it| URL_SAFE_NO_PAD.decode(it).unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(header["gty"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(renew("").await.json()["scope"], json!("openid email profile offline_access"), "the session keeps its scopes");
    assert_eq!(error_of(&renew("openid phone").await), (400, json!("invalid_scope"), json!("unknown_scope")));
}

/// <https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/response-modes>. ASP.NET Core sends `form_post` by default.
#[tokio::test]
async fn the_response_mode_brings_the_answer_to_the_client() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    let typed = [("loginId", "shopper@example.com"), ("password", PASSWORD)];
    let (form, fragment) = (request(&[("response_mode", "form_post")]), request(&[("response_mode", "fragment")]));
    let posted = browser.submit(&browser.get("/oauth2/authorize", &form, "").await, &typed).await;
    let action = format!("<form method=\"post\" action=\"{RETURN}\">");
    assert!(posted.status == 200 && posted.text.contains(&action) && posted.text.contains("submit()"), "{}", posted.text);
    assert_eq!(posted.header("referrer-policy"), Some("strict-origin"), "with same-origin, a browser would send `Origin: null`");
    let fields: std::collections::BTreeMap<_, _> = hidden_inputs(&posted.text).into_iter().collect();
    assert_eq!((fields["state"].as_str(), fields["locale"].as_str()), ("a b&c", "en"));
    assert_eq!(browser.exchange(&fields["code"], &[]).await.status, 200);
    let silent = request(&[("prompt", "none"), ("response_mode", "form_post")]);
    let refused = browser.get("/oauth2/authorize", &silent, "").await;
    assert!(hidden_inputs(&refused.text).contains(&("error".to_owned(), "login_required".to_owned())), "{}", refused.text);

    let answer = browser.submit(&browser.get("/oauth2/authorize", &fragment, "").await, &typed).await;
    let location = answer.header("location").unwrap().to_owned();
    let parameters = location.strip_prefix(&format!("{RETURN}#")).unwrap_or_else(|| panic!("{location}"));
    let parameters: Vec<(String, String)> = serde_urlencoded::from_str(parameters).unwrap();
    assert!(parameters.iter().any(|(name, _)| name == "code"), "{location}");
}

#[tokio::test]
async fn bad_requests_never_reach_the_sign_in_page() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    // The emulator must not redirect to a URL that the application does not allow.
    for (change, reason) in [
        (("client_id", ""), "missing_client_id"),
        (("client_id", SHOPPER), "invalid_client_id"),
        (("client_id", "x"), "invalid_client_id"),
        (("redirect_uri", ""), "missing_redirect_uri"),
        (("redirect_uri", "http://store.example/callback"), "invalid_redirect_uri"),
        (("redirect_uri", "http://evil.example/"), "invalid_redirect_uri"),
        (("tenantId", SHOPPER), "invalid_tenant_id"),
    ] {
        for answer in
            [browser.get("/oauth2/authorize", &request(&[change]), "").await, browser.post("/oauth2/authorize", &request(&[change])).await]
        {
            assert_eq!(error_of(&answer), (400, json!("invalid_request"), json!(reason)), "{change:?}");
        }
    }
    // The text of https://github.com/FusionAuth/fusionauth-example-react/issues/22.
    let answer = browser.get("/oauth2/authorize", &request(&[("redirect_uri", "http://evil.example/")]), "").await;
    assert_eq!(answer.json()["error_description"], json!("Invalid redirect uri http://evil.example/"));
    for (change, error, reason) in [
        (("response_type", ""), "invalid_request", "missing_response_type"),
        (("response_type", "token"), "unsupported_response_type", "invalid_response_type"),
        (("response_mode", "body"), "invalid_request", "invalid_response_mode"),
        (("code_challenge", "short"), "invalid_request", "invalid_pkce_code_challenge"),
        (("code_challenge", ""), "invalid_request", "missing_code_challenge"),
        (("code_challenge_method", "plain"), "invalid_request", "invalid_pkce_code_challenge_method"),
        (("code_challenge_method", ""), "invalid_request", "invalid_pkce_code_challenge_method"),
        (("prompt", "none"), "login_required", "authentication_required"),
    ] {
        let answer = redirected(&browser.get("/oauth2/authorize", &request(&[change]), "").await);
        assert_eq!(
            (answer["error"].as_str(), answer["error_reason"].as_str(), answer["state"].as_str()),
            (error, reason, "a b&c"),
            "{change:?}"
        );
    }
    assert_eq!(browser.get("/oauth2/authorize", &request(&[("tenantId", TENANT)]), "").await.status, 200);
    let without_proof = request(&[("code_challenge", ""), ("code_challenge_method", "")]);
    assert_eq!(browser.get("/oauth2/authorize", &without_proof, "").await.status, 200);
    emulator.patch_store(json!({"oauthConfiguration": {"proofKeyForCodeExchangePolicy": "Required"}})).await;
    assert_eq!(redirected(&browser.get("/oauth2/authorize", &without_proof, "").await)["error_reason"], "missing_code_challenge");
    emulator.patch_store(json!({"oauthConfiguration": {"enabledGrants": ["refresh_token"]}})).await;
    assert_eq!(redirected(&browser.get("/oauth2/authorize", &request(&[]), "").await)["error_reason"], "grant_type_disabled");
}

#[tokio::test]
async fn an_exchange_must_match_its_request() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    let code = async || browser.sign_in("shopper@example.com", &request(&[])).await["code"].clone();
    for (change, error, reason) in [
        (("redirect_uri", "http://store.example/"), "invalid_grant", "invalid_redirect_uri"),
        (("redirect_uri", ""), "invalid_request", "missing_redirect_uri"),
        (("code_verifier", CHALLENGE), "invalid_grant", "invalid_pkce_code_verifier"),
        (("code_verifier", ""), "invalid_request", "missing_code_verifier"),
        (("code", "unknown"), "invalid_request", "auth_code_not_found"),
        (("code", ""), "invalid_request", "missing_code"),
    ] {
        assert_eq!(error_of(&browser.exchange(&code().await, &[change]).await), (400, json!(error), json!(reason)), "{change:?}");
    }
    // The exchange has a verifier, but the authorization request had no challenge: an attacker may have removed it.
    let plain =
        browser.sign_in("shopper@example.com", &request(&[("code_challenge", ""), ("code_challenge_method", "")])).await["code"].clone();
    assert_eq!(browser.exchange(&plain, &[]).await.json()["error_reason"], json!("invalid_pkce_code_verifier"));

    let own = code().await;
    emulator
        .admin(
            Method::PATCH,
            &format!("/api/application/{FORUMS}"),
            json!({"application": {"oauthConfiguration": {"enabledGrants": ["authorization_code"]}}}),
        )
        .await;
    let forums = [("client_id", FORUMS), ("client_secret", "development-only-forums-client-secret")];
    assert_eq!(browser.exchange(&own, &forums).await.json()["error_reason"], json!("auth_code_not_found"));
    assert_eq!(browser.exchange(&own, &[]).await.status, 200, "another client must not use up the code");

    emulator.patch_store(json!({"oauthConfiguration": {"clientAuthenticationPolicy": "NotRequiredWhenUsingPKCE"}})).await;
    assert_eq!(browser.exchange(&code().await, &[("client_secret", "")]).await.status, 200);
    let plain =
        browser.sign_in("shopper@example.com", &request(&[("code_challenge", ""), ("code_challenge_method", "")])).await["code"].clone();
    assert_eq!(
        browser.exchange(&plain, &[("client_secret", ""), ("code_verifier", "")]).await.json()["error_reason"],
        json!("missing_client_secret")
    );

    let late = code().await;
    emulator.advance_seconds(31);
    assert_eq!(browser.exchange(&late, &[]).await.json()["error_reason"], json!("auth_code_not_found"));
    let of_locked = code().await;
    emulator.admin(Method::DELETE, &format!("/api/user/{SHOPPER}"), Value::Null).await;
    assert_eq!(browser.exchange(&of_locked, &[]).await.json()["error_reason"], json!("user_locked"));
}

#[tokio::test]
async fn a_new_password_invalidates_authorization_codes() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    let code = browser.sign_in("shopper@example.com", &request(&[])).await["code"].clone();
    let body = json!({"user": {"password": "another-password"}});
    assert_eq!(emulator.admin(Method::PATCH, &format!("/api/user/{SHOPPER}"), body).await.status, 200);
    assert_eq!(browser.exchange(&code, &[]).await.json()["error_reason"], json!("auth_code_not_found"));
}

/// Whether the password change comes before or after an exchange, no session begins with the old password and outlives it.
#[tokio::test]
async fn a_password_change_ends_the_session_of_a_concurrent_exchange() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    let (mut exchanges, mut codes) = (JoinSet::new(), Vec::new());
    for _ in 0..24 {
        codes.push(browser.sign_in("shopper@example.com", &request(&[])).await["code"].clone());
    }
    for code in codes {
        exchanges.spawn(browser.start_exchange(&code, &[]));
    }
    let body = json!({"user": {"password": "another-password"}});
    assert_eq!(emulator.admin(Method::PATCH, &format!("/api/user/{SHOPPER}"), body).await.status, 200);
    let exchanged = exchanges.join_all().await;
    assert!(exchanged.iter().all(|it| [200, 400].contains(&it.status)), "{exchanged:?}");
    let sessions = emulator.admin(Method::GET, &format!("/api/jwt/refresh?userId={SHOPPER}"), Value::Null).await;
    assert_eq!(sessions.json()["refreshTokens"], json!([]));
}

/// Whether the password change comes before or after a sign-in, no code of the old password can be exchanged after it.
#[tokio::test]
async fn a_password_change_invalidates_the_code_of_a_concurrent_sign_in() {
    let emulator = start().await;
    // Sign-ins after the change fail. A lockout for those failures would refuse the other sign-ins.
    emulator.patch_tenant(json!({"failedAuthenticationConfiguration": null})).await;
    let browser = Browser::new(&emulator);
    let (mut sign_ins, mut form) = (JoinSet::new(), request(&[]));
    form.extend([("loginId", "shopper@example.com"), ("password", PASSWORD)]);
    for _ in 0..24 {
        sign_ins.spawn(browser.start_post("/oauth2/authorize", &form));
    }
    let body = json!({"user": {"password": "another-password"}});
    assert_eq!(emulator.admin(Method::PATCH, &format!("/api/user/{SHOPPER}"), body).await.status, 200);
    for answer in sign_ins.join_all().await {
        if answer.status == 302 {
            let code = redirected(&answer)["code"].clone();
            assert_eq!(browser.exchange(&code, &[]).await.json()["error_reason"], json!("auth_code_not_found"));
        }
    }
}

#[tokio::test]
async fn the_sign_in_page_handles_the_outcomes_of_the_login_api() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    let page = browser.get("/oauth2/authorize", &request(&[("login_hint", "\"hint\"@example.com")]), "").await;
    assert!(page.text.contains("Sign in to Store") && page.text.contains("value=\"&quot;hint&quot;@example.com\""), "{}", page.text);
    let typed = |email: &'static str, password: &'static str| [("loginId", email), ("password", password)];
    let wrong = browser.submit(&page, &typed("shopper@example.com", "wrong")).await;
    assert!(wrong.text.contains("role=\"alert\"") && wrong.text.contains("value=\"shopper@example.com\""), "{}", wrong.text);
    assert!(!wrong.text.contains("value=\"wrong\""));
    assert_eq!(browser.submit(&page, &typed("", "")).await.status, 200, "the page must be shown again");
    for (email, title) in [("change@example.com", "Choose a new password"), ("locked@example.com", "This account is locked")] {
        assert!(browser.submit(&page, &typed(email, PASSWORD)).await.text.contains(title), "{email}");
    }
    let not_registered = redirected(&browser.submit(&page, &typed("unregistered@example.com", PASSWORD)).await);
    assert_eq!(not_registered["userState"], "AuthenticatedNotRegistered");

    let second = browser.submit(&page, &typed("twofactor@example.com", PASSWORD)).await;
    assert!(second.text.contains("one-time-code"), "{}", second.text);
    let again = browser.submit(&second, &[("code", "000000")]).await;
    assert!(again.text.contains("This code is not correct"), "{}", again.text);
    let code = totp(emulator.now_seconds());
    assert_eq!(redirected(&browser.submit(&again, &[("code", &code)]).await)["userState"], "Authenticated");
    let used = browser.submit(&again, &[("code", &code)]).await;
    assert!(used.text.contains("took too long"), "{}", used.text);
}

#[tokio::test]
async fn a_logout_leads_only_to_known_urls() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    let target = async |query: &[(&str, &str)]| browser.get("/oauth2/logout", query, "").await.header("location").map(str::to_owned);
    assert_eq!(target(&[("client_id", STORE)]).await.unwrap(), "http://store.example/bye");
    assert_eq!(
        target(&[("client_id", STORE), ("post_logout_redirect_uri", RETURN), ("state", "s")]).await.unwrap(),
        format!("{RETURN}&state=s")
    );
    assert_eq!(target(&[]).await.unwrap(), "/");
    let code = browser.sign_in("shopper@example.com", &request(&[])).await["code"].clone();
    let hint = browser.exchange(&code, &[]).await.member("id_token");
    emulator.advance_seconds(3_600);
    assert_eq!(target(&[("id_token_hint", &hint)]).await.unwrap(), "http://store.example/bye", "an expired hint names the client, too");
    assert_eq!(target(&[("id_token_hint", "x.y.z")]).await, None);
    assert_eq!(target(&[("client_id", FORUMS)]).await.unwrap(), "/");
    for query in [
        [("client_id", STORE), ("post_logout_redirect_uri", "http://evil.example/")],
        [("state", ""), ("post_logout_redirect_uri", RETURN)],
    ] {
        assert_eq!(browser.get("/oauth2/logout", &query, "").await.json()["error_reason"], json!("invalid_post_logout_redirect_uri"));
    }
}

#[tokio::test]
async fn the_hosted_backend_keeps_tokens_in_cookies() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    let path = format!("/app/login/{STORE}");
    let begin = browser.get(&path, &[("redirect_uri", RETURN), ("scope", "openid email offline_access"), ("state", "s")], "").await;
    assert_eq!(begin.status, 302, "{}", begin.text);
    let verifier = cookies(&begin);
    let location = begin.header("location").unwrap().to_owned();
    let page = browser.get(&location, &[], "").await;
    let back = browser.submit(&page, &[("loginId", "shopper@example.com"), ("password", PASSWORD)]).await;
    let callback = back.header("location").unwrap().strip_prefix(&emulator.url()).unwrap().to_owned();
    assert!(callback.starts_with("/app/callback?"), "{callback}");
    assert_eq!(browser.get(&callback, &[], "").await.status, 400, "a browser without the verifier");

    let page = browser.get(&location, &[], "").await;
    let back = browser.submit(&page, &[("loginId", "shopper@example.com"), ("password", PASSWORD)]).await;
    let callback = back.header("location").unwrap().strip_prefix(&emulator.url()).unwrap().to_owned();
    let done = browser.get(&callback, &[], &verifier).await;
    assert_eq!(redirected(&done)["state"], "s");
    let lines = done.cookies();
    for (name, http_only) in [("app.at", true), ("app.at_exp", false), ("app.idt", false), ("app.rt", true)] {
        let line = lines.iter().find(|it| it.starts_with(&format!("{name}="))).unwrap_or_else(|| panic!("no {name} in {lines:?}"));
        assert_eq!(line.contains("HttpOnly"), http_only, "{name}");
    }
    let signed_in = cookies(&done);
    let me = browser.get("/app/me", &[], &signed_in).await;
    assert_eq!((me.status, &me.json()["email"]), (200, &json!("shopper@example.com")));
    assert_eq!(browser.get("/app/me", &[], "").await.status, 401);

    emulator.advance_seconds(3_600);
    assert_eq!(browser.get("/app/me", &[], &signed_in).await.status, 401, "the access token has expired");
    let refresh =
        async |cookies: &str| emulator.send(Method::POST, &format!("/app/refresh/{STORE}"), &[("cookie", cookies)], Value::Null).await;
    let renewed = refresh(&signed_in).await;
    assert_eq!((renewed.status, browser.get("/app/me", &[], &cookies(&renewed)).await.status), (200, 200));
    assert_eq!(refresh("app.rt=unknown").await.status, 400);

    let out = browser.get(&format!("/app/logout/{STORE}"), &[], &signed_in).await;
    assert_eq!(out.header("location").unwrap(), format!("/oauth2/logout?client_id={STORE}"));
    assert_eq!(out.cookies().iter().filter(|it| it.contains("Max-Age=0")).count(), 4);
    let evil = browser.get(&path, &[("redirect_uri", "http://evil.example/")], "").await;
    assert_eq!(error_of(&evil), (400, json!("invalid_request"), json!("invalid_redirect_uri")));
}

/// Anybody can forge the `state` of a callback, so the emulator must not redirect to a URL in it that the application does not allow.
#[tokio::test]
async fn a_forged_callback_leads_nowhere() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    let forged = URL_SAFE_NO_PAD.encode(json!({"client": STORE, "redirect_uri": "http://evil.example/", "state": null}).to_string());
    for state in [forged.as_str(), "x", ""] {
        let answer = browser.get("/app/callback", &[("code", "x"), ("state", state)], "").await;
        assert_eq!((answer.status, answer.header("location")), (400, None), "{state}");
    }
}
