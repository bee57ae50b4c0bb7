//! Walks `forms.txt`: every documented form of every operation that works, for no tenant, the own, another and an unknown one, with unknown
//! and malformed ids, without a credential, and with an API key that permits only this request. `docs/emulator-coverage.md` lists the forms
//! that are missing.

use crate::access::{NOWHERE, OTHER, key, with_two_tenants};
use crate::login::totp;
use crate::test_emulator::{API_KEY, FORUMS, PASSWORD, SHOPPER, STORE, TENANT, TestEmulator, TestResponse};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::pin::Pin;
use std::sync::LazyLock;

static TABLE: LazyLock<String> =
    LazyLock::new(|| fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/forms.txt")).unwrap());
/// The secret of the authenticator app whose codes [`totp`] computes.
const SECRET: &str = "SGVsbG8h3q2+7w==";

/// A documented form of an operation.
pub(crate) struct Form {
    method: &'static str,
    /// The path with its query. `{name}` stands for an object.
    path: &'static str,
    credential: &'static str,
    flags: Vec<&'static str>,
    body: &'static str,
}

/// The line of an operation in the table.
pub(crate) enum Line {
    Form(Form),
    /// Tests in another file use the operation.
    Elsewhere {
        module: &'static str,
        operation: &'static str,
    },
    /// The emulator lacks a documented form of the operation.
    Missing {
        operation: &'static str,
        form: &'static str,
    },
}

/// How to create an object that forms name.
struct Definition {
    is_shared: bool,
    method: &'static str,
    path: &'static str,
    body: &'static str,
    /// Where the answer has the object's id.
    pointer: &'static str,
}

fn lines() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter(|it| !it.is_empty() && !it.starts_with('#'))
}

/// The lines of the table that are about operations.
pub(crate) fn operation_lines() -> impl Iterator<Item = Line> {
    lines().filter(|it| !it.starts_with("let ")).map(|line| {
        if let Some((module, operation)) = line.strip_prefix("elsewhere ").and_then(|it| it.split_once(' ')) {
            return Line::Elsewhere { module, operation };
        }
        let mut columns = line.splitn(3, " | ");
        let request = columns.next().unwrap();
        if let Some(operation) = request.strip_prefix("missing ") {
            return Line::Missing { operation, form: columns.next().unwrap() };
        }
        let (method, path) = request.split_once(' ').unwrap();
        let mut flags = columns.next().unwrap_or_else(|| panic!("no credential in {line}")).split(' ');
        let credential = flags.next().unwrap();
        Line::Form(Form { method, path, credential, flags: flags.collect(), body: columns.next().unwrap_or_default() })
    })
}

fn definitions() -> BTreeMap<&'static str, Definition> {
    let read = |line: &'static str| {
        let (name, rest) = line.split_once(" = ").unwrap();
        let (request, pointer) = rest.rsplit_once(" -> ").unwrap();
        let mut words = request.splitn(3, ' ');
        let (method, path, body) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap_or_default());
        let shared = name.strip_prefix("shared ");
        (shared.unwrap_or(name), Definition { is_shared: shared.is_some(), method, path, body, pointer })
    };
    lines().filter_map(|it| it.strip_prefix("let ")).map(read).collect()
}

/// The names of the placeholders in a text.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    let is_name = |it: &&str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphabetic());
    text.split('{').skip(1).filter_map(|it| it.split_once('}')).map(|(name, _)| name).filter(is_name)
}

impl Form {
    fn has(&self, flag: &str) -> bool {
        self.flags.contains(&flag)
    }

    fn status(&self) -> u16 {
        self.flags.iter().find_map(|it| it.parse().ok()).unwrap_or(200)
    }

    /// Whether a request for the operation, such as `GET /api/user/{userId}`, can have this form.
    pub(crate) fn is_of(&self, operation: &str) -> bool {
        let (method, path) = operation.split_once(' ').unwrap();
        let own: Vec<&str> = self.path.split('?').next().unwrap().split('/').collect();
        let theirs: Vec<&str> = path.split('/').collect();
        let is_same = |(own, theirs): (&&str, &&str)| own == theirs || (own.starts_with('{') && theirs.starts_with('{'));
        self.method == method && own.len() == theirs.len() && own.iter().zip(&theirs).all(is_same)
    }

    /// The form in words: the credential, the names in the query, and those in the body.
    fn label(&self) -> String {
        let mut label = match self.credential {
            "key" if self.has("optional") => "key or nothing".to_owned(),
            "second-factor-jwt" => "jwt".to_owned(),
            credential => credential.to_owned(),
        };
        let names = |pairs: &str| pairs.split('&').filter_map(|it| it.split('=').next().map(str::to_owned)).collect::<Vec<_>>().join("&");
        if let Some((_, query)) = self.path.split_once('?') {
            label.push_str(&format!(" `?{}`", names(query)));
        }
        match (self.body.strip_prefix("form:"), self.body) {
            (Some(form), _) => label.push_str(&format!(" form `{}`", names(form))),
            (None, "") => {}
            (None, _) => {
                let body: Value = serde_json::from_str(self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body));
                let mut names: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
                // Whether serde_json keeps the order of the text depends on the other crates in the build.
                names.sort_unstable();
                label.push_str(&format!(" JSON `{}`", names.join("`, `")));
            }
        }
        label
    }

    /// The tokens that the credential consists of.
    fn secrets(&self) -> &'static str {
        match self.credential {
            "cookie" => "access_token={accessToken}; refresh_token={refreshToken}",
            "jwt" => "Bearer {accessToken}",
            "second-factor-jwt" => "Bearer {secondFactorToken}",
            _ => "",
        }
    }

    /// The path without its parameters and its query, by which an API key's permissions name it.
    fn endpoint(&self) -> String {
        let path = self.path.split('?').next().unwrap();
        path.split('/').filter(|it| !it.starts_with('{')).collect::<Vec<_>>().join("/")
    }
}

/// The objects of one request.
struct Fixture<'a> {
    emulator: &'a TestEmulator,
    definitions: &'a BTreeMap<&'static str, Definition>,
    values: BTreeMap<String, String>,
}

impl<'a> Fixture<'a> {
    fn new(emulator: &'a TestEmulator, definitions: &'a BTreeMap<&'static str, Definition>, number: u32) -> Self {
        let values = [
            ("n", format!("{number}")),
            ("new", format!("60000000-0000-4000-8000-{number:012}")),
            ("password", PASSWORD.to_owned()),
            ("secret", SECRET.to_owned()),
            ("tenantId", TENANT.to_owned()),
            ("totp", totp(emulator.now_seconds())),
        ];
        Self { emulator, definitions, values: values.map(|(name, value)| (name.to_owned(), value)).into() }
    }

    /// The text with its placeholders replaced. Creates the objects that it names.
    fn fill<'f>(&'f mut self, text: &'f str) -> Pin<Box<dyn Future<Output = String> + 'f>> {
        Box::pin(async move {
            let mut filled = text.to_owned();
            for name in placeholders(text) {
                if !self.values.contains_key(name) {
                    let definition = self.definitions.get(name).unwrap_or_else(|| panic!("nothing defines {name}"));
                    let (path, body) = (self.fill(definition.path).await, self.fill(definition.body).await);
                    let headers = [("authorization", API_KEY), ("x-fusionauth-tenantid", TENANT)];
                    let body = if body.is_empty() { Value::Null } else { serde_json::from_str(&body).unwrap() };
                    let headers = if definition.is_shared { &headers[..1] } else { &headers };
                    let answer = self.emulator.send(definition.method.parse().unwrap(), &path, headers, body).await;
                    let pointer = self.fill(definition.pointer).await;
                    let json = answer.json();
                    let value = json.pointer(&pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{name} {path}: {answer:?}"));
                    self.values.insert(name.to_owned(), value.to_owned());
                }
                filled = filled.replace(&format!("{{{name}}}"), &self.values[name]);
            }
            filled
        })
    }

    /// Sends the request of a form, without its credential if `key` is `None`. `key` is the API key of a form that has one.
    async fn send(&mut self, form: &Form, key: Option<&str>, tenant: Option<&str>) -> TestResponse {
        let secrets = self.fill(form.secrets()).await;
        let credential = match (form.credential, key) {
            ("none", _) | (_, None) => None,
            ("key", Some(key)) => Some(("authorization", key)),
            ("cookie", Some(_)) => Some(("cookie", secrets.as_str())),
            (_, Some(_)) => Some(("authorization", secrets.as_str())),
        };
        let path = self.fill(form.path).await.replace('+', "%2B");
        let body = self.fill(form.body).await;
        let mut request = self.emulator.client.request(form.method.parse::<Method>().unwrap(), format!("{}{path}", self.emulator.url()));
        for (name, value) in credential.into_iter().chain(tenant.map(|it| ("x-fusionauth-tenantid", it))) {
            request = request.header(name, value);
        }
        request = match (body.strip_prefix("form:"), body.as_str()) {
            (Some(form), _) => request.header("content-type", "application/x-www-form-urlencoded").body(form.to_owned()),
            (None, "") => request,
            (None, json) => request.header("content-type", "application/json").body(json.to_owned()),
        };
        TestResponse::read(request.send().await.unwrap()).await
    }
}

/// Whether an answer refuses a request, and does not say that the operation is missing.
fn is_refusal(answer: &TestResponse) -> bool {
    (400..500).contains(&answer.status) && answer.status != 405
}

/// Walks one form, and returns what is wrong with it.
async fn walk(emulator: &TestEmulator, definitions: &BTreeMap<&'static str, Definition>, number: u32, form: &Form) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut check = |what: &str, is_right: bool, answer: &TestResponse| {
        if !is_right {
            wrong.push(format!("{} {} ({}) {what}: {} {:.200}", form.method, form.path, form.label(), answer.status, answer.text));
        }
    };
    let named: BTreeSet<&str> = placeholders(form.path).chain(placeholders(form.body)).collect();
    let objects = named.iter().filter(|it| definitions.contains_key(**it) || **it == "tenantId").copied().collect::<Vec<_>>();
    let is_owned = objects.iter().any(|it| definitions.get(it).is_none_or(|it| !it.is_shared));
    let is_api = form.path.starts_with("/api/");
    let mut fixture = Fixture::new(emulator, definitions, number * 10);
    fixture.fill(form.path).await;
    fixture.fill(form.body).await;
    fixture.fill(form.secrets()).await;
    let values = fixture.values.clone();

    // First the requests that are refused. None of them may change anything.
    if is_api {
        let answer = fixture.send(form, Some(API_KEY), Some(NOWHERE)).await;
        check("for an unknown tenant", answer.status == 400, &answer);
    }
    if is_owned && is_api && !form.has("any-tenant") {
        let answer = fixture.send(form, Some(API_KEY), Some(OTHER)).await;
        check("for another tenant", [400, 404].contains(&answer.status), &answer);
        if form.credential == "key" && !form.has("optional") {
            let other_key = key(emulator, json!({"tenantId": OTHER})).await;
            let answer = fixture.send(form, Some(&other_key), None).await;
            // A key of the API can't manage keys.
            let expected: &[u16] = if form.endpoint() == "/api/api-key" { &[401] } else { &[400, 404] };
            check("with another tenant's key", expected.contains(&answer.status), &answer);
        }
    }
    if !form.has("any-id") {
        for name in objects {
            for other in ["70000000-0000-4000-8000-00000000dead", "no-uuid"] {
                fixture.values = values.clone();
                fixture.values.insert(name.to_owned(), other.to_owned());
                let answer = fixture.send(form, Some(API_KEY), Some(TENANT)).await;
                check(&format!("with {other} as {name}"), is_refusal(&answer), &answer);
            }
        }
        fixture.values = values;
    }
    if form.credential != "none" && !form.has("optional") {
        let answer = fixture.send(form, None, Some(TENANT).filter(|_| is_api)).await;
        let expected = if form.has("blank") { 400 } else { 401 };
        check("without a credential", answer.status == expected, &answer);
    }
    if form.credential == "key" && !form.has("optional") {
        let limited = key(emulator, json!({"permissions": {"endpoints": {"/api/report/totals": ["GET"]}}})).await;
        let answer = fixture.send(form, Some(&limited), Some(TENANT).filter(|_| is_api)).await;
        check("with a key for another endpoint", answer.status == 401, &answer);
    }
    if form.has("ambiguous") {
        let answer = fixture.send(form, Some(API_KEY), None).await;
        check("without the tenant's name", answer.status == 400 && answer.text.contains("[TenantIdRequired]"), &answer);
    }

    let answer = fixture.send(form, Some(API_KEY), Some(TENANT).filter(|_| is_api)).await;
    check("for the own tenant", answer.status == form.status(), &answer);
    if !form.has("ambiguous") {
        let answer = Fixture::new(emulator, definitions, number * 10 + 1).send(form, Some(API_KEY), None).await;
        check("without a tenant", answer.status == form.status(), &answer);
    }
    if form.credential == "key" && form.endpoint() != "/api/api-key" {
        let limited = key(emulator, json!({"tenantId": TENANT, "permissions": {"endpoints": {form.endpoint(): [form.method]}}})).await;
        let answer = Fixture::new(emulator, definitions, number * 10 + 2).send(form, Some(&limited), None).await;
        check("with the own tenant's key for this request", answer.status == form.status(), &answer);
    }
    wrong
}

#[tokio::test]
async fn every_documented_form_works_for_its_tenant_alone() {
    let emulator = with_two_tenants().await;
    let definitions = definitions();
    let forms = operation_lines().filter_map(|it| if let Line::Form(form) = it { Some(form) } else { None });
    let mut wrong = Vec::new();
    for (number, form) in (1..).zip(forms) {
        wrong.extend(walk(&emulator, &definitions, number, &form).await);
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn forms_have_the_documented_effect() {
    let emulator = TestEmulator::start().await;
    let admin = async |method: Method, path: &str, body: Value| {
        let answer = emulator.send(method, path, &[("authorization", API_KEY)], body).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json()
    };
    // https://fusionauth.io/docs/apis/users: `sortFields` in a query.
    let emails = async |order: &str| {
        let path = format!("/api/user/search?queryString=*&sortFields[0].name=email&sortFields[0].order={order}");
        let found = admin(Method::GET, &path, Value::Null).await;
        found["users"].as_array().unwrap().iter().map(|it| it["email"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let mut sorted = emails("asc").await;
    assert!(sorted.len() > 1 && sorted.is_sorted(), "{sorted:?}");
    sorted.reverse();
    assert_eq!(emails("desc").await, sorted);
    for wrong in ["sortFields[1].name=email", "sortFields[x].name=email", "sortFields[0].order=up"] {
        assert_eq!(emulator.admin(Method::GET, &format!("/api/user/search?{wrong}"), Value::Null).await.status, 400, "{wrong}");
    }
    // The same page: a bulk deletion has a limit, and can select by a query string.
    let dry = admin(Method::DELETE, "/api/user/bulk?queryString=*&dryRun=true&limit=1", Value::Null).await;
    assert_eq!((&dry["total"], &dry["dryRun"]), (&json!(1), &json!(true)));
    let deleted = admin(Method::DELETE, "/api/user/bulk?queryString=second@example.com&hardDelete=true", Value::Null).await;
    assert_eq!(deleted["total"], json!(1));
    assert!(!emails("asc").await.contains(&"second@example.com".to_owned()));
    // `UserDeleteSingleRequest` of the client libraries has `hardDelete` in the body.
    let path = format!("/api/user/{SHOPPER}");
    admin(Method::DELETE, &path, json!({"hardDelete": false})).await;
    assert_eq!(admin(Method::GET, &path, Value::Null).await["user"]["active"], json!(false));
    admin(Method::DELETE, &path, json!({"hardDelete": true})).await;
    assert_eq!(emulator.admin(Method::GET, &path, Value::Null).await.status, 404);
}

#[tokio::test]
async fn the_path_takes_precedence_over_the_body_of_a_registration() {
    // https://fusionauth.io/docs/apis/registrations: "the value on the URL will take precedence"
    let emulator = TestEmulator::start().await;
    let path = format!("/api/user/registration/{SHOPPER}/{STORE}");
    for (method, language) in [(Method::PUT, "de"), (Method::PATCH, "fr")] {
        let body = json!({"registration": {"applicationId": FORUMS, "preferredLanguages": [language]}});
        let answer = emulator.admin(method, &path, body).await;
        assert_eq!((answer.status, &answer.json()["registration"]["applicationId"]), (200, &json!(STORE)), "{}", answer.text);
        let shown = emulator.admin(Method::GET, &path, Value::Null).await.json();
        assert_eq!(shown["registration"]["preferredLanguages"], json!([language]));
    }
}

#[tokio::test]
async fn an_applications_oauth_configuration_hides_its_secret_without_a_key() {
    // https://fusionauth.io/docs/apis/applications: "When this API is called without authentication the client secret will not be returned"
    let emulator = TestEmulator::start().await;
    let path = format!("/api/application/{STORE}/oauth-configuration");
    let secret = async |headers: &[(&str, &str)]| {
        let answer = emulator.send(Method::GET, &path, headers, Value::Null).await;
        assert_eq!(answer.status, 200);
        answer.json()["oauthConfiguration"]["clientSecret"].clone()
    };
    assert!(secret(&[("authorization", API_KEY)]).await.is_string());
    assert!(secret(&[]).await.is_null());
}

#[tokio::test]
async fn invalid_dates_time_zones_and_policies_are_refused() {
    // https://fusionauth.io/docs/apis/users: "An ISO-8601 formatted date", "an IANA time zone format"; https://fusionauth.io/docs/apis/applications
    let emulator = TestEmulator::start().await;
    let user = format!("/api/user/{SHOPPER}");
    let application = format!("/api/application/{STORE}");
    let registration = format!("/api/user/registration/{SHOPPER}/{STORE}");
    let policy = |policy: &str| json!({"application": {"multiFactorConfiguration": {"loginPolicy": policy}}});
    let rows = [
        (&user, "user.birthDate", json!({"user": {"birthDate": "1990-02-30"}}), json!({"user": {"birthDate": "1990-02-28"}})),
        (&user, "user.timezone", json!({"user": {"timezone": "Mars/Phobos"}}), json!({"user": {"timezone": "Europe/Berlin"}})),
        (
            &registration,
            "registration.timezone",
            json!({"registration": {"timezone": "somewhere"}}),
            json!({"registration": {"timezone": "America/Denver"}}),
        ),
        (&application, "application.multiFactorConfiguration.loginPolicy", policy("Sometimes"), policy("Enabled")),
    ];
    for (path, field, wrong, right) in rows {
        let before = emulator.admin(Method::GET, path, Value::Null).await.text;
        let answer = emulator.admin(Method::PATCH, path, wrong).await;
        assert_eq!((answer.status, answer.codes()), (400, vec![(field.to_owned(), "[invalidJSON]".to_owned())]), "{path}");
        assert_eq!(emulator.admin(Method::GET, path, Value::Null).await.text, before, "{path} must be unchanged");
        assert_eq!(emulator.admin(Method::PATCH, path, right).await.status, 200, "{path}");
    }
}
