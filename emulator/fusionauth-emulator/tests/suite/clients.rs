//! The requests that FusionAuth's client libraries send for an application with native login, with the same paths, methods, headers and
//! bodies (<https://github.com/FusionAuth/fusionauth-typescript-client>, <https://github.com/FusionAuth/fusionauth-python-client>). The
//! libraries read a resource, change it and send all of it back.

use crate::test_emulator::{API_KEY, FORUMS, PASSWORD, SHOPPER, STORE, TENANT, TestEmulator, TestResponse, claims};
use reqwest::Method;
use serde_json::{Value, json};

const APPLICATION: &str = "e0000000-0000-4000-8000-000000000001";
const USER: &str = "e0000000-0000-4000-8000-000000000002";
const EMAIL: &str = "ann@clients.test";

/// Sends requests as the libraries do: with the API key and the tenant, and without a content type if there is no body.
struct Client {
    emulator: TestEmulator,
}

impl Client {
    async fn start() -> Self {
        Self { emulator: TestEmulator::start().await }
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> TestResponse {
        self.emulator.send(method, path, &[("authorization", API_KEY), ("x-fusionauth-tenantid", TENANT)], body).await
    }

    /// Sends a request with the API key. Returns the body of the answer, which must have the status 200.
    async fn ok(&self, method: Method, path: &str, body: Value) -> Value {
        let answer = self.send(method.clone(), path, body).await;
        assert_eq!(answer.status, 200, "{method} {path} {}", answer.text);
        answer.json()
    }

    async fn get(&self, path: &str) -> Value {
        self.ok(Method::GET, path, Value::Null).await
    }

    /// Sends a request without the API key, as the libraries do where FusionAuth needs none.
    async fn anonymous(&self, method: Method, path: &str, token: Option<&str>, body: Value) -> TestResponse {
        let bearer = token.map(|it| format!("Bearer {it}"));
        let headers: Vec<_> = bearer.iter().map(|it| ("authorization", it.as_str())).collect();
        self.emulator.send(method, path, &headers, body).await
    }

    /// Creates an application that allows passwordless logins, and a user who is registered for it.
    async fn with_application_and_user() -> Self {
        let client = Self::start().await;
        let application = json!({"application": {
            "loginConfiguration": {"allowTokenRefresh": true, "generateRefreshTokens": true, "requireAuthentication": false},
            "name": "Clients",
            "passwordlessConfiguration": {"enabled": true},
            "roles": [{"isDefault": true, "name": "reader"}, {"name": "writer"}],
        }});
        client.ok(Method::POST, &format!("/api/application/{APPLICATION}"), application).await;
        let user = json!({
            "registration": {"applicationId": APPLICATION},
            "skipVerification": true,
            "user": {"email": EMAIL, "password": PASSWORD},
        });
        client.ok(Method::POST, &format!("/api/user/registration/{USER}"), user).await;
        client
    }

    async fn login(&self) -> Value {
        let body = json!({"applicationId": APPLICATION, "loginId": EMAIL, "password": PASSWORD});
        self.ok(Method::POST, "/api/login", body).await
    }
}

#[tokio::test]
async fn resources_are_read_changed_and_sent_back() {
    let client = Client::with_application_and_user().await;
    let rows = [
        (format!("/api/application/{APPLICATION}"), "application", "name", json!("Renamed")),
        (format!("/api/tenant/{TENANT}"), "tenant", "issuer", json!("changed.example")),
        (format!("/api/user/{USER}"), "user", "firstName", json!("Ann")),
        ("/api/system-configuration".to_owned(), "systemConfiguration", "reportTimezone", json!("Europe/Vienna")),
    ];
    for (path, resource, member, value) in rows {
        let before = client.get(&path).await;
        let mut body = before.clone();
        body[resource][member] = value.clone();
        body[resource]["id"] = Value::Null;
        let after = client.ok(Method::PUT, &path, body.clone()).await;
        assert_eq!(after[resource][member], value, "{path}");
        assert_eq!(client.get(&path).await, after, "{path}");
        for name in ["id", "insertInstant", "tenantId", "roles", "oauthConfiguration", "registrations", "corsConfiguration"] {
            assert_eq!(after[resource][name], before[resource][name], "{path} {name}");
        }
    }

    let path = format!("/api/user/registration/{USER}");
    let mut registration = client.get(&format!("{path}/{APPLICATION}")).await["registration"].clone();
    registration["roles"] = json!(["writer"]);
    let after = client.ok(Method::PUT, &path, json!({"registration": registration})).await;
    assert_eq!(after["registration"]["roles"], json!(["writer"]), "a PUT must replace the roles");
    let patched = client.ok(Method::PATCH, &path, json!({"registration": {"applicationId": APPLICATION, "roles": ["reader"]}})).await;
    assert_eq!(patched["registration"]["roles"], json!(["reader", "writer"]), "a PATCH with JSON must append the roles");
    let unknown = json!({"registration": {"applicationId": APPLICATION, "roles": ["owner"]}});
    assert_eq!(client.send(Method::PUT, &path, unknown).await.status, 400);

    let weak = client.send(Method::PUT, &format!("/api/user/{USER}"), json!({"user": {"email": EMAIL, "password": "short"}})).await;
    assert_eq!(weak.codes(), [("user.password".to_owned(), "[tooShort]user.password".to_owned())]);
    let body = json!({"user": {"email": EMAIL, "password": "another-good-password"}});
    assert!(
        client.ok(Method::PUT, &format!("/api/user/{USER}"), body).await["user"]["firstName"].is_null(),
        "a PUT must remove the members that it omits"
    );
    let old = json!({"applicationId": APPLICATION, "loginId": EMAIL, "password": PASSWORD});
    assert_eq!(client.send(Method::POST, "/api/login", old).await.status, 404);
    assert_eq!(client.send(Method::PUT, &format!("/api/user/{USER}"), json!({})).await.codes()[0].1, "[missing]user");
}

#[tokio::test]
async fn resources_are_listed_and_searched() {
    let client = Client::with_application_and_user().await;
    let names = |body: &Value, members: &str, name: &str| -> Vec<String> {
        body[members].as_array().unwrap().iter().map(|it| it[name].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(names(&client.get("/api/tenant").await, "tenants", "id"), [TENANT]);
    assert!(names(&client.get("/api/application").await, "applications", "name").contains(&"Clients".to_owned()));
    let found = client.ok(Method::POST, "/api/application/search", json!({"search": {"name": "client"}})).await;
    assert_eq!((names(&found, "applications", "id"), &found["total"]), (vec![APPLICATION.to_owned()], &json!(1)));
    // A search for tenants can't be limited to one.
    let found = client.emulator.admin(Method::POST, "/api/tenant/search", json!({"search": {"name": "*none*"}})).await.json();
    assert_eq!((names(&found, "tenants", "id"), &found["total"]), (vec![], &json!(0)));
    let oauth = client.get(&format!("/api/application/{APPLICATION}/oauth-configuration")).await;
    assert_eq!(oauth["oauthConfiguration"]["clientId"], json!(APPLICATION));

    let shopper = SHOPPER;
    let found = client.get(&format!("/api/user/search?ids={USER}&ids={shopper}&ids={APPLICATION}&ids=x")).await;
    assert_eq!((found["total"].clone(), names(&found, "users", "id").len()), (json!(2), 2));
    let search = json!({"search": {
        "numberOfResults": 2,
        "queryString": "*@example.com",
        "sortFields": [{"name": "email", "order": "desc"}],
        "startRow": 1,
    }});
    let found = client.ok(Method::POST, "/api/user/search", search).await;
    let emails = names(&found, "users", "email");
    assert!(found["total"].as_u64().unwrap() > 3 && emails.len() == 2 && emails[0] > emails[1], "{found}");
    let query = format!("/api/user/search?queryString=registrations.applicationId:{APPLICATION}");
    assert_eq!(names(&client.get(&query).await, "users", "email"), [EMAIL]);
    for refused in
        [json!({"queryString": "insertInstant:[1 TO 2]"}), json!({"query": "{\"match_all\": {}}"}), json!({"numberOfResults": "x"})]
    {
        assert_eq!(client.send(Method::POST, "/api/user/search", json!({"search": refused})).await.status, 400, "{refused}");
    }
    client.ok(Method::PUT, "/api/user/search", Value::Null).await;
    let by_type = |kind: &str| format!("/api/user?loginId={EMAIL}&loginIdTypes={kind}");
    client.get(&by_type("email")).await;
    assert_eq!(client.send(Method::GET, &by_type("username"), Value::Null).await.status, 404);
    assert_eq!(client.get("/api/system/version").await["version"], client.get("/api/status").await["version"]);
}

/// The criteria of the public OpenAPI document, such as `KeySearchCriteria` and `EntitySearchCriteria`
/// (<https://github.com/FusionAuth/fusionauth-openapi>).
#[tokio::test]
async fn searches_have_an_effect_for_each_documented_criterion() {
    let client = Client::with_application_and_user().await;
    let admin = async |method: Method, path: &str, body: Value| {
        let answer = client.emulator.admin(method, path, body).await;
        assert_eq!(answer.status, 200, "{path} {}", answer.text);
        answer.json()
    };
    for (name, algorithm) in [("Beta", "HS256"), ("Alpha", "ES256")] {
        admin(Method::POST, "/api/key/generate", json!({"key": {"name": name, "algorithm": algorithm}})).await;
    }
    admin(Method::DELETE, &format!("/api/application/{APPLICATION}"), Value::Null).await;
    let kind = admin(Method::POST, "/api/entity/type", json!({"entityType": {"name": "Device"}})).await["entityType"]["id"].clone();
    let mut radio = Value::Null;
    for (name, room) in [("Lamp", "hall"), ("Radio", "hall"), ("Clock", "attic")] {
        let entity = json!({"entity": {"name": name, "type": {"id": kind}, "data": {"room": room}}});
        let entity = admin(Method::POST, "/api/entity", entity).await["entity"].clone();
        radio = if name == "Radio" { entity["id"].clone() } else { radio };
    }
    let group = admin(Method::POST, "/api/group", json!({"group": {"name": "Staff"}})).await["group"]["id"].clone();
    let join = json!({"members": {group.as_str().unwrap(): [{"userId": USER}, {"userId": SHOPPER}]}});
    admin(Method::POST, "/api/group/member", join).await;

    let rows = [
        ("key", "keys", json!({"algorithm": "HS256"}), "name", json!(["Beta"])),
        ("key", "keys", json!({"type": "EC"}), "name", json!(["Alpha"])),
        ("key", "keys", json!({"name": "*a", "orderBy": "name DESC"}), "name", json!(["Beta", "Alpha"])),
        ("key", "keys", json!({"name": "*a", "orderBy": "insertInstant ASC, name"}), "name", json!(["Alpha", "Beta"])),
        ("application", "applications", json!({"state": "Inactive"}), "name", json!(["Clients"])),
        ("entity", "entities", json!({"queryString": "data.room:hall AND name:L*"}), "name", json!(["Lamp"])),
        ("entity", "entities", json!({"ids": [radio]}), "name", json!(["Radio"])),
        (
            "entity",
            "entities",
            json!({"queryString": "data.room:hall", "sortFields": [{"name": "name", "order": "desc"}]}),
            "name",
            json!(["Radio", "Lamp"]),
        ),
        ("group/member", "members", json!({"tenantId": TENANT, "userId": USER}), "userId", json!([USER])),
        ("group/member", "members", json!({"tenantId": TENANT, "orderBy": "userId ASC"}), "userId", json!([SHOPPER, USER])),
    ];
    for (path, members, search, member, expected) in rows {
        let found = admin(Method::POST, &format!("/api/{path}/search"), json!({ "search": search })).await;
        let values: Value = found[members].as_array().unwrap().iter().map(|it| it[member].clone()).collect();
        assert_eq!((&values, &found["total"]), (&expected, &json!(expected.as_array().unwrap().len())), "{path} {search}");
    }
    let by_query = format!("/api/entity/search?ids={}&ids={APPLICATION}", radio.as_str().unwrap());
    assert_eq!(admin(Method::GET, &by_query, Value::Null).await["entities"][0]["name"], json!("Radio"));
    let unsupported = json!({"search": {"queryString": "name:[a TO b]"}});
    let refused = client.emulator.admin(Method::POST, "/api/entity/search", unsupported).await;
    assert_eq!(refused.codes(), [("search.queryString".to_owned(), "[invalid]search.queryString".to_owned())]);
}

/// Members of `Tenant`, `Application` and `User` in the public OpenAPI document, version 1.69.0.
#[tokio::test]
async fn members_without_an_effect_are_kept() {
    let client = Client::with_application_and_user().await;
    for (path, name, member, value) in [
        (format!("/api/tenant/{TENANT}"), "tenant", "baseURL", json!("https://id.example.com")),
        (format!("/api/tenant/{TENANT}"), "tenant", "clientRiskConfiguration", json!({"enabled": true})),
        (format!("/api/application/{APPLICATION}"), "application", "baseURL", json!("https://shop.example.com")),
        (format!("/api/user/{USER}"), "user", "legacyIdentifier", json!("17")),
        (format!("/api/user/{USER}"), "user", "cleanSpeakId", json!(APPLICATION)),
    ] {
        client.ok(Method::PATCH, &path, json!({name: {member: value}})).await;
        assert_eq!(client.get(&path).await[name][member], value, "{name}.{member}");
    }
}

#[tokio::test]
async fn applications_tenants_and_users_end() {
    let client = Client::with_application_and_user().await;
    let session = client.login().await["refreshToken"].clone();
    let path = format!("/api/application/{APPLICATION}");
    client.ok(Method::DELETE, &path, Value::Null).await;
    assert_eq!(
        client.send(Method::POST, "/api/jwt/refresh", json!({"refreshToken": session})).await.status,
        400,
        "the application's sessions must end"
    );
    let listed = client.get("/api/application?inactive=true").await;
    assert_eq!((&listed["applications"][0]["id"], &listed["applications"][0]["state"]), (&json!(APPLICATION), &json!("Inactive")));
    client.ok(Method::PUT, &format!("{path}?reactivate=true"), Value::Null).await;
    client.login().await;
    client.ok(Method::DELETE, &format!("{path}?hardDelete=true"), Value::Null).await;
    assert_eq!(client.send(Method::GET, &path, Value::Null).await.status, 404);
    assert_eq!(client.get(&format!("/api/user/{USER}")).await["user"]["registrations"], json!([]));

    let rehearsed = client.ok(Method::DELETE, "/api/user/bulk", json!({"dryRun": true, "userIds": [USER]})).await;
    assert_eq!((&rehearsed["total"], &rehearsed["dryRun"]), (&json!(1), &json!(true)));
    client.ok(Method::DELETE, &format!("/api/user/bulk?userId={USER}&dryRun=false&hardDelete=false"), Value::Null).await;
    assert_eq!(client.get(&format!("/api/user/{USER}")).await["user"]["active"], json!(false));
    client.ok(Method::PUT, &format!("/api/user/{USER}?reactivate=true"), Value::Null).await;
    client.ok(Method::DELETE, "/api/user/bulk", json!({"hardDelete": true, "queryString": EMAIL})).await;
    assert_eq!(client.send(Method::GET, &format!("/api/user/{USER}"), Value::Null).await.status, 404);
    assert_eq!(client.send(Method::DELETE, "/api/user/bulk", json!({})).await.status, 400, "no user is selected");
    let last = client.send(Method::DELETE, &format!("/api/tenant/{TENANT}"), Value::Null).await;
    assert_eq!(last.codes(), [("tenantId".to_owned(), "[invalid]tenantId".to_owned())]);
}

#[tokio::test]
async fn a_user_is_created_and_registered_or_neither() {
    let client = Client::with_application_and_user().await;
    let body = json!({
        "registration": {"applicationId": APPLICATION, "roles": ["owner"]},
        "user": {"email": "bob@clients.test", "password": PASSWORD},
    });
    assert_eq!(client.send(Method::POST, "/api/user/registration", body).await.status, 400);
    assert_eq!(client.send(Method::GET, "/api/user?email=bob@clients.test", Value::Null).await.status, 404);
}

#[tokio::test]
async fn tokens_are_issued_without_a_login() {
    let client = Client::with_application_and_user().await;
    let store = json!({"registration": {"applicationId": STORE, "roles": ["user"]}});
    let session = client.login().await;
    let (token, refresh_token) = (session["token"].as_str().unwrap(), session["refreshToken"].as_str().unwrap());
    let issue = |application: &str| format!("/api/jwt/issue?applicationId={application}&refreshToken={refresh_token}");
    assert_eq!(client.anonymous(Method::GET, &issue(STORE), Some(token), Value::Null).await.status, 404, "not registered");
    client.ok(Method::POST, &format!("/api/user/registration/{USER}"), store).await;
    client.emulator.advance_seconds(60);
    let issued = client.anonymous(Method::GET, &issue(STORE), Some(token), Value::Null).await;
    let (before, after) = (claims(token), claims(&issued.member("token")));
    assert_eq!((&after["aud"], &after["exp"], &after["roles"]), (&json!(STORE), &before["exp"], &json!(["user"])));
    assert_eq!(after["authenticationType"], json!("JWT_SSO"));
    let renewed = client.emulator.refresh(&issued.member("refreshToken")).await;
    assert_eq!(claims(&renewed.member("token"))["aud"], json!(STORE));
    client.emulator.patch_jwt(json!({"refreshTokenExpirationPolicy": "SlidingWindow"})).await;
    let issued = client.anonymous(Method::GET, &issue(STORE), Some(token), Value::Null).await;
    assert!(
        issued.status == 200 && issued.json()["refreshToken"].is_null(),
        "expected no refresh token, because the policies differ: {}",
        issued.text
    );
    assert_eq!(client.anonymous(Method::GET, &issue("x"), Some(token), Value::Null).await.status, 400);
    assert_eq!(client.anonymous(Method::GET, &issue(STORE), None, Value::Null).await.status, 401);

    let vended = client.ok(Method::POST, "/api/jwt/vend", json!({"claims": {"sub": "me"}, "timeToLiveInSeconds": 5})).await;
    let claims = claims(vended["token"].as_str().unwrap());
    assert_eq!((&claims["sub"], claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap()), (&json!("me"), 5));
    assert_eq!(client.send(Method::POST, "/api/jwt/vend", json!({"timeToLiveInSeconds": 0})).await.status, 400);

    client.emulator.advance_seconds(60);
    let pinged = client.ok(Method::PUT, "/api/login", json!({"applicationId": APPLICATION, "userId": USER})).await;
    let now = client.emulator.now_seconds() * 1_000;
    let registration = pinged["user"]["registrations"].as_array().unwrap().iter().find(|it| it["applicationId"] == APPLICATION).unwrap();
    assert_eq!((&pinged["user"]["lastLoginInstant"], &registration["lastLoginInstant"]), (&json!(now), &json!(now)));
    assert!(pinged["token"].is_null());
    client.ok(Method::PUT, &format!("/api/login/{USER}/{APPLICATION}?ipAddress=192.0.2.1"), Value::Null).await;
    let unregistered = client.send(Method::PUT, &format!("/api/login/{USER}/{FORUMS}"), Value::Null).await;
    assert_eq!(unregistered.status, 202);
    assert_eq!(client.send(Method::PUT, "/api/login", json!({})).await.codes()[0].1, "[blank]userId");
    assert_eq!(client.send(Method::PUT, &format!("/api/login/{APPLICATION}/{APPLICATION}"), Value::Null).await.status, 404);
}

#[tokio::test]
async fn two_factor_status_tells_what_the_next_login_asks_for() {
    let client = Client::start().await;
    let (email, password) = ("twofactor@example.com", PASSWORD);
    let user = client.get(&format!("/api/user?email={email}")).await["user"]["id"].as_str().unwrap().to_owned();
    let status = |trust: &str| format!("/api/two-factor/status{trust}?userId={user}&applicationId={STORE}");
    assert_eq!(client.send(Method::GET, &status(""), Value::Null).await.status, 242);
    let other = json!({"userId": SHOPPER});
    assert_eq!(client.ok(Method::POST, "/api/two-factor/status", other).await, json!({"trusts": []}));
    let started = client.send(Method::POST, "/api/login", json!({"applicationId": STORE, "loginId": email, "password": password})).await;
    let codes = client.get(&format!("/api/user/two-factor/recovery-code/{user}")).await;
    let code = match codes["recoveryCodes"][0].as_str() {
        Some(code) => code.to_owned(),
        None => {
            let path = format!("/api/user/two-factor/recovery-code/{user}");
            client.ok(Method::POST, &path, Value::Null).await["recoveryCodes"][0].as_str().unwrap().to_owned()
        }
    };
    let finish = json!({"applicationId": STORE, "code": code, "trustComputer": true, "twoFactorId": started.member("twoFactorId")});
    let trust = client.ok(Method::POST, "/api/two-factor/login", finish).await["twoFactorTrustId"].as_str().unwrap().to_owned();
    let trusted = client.get(&status(&format!("/{trust}"))).await;
    assert_eq!((&trusted["twoFactorTrustId"], trusted["trusts"].as_array().map(Vec::len)), (&json!(trust), Some(1)));
    assert_eq!(trusted["trusts"][0]["startInstant"], json!(client.emulator.now_seconds() * 1_000));
    assert_eq!(client.send(Method::GET, &status("/wrong"), Value::Null).await.status, 242);
    assert_eq!(client.send(Method::POST, "/api/two-factor/status", json!({})).await.codes()[0].1, "[blank]userId");
    assert_eq!(client.send(Method::POST, "/api/two-factor/status", json!({"userId": "x"})).await.codes()[0].1, "[invalid]userId");
}

#[tokio::test]
async fn a_mailed_code_signs_in_once() {
    let client = Client::with_application_and_user().await;
    let start = json!({"applicationId": APPLICATION, "loginId": EMAIL, "state": {"page": "cart"}});
    let code = client.ok(Method::POST, "/api/passwordless/start", start.clone()).await["code"].clone();
    let sent = client.anonymous(Method::POST, "/api/passwordless/send", None, json!({"code": code})).await;
    assert_eq!((sent.status, sent.text.as_str()), (200, ""));
    let login = json!({"code": client.emulator.mailed("code").await});
    let session = client.anonymous(Method::POST, "/api/passwordless/login", None, login.clone()).await;
    assert_eq!((session.status, &session.json()["state"]), (200, &json!({"page": "cart"})), "{}", session.text);
    assert_eq!(claims(&session.member("token"))["authenticationType"], json!("PASSWORDLESS"));
    assert_eq!((session.cookies().len(), session.json()["refreshToken"].is_string()), (2, true));
    assert_eq!(client.anonymous(Method::POST, "/api/passwordless/login", None, login).await.status, 404, "a code must be valid only once");

    let code = client.ok(Method::POST, "/api/passwordless/start", start.clone()).await["code"].clone();
    client.emulator.advance_seconds(181);
    assert_eq!(client.anonymous(Method::POST, "/api/passwordless/login", None, json!({"code": code})).await.status, 404, "expired");
    let late = client.anonymous(Method::POST, "/api/passwordless/send", None, json!({"code": code})).await;
    assert_eq!(late.codes(), [("code".to_owned(), "[invalid]code".to_owned())]);

    let typed = json!({"applicationId": APPLICATION, "loginId": EMAIL, "loginStrategy": "FormField"});
    for (is_right, status) in [(false, 404), (true, 200)] {
        let started = client.ok(Method::POST, "/api/passwordless/start", typed.clone()).await;
        let short = if is_right { started["oneTimeCode"].clone() } else { json!("x") };
        let login = json!({"code": started["code"], "oneTimeCode": short});
        assert_eq!(client.anonymous(Method::POST, "/api/passwordless/login", None, login).await.status, status);
    }
    let legacy = json!({"applicationId": APPLICATION, "loginId": EMAIL});
    assert_eq!(client.anonymous(Method::POST, "/api/passwordless/send", None, legacy).await.status, 200);
    let login = json!({"applicationId": APPLICATION, "code": client.emulator.mailed("code").await, "noJWT": true});
    assert!(client.anonymous(Method::POST, "/api/passwordless/login", None, login).await.json()["token"].is_null());

    let nobody = json!({"applicationId": APPLICATION, "loginId": "nobody@clients.test"});
    assert_eq!(client.send(Method::POST, "/api/passwordless/start", nobody).await.status, 404);
    assert_eq!(client.anonymous(Method::POST, "/api/passwordless/start", None, start.clone()).await.status, 401);
    let off = json!({"application": {"passwordlessConfiguration": {"enabled": false}}});
    client.ok(Method::PATCH, &format!("/api/application/{APPLICATION}"), off).await;
    let off = client.send(Method::POST, "/api/passwordless/start", start.clone()).await;
    assert_eq!(off.codes(), [(String::new(), "[PasswordlessDisabled]".to_owned())]);
}
