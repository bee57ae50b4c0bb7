//! A sign-in without a password, by a code or a link from a message: the API of the single-page app, and the server-rendered pages.

use crate::browse::hidden;
use crate::forgotten_password::{code_state, send_code_form};
use crate::test_cluster::{Browser, HANG_GUARD, PASSWORD, TestCluster, forged, location, set_cookies, sign_in_by_form, store};
use crate::test_server::{problem, with_status};
use crate::webapp_steps::{WORKFLOWS, text};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use test_support::issuer::{SHOPPER, STORE};

const USER: &str = "shopper@example.com";
const UNKNOWN: &str = "nobody@example.com";

/// The messages with a code to sign in that an email address has received.
async fn messages(cluster: &TestCluster, to: &str) -> Vec<Value> {
    cluster.messages(to).await.into_iter().filter(|it| it["topic"] == "passwordless").collect()
}

/// Another code than the right one.
fn wrong(code: &str) -> &'static str {
    if code == "000000" { "111111" } else { "000000" }
}

async fn start(browser: &Browser, workflow: &str, login_id: &str) -> Response {
    browser.post_json(&store(workflow), "/api/passwordless/start", json!({"loginId": login_id})).await
}

/// Requests a code in the app, and returns the code for the page.
async fn started(browser: &Browser, workflow: &str, login_id: &str) -> String {
    let answer = start(browser, workflow, login_id).await;
    assert_eq!(answer.status(), StatusCode::OK, "{workflow} {login_id}");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body.as_object().unwrap().len(), 1, "the page gets one code and nothing else");
    body["code"].as_str().unwrap().to_owned()
}

async fn sign_in(browser: &Browser, code: &str, typed: &str) -> Response {
    let body = json!({"code": code, "oneTimeCode": typed, "applicationId": "other", "keepSignedIn": false});
    browser.post_json(&store("spa-backend"), "/api/passwordless/login", body).await
}

#[tokio::test]
async fn the_app_gets_a_code_that_signs_in_with_the_mailed_code_alone() {
    let cluster = TestCluster::start().await;
    for workflow in ["spa-local-storage", "spa-shared-domain", "spa-backend"] {
        let browser = cluster.browser();
        let code = started(&browser, workflow, " Shopper@example.com ").await;
        let message = messages(&cluster, USER).await.pop().unwrap();
        let text = message["text"].as_str().unwrap();
        let typed = cluster.mailed(USER, "oneTimeCode").await;
        assert!(text.contains(&format!("\n{typed}\n")), "{text}");
        let link = format!("http://{}:8080/verify-email#sign-in={code}.{typed}\n", store(workflow));
        assert!(text.contains(&link), "the codes are in the fragment of the link, which reaches no server: {text}");
        // The app posts to FusionAuth itself, or in `spa-backend` to the server.
        let at_fusionauth = async |one_time_code: &str| {
            let body = json!({"code": code, "oneTimeCode": one_time_code, "applicationId": STORE});
            let url = format!("{}/api/passwordless/login", cluster.fusionauth.base_url());
            test_support::http_client().post(url).json(&body).send().await.unwrap().status()
        };
        if workflow != "spa-backend" {
            assert_eq!(at_fusionauth(&typed).await, StatusCode::OK, "{workflow}");
            assert_eq!(at_fusionauth(&typed).await, StatusCode::NOT_FOUND, "a code works once");
            continue;
        }
        let body: Value = with_status(StatusCode::OK, sign_in(&browser, &code, &typed).await).json().await.unwrap();
        assert_eq!((&body["user"]["id"], &body["token"]), (&json!(SHOPPER), &Value::Null));
        assert_eq!(browser.get(&store(workflow), "/api/user").await.status(), StatusCode::OK);
        assert_eq!(cluster.count("token_families").await, 1, "the sign-in begins a token family, so it ends as every other one");
        assert_eq!(sign_in(&cluster.browser(), &code, &typed).await.status(), StatusCode::NOT_FOUND, "a code works once");
        let code = started(&browser, workflow, USER).await;
        let typed = cluster.mailed(USER, "oneTimeCode").await;
        assert_eq!(sign_in(&browser, &code, wrong(&typed)).await.status(), StatusCode::NOT_FOUND);
        assert_eq!(sign_in(&browser, &code, &typed).await.status(), StatusCode::NOT_FOUND, "a wrong code uses up the right one");
    }
}

#[tokio::test]
async fn other_outcomes_are_those_of_a_sign_in_with_a_password() {
    let cluster = TestCluster::start().await;
    let browser = cluster.browser();
    for (login_id, status) in
        [("unregistered@example.com", 202), ("change@example.com", 203), ("twofactor@example.com", 242), ("locked@example.com", 423)]
    {
        let code = started(&browser, "spa-backend", login_id).await;
        let typed = cluster.mailed(login_id, "oneTimeCode").await;
        assert_eq!(sign_in(&browser, &code, &typed).await.status().as_u16(), status, "{login_id}");
        let code = started(&browser, "spa-backend", login_id).await;
        assert_eq!(sign_in(&browser, &code, "x").await.status(), StatusCode::NOT_FOUND, "a wrong code reveals nothing about {login_id}");
    }
    assert_eq!(browser.cookie_names(&store("spa-backend")), [""; 0]);
    assert_eq!(cluster.count("token_families").await, 0);
}

#[tokio::test]
async fn nobody_learns_who_has_an_account() {
    let cluster = TestCluster::start().await;
    let browser = cluster.browser();
    let began = Instant::now();
    let (known, unknown) = (started(&browser, "spa-backend", USER).await, started(&browser, "spa-backend", UNKNOWN).await);
    assert!(began.elapsed() >= Duration::from_secs(2), "each answer takes a second at least");
    let is_base64 = |code: &str| code.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-' || it == b'_');
    assert!(known.len() == unknown.len() && is_base64(&known) && is_base64(&unknown), "both codes have the same form");
    assert_ne!(unknown, started(&browser, "spa-backend", UNKNOWN).await);
    assert_eq!(messages(&cluster, UNKNOWN).await.len(), 0);
    let refused = async |code: &str| {
        let answer = sign_in(&browser, code, "000000x").await;
        (answer.status(), text(answer).await)
    };
    assert_eq!(refused(&known).await, refused(&unknown).await);

    // FusionAuth does not send the message. Only a known email can have one.
    cluster.fault(json!({"path": "/api/passwordless/send", "status": 500})).await;
    started(&browser, "spa-backend", USER).await;
    cluster.no_faults().await;
    let host = store("webapp-session");
    let mut pages = Vec::new();
    for username in [USER, UNKNOWN] {
        let answer = browser.post_form(&host, "/login/passwordless", &[("username", username)]).await;
        let page = text(with_status(StatusCode::OK, answer)).await;
        let code = hidden(&page, "login_code");
        pages.push(page.replace(&code, "CODE").replace("<wbr>", "").replace(username, "EMAIL"));
    }
    assert_eq!(pages[0], pages[1]);
}

/// Submits the form for the code of `page`.
async fn send_code(browser: &Browser, host: &str, page: &str, code: &str) -> Response {
    let (login_code, username) = (hidden(page, "login_code"), hidden(page, "username"));
    let fields = [("login_code", &*login_code), ("username", &*username), ("code", code), ("next", "/account"), ("keep", "yes")];
    browser.post_form(host, "/login/passwordless/code", &fields).await
}

#[tokio::test]
async fn the_pages_sign_in_with_a_mailed_code() {
    for workflow in WORKFLOWS {
        let (cluster, host, browser) = TestCluster::with_browser_at(store(workflow)).await;
        let page = text(browser.get(&host, "/login?next=%2Faccount").await).await;
        assert!(page.contains("formaction=\"/login/passwordless\"") && page.contains("Sign in without a password"), "{page}");
        let page = text(browser.get(&host, "/login/passwordless?next=%2Faccount").await).await;
        assert!(page.contains("name=\"next\" value=\"/account\"") && page.contains("type=\"checkbox\" name=\"keep\""), "{page}");
        let answer = browser.post_form(&host, "/login/passwordless", &[("username", " ")]).await;
        assert!(text(with_status(StatusCode::UNPROCESSABLE_ENTITY, answer)).await.contains("Enter your email address."));

        let fields = [("username", USER), ("next", "/account"), ("keep", "yes")];
        let page = text(browser.post_form(&host, "/login/passwordless", &fields).await).await;
        assert!(page.contains("Check your email") && page.contains("autocomplete=\"one-time-code\""), "{page}");
        let page = text(with_status(StatusCode::UNPROCESSABLE_ENTITY, send_code(&browser, &host, &page, " ").await)).await;
        assert!(page.contains("Enter your code"), "{page}");
        let first = cluster.mailed(USER, "oneTimeCode").await;
        let page = text(with_status(StatusCode::FORBIDDEN, send_code(&browser, &host, &page, wrong(&first)).await)).await;
        assert!(page.contains("That code is wrong or has expired.") && page.contains("Send another code"), "{page}");

        let page = text(browser.post_form(&host, "/login/passwordless", &fields).await).await;
        let code = cluster.mailed(USER, "oneTimeCode").await;
        let spaced = format!("{} {}", &code[..3], &code[3..]);
        let answer = send_code(&browser, &host, &page, &spaced).await;
        assert_eq!((answer.status(), location(&answer)), (StatusCode::FOUND, "/account"), "{workflow}");
        assert_eq!(browser.get(&host, "/account").await.status(), StatusCode::OK);
        let answer = browser.get(&host, "/login/passwordless").await;
        assert_eq!(answer.status(), StatusCode::FOUND, "a signed-in user sees no sign-in form");
        let answer = send_code(&cluster.browser(), &host, &page, &code).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "a code works once");
    }
}

/// Requests a message on the pages. Returns the path of its link.
async fn mailed_link(cluster: &TestCluster, host: &str, username: &str) -> String {
    cluster.browser().post_form(host, "/login/passwordless", &[("username", username)]).await;
    let message = messages(cluster, username).await.pop().unwrap();
    let text = message["text"].as_str().unwrap();
    let (_, link) = text.split_once(&format!("http://{host}:8080")).unwrap_or_else(|| panic!("no link to {host} in {text}"));
    link.split('\n').next().unwrap().to_owned()
}

const LINK_PAGE: &str = "/login/link";
const LINK_COOKIE: &str = "storefront_sign_in_link";

/// Opens a link, and presses the button of its page.
async fn use_link(browser: &Browser, host: &str, link: &str) -> Response {
    let answer = browser.get(host, link).await;
    assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, LINK_PAGE));
    browser.post_form(host, LINK_PAGE, &[("keep", "yes")]).await
}

#[tokio::test]
async fn a_mailed_link_signs_in_by_a_button_and_once() {
    for workflow in WORKFLOWS {
        let (cluster, host) = (TestCluster::start().await, store(workflow));
        let link = mailed_link(&cluster, &host, USER).await;
        // Another browser than the one that requested the message.
        let browser = cluster.browser();
        let answer = browser.get(&host, LINK_PAGE).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "this browser has opened no link");
        assert!(text(answer).await.contains("<a class=\"button primary wide\" href=\"/login/passwordless\">Request another email</a>"));
        assert_eq!(browser.post_form(&host, LINK_PAGE, &[]).await.status(), StatusCode::NOT_FOUND);
        let calls = cluster.asked_by_backends().len();
        for method in [Method::HEAD, Method::GET, Method::GET] {
            let answer = browser.send(&host, browser.request(method, &host, &link)).await;
            assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, LINK_PAGE));
            assert_eq!(answer.headers()["cache-control"], "no-store");
            assert_eq!(answer.headers()["referrer-policy"], "same-origin");
        }
        let page = text(browser.get(&host, LINK_PAGE).await).await;
        assert!(page.contains(">Sign in</button>") && page.contains("type=\"checkbox\" name=\"keep\" value=\"yes\" checked"), "{page}");
        let (long, short) = link.rsplit('/').next().unwrap().split_once('.').unwrap();
        assert!(!page.contains(long) && !page.contains(short), "{page}");
        assert_eq!(cluster.asked_by_backends().len(), calls, "opening the link and its page does not use it up");
        let answer = forged(browser.form(&host, LINK_PAGE, &[]), Some("cross-site"), None).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "no other site presses the button");

        let answer = browser.post_form(&host, LINK_PAGE, &[]).await;
        assert_eq!((answer.status(), location(&answer)), (StatusCode::FOUND, "/shopping-cart"), "{workflow}");
        let kept = set_cookies(&answer).into_iter().filter(|it| it.contains("Max-Age") && !it.contains("Max-Age=0")).count();
        assert_eq!((kept, browser.cookie(&host, LINK_COOKIE)), (0, None), "the box was not ticked, and the codes are gone");
        assert_eq!(browser.get(&host, "/account").await.status(), StatusCode::OK);
        assert_eq!(browser.get(&host, LINK_PAGE).await.status(), StatusCode::FOUND, "a signed-in user sees no sign-in form");
        let other = cluster.browser();
        let answer = use_link(&other, &host, &link).await;
        assert_eq!((answer.status(), other.cookie(&host, LINK_COOKIE)), (StatusCode::NOT_FOUND, None), "a link works once");
        assert!(text(answer).await.contains("This link is no longer valid."));
    }
}

#[tokio::test]
async fn a_link_has_the_outcomes_of_a_sign_in_with_a_code() {
    let (cluster, host) = (TestCluster::start().await, store("webapp-jwt"));
    let page_of = async |username: &str| {
        let link = mailed_link(&cluster, &host, username).await;
        let browser = cluster.browser();
        let page = text(use_link(&browser, &host, &link).await).await;
        (browser, page)
    };
    let (_, page) = page_of("locked@example.com").await;
    assert!(page.contains("This account is locked.") && !page.contains("You tried to sign in as"), "{page}");

    let (browser, page) = page_of("twofactor@example.com").await;
    let fields = [("code", &*test_support::totp::now()), ("next", "/account")];
    assert_eq!(send_code_form(&browser, &host, "/login/code", &page, &fields).await.0, StatusCode::FOUND);

    // The link does not contain the email, so the form for the registration asks for it.
    let (browser, page) = page_of("unregistered@example.com").await;
    assert!(page.contains("action=\"/login/join\"") && page.contains("id=\"username\""), "{page}");
    let join = async |username: &str, password: &str| {
        browser.post_form(&host, "/login/join", &[("username", username), ("password", password), ("next", "/account")]).await
    };
    let answer = join(" ", PASSWORD).await;
    assert!(text(with_status(StatusCode::UNPROCESSABLE_ENTITY, answer)).await.contains("Enter your email address."));
    let page = text(join("unregistered@example.test", PASSWORD).await).await;
    assert!(page.contains("The email or password is not correct.") && page.contains("id=\"username\""), "{page}");
    let answer = join("unregistered@example.com", PASSWORD).await;
    assert_eq!((answer.status(), location(&answer)), (StatusCode::FOUND, "/account"));

    let browser = cluster.browser();
    let link = mailed_link(&cluster, &host, USER).await;
    cluster.fault(json!({"path": "/api/passwordless/login", "status": 503})).await;
    let page = text(with_status(StatusCode::SERVICE_UNAVAILABLE, use_link(&browser, &host, &link).await)).await;
    assert!(page.contains("action=\"/login/link\"") && browser.cookie(&host, LINK_COOKIE).is_some(), "the button still works: {page}");
    cluster.no_faults().await;
    assert_eq!(browser.post_form(&host, LINK_PAGE, &[]).await.status(), StatusCode::FOUND);

    let browser = cluster.browser();
    for broken in ["/login/link/long", "/login/link/a%20b.1"] {
        let answer = browser.get(&host, broken).await;
        assert_eq!((answer.status(), browser.cookie(&host, LINK_COOKIE)), (StatusCode::NOT_FOUND, None), "{broken}");
    }
    let link = mailed_link(&cluster, &host, "second@example.com").await;
    let (start, short) = link.rsplit_once('.').unwrap();
    let answer = use_link(&browser, &host, &format!("{start}.{}", wrong(short))).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND, "the long code does not sign in without the short one");
    let link = mailed_link(&cluster, &host, "second@example.com").await;
    cluster.admin(Method::POST, "/emulator/clock", json!({"advanceSeconds": 181})).await;
    assert_eq!(use_link(&browser, &host, &link).await.status(), StatusCode::NOT_FOUND, "the link has expired");
}

#[tokio::test]
async fn the_pages_show_each_other_outcome_of_a_sign_in() {
    let (cluster, host, browser) = TestCluster::with_browser_at(store("webapp-jwt")).await;
    for (username, words) in [
        ("unregistered@example.com", "Not registered yet"),
        ("change@example.com", "name=\"change_password_id\""),
        ("locked@example.com", "This account is locked."),
    ] {
        let page = text(browser.post_form(&host, "/login/passwordless", &[("username", username)]).await).await;
        let code = cluster.mailed(username, "oneTimeCode").await;
        let page = text(send_code(&browser, &host, &page, &code).await).await;
        assert!(page.contains(words), "{username}: {page}");
    }
    const TWO_FACTOR: &str = "twofactor@example.com";
    let page = text(browser.post_form(&host, "/login/passwordless", &[("username", TWO_FACTOR)]).await).await;
    let code = cluster.mailed(TWO_FACTOR, "oneTimeCode").await;
    let page = text(send_code(&browser, &host, &page, &code).await).await;
    assert!(!code_state(&page)[0].1.is_empty(), "the second factor follows: {page}");
    let fields = [("code", &*test_support::totp::now()), ("next", "/account")];
    assert_eq!(send_code_form(&browser, &host, "/login/code", &page, &fields).await.0, StatusCode::FOUND);

    let draft = [("username", USER), ("open", "yes"), ("next", "/checkout"), ("draft", "{}")];
    let page = text(browser.post_form(&host, "/login/passwordless", &draft).await).await;
    assert!(page.contains("<textarea name=\"draft\" hidden>") && page.contains("Send the code"), "the typed text stays: {page}");
    assert_eq!(messages(&cluster, USER).await.len(), 0, "this button sends no message");
}

#[tokio::test]
async fn requests_and_guesses_are_limited() {
    let flags = ["--limit-password-links=2/36000", "--limit-messages-by-address=4/36000", "--limit-codes=2/36000"];
    let cluster = TestCluster::start_with(&flags, 1).await;
    let (browser, host) = (cluster.browser(), store("webapp-session"));
    let code = started(&browser, "spa-backend", USER).await;
    let page = text(browser.post_form(&host, "/login/passwordless", &[("username", "Shopper@example.com")]).await).await;
    let calls = cluster.asked_by_backends().len();
    let answer = start(&browser, "spa-local-storage", USER).await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS, "two messages for one account");
    assert!(answer.headers().contains_key("retry-after"));
    let answer = browser.post_form(&host, "/login/passwordless", &[("username", USER)]).await;
    assert!(answer.status() == StatusCode::TOO_MANY_REQUESTS && answer.headers().contains_key("retry-after"));
    assert!(text(answer).await.contains("Too many attempts."));
    for status in [StatusCode::OK, StatusCode::OK, StatusCode::TOO_MANY_REQUESTS] {
        assert_eq!(start(&browser, "spa-backend", &format!("{status}@example.com")).await.status(), status, "four from one address");
    }
    assert_eq!(cluster.asked_by_backends().len(), calls + 4, "refused requests do not reach FusionAuth");

    assert_eq!(sign_in(&browser, &code, "x").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(send_code(&browser, &host, &page, "x").await.status(), StatusCode::FORBIDDEN);
    let typed = cluster.mailed(USER, "oneTimeCode").await;
    let answer = sign_in(&browser, &code, &typed).await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS, "two wrong codes from one address");
    let answer = send_code(&browser, &host, &page, &typed).await;
    assert!(answer.status() == StatusCode::TOO_MANY_REQUESTS && answer.headers().contains_key("retry-after"));
    let page = text(answer).await;
    assert!(page.contains("Too many attempts.") && page.contains("Send another code"), "{page}");
    let (long, short) = (hidden(&page, "login_code"), &typed);
    let answer = use_link(&browser, &host, &format!("/login/link/{long}.{short}")).await;
    assert!(answer.status() == StatusCode::TOO_MANY_REQUESTS && answer.headers().contains_key("retry-after"));
    assert!(browser.cookie(&host, LINK_COOKIE).is_some() && text(answer).await.contains("Too many attempts."));
}

#[tokio::test]
async fn a_fusionauth_that_is_down_or_has_it_off_has_its_own_error() {
    let (cluster, host, browser) = TestCluster::with_browser_at(store("webapp-session")).await;
    let form = async |username: &str| {
        let answer = browser.post_form(&host, "/login/passwordless", &[("username", username)]).await;
        (answer.status(), text(answer).await)
    };
    cluster.fault(json!({"path": "/api/passwordless/start", "status": 503})).await;
    assert_eq!(start(&browser, "spa-backend", USER).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    let (status, page) = form(USER).await;
    assert!(status == StatusCode::SERVICE_UNAVAILABLE && page.contains(USER), "the page keeps the email: {page}");
    cluster.no_faults().await;
    let off = json!({"application": {"passwordlessConfiguration": {"enabled": false}}});
    cluster.replace(&format!("/api/application/{STORE}"), off).await;
    for user in ["second@example.com", UNKNOWN] {
        let answer = start(&browser, "spa-backend", user).await;
        assert_eq!(problem(with_status(StatusCode::FORBIDDEN, answer)).await.kind, "/problems/no-passwordless");
        let (status, page) = form(user).await;
        let words = "send codes to sign in with.";
        assert!(status == StatusCode::BAD_GATEWAY && page.contains(words) && page.contains("href=\"/login\""), "{page}");
    }
    let answer = forged(browser.form(&host, "/login/passwordless", &[("username", USER)]), Some("cross-site"), None).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN, "a foreign page can't post the form");
}

#[tokio::test]
async fn the_log_and_the_urls_have_no_code() {
    let log = crate::log::Log::of_this_thread();
    let (cluster, host, browser) = TestCluster::with_browser_at(store("webapp-session")).await;
    let request = async || text(browser.post_form(&host, "/login/passwordless", &[("username", USER)]).await).await;
    cluster.fault(json!({"path": "/api/passwordless/send", "status": 500, "times": 1})).await;
    let unsent = request().await;
    log.until("FusionAuth sent no code for a sign-in").await;
    let page = request().await;
    let (code, typed) = (hidden(&page, "login_code"), cluster.mailed(USER, "oneTimeCode").await);
    cluster.fault(json!({"path": "/api/passwordless/login", "status": 503, "times": 1})).await;
    assert_eq!(send_code(&browser, &host, &page, &typed).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(location(&send_code(&browser, &host, &page, &typed).await), "/account");
    let link = mailed_link(&cluster, &host, USER).await;
    assert_eq!(location(&use_link(&cluster.browser(), &host, &link).await), "/shopping-cart");
    let of_link = link.rsplit('/').next().unwrap().split('.').next().unwrap();
    for secret in [&hidden(&unsent, "login_code"), &code, of_link, USER] {
        assert_eq!(log.count(secret), 0, "the log has a code or an email");
    }
    let asked = cluster.asked_by_backends();
    assert!(asked.iter().any(|it| it == "POST /api/passwordless/login") && !asked.iter().any(|it| it.contains(&code)), "{asked:?}");
}

/// A stranger may register somebody else's email, and wait (account pre-hijacking). By FusionAuth's documentation of tenants,
/// `implicitEmailVerificationAllowed` lets a workflow with a mailed message verify the email; a code would leave the stranger's password.
#[tokio::test]
async fn an_account_that_was_never_verified_gets_a_reset_link_that_ends_its_password_and_sessions() {
    for (workflow, behavior) in
        [("spa-local-storage", "Allow"), ("spa-shared-domain", "Allow"), ("spa-backend", "Allow"), ("spa-backend", "Gated")]
    {
        let (cluster, email) = (TestCluster::start_with(&[], 2).await, "unverified@example.com");
        let (stranger, sessions, owner) = (cluster.browser(), store("webapp-session"), cluster.browser());
        cluster.set_email_configuration(json!({"verifyEmail": false})).await;
        sign_in_by_form(&stranger, &sessions, email).await;
        assert_eq!(stranger.get(&sessions, "/account").await.status(), StatusCode::OK);
        cluster.set_email_configuration(json!({"verifyEmail": true, "unverified": {"behavior": behavior}})).await;

        let code = started(&owner, workflow, email).await;
        assert_eq!(messages(&cluster, email).await.len(), 0, "nobody gets a code");
        let (_, words) = cluster.mail(email).await.pop().unwrap();
        assert!(words.contains("Nobody has confirmed yet that this email is yours"), "{words}");
        assert_eq!(sign_in(&owner, &code, "000000").await.status(), StatusCode::NOT_FOUND, "the page has a code that signs nobody in");
        let (_, link) = words.split_once("/change-password/").unwrap();
        let id = link.split_whitespace().next().unwrap();
        let change = json!({"changePasswordId": id, "password": "a-better-password"});
        assert_eq!(owner.post_json(&store("spa-backend"), "/api/user/change-password", change).await.status(), StatusCode::OK);
        let out = async { while stranger.get(&sessions, "/account").await.status() == StatusCode::OK {} };
        tokio::time::timeout(HANG_GUARD, out).await.expect("the stranger is still signed in");
        let login = json!({"loginId": email, "password": PASSWORD});
        assert_eq!(
            owner.post_json(&store("spa-backend"), "/api/login", login).await.status(),
            StatusCode::NOT_FOUND,
            "{workflow} {behavior}"
        );
    }
}
