//! Sign-ins that are bound to a device: a thief with copied cookies gets nothing, and the owner notices nothing.

use crate::device::{
    A_MINUTE, BOUND_COOKIE, Device, WORKFLOWS, assert_is_refused, at_instance_with, bound, cluster, cluster_with, copied, private_path,
    sign_in,
};
use crate::test_cluster::{PASSWORD, attacker, set_cookies, store};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use test_support::device_proofs::KEYS;

#[tokio::test]
async fn copied_cookies_open_nothing_before_and_after_the_owners_refresh() {
    for workflow in WORKFLOWS {
        let cluster = cluster("offered", 2).await;
        let device = bound(&cluster, workflow).await;
        let (browser, host, path) = (&device.browser, &device.host, private_path(workflow));
        let stolen = [copied(browser, host, None), copied(browser, host, Some(&device.expired_cookie(&cluster).await))];
        let forged = ["9999999999999.AAAA", "x", "1.2.3"].map(|it| copied(browser, host, Some(it)));
        for cookies in stolen.iter().chain(&forged) {
            assert_is_refused(attacker(browser, host, path, cookies).await, workflow, "not-this-device").await;
        }
        assert_eq!(cluster.refreshes(), 0, "{workflow}: a refused request asks for no renewal");

        assert_eq!(device.refresh().await.status(), StatusCode::OK);
        assert_eq!(browser.get(host, path).await.status(), StatusCode::OK, "{workflow}: the owner goes on");
        assert_eq!(cluster.refreshes(), usize::from(workflow != "webapp-session"));
        let old_sign_in = &stolen[1];
        for cookies in [old_sign_in, &copied(browser, host, None)] {
            let answer = attacker(browser, host, path, cookies).await;
            if workflow == "webapp-session" || cookies == old_sign_in {
                assert_is_refused(answer, workflow, "not-this-device").await;
            } else {
                assert_eq!(answer.status(), StatusCode::OK, "an access token is valid until it expires, and no longer");
            }
        }
        cluster.expire_sessions().await;
        assert_is_refused(attacker(browser, host, path, old_sign_in).await, workflow, "not-this-device").await;
        assert_eq!(browser.get(host, path).await.status(), StatusCode::OK, "{workflow}: the owner goes on");
    }
}

#[tokio::test]
async fn a_refusal_says_why_and_the_next_sign_in_works() {
    for workflow in WORKFLOWS {
        let cluster = cluster("offered", 1).await;
        let device = bound(&cluster, workflow).await;
        let (browser, host, path) = (&device.browser, &device.host, private_path(workflow));
        browser.forget_cookie(host, BOUND_COOKIE); // the browser has lost the key, for example because the TPM was reset
        let answer = browser.get(host, path).await;
        let shown = if workflow == "spa-backend" { answer } else { browser.get(host, "/login").await }.text().await.unwrap();
        assert!(shown.contains("confirm that this is the device you signed in on"), "{workflow}: {shown}");
        let answer = sign_in(browser, workflow).await;
        assert_ne!(Device::offered(browser, host, &answer, &KEYS.other).id, device.id, "the new sign-in can register another key");
        assert_eq!(browser.get(host, path).await.status(), StatusCode::OK, "{workflow}");
    }
}

#[tokio::test]
async fn a_browser_that_could_not_refresh_yet_stays_signed_in() {
    for workflow in WORKFLOWS {
        let cluster = cluster("offered", 1).await;
        let device = bound(&cluster, workflow).await;
        let (browser, host) = (&device.browser, &device.host);
        browser.forget_cookie(host, BOUND_COOKIE);
        let request = browser.request(Method::GET, host, private_path(workflow));
        let skipped = format!("quota_exceeded;session_identifier=\"{}\"", device.id);
        let answer = browser.send(host, request.header("secure-session-skipped", skipped)).await;
        assert_eq!((answer.status(), set_cookies(&answer).len()), (StatusCode::SERVICE_UNAVAILABLE, 0), "{workflow}");
        assert_eq!(cluster.refreshes(), 0);
    }
}

#[tokio::test]
async fn a_browser_without_the_protocol_stays_as_it_was_unless_the_site_demands_a_key() {
    for workflow in WORKFLOWS {
        for policy in ["off", "offered", "required"] {
            let cluster = cluster(policy, 1).await;
            let (browser, host) = (cluster.browser(), store(workflow));
            cluster.issue_stale();
            let answer = sign_in(&browser, workflow).await;
            cluster.issue_fresh();
            assert_eq!(answer.headers().contains_key("secure-session-registration"), policy != "off", "{workflow} {policy}");
            assert_eq!(browser.get(&host, private_path(workflow)).await.status(), StatusCode::OK, "{workflow} {policy}: just signed in");
            if policy != "off" {
                let device = Device::offered(&browser, &host, &answer, &KEYS.p256);
                device.let_time_pass(&cluster, A_MINUTE).await;
            }
            cluster.issue_stale();
            let fresh = cluster.browser();
            sign_in(&fresh, workflow).await;
            let record = "UPDATE token_families SET device_session = '', device_challenge = ''";
            sqlx::query(record).execute(&cluster.database().await).await.unwrap();
            cluster.issue_fresh();
            let answer = fresh.get(&host, private_path(workflow)).await;
            match policy {
                "required" => assert_is_refused(answer, workflow, "device-key-required").await,
                _ => assert_eq!(answer.status(), StatusCode::OK, "{workflow} {policy}"),
            }
        }
    }
}

/// The bound cookie of the copy has expired.
#[tokio::test]
async fn copied_cookies_open_no_other_site_of_the_application() {
    for policy in ["offered", "required"] {
        let cluster = cluster_with(&["--limit-device-keys=100000/60", "--refresh-invalid-jwt"], policy, 1).await;
        for workflow in WORKFLOWS {
            cluster.issue_stale();
            let device = Device::signed_in(&cluster, workflow, &KEYS.p256).await;
            cluster.issue_fresh();
            device.let_time_pass(&cluster, A_MINUTE).await;
            let cookies = device.browser.cookie_header(&device.host);
            let stolen: Vec<&str> = cookies.split("; ").filter(|it| !it.starts_with(BOUND_COOKIE)).collect();
            for other in WORKFLOWS.into_iter().filter(|it| *it != workflow) {
                let request = device.browser.bare(Method::GET, &store(other), private_path(other)).header("cookie", stolen.join("; "));
                let answer = request.send().await.unwrap();
                let keeps_a_token = set_cookies(&answer).iter().any(|it| it.contains("_token=") && !it.contains("Max-Age=0"));
                let case = format!("{policy}: {workflow} at {other}");
                assert!([StatusCode::UNAUTHORIZED, StatusCode::FOUND].contains(&answer.status()) && !keeps_a_token, "{case}: {answer:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_site_that_demands_a_key_gives_browsers_a_minute_to_register() {
    let cluster = cluster("required", 1).await;
    let (browser, host) = (cluster.browser(), store("webapp-session"));
    let device = Device::offered(&browser, &host, &sign_in(&browser, "webapp-session").await, &KEYS.p256);
    assert_eq!(browser.get(&host, "/shopping-cart").await.status(), StatusCode::OK);
    device.let_time_pass(&cluster, A_MINUTE).await;
    assert_is_refused(browser.get(&host, "/shopping-cart").await, "webapp-session", "device-key-required").await;
    let page = browser.get(&host, "/login").await.text().await.unwrap();
    assert!(page.contains("needs a browser that can tie your sign-in to this device"), "{page}");
    assert_eq!(device.register().await.status(), StatusCode::BAD_REQUEST, "the offer has expired");
}

#[tokio::test]
async fn a_site_that_demands_a_key_gives_browsers_no_token_that_fusionauth_accepts() {
    for workflow in WORKFLOWS {
        let required = cluster("required", 2).await;
        let device = bound(&required, workflow).await;
        let (browser, host) = (&device.browser, &device.host);
        let stolen = browser.cookie(host, "__Host-storefront_refresh_token").unwrap();
        assert!(!required.takes(&stolen).await, "{workflow}: FusionAuth gives a thief no access token");
        required.expire_sessions().await;
        assert_eq!(browser.get(host, private_path(workflow)).await.status(), StatusCode::OK, "{workflow}: the servers renew it");
        let offered = at_instance_with("offered", &required, browser).await;
        required.expire_sessions().await;
        assert_eq!(offered.get(host, private_path(workflow)).await.status(), StatusCode::OK, "{workflow}: another policy reads the cookie");

        let offered = cluster("offered", 1).await;
        let device = Device::signed_in(&offered, workflow, &KEYS.p256).await;
        assert!(offered.takes(&device.browser.cookie(host, "__Host-storefront_refresh_token").unwrap()).await, "as published");
    }
}

#[tokio::test]
async fn the_page_after_a_sign_in_may_come_before_the_registration_has_ended() {
    let cluster = cluster("required", 1).await;
    let device = Device::signed_in(&cluster, "webapp-session", &KEYS.p256).await;
    device.browser.forget_cookie(&device.host, BOUND_COOKIE); // the request was sent before the answer to the registration came
    assert_eq!(device.browser.get(&device.host, "/shopping-cart").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_key_is_registered_at_one_instance_and_the_cookie_refreshed_at_the_other() {
    for workflow in WORKFLOWS {
        let cluster = cluster("offered", 2).await;
        let browser = cluster.browser();
        let (one, other) = (browser.at(cluster.addresses[0]), browser.at(cluster.addresses[1]));
        cluster.issue_stale();
        let answer = sign_in(&one, workflow).await;
        cluster.issue_fresh();
        let device = Device::offered(&one, &store(workflow), &answer, &KEYS.rsa);
        assert_eq!(device.register().await.status(), StatusCode::OK);
        device.let_time_pass(&cluster, A_MINUTE).await;
        browser.forget_cookie(&device.host, BOUND_COOKIE);
        let device = Device { browser: other.clone(), ..device };
        let answer = device.refresh().await;
        assert_eq!((answer.status(), set_cookies(&answer).len()), (StatusCode::OK, 1));
        assert!(set_cookies(&answer)[0].ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600"), "{:?}", set_cookies(&answer));
        assert_eq!(answer.text().await.unwrap(), "", "the browser keeps its instructions");
        assert_eq!(one.get(&device.host, private_path(workflow)).await.status(), StatusCode::OK, "{workflow}");
    }
}

#[tokio::test]
async fn the_instructions_name_the_cookie_the_refresh_and_what_waits_for_it() {
    for workflow in WORKFLOWS {
        let (cluster, host) = (cluster("offered", 1).await, store(workflow));
        let index = "<link rel=\"stylesheet\" href=\"/style-89abcdef.css\"/><link rel=\"icon\" href=\"/favicon-89abcdef.svg\"/>";
        cluster.write_file("index.html", index);
        let browser = at_instance_with("offered", &cluster, &cluster.browser()).await;
        let device = Device::offered(&browser, &host, &sign_in(&browser, workflow).await, &KEYS.p256);
        let answer = device.register().await;
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let instructions: Value = answer.json().await.unwrap();
        assert_eq!(instructions["session_identifier"], json!(device.id));
        assert_eq!(instructions["refresh_url"], json!("/api/device-key/refresh"));
        assert_eq!(instructions["scope"]["origin"], json!(format!("https://{host}")));
        assert_eq!(instructions["credentials"][0]["name"], json!(BOUND_COOKIE));
        let rules = instructions["scope"]["scope_specification"].as_array().unwrap();
        // As in browsers: the last rule that matches counts, and a path matches with all paths below it.
        let waits = |path: &str| {
            let matches = |rule: &&Value| {
                let prefix = rule["path"].as_str().unwrap();
                let rest = path.strip_prefix(prefix);
                rest.is_some_and(|it| it.is_empty() || it.starts_with('/') || prefix.ends_with('/'))
            };
            rules.iter().rev().find(matches).is_none_or(|it| it["type"] == "include")
        };
        let (waiting, passing): (&[&str], &[&str]) = if workflow == "spa-backend" {
            (
                &[
                    "/api/load-shopping-cart",
                    "/api/shopping-cart/events",
                    "/api/account/sessions",
                    "/api/user",
                    "/api/orders",
                    "/api/posts",
                ],
                &["/", "/orders", "/storefront-89abcdef.js", "/api/login", "/api/logout", "/api/products/mug", "/api/guest-cart"],
            )
        } else {
            (
                &["/", "/shopping-cart", "/account/sessions", "/products/mug", "/posts/1", "/language"],
                &[
                    "/login/code",
                    "/logout",
                    "/register",
                    "/change-password/id",
                    "/forgot-password",
                    "/assets/a.png",
                    "/.well-known/change-password",
                ],
            )
        };
        for path in waiting {
            assert!(waits(path), "{workflow}: {path}");
        }
        let built = ["/style-89abcdef.css", "/favicon-89abcdef.svg"];
        let of_app = [
            "/api/register",
            "/api/two-factor/login",
            "/api/two-factor/send/id",
            "/api/webauthn/login",
            "/api/passkeys",
            "/api/passkeys/start",
            "/api/passwordless/start",
            "/api/join",
            "/api/password-link/code",
            "/api/user/forgot-password",
            "/api/user/change-password/id",
            "/api/user/verify-email",
            "/api/user/verify-registration",
            "/api/verification-message/email",
            "/api/tenant/password-validation-rules",
        ];
        for path in passing.iter().chain(if workflow == "spa-backend" { &of_app[..] } else { &built }) {
            assert!(!waits(path), "{workflow}: {path}");
        }
    }
}

#[tokio::test]
async fn two_hundred_requests_at_the_moment_of_expiry_renew_once_and_refresh_once() {
    // A slow machine needs longer than the default for all requests.
    let flags = ["--limit-device-keys=100000/60", "--request-timeout=600"];
    for workflow in ["spa-backend", "webapp-jwt"] {
        let cluster = cluster_with(&flags, "offered", 2).await;
        cluster.one_time_use().await;
        let device = bound(&cluster, workflow).await;
        // A browser sends one refresh, and the same proof again if it loses the answer. A hundred of them still take one challenge.
        let proof = device.proof();
        let refreshes = (0..100).map(|_| tokio::spawn(device.refresh_request(Some(&proof)).send()));
        let (mut challenges, mut accepted) = (BTreeSet::new(), 0);
        for answer in refreshes.collect::<Vec<_>>() {
            let answer = answer.await.unwrap().unwrap();
            match answer.status() {
                StatusCode::OK => accepted += 1,
                status => assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "the browser keeps the session and tries again"),
            }
            challenges.extend(answer.headers().get("secure-session-challenge").map(|it| it.to_str().unwrap().to_owned()));
        }
        assert!(accepted > 0 && challenges.len() == 1, "{accepted} accepted, {} challenges", challenges.len());
        let requests = (0..200).map(|_| tokio::spawn(device.browser.request(Method::GET, &device.host, private_path(workflow)).send()));
        for answer in requests.collect::<Vec<_>>() {
            assert_eq!(answer.await.unwrap().unwrap().status(), StatusCode::OK, "{workflow}");
        }
        assert_eq!(cluster.refreshes(), 1, "{workflow}");
    }
}

#[tokio::test]
async fn a_site_that_turns_binding_off_and_on_again_locks_nobody_out() {
    let cluster = cluster("offered", 1).await;
    let device = bound(&cluster, "webapp-session").await;
    let off = at_instance_with("off", &cluster, &device.browser).await;
    assert_eq!(Device { browser: off.clone(), ..device.clone() }.refresh().await.status(), StatusCode::OK, "browsers keep their keys");
    device.browser.forget_cookie(&device.host, BOUND_COOKIE);
    assert_eq!(off.get(&device.host, "/shopping-cart").await.status(), StatusCode::OK);
    assert_is_refused(device.browser.get(&device.host, "/shopping-cart").await, "webapp-session", "not-this-device").await;
    assert_eq!(device.refresh().await.status(), StatusCode::OK);
    assert_eq!(device.browser.get(&device.host, "/shopping-cart").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_thief_with_all_cookies_registers_no_key() {
    let cluster = cluster("offered", 1).await;
    let (browser, host) = (cluster.browser(), store("webapp-session"));
    let owner = Device::offered(&browser, &host, &sign_in(&browser, "webapp-session").await, &KEYS.p256);
    let challenge = owner.registration_proof();
    for proof in [
        KEYS.other.registration("a-guessed-challenge", &owner.id),
        KEYS.other.registration("a-guessed-challenge", "another-session"),
        KEYS.other.refresh("a-guessed-challenge"),
    ] {
        let answer = owner.registration_request(&proof).send().await.unwrap();
        assert_eq!((answer.status(), set_cookies(&answer).len()), (StatusCode::BAD_REQUEST, 0));
    }
    for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
        let foreign = browser.bare(Method::POST, &host, "/api/device-key").header("secure-session-response", &challenge);
        let answer = foreign.headers([(name.parse().unwrap(), value.parse().unwrap())].into_iter().collect()).send().await.unwrap();
        assert!(answer.status().is_client_error(), "{name}: {}", answer.status());
    }
    assert_eq!(owner.register().await.status(), StatusCode::OK, "the owner's offer is still open");
    let second = KEYS.other.registration(owner.record(&cluster).await.challenge.text.as_str(), &owner.id);
    let answer = owner.registration_request(&second).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "a sign-in takes one key, even for an open challenge");
    let before = owner.record(&cluster).await;
    for proof in [KEYS.other.refresh(before.challenge.text.as_str()), KEYS.p256.refresh("another-challenge"), String::new()] {
        let answer = owner.refresh_request(Some(&proof)).send().await.unwrap();
        assert_eq!((answer.status(), set_cookies(&answer).len()), (StatusCode::FORBIDDEN, 0));
    }
    assert!(owner.record(&cluster).await == before, "a forged proof takes no challenge");
    assert_eq!(owner.refresh().await.status(), StatusCode::OK);
}

#[tokio::test]
async fn above_the_limit_of_an_address_a_browser_keeps_its_key_and_tries_again() {
    let cluster = cluster_with(&["--limit-device-keys", "2/36000"], "offered", 1).await;
    let device = Device::signed_in(&cluster, "webapp-session", &KEYS.p256).await;
    assert_eq!(device.refresh().await.status(), StatusCode::OK);
    let before = device.record(&cluster).await;
    for request in [device.refresh_request(Some(&device.proof())), device.registration_request(&device.registration_proof())] {
        let answer = request.send().await.unwrap();
        assert_eq!((answer.status(), set_cookies(&answer).len()), (StatusCode::SERVICE_UNAVAILABLE, 0));
    }
    assert!(device.record(&cluster).await == before);
    assert_eq!(device.browser.get(&device.host, "/shopping-cart").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_sign_in_whose_key_cannot_be_offered_is_unbound_or_no_sign_in() {
    for (policy, is_signed_in) in [("offered", true), ("required", false)] {
        let cluster = cluster(policy, 1).await;
        let (browser, host) = (cluster.browser(), store("webapp-session"));
        sign_in(&cluster.browser(), "webapp-session").await;
        // The database can hold one offer, and refuses the second one.
        let one_offer = "CREATE UNIQUE INDEX one_offer ON token_families (ended) WHERE device_challenge <> ''";
        sqlx::query(one_offer).execute(&cluster.database().await).await.unwrap();
        let answer = browser.post_form(&host, "/login", &[("username", "shopper@example.com"), ("password", PASSWORD)]).await;
        assert!(!answer.headers().contains_key("secure-session-registration"));
        assert_eq!(answer.status() == StatusCode::FOUND, is_signed_in, "{policy}: {}", answer.status());
        let has_cookie = browser.cookie(&host, "__Host-storefront_session").is_some();
        assert_eq!(has_cookie, is_signed_in, "{policy}");
        assert_eq!(browser.get(&host, "/shopping-cart").await.status() == StatusCode::OK, is_signed_in, "{policy}");
        let living = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM token_families WHERE ended = ''");
        assert_eq!(living.fetch_one(&cluster.database().await).await.unwrap(), 1 + i64::from(is_signed_in), "{policy}");
    }
}

#[tokio::test]
async fn the_list_of_sessions_says_which_are_tied_to_a_device() {
    let cluster = cluster("offered", 1).await;
    let device = Device::signed_in(&cluster, "webapp-session", &KEYS.p256).await;
    let tied = "Tied to its device: copied cookies don't work anywhere else.";
    let page = device.browser.get(&device.host, "/account/sessions").await.text().await.unwrap();
    assert_eq!(page.matches(&tied.replace('\'', "&#39;")).count() + page.matches(tied).count(), 1, "{page}");
    let (app, host) = (cluster.browser(), store("spa-backend"));
    let answer = app.post_json(&host, "/api/login", json!({"loginId": "shopper@example.com", "password": PASSWORD})).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let account: Value = app.get(&host, "/api/account").await.json().await.unwrap();
    let mut bound: Vec<bool> = account["sessions"].as_array().unwrap().iter().map(|it| it["isBoundToDevice"].as_bool().unwrap()).collect();
    bound.sort_unstable();
    assert_eq!(bound, [false, true]);
}
