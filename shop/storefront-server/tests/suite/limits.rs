//! Rate limits slow down a client that guesses passwords or creates many accounts, but no user who signs in correctly.
//!
//! The periods here are hours, because on a slow machine a short period could allow one more attempt during the test.

use crate::test_cluster::{Browser, PASSWORD, TestCluster, forums, set_cookies, store};
use crate::test_server::{Host, TestServer};
use crate::webapp_steps::text;
use axum::{Json, Router, extract::State, http::HeaderMap, routing::any};
use clap::{CommandFactory as _, Parser as _};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use storefront_server::config::Config;
use test_support::issuer::{FORUMS, Issuer, SECOND, SHOPPER, STORE, token};

async fn sign_in(browser: &Browser, login_id: &str, password: &str) -> Response {
    browser.post_json(&store("spa-backend"), "/api/login", json!({"loginId": login_id, "password": password})).await
}

fn retry_after(answer: &Response) -> u64 {
    answer.headers()["retry-after"].to_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn thirty_wrong_passwords_are_slowed_down_in_the_api_and_on_the_page() {
    let cluster = TestCluster::start_with(&["--limit-passwords", "10/36000"], 1).await;
    let until_one_more = 3_000..=3_601;
    let browser = cluster.browser();
    let mut statuses = Vec::new();
    for _ in 0..30 {
        statuses.push(sign_in(&browser, "shopper@example.com", "wrong").await.status().as_u16());
    }
    assert_eq!(
        (statuses.iter().filter(|it| **it == 404).count(), statuses.iter().filter(|it| **it == 429).count()),
        (10, 20),
        "{statuses:?}"
    );
    assert_eq!(
        cluster.asked_by_backends().iter().filter(|it| *it == "POST /api/login").count(),
        10,
        "refused attempts do not reach FusionAuth"
    );
    let refused = sign_in(&browser, "SHOPPER@example.com", PASSWORD).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS, "the email in another case is the same account");
    assert!(until_one_more.contains(&retry_after(&refused)));
    assert_eq!(refused.json::<Value>().await.unwrap()["type"], "/problems/too-many-attempts");

    let store = store("webapp-jwt");
    let page = browser.post_form(&store, "/login", &[("username", "shopper@example.com"), ("password", PASSWORD)]).await;
    assert_eq!(page.status(), StatusCode::TOO_MANY_REQUESTS, "all sites share one limit");
    assert!(until_one_more.contains(&retry_after(&page)));
    let page = text(page).await;
    assert!(page.contains("Too many attempts.") && page.contains("value=\"shopper@example.com\"") && !page.contains(PASSWORD));
    assert_eq!(sign_in(&browser, "second@example.com", PASSWORD).await.status(), StatusCode::OK, "another account has its own limit");
}

#[test]
fn the_limits_are_as_documented_unless_an_operator_chooses_others() {
    let rates = Config::try_parse_from(["storefront-server"]).unwrap().attempt_rates;
    for (rate, documented) in [
        (rates.limit_passwords, "10/60"),
        (rates.limit_sign_ins, "60/600"),
        (rates.limit_codes, "15/60"),
        (rates.limit_registrations, "10/600"),
        (rates.limit_posts, "10/60"),
    ] {
        assert_eq!(Ok(rate), documented.parse());
    }
    let text = include_str!("../../../../docs/deploy.md");
    let section = text.split("\n## ").find(|it| it.starts_with("Limits\n")).unwrap();
    for limit in Config::command().get_arguments().filter(|it| it.get_id().as_str().starts_with("limit_")) {
        let rate = limit.get_default_values()[0].to_str().unwrap().replace('/', " in ") + " s";
        let row = section.lines().find(|it| it.starts_with('|') && it.contains(&format!("`{}`", limit.get_id())));
        assert!(row.is_some_and(|it| it.contains(&rate)), "docs/deploy.md does not say by which keys {} counts: {rate}", limit.get_id());
    }
}

#[tokio::test]
async fn guesses_from_many_addresses_are_counted_by_account_and_challenge() {
    let flags = ["--trusted-proxies=127.0.0.0/8", "--limit-passwords-of-account=6/36000", "--limit-codes-of-challenge=8/36000"];
    let cluster = TestCluster::start_with(&[&flags[..], &["--limit-challenges=3/36000"]].concat(), 1).await;
    let (browser, store) = (cluster.browser(), store("spa-backend"));
    let from = async |number: usize, path: &str, body: Value| {
        let request = browser.bare(Method::POST, &store, path).header("x-forwarded-for", format!("192.0.2.{number}"));
        let answer = request.json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap_or_default())
    };
    let password = |login_id: &str, password: &str| json!({"loginId": login_id, "password": password});
    let mut statuses = Vec::new();
    for number in 0..10 {
        statuses.push(from(number, "/api/login", password("second@example.com", "wrong")).await.0);
    }
    assert_eq!(statuses, [[404; 6].as_slice(), &[429; 4]].concat(), "an account with guesses from ten addresses");

    let (status, asked) = from(20, "/api/login", password("twofactor@example.com", PASSWORD)).await;
    assert_eq!(status, 242);
    let mut refused = 0;
    for number in 0..20 {
        let (status, _) = from(number, "/api/two-factor/login", json!({"twoFactorId": asked["twoFactorId"], "code": "000000"})).await;
        refused += usize::from(status == 429);
    }
    assert_eq!(refused, 12, "one challenge has eight guesses");
    let mut challenges = Vec::new();
    for number in 30..33 {
        challenges.push(from(number, "/api/login", password("twofactor@example.com", PASSWORD)).await.0);
    }
    assert_eq!(challenges, [242, 242, 429], "the password gives no number of challenges");
}

#[tokio::test]
async fn invented_refresh_tokens_are_limited_by_client_and_in_all() {
    for (limit, most) in [("--limit-unknown-tokens=8/36000", 8), ("--limit-all-unknown-tokens=9/36000", 9)] {
        let cluster = TestCluster::start_with(&[limit, "--trusted-proxies=127.0.0.0/8"], 1).await;
        let (browser, store) = (cluster.browser(), store("webapp-jwt"));
        cluster.issue_stale();
        crate::test_cluster::sign_in_by_form(&browser, &store, "shopper@example.com").await;
        cluster.issue_fresh();
        let jwt = browser.cookie(&store, "storefront_jwt").unwrap();
        let mut refused = 0;
        for number in 0..30 {
            let address = if limit.contains("all") { number } else { 1 };
            let invented = format!("storefront_refresh_token=invented-{number}");
            let request = if number % 2 == 0 {
                browser.bare(Method::GET, &store, "/shopping-cart").header("cookie", format!("storefront_jwt={jwt}; {invented}"))
            } else {
                let form = browser.bare(Method::POST, &store, "/logout").header("content-type", "application/x-www-form-urlencoded");
                form.header("cookie", invented)
            };
            let answer = request.header("x-forwarded-for", format!("192.0.2.{address}")).send().await.unwrap();
            refused += usize::from(answer.status() == StatusCode::TOO_MANY_REQUESTS && set_cookies(&answer).is_empty());
        }
        assert_eq!(refused, 30 - most, "{limit}");
        assert!(cluster.count("refresh_tokens").await <= 1 + most as i64 && cluster.refreshes() <= most, "{limit}");
        assert_eq!(browser.get(&store, "/shopping-cart").await.status(), StatusCode::OK, "a known token has no limit");
    }
}

#[tokio::test]
async fn parallel_guesses_are_counted_and_good_sign_ins_are_not() {
    let cluster = TestCluster::start_with(&["--limit-passwords", "4/36000"], 1).await;
    let browser = cluster.browser();
    for _ in 0..6 {
        assert_eq!(sign_in(&browser, "shopper@example.com", PASSWORD).await.status(), StatusCode::OK);
    }
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let browser = browser.clone();
        all.spawn(async move { sign_in(&browser, "shopper@example.com", "wrong").await.status() });
    }
    let answers = all.join_all().await;
    assert_eq!(answers.iter().filter(|it| **it == StatusCode::NOT_FOUND).count(), 4, "{answers:?}");
}

#[tokio::test]
async fn a_client_that_tries_many_accounts_is_slowed_down() {
    let cluster = TestCluster::start_with(&["--limit-passwords-by-address", "3/36000"], 1).await;
    let browser = cluster.browser();
    for number in 0..3 {
        assert_eq!(sign_in(&browser, &format!("nobody{number}@example.com"), "wrong").await.status(), StatusCode::NOT_FOUND);
    }
    assert_eq!(sign_in(&browser, "nobody3@example.com", "wrong").await.status(), StatusCode::TOO_MANY_REQUESTS);
    let rows = if cluster.database_url.starts_with("postgres") { 7 } else { 0 };
    assert_eq!(cluster.count("rate_limits").await, rows, "PostgreSQL: three accounts, twice, and one client address; SQLite: none");
}

#[tokio::test]
async fn thirty_wrong_codes_are_slowed_down() {
    let cluster = TestCluster::start_with(&["--limit-codes", "15/36000"], 1).await;
    let browser = cluster.browser();
    let mut refused = 0;
    for number in 0..30 {
        let body = json!({"twoFactorId": format!("guessed-{number}"), "code": "000000"});
        let answer = browser.post_json(&store("spa-backend"), "/api/two-factor/login", body).await;
        refused += usize::from(answer.status() == StatusCode::TOO_MANY_REQUESTS && retry_after(&answer) >= 1);
    }
    assert_eq!(refused, 15);
    let fields = [("two_factor_id", "guessed"), ("code", "000000")];
    let page = browser.post_form(&store("webapp-session"), "/login/code", &fields).await;
    assert_eq!(page.status(), StatusCode::TOO_MANY_REQUESTS);
    let page = text(page).await;
    assert!(page.contains("Too many attempts.") && !page.contains("inputmode=\"numeric\""), "the field accepts letters too");
}

#[tokio::test]
async fn registrations_are_limited_by_address_and_in_all() {
    let register = async |browser: &Browser, number: usize| {
        let body = json!({"email": format!("many{number}@example.com"), "password": "a-new-password"});
        browser.post_json(&store("spa-local-storage"), "/api/register", body).await
    };
    let cluster = TestCluster::start_with(&["--limit-registrations", "10/36000"], 1).await;
    let browser = cluster.browser();
    let mut statuses = Vec::new();
    for number in 0..15 {
        statuses.push(register(&browser, number).await.status().as_u16());
    }
    assert_eq!(statuses, [[201; 10].as_slice(), &[429; 5]].concat());
    let requests = cluster.asked_by_backends();
    assert_eq!(
        requests.iter().filter(|it| *it == "POST /api/user/registration").count(),
        10,
        "refused registrations do not reach FusionAuth"
    );

    let cluster = TestCluster::start_with(&["--limit-all-registrations", "1/36000"], 1).await;
    let browser = cluster.browser();
    assert_eq!(register(&browser, 0).await.status(), StatusCode::CREATED);
    let refused = register(&browser, 1).await;
    assert_eq!((refused.status(), retry_after(&refused) > 35_000), (StatusCode::TOO_MANY_REQUESTS, true));
    assert!(!refused.text().await.unwrap().contains(STORE));
}

/// Runs on PostgreSQL only, because a SQLite file belongs to one process.
#[tokio::test]
async fn several_instances_count_together() {
    let cluster = TestCluster::start_with(&["--limit-passwords", "6/36000"], 3).await;
    if !cluster.database_url.starts_with("postgres") {
        return;
    }
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..18 {
        let browser = cluster.browser(); // starts at the first instance, and sends its next request to the next instance
        all.spawn(async move {
            [
                sign_in(&browser, "shopper@example.com", "wrong").await.status(),
                sign_in(&browser, "shopper@example.com", "wrong").await.status(),
            ]
        });
    }
    let answers: Vec<_> = all.join_all().await.into_iter().flatten().collect();
    assert_eq!(answers.iter().filter(|it| **it == StatusCode::NOT_FOUND).count(), 6, "{answers:?}");
    let refused = sign_in(&cluster.browser(), "shopper@example.com", PASSWORD).await;
    assert_eq!((refused.status(), (5_000..=6_001).contains(&retry_after(&refused))), (StatusCode::TOO_MANY_REQUESTS, true));
    for _ in 0..8 {
        assert_eq!(
            sign_in(&cluster.browser(), "second@example.com", PASSWORD).await.status(),
            StatusCode::OK,
            "successful sign-ins do not count"
        );
    }
    assert_eq!(cluster.count("rate_limits WHERE key LIKE '%@%'").await, 0, "the table contains no email");
    assert!(cluster.count("rate_limits").await > 0);
}

#[tokio::test]
async fn posts_are_limited_by_account_and_by_address() {
    let post = async |server: &TestServer, user: &str, key: usize| {
        let request = server.ask(reqwest::Method::POST, Host::Forums, "/api/posts").bearer_auth(token(user, FORUMS));
        request.header("idempotency-key", format!("post-{user}-{key}")).json(&json!({"body": "Hello"})).send().await.unwrap()
    };
    let server = TestServer::start_with(&["--limit-posts", "2/36000", "--limit-posts-by-address", "3/36000"]).await;
    assert_eq!(post(&server, SHOPPER, 1).await.status(), StatusCode::CREATED);
    assert_eq!(post(&server, SHOPPER, 2).await.status(), StatusCode::CREATED);
    let refused = post(&server, SHOPPER, 3).await;
    assert_eq!((refused.status(), retry_after(&refused) > 17_000), (StatusCode::TOO_MANY_REQUESTS, true));
    assert_eq!(refused.json::<Value>().await.unwrap()["type"], "/problems/too-many-attempts");
    assert_eq!(post(&server, SECOND, 1).await.status(), StatusCode::CREATED, "another account has its own limit");
    assert_eq!(
        post(&server, SECOND, 2).await.status(),
        StatusCode::TOO_MANY_REQUESTS,
        "both accounts share the limit of the client address"
    );
}

#[tokio::test]
async fn a_post_that_comes_too_soon_keeps_its_text_on_the_page() {
    let cluster = TestCluster::start_with(&["--limit-posts", "1/36000"], 1).await;
    let (browser, forums) = (cluster.browser(), forums("webapp-session"));
    browser.post_form(&forums, "/login", &[("username", "shopper@example.com"), ("password", PASSWORD)]).await;
    let post = async |text: &str| browser.post_form(&forums, "/posts", &[("body", text), ("idempotency_key", text)]).await;
    assert_eq!(post("the-first-post").await.status(), StatusCode::SEE_OTHER);
    let refused = post("the-second-post").await;
    assert_eq!((refused.status(), retry_after(&refused) > 35_000), (StatusCode::TOO_MANY_REQUESTS, true));
    let page = text(refused).await;
    assert!(page.contains("Wait a moment, then publish this one.") && page.contains("the-second-post</textarea>"), "{page}");
}

#[tokio::test]
async fn fusionauth_is_told_who_registers() {
    let addresses = Arc::new(Mutex::new(Vec::new()));
    let fusionauth = Router::new().fallback(any(answer_a_registration)).with_state(Arc::clone(&addresses));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, fusionauth).await });
    let flags = ["--fusionauth-api-key", "key", "--trusted-proxies", "127.0.0.1/32"];
    let server = TestServer::start_on(Issuer::start().await, &url, &flags).await;
    let request = server.ask(reqwest::Method::POST, Host::Store, "/api/register").header("x-forwarded-for", "192.0.2.7");
    let answer = request.json(&json!({"email": "told@example.com", "password": "a-new-password"})).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    assert_eq!(*addresses.lock().unwrap(), ["192.0.2.7", "192.0.2.7"], "one request for each application");
}

async fn answer_a_registration(State(addresses): State<Arc<Mutex<Vec<String>>>>, headers: HeaderMap) -> Json<Value> {
    addresses.lock().unwrap().push(headers["x-forwarded-for"].to_str().unwrap().to_owned());
    Json(json!({"user": {"id": "20000000-0000-0000-0000-0000000000bb", "email": "told@example.com"}}))
}

/// A thief with the password must not always have a session of the moment in which the password changes.
#[tokio::test]
async fn successful_sign_ins_of_an_account_are_limited() {
    let cluster = TestCluster::start_with(&["--limit-sign-ins", "2/36000"], 1).await;
    for _ in 0..2 {
        assert_eq!(sign_in(&cluster.browser(), "shopper@example.com", PASSWORD).await.status(), StatusCode::OK);
    }
    let browser = cluster.browser();
    let refused = sign_in(&browser, "shopper@example.com", PASSWORD).await;
    assert!(refused.status() == StatusCode::TOO_MANY_REQUESTS && refused.headers().contains_key("retry-after"));
    assert!(set_cookies(&refused).is_empty());
    let page = browser.post_form(&store("webapp-jwt"), "/login", &[("username", "shopper@example.com"), ("password", PASSWORD)]).await;
    assert_eq!(page.status(), StatusCode::TOO_MANY_REQUESTS, "all sites share one limit");
    let listed = cluster.admin(Method::GET, &format!("/api/jwt/refresh?userId={SHOPPER}"), Value::Null).await;
    let listed: Value = listed.json().await.unwrap();
    assert_eq!(listed["refreshTokens"].as_array().unwrap().len(), 2, "FusionAuth has revoked the refresh tokens of the others");
    assert_eq!(sign_in(&browser, "second@example.com", PASSWORD).await.status(), StatusCode::OK, "another account has its own limit");
}
