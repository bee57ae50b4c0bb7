//! Self-service of users: forgotten and changed passwords, verification, second factors; also the lockout, changes by an administrator,
//! and imports.

use crate::concurrency::trust_token;
use crate::test_emulator::{API_KEY, PASSWORD, SHOPPER, START_MS, STORE, TENANT, TestEmulator, TestResponse, claims};
use fusionauth_api::login::{LoginResponse, LoginStep};
use reqwest::Method;
use serde_json::{Value, json};

const NEW: &str = "another-good-password";
const BEARER: &str = "authorization";

async fn login_with(emulator: &TestEmulator, login_id: &str, password: &str) -> TestResponse {
    emulator.post("/api/login", json!({"applicationId": STORE, "loginId": login_id, "password": password})).await
}

fn code(field: &str, code: &str) -> Vec<(String, String)> {
    vec![(field.to_owned(), code.to_owned())]
}

#[tokio::test]
async fn a_forgotten_password_is_changed_by_mail() {
    let emulator = TestEmulator::start().await;
    let session = emulator.login("shopper@example.com").await.member("refreshToken");
    let forgot = json!({"applicationId": STORE, "loginId": "shopper@example.com", "state": {"back": "/cart"}});
    let answer = emulator.post("/api/user/forgot-password", forgot.clone()).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""), "only the email may contain the id");
    let first = emulator.mailed("changePasswordId").await;
    emulator.post("/api/user/forgot-password", forgot).await;
    let id = emulator.mailed("changePasswordId").await;
    assert_eq!(emulator.send(Method::GET, &format!("/api/user/change-password/{id}"), &[], Value::Null).await.status, 200);
    let answer = emulator.post("/api/user/change-password", json!({"changePasswordId": id, "password": NEW})).await;
    assert_eq!((answer.status, &answer.json()["state"]), (200, &json!({"back": "/cart"})), "{}", answer.text);
    for used in [&first, &id] {
        let again = emulator.post(&format!("/api/user/change-password/{used}"), json!({"password": NEW})).await;
        assert_eq!((again.status, again.text.as_str()), (404, ""), "a change must invalidate every id");
        assert_eq!(emulator.send(Method::GET, &format!("/api/user/change-password/{used}"), &[], Value::Null).await.status, 404);
    }
    assert_eq!(emulator.refresh(&session).await.status, 400, "a change must end every session");
    assert_eq!(emulator.login("shopper@example.com").await.status, 404);

    let once = json!({"applicationId": STORE, "oneTimePassword": answer.member("oneTimePassword")});
    let login = emulator.post("/api/login", once.clone()).await;
    assert_eq!((login.status, &login.json()["state"]), (200, &json!({"back": "/cart"})));
    assert_eq!(claims(&login.member("token"))["authenticationType"], json!("ONE_TIME_PASSWORD"));
    assert_eq!(login.cookies().len(), 2);
    assert_eq!(emulator.post("/api/login", once).await.status, 404, "it must be valid only once");
    assert_eq!(login_with(&emulator, "shopper@example.com", NEW).await.status, 200);
}

#[tokio::test]
async fn forgot_password_answers_row_by_row() {
    let emulator = TestEmulator::start().await;
    let nameless = json!({"user": {"username": "nameless", "password": PASSWORD}, "skipVerification": true});
    assert_eq!(emulator.admin(Method::POST, "/api/user", nameless).await.status, 200);
    let rows = [
        (json!({"loginId": "shopper@example.com"}), false, 200, false),
        (json!({"email": "shopper@example.com"}), false, 200, false),
        (json!({"loginId": "nobody@example.com"}), false, 404, false),
        (json!({"loginId": "nameless"}), false, 422, false),
        (json!({}), false, 400, false),
        (json!({"loginId": "shopper@example.com", "applicationId": SHOPPER}), false, 400, false),
        (json!({"loginId": "shopper@example.com"}), true, 200, true),
        (json!({"loginId": "nameless", "sendForgotPasswordMessage": false}), true, 200, true),
    ];
    for (body, key, status, tells) in rows {
        let headers: &[_] = if key { &[("authorization", API_KEY)] } else { &[] };
        let answer = emulator.send(Method::POST, "/api/user/forgot-password", headers, body.clone()).await;
        assert_eq!((answer.status, answer.json()["changePasswordId"].is_string()), (status, tells), "{body}");
    }
    let chosen = json!({"loginId": "shopper@example.com", "changePasswordId": "chosen-by-an-administrator"});
    assert_eq!(
        emulator.admin(Method::POST, "/api/user/forgot-password", chosen).await.member("changePasswordId"),
        "chosen-by-an-administrator"
    );
    emulator.advance_seconds(601);
    let late = emulator.post("/api/user/change-password/chosen-by-an-administrator", json!({"password": NEW})).await;
    assert_eq!(late.status, 404, "an id must expire after 10 minutes");
    emulator.patch_tenant(json!({"emailConfiguration": {"forgotPasswordEmailTemplateId": null}})).await;
    assert_eq!(
        emulator.post("/api/user/forgot-password", json!({"loginId": "shopper@example.com"})).await.status,
        403,
        "without a template the endpoint must answer 403"
    );
}

#[tokio::test]
async fn a_template_is_sent_to_users_and_to_any_address() {
    let emulator = TestEmulator::start().await;
    let path = "/api/email/send/30000000-0000-0000-0000-000000000008";
    let data = json!({"subject": "Hello", "text": "One code: 123456"});
    let body = json!({"applicationId": STORE, "requestData": data, "toAddresses": [{"address": "new@example.com"}], "userIds": [SHOPPER]});
    assert_eq!(emulator.post(path, body.clone()).await.status, 401, "the request needs an API key");
    let nobody = json!({"requestData": data});
    assert_eq!(emulator.admin(Method::POST, path, nobody).await.status, 400, "the request needs a recipient");
    let unknown = "/api/email/send/30000000-0000-0000-0000-0000000000ff";
    assert_eq!(emulator.admin(Method::POST, unknown, body.clone()).await.status, 404);
    let answer = emulator.admin(Method::POST, path, body).await;
    assert_eq!((answer.status, answer.json()), (202, json!({})));
    let mail = emulator.send(Method::GET, "/emulator/mail?topic=chosen", &[], Value::Null).await.json();
    let messages: Vec<_> = mail["messages"].as_array().unwrap().iter().map(|it| [&it["to"], &it["subject"], &it["text"]]).collect();
    let expected = |to: &str| [json!(to), json!("Hello"), json!("One code: 123456")];
    assert_eq!(json!(messages), json!([expected("shopper@example.com"), expected("new@example.com")]));
}

#[tokio::test]
async fn a_message_is_in_the_language_that_its_reader_likes_best() {
    let emulator = TestEmulator::start().await;
    let path = format!("/api/user/{SHOPPER}");
    let subject = async || {
        let mail = emulator.send(Method::GET, "/emulator/mail", &[], Value::Null).await.json();
        let newest = mail["messages"].as_array().unwrap().last().cloned().unwrap();
        (newest["subject"].as_str().unwrap().to_owned(), newest["text"].as_str().unwrap().to_owned())
    };
    for (languages, expected) in [
        (json!(null), "Choose a new password"),
        (json!(["it"]), "Choose a new password"),
        (json!(["fr", "de"]), "Choisissez un nouveau mot de passe"),
        (json!(["it", "de-AT"]), "Wähle ein neues Passwort"),
    ] {
        let answer = emulator.admin(Method::PATCH, &path, json!({"user": {"preferredLanguages": languages}})).await;
        let shown = if languages.is_null() { json!([]) } else { languages.clone() };
        assert_eq!((answer.status, &answer.json()["user"]["preferredLanguages"]), (200, &shown));
        let forgot =
            json!({"applicationId": STORE, "loginId": "shopper@example.com", "state": {"occasion": "registration", "site": "spa-backend"}});
        assert_eq!(emulator.post("/api/user/forgot-password", forgot).await.status, 200);
        assert_eq!(subject().await.0, expected, "{languages}");
    }
    let (_, text) = subject().await;
    assert!(text.contains("\nJemand, vielleicht du, wollte mit dieser Adresse ein Konto anlegen.") && !text.contains("[#"), "{text}");
    assert!(text.contains("http://store.spa-backend.localhost"), "{text}");

    let template = json!({"emailTemplate": {"name": "Greeting", "defaultSubject": "Hello", "defaultTextTemplate": "", "defaultHtmlTemplate": "",
        "localizedSubjects": {"de": "Hallo"}}});
    let id = "40000000-0000-0000-0000-000000000001";
    assert_eq!(emulator.admin(Method::POST, &format!("/api/email/template/{id}"), template).await.status, 200);
    for (languages, expected) in [(json!([]), "Hello"), (json!(["de"]), "Hallo")] {
        let body = json!({"toAddresses": [{"address": "new@example.com"}], "preferredLanguages": languages});
        assert_eq!(emulator.admin(Method::POST, &format!("/api/email/send/{id}"), body).await.status, 202);
        assert_eq!(subject().await.0, expected, "the recipient is not a user");
    }
    let body = json!({"userIds": [SHOPPER], "preferredLanguages": ["en"]});
    assert_eq!(emulator.admin(Method::POST, &format!("/api/email/send/{id}"), body).await.status, 202);
    assert_eq!(subject().await.0, "Hallo", "the user's own languages must apply");
}

#[tokio::test]
async fn a_203_is_finished_by_a_change() {
    let emulator = TestEmulator::start().await;
    let id = emulator.login("change@example.com").await.member("changePasswordId");
    let answer = emulator.post(&format!("/api/user/change-password/{id}"), json!({"password": NEW})).await;
    let once = json!({"applicationId": STORE, "oneTimePassword": answer.member("oneTimePassword")});
    assert_eq!(emulator.post("/api/login", once).await.status, 200);
    // Other reasons for a 203: the tenant's rules, the password's age, and a breached password.
    assert_eq!(emulator.login("shopper@example.com").await.status, 200);
    emulator.patch_tenant(json!({"passwordValidationRules": {"validateOnLogin": true, "requireNumber": true}})).await;
    assert_eq!(emulator.login("shopper@example.com").await.member("changePasswordReason"), "Validation");
    emulator
        .patch_tenant(json!({"passwordValidationRules": {"validateOnLogin": false}, "maximumPasswordAge": {"enabled": true, "days": 1}}))
        .await;
    assert_eq!(emulator.login("shopper@example.com").await.status, 200);
    emulator.advance_seconds(24 * 60 * 60 + 1);
    assert_eq!(emulator.login("shopper@example.com").await.member("changePasswordReason"), "Expired");
    emulator.patch_tenant(json!({"maximumPasswordAge": {"enabled": false}})).await;
    let common = json!({"user": {"email": "common@example.com", "password": "iloveyou"}, "skipVerification": true});
    emulator.patch_tenant(json!({"passwordValidationRules": {"requireNumber": false}})).await;
    assert_eq!(emulator.admin(Method::POST, "/api/user", common).await.status, 200);
    emulator.patch_tenant(json!({"passwordValidationRules": {"breachDetection": {"enabled": true, "onLogin": "RequireChange"}}})).await;
    let breached = login_with(&emulator, "common@example.com", "iloveyou").await;
    assert_eq!((breached.status, breached.member("changePasswordReason").as_str()), (203, "Breached"));
}

#[tokio::test]
async fn a_password_is_changed_with_an_access_token() {
    let emulator = TestEmulator::start().await;
    let path = "/api/user/change-password";
    let login = emulator.login("shopper@example.com").await;
    let bearer = format!("Bearer {}", login.member("token"));
    let good = json!({"currentPassword": PASSWORD, "password": NEW});
    let rows = [
        (json!({"password": NEW}), 400, "currentPassword", "[blank]currentPassword"),
        (json!({"currentPassword": "wrong", "password": NEW}), 400, "currentPassword", "[notEqual]currentPassword"),
        (json!({"currentPassword": PASSWORD}), 400, "password", "[blank]password"),
        (json!({"currentPassword": PASSWORD, "password": "short"}), 400, "password", "[tooShort]password"),
    ];
    for (body, status, field, error) in rows {
        let answer = emulator.send(Method::POST, path, &[(BEARER, &bearer)], body.clone()).await;
        assert_eq!((answer.status, answer.codes()), (status, code(field, error)), "{body}");
    }
    assert_eq!(emulator.send(Method::POST, path, &[(BEARER, "Bearer x")], good.clone()).await.status, 401);
    assert_eq!(emulator.post(path, good.clone()).await.codes(), code("changePasswordId", "[blank]changePasswordId"));
    assert_eq!(emulator.send(Method::GET, path, &[(BEARER, &bearer)], Value::Null).await.status, 200);

    // If the request for the change has no refresh token, the login afterwards returns none.
    let once = emulator.send(Method::POST, path, &[(BEARER, &bearer)], good).await.member("oneTimePassword");
    let signed_in = emulator.post("/api/login", json!({"applicationId": STORE, "oneTimePassword": once})).await;
    assert_eq!((signed_in.status, signed_in.cookies().len(), signed_in.json()["refreshToken"].is_null()), (200, 1, true));

    let login = login_with(&emulator, "shopper@example.com", NEW).await;
    let (cookie, body) = (format!("access_token={}; refresh_token={}", login.member("token"), login.member("refreshToken")), PASSWORD);
    let answer = emulator.send(Method::POST, path, &[("cookie", &cookie)], json!({"currentPassword": NEW, "password": body})).await;
    let once = json!({"applicationId": STORE, "oneTimePassword": answer.member("oneTimePassword")});
    assert_eq!(emulator.post("/api/login", once.clone()).await.cookies().len(), 2);

    // With an API key, the loginId names the user.
    let by_name = json!({"loginId": "shopper@example.com", "currentPassword": PASSWORD, "password": NEW});
    let answer = emulator.admin(Method::POST, path, by_name.clone()).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    assert_eq!(emulator.admin(Method::POST, path, json!({"loginId": "nobody", "currentPassword": "x", "password": NEW})).await.status, 404);
    assert_eq!(emulator.post(path, by_name).await.status, 401, "an API key is needed");
}

/// <https://fusionauth.io/docs/apis/users/change-password>: with an API key `currentPassword` is optional, and "when this parameter is
/// provided the current password will be verified to be correct". The JWT form requires it.
#[tokio::test]
async fn with_an_api_key_the_current_password_is_optional_and_checked_if_it_is_sent() {
    let emulator = TestEmulator::start().await;
    let path = "/api/user/change-password";
    let change = json!({"loginId": "shopper@example.com", "password": NEW});
    let wrong = json!({"loginId": "shopper@example.com", "password": NEW, "currentPassword": "wrong"});
    assert_eq!(emulator.admin(Method::POST, path, wrong).await.codes(), code("currentPassword", "[notEqual]currentPassword"));
    let empty = json!({"loginId": "shopper@example.com", "password": NEW, "currentPassword": ""});
    assert_eq!(emulator.admin(Method::POST, path, empty).await.codes(), code("currentPassword", "[blank]currentPassword"));
    let answer = emulator.admin(Method::POST, path, change).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    assert_eq!(login_with(&emulator, "shopper@example.com", NEW).await.status, 200);
}

/// <https://fusionauth.io/docs/apis/users/validate-password-change>: `GET` with an API key and a `loginId` tells "whether MFA is required
/// before changing the user's password using a JWT or loginId", and `POST` answers the same.
#[tokio::test]
async fn an_api_key_does_not_replace_the_second_factor_of_a_password_change() {
    let emulator = TestEmulator::start().await;
    let path = "/api/user/change-password";
    let check = async |query: &str| emulator.admin(Method::GET, &format!("{path}?{query}"), Value::Null).await;
    let required = code("", "[TrustTokenRequired]");
    assert_eq!(check("loginId=shopper@example.com").await.status, 200);
    assert_eq!(check("loginId=nobody@example.com").await.status, 404);
    assert_eq!(check("").await.codes(), code("loginId", "[blank]loginId"));
    assert_eq!(check("loginId=twofactor@example.com").await.codes(), required);
    assert_eq!(check("username=twofactor@example.com").await.codes(), required, "the Java client before 1.60 sends this name");
    let change = |trust_token: &str| json!({"loginId": "twofactor@example.com", "password": NEW, "trustToken": trust_token});
    for wrong in ["", "wrong", &trust_token(&emulator, "shopper@example.com").await] {
        assert_eq!(emulator.admin(Method::POST, path, change(wrong)).await.codes(), required, "{wrong}");
    }
    let right = trust_token(&emulator, "twofactor@example.com").await;
    assert_eq!(emulator.admin(Method::POST, path, change(&right)).await.status, 200);
    assert_eq!(emulator.admin(Method::POST, path, change(&right)).await.codes(), required, "the token must be usable once");
}

#[tokio::test]
async fn every_password_rule_has_its_code() {
    let emulator = TestEmulator::start().await;
    let register = |password: &str| json!({"user": {"email": "ann@shop.test", "username": "annie", "password": password}, "registration": {"applicationId": STORE}});
    let rules = json!({"minLength": 10, "maxLength": 20, "requireMixedCase": true, "requireNonAlpha": true, "requireNumber": true, "disallowUserLoginId": true,
        "breachDetection": {"enabled": true}});
    emulator.patch_tenant(json!({"passwordValidationRules": rules})).await;
    let rows: [(&str, &[&str]); 9] = [
        ("", &["blank"]),
        ("Aa1-", &["tooShort"]),
        ("Aa1-Aa1-Aa1-Aa1-Aa1-x", &["tooLong"]),
        ("aa1-aa1-aa1-", &["singleCase"]),
        ("Aa1Aa1Aa1Aa1", &["onlyAlpha"]),
        ("Aa-bAa-bAa-b", &["requireNumber"]),
        ("1-ANN@shop.test", &["containsEmail"]),
        ("1-Annie-1234", &["containsUsername"]),
        ("password1", &["tooShort", "singleCase", "onlyAlpha", "breachedCommonPassword"]),
    ];
    for (password, expected) in rows {
        let answer = emulator.admin(Method::POST, "/api/user/registration", register(password)).await;
        let expected: Vec<_> = expected.iter().map(|it| ("user.password".to_owned(), format!("[{it}]user.password"))).collect();
        assert_eq!((answer.status, answer.codes()), (400, expected), "{password}");
    }
    let shown = emulator.send(Method::GET, "/api/tenant/password-validation-rules", &[], Value::Null).await;
    assert_eq!((shown.status, &shown.json()["passwordValidationRules"]["minLength"]), (200, &json!(10)));
    assert_eq!(emulator.send(Method::GET, &format!("/api/tenant/password-validation-rules/{SHOPPER}"), &[], Value::Null).await.status, 404);

    // The rules about age and history apply only to changes.
    emulator
        .patch_tenant(json!({"passwordValidationRules": {"requireMixedCase": false, "requireNonAlpha": false, "requireNumber": false, "maxLength": 256,
            "rememberPreviousPasswords": {"enabled": true, "count": 2}}, "minimumPasswordAge": {"enabled": true, "seconds": 30}}))
        .await;
    let change = async |password: &str| {
        let id = emulator
            .admin(Method::POST, "/api/user/forgot-password", json!({"loginId": "shopper@example.com"}))
            .await
            .member("changePasswordId");
        emulator.post("/api/user/change-password", json!({"changePasswordId": id, "password": password})).await
    };
    assert_eq!(change(NEW).await.codes(), code("password", "[tooYoung]password"));
    emulator.advance_seconds(31);
    assert_eq!(change(PASSWORD).await.codes(), code("password", "[previouslyUsed]password"));
    assert_eq!(change(NEW).await.status, 200);
    emulator.advance_seconds(31);
    assert_eq!(
        change(PASSWORD).await.codes(),
        code("password", "[previouslyUsed]password"),
        "the password before the last one must be refused, too"
    );
}

#[tokio::test]
async fn an_address_is_verified() {
    let emulator = TestEmulator::start().await;
    let id = emulator.mailed("verificationId").await;
    let path = "/api/user/verify-email";
    assert_eq!(emulator.post(path, json!({"verificationId": "x"})).await.status, 404);
    assert_eq!(emulator.post(path, json!({})).await.codes(), code("verificationId", "[blank]verificationId"));
    assert_eq!(emulator.post(path, json!({"userId": SHOPPER})).await.status, 401, "userId needs an API key");
    let done = emulator.post(path, json!({"verificationId": id})).await;
    assert_eq!((done.status, done.text.as_str()), (200, ""));
    assert_eq!(emulator.post(path, json!({"verificationId": id})).await.status, 404, "it must be valid only once");
    let login = emulator.login("unverified@example.com").await;
    assert_eq!((login.status, &claims(&login.member("token"))["email_verified"]), (200, &json!(true)));

    // With `FormField`, the user types a code instead of following a link.
    emulator.patch_tenant(json!({"emailConfiguration": {"verificationStrategy": "FormField"}})).await;
    let user = json!({"user": {"email": "form@example.com", "password": PASSWORD}});
    let user = emulator.admin(Method::POST, "/api/user", user).await.json()["user"]["id"].as_str().unwrap().to_owned();
    let login = emulator.login("form@example.com").await;
    assert_eq!(login.status, 212);
    let (id, typed) = (login.member("emailVerificationId"), emulator.mailed("verificationOneTimeCode").await);
    assert_eq!(emulator.post(path, json!({"verificationId": id})).await.codes(), code("oneTimeCode", "[blank]oneTimeCode"));
    assert_eq!(
        emulator.post(path, json!({"verificationId": id, "oneTimeCode": "x"})).await.codes(),
        code("oneTimeCode", "[invalid]oneTimeCode")
    );
    let resent = format!("{path}?email=form@example.com");
    assert_eq!(emulator.send(Method::PUT, &resent, &[], Value::Null).await.text, "");
    let response = emulator.admin(Method::PUT, &resent, Value::Null).await.json();
    assert!(response["verificationId"].is_string() && response["oneTimeCode"].is_string());
    assert_eq!(emulator.send(Method::PUT, &format!("{path}?email=nobody@example.com"), &[], Value::Null).await.status, 404);
    // The template looks up the URL of the link in the application's data.
    emulator.patch_store(json!({"data": {"sites": {"here": "https://here.test"}}})).await;
    emulator.admin(Method::PATCH, &format!("/api/user/{user}"), json!({"user": {"data": {"site": "here"}}})).await;
    assert_eq!(emulator.send(Method::PUT, &format!("{resent}&applicationId={STORE}"), &[], Value::Null).await.status, 200);
    let mail = emulator.send(Method::GET, "/emulator/mail?to=form@example.com", &[], Value::Null).await.json();
    let text = mail["messages"].as_array().unwrap().last().unwrap()["text"].as_str().unwrap().to_owned();
    assert!(text.contains("https://here.test/verify-email/"), "{text}");
    let unknown = emulator.send(Method::PUT, &format!("{resent}&applicationId=x"), &[], Value::Null).await;
    assert_eq!(unknown.codes(), code("applicationId", "[couldNotConvert]applicationId"));
    assert_eq!(emulator.post(path, json!({"verificationId": id, "oneTimeCode": typed})).await.status, 200);
    assert_eq!(emulator.admin(Method::POST, path, json!({"userId": user})).await.status, 200);
    emulator.patch_tenant(json!({"emailConfiguration": {"verifyEmail": false}})).await;
    assert_eq!(emulator.post(path, json!({"verificationId": id})).await.status, 403);
    assert_eq!(emulator.send(Method::PUT, &resent, &[], Value::Null).await.status, 403);
}

/// The source is a test of FusionAuth's .NET client (`UnverifiedUserLogin_Test` in
/// <https://github.com/FusionAuth/fusionauth-netcore-client>): a tenant with `verifyEmail` and nothing else answers 212. According to
/// <https://fusionauth.io/docs/apis/tenants>, `unverified.behavior` then decides whether the login completes.
#[tokio::test]
async fn an_unverified_email_is_212_and_only_gating_keeps_the_tokens_back() {
    let emulator = TestEmulator::start().await;
    emulator.patch_tenant(json!({"emailConfiguration": {"unverified": {"behavior": "Allow"}}})).await;
    let login = emulator.login("unverified@example.com").await;
    assert_eq!((login.status, login.cookies().len()), (212, 2));
    let answer: LoginResponse = serde_json::from_str(&login.text).unwrap();
    assert!(answer.into_token(LoginStep::Password, login.status).is_ok(), "the session library signs the user in");
    assert_eq!(claims(&login.member("token"))["email_verified"], json!(false));
    assert_eq!(emulator.refresh(&login.member("refreshToken")).await.status, 200);
    emulator.patch_tenant(json!({"emailConfiguration": {"unverified": {"behavior": "Gated"}}})).await;
    let login = emulator.login("unverified@example.com").await;
    assert_eq!((login.status, login.cookies().len(), login.json()["token"].is_null()), (212, 0, true));
}

/// <https://fusionauth.io/docs/apis/users/change-password>: an id that "was sent via an email to the User by FusionAuth … will implicitly
/// complete Email Verification if not already verified and the Tenant configuration has enabled implicit email verification", which is on
/// by default (`EmailConfiguration` of the Java client).
#[tokio::test]
async fn a_password_change_through_a_mailed_link_verifies_the_email() {
    let emulator = TestEmulator::start().await;
    let verified = async |request: Value| {
        let forgot = emulator.admin(Method::POST, "/api/user/forgot-password", request).await;
        let change = json!({"changePasswordId": forgot.member("changePasswordId"), "password": NEW});
        assert_eq!(emulator.post("/api/user/change-password", change).await.status, 200);
        let user = emulator.admin(Method::GET, "/api/user?email=unverified@example.com", Value::Null).await.json();
        user["user"]["verified"].clone()
    };
    let login_id = "unverified@example.com";
    assert_eq!(verified(json!({"loginId": login_id, "sendForgotPasswordEmail": false})).await, json!(false), "nothing was mailed");
    emulator.patch_tenant(json!({"emailConfiguration": {"implicitEmailVerificationAllowed": false}})).await;
    assert_eq!(verified(json!({"loginId": login_id})).await, json!(false));
    emulator.patch_tenant(json!({"emailConfiguration": {"implicitEmailVerificationAllowed": true}})).await;
    assert_eq!(verified(json!({"loginId": login_id})).await, json!(true));
    assert_eq!(login_with(&emulator, login_id, NEW).await.status, 200);
}

/// <https://fusionauth.io/docs/apis/users/forgot-password>: FusionAuth "will either use the `email` top level property on the user or it
/// will use a custom data attribute named `email`".
#[tokio::test]
async fn mail_for_a_user_without_an_email_goes_to_the_one_in_the_data() {
    let emulator = TestEmulator::start().await;
    let user = json!({"username": "mailbox", "password": PASSWORD, "data": {"email": "shared@example.com"}});
    let registration = json!({"user": user, "registration": {"applicationId": STORE}, "skipVerification": true});
    assert_eq!(emulator.admin(Method::POST, "/api/user/registration", registration).await.status, 200);
    assert_eq!(emulator.post("/api/user/forgot-password", json!({"loginId": "mailbox"})).await.status, 200);
    let send = json!({"applicationId": STORE, "loginId": "mailbox"});
    assert_eq!(emulator.post("/api/passwordless/send", send).await.status, 200);
    let mail = emulator.send(Method::GET, "/emulator/mail?to=shared@example.com", &[], Value::Null).await.json();
    let topics: Vec<&Value> = mail["messages"].as_array().unwrap().iter().map(|it| &it["topic"]).collect();
    assert_eq!(topics, ["forgotPassword", "passwordless"]);
    let nobody = json!({"user": {"username": "nobody", "password": PASSWORD}, "skipVerification": true});
    assert_eq!(emulator.admin(Method::POST, "/api/user", nobody).await.status, 200);
    assert_eq!(emulator.post("/api/user/forgot-password", json!({"loginId": "nobody"})).await.status, 422);
}

#[tokio::test]
async fn a_registration_is_verified() {
    let emulator = TestEmulator::start().await;
    emulator.patch_store(json!({"verifyRegistration": true, "unverified": {"behavior": "Gated"}})).await;
    let body = json!({"skipVerification": true, "user": {"email": "new@example.com", "password": PASSWORD}, "registration": {"applicationId": STORE}});
    let answer = emulator.admin(Method::POST, "/api/user/registration", body).await;
    assert_eq!((answer.status, &answer.json()["registration"]["verified"]), (200, &json!(false)));
    let id = emulator.mailed("verificationId").await;
    assert_eq!(answer.member("registrationVerificationId"), id);
    let login = emulator.login("new@example.com").await;
    assert_eq!((login.status, login.json()["token"].is_null(), login.cookies().len()), (213, true, 0));
    let path = "/api/user/verify-registration";
    let resend = format!("{path}?applicationId={STORE}&email=new@example.com");
    assert_eq!(emulator.send(Method::PUT, &resend, &[], Value::Null).await.status, 200);
    // `generateRegistrationVerificationId` of https://github.com/FusionAuth/fusionauth-typescript-client sends no message.
    let silent = emulator.admin(Method::PUT, &format!("{resend}&sendVerifyPasswordEmail=false"), Value::Null).await;
    assert_ne!(silent.member("verificationId"), emulator.mailed("verificationId").await);
    assert_eq!(emulator.send(Method::PUT, &format!("{path}?applicationId={STORE}&email=nobody"), &[], Value::Null).await.status, 404);
    assert_eq!(emulator.send(Method::PUT, path, &[], Value::Null).await.codes(), code("applicationId", "[blank]applicationId"));
    assert_eq!(emulator.post(path, json!({"verificationId": "x"})).await.status, 404);
    assert_eq!(emulator.post(path, json!({"verificationId": id})).await.status, 200);
    assert_eq!(emulator.login("new@example.com").await.status, 200);
    emulator.patch_store(json!({"verificationStrategy": "FormField"})).await;
    let body = json!({"skipVerification": true, "user": {"email": "form@example.com", "password": PASSWORD}, "registration": {"applicationId": STORE}});
    emulator.admin(Method::POST, "/api/user/registration", body).await;
    assert!(!emulator.login("form@example.com").await.member("registrationVerificationId").is_empty());
}

#[tokio::test]
async fn codes_by_mail_and_recovery_codes_finish_a_login() {
    let emulator = TestEmulator::start().await;
    let set = async |is_on: bool| emulator.patch_tenant(json!({"multiFactorConfiguration": {"sms": {"enabled": is_on}}})).await;
    set(true).await;
    let methods = json!({"user": {"twoFactor": {"methods": [{"method": "email", "email": "toni@example.com"}, {"method": "sms", "mobilePhone": "+49301"}],
        "recoveryCodes": ["AAAA-BBBB", "CCCC-DDDD"]}}});
    let user = "/api/user/20000000-0000-0000-0000-000000000006";
    assert_eq!(emulator.admin(Method::PATCH, user, methods).await.status, 200);
    let challenge = emulator.login("twofactor@example.com").await;
    let (id, methods) = (challenge.member("twoFactorId"), challenge.json()["methods"].clone());
    assert!(!challenge.text.contains("AAAA-BBBB"));
    let send = async |id: &str, method: &Value| emulator.post(&format!("/api/two-factor/send/{id}"), json!({"methodId": method})).await;
    assert_eq!(send("unknown", &methods[0]["id"]).await.status, 404);
    assert_eq!(send(&id, &json!("x")).await.codes(), code("methodId", "[invalid]methodId"));
    set(false).await;
    assert_eq!(send(&id, &methods[1]["id"]).await.codes(), code("methodId", "[invalid]methodId"), "the tenant has this method off");
    set(true).await;
    assert_eq!(send(&id, &json!("")).await.codes(), code("methodId", "[blank]methodId"));
    let sent = send(&id, &methods[0]["id"]).await;
    assert_eq!((sent.status, sent.text.as_str()), (200, ""));
    let first = emulator.mailed("code").await;
    assert_eq!(send(&id, &methods[1]["id"]).await.status, 200);
    let second = emulator.mailed("code").await;
    let finish = async |id: &str, code: &str| {
        emulator.post("/api/two-factor/login", json!({"applicationId": STORE, "twoFactorId": id, "code": code})).await
    };
    if first != second {
        assert_eq!(finish(&id, &first).await.status, 421, "a new code must invalidate earlier codes");
    }
    let done = finish(&id, &second).await;
    assert_eq!((done.status, done.cookies().len()), (200, 2));
    assert!(!done.member("trustToken").is_empty());

    let id = emulator.login("twofactor@example.com").await.member("twoFactorId");
    assert_eq!(send(&id, &methods[0]["id"]).await.status, 200);
    let late = emulator.mailed("code").await;
    emulator.advance_seconds(61);
    assert_eq!(finish(&id, &late).await.status, 421, "a code must expire after a minute");
    assert_eq!(finish(&id, "AAAA-BBBB").await.status, 200);
    let id = emulator.login("twofactor@example.com").await.member("twoFactorId");
    assert_eq!(finish(&id, "AAAA-BBBB").await.status, 421, "a recovery code must work only once");
    assert_eq!(finish(&id, "CCCC-DDDD").await.status, 200);
}

#[tokio::test]
async fn a_mailed_link_alone_does_not_beat_the_second_factor() {
    let emulator = TestEmulator::start().await;
    let user = "/api/user/20000000-0000-0000-0000-000000000006";
    emulator.admin(Method::PATCH, user, json!({"user": {"twoFactor": {"recoveryCodes": ["AAAA-BBBB"]}}})).await;
    let forgot = json!({"loginId": "twofactor@example.com"});
    let id = emulator.admin(Method::POST, "/api/user/forgot-password", forgot).await.member("changePasswordId");
    let path = format!("/api/user/change-password/{id}");
    let required = code("", "[TrustTokenRequired]");
    assert_eq!(emulator.send(Method::GET, &path, &[], Value::Null).await.codes(), required);
    assert_eq!(emulator.post(&path, json!({"password": NEW})).await.codes(), required);
    assert_eq!(emulator.post(&path, json!({"password": NEW, "trustToken": "x"})).await.codes(), required);
    let start = json!({"loginId": "twofactor@example.com", "trustChallenge": "c"});
    assert_eq!(emulator.post("/api/two-factor/start", start.clone()).await.status, 401, "an API key is needed");
    let started = emulator.admin(Method::POST, "/api/two-factor/start", start).await;
    let body = json!({"twoFactorId": started.member("twoFactorId"), "code": started.member("code"), "noJWT": true});
    let trust = emulator.post("/api/two-factor/login", body).await.member("trustToken");
    assert_eq!(emulator.post(&path, json!({"password": NEW, "trustToken": trust})).await.codes(), required, "the challenge is missing");
    let change = json!({"password": NEW, "trustToken": trust, "trustChallenge": "c"});
    assert_eq!(emulator.post(&path, change).await.status, 200);
}

#[tokio::test]
async fn a_second_factor_is_enabled_and_disabled() {
    let emulator = TestEmulator::start().await;
    let template = "30000000-0000-0000-0000-000000000004";
    let templates = json!({"twoFactorMethodAddEmailTemplateId": template, "twoFactorMethodRemoveEmailTemplateId": template});
    emulator.patch_tenant(json!({"emailConfiguration": templates})).await;
    let bearer = format!("Bearer {}", emulator.login("shopper@example.com").await.member("token"));
    let path = format!("/api/user/two-factor/{SHOPPER}");
    let as_owner = async |method: Method, path: &str, body: Value| emulator.send(method, path, &[(BEARER, bearer.as_str())], body).await;
    assert_eq!(emulator.send(Method::GET, "/api/two-factor/secret", &[], Value::Null).await.status, 401);
    let secret = as_owner(Method::GET, "/api/two-factor/secret", Value::Null).await;
    assert_eq!(secret.member("secretBase32Encoded").len(), 32);
    let wrong = json!({"method": "authenticator", "secret": secret.member("secret"), "code": "x"});
    assert_eq!(as_owner(Method::POST, &path, wrong).await.status, 421);
    assert_eq!(emulator.post("/api/two-factor/send", json!({"method": "email"})).await.status, 401);
    assert_eq!(as_owner(Method::POST, "/api/two-factor/send", json!({"method": "email"})).await.status, 200);
    let enable = json!({"method": "email", "code": emulator.mailed("code").await});
    assert_eq!(emulator.post(&path, enable.clone()).await.status, 401);
    let enabled = as_owner(Method::POST, &path, enable).await;
    let codes = enabled.json()["recoveryCodes"].clone();
    assert_eq!((enabled.status, codes.as_array().unwrap().len()), (200, 10));
    let challenge = emulator.login("shopper@example.com").await;
    let method = challenge.json()["methods"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(challenge.status, 242);
    let recovery = format!("/api/user/two-factor/recovery-code/{SHOPPER}");
    assert_eq!(as_owner(Method::GET, &recovery, Value::Null).await.json()["recoveryCodes"], codes);
    let fresh = as_owner(Method::POST, &recovery, Value::Null).await.json()["recoveryCodes"][0].as_str().unwrap().to_owned();
    assert_eq!(as_owner(Method::DELETE, &format!("{path}?methodId={method}&code=x"), Value::Null).await.status, 421);
    assert_eq!(as_owner(Method::DELETE, &format!("{path}?methodId=x&code={fresh}"), Value::Null).await.status, 400);
    assert_eq!(as_owner(Method::DELETE, &path, json!({"methodId": method, "code": "x"})).await.status, 421);
    assert_eq!(as_owner(Method::DELETE, &path, json!({"methodId": method, "code": fresh})).await.status, 200);
    assert_eq!(emulator.login("shopper@example.com").await.status, 200);
    assert_eq!(notices(&emulator).await, ["twoFactorMethodAdd", "twoFactorMethodRemove"]);
}

/// The topics of the messages to the shopper about changes, the oldest first.
async fn notices(emulator: &TestEmulator) -> Vec<String> {
    let mail = emulator.send(Method::GET, "/emulator/mail?to=shopper@example.com", &[], Value::Null).await.json();
    let topics = mail["messages"].as_array().unwrap().iter().map(|it| it["topic"].as_str().unwrap().to_owned());
    topics.filter(|it| it.starts_with("twoFactorMethod") || it.starts_with("password")).collect()
}

#[tokio::test]
async fn a_new_password_is_told_if_the_tenant_has_a_template() {
    let emulator = TestEmulator::start().await;
    let template = "30000000-0000-0000-0000-000000000004";
    let templates = json!({"passwordUpdateEmailTemplateId": template, "passwordResetSuccessEmailTemplateId": template});
    emulator.patch_tenant(json!({"emailConfiguration": templates})).await;
    let change = async |password: &str| {
        let body = json!({"user": {"password": password}});
        assert_eq!(emulator.admin(Method::PATCH, &format!("/api/user/{SHOPPER}"), body).await.status, 200);
    };
    change("a-second-password").await;
    let forgot = emulator.admin(Method::POST, "/api/user/forgot-password", json!({"loginId": "shopper@example.com"})).await;
    let path = format!("/api/user/change-password/{}", forgot.member("changePasswordId"));
    assert_eq!(emulator.post(&path, json!({"password": NEW})).await.status, 200);
    emulator.patch_tenant(json!({"emailConfiguration": {"passwordUpdateEmailTemplateId": null}})).await;
    change("a-third-password").await;
    assert_eq!(notices(&emulator).await, ["passwordUpdate", "passwordResetSuccess"]);
}

#[tokio::test]
async fn the_storefronts_own_lockout_slows_guessing() {
    let emulator = TestEmulator::start().await;
    let session = emulator.login("shopper@example.com").await.member("refreshToken");
    let mut statuses = Vec::new();
    for _ in 0..30 {
        statuses.push(login_with(&emulator, "shopper@example.com", "wrong").await.status);
    }
    assert_eq!(statuses, [vec![404; 10], vec![409; 20]].concat(), "the lockout must begin after ten guesses");
    let held = emulator.login("shopper@example.com").await;
    assert_eq!((held.status, &held.json()["actions"][0]["name"]), (409, &json!("Too many failed sign-ins")));
    assert_eq!(emulator.login("second@example.com").await.status, 200, "other users must be able to sign in");
    assert_eq!(emulator.refresh(&session).await.status, 400, "a renewal must be refused, too");
    emulator.advance_seconds(180);
    assert_eq!(emulator.refresh(&session).await.status, 200, "guesses must end no session");
    assert_eq!(emulator.login("shopper@example.com").await.status, 200);
    for _ in 0..9 {
        assert_eq!(login_with(&emulator, "shopper@example.com", "wrong").await.status, 404);
    }
    assert_eq!(emulator.login("shopper@example.com").await.status, 200, "a success must reset the count");
    for _ in 0..9 {
        assert_eq!(login_with(&emulator, "shopper@example.com", "wrong").await.status, 404);
    }
}

#[tokio::test]
async fn failed_logins_lock_for_a_while() {
    let emulator = TestEmulator::start().await;
    let action = "50000000-0000-0000-0000-000000000001";
    let session = emulator.login("shopper@example.com").await.member("refreshToken");
    let wrong = async || login_with(&emulator, "shopper@example.com", "wrong").await.status;
    emulator.patch_tenant(json!({"failedAuthenticationConfiguration": null})).await;
    for _ in 0..10 {
        assert_eq!(wrong().await, 404, "without an action nobody must be locked");
    }
    let create = json!({"userAction": {"name": "Locked after failed logins", "preventLogin": true, "temporal": true}});
    assert_eq!(emulator.admin(Method::POST, &format!("/api/user-action/{action}"), create).await.status, 200);
    emulator.patch_tenant(json!({"failedAuthenticationConfiguration": {"userActionId": action}})).await;
    emulator.patch_tenant(json!({"jwtConfiguration": {"refreshTokenRevocationPolicy": {"onLoginPrevented": true}}})).await;
    for _ in 0..4 {
        wrong().await;
    }
    emulator.advance_seconds(61);
    for _ in 0..4 {
        assert_eq!(wrong().await, 404, "after a minute the count must start again");
    }
    assert_eq!(emulator.login("shopper@example.com").await.status, 200);
    for _ in 0..5 {
        assert_eq!(wrong().await, 404);
    }
    let held = emulator.login("shopper@example.com").await;
    assert_eq!((held.status, &held.json()["actions"][0]["name"]), (409, &json!("Locked after failed logins")));
    assert_eq!(emulator.refresh(&session).await.status, 400, "sessions must be revoked");
    emulator.advance_seconds(179);
    assert_eq!(wrong().await, 409, "each further failure must restart the lockout");
    emulator.advance_seconds(179);
    assert_eq!(emulator.login("shopper@example.com").await.status, 409);
    emulator.advance_seconds(1);
    assert_eq!(emulator.login("shopper@example.com").await.status, 200);

    // An administrator takes the action on the user, and cancels it.
    let take = json!({"action": {"actioneeUserId": SHOPPER, "userActionId": action, "expiry": START_MS + 86_400_000_i64}});
    let response = emulator.admin(Method::POST, "/api/user/action", take).await;
    assert_eq!(emulator.login("shopper@example.com").await.status, 409);
    let id = response.json()["action"]["id"].as_str().unwrap().to_owned();
    let listed = emulator.admin(Method::GET, &format!("/api/user/action?userId={SHOPPER}"), Value::Null).await;
    assert_eq!(listed.json()["actions"][0]["id"], json!(id));
    assert_eq!(emulator.admin(Method::DELETE, &format!("/api/user/action/{id}"), Value::Null).await.status, 200);
    assert_eq!(emulator.login("shopper@example.com").await.status, 200);
}

#[tokio::test]
async fn users_are_changed_locked_expired_and_imported() {
    let emulator = TestEmulator::start().await;
    let path = format!("/api/user/{SHOPPER}");
    let session = emulator.login("shopper@example.com").await.member("refreshToken");
    let patched = emulator.admin(Method::PATCH, &path, json!({"user": {"firstName": "Sammy"}})).await;
    assert_eq!((&patched.json()["user"]["firstName"], &patched.json()["user"]["lastName"]), (&json!("Sammy"), &json!("Shopper")));
    let response = emulator.admin(Method::PATCH, &path, json!({"user": {"email": "second@example.com"}})).await;
    assert_eq!(response.codes(), code("user.email", "[duplicate]user.email"));
    assert_eq!(
        emulator.admin(Method::PATCH, &path, json!({"user": {"password": "short"}})).await.codes(),
        code("user.password", "[tooShort]user.password")
    );
    assert_eq!(emulator.refresh(&session).await.status, 200);
    assert_eq!(emulator.admin(Method::PATCH, &path, json!({"user": {"password": NEW}})).await.status, 200);
    assert_eq!(emulator.refresh(&session).await.status, 400, "a new password must end sessions");
    assert_eq!(login_with(&emulator, "shopper@example.com", NEW).await.status, 200);
    emulator.admin(Method::PATCH, &path, json!({"user": {"expiry": START_MS + 1_000}})).await;
    emulator.advance_seconds(1);
    let expired = login_with(&emulator, "shopper@example.com", NEW).await;
    assert_eq!((expired.status, expired.text.as_str()), (410, ""));
    emulator.admin(Method::PATCH, &path, json!({"user": {"expiry": null}})).await;
    assert_eq!(emulator.admin(Method::DELETE, &path, Value::Null).await.status, 200);
    assert_eq!(login_with(&emulator, "shopper@example.com", NEW).await.status, 423);
    assert_eq!(emulator.admin(Method::PUT, &format!("{path}?reactivate=true"), Value::Null).await.status, 200);
    assert_eq!(login_with(&emulator, "shopper@example.com", NEW).await.status, 200);
    let registration = format!("/api/user/registration/{SHOPPER}/{STORE}");
    assert_eq!(emulator.admin(Method::GET, &registration, Value::Null).await.json()["registration"]["roles"], json!(["user"]));
    assert_eq!(emulator.admin(Method::DELETE, &registration, Value::Null).await.status, 200);
    assert_eq!(login_with(&emulator, "shopper@example.com", NEW).await.status, 202);
    assert_eq!(emulator.admin(Method::DELETE, &format!("{path}?hardDelete=true"), Value::Null).await.status, 200);
    assert_eq!(emulator.admin(Method::GET, &path, Value::Null).await.status, 404);

    // Python's hashlib computed the PBKDF2 hashes, and crypt(3) the bcrypt hash.
    let salt = "c2FsdHNhbHRzYWx0c2FsdA==";
    let pbkdf2 = |scheme: &str, email: &str, hash: &str| json!({"email": email, "encryptionScheme": scheme, "factor": 1000, "salt": salt, "password": hash});
    let users = json!({"users": [
        pbkdf2("salted-pbkdf2-hmac-sha256", "p256@example.com", include_str!("data/pbkdf2-sha256.txt").trim()),
        pbkdf2("salted-pbkdf2-hmac-sha256-512", "p256long@example.com", include_str!("data/pbkdf2-sha256-512.txt").trim()),
        pbkdf2("salted-pbkdf2-hmac-sha512-512", "p512@example.com", include_str!("data/pbkdf2-sha512-512.txt").trim()),
        {"email": "old@example.com", "insertInstant": 1_000, "registrations": [{"applicationId": STORE, "insertInstant": 2_000}]},
        {"email": "bcrypt@example.com", "encryptionScheme": "bcrypt", "factor": 5, "salt": &include_str!("data/bcrypt.txt")[7..29],
            "password": include_str!("data/bcrypt.txt")[29..].trim(), "verified": true},
    ]});
    assert_eq!(emulator.admin(Method::POST, "/api/user/import", users).await.status, 200);
    for email in ["p256@example.com", "p256long@example.com", "p512@example.com", "bcrypt@example.com"] {
        let login = async |password: &str| login_with(&emulator, email, password).await.status;
        assert_eq!((login("wrong").await, [202, 212].contains(&login(PASSWORD).await)), (404, true), "{email}");
    }
    let old = emulator.admin(Method::GET, "/api/user?email=old@example.com", Value::Null).await.json()["user"].clone();
    assert_eq!((&old["insertInstant"], &old["registrations"][0]["insertInstant"]), (&json!(1_000), &json!(2_000)));
    let faulty = json!({"users": [{"email": "good@example.com"}, pbkdf2("crypt", "bad@example.com", "x")]});
    assert_eq!(emulator.admin(Method::POST, "/api/user/import", faulty).await.codes()[0].0, "user.encryptionScheme");
    assert_eq!(
        emulator.admin(Method::GET, "/api/user?email=good@example.com", Value::Null).await.status,
        404,
        "an invalid import must create no user"
    );
    // The requests of https://github.com/FusionAuth/fusionauth-import-scripts: those of `wordpress` and `stytch` need plugins, that of
    // `generic` does not. Python's hashlib computed the hash.
    let user = |scheme: &str| {
        json!({
            "active": true, "data": {"ImportedFromExpressJs": true}, "email": "generic@example.com", "encryptionScheme": scheme,
            "factor": 20_000, "password": "g0rHByyAKuAwai5ZuP9gGIRs20MW4O+11n+Yu/xmuh4=", "passwordChangeRequired": false,
            "registrations": [{"applicationId": STORE, "roles": []}], "salt": "MmE5M2Y2NzQtYjQ0ZS00Yzk5LWIxZDQtMjA4MTE3ZGQwMTM0",
            "tenantId": TENANT, "uniqueUsername": "generic@example.com", "username": "generic@example.com",
        })
    };
    let import =
        async |user: Value| emulator.admin(Method::POST, "/api/user/import", json!({"users": [user], "validateDbConstraints": true})).await;
    for scheme in ["example-wordpress-phpass", "example-salted-stytch-scrypt"] {
        let refused = import(user(scheme)).await;
        assert_eq!(refused.codes(), code("user.encryptionScheme", "[invalid]user.encryptionScheme"));
        assert!(refused.text.contains("the emulator has no plugins"), "{}", refused.text);
    }
    assert_eq!(import(user("salted-sha256")).await.status, 200);
    assert_eq!(login_with(&emulator, "generic@example.com", "p").await.status, 212);
}

#[tokio::test]
async fn people_see_their_own_account() {
    let emulator = TestEmulator::start().await;
    let token = emulator.login("shopper@example.com").await.member("token");
    let bearer = format!("Bearer {token}");
    for headers in [vec![("authorization", bearer.as_str())], vec![("cookie", &format!("access_token={token}")[..])]] {
        let answer = emulator.send(Method::GET, "/api/user?userId=20000000-0000-0000-0000-000000000002", &headers, Value::Null).await;
        assert_eq!((answer.status, &answer.json()["user"]["id"]), (200, &json!(SHOPPER)), "whatever the query says");
    }
    assert_eq!(emulator.send(Method::GET, "/api/user", &[], Value::Null).await.status, 401);
    for query in ["loginId=shopper@example.com", "email=shopper@example.com", &format!("userId={SHOPPER}")] {
        assert_eq!(emulator.admin(Method::GET, &format!("/api/user?{query}"), Value::Null).await.json()["user"]["id"], json!(SHOPPER));
    }
    assert_eq!(emulator.admin(Method::GET, "/api/user?email=nobody", Value::Null).await.status, 404);
    emulator.advance_seconds(300);
    assert_eq!(emulator.send(Method::GET, "/api/user", &[("authorization", &bearer)], Value::Null).await.status, 401);
}
