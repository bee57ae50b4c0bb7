//! Registration, through the API in every workflow and through the server-rendered form.

use crate::caller::Caller;
use crate::forgotten_password::mailed_path;
use crate::test_cluster::{API_KEY, Browser, TestCluster, forged, forums, location, store, until_closed};
use crate::webapp_steps::text;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use storefront_api::{User, WORKFLOWS};

const NEW: &str = "a-new-password";

#[tokio::test]
async fn a_new_user_can_sign_in_to_both() {
    let cluster = TestCluster::start_with(&["--register-verified"], 1).await;
    for workflow in WORKFLOWS {
        let (slug, browser) = (workflow.slug(), cluster.browser());
        let email = format!("new.{slug}@example.com");
        let body = json!({"email": format!(" {email} "), "password": NEW, "firstName": "Nell", "lastName": ""});
        let answer = browser.post_json(&store(slug), "/api/register", body).await;
        assert_eq!(
            (answer.status(), answer.headers()["content-type"].to_str().unwrap()),
            (StatusCode::CREATED, "application/json"),
            "{slug}"
        );
        let user: User = answer.json().await.unwrap();
        assert_eq!(user.email.as_deref(), Some(email.as_str()));
        for host in [store("spa-backend"), forums("spa-backend")] {
            let answer = browser.post_json(&host, "/api/login", json!({"loginId": email, "password": NEW})).await;
            assert_eq!(answer.status(), StatusCode::OK, "{host}");
            assert_eq!(answer.json::<Value>().await.unwrap()["user"]["id"], user.id);
        }
        let body = json!({"email": format!("forums.{slug}@example.com"), "password": NEW});
        assert_eq!(
            browser.post_json(&forums(slug), "/api/register", body).await.status(),
            StatusCode::CREATED,
            "the Forums register users, too"
        );
        let answer = browser
            .post_json(&store("spa-backend"), "/api/login", json!({"loginId": format!("forums.{slug}@example.com"), "password": NEW}))
            .await;
        assert_eq!(answer.status(), StatusCode::OK, "a user registered in the Forums can sign in to the Store");
    }
}

#[tokio::test]
async fn an_address_has_to_be_verified_unless_told_otherwise() {
    let (_cluster, store, browser) = TestCluster::with_browser_at(store("spa-backend")).await;
    let answer = browser.post_json(&store, "/api/register", json!({"email": "new@example.com", "password": NEW})).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    let answer = browser.post_json(&store, "/api/login", json!({"loginId": "new@example.com", "password": NEW})).await;
    assert_eq!(answer.status().as_u16(), 212);
}

#[tokio::test]
async fn what_is_wrong_is_told_by_member() {
    let (cluster, store, browser) = TestCluster::with_browser_at(store("spa-local-storage")).await;
    for (body, expected) in [
        (json!({"email": "", "password": ""}), vec![("email", "blank"), ("password", "blank")]),
        (json!({"email": "nobody", "password": NEW}), vec![("email", "not-email")]),
        (json!({"email": "new@example.com", "password": "short"}), vec![("password", "too-short")]),
        (json!({"email": "new@example.com", "password": "x".repeat(300)}), vec![("password", "too-long")]),
        (json!({"email": "Shopper@example.com", "password": "short"}), vec![("password", "too-short")]),
        (json!({"email": "new@example.com", "password": NEW, "lastName": "x".repeat(101)}), vec![("lastName", "invalid")]),
    ] {
        let answer = browser.post_json(&store, "/api/register", body.clone()).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!((problem["type"].as_str(), problem["status"].as_u64()), (Some("/problems/invalid"), Some(422)));
        let errors: Vec<(&str, &str)> =
            problem["errors"].as_array().unwrap().iter().map(|it| (it["field"].as_str().unwrap(), it["code"].as_str().unwrap())).collect();
        assert_eq!(errors, expected, "{body}");
        assert!(problem["errors"][0]["message"].as_str().unwrap().ends_with('.'));
        assert!(!problem.to_string().contains(NEW), "the answer contains no password");
    }
    for body in [json!({"email": "a@b"}), json!({"email": "a@b", "password": NEW, "roles": ["admin"]})] {
        assert_eq!(browser.post_json(&store, "/api/register", body).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    let keyed = browser.request(reqwest::Method::POST, &store, "/api/register").header("idempotency-key", "one");
    let refused = keyed.json(&json!({"email": "nobody", "password": NEW})).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(cluster.count("idempotency_keys").await, 0, "the server stores nothing for a refused registration");
}

#[tokio::test]
async fn only_the_owner_learns_that_an_email_has_an_account() {
    let (cluster, store, browser) = TestCluster::with_browser_at(store("spa-backend")).await;
    let mails = async || cluster.messages("shopper@example.com").await;
    let mut answers = Vec::new();
    for email in ["new@example.com", "Shopper@example.com"] {
        for name in [None, Some("Sam the First")] {
            let name = name.map(|it| format!("{it} {}", email.len()));
            let began = std::time::Instant::now();
            let body = json!({"email": email.replace("new", &format!("new{}", name.is_some())), "password": NEW, "displayName": name});
            let answer = browser.post_json(&store, "/api/register", body).await;
            assert!(began.elapsed() >= std::time::Duration::from_secs(1), "the time of the answer reveals nothing");
            let status = answer.status();
            let user: User = answer.json().await.unwrap();
            assert_eq!(user.email.unwrap().split_once('@').unwrap().1, "example.com");
            answers.push((status, user.id.len(), name.map_or(user.display_name.starts_with("Shopper "), |it| it == user.display_name)));
        }
    }
    assert_eq!(answers, [(StatusCode::CREATED, 36, true); 4]);
    for name in ["Sam the First 15", "Sam the First 19"] {
        let answer = browser.post_json(&store, "/api/register", json!({"email": "z@example.com", "password": NEW, "displayName": name}));
        assert_eq!(answer.await.status(), StatusCode::UNPROCESSABLE_ENTITY, "the name is taken, whether the email was new or not: {name}");
    }
    let mails = mails().await;
    let text = mails.last().unwrap()["text"].as_str().unwrap();
    assert!(text.contains("Someone, perhaps you, tried to create an account with this email."), "{text}");
    assert!(text.contains("/change-password/"), "{text}");
    let answer = browser.post_json(&store, "/api/login", json!({"loginId": "shopper@example.com", "password": NEW})).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND, "the account keeps its password");
}

#[tokio::test]
async fn a_registration_takes_nothing_from_the_limits_of_an_email_that_has_an_account() {
    let flags = ["--limit-password-links=1/36000", "--limit-passwords=2/36000", "--trusted-proxies=127.0.0.0/8"];
    let (cluster, store) = (TestCluster::start_with(&flags, 1).await, store("webapp-session"));
    let statuses = async |email: &str, client: &str| {
        let browser = cluster.browser();
        let post = async |path: &str, fields: &[(&str, &str)]| {
            browser.form(&store, path, fields).header("x-forwarded-for", client).send().await.unwrap().status().as_u16()
        };
        let mut statuses = vec![post("/register", &[("email", email), ("password", NEW)]).await];
        for _ in 0..2 {
            statuses.push(post("/forgot-password", &[("username", email)]).await);
        }
        for _ in 0..3 {
            statuses.push(post("/login", &[("username", email), ("password", "wrong")]).await);
        }
        statuses
    };
    let (known, unknown) = tokio::join!(statuses("shopper@example.com", "192.0.2.1"), statuses("new@example.com", "192.0.2.2"));
    assert_eq!((known, unknown.as_slice()), (unknown.clone(), [303, 200, 429, 403, 403, 429].as_slice()));
}

#[tokio::test]
async fn nobody_tries_one_display_name_after_another() {
    let cluster = TestCluster::start_with(&["--limit-registrations", "2/36000"], 1).await;
    let (browser, store) = (cluster.browser(), store("spa-backend"));
    let body = json!({"email": "new@example.com", "password": NEW, "displayName": "Sam the First"});
    let mut another = body.clone();
    another["email"] = json!("another@example.com");
    for (body, status) in
        [(body, StatusCode::CREATED), (another.clone(), StatusCode::UNPROCESSABLE_ENTITY), (another, StatusCode::TOO_MANY_REQUESTS)]
    {
        assert_eq!(browser.post_json(&store, "/api/register", body).await.status(), status);
    }
}

#[tokio::test]
async fn without_a_good_key_nobody_is_registered() {
    let cluster = TestCluster::start_with(&["--fusionauth-api-key", "wrong"], 1).await;
    let answer =
        cluster.browser().post_json(&store("spa-backend"), "/api/register", json!({"email": "new@example.com", "password": NEW})).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let problem = answer.text().await.unwrap();
    assert!(problem.contains("/problems/registration-closed") && !problem.contains("wrong"));
}

#[tokio::test]
async fn a_stop_waits_for_a_registration_without_its_caller() {
    let (cluster, store) = (TestCluster::start().await, store("spa-local-storage"));
    let (address, stop, stopped) = cluster.stoppable_instance_with(&["--fusionauth-api-key", API_KEY, "--request-timeout=600"]).await;
    let held = cluster.hold("answer", Method::POST, "/api/user/registration").await;
    let register = |browser: Browser| {
        let body = json!({"email": "new@example.com", "password": NEW});
        browser.request(Method::POST, &store, "/api/register").header("idempotency-key", "one").json(&body)
    };
    let caller = Caller::send(register(cluster.browser().at(address))).await;
    held.reached().await;
    let claims = cluster.count("idempotency_keys WHERE lease_until - created_at > 840000").await;
    assert_eq!(claims, 1, "the lease covers the longest wait for both answers of FusionAuth");
    caller.hang_up().await;
    stop.send(()).unwrap();
    until_closed(address).await;
    assert!(!stopped.is_finished(), "the stop waits for the registration");
    held.release().await;
    stopped.await.unwrap();
    assert_eq!(cluster.count("idempotency_keys WHERE status = 201").await, 1, "the registration finished before the stop");
    assert_eq!(register(cluster.browser()).send().await.unwrap().status(), StatusCode::CREATED, "another instance has the response");
    let requests = cluster.asked_by_backends();
    assert_eq!(requests.iter().filter(|it| it.starts_with("POST /api/user/registration")).count(), 2, "one request for each application");
}

#[tokio::test]
async fn the_pages_have_a_form_for_it() {
    let cluster = TestCluster::start_with(&["--register-verified"], 1).await;
    for workflow in crate::webapp_steps::WORKFLOWS {
        let (store, browser) = (store(workflow), cluster.browser());
        assert!(text(browser.get(&store, "/login").await).await.contains("formaction=\"/register\""));
        let with_target = text(browser.get(&forums(workflow), "/login?next=%2Faccount").await).await;
        assert!(with_target.contains("name=\"next\" value=\"/account\""), "{with_target}");
        let page = text(browser.get(&store, "/register?next=%2Faccount").await).await;
        assert!(page.contains("At least 8 characters") && page.contains("name=\"next\" value=\"/account\""), "{page}");
        let email = format!("page.{workflow}@example.com");
        let form = browser.press(&browser.open(&store, "/login?next=%2Faccount").await, "Create your account", &[]).await;
        let form = browser.press(&form, "Create account", &[("Email", &email), ("Password", "short")]).await;
        assert!(form.status == StatusCode::UNPROCESSABLE_ENTITY && form.has("Choose a longer password."), "{}", form.html);
        assert!(form.value("Email") == email && !form.has("\"short\""), "{}", form.html);
        let inputs = |email| [("email", email), ("password", NEW), ("next", "/account")];
        let answer = browser.post_form(&store, "/register", &inputs("shopper@example.com")).await;
        assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, "/login?next=%2Faccount"), "the email has an account");
        assert!(text(browser.get(&store, "/login").await).await.contains("Sign in with the email and password you just chose."));
        let owner = cluster.browser();
        let reset = owner.open(&store, &mailed_path(&cluster, "shopper@example.com", &store).await).await;
        assert!(reset.path == "/change-password" && reset.has("Choose a new password"), "{}", reset.html);
        let account = browser.press(&form, "Create account", &[("Password", NEW)]).await;
        assert!(account.path == "/account" && account.has(&email), "the new user is signed in: {}", account.html);
        let forums_form = browser.open(&forums(workflow), "/login").await;
        assert_eq!(browser.press(&forums_form, "Sign in", &[("Email", &email), ("Password", NEW)]).await.path, "/posts");
        let request = browser.form(&store, "/register", &[("email", "x@y"), ("password", NEW)]);
        assert_eq!(forged(request, Some("cross-site"), Some("https://evil.example")).await.status(), StatusCode::FORBIDDEN);
    }
}
