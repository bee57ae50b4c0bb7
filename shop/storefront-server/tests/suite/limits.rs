//! Rate limits slow down a client that guesses passwords or creates many accounts, but no user who signs in correctly.
//!
//! The periods here are hours, because on a slow machine a short period could allow one more attempt during the test.

use crate::anonymous_endpoints;
use crate::guest_orders::order_of_guest;
use crate::test_cluster::{Browser, PASSWORD, TestCluster, forums, set_cookies, sign_in_by_form, store};
use crate::test_server::{Host, TestServer, with_status};
use crate::webapp_steps::text;
use axum::{Json, Router, extract::State, http::HeaderMap, routing::any};
use clap::CommandFactory as _;
use futures_util::StreamExt as _;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use storefront_server::config::Config;
use test_support::issuer::{Issuer, SHOPPER};

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

/// By which key a limit counts an endpoint's requests.
#[derive(Clone, Copy, Debug)]
enum Key {
    Client,
    Account,
    AccountAtClient,
    Everybody,
}

/// Each limit, the requests that it counts, and by which key. A request in capitals is one of the server's endpoints without a sign-in; its
/// accounts are invented. `order_of_guest` or `attempt` sends the others.
const LIMITS: [(&str, &str, Key); 41] = [
    ("passwords", "POST /api/login", Key::AccountAtClient),
    ("passwords", "change the password", Key::Account),
    ("passwords_by_address", "POST /api/login", Key::Client),
    ("passwords_by_address", "change the password", Key::Client),
    ("passwords_of_account", "POST /api/login", Key::Account),
    ("passwords_of_account", "POST /api/join", Key::Account),
    ("sign_ins", "sign in", Key::Account),
    ("codes_of_challenge", "POST /api/two-factor/login", Key::Account),
    ("codes_of_challenge", "POST /api/passwordless/login", Key::Account),
    ("codes_of_challenge", "POST /api/user/verify-email", Key::Account),
    ("codes_of_challenge", "change the email", Key::Account),
    ("codes", "POST /api/two-factor/login", Key::Client),
    ("codes", "change the email", Key::Client),
    ("challenges", "ask for a code", Key::Account),
    ("challenges", "POST /api/password-link/second-factor", Key::Account),
    ("unknown_tokens", "POST /api/logout", Key::Client),
    ("unknown_tokens", "renew", Key::Account),
    ("all_unknown_tokens", "POST /api/logout", Key::Everybody),
    ("password_links", "POST /api/user/forgot-password", Key::Client),
    ("password_links", "POST /api/passwordless/start", Key::AccountAtClient),
    ("links_of_account", "POST /api/user/forgot-password", Key::Account),
    ("links_of_account", "POST /api/passwordless/start", Key::Account),
    ("messages", "POST /api/verification-message/email", Key::Account),
    ("messages_by_address", "POST /api/verification-message/email", Key::Client),
    ("messages_by_address", "POST /api/passwordless/start", Key::Client),
    ("registrations", "POST /api/register", Key::Client),
    ("all_registrations", "POST /api/register", Key::Everybody),
    ("posts", "post", Key::Account),
    ("posts_by_address", "post", Key::Client),
    ("orders", "order", Key::Account),
    ("orders_by_address", "order", Key::Client),
    ("guest_orders", "guest order", Key::Account),
    ("orders_of_guest", "guest order", Key::AccountAtClient),
    ("guests_by_address", "POST /api/guest-orders", Key::Client),
    ("all_guest_orders", "guest order", Key::Everybody),
    ("contacts", "POST /api/contact", Key::Client),
    ("all_contacts", "POST /api/contact", Key::Everybody),
    ("guest_additions", "POST /api/guest-cart/lines", Key::Client),
    ("sitemaps", "GET /sitemap.xml", Key::Client),
    ("anonymous_calls", "POST /api/passkeys/start", Key::Client),
    ("device_keys", "POST /api/device-key", Key::Client),
];

impl Key {
    /// Pairs of a client and an account, whose requests come in this order, and whether a limit of two refuses each.
    fn course(self) -> &'static [(u8, usize, bool)] {
        match self {
            Self::Client => &[(1, 0, false), (1, 1, false), (1, 0, true), (1, 1, true), (2, 0, false)],
            Self::Account => &[(1, 0, false), (2, 0, false), (3, 0, true), (1, 0, true), (1, 1, false)],
            Self::AccountAtClient => &[(1, 0, false), (1, 0, false), (1, 0, true), (1, 1, false), (2, 0, false)],
            Self::Everybody => &[(1, 0, false), (2, 1, false), (3, 0, true), (4, 1, true)],
        }
    }
}

/// Browsers that are signed in, one for each account.
struct Users {
    store: [Browser; 2],
    forums: [Browser; 2],
    /// Their access tokens have expired.
    stale: [Browser; 2],
}

const USERS: [&str; 2] = ["shopper@example.com", "second@example.com"];

impl Users {
    async fn of(cluster: &TestCluster) -> Self {
        let users = Self {
            store: [cluster.browser(), cluster.browser()],
            forums: [cluster.browser(), cluster.browser()],
            stale: [cluster.browser(), cluster.browser()],
        };
        for (account, login_id) in USERS.iter().enumerate() {
            users.store[account].sign_in(&store("spa-backend"), login_id).await;
            users.forums[account].sign_in(&forums("spa-backend"), login_id).await;
            cluster.issue_stale();
            sign_in_by_form(&users.stale[account], &store("webapp-jwt"), login_id).await;
            cluster.issue_fresh();
        }
        users
    }

    fn attempt(&self, what: &str, account: usize, number: u32) -> RequestBuilder {
        let (browser, host) = (&self.store[account], store("spa-backend"));
        let post = |path: &str, body: Value| browser.request(Method::POST, &host, path).json(&body);
        let address = json!({"fullName": "S", "street": "S", "streetExtra": "", "postalCode": "10115", "city": "B", "country": "DE"});
        match what {
            "change the password" => post("/api/account/password", json!({"currentPassword": "wrong", "password": "a-new-password"})),
            "change the email" => post("/api/account/email/confirm", json!({"code": "000000"})),
            "order" => {
                let order = json!({"address": address, "delivery": "standard", "lines": [], "total": 1});
                post("/api/orders", order).header("idempotency-key", format!("key-{number}"))
            }
            "post" => {
                let request = self.forums[account].request(Method::POST, &forums("spa-backend"), "/api/posts");
                request.header("idempotency-key", format!("key-{number}")).json(&json!({"body": "Hello"}))
            }
            "renew" => {
                let jwt = self.stale[account].cookie(&store("webapp-jwt"), "storefront_jwt").unwrap();
                let request = browser.bare(Method::GET, &store("webapp-jwt"), "/shopping-cart");
                request.header("cookie", format!("storefront_jwt={jwt}; storefront_refresh_token=invented-{number}"))
            }
            "sign in" => self.login(USERS[account]),
            "ask for a code" => self.login(["twofactor@example.com", USERS[1]][account]),
            _ => panic!("no request is defined for {what}"),
        }
    }

    fn login(&self, login_id: &str) -> RequestBuilder {
        let request = self.store[0].bare(Method::POST, &store("spa-backend"), "/api/login");
        request.json(&json!({"loginId": login_id, "password": PASSWORD}))
    }
}

#[tokio::test]
async fn each_limit_counts_by_its_keys_as_documented() {
    let command = Config::command();
    let limits = command.get_arguments().filter_map(|it| Some((it.get_id().as_str().strip_prefix("limit_")?, it.get_default_values())));
    let limits: Vec<(&str, &str)> = limits.map(|(name, rate)| (name, rate[0].to_str().unwrap())).collect();
    assert!(LIMITS.iter().all(|(name, ..)| limits.iter().any(|(it, _)| it == name)), "a limit in this test does not exist");
    // Several at once, because many answers wait for a second.
    let walks = limits.iter().map(|(limit, rate)| walk(limit, rate, &limits));
    futures_util::stream::iter(walks).buffer_unordered(6).collect::<()>().await;
}

/// Sends the requests that a limit of two counts, and compares the limit's row in the documents.
async fn walk(limit: &str, rate: &str, all: &[(&str, &str)]) {
    let text = include_str!("../../../../docs/deploy.md");
    let section = text.split("\n## ").find(|it| it.starts_with("Limits\n")).unwrap();
    let row = section.lines().find(|it| it.starts_with('|') && it.contains(&format!("`limit_{limit}`"))).unwrap_or_default();
    let documented = rate.replace('/', " in ") + " s";
    let cases: Vec<_> = LIMITS.iter().enumerate().filter(|(_, (it, ..))| *it == limit).collect();
    assert!(!cases.is_empty(), "{limit} has no case");
    let flag = |name: &str, rate: &str| format!("--limit-{}={rate}", name.replace('_', "-"));
    let others = all.iter().filter(|(it, _)| *it != limit).map(|(it, _)| flag(it, "1000000/60"));
    // `Users` signs in each account at three sites, which must not use up the limit.
    let most = if limit == "sign_ins" { 2 + 3 } else { 2 };
    let flags: Vec<String> = others
        .chain([flag(limit, &format!("{most}/360000")), "--trusted-proxies=127.0.0.0/8".into(), "--contact=help@shop.test".into()])
        .collect();
    let cluster = TestCluster::start_with(&flags.iter().map(String::as_str).collect::<Vec<_>>(), 1).await;
    let is_anonymous = |what: &str| what.contains('/') || what == "guest order";
    let users = if cases.iter().all(|(_, (_, what, _))| is_anonymous(what)) { None } else { Some(Users::of(&cluster).await) };
    let browser = cluster.browser();
    let base = format!("http://{}", browser.address());
    for (case, (_, what, key)) in cases {
        let column = if matches!(key, Key::Client | Key::Everybody) { 3 } else { 2 };
        assert!(row.split('|').nth(column).is_some_and(|it| it.contains(&documented)), "docs/deploy.md: {limit} {key:?} {documented}");
        for (number, (client, account, is_refused)) in key.course().iter().enumerate() {
            let number = u32::try_from(100 * case + number).unwrap();
            let request = match &users {
                Some(users) if !is_anonymous(what) => users.attempt(what, *account, number),
                _ if *what == "guest order" => order_of_guest(&cluster, &format!("guest-{account}@example.com")).await,
                _ => {
                    // A sign-out makes its refresh token known, so each needs another one.
                    let value = if what.ends_with("/logout") { number.to_string() } else { format!("{case}-{account}") };
                    let request = anonymous_endpoints::request(&base, what, number, &value);
                    RequestBuilder::from_parts(browser.client(), request.try_into().unwrap())
                }
            };
            let answer = request.header("x-forwarded-for", format!("192.0.{case}.{client}")).send().await.unwrap();
            let refused = match limit {
                "device_keys" => answer.status() == StatusCode::SERVICE_UNAVAILABLE,
                _ => answer.status() == StatusCode::TOO_MANY_REQUESTS && retry_after(&answer) > 0,
            };
            assert_eq!(refused, *is_refused, "{limit} {what} {key:?}, request {number}: {}", answer.status());
        }
    }
}

/// FusionAuth locks an account after ten wrong passwords, so the server must refuse the tenth of one client.
#[tokio::test]
async fn a_stranger_with_one_address_closes_no_way_in_for_the_owner() {
    let cluster = TestCluster::start_with(&["--trusted-proxies=127.0.0.0/8"], 1).await;
    let (browser, store) = (cluster.browser(), store("spa-backend"));
    let from = async |client: &str, path: &str, body: Value| {
        let request = browser.bare(Method::POST, &store, path).header("x-forwarded-for", client).json(&body);
        request.send().await.unwrap().status()
    };
    let login_id = json!({"loginId": "shopper@example.com"});
    let ways = ["/api/user/forgot-password", "/api/passwordless/start"];
    let mut refused = 0;
    for _ in 0..20 {
        let wrong = json!({"loginId": "shopper@example.com", "password": "wrong"});
        let statuses = futures_util::future::join3(
            from("192.0.2.1", "/api/login", wrong),
            from("192.0.2.1", ways[0], login_id.clone()),
            from("192.0.2.1", ways[1], login_id.clone()),
        );
        let (password, link, code) = statuses.await;
        refused += [password, link, code].iter().filter(|it| **it == StatusCode::TOO_MANY_REQUESTS).count();
    }
    assert_eq!(refused, 11 + 15 + 15);
    let right = json!({"loginId": "shopper@example.com", "password": PASSWORD});
    assert_eq!(from("192.0.2.2", "/api/login", right).await, StatusCode::OK);
    for way in ways {
        assert_eq!(from("192.0.2.2", way, login_id.clone()).await, StatusCode::OK, "{way}");
    }
}

#[tokio::test]
async fn strangers_with_many_addresses_close_no_way_in_where_the_owner_has_signed_in() {
    let flags = ["--trusted-proxies=127.0.0.0/8", "--limit-passwords-of-account=3/36000", "--limit-links-of-account=3/36000"];
    let cluster = TestCluster::start_with(&flags, 1).await;
    let (browser, store) = (cluster.browser(), store("spa-backend"));
    let from = async |client: u8, path: &str, password: &str| {
        let mut body = json!({"loginId": "shopper@example.com"});
        if path == "/api/login" {
            body["password"] = password.into();
        }
        let request = browser.bare(Method::POST, &store, path).header("x-forwarded-for", format!("192.0.2.{client}")).json(&body);
        request.send().await.unwrap().status().as_u16()
    };
    let (owner, strangers) = (1, 2..8);
    assert_eq!(from(owner, "/api/login", PASSWORD).await, 200);
    let paths = ["/api/login", "/api/user/forgot-password", "/api/passwordless/start"];
    for path in paths {
        let mut statuses = Vec::new();
        for stranger in strangers.clone() {
            statuses.push(from(stranger, path, "wrong").await);
        }
        assert_eq!(statuses[3..], [429; 3], "{path}");
    }
    for path in paths {
        assert_eq!((from(9, path, PASSWORD).await, from(owner, path, PASSWORD).await), (429, 200), "{path}");
    }
    let guesses = async |count: usize| {
        let mut statuses = Vec::new();
        for _ in 0..count {
            statuses.push(from(owner, "/api/login", "wrong").await);
        }
        statuses
    };
    assert_eq!(guesses(4).await, [404, 404, 404, 429], "the owner's address has as many guesses");
}

#[tokio::test]
async fn an_invented_refresh_token_beyond_the_limit_changes_nothing() {
    let cluster = TestCluster::start_with(&["--limit-unknown-tokens=8/36000", "--limit-all-unknown-tokens=8/36000"], 1).await;
    let (browser, store) = (cluster.browser(), store("webapp-jwt"));
    cluster.issue_stale();
    sign_in_by_form(&browser, &store, "shopper@example.com").await;
    cluster.issue_fresh();
    let jwt = browser.cookie(&store, "storefront_jwt").unwrap();
    let mut refused = [0, 0];
    for number in 0..30 {
        let invented = format!("storefront_refresh_token=invented-{number}");
        let request = if number % 2 == 0 {
            let form = browser.bare(Method::POST, &store, "/logout").header("content-type", "application/x-www-form-urlencoded");
            form.header("cookie", invented)
        } else {
            browser.bare(Method::GET, &store, "/shopping-cart").header("cookie", format!("storefront_jwt={jwt}; {invented}"))
        };
        let answer = request.send().await.unwrap();
        refused[number % 2] += usize::from(answer.status() == StatusCode::TOO_MANY_REQUESTS && set_cookies(&answer).is_empty());
    }
    assert_eq!(refused, [15 - 8, 15 - 8], "the user's access token has its own limit, although strangers have filled the other");
    assert!(cluster.count("refresh_tokens").await <= 1 + 16 && cluster.refreshes() <= 8);
    assert_eq!(browser.get(&store, "/shopping-cart").await.status(), StatusCode::OK, "a known token has no limit");
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
    let page = text(with_status(StatusCode::TOO_MANY_REQUESTS, page)).await;
    assert!(page.contains("Too many attempts.") && !page.contains("inputmode=\"numeric\""), "the field accepts letters too");
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
