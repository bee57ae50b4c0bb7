//! Kickstart files: the state that they set up, and the errors that name their mistakes.

use crate::test_emulator::{API_KEY, PASSWORD, STORE, TestEmulator, TestResponse, claims, client, config, send};
use fusionauth_emulator::{Config, Emulator, Kickstart, StartError, UnknownMembers, built_in};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

async fn mistake(file: &str) -> String {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("kickstart.json");
    std::fs::write(&path, file).unwrap();
    let mut config = Config::new(&path);
    config.unknown_members = UnknownMembers::Refuse;
    match Emulator::start(config).await {
        Err(StartError::Kickstart(error)) => error.to_string(),
        other => panic!("{:?} for {file}", other.map(|_| ())),
    }
}

/// Editors on Windows write a byte order mark, which RFC 8259 section 8.1 allows a parser to ignore.
#[tokio::test]
async fn a_byte_order_mark_is_ignored() {
    let folder = TempDir::new().unwrap();
    let request = json!({"method": "POST", "url": "/api/application", "body": {"application": {"name": "@{name.txt}"}}});
    let file = json!({"apiKeys": [{"key": "a-key"}], "requests": ["&{request.json}"]});
    for (name, text) in [("kickstart.json", file.to_string()), ("request.json", request.to_string()), ("name.txt", "Shop".to_owned())] {
        std::fs::write(folder.path().join(name), format!("\u{feff}{text}")).unwrap();
    }
    let emulator = Emulator::start(Config::new(folder.path().join("kickstart.json"))).await.unwrap();
    let all = client().get(format!("{}/api/application", emulator.base_url())).header("authorization", "a-key").send().await.unwrap();
    let all: Value = all.json().await.unwrap();
    let names: Vec<&Value> = all["applications"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert!(names.contains(&&json!("Shop")), "{names:?}");
}

#[tokio::test]
async fn mistakes_name_the_request_and_the_field() {
    let file = |requests: Value| json!({"apiKeys": [{"key": "secret-key"}], "requests": requests}).to_string();
    let request = |method: &str, url: &str, body: Value| file(json!([{"method": method, "url": url, "body": body}]));
    let application = format!("/api/application/{STORE}");
    let cases = [
        ("{".to_owned(), vec!["the file", "line 1"]),
        ("{}".to_owned(), vec!["apiKeys[0].key"]),
        (
            json!({"requests": [{"method": "POST", "url": "/api/user", "body": {"user": {}}}]}).to_string(),
            vec!["apiKeys[0].key", "request 1 (POST /api/user)", "body.user.email"],
        ),
        (json!({"apiKeys": []}).to_string(), vec!["apiKeys[0].key"]),
        (json!({"apiKeys": [], "request": []}).to_string(), vec!["unknown field `request`"]),
        (json!({"variables": {"defaultTenantId": "x"}, "apiKeys": []}).to_string(), vec!["variables.defaultTenantId", "UUID"]),
        (json!({"apiKeys": [], "a": 1, "b": 2}).to_string(), vec!["a: unknown field", "b: unknown field"]),
        (
            request("POST", "/api/user", json!({"user": {"email": "a", "password": "short"}})),
            vec!["[notEmail]user.email", "[tooShort]user.password"],
        ),
        (request("DELETE", "/api/user", json!({})), vec!["requests[0].method"]),
        (request("POST", "/api/#{nothing}", json!({})), vec!["requests[0].url", "#{nothing} is not defined"]),
        (
            request("POST", "/api/user", json!({"user": {"email": "#{ENV.NOTHING_HERE}"}})),
            vec!["requests[0].body.user.email", "NOTHING_HERE", "environment"],
        ),
        (request("POST", "/api/nothing", json!({})), vec!["request 1 (POST /api/nothing)", "404"]),
        (request("POST", "/api/login/x", json!({})), vec!["request 1", "404"]),
        (request("POST", "/api/jwt/reconcile", json!({})), vec!["request 1", "501", "this emulator lacks it"]),
        (request("POST", &application, json!({"application": {"nam": "x"}})), vec!["body.application.nam", "unknown field"]),
        (request("POST", &application, json!({"application": {"name": ""}})), vec!["body.application.name", "[blank]application.name"]),
        (
            request("POST", &application, json!({"application": {"name": "x", "active": "yes"}})),
            vec!["body.application.active", "expected a boolean"],
        ),
        (
            request("POST", &application, json!({"application": {"name": "x", "jwtConfiguration": {"accessTokenKeyId": STORE}}})),
            vec!["body.application.jwtConfiguration.accessTokenKeyId", "There is no key"],
        ),
        (
            request("POST", "/api/user", json!({"user": {"email": "a@b.c", "password": "short"}})),
            vec!["body.user.password", "[tooShort]user.password"],
        ),
        (
            file(json!([{"method": "POST", "url": "/api/user", "body": {"user": {"email": "a@b.c", "password": PASSWORD}}},
                        {"method": "POST", "url": "/api/user", "body": {"user": {"email": "A@b.c", "password": PASSWORD}}}])),
            vec!["request 2 (POST /api/user)", "body.user.email", "[duplicate]user.email"],
        ),
        (
            request("POST", "/api/user/import", json!({"users": [{"email": "a@b.c", "registrations": [{"applicationId": STORE}]}]})),
            vec!["body.users[0].registrations[0].applicationId"],
        ),
    ];
    for (file, expected) in cases {
        let message = mistake(&file).await;
        for part in expected {
            assert!(message.contains(part), "{message}\nlacks {part}");
        }
        assert!(!message.contains("secret-key") && !message.contains(PASSWORD), "{message}");
    }
    let missing = Emulator::start(Config::new("/nowhere/kickstart.json")).await;
    assert!(missing.unwrap_err().to_string().contains("/nowhere/kickstart.json"));
}

#[tokio::test]
async fn files_are_embedded_and_mistakes_about_them_named() {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir_all(folder.path().join("mail")).unwrap();
    std::fs::write(folder.path().join("mail/text.txt"), "Dear \"#{name}\",\n${code}").unwrap();
    let start = async |embedded: &str| {
        let template =
            json!({"emailTemplate": {"name": "t", "defaultSubject": "s", "defaultHtmlTemplate": "h", "defaultTextTemplate": embedded}});
        let request = json!({"method": "POST", "url": "/api/email/template/#{id}", "body": template});
        let file = json!({"variables": {"id": STORE, "name": "Ann"}, "apiKeys": [{"key": "k"}], "requests": [request]});
        std::fs::write(folder.path().join("kickstart.json"), file.to_string()).unwrap();
        Emulator::start(Config::new(folder.path().join("kickstart.json"))).await
    };
    let emulator = start("@{mail/text.txt}!").await.unwrap();
    let template = client().get(format!("{}/api/email/template/{STORE}", emulator.base_url())).header("authorization", "k");
    let template = TestResponse::read(template.send().await.unwrap()).await.json();
    assert_eq!(template["emailTemplate"]["defaultTextTemplate"], json!("Dear \"Ann\",\n${code}!"));
    let at = "requests[0].body.emailTemplate.defaultTextTemplate";
    std::fs::write(folder.path().join("circle.json"), r#"{"again": "&{circle.json}"}"#).unwrap();
    let mistakes = [
        ("@{nothing.txt}", "nothing.txt"),
        ("@{../kickstart.json}", "folder or below"),
        ("@{/etc/hostname}", "folder or below"),
        ("@{open", "expected }"),
        ("&{../kickstart.json}", "folder or below"),
        ("&{mail/text.txt}", "mail/text.txt is not JSON"),
        ("&{circle.json}", "in a loop"),
    ];
    for (embedded, why) in mistakes {
        let message = start(embedded).await.unwrap_err().to_string();
        assert!(message.contains(at) && message.contains(why), "{message}");
    }
}

#[tokio::test]
async fn a_database_file_survives_a_restart_and_is_not_set_up_twice() {
    let folder = TempDir::new().unwrap();
    let database = folder.path().join("database.sqlite");
    let mut config = config();
    config.database = Some(database.clone());
    let login = json!({"applicationId": STORE, "loginId": "shopper@example.com", "password": PASSWORD});
    let post = async |emulator: &Emulator, path: &str, body: &Value| {
        send(&client(), Method::POST, &format!("{}{path}", emulator.base_url()), &[], body.clone()).await
    };
    let jwks = async |emulator: &Emulator| {
        client().get(format!("{}/.well-known/jwks.json", emulator.base_url())).send().await.unwrap().text().await.unwrap()
    };

    let first = Emulator::start(config.clone()).await.unwrap();
    let session = post(&first, "/api/login", &login).await.member("refreshToken");
    let keys = jwks(&first).await;
    first.stop().await.unwrap();

    let second = Emulator::start(config).await.unwrap();
    assert_eq!(jwks(&second).await, keys);
    assert_eq!(post(&second, "/api/jwt/refresh", &json!({"refreshToken": session})).await.status, 200);
    second.stop().await.unwrap();
    // SQLite moves the write-ahead log into the database when the last connection closes, which may happen during this test. So the test
    // reads the log before the database.
    let mut bytes = std::fs::read(format!("{}-wal", database.display())).unwrap_or_default();
    bytes.extend(std::fs::read(&database).unwrap());
    let holds = |text: &str| bytes.windows(text.len()).any(|it| it == text.as_bytes());
    assert!(holds("shopper@example.com"), "the test must have read the data");
    assert!(!holds(&session) && !holds(PASSWORD) && !holds(API_KEY), "the file may contain only hashes");
}

#[cfg(unix)]
#[tokio::test]
async fn the_database_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = TempDir::new().unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let mut config = config();
    config.database = Some(folder.path().join("new/fusionauth.sqlite"));
    let emulator = Emulator::start(config.clone()).await.unwrap();
    for file in ["fusionauth.sqlite", "fusionauth.sqlite-wal", "fusionauth.sqlite-shm"] {
        assert_eq!(mode(&folder.path().join("new").join(file)), 0o600, "{file}");
    }
    assert_eq!(mode(&folder.path().join("new")), 0o700);
    emulator.stop().await.unwrap();
    let file = folder.path().join("new/fusionauth.sqlite");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    Emulator::start(config).await.unwrap().stop().await.unwrap();
    assert_eq!(mode(&file), 0o600, "also for a file that exists already");
}

#[tokio::test]
async fn a_failed_kickstart_leaves_nothing_behind() {
    let folder = TempDir::new().unwrap();
    let (database, file) = (folder.path().join("database.sqlite"), folder.path().join("kickstart.json"));
    let user = json!({"method": "POST", "url": "/api/user", "body": {"user": {"email": "a@b.c", "password": PASSWORD}}});
    let start = async |requests: Value| {
        std::fs::write(&file, json!({"apiKeys": [{"key": "k"}], "requests": requests}).to_string()).unwrap();
        let mut config = Config::new(&file);
        config.database = Some(database.clone());
        Emulator::start(config).await
    };
    assert!(start(json!([user, {"method": "POST", "url": "/api/nothing"}])).await.is_err());
    assert!(start(json!([user])).await.is_ok(), "the first try must leave no user");
}

#[tokio::test]
async fn the_storefronts_own_file_sets_up_what_is_promised() {
    let emulator = TestEmulator::start().await;
    for (id, email) in
        [(1, "shopper"), (2, "second"), (3, "unregistered"), (4, "change"), (5, "unverified"), (6, "twofactor"), (7, "locked")]
    {
        let answer = emulator.admin(Method::GET, &format!("/api/user/20000000-0000-0000-0000-00000000000{id}"), Value::Null).await;
        let user = &answer.json()["user"];
        assert_eq!(user["email"], json!(format!("{email}@example.com")));
        assert_eq!(user["registrations"].as_array().unwrap().len(), if id == 3 { 0 } else { 2 }, "{email}");
    }
    // FusionAuth stops at the first request that it refuses, so those that need a licence come last, the free one first.
    // https://fusionauth.io/docs/apis/tenants: `Gated` "will require a paid plan".
    let file: Value = serde_json::from_str(include_str!("../../../../shop/fusionauth/kickstart.json")).unwrap();
    let requests: Vec<String> = file["requests"].as_array().unwrap().iter().map(ToString::to_string).collect();
    let licensed = ["webAuthnConfiguration", "multiFactorConfiguration", "Gated"];
    for (request, own) in requests.iter().rev().zip(licensed.iter().rev()) {
        assert!(request.contains(own), "{request}");
    }
    for request in &requests[..requests.len() - licensed.len()] {
        assert!(licensed.iter().all(|it| !request.contains(it)), "{request}");
    }
    let cors = emulator.admin(Method::GET, "/api/system-configuration", Value::Null).await.json();
    let origins = cors["systemConfiguration"]["corsConfiguration"]["allowedOrigins"].clone();
    for origin in ["http://forums.spa-local-storage.localhost:8080", "http://store.spa-local-storage.localhost:8081"] {
        assert!(origins.as_array().unwrap().contains(&json!(origin)), "{origins}");
    }
}

#[tokio::test]
async fn the_built_in_kickstart_signs_its_user_in() {
    let emulator = Emulator::start(Config { unknown_members: UnknownMembers::Refuse, ..Config::default() }).await.unwrap();
    let login = json!({"applicationId": built_in::APPLICATION_ID, "loginId": built_in::EMAIL, "password": built_in::PASSWORD});
    for origin in built_in::ORIGINS {
        let request = client().post(format!("{}/api/login", emulator.base_url())).header("origin", origin).json(&login);
        let answer = TestResponse::read(request.send().await.unwrap()).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some(origin)));
        let claims = claims(&answer.member("token"));
        let of_token = ["aud", "sub", "iss", "tid"].map(|it| claims[it].as_str().unwrap().to_owned());
        assert_eq!(of_token, [built_in::APPLICATION_ID, built_in::USER_ID, built_in::ISSUER, built_in::TENANT_ID]);
        assert_eq!(claims["roles"], json!(["user"]));
    }
    let forgot = json!({"loginId": built_in::EMAIL, "applicationId": built_in::APPLICATION_ID});
    let request = client().post(format!("{}/api/user/forgot-password", emulator.base_url())).header("authorization", built_in::API_KEY);
    let id = TestResponse::read(request.json(&forgot).send().await.unwrap()).await.member("changePasswordId");
    let mail = get(&emulator, "/emulator/mail").await["messages"][0].clone();
    assert_eq!(mail["to"], json!(built_in::EMAIL));
    assert!(mail["text"].as_str().unwrap().ends_with(&format!("/change-password/{id}")), "{mail}");
}

#[tokio::test]
async fn a_kickstart_hashes_passwords_cheaply() {
    let emulator = Emulator::start(Kickstart::BuiltIn).await.unwrap();
    let hashes = get(&emulator, "/emulator/hashes").await["hashes"].clone();
    assert_eq!(hashes, json!({"$argon2id$v=19$m=64,t=1,p=1": 1}), "a start computes one hash of the lowest cost for each user");
}

/// The search for the primes of an RSA key is the slowest part of a start. A kickstart without a key of its own must not wait for it.
#[tokio::test]
async fn a_kickstart_signs_nothing_and_backends_find_the_key_before_the_first_login() {
    let application = "10000000-0000-4000-8000-000000000001";
    let user = json!({"email": "user@example.com", "password": "password-1"});
    let kickstart = json!({"apiKeys": [{"key": "a-key"}], "requests": [
        {"method": "POST", "url": format!("/api/application/{application}"), "body": {"application": {"name": "App"}}},
        {"method": "POST", "url": "/api/user/registration", "body": {"user": user, "registration": {"applicationId": application}}},
    ]});
    let emulator = Emulator::start(Kickstart::Json(kickstart.to_string())).await.unwrap();
    let admin = async |path: &str| {
        let request = client().get(format!("{}{path}", emulator.base_url())).header("authorization", "a-key");
        TestResponse::read(request.send().await.unwrap()).await.json()
    };
    let of_tenant = admin("/api/tenant").await["tenants"][0]["jwtConfiguration"]["accessTokenKeyId"].as_str().unwrap().to_owned();
    let key = async || admin(&format!("/api/key/{of_tenant}")).await["key"]["publicKey"].clone();
    assert_eq!(key().await, Value::Null, "a token was signed, for which the emulator has generated the key");
    let keys = get(&emulator, "/.well-known/jwks.json").await["keys"].clone();
    assert!(keys.as_array().unwrap().len() == 1 && key().await.is_string(), "{keys}");
}

#[test]
fn the_built_in_kickstart_names_nothing_of_the_storefront() {
    let text = built_in::KICKSTART.to_lowercase();
    for name in ["store", "forums", "shop", "env.", "8080", "8081"] {
        assert!(!text.contains(name), "{name}");
    }
    assert!(Config::default().environment.is_empty());
}

#[tokio::test]
async fn a_kickstart_in_the_program_is_read_without_a_file() {
    let key = "a-key-of-the-program";
    let emulator = Emulator::start(Kickstart::Json(json!({"apiKeys": [{"key": key}]}).to_string())).await.unwrap();
    let request = client().get(format!("{}/api/tenant", emulator.base_url())).header("authorization", key);
    assert_eq!(request.send().await.unwrap().status(), 200);
    let kickstart = Kickstart::Json(json!({"apiKeys": [{"key": key, "unknown": 1}]}).to_string());
    assert_eq!(format!("{kickstart:?}"), "Json(..)");
    let config = Config { unknown_members: UnknownMembers::Refuse, ..kickstart.into() };
    let error = Emulator::start(config).await.unwrap_err().to_string();
    assert!(error.contains("apiKeys[0].unknown") && !error.contains(key), "{error}");
}

#[tokio::test]
async fn the_kickstart_of_the_template_signs_its_user_in() {
    let emulator =
        Emulator::start(Config::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../session/template/kickstart.json"))).await.unwrap();
    let user =
        json!({"applicationId": "40000000-0000-0000-0000-000000000001", "loginId": "ann@example.com", "password": "correct-horse-battery"});
    for (origin, status) in [("http://app.demo.localhost:3000", 200), ("http://app.demo.localhost:8080", 403)] {
        let request = client().post(format!("{}/api/login", emulator.base_url())).header("origin", origin).json(&user);
        assert_eq!(request.send().await.unwrap().status(), status, "{origin}");
    }
}

/// Starts an emulator with this kickstart file, and with other files in the same folder.
async fn start_with(files: &[(&str, Value)], kickstart: Value) -> Result<Emulator, StartError> {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir_all(folder.path().join("json")).unwrap();
    for (name, content) in files {
        let content = content.as_str().map_or_else(|| content.to_string(), str::to_owned);
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    std::fs::write(folder.path().join("kickstart.json"), kickstart.to_string()).unwrap();
    Emulator::start(Config::new(folder.path().join("kickstart.json"))).await
}

async fn get(emulator: &Emulator, path: &str) -> Value {
    let url = format!("{}{path}", emulator.base_url());
    let answer = send(&client(), Method::GET, &url, &[("authorization", "master-key")], Value::Null).await;
    assert_eq!(answer.status, 200, "{path}");
    answer.json()
}

/// Runs a kickstart file with all features that the kickstart files published by FusionAuth use.
#[tokio::test]
async fn the_features_of_published_files_work() {
    let post = |url: &str, body: Value| json!({"method": "POST", "url": url, "body": body});
    let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let der = aws_lc_rs::encoding::AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
    let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, der.as_ref());
    let rsa = format!("-----BEGIN PRIVATE KEY-----\n{base64}\n-----END PRIVATE KEY-----\n");
    let requests = json!([
        post("/api/reactor", json!({"licenseId": "none"})),
        post("/api/api-key", json!({"apiKey": {"key": "another-key"}})),
        // A whole request from a file. Then a body from a file, in a request with a URL without a leading slash.
        "&{json/theme.json}",
        post("api/email/template/#{template}", json!("&{json/template.json}")),
        // FusionAuth's own application has the role `admin`.
        post("/api/user/registration/#{admin}", json!({
            "user": {"email": "admin@example.com", "password": "#{password}"},
            "registration": {"applicationId": "#{FUSIONAUTH_APPLICATION_ID}", "roles": ["admin"]},
            "unknownToEverybody": true,
        })),
        post("/api/tenant/#{second}", json!({"tenant": {"name": "Second"}, "sourceTenantId": "#{FUSIONAUTH_TENANT_ID}"})),
        {"method": "POST", "url": "/api/application/#{app}", "tenantId": "#{second}", "body": {"application": {
            "name": "App", "roles": ["reader", {"name": "writer"}], "oauthConfiguration": {"requireRegistration": "true"}, "jwtConfiguration": {"enabled": true, "accessTokenKeyId": "#{imported}"},
        }}},
        post("/api/key/generate/#{hmac}", json!({"key": {"algorithm": "HS256", "name": "An HMAC key"}})),
        // The tenant gets the default signing key. Tokens of the application above are signed with the imported key.
        {"method": "PATCH", "url": "/api/tenant/#{second}", "contentType": "application/json-patch+json", "body": [
            {"op": "replace", "path": "/tenant/issuer", "value": "second.example"},
            {"op": "add", "path": "/tenant/jwtConfiguration/accessTokenKeyId", "value": "#{FUSIONAUTH_DEFAULT_SIGNING_KEY_ID}"},
        ]},
        {"method": "PATCH", "url": "/api/tenant/#{second}", "contentType": "application/merge-patch+json", "body": {"tenant": {"themeId": "#{theme}"}}},
        post("/api/application/#{app}/role", json!({"role": {"name": "owner"}})),
        {"method": "POST", "url": "/api/group/#{group}", "tenantId": "#{second}", "body": {"group": {"name": "Staff"}, "roleIds": []}},
        post("/api/lambda", json!({"lambda": {"name": "L", "type": "JWTPopulate", "body": "function populate() { return '\\#{x}'; }"}})),
        post("/api/identity-provider", json!({"identityProvider": {"type": "Google", "lambdaConfiguration": {"reconcileId": "#{FUSIONAUTH_LAMBDA[GoogleReconcile]_ID}"}}})),
    ]);
    let mut requests = requests.as_array().unwrap().clone();
    requests.insert(6, post("/api/key/import/#{imported}", json!({"key": {"name": "Imported", "kid": "my-kid", "privateKey": rsa}})));
    let kickstart = json!({
        "variables": {
            "template": "40000000-0000-0000-0000-000000000001", "theme": "40000000-0000-0000-0000-000000000002",
            "admin": "40000000-0000-0000-0000-000000000003", "second": "40000000-0000-0000-0000-000000000004",
            "app": "40000000-0000-0000-0000-000000000005", "group": "40000000-0000-0000-0000-000000000006",
            "imported": "40000000-0000-0000-0000-000000000007", "hmac": "#{UUID()}",
            "word": "correct-horse", "password": "#{word}-battery",
        },
        "settings": {"connectTimeout": 7000, "readTimeout": 7000},
        "apiKeys": [{"key": "master-key", "keyManager": true}],
        "requests": requests,
        "comment": "not a member of a kickstart file",
    });
    let template = json!({"emailTemplate": {"name": "T", "defaultSubject": "S", "defaultHtmlTemplate": "@{json/mail.html}", "defaultTextTemplate": "t"}});
    let theme = json!({
        "method": "POST", "url": "api/theme/#{theme}",
        "body": {"sourceThemeId": "75a068fd-e94b-451a-9aeb-3ddb9a3b5987", "theme": {"name": "Mine", "stylesheet": "a{}"}},
    });
    let files = [("json/template.json", template), ("json/theme.json", theme), ("json/mail.html", json!("<b>\"#{word}\"</b>\n"))];
    let emulator = start_with(&files, kickstart).await.unwrap();

    let theme = get(&emulator, "/api/theme/40000000-0000-0000-0000-000000000002").await;
    assert_eq!(
        (&theme["theme"]["stylesheet"], &theme["theme"]["type"]),
        (&json!("a{}"), &json!("advanced")),
        "copied from the source theme"
    );
    let template = get(&emulator, "/api/email/template/40000000-0000-0000-0000-000000000001").await;
    assert_eq!(template["emailTemplate"]["defaultHtmlTemplate"], json!("<b>\"correct-horse\"</b>\n"));
    let admin = get(&emulator, "/api/user/40000000-0000-0000-0000-000000000003").await;
    assert_eq!(admin["user"]["registrations"][0]["roles"], json!(["admin"]));
    let tenant = get(&emulator, "/api/tenant/40000000-0000-0000-0000-000000000004").await["tenant"].clone();
    assert_eq!((&tenant["issuer"], &tenant["themeId"]), (&json!("second.example"), &json!("40000000-0000-0000-0000-000000000002")));
    let application = get(&emulator, "/api/application/40000000-0000-0000-0000-000000000005").await["application"].clone();
    let roles: Vec<_> = application["roles"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!((roles, &application["tenantId"]), (vec!["owner", "reader", "writer"], &tenant["id"]));
    assert_eq!(application["oauthConfiguration"]["requireRegistration"], json!(true), "a text was coerced");
    assert_eq!(get(&emulator, "/api/group/40000000-0000-0000-0000-000000000006").await["group"]["tenantId"], tenant["id"]);
    let lambdas = get(&emulator, "/api/lambda?name=L&type=JWTPopulate").await["lambdas"].clone();
    assert_eq!((lambdas.as_array().unwrap().len(), &lambdas[0]["body"]), (1, &json!("function populate() { return '#{x}'; }")));
    assert_eq!(get(&emulator, "/api/identity-provider").await["identityProviders"][0]["type"], json!("Google"));

    // The imported key signs for the application that names it.
    let register = async |tenant: &str, body: Value| {
        let headers = [("authorization", "master-key"), ("x-fusionauth-tenantid", tenant)];
        send(&client(), Method::POST, &format!("{}/api/user/registration", emulator.base_url()), &headers, body).await
    };
    let body = json!({
        "user": {"email": "a@example.com", "password": PASSWORD},
        "registration": {"applicationId": "40000000-0000-0000-0000-000000000005", "roles": ["owner"]},
    });
    let token = register("40000000-0000-0000-0000-000000000004", body).await.member("token");
    let keys = get(&emulator, "/.well-known/jwks.json").await;
    let kids: Vec<_> = keys["keys"].as_array().unwrap().iter().map(|it| it["kid"].as_str().unwrap()).collect();
    assert!(kids.contains(&"my-kid"), "{keys}");
    let header = token.split('.').next().unwrap();
    let header = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, header).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&header).unwrap()["kid"], json!("my-kid"));
    emulator.stop().await.unwrap();
}

/// Runs a kickstart file with the other features of FusionAuth's page about kickstart files and of its example repositories: a licence,
/// restricted keys, chosen ids, variables of the environment, and requests for resources of many kinds.
#[tokio::test]
async fn the_features_of_the_documentation_and_of_the_examples_work() {
    let request = |method: &str, url: &str, body: Value| json!({"method": method, "url": url, "body": body});
    let post = |url: &str, body: Value| request("POST", url, body);
    let kickstart = json!({
        "variables": {
            "defaultTenantId": "40000000-0000-0000-0000-000000000001", "tenantManagerApplicationId": "40000000-0000-0000-0000-000000000002",
            "app": "40000000-0000-0000-0000-000000000003", "role": "40000000-0000-0000-0000-000000000004",
            "group": "40000000-0000-0000-0000-000000000005", "user": "40000000-0000-0000-0000-000000000006",
            "theme": "40000000-0000-0000-0000-000000000007", "type": "40000000-0000-0000-0000-000000000008",
            "first": "40000000-0000-0000-0000-000000000009", "second": "40000000-0000-0000-0000-00000000000a",
            "field": "#{UUID()}", "form": "#{UUID()}", "consent": "#{UUID()}", "family": "#{UUID()}", "acl": "#{UUID()}",
            "masterKey": "#{ENV.MASTER_KEY}", "password": "#{ENV.PASSWORD}",
        },
        "license": "a licence text", "licenseId": "a licence id",
        "apiKeys": [
            {"key": "#{masterKey}", "description": "All"},
            {"key": "limited-key", "permissions": {"endpoints": {"/api/user": ["GET"]}}, "tenantId": "#{defaultTenantId}", "ipAccessControlListId": "#{acl}"},
        ],
        "requests": [
            post("/api/ip-acl/#{acl}", json!({"ipAccessControlList": {"name": "All", "entries": [{"action": "Allow", "startIPAddress": "*"}]}})),
            post("/api/theme/#{theme}", json!({"sourceThemeId": "75a068fd-e94b-451a-9aeb-3ddb9a3b5987", "theme": {"name": "Ours"}})),
            request("PATCH", "/api/theme/#{theme}", json!({"theme": {"stylesheet": "@{json/style.css}"}})),
            post("/api/form/field/#{field}", json!({"field": {"name": "Color", "key": "user.data.color", "type": "string", "control": "text"}})),
            post("/api/form/#{form}", json!({"form": {"name": "Registration", "type": "registration", "steps": [{"fields": ["#{field}"]}]}})),
            post("/api/application/#{app}", json!({"application": {
                "name": "App", "themeId": "#{theme}", "roles": [{"id": "#{role}", "name": "editor"}],
                "registrationConfiguration": {"enabled": true, "type": "advanced", "formId": "#{form}"},
            }})),
            post("/api/application/#{app}/scope", json!({"scope": {"name": "calendar:read", "defaultConsentMessage": "Read your calendar"}})),
            post("/api/group/#{group}", json!({"group": {"name": "Editors"}, "roleIds": ["#{role}"]})),
            post("/api/user/#{user}", json!({"user": {"email": "ann@example.com", "password": "#{password}"}})),
            post("/api/user/registration/#{user}", json!({"registration": {"applicationId": "#{app}", "roles": []}})),
            post("/api/group/member", json!({"members": {"#{group}": [{"userId": "#{user}"}]}})),
            post("/api/consent/#{consent}", json!({"consent": {"name": "News", "defaultMinimumAgeForSelfConsent": 13}})),
            post("/api/user/consent", json!({"userConsent": {"consentId": "#{consent}", "userId": "#{user}"}})),
            post("/api/user/family/#{family}", json!({"familyMember": {"userId": "#{user}", "role": "Adult", "owner": true}})),
            post("/api/entity/type/#{type}", json!({"entityType": {"name": "API", "permissions": [{"name": "read"}]}})),
            post("/api/entity/#{first}", json!({"entity": {"name": "First", "clientSecret": "secret", "type": {"id": "#{type}"}}})),
            post("/api/entity/#{second}", json!({"entity": {"name": "Second", "type": {"id": "#{type}"}}})),
            post("/api/entity/#{second}/grant", json!({"grant": {"recipientEntityId": "#{first}", "permissions": ["read"]}})),
            post("/api/connector", json!({"connector": {"name": "Legacy", "type": "Generic", "authenticationURL": "http://localhost/login"}})),
            post("/api/messenger", json!({"messenger": {"name": "SMS", "type": "Generic", "url": "http://localhost/sms"}})),
            post("/api/message/template", json!({"messageTemplate": {"name": "Code", "type": "SMS", "defaultTemplate": "${code}"}})),
            post("/api/webhook", json!({"webhook": {"url": "http://localhost:1/events", "eventsEnabled": {"user.create": true}, "global": true}})),
            post("/api/user-action", json!({"userAction": {"name": "Lock", "preventLogin": true, "temporal": true}})),
            request("PATCH", "/api/integration", json!({"integrations": {"kafka": {"enabled": true}}})),
            request("PUT", "/api/tenant-manager", json!({"tenantManagerConfiguration": {"brandName": "Ours"}})),
            request("PATCH", "/api/system-configuration", json!({"systemConfiguration": {"corsConfiguration": {"enabled": true}}})),
        ],
    });
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("json")).unwrap();
    std::fs::write(folder.path().join("json/style.css"), "body { color: \"red\" }\n").unwrap();
    std::fs::write(folder.path().join("kickstart.json"), kickstart.to_string()).unwrap();
    let mut config = Config::new(folder.path().join("kickstart.json"));
    config.unknown_members = UnknownMembers::Refuse;
    config.environment =
        [("MASTER_KEY", "master-key"), ("PASSWORD", PASSWORD)].map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let emulator = Emulator::start(config).await.unwrap();

    let theme = get(&emulator, "/api/theme/40000000-0000-0000-0000-000000000007").await;
    assert_eq!(theme["theme"]["stylesheet"], json!("body { color: \"red\" }\n"));
    assert_eq!(
        get(&emulator, "/api/application/40000000-0000-0000-0000-000000000002").await["application"]["name"],
        json!("Tenant Manager")
    );
    let login = json!({"applicationId": "40000000-0000-0000-0000-000000000003", "loginId": "ann@example.com", "password": PASSWORD});
    let url = format!("{}/api/login", emulator.base_url());
    let answer = send(&client(), Method::POST, &url, &[("authorization", "master-key")], login).await;
    let claims = claims(&answer.member("token"));
    assert_eq!((&claims["roles"], &claims["tid"]), (&json!(["editor"]), &json!("40000000-0000-0000-0000-000000000001")));
    let limited = client().get(format!("{}/api/user?email=ann@example.com", emulator.base_url())).header("authorization", "limited-key");
    assert_eq!(limited.send().await.unwrap().status(), 200);
    let form = "grant_type=client_credentials&client_id=40000000-0000-0000-0000-000000000009&client_secret=secret\
                &scope=target-entity:40000000-0000-0000-0000-00000000000a";
    let token = client().post(format!("{}/oauth2/token?{form}", emulator.base_url()));
    assert_eq!(TestResponse::read(token.send().await.unwrap()).await.status, 200);
}

#[tokio::test]
async fn two_emulators_do_not_share_a_database() {
    let folder = TempDir::new().unwrap();
    let database = folder.path().join("database.sqlite");
    let mut config = config();
    config.database = Some(database.clone());
    let first = Emulator::start(config.clone()).await.unwrap();
    let error = Emulator::start(config.clone()).await.unwrap_err().to_string();
    assert!(error.contains("another emulator uses the database") && error.contains(".lock"), "{error}");
    first.stop().await.unwrap();
    Emulator::start(config).await.unwrap().stop().await.unwrap();
}
