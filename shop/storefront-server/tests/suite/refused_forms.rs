//! Every form of the server-rendered pages while a limit refuses it, and while neither FusionAuth nor the database answers: the answer has the
//! same form with the typed text and the reason, and never with a password.

use crate::anonymous_requests::routes;
use crate::sql::faults::is_postgresql;
use crate::test_cluster::{Browser, TestCluster, forums, store};
use crate::webapp_steps::{WORKFLOWS, text};
use reqwest::{Method, StatusCode};
use std::collections::BTreeMap;

/// Whether a limit counts the requests of a form.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Limited {
    Yes,
    No,
}
use Limited::{No, Yes};

/// Forms of both applications: the path, the members that the answer repeats, and whether there is a limit. A form that no table names has
/// neither.
const SHARED: [(&str, &[&str], Limited); 24] = [
    ("/login", &["username"], Yes),
    ("/login/code", &["username", "two_factor_id"], Yes),
    ("/login/join", &["username"], Yes),
    ("/login/link", &[], Yes),
    ("/login/passwordless", &["username"], Yes),
    ("/login/passwordless/code", &["username", "login_code"], Yes),
    ("/register", &["email", "display_name"], Yes),
    ("/forgot-password", &["username"], Yes),
    ("/change-password", &["change_password_id"], Yes),
    ("/change-password/code", &["two_factor_id"], No),
    ("/verify-email", &["username", "verification_id"], Yes),
    ("/verify-email/again", &["username"], Yes),
    ("/verify-email/not-me", &[], Yes),
    ("/verify-registration", &["username", "verification_id"], Yes),
    ("/verify-registration/again", &["username"], Yes),
    // The form is sent again with the same key, so a limit does not count it.
    ("/contact", &["full_name", "email", "order", "body"], No),
    ("/account/display-name", &["display_name"], No),
    ("/account/password", &[], Yes),
    ("/account/delete", &[], Yes),
    ("/account/email", &["email"], Yes),
    ("/account/authenticator", &["secret"], Yes),
    // The user has no authenticator app, so a limit would answer with the form that adds one.
    ("/account/authenticator/remove", &["id"], No),
    ("/account/authenticator/recovery-codes", &["id"], No),
    ("/account/sessions/end", &["id"], No),
];

const OF_STORE: [(&str, &[&str], Limited); 4] = [
    ("/shopping-cart/acknowledgement", &["notice"], No),
    ("/shopping-cart/lines", &["product"], No),
    ("/shopping-cart/lines/{product}", &["quantity"], No),
    ("/checkout", &["full_name", "street", "postal_code", "city"], Yes),
];

const OF_FORUMS: [(&str, &[&str], Limited); 4] = [
    ("/posts", &["title", "body"], Yes),
    ("/posts/{id}/replies", &["body"], Yes),
    ("/posts/{id}/edit", &["title", "body"], No),
    ("/posts/{id}/lock", &["locked"], No),
];

/// A value for each member of a form.
const MEMBERS: [(&str, &str); 27] = [
    ("username", "typed@example.com"),
    ("email", "typed@new.example"),
    ("display_name", "Typed name"),
    ("title", "Typed title"),
    ("order", "7K2M-9QX4"),
    ("body", "Typed <text>"),
    ("full_name", "Typed recipient"),
    ("street", "Typed street 1"),
    ("postal_code", "10115"),
    ("city", "Typed city"),
    ("country", "DE"),
    ("quantity", "7"),
    ("product", "enamel-mug"),
    ("notice", "A notice"),
    ("locked", "yes"),
    ("two_factor_id", "second-factor"),
    ("login_code", "long-code"),
    ("change_password_id", "change-id"),
    ("verification_id", "verification-id"),
    ("secret", "JBSWY3DPEHPK3PXP"),
    ("id", "an-id"),
    ("version", "1"),
    ("back", "/contact?from=form"),
    ("idempotency_key", "a-key"),
    ("password", "typed-password"),
    ("current_password", "typed-password"),
    ("code", "424242"),
];

/// The members that no answer repeats, and hidden ones.
const OF_EACH_FORM: [&str; 7] = ["password", "current_password", "code", "back", "idempotency_key", "version", "country"];

struct Form {
    path: String,
    typed: &'static [&'static str],
    limited: Limited,
}

/// The forms of the application at `host`: all paths that accept POST. Fails if a table names another path.
async fn forms(cluster: &TestCluster, browser: &Browser, host: &str) -> Vec<Form> {
    let of_app = if host.starts_with("store.") { &OF_STORE[..] } else { &OF_FORUMS };
    let mut rows: BTreeMap<&str, (&'static [&'static str], Limited)> =
        SHARED.iter().chain(of_app).map(|(path, typed, limited)| (*path, (*typed, *limited))).collect();
    let mut forms = Vec::new();
    for path in routes(cluster).await.into_iter().find(|it| it.0 == host).unwrap().1 {
        let id = if path.starts_with("/posts") { "30000000-0000-0000-0000-000000000000" } else { "40000000-0000-0000-0000-000000000000" };
        let filled = path.replace("{product}", "enamel-mug").replace("{id}", id);
        let answer = browser.bare(Method::POST, host, &filled).header("content-type", "text/plain").send().await.unwrap();
        if !path.starts_with("/api") && answer.status() != StatusCode::METHOD_NOT_ALLOWED && answer.status() != StatusCode::NOT_FOUND {
            let (typed, limited) = rows.remove(&*path).unwrap_or((&[], No));
            forms.push(Form { path: filled, typed, limited });
        }
    }
    assert!(rows.is_empty(), "these paths accept no form: {:?}", rows.keys());
    forms
}

/// Sends the form, and checks the answer if it has this status. Returns the status of the answer.
async fn send(browser: &Browser, host: &str, form: &Form, status: StatusCode) -> StatusCode {
    let Form { path, typed, .. } = form;
    let members: Vec<_> = MEMBERS.into_iter().filter(|it| typed.contains(&it.0) || OF_EACH_FORM.contains(&it.0)).collect();
    let answer = browser.post_form(host, path, &members).await;
    let (actual, retry_after) = (answer.status(), answer.headers().contains_key("retry-after"));
    let page = text(answer).await;
    if actual != status {
        return actual;
    }
    assert!(page.contains("role=\"alert\""), "{path} has no reason: {page}");
    // A form without `action` is sent to the URL of its page, which is the one it was sent to.
    let is_a_form = page.contains(&format!("action=\"{path}\"")) || page.contains("<form id=\"login\" method=\"post\" novalidate>");
    assert!(is_a_form, "{path} has no form: {page}");
    assert!(retry_after || status != StatusCode::TOO_MANY_REQUESTS, "{path}");
    for name in *typed {
        let value = MEMBERS.iter().find(|it| it.0 == *name).unwrap().1.replace('<', "&lt;").replace('>', "&gt;");
        let shown = [format!("value=\"{value}\""), format!("\n{value}</textarea>")];
        assert!(shown.iter().any(|it| page.contains(it)), "{path} has lost {name}: {page}");
    }
    for secret in ["typed-password", "424242"] {
        assert!(!page.contains(secret), "{path} repeats a secret: {page}");
    }
    for described in page.split("aria-describedby=\"").skip(1).filter_map(|it| it.split_once('"')) {
        for id in described.0.split(' ') {
            assert!(page.contains(&format!("id=\"{id}\"")), "{path} has an input without its description {id}: {page}");
        }
    }
    assert!(page.contains("name=\"back\" value=\"/contact?from=form\""), "{path} has lost the URL of its page: {page}");
    actual
}

/// A signed-in browser that has also opened the links of messages.
async fn reader(cluster: &TestCluster, host: &str) -> Browser {
    let browser = cluster.signed_in(host, "shopper@example.com").await;
    for link in ["/change-password/link-id", "/verify-email/link-id", "/login/link/long.424242"] {
        browser.get(host, link).await;
    }
    browser
}

#[tokio::test]
async fn a_form_comes_back_while_neither_fusionauth_nor_the_database_answers() {
    if is_postgresql() {
        return; // the test damages the file of a SQLite database
    }
    for host in WORKFLOWS.into_iter().flat_map(|it| [store(it), forums(it)]) {
        let cluster = TestCluster::start_with(&["--contact=help@shop.test"], 1).await;
        let browser = reader(&cluster, &host).await;
        let forms = forms(&cluster, &cluster.browser(), &host).await;
        let mut database = cluster.database().await.acquire().await.unwrap();
        for damage in ["PRAGMA writable_schema = ON", "UPDATE sqlite_schema SET rootpage = 4294967", "PRAGMA schema_version = 4711"] {
            sqlx::query(damage).execute(&mut *database).await.unwrap();
        }
        let _cluster = cluster.stop_fusionauth().await;
        for form in &forms {
            let status = send(&browser, &host, form, StatusCode::SERVICE_UNAVAILABLE).await;
            let expected = if form.path == "/language" { StatusCode::SEE_OTHER } else { StatusCode::SERVICE_UNAVAILABLE };
            assert_eq!(status, expected, "{host}{}", form.path);
        }
    }
}

#[tokio::test]
async fn a_form_comes_back_after_too_many_attempts() {
    for host in WORKFLOWS.into_iter().flat_map(|it| [store(it), forums(it)]) {
        let limits = [
            "passwords",
            "passwords-by-address",
            "codes",
            "codes-of-challenge",
            "challenges",
            "password-links",
            "messages",
            "messages-by-address",
            "registrations",
            "posts",
            "orders",
            "anonymous-calls",
        ];
        let limits = limits.map(|it| [format!("--limit-{it}"), "1/36000".to_owned()]).concat();
        let cluster = TestCluster::start_with(&limits.iter().map(String::as_str).collect::<Vec<_>>(), 1).await;
        let (browser, mut missed) = (reader(&cluster, &host).await, Vec::new());
        let forms = forms(&cluster, &cluster.browser(), &host).await;
        for form in forms.iter().filter(|it| it.limited == Yes) {
            let mut statuses = Vec::new();
            for _ in 0..3 {
                statuses.push(send(&browser, &host, form, StatusCode::TOO_MANY_REQUESTS).await);
            }
            if !statuses.contains(&StatusCode::TOO_MANY_REQUESTS) {
                missed.push((&form.path, statuses));
            }
        }
        assert!(missed.is_empty(), "no limit refuses these forms of {host}: {missed:?}");
    }
}
