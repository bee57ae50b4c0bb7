//! Documented answers that fit into no other file.

use crate::test_emulator::{PASSWORD, SHOPPER, START_MS, STORE, TENANT, TestEmulator};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn names_are_looked_for_as_asked() {
    let emulator = TestEmulator::start().await;
    let user = |username: &str, email: &str, phone: &str| json!({"skipVerification": true, "user": {"username": username, "email": email, "phoneNumber": phone, "password": PASSWORD}});
    // The user name of the first user is the email of the second.
    for body in [user("b@example.com", "a@example.com", "+12025550101"), user("b", "b@example.com", "+12025550102")] {
        assert_eq!(emulator.admin(Method::POST, "/api/user", body).await.status, 200);
    }
    // Login id, login id types, the email of the account that the login finds.
    let rows = [
        ("b@example.com", json!(null), Some("b@example.com")),
        ("b@example.com", json!(["email", "username"]), Some("b@example.com")),
        ("b@example.com", json!(["username", "email"]), Some("a@example.com")),
        ("b@example.com", json!(["username"]), Some("a@example.com")),
        ("a@example.com", json!(["username"]), None),
        ("+12025550101", json!(["phoneNumber"]), Some("a@example.com")),
        ("(202) 555-0102", json!(["phoneNumber"]), Some("b@example.com")),
        ("+12025550101", json!(null), None),
        ("b ", json!(["username"]), None),
    ];
    for (name, kinds, owner) in rows {
        let answer = emulator
            .post("/api/login", json!({"applicationId": STORE, "loginId": name, "loginIdTypes": kinds, "password": PASSWORD}))
            .await;
        let email = answer.json()["user"]["email"].as_str().map(str::to_owned);
        assert_eq!((answer.status, email.as_deref()), (if owner.is_some() { 202 } else { 404 }, owner), "{name} {kinds}");
    }
    let wrong = json!({"applicationId": STORE, "loginId": "b", "loginIdTypes": ["nickname"], "password": PASSWORD});
    assert_eq!(emulator.post("/api/login", wrong).await.status, 400);
}

#[tokio::test]
async fn what_describes_a_device_is_kept_and_the_rest_accepted() {
    let emulator = TestEmulator::start().await;
    let device = json!({"device": {"name": "Web", "description": "Firefox", "type": "BROWSER"}});
    let answer = emulator
        .post(
            "/api/login",
            json!({"applicationId": STORE, "loginId": "shopper@example.com", "password": PASSWORD, "metaData": device, "ipAddress": "192.0.2.1",
                "newDevice": true, "eventInfo": {"userAgent": "x"}, "botDetectionScore": 0.5}),
        )
        .await;
    assert_eq!(answer.status, 200);
    let id = answer.member("refreshTokenId");
    let one = emulator.admin(Method::GET, &format!("/api/jwt/refresh/{id}"), Value::Null).await.json()["refreshToken"].clone();
    let shown = json!({"device": {"name": "Web", "description": "Firefox", "type": "BROWSER", "lastAccessedAddress": "192.0.2.1",
        "lastAccessedInstant": START_MS}});
    assert_eq!((&one["metaData"], &one["userId"], &one["applicationId"]), (&shown, &json!(SHOPPER), &json!(STORE)));
    assert_eq!(emulator.admin(Method::GET, "/api/jwt/refresh/none", Value::Null).await.status, 404);
    assert_eq!(emulator.admin(Method::GET, "/api/jwt/refresh?userId=", Value::Null).await.status, 400);
    let old = json!({"refreshToken": answer.member("refreshToken"), "token": "no.valid.token"});
    emulator.advance_seconds(1);
    assert_eq!(emulator.post("/api/jwt/refresh", old).await.status, 200, "the access token need not be valid");
    let used = emulator.admin(Method::GET, &format!("/api/jwt/refresh/{id}"), Value::Null).await.json()["refreshToken"].clone();
    let device = &used["metaData"]["device"];
    assert_eq!((&device["lastAccessedAddress"], &device["lastAccessedInstant"]), (&json!("127.0.0.1"), &json!(START_MS + 1_000)));

    for data in [json!("no members"), json!({}), json!({"device": "Web"}), json!({"device": 5}), json!({"device": [1]})] {
        let login = json!({"applicationId": STORE, "loginId": "shopper@example.com", "password": PASSWORD, "metaData": data});
        let id = emulator.post("/api/login", login).await.member("refreshTokenId");
        for method in [Method::GET, Method::DELETE] {
            assert_eq!(emulator.admin(method, &format!("/api/jwt/refresh/{id}"), Value::Null).await.status, 200, "{data}");
        }
    }
}

#[tokio::test]
async fn the_tenant_is_named_or_clear() {
    let emulator = TestEmulator::start().await;
    let body = json!({"applicationId": STORE, "loginId": "shopper@example.com", "password": PASSWORD});
    let forgot = json!({"loginId": "shopper@example.com"});
    let send = async |path: &str, tenant: &str, body: &Value| {
        emulator.send(Method::POST, path, &[("x-fusionauth-tenantid", tenant)], body.clone()).await
    };
    assert_eq!(send("/api/login", TENANT, &body).await.status, 200);
    assert_eq!(send("/api/login", STORE, &body).await.codes(), [(String::new(), "[TenantIdRequired]".to_owned())]);
    assert_eq!(send("/api/user/forgot-password", TENANT, &forgot).await.status, 200);
    for wrong in [STORE, "no-uuid", ""] {
        let answer = send("/api/user/forgot-password", wrong, &forgot).await;
        assert_eq!(answer.codes(), [(String::new(), "[TenantIdRequired]".to_owned())], "{wrong}");
    }
}

#[tokio::test]
async fn discovery_names_the_endpoints() {
    let emulator = TestEmulator::start().await;
    let host = [("host", "auth.spa-local-storage.localhost:9011")];
    for path in [
        "/.well-known/openid-configuration".to_owned(),
        format!("/{TENANT}/.well-known/openid-configuration"),
        format!("/.well-known/openid-configuration?tenantId={STORE}"),
    ] {
        let answer = emulator.send(Method::GET, &path, &host, Value::Null).await;
        let body = answer.json();
        assert_eq!((answer.status, &body["issuer"]), (200, &json!("storefront.example")), "{path}");
        assert_eq!(body["jwks_uri"], json!("http://auth.spa-local-storage.localhost:9011/.well-known/jwks.json"));
        assert_eq!(body["token_endpoint_auth_methods_supported"], json!(["client_secret_basic", "client_secret_post", "none"]));
        for (name, url) in body.as_object().unwrap().iter().filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri") {
            let path = url.as_str().unwrap().strip_prefix("http://auth.spa-local-storage.localhost:9011").unwrap();
            for method in [Method::GET, Method::POST] {
                assert_ne!(emulator.send(method, path, &[], Value::Null).await.status, 501, "{name}");
            }
        }
    }
}

#[tokio::test]
async fn registrations_are_validated() {
    let emulator = TestEmulator::start().await;
    let path = "/api/user/registration";
    let register = |user: Value, registration: Value| json!({"user": user, "registration": registration});
    let (store, good) = (json!({"applicationId": STORE}), json!({"email": "new@example.com", "password": PASSWORD}));
    let rows = [
        (register(json!({"email": "SHOPPER@example.com", "password": PASSWORD}), store.clone()), "user.email", "[duplicate]user.email"),
        (register(json!({"password": PASSWORD}), store.clone()), "user.email", "[blank]user.email"),
        (register(json!({"email": " ", "password": PASSWORD}), store.clone()), "user.email", "[blank]user.email"),
        (register(json!({"email": "nobody", "password": PASSWORD}), store.clone()), "user.email", "[notEmail]user.email"),
        (register(json!({"email": "a b@example.com", "password": PASSWORD}), store.clone()), "user.email", "[notEmail]user.email"),
        (register(json!({"email": "new@example.com"}), store.clone()), "user.password", "[blank]user.password"),
        (register(good.clone(), json!({"applicationId": SHOPPER})), "registration.applicationId", "[invalid]registration.applicationId"),
        (register(good.clone(), json!({})), "registration.applicationId", "[invalid]registration.applicationId"),
        (register(good.clone(), json!({"applicationId": STORE, "roles": ["king"]})), "registration.roles", "[invalid]registration.roles"),
        (json!({"registration": store}), "user", "[missing]user"),
    ];
    for (body, field, code) in rows {
        let answer = emulator.admin(Method::POST, path, body.clone()).await;
        assert_eq!((answer.status, answer.codes()), (400, vec![(field.to_owned(), code.to_owned())]), "{body}");
        assert_eq!(emulator.login("new@example.com").await.status, 404, "a refused registration must leave no user: {body}");
    }
    assert_eq!(emulator.post(path, register(good.clone(), store.clone())).await.status, 401);
    let unknown = emulator.admin(Method::POST, &format!("{path}/{STORE}"), json!({"registration": store})).await;
    assert_eq!(unknown.status, 404);
    let body = json!({"user": good, "registration": store, "skipVerification": true});
    let made = emulator.admin(Method::POST, path, body).await;
    let members: Vec<_> = made.json().as_object().unwrap().keys().cloned().collect();
    assert_eq!((made.status, members), (200, ["registration", "token", "tokenExpirationInstant", "user"].map(str::to_owned).to_vec()));
    assert_eq!(emulator.login("new@example.com").await.status, 200);
}

/// <https://fusionauth.io/docs/apis/errors>: `[duplicate]` names the field.
#[tokio::test]
async fn a_duplicate_user_is_reported_by_its_member() {
    let emulator = TestEmulator::start().await;
    let user = |username: &str, email: &str| json!({"user": {"username": username, "email": email, "password": PASSWORD}});
    let first = emulator.admin(Method::POST, "/api/user", user("anna", "anna@example.com")).await.json()["user"]["id"].clone();
    let first = format!("/api/user/{}", first.as_str().unwrap());
    for (path, body, member) in [
        ("/api/user", user("other", "Anna@example.com"), "email"),
        ("/api/user", user("Anna", "other@example.com"), "username"),
        ("/api/user", user("anna", "shopper@example.com"), "email"),
        (&first, user("other", "other@example.com"), "id"),
    ] {
        let answer = emulator.admin(Method::POST, path, body.clone()).await;
        let (field, code) = (format!("user.{member}"), format!("[duplicate]user.{member}"));
        assert_eq!((answer.status, answer.codes()), (400, vec![(field, code)]), "{body}");
    }
    let renamed = emulator.admin(Method::PATCH, &first, json!({"user": {"email": "shopper@example.com"}})).await;
    assert_eq!(renamed.codes(), [("user.email".to_owned(), "[duplicate]user.email".to_owned())]);
}

/// FusionAuth's Java client declares `SortedSet<String> roles` in `UserRegistration`, and a registration has roles of its application
/// only (<https://fusionauth.io/docs/apis/registrations>). The test `test_application_crud` of FusionAuth's Ruby client expects the roles of
/// an application by name (<https://github.com/FusionAuth/fusionauth-ruby-client>).
#[tokio::test]
async fn roles_are_sorted_and_follow_their_application() {
    let emulator = TestEmulator::start().await;
    let roles = json!([{"name": "writer"}, {"name": "reader"}, {"name": "editor"}]);
    let application = json!({"application": {"name": "Roles", "roles": roles}});
    let application = emulator.admin(Method::POST, "/api/application", application).await.json()["application"].clone();
    let names: Vec<&str> = application["roles"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["editor", "reader", "writer"]);
    let id = |name: &str| {
        let role = application["roles"].as_array().unwrap().iter().find(|it| it["name"] == name).unwrap();
        format!("/api/application/{}/role/{}", application["id"].as_str().unwrap(), role["id"].as_str().unwrap())
    };
    let body = json!({"registration": {"applicationId": application["id"], "roles": ["writer", "reader", "editor"]}});
    let path = format!("/api/user/registration/{SHOPPER}");
    let registered = emulator.admin(Method::POST, &path, body).await.json();
    assert_eq!(registered["registration"]["roles"], json!(["editor", "reader", "writer"]));
    assert_eq!(emulator.admin(Method::PATCH, &id("editor"), json!({"role": {"name": "zealot"}})).await.status, 200);
    assert_eq!(emulator.admin(Method::DELETE, &id("reader"), Value::Null).await.status, 200);
    let path = format!("{path}/{}", application["id"].as_str().unwrap());
    let registration = emulator.admin(Method::GET, &path, Value::Null).await.json()["registration"].clone();
    assert_eq!(registration["roles"], json!(["writer", "zealot"]));
}

/// <https://fusionauth.io/docs/apis/jwt/retrieve-public-keys>: 404 for an application without a public key.
/// <https://fusionauth.io/docs/apis/users/search>: a search needs ids or a query.
#[tokio::test]
async fn requests_that_name_nothing_are_refused() {
    let emulator = TestEmulator::start().await;
    let application = emulator.admin(Method::POST, "/api/application", json!({"application": {"name": "Keyless"}})).await.json();
    let path = format!("/api/jwt/public-key?applicationId={}", application["application"]["id"].as_str().unwrap());
    assert_eq!(emulator.send(Method::GET, &path, &[], Value::Null).await.status, 404);
    for search in [json!({"search": {}}), json!({"search": {"sortFields": [{"name": "email"}]}})] {
        assert_eq!(emulator.admin(Method::POST, "/api/user/search", search).await.status, 400);
    }
    assert_eq!(emulator.admin(Method::GET, "/api/user/search", Value::Null).await.status, 400);
}

/// <https://fusionauth.io/docs/apis/applications>: `verificationEmailTemplateId` is required if `verifyRegistration` is true.
#[tokio::test]
async fn an_application_verifies_registrations_with_a_template_only() {
    let emulator = TestEmulator::start().await;
    let application =
        |template: Value| json!({"application": {"name": "App", "verifyRegistration": true, "verificationEmailTemplateId": template}});
    let refused = emulator.admin(Method::POST, "/api/application", application(Value::Null)).await;
    let field = "application.verificationEmailTemplateId".to_owned();
    assert_eq!((refused.status, refused.codes()), (400, vec![(field.clone(), format!("[missing]{field}"))]));
    let template = json!("30000000-0000-0000-0000-000000000010");
    assert_eq!(emulator.admin(Method::POST, "/api/application", application(template)).await.status, 200);
}

/// `EmailTemplatePreview` of FusionAuth's clients, such as the .NET client's `PreviewEmailTemplate`. The Ruby client's test expects the
/// sender's name in the language of the request
/// (<https://fusionauth.io/docs/apis/emails#preview-an-email-template>).
#[tokio::test]
async fn a_template_is_previewed_without_being_stored() {
    let emulator = TestEmulator::start().await;
    let template = json!({
        "defaultFromName": "Shop", "defaultHtmlTemplate": "<p>${user.email}</p>", "defaultSubject": "Hello", "fromEmail": "shop@example.com",
        "defaultTextTemplate": "Hello ${user.email}", "localizedSubjects": {"de": "Hallo"},
        "localizedFromNames": {"de": "Laden"},
    });
    let path = "/api/email/template/preview";
    let preview = async |locale: Value| emulator.admin(Method::POST, path, json!({"emailTemplate": template, "locale": locale})).await;
    let email = preview(Value::Null).await.json()["email"].clone();
    assert_eq!(email["from"], json!({"address": "shop@example.com", "display": "Shop"}));
    assert_eq!((&email["subject"], &email["text"]), (&json!("Hello"), &json!("Hello example@fusionauth.io")));
    assert_eq!(email["html"], json!("<p>example@fusionauth.io</p>"));
    let german = preview(json!("de")).await.json()["email"].clone();
    assert_eq!((&german["subject"], &german["from"]["display"]), (&json!("Hallo"), &json!("Laden")));
    let broken =
        json!({"emailTemplate": {"defaultSubject": "${nobody}", "defaultTextTemplate": "[#if user.email??]${application.name}[/#if]"}});
    let broken = emulator.admin(Method::POST, path, broken).await.json();
    assert_eq!(broken["errors"]["fieldErrors"].as_object().unwrap().keys().collect::<Vec<_>>(), ["emailTemplate.defaultSubject"]);
    assert_eq!(broken["email"]["text"], json!("Example"));
    assert_eq!(emulator.admin(Method::POST, path, json!({})).await.status, 400);
    assert_eq!(emulator.post(path, json!({"emailTemplate": template})).await.status, 401);
    let mail = emulator.send(Method::GET, "/emulator/mail?topic=chosen", &[], Value::Null).await.json();
    assert_eq!(mail["messages"], json!([]), "a preview is not sent");
}

/// `sourceApplicationId`: "The optional Id of an existing application to make a copy of" (<https://fusionauth.io/docs/apis/applications>).
#[tokio::test]
async fn a_copy_of_an_application_has_its_settings_and_secrets_of_its_own() {
    let emulator = TestEmulator::start().await;
    let source = emulator.admin(Method::GET, &format!("/api/application/{STORE}"), Value::Null).await.json()["application"].clone();
    let copy = async |body: Value| emulator.admin(Method::POST, "/api/application", body).await;
    let copied = copy(json!({"application": {"name": "Copy"}, "sourceApplicationId": STORE})).await.json()["application"].clone();
    assert_eq!((&copied["name"], &copied["jwtConfiguration"]), (&json!("Copy"), &source["jwtConfiguration"]));
    assert_eq!(copied["roles"].as_array().map(Vec::len), source["roles"].as_array().map(Vec::len));
    for secret in ["/id", "/roles/0/id", "/oauthConfiguration/clientId", "/oauthConfiguration/clientSecret"] {
        assert!(copied.pointer(secret).is_some() && copied.pointer(secret) != source.pointer(secret), "{secret}");
    }
    for wrong in [json!("x"), json!("a0000000-0000-4000-8000-00000000dead")] {
        let refused = copy(json!({"application": {"name": "Wrong"}, "sourceApplicationId": wrong})).await;
        assert_eq!((refused.status, refused.codes()[0].0.as_str()), (400, "sourceApplicationId"));
    }
}

/// Values that FusionAuth refuses: `LambdaType`, `IdentityProviderType` and `EventType`, the schemes of its password hashes, webhooks that
/// nothing can reach, endpoints of API keys, redirect URLs (RFC 6749 section 3.1.2), locales
/// (<https://fusionauth.io/docs/reference/data-types#locales>), and login ids that are too long or of a blocked domain.
#[tokio::test]
async fn invalid_values_are_refused_instead_of_stored() {
    const REDIRECT_URLS: &str = "application.oauthConfiguration.authorizedRedirectURLs";
    let emulator = TestEmulator::start().await;
    let redirecting = |url: &str| json!({"application": {"name": "A", "oauthConfiguration": {"authorizedRedirectURLs": [url]}}});
    let user = |user: Value| {
        let mut user = user;
        user["password"] = json!(PASSWORD);
        json!({ "user": user })
    };
    emulator.patch_tenant(json!({"registrationConfiguration": {"blockedDomains": ["blocked.example"]}})).await;
    let reason = json!({"userActionReason": {"code": "spam", "text": "Spam"}});
    assert_eq!(emulator.admin(Method::POST, "/api/user-action-reason", reason).await.status, 200);
    for (path, body, field) in [
        ("/api/lambda", json!({"lambda": {"name": "l", "type": "Sandwich"}}), "lambda.type"),
        ("/api/identity-provider", json!({"identityProvider": {"name": "i", "type": "Sandwich"}}), "identityProvider.type"),
        ("/api/webhook", json!({"webhook": {"url": "nowhere"}}), "webhook.url"),
        ("/api/webhook", json!({"webhook": {"url": "http://localhost:1/", "readTimeout": 0}}), "webhook.readTimeout"),
        (
            "/api/user",
            json!({"user": {"email": "e@example.com", "encryptionScheme": "rot13", "password": PASSWORD}}),
            "user.encryptionScheme",
        ),
        (
            "/api/webhook",
            json!({"webhook": {"url": "http://localhost:1/", "eventsEnabled": {"user.creat": true}}}),
            "webhook.eventsEnabled",
        ),
        (
            "/api/tenant",
            json!({"tenant": {"name": "T", "eventConfiguration": {"events": {"no.event": {}}}}}),
            "tenant.eventConfiguration.events",
        ),
        ("/api/api-key", json!({"apiKey": {"permissions": {"endpoints": {"/api/usr": ["GET"]}}}}), "apiKey.permissions.endpoints"),
        ("/api/application", redirecting("store.example/callback"), REDIRECT_URLS),
        ("/api/application", redirecting("http://store.example/#fragment"), REDIRECT_URLS),
        ("/api/application", redirecting("http://"), REDIRECT_URLS),
        ("/api/user", user(json!({"username": "u".repeat(300)})), "user.username"),
        ("/api/user", user(json!({"phoneNumber": "call me"})), "user.phoneNumber"),
        ("/api/user", user(json!({"email": "e@example.com", "preferredLanguages": ["English, please"]})), "user.preferredLanguages"),
        ("/api/user", user(json!({"email": "e@example.com", "imageUrl": "no url"})), "user.imageUrl"),
        ("/api/user", user(json!({"email": "e@blocked.example"})), "user.email"),
        ("/api/user-action-reason", json!({"userActionReason": {"code": "spam", "text": "Other"}}), "userActionReason.code"),
        ("/emulator/faults", json!({"path": "/api/login", "times": 1}), "fault"),
    ] {
        assert_eq!(emulator.admin(Method::POST, path, body).await.codes()[0].0, field, "{path}");
    }
    assert_eq!(emulator.send(Method::GET, "/emulator/mail?topic=passwordles", &[], Value::Null).await.status, 400);
    for (path, body) in [
        ("/api/application", redirecting("com.example.app:/callback")),
        ("/api/user", json!({"disableDomainBlock": true, "user": {"email": "e@blocked.example", "password": PASSWORD}})),
        (
            "/api/user",
            user(json!({"email": "z@example.com", "imageUrl": "https://cdn.example/z.png", "preferredLanguages": ["zh-Hans-CN"]})),
        ),
        ("/api/api-key", json!({"apiKey": {"permissions": {"endpoints": {"/api/user/registration": ["GET"]}}}})),
    ] {
        let answer = emulator.admin(Method::POST, path, body).await;
        assert_eq!(answer.status, 200, "{path} {}", answer.text);
    }
    let moved = emulator.admin(Method::PATCH, &format!("/api/user/{SHOPPER}"), json!({"user": {"email": "s@blocked.example"}})).await;
    assert_eq!(moved.codes(), [("user.email".to_owned(), "[blocked]user.email".to_owned())]);
}

/// <https://fusionauth.io/docs/lifecycle/authenticate-users/application-authentication-tokens>.
#[tokio::test]
async fn an_authentication_token_replaces_the_password() {
    let emulator = crate::browser::start().await;
    let path = format!("/api/user/registration/{SHOPPER}/{STORE}");
    let generate = async || {
        let body = json!({"generateAuthenticationToken": true, "registration": {"applicationId": STORE, "roles": ["user"]}});
        emulator.admin(Method::PUT, &path, body).await.json()["registration"]["authenticationToken"].clone()
    };
    assert_eq!(generate().await, Value::Null, "the application allows no such tokens");
    emulator.patch_store(json!({"authenticationTokenConfiguration": {"enabled": true}})).await;
    let token = generate().await;
    let login = |application: Value| json!({"applicationId": application, "loginId": "shopper@example.com", "password": token});
    let signed_in = emulator.post("/api/login", login(json!(STORE))).await;
    assert_eq!(crate::test_emulator::claims(&signed_in.member("token"))["authenticationType"], "APPLICATION_TOKEN");
    assert_eq!(emulator.post("/api/login", login(json!(crate::test_emulator::FORUMS))).await.status, 404, "another application");
    assert_eq!(emulator.login("shopper@example.com").await.status, 200, "the password works, too");
    let browser = crate::browser::Browser::new(&emulator);
    let page = browser.get("/oauth2/authorize", &crate::browser::request(&[]), "").await;
    let sign_in = async |password: &str| browser.submit(&page, &[("loginId", "shopper@example.com"), ("password", password)]).await.status;
    assert_eq!(sign_in(token.as_str().unwrap()).await, 200, "only the Login API accepts tokens");
    generate().await;
    assert_eq!(emulator.post("/api/login", login(json!(STORE))).await.status, 404, "a new token replaces the old one");
    let empty = json!({"registration": {"applicationId": STORE, "authenticationToken": "", "roles": ["user"]}});
    let answer = emulator.admin(Method::PUT, &path, empty).await;
    assert_eq!((answer.status, &answer.json()["registration"]["authenticationToken"]), (200, &Value::Null));
    assert_eq!(sign_in("").await, 200, "an empty password signs nobody in");
}

/// <https://fusionauth.io/docs/apis/users/create> (`phoneNumber`), and for the messages
/// <https://fusionauth.io/docs/apis/users/forgot-password> and <https://fusionauth.io/docs/apis/passwordless>.
#[tokio::test]
async fn a_phone_number_is_a_login_id_and_gets_sms() {
    let emulator = TestEmulator::start().await;
    let template = json!({"messageTemplate": {"name": "SMS", "type": "SMS", "defaultTemplate": "Go to ${changePasswordId!}${code!}"}});
    let template = emulator.admin(Method::POST, "/api/message/template", template).await.json()["messageTemplate"]["id"].clone();
    let created = emulator.admin(Method::POST, "/api/user", json!({"user": {"phoneNumber": "(303) 555-1212", "password": PASSWORD}})).await;
    let user = created.json()["user"].clone();
    assert_eq!((created.status, &user["phoneNumber"]), (200, &json!("+13035551212")));
    assert_eq!((&user["identities"][0]["type"], &user["identities"][0]["value"]), (&json!("phoneNumber"), &json!("+13035551212")));
    let import = json!({"users": [{"phoneNumber": "+4930123456", "password": PASSWORD}]});
    assert_eq!(emulator.admin(Method::POST, "/api/user/import", import).await.status, 200);
    for number in ["+13035551212", "303-555-1212"] {
        let again = emulator.admin(Method::POST, "/api/user", json!({"user": {"phoneNumber": number, "password": PASSWORD}})).await;
        assert_eq!(again.codes(), [("user.phoneNumber".to_owned(), "[duplicate]user.phoneNumber".to_owned())], "{number}");
    }
    let by_phone = |number: &str| json!({"applicationId": STORE, "loginId": number, "loginIdTypes": ["phoneNumber"]});
    for number in ["303.555.1212", "+4930123456"] {
        let mut login = by_phone(number);
        login["password"] = json!(PASSWORD);
        assert_eq!(emulator.post("/api/login", login).await.status, 202, "{number}");
    }
    let forgot = json!({"loginId": "303-555-1212", "loginIdTypes": ["phoneNumber"]});
    assert_eq!(emulator.post("/api/user/forgot-password", forgot.clone()).await.status, 403, "the tenant has no template for an SMS");
    emulator.patch_tenant(json!({"phoneConfiguration": {"forgotPasswordTemplateId": template}})).await;
    assert_eq!(emulator.post("/api/user/forgot-password", forgot).await.status, 200);
    let id = emulator.mailed("changePasswordId").await;
    emulator.patch_store(json!({"passwordlessConfiguration": {"enabled": true, "phoneLoginStrategy": "FormField"}})).await;
    emulator.patch_store(json!({"phoneConfiguration": {"passwordlessTemplateId": template}})).await;
    let code = emulator.admin(Method::POST, "/api/passwordless/start", by_phone("303-555-1212")).await;
    assert!(code.json()["oneTimeCode"].is_string(), "{}", code.text);
    let code = code.member("code");
    assert_eq!(emulator.post("/api/passwordless/send", json!({"code": code})).await.status, 200);
    let sent = emulator.admin(Method::GET, "/emulator/mail?to=%2B13035551212", Value::Null).await.json()["messages"].clone();
    let texts: Vec<&str> = sent.as_array().unwrap().iter().map(|it| it["text"].as_str().unwrap()).collect();
    assert_eq!(texts, [format!("Go to {id}"), format!("Go to {code}")]);
}

/// The templates of an application precede those of the tenant
/// (<https://fusionauth.io/docs/customize/email-and-messages/configuring-application-specific-email-templates>).
#[tokio::test]
async fn an_application_has_templates_of_its_own() {
    let emulator = TestEmulator::start().await;
    let template = async |name: &str| {
        let body = json!({"emailTemplate": {"name": name, "defaultSubject": name, "defaultTextTemplate": "t"}});
        emulator.admin(Method::POST, "/api/email/template", body).await.json()["emailTemplate"]["id"].clone()
    };
    let (of_tenant, of_store) = (template("Tenant").await, template("Store").await);
    let names = ["passwordUpdateEmailTemplateId", "emailVerifiedEmailTemplateId"];
    emulator.patch_tenant(json!({"emailConfiguration": {names[0]: of_tenant, names[1]: of_tenant}})).await;
    emulator.patch_store(json!({"emailConfiguration": {names[0]: of_store}})).await;
    for (application, subject) in [(json!(STORE), "Store"), (Value::Null, "Tenant")] {
        let body = json!({"applicationId": application, "loginId": "shopper@example.com", "password": PASSWORD});
        assert_eq!(emulator.admin(Method::POST, "/api/user/change-password", body).await.status, 200);
        let mail = emulator.admin(Method::GET, "/emulator/mail?topic=passwordUpdate", Value::Null).await.json();
        assert_eq!(mail["messages"].as_array().unwrap().last().unwrap()["subject"], subject);
    }
    emulator.send(Method::PUT, "/api/user/verify-email?email=unverified@example.com", &[], Value::Null).await;
    let id = emulator.mailed("verificationId").await;
    assert_eq!(emulator.post("/api/user/verify-email", json!({"verificationId": id})).await.status, 200);
    let mail = emulator.admin(Method::GET, "/emulator/mail?topic=emailVerified", Value::Null).await.json();
    assert_eq!(mail["messages"][0]["to"], "unverified@example.com");
}

/// What FusionAuth's Terraform provider reads back, changes and deletes (<https://fusionauth.io/docs/apis/user-actions>,
/// <https://fusionauth.io/docs/apis/reactor>, <https://fusionauth.io/docs/apis/system>).
#[tokio::test]
async fn a_provider_of_infrastructure_reads_changes_and_deletes() {
    let emulator = TestEmulator::start().await;
    let created = emulator.admin(Method::POST, "/api/user-action", json!({"userAction": {"name": "Mute", "temporal": true}})).await;
    let path = format!("/api/user-action/{}", created.json()["userAction"]["id"].as_str().unwrap());
    let changed = emulator.admin(Method::PUT, &path, json!({"userAction": {"name": "Ban", "preventLogin": true}})).await.json();
    assert_eq!((&changed["userAction"]["name"], &changed["userAction"]["temporal"]), (&json!("Ban"), &json!(false)));
    let is_active = async || emulator.admin(Method::GET, &path, Value::Null).await.json()["userAction"]["active"].clone();
    assert_eq!(emulator.admin(Method::DELETE, &path, Value::Null).await.status, 200);
    assert_eq!(is_active().await, json!(false));
    assert_eq!(emulator.admin(Method::PUT, &format!("{path}?reactivate=true"), json!({})).await.status, 200);
    assert_eq!(is_active().await, json!(true));
    assert_eq!(emulator.admin(Method::DELETE, &format!("{path}?hardDelete=true"), Value::Null).await.status, 200);
    assert_eq!(emulator.admin(Method::GET, &path, Value::Null).await.status, 404);

    assert_eq!(emulator.admin(Method::GET, "/api/reactor", Value::Null).await.json(), json!({"status": {"licensed": false}}));
    let version = emulator.admin(Method::GET, "/api/system/version", Value::Null).await.member("version");
    assert_eq!(version.split('.').filter(|it| it.parse::<u32>().is_ok()).count(), 3, "{version}");
    let tenant = emulator.admin(Method::POST, "/api/tenant", json!({"tenant": {"name": "Other"}})).await.json()["tenant"]["id"].clone();
    let path = format!("/api/tenant/{}?async=true", tenant.as_str().unwrap());
    assert_eq!(emulator.admin(Method::DELETE, &path, Value::Null).await.status, 202);
    let first_login = emulator.login("shopper@example.com").await.json();
    let registration = &first_login["user"]["registrations"][0];
    assert_eq!((&first_login["user"]["lastLoginInstant"], &registration["lastLoginInstant"]), (&json!(START_MS), &json!(START_MS)));
}
