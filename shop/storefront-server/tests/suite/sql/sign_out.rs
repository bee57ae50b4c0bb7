//! A sign-out ends all sessions that it should end, and nothing restores an ended session. The tests include other devices, renewals in
//! flight, a browser that hangs up, and failures of FusionAuth and the database.

use crate::caller::Caller;
use crate::log::Log;
use crate::test_cluster::{
    Browser, HANG_GUARD, TestCluster, attacker, forums, kill, location, set_cookies, sign_in_by_form, store, until_closed,
};
use crate::test_server::with_status;
use crate::webapp_steps::{credential, text, with_expired_credential};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use storefront_server::auth::family_rules::{ADOPTABLE_MS, TAKE_OVER_AFTER_MS};
use storefront_server::auth::fusionauth::Timeouts;
use storefront_server::auth::revoked_access::{IssuedTo, LONGEST_TOKEN_LIFE, RevokedAccess, Subject};
use storefront_server::clock::now_ms;
use test_support::issuer::{FORUMS, SHOPPER, STORE};

const CART: &str = "/shopping-cart";
const REFRESH: &str = "/api/jwt/refresh";
const EVERYWHERE: &[(&str, &str)] = &[("everywhere", "yes")];

#[tokio::test]
async fn everywhere_ends_other_devices_also_when_the_one_that_asks_has_expired() {
    let (cluster, store) = (TestCluster::start_with(&[], 2).await, store("webapp-session"));
    let here = with_expired_credential(&cluster, "webapp-session").await;
    let there = cluster.signed_in(&store, "shopper@example.com").await;
    assert_eq!(here.post_form(&store, "/logout", EVERYWHERE).await.status(), StatusCode::SEE_OTHER);
    assert!(text(here.get(&store, "/login").await).await.contains("on every device"));
    assert_eq!(there.get(&store, CART).await.status(), StatusCode::FOUND);
    assert!(!cluster.takes(&there.cookie(&store, "storefront_refresh_token").unwrap_or_default()).await);
}

/// The database may not know a refresh token, for example after a purge. Then only the access token names the user.
#[tokio::test]
async fn everywhere_ends_the_user_of_the_access_token_if_the_refresh_token_is_unknown() {
    let (cluster, store) = (TestCluster::start_with(&[], 2).await, store("webapp-jwt"));
    let [here, there] = [cluster.browser(), cluster.browser()];
    for browser in [&here, &there] {
        sign_in_by_form(browser, &store, "shopper@example.com").await;
    }
    here.set_cookie(&store, "storefront_refresh_token", "unknown");
    assert_eq!(here.post_form(&store, "/logout", EVERYWHERE).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(cluster.count(&format!("token_families WHERE user_id = '{SHOPPER}' AND ended = ''")).await, 0);
    assert!(!cluster.takes(&there.cookie(&store, "storefront_refresh_token").unwrap()).await);
}

/// A thief has copied credentials that have expired by now, or whose sign-in has ended.
#[tokio::test]
async fn old_credentials_sign_nobody_else_out() {
    for workflow in ["webapp-jwt", "webapp-session", "spa-backend"] {
        let (cluster, store) = (TestCluster::start_with(&[], 2).await, store(workflow));
        let sign_in = async || {
            let browser = cluster.browser();
            match workflow {
                "spa-backend" => browser.sign_in(&store, "shopper@example.com").await,
                _ => sign_in_by_form(&browser, &store, "shopper@example.com").await,
            };
            browser
        };
        let name = if workflow == "webapp-session" { "storefront_session" } else { "storefront_jwt" };
        cluster.issue_stale();
        let here = sign_in().await;
        cluster.issue_fresh();
        cluster.expire_sessions().await;
        let ended = sign_in().await;
        let (own, there) = (cluster.browser(), sign_in().await);
        let expired_alone = format!("{name}={}", here.cookie(&store, name).unwrap());
        let all_of_ended = ended.cookie_header(&store);
        let token_of_ended = format!("storefront_refresh_token={}", ended.cookie(&store, "storefront_refresh_token").unwrap());
        let sign_out = if workflow == "spa-backend" { "/api/logout" } else { "/logout" };
        ended.post_form(&store, sign_out, &[]).await;
        for (what, stolen) in [("cookies", &all_of_ended), ("refresh token", &token_of_ended), ("expired", &expired_alone)] {
            let request = own.bare(Method::POST, &store, sign_out).header("cookie", stolen);
            let answer = match workflow {
                "spa-backend" => request.json(&json!({"global": true})),
                _ => request.header("content-type", "application/x-www-form-urlencoded").body("everywhere=yes"),
            };
            let status = if workflow == "spa-backend" { StatusCode::UNAUTHORIZED } else { StatusCode::SEE_OTHER };
            assert_eq!(answer.send().await.unwrap().status(), status, "{workflow} {what}");
            assert_eq!(cluster.count("user_sign_outs WHERE signed_out_at > 0").await, 0, "{workflow} {what}");
        }
        assert!(cluster.takes(&there.cookie(&store, "storefront_refresh_token").unwrap()).await, "{workflow}");
        assert!(!cluster.takes(&here.cookie(&store, "storefront_refresh_token").unwrap()).await, "an old credential ends its own sign-in");
    }
}

#[tokio::test]
async fn everywhere_ends_a_renewal_that_is_under_way_on_another_device() {
    for workflow in ["webapp-session", "webapp-jwt"] {
        let (cluster, store) = (TestCluster::start_with(&[], 2).await, store(workflow));
        let there = with_expired_credential(&cluster, workflow).await;
        let here = cluster.signed_in(&store, "shopper@example.com").await;
        here.forget_cookie(&store, "storefront_jwt"); // now only the refresh token identifies the user
        let held = cluster.hold("answer", Method::POST, REFRESH).await;
        let waiting = tokio::spawn(there.request(Method::GET, &store, CART).send());
        held.reached().await;
        assert_eq!(here.post_form(&store, "/logout", EVERYWHERE).await.status(), StatusCode::SEE_OTHER);
        held.release().await;
        let late = waiting.await.unwrap().unwrap();
        assert_eq!(late.status(), StatusCode::FOUND, "{workflow}");
        assert!(
            set_cookies(&late).iter().all(|it| it.contains("Max-Age=0") || it.starts_with("storefront_flash")),
            "{:?}",
            set_cookies(&late)
        );
        assert_eq!(cluster.count("sessions").await, 0);
    }
}

#[tokio::test]
async fn signing_out_ends_every_session_of_the_same_refresh_token() {
    let (cluster, store) = (TestCluster::start_with(&[], 2).await, store("webapp-session"));
    let browser = with_expired_credential(&cluster, "webapp-session").await;
    let answer = attacker(&browser, &store, CART, &browser.cookie_header(&store)).await;
    let stolen = set_cookies(&answer).into_iter().find_map(|it| it.strip_prefix("storefront_session=")).unwrap();
    let stolen = format!("storefront_session={}", stolen.split(';').next().unwrap());
    cluster.forget_renewals().await; // as if the minute had passed in which a request can use a renewal's outcome
    assert_eq!(browser.get(&store, CART).await.status(), StatusCode::OK);
    assert_eq!(attacker(&browser, &store, CART, &stolen).await.status(), StatusCode::OK);
    assert_eq!(browser.post_form(&store, "/logout", &[]).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(attacker(&browser, &store, CART, &stolen).await.status(), StatusCode::FOUND, "the thief's session ends, too");
}

#[tokio::test]
async fn a_refresh_token_that_is_used_twice_ends_the_thiefs_session() {
    let (cluster, store) = (TestCluster::start_with(&[], 2).await, store("webapp-session"));
    cluster.one_time_use().await;
    let browser = with_expired_credential(&cluster, "webapp-session").await;
    let answer = attacker(&browser, &store, CART, &browser.cookie_header(&store)).await;
    let stolen = set_cookies(&answer).into_iter().find_map(|it| it.strip_prefix("storefront_session=")).unwrap();
    let stolen = format!("storefront_session={}", stolen.split(';').next().unwrap());
    cluster.forget_renewals().await;
    assert_eq!(attacker(&browser, &store, CART, &stolen).await.status(), StatusCode::OK);
    assert_eq!(browser.get(&store, CART).await.status(), StatusCode::FOUND, "the owner has to sign in again");
    assert_eq!(attacker(&browser, &store, CART, &stolen).await.status(), StatusCode::FOUND);
}

/// Renews the sign-in twice with copies of the browser's cookies, as a thief would. Returns the thief's refresh token.
async fn stolen_and_renewed_twice(cluster: &TestCluster, browser: &Browser) -> String {
    let store = store("webapp-session");
    let mut cookies = browser.cookie_header(&store);
    for _ in 0..2 {
        let answer = attacker(browser, &store, CART, &cookies).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let pairs = set_cookies(&answer).into_iter().map(|it| it.split(';').next().unwrap());
        cookies = pairs.collect::<Vec<_>>().join("; ");
        cluster.expire_sessions().await;
        cluster.forget_renewals().await; // as if the minute had passed in which a request can use a renewal's outcome
    }
    cookies.split("; ").find_map(|it| it.strip_prefix("storefront_refresh_token=")).unwrap().to_owned()
}

#[tokio::test]
async fn signing_out_revokes_a_refresh_token_that_a_thief_has_rotated_twice() {
    let (cluster, store) = (TestCluster::start_with(&[], 2).await, store("webapp-session"));
    cluster.one_time_use().await;
    let browser = with_expired_credential(&cluster, "webapp-session").await;
    let stolen = stolen_and_renewed_twice(&cluster, &browser).await;
    assert_eq!(browser.post_form(&store, "/logout", &[]).await.status(), StatusCode::SEE_OTHER);
    cluster.until_count("revocations", 0).await;
    assert!(!cluster.takes(&stolen).await, "the server revokes the thief's token by its id");
}

#[tokio::test]
async fn a_refused_renewal_revokes_what_a_thief_has_made_of_the_refresh_token() {
    let (cluster, store) = (TestCluster::start_with(&[], 2).await, store("webapp-session"));
    cluster.one_time_use().await;
    let browser = with_expired_credential(&cluster, "webapp-session").await;
    let stolen = stolen_and_renewed_twice(&cluster, &browser).await;
    assert_eq!(browser.get(&store, CART).await.status(), StatusCode::FOUND, "FusionAuth refuses the owner's refresh token");
    cluster.until_count("revocations", 0).await;
    assert!(!cluster.takes(&stolen).await);
}

/// The thief asks FusionAuth and never this server. This server knows the id of the refresh token from the sign-in.
#[tokio::test]
async fn a_refused_renewal_revokes_a_refresh_token_that_a_thief_has_rotated_at_fusionauth() {
    let (cluster, store) = (TestCluster::start_with(&[], 2).await, store("webapp-session"));
    cluster.one_time_use().await;
    let browser = with_expired_credential(&cluster, "webapp-session").await;
    let mut stolen = browser.cookie(&store, "storefront_refresh_token").unwrap();
    for _ in 0..2 {
        let renewed: Value = cluster.refresh_at_fusionauth(&stolen).await.json().await.unwrap();
        renewed["refreshToken"].as_str().unwrap().clone_into(&mut stolen);
    }
    assert_eq!(browser.get(&store, CART).await.status(), StatusCode::FOUND, "FusionAuth refuses the owner's refresh token");
    assert!(!cluster.takes(&stolen).await, "the thief's token ends before the owner gets the answer");
    assert_eq!(cluster.count("revocations").await, 0);
}

#[tokio::test]
async fn without_an_api_key_a_configured_secret_carries_revocations_over_a_restart() {
    let (cluster, store) = (TestCluster::start_with(&[], 0).await, store("webapp-session"));
    let flags = ["--encryption-secret", "the same for every start of the server"];
    let (address, stop, stopped) = cluster.stoppable_instance_with(&flags).await;
    let browser = cluster.browser().at(address);
    sign_in_by_form(&browser, &store, "shopper@example.com").await;
    let token = browser.cookie(&store, "storefront_refresh_token").unwrap();
    cluster.fault(json!({"path": "/api/logout", "status": 502})).await;
    assert_eq!(browser.post_form(&store, "/logout", &[]).await.status(), StatusCode::SEE_OTHER);
    stop.send(()).unwrap();
    stopped.await.unwrap();
    assert_eq!(cluster.count("revocations").await, 1);
    cluster.no_faults().await;
    let _running = cluster.stoppable_instance_with(&flags).await;
    cluster.until_count("revocations", 0).await;
    assert!(!cluster.takes(&token).await);
}

#[tokio::test]
async fn what_nothing_can_revoke_is_not_stored_and_keeps_nobody_from_signing_in() {
    let (cluster, store) =
        (TestCluster::start_with(&["--encryption-secret", "0123456789abcdef0123456789abcdef"], 1).await, store("webapp-jwt"));
    let browser = cluster.signed_in(&store, "shopper@example.com").await;
    browser.forget_cookie(&store, "storefront_refresh_token"); // only the user's id is left, and FusionAuth demands an API key for it
    assert_eq!(browser.post_form(&store, "/logout", EVERYWHERE).await.status(), StatusCode::SEE_OTHER);
    assert!(!text(browser.get(&store, "/login").await).await.contains("on every device"));
    assert_eq!(cluster.count("revocations").await, 0);
    sign_in_by_form(&browser, &store, "shopper@example.com").await;
}

#[tokio::test]
async fn a_sign_out_right_after_a_renewal_revokes_both_refresh_tokens() {
    let (cluster, store) = (TestCluster::start_with(&[], 2).await, store("webapp-session"));
    cluster.one_time_use().await;
    let browser = with_expired_credential(&cluster, "webapp-session").await;
    // The answer with the new cookies does not reach the browser.
    assert_eq!(browser.request(Method::GET, &store, CART).send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(browser.post_form(&store, "/logout", &[]).await.status(), StatusCode::SEE_OTHER);
    cluster.until_count("revocations", 0).await;
    assert_eq!(cluster.asked_by_backends().iter().filter(|it| *it == "POST /api/logout").count(), 2);
    assert_eq!(cluster.count("sessions").await, 0);
}

#[tokio::test]
async fn a_browser_that_hangs_up_is_signed_out_all_the_same() {
    for workflow in ["webapp-session", "webapp-jwt"] {
        let (cluster, store, browser) = TestCluster::with_shopper_at(store(workflow)).await;
        let old = browser.cookie_header(&store);
        let token = browser.cookie(&store, "storefront_refresh_token").unwrap();
        let held = cluster.hold("request", Method::POST, "/api/logout").await;
        let caller = Caller::send(browser.form(&store, "/logout", &[])).await;
        held.reached().await;
        caller.hang_up().await;
        held.release().await;
        cluster.until_count("revocations", 0).await;
        assert!(!cluster.takes(&token).await);
        assert_eq!(cluster.count("token_families WHERE ended = ''").await, 0, "{workflow}");
        if workflow == "webapp-session" {
            assert_eq!(attacker(&browser, &store, CART, &old).await.status(), StatusCode::FOUND);
        }
    }
}

#[tokio::test]
async fn a_revocation_is_tried_until_fusionauth_answers() {
    let (cluster, store) = (TestCluster::start_with(&[], 2).await, store("webapp-session"));
    let browser = cluster.signed_in(&store, "shopper@example.com").await;
    let token = browser.cookie(&store, "storefront_refresh_token").unwrap();
    cluster.fault(json!({"path": "/api/logout", "status": 502})).await;
    assert_eq!(browser.post_form(&store, "/logout", &[]).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(cluster.count("sessions").await, 0, "the session ends on this server, whatever FusionAuth answers");
    assert_eq!(cluster.count("revocations").await, 1);
    let rows: Vec<String> = sqlx::query_scalar("SELECT token FROM revocations").fetch_all(&cluster.database().await).await.unwrap();
    assert!(!rows[0].contains(&token[..20]), "the token is encrypted");
    cluster.no_faults().await;
    cluster.fault(json!({"path": "/api/logout", "times": 1, "cut": "headers"})).await;
    cluster.until_count("revocations", 0).await;
    assert!(!cluster.takes(&token).await);
}

/// Stores `number` revocations of invented refresh tokens. All are due.
async fn invent_revocations(cluster: &TestCluster, number: i64) {
    let rows = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1)
                INSERT INTO revocations (id, application, user_id, everywhere, token, refresh_token_id, renewal, attempts, due_at, created_at)
                SELECT 'invented ' || n, $2, '', 0, 'sealed', '', '', 0, 1, $3 FROM numbers";
    let now = storefront_server::clock::now_ms();
    sqlx::query(rows).bind(number).bind(STORE).bind(now).execute(&cluster.database().await).await.unwrap();
}

#[tokio::test]
async fn invented_refresh_tokens_are_stored_up_to_a_number_and_hold_up_no_real_one() {
    let (cluster, store, browser) = TestCluster::with_shopper_at(store("webapp-session")).await;
    let token = browser.cookie(&store, "storefront_refresh_token").unwrap();
    invent_revocations(&cluster, 1_000).await;
    let stranger = cluster.browser();
    for number in 0..3 {
        stranger.set_cookie(&store, "storefront_refresh_token", &format!("invented-{number}"));
        assert_eq!(stranger.post_form(&store, "/logout", &[]).await.status(), StatusCode::SEE_OTHER);
    }
    assert_eq!(
        (cluster.count("revocations").await, cluster.count("refresh_tokens").await),
        (1_000, 1),
        "only the shopper's token is stored"
    );

    cluster.fault(json!({"path": "/api/logout", "status": 502})).await;
    assert_eq!(browser.post_form(&store, "/logout", &[]).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(cluster.count("revocations WHERE user_id <> ''").await, 1);
    let mut begun = cluster.database().await.begin().await.unwrap();
    for statement in ["UPDATE revocations SET attempts = 0, due_at = 1", "UPDATE revocations SET due_at = 2 WHERE user_id <> ''"] {
        sqlx::query(statement).execute(&mut *begun).await.unwrap();
    }
    cluster.no_faults().await;
    begun.commit().await.unwrap();
    cluster.until_count("revocations WHERE user_id <> ''", 0).await;
    let tried = cluster.count("revocations WHERE attempts > 0").await;
    assert!(tried < 20, "{tried} invented tokens were tried before the real one");
    assert!(!cluster.takes(&token).await);
}

#[tokio::test]
async fn invented_refresh_tokens_displace_no_real_one_that_the_database_does_not_know() {
    let (cluster, store, browser) = TestCluster::with_browser_at(store("spa-backend")).await;
    browser.sign_in(&store, "shopper@example.com").await;
    let token = browser.cookie(&store, "storefront_refresh_token").unwrap();
    browser.forget_cookie(&store, "storefront_jwt");
    for table in ["refresh_tokens", "token_families"] {
        let delete = sqlx::AssertSqlSafe(format!("DELETE FROM {table}"));
        sqlx::query(delete).execute(&cluster.database().await).await.unwrap();
    }
    invent_revocations(&cluster, 1_000).await;
    cluster.fault(json!({"path": "/api/logout", "status": 502})).await;
    let answer = browser.post_json(&store, "/api/logout", json!({})).await;
    assert_eq!((answer.status(), set_cookies(&answer).len()), (StatusCode::SERVICE_UNAVAILABLE, 0), "nothing will revoke the token");
    cluster.no_faults().await;
    assert_eq!(browser.post_json(&store, "/api/logout", json!({})).await.status(), StatusCode::OK);
    assert!(!cluster.takes(&token).await, "the answer is true");
}

#[tokio::test]
async fn another_instance_finishes_what_one_that_died_has_begun() {
    let (cluster, store, browser) = TestCluster::with_shopper_at(store("webapp-session")).await;
    let token = browser.cookie(&store, "storefront_refresh_token").unwrap();
    let held = cluster.hold("request", Method::POST, "/api/logout").await;
    let (dying, address) = cluster.process(&[]).await;
    let request = tokio::spawn(browser.at(address).form(&store, "/logout", &[]).send());
    held.reached().await;
    kill(dying).await;
    assert!(request.await.unwrap().is_err());
    assert_eq!(cluster.count("revocations WHERE attempts = 1").await, 1);
    // This has the same effect as if the reservation by the dead instance had expired.
    sqlx::query("UPDATE revocations SET due_at = 0").execute(&cluster.database().await).await.unwrap();
    cluster.until_count("revocations", 0).await;
    assert!(!cluster.takes(&token).await);
}

#[tokio::test]
async fn everywhere_is_told_as_done_when_fusionauth_has_answered_and_a_sign_in_waits_for_it() {
    let (cluster, store) = (TestCluster::start_with(&[], 2).await, store("webapp-session"));
    let browser = cluster.signed_in(&store, "shopper@example.com").await;
    cluster.fault(json!({"path": "/api/jwt/refresh", "status": 502})).await;
    assert_eq!(browser.post_form(&store, "/logout", EVERYWHERE).await.status(), StatusCode::SEE_OTHER);
    let page = text(browser.get(&store, "/login").await).await;
    assert!(page.contains("You are signed out here.") && !page.contains("on every device"), "{page}");
    // The sign-in waits, because FusionAuth would revoke the new refresh token with the old ones.
    let fields = [("username", "shopper@example.com"), ("password", crate::test_cluster::PASSWORD)];
    let answer = browser.post_form(&store, "/login", &fields).await;
    assert!(text(with_status(StatusCode::SERVICE_UNAVAILABLE, answer)).await.contains("the sign-in service hasn't confirmed it yet"));
    cluster.no_faults().await;
    cluster.until_count("revocations", 0).await;
    sign_in_by_form(&browser, &store, "shopper@example.com").await;
    assert_eq!(browser.get(&store, CART).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn without_the_database_nobody_is_told_to_be_signed_out() {
    let (cluster, store) = (TestCluster::start_with(&["--request-timeout=600"], 1).await, store("webapp-session"));
    let browser = cluster.signed_in(&store, "shopper@example.com").await;
    let lock = cluster.lock_database().await;
    let answer = browser.post_form(&store, "/logout", &[]).await;
    assert_eq!((answer.status(), set_cookies(&answer).len()), (StatusCode::SERVICE_UNAVAILABLE, 0));
    assert!(text(answer).await.contains("You're still signed in"));
    drop(lock);
    assert_eq!(browser.get(&store, CART).await.status(), StatusCode::OK);
    assert_eq!(browser.post_form(&store, "/logout", &[]).await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_database_that_is_locked_when_the_answer_comes_signs_nobody_out() {
    for workflow in ["webapp-session", "webapp-jwt"] {
        let log = Log::of_this_thread();
        let (cluster, store) = (TestCluster::start_with(&["--request-timeout=600"], 2).await, store(workflow));
        cluster.one_time_use().await;
        let browser = with_expired_credential(&cluster, workflow).await;
        let held = cluster.hold("answer", Method::POST, REFRESH).await;
        let waiting = tokio::spawn({
            let (browser, store) = (browser.clone(), store.clone());
            async move { browser.get(&store, CART).await.status() }
        });
        held.reached().await;
        let lock = cluster.lock_database().await;
        held.release().await;
        log.until("the answer to a renewal could not be written yet").await;
        drop(lock);
        assert_eq!(waiting.await.unwrap(), StatusCode::OK, "{workflow}");
        cluster.until_count("renewals WHERE settled_at > 0", 1).await;
        assert_eq!(browser.get(&store, CART).await.status(), StatusCode::OK, "{workflow}");
        assert_eq!(cluster.refreshes(), 1);
    }
}

#[tokio::test]
async fn a_stop_waits_for_a_renewal_without_its_caller() {
    for workflow in ["webapp-session", "webapp-jwt"] {
        let (cluster, store) = (TestCluster::start().await, store(workflow));
        cluster.one_time_use().await;
        let browser = with_expired_credential(&cluster, workflow).await;
        let (address, stop, stopped) = cluster.stoppable_instance().await;
        let held = cluster.hold("answer", Method::POST, REFRESH).await;
        let caller = Caller::send(browser.at(address).request(Method::GET, &store, CART)).await;
        held.reached().await;
        caller.hang_up().await;
        stop.send(()).unwrap();
        until_closed(address).await;
        assert!(!stopped.is_finished(), "{workflow}: the stop waits for the renewal");
        held.release().await;
        stopped.await.unwrap();
        assert_eq!(cluster.count("renewals WHERE settled_at > 0").await, 1, "{workflow}: the renewal is settled before the stop");
        assert_eq!(browser.get(&store, CART).await.status(), StatusCode::OK, "another instance uses the outcome of that renewal");
        assert_eq!(cluster.refreshes(), 1);
        assert_eq!(cluster.count("revocations").await, 0, "the browser now has the new refresh token, so the server must not revoke it");
    }
}

#[tokio::test]
async fn a_refresh_token_that_nobody_takes_is_revoked() {
    let (cluster, store) = (TestCluster::start_with(&[], 2).await, store("webapp-jwt"));
    cluster.one_time_use().await;
    let browser = with_expired_credential(&cluster, "webapp-jwt").await;
    let held = cluster.hold("answer", Method::POST, REFRESH).await;
    let caller = Caller::send(browser.request(Method::GET, &store, CART)).await;
    held.reached().await;
    caller.hang_up().await;
    held.release().await;
    cluster.until_count("revocations WHERE renewal <> ''", 1).await;
    let times = sqlx::query_as("SELECT due_at, settled_at FROM revocations, renewals");
    let (due_at, settled_at): (i64, i64) = times.fetch_one(&cluster.database().await).await.unwrap();
    assert!(due_at >= settled_at + ADOPTABLE_MS, "a request of the browser may still use the renewal's outcome");
    sqlx::query("UPDATE revocations SET due_at = 0").execute(&cluster.database().await).await.unwrap();
    cluster.until_count("revocations", 0).await;
    assert!(cluster.asked_by_backends().contains(&"POST /api/logout".to_owned()));
}

#[test]
fn a_take_over_ends_within_a_requests_limit() {
    for seconds in [2, 10, 60] {
        let request = Duration::from_secs(seconds);
        let Timeouts { login, refresh, lease } = Timeouts::within(request);
        let watched = Duration::from_millis(TAKE_OVER_AFTER_MS.unsigned_abs());
        assert!(refresh < lease && login < request, "{seconds}");
        assert!(seconds < 10 || lease + watched + refresh < request, "{seconds}");
    }
}

#[tokio::test]
async fn a_request_outlives_a_dead_instance_and_a_slow_fusionauth() {
    let (cluster, store) = (TestCluster::start().await, store("webapp-session"));
    let browser = with_expired_credential(&cluster, "webapp-session").await;
    let of_the_dead = cluster.hold("request", Method::POST, REFRESH).await;
    let (dying, address) = cluster.process(&[]).await;
    let request = tokio::spawn(browser.at(address).request(Method::GET, &store, CART).send());
    of_the_dead.reached().await;
    kill(dying).await;
    assert!(request.await.unwrap().is_err());
    let slow = cluster.hold("request", Method::POST, REFRESH).await;
    let waiting = tokio::spawn(browser.request(Method::GET, &store, CART).send());
    // This has the same effect as if the lease of the dead instance had expired.
    let aged = sqlx::query("UPDATE renewals SET lease_until = 1 WHERE settled_at = 0").execute(&cluster.database().await).await.unwrap();
    assert_eq!(aged.rows_affected(), 1);
    slow.reached().await;
    slow.release().await;
    assert_eq!(waiting.await.unwrap().unwrap().status(), StatusCode::OK);
    assert_eq!(cluster.refreshes(), 2);
}

#[tokio::test]
async fn a_public_page_never_waits_for_fusionauth() {
    for workflow in ["webapp-session", "webapp-jwt"] {
        let (cluster, store) = (TestCluster::start().await, store(workflow));
        let browser = with_expired_credential(&cluster, workflow).await;
        let held = cluster.hold_all(json!({"path": "/*", "hold": "request"})).await;
        let before = cluster.asked_by_backends();
        let page = tokio::time::timeout(HANG_GUARD, browser.get(&store, "/")).await.expect("the page waits for FusionAuth");
        assert_eq!((page.status(), set_cookies(&page).len()), (StatusCode::OK, 0));
        assert_eq!((cluster.asked_by_backends(), held.count(0).await), (before, 0));
        // The sign-in page then renews the session and asks for no password.
        cluster.no_faults().await;
        assert_eq!(location(&browser.get(&store, "/login").await), CART);
    }
}

#[tokio::test]
async fn a_token_that_no_cookie_holds_is_told_at_sign_in() {
    let (cluster, store) = (TestCluster::start().await, store("webapp-jwt"));
    let names: Vec<String> = (0..120).map(|it| format!("a-role-with-a-name-that-is-rather-long-{it}")).collect();
    for name in &names {
        cluster.admin(Method::POST, &format!("/api/application/{STORE}/role"), json!({"role": {"name": name}})).await;
    }
    let registration = json!({"registration": {"applicationId": STORE, "roles": names}});
    cluster.admin(Method::PATCH, &format!("/api/user/registration/{SHOPPER}"), registration).await;
    let browser = cluster.browser();
    let fields = [("username", "shopper@example.com"), ("password", crate::test_cluster::PASSWORD)];
    let answer = browser.post_form(&store, "/login", &fields).await;
    assert_eq!((answer.status(), set_cookies(&answer).len()), (StatusCode::BAD_GATEWAY, 0));
    assert!(text(answer).await.contains("Your email and password are not the problem"));
    assert_eq!(cluster.count("token_families WHERE ended = ''").await, 0);
}

#[tokio::test]
async fn a_user_who_is_locked_at_fusionauth_is_out_soon() {
    let store = store("webapp-session");
    for path in [CART, "/"] {
        let cluster = TestCluster::start_with(&[], 2).await;
        let browser = cluster.signed_in(&store, "shopper@example.com").await;
        cluster.admin(Method::DELETE, &format!("/api/user/{SHOPPER}"), Value::Null).await; // FusionAuth's way to lock a user
        // This has the same effect as if part of the idle time had passed since the last check. The session is at its maximum life, so the
        // server cannot extend the session.
        sqlx::query("UPDATE sessions SET checked_at = checked_at - 200000, ends_at = expires_at")
            .execute(&cluster.database().await)
            .await
            .unwrap();
        browser.get(&store, path).await;
        cluster.until_count("sessions", 0).await;
        assert_eq!(browser.get(&store, CART).await.status(), StatusCode::FOUND, "after a request for {path}");
    }
}

/// Makes the user check due, as if part of the idle time had passed since the last one.
async fn make_checks_due(cluster: &TestCluster) {
    let query = "UPDATE sessions SET checked_at = checked_at - 200000";
    sqlx::query(query).execute(&cluster.database().await).await.unwrap();
}

const SHOPPERS_PASSWORD: &str = "a-better-password";

async fn change_password_at_fusionauth(cluster: &TestCluster) {
    let body = json!({"user": {"password": SHOPPERS_PASSWORD}});
    cluster.admin(Method::PATCH, &format!("/api/user/{SHOPPER}"), body).await;
}

/// A thief who signs in again and again has a session of the second in which the password changes. No time of a session and no time of the
/// event tell which came first, but FusionAuth has revoked the refresh token of the thief's.
#[tokio::test]
async fn a_session_whose_refresh_token_is_revoked_is_out_at_the_user_check() {
    let (cluster, store) = (TestCluster::start_with(&[], 2).await, store("webapp-session"));
    let thief = cluster.signed_in(&store, "shopper@example.com").await;
    change_password_at_fusionauth(&cluster).await;
    make_checks_due(&cluster).await;
    thief.get(&store, CART).await;
    cluster.until_count("sessions", 0).await;
    assert_eq!(thief.get(&store, CART).await.status(), StatusCode::FOUND);
}

#[tokio::test]
async fn a_session_of_the_second_of_an_event_is_checked_before_it_is_accepted() {
    let (cluster, store) = (TestCluster::start_with(&[], 2).await, store("webapp-session"));
    let [thief, owner] = [cluster.browser(), cluster.browser()];
    sign_in_by_form(&thief, &store, "shopper@example.com").await;
    change_password_at_fusionauth(&cluster).await;
    let new = [("username", "shopper@example.com"), ("password", SHOPPERS_PASSWORD)];
    assert_eq!(owner.post_form(&store, "/login", &new).await.status(), StatusCode::FOUND);
    let (db, event) = (cluster.database().await, now_ms());
    for query in ["UPDATE sessions SET issued_at = $1", "UPDATE token_families SET first_issued_at = $1"] {
        sqlx::query(query).bind(event / 1_000).execute(&db).await.unwrap();
    }
    let revoked = RevokedAccess::new(db, Duration::from_secs(3_600));
    let user = Subject::User { user: SHOPPER.to_owned(), application: None };
    revoked.end(&user, event, LONGEST_TOKEN_LIFE).await.unwrap();
    assert_eq!(thief.get(&store, CART).await.status(), StatusCode::FOUND, "the first request after the event is refused");
    assert_eq!(owner.get(&store, CART).await.status(), StatusCode::OK, "the owner stays signed in");
    let of_second = |issued_at| IssuedTo { user: SHOPPER, application: STORE, session: None, issued_at: Some(issued_at) };
    let second = event / 1_000;
    assert_eq!([second - 1, second, second + 1].map(|it| revoked.includes(&of_second(it))), [true, false, false]);
    assert_eq!([second - 1, second, second + 1].map(|it| revoked.is_in_doubt(&of_second(it))), [false, true, false]);
}

#[tokio::test]
async fn the_user_check_reads_roles_registration_and_expiry() {
    let (forums, user) = (forums("webapp-session"), "20000000-0000-0000-0000-000000000008");
    for (change, is_out) in [("demoted", false), ("expired", true), ("unregistered", true)] {
        let cluster = TestCluster::start_with(&[], 2).await;
        let browser = cluster.signed_in(&forums, "moderator@example.com").await;
        assert_eq!(cluster.count("sessions WHERE roles LIKE '%moderator%'").await, 1);
        let registration = format!("/api/user/registration/{user}/{FORUMS}");
        match change {
            "demoted" => {
                let body = json!({"registration": {"applicationId": FORUMS, "roles": ["user"]}});
                cluster.replace(&format!("/api/user/registration/{user}"), body).await;
            }
            "expired" => cluster.replace(&format!("/api/user/{user}"), json!({"user": {"expiry": 1}})).await,
            _ => drop(cluster.admin(Method::DELETE, &registration, Value::Null).await),
        }
        make_checks_due(&cluster).await;
        browser.get(&forums, "/account").await;
        cluster.until_count("sessions WHERE roles LIKE '%moderator%'", 0).await;
        let expected = if is_out { StatusCode::FOUND } else { StatusCode::OK };
        assert_eq!(browser.get(&forums, "/account").await.status(), expected, "{change}");
    }
}

#[tokio::test]
async fn a_sign_in_cookie_of_a_sibling_is_told_and_makes_no_loop() {
    for workflow in ["webapp-session", "webapp-jwt"] {
        let (_cluster, store, browser) = TestCluster::with_shopper_at(store(workflow)).await;
        // A browser sends the cookie with the longer path first.
        let both = format!("{}=tossed; {}", credential(workflow), browser.cookie_header(&store));
        let answer = attacker(&browser, &store, CART, &both).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{workflow}");
        assert!(text(answer).await.contains("two different sign-in cookies"));
        assert_eq!(attacker(&browser, &store, "/", &both).await.status(), StatusCode::OK, "a public page is still shown");
    }
}
