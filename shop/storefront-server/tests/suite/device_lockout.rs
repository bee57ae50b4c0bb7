//! What must not lock the owner of a bound sign-in out: a closed browser, two tabs, a restart of the server, clocks that differ.

use crate::device::{A_MINUTE, BOUND_COOKIE, Device, WORKFLOWS, assert_has_ended, bound, cluster, private_path, stoppable_instance};
use crate::test_cluster::{PASSWORD, TestCluster, set_cookies, store};
use reqwest::StatusCode;
use std::collections::BTreeSet;
use test_support::device_proofs::KEYS;

async fn assert_goes_on(device: &Device, workflow: &str) {
    let answer = device.browser.get(&device.host, private_path(workflow)).await;
    assert_eq!(answer.status(), StatusCode::OK, "{workflow}");
}

#[tokio::test]
async fn a_user_who_does_not_stay_signed_in_is_bound_until_the_browser_is_closed() {
    let workflow = "webapp-jwt";
    let cluster = cluster("offered", 1).await;
    let (browser, host) = (cluster.browser(), store(workflow));
    let sign_in = async || browser.post_form(&host, "/login", &[("username", "shopper@example.com"), ("password", PASSWORD)]).await;
    cluster.issue_stale();
    let device = Device::offered(&browser, &host, &sign_in().await, &KEYS.p256);
    cluster.issue_fresh();
    assert_eq!(device.register().await.status(), StatusCode::OK);
    device.let_time_pass(&cluster, A_MINUTE).await;
    browser.forget_cookie(&host, BOUND_COOKIE); // it has a `Max-Age`, and has expired
    assert_eq!(device.refresh().await.status(), StatusCode::OK);
    let answer = browser.get(&host, private_path(workflow)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(set_cookies(&answer).iter().all(|it| !it.contains("Max-Age")), "{:?}", set_cookies(&answer));

    // The browser is closed. It keeps its key and the bound cookie.
    for name in browser.cookie_names(&host).into_iter().filter(|it| it != BOUND_COOKIE) {
        browser.forget_cookie(&host, &name);
    }
    assert_eq!(device.refresh().await.status(), StatusCode::OK);
    assert_eq!(browser.get(&host, private_path(workflow)).await.status(), StatusCode::FOUND);
    let next = Device::offered(&browser, &host, &sign_in().await, &KEYS.other);
    assert_eq!(next.register().await.status(), StatusCode::OK);
    // Both keys would refresh the same cookie in turn.
    assert_has_ended(&device).await;
    next.let_time_pass(&cluster, A_MINUTE).await;
    assert_eq!(next.refresh().await.status(), StatusCode::OK);
    assert_goes_on(&next, workflow).await;
}

#[tokio::test]
async fn two_tabs_that_refresh_with_one_challenge_both_go_on() {
    for workflow in WORKFLOWS {
        let cluster = cluster("offered", 2).await;
        let device = bound(&cluster, workflow).await;
        device.browser.forget_cookie(&device.host, BOUND_COOKIE);
        // Two signatures for one challenge, at the same time and one after the other.
        let proofs = [device.proof(), device.proof(), device.proof()];
        let send = async |proof: &str| device.refresh_request(Some(proof)).send().await.unwrap();
        let (one, other) = tokio::join!(send(&proofs[0]), send(&proofs[1]));
        let mut challenges = BTreeSet::new();
        for answer in [one, other, send(&proofs[2]).await] {
            assert_eq!((answer.status(), set_cookies(&answer).len()), (StatusCode::OK, 1), "{workflow}");
            let cookie = set_cookies(&answer)[0].split(';').next().unwrap().split_once('=').unwrap().1.to_owned();
            device.browser.set_cookie(&device.host, BOUND_COOKIE, &cookie);
            challenges.insert(answer.headers()["secure-session-challenge"].to_str().unwrap().to_owned());
            device.taken(answer);
            assert_goes_on(&device, workflow).await;
        }
        assert_eq!(challenges.len(), 1, "{workflow}");
        assert_eq!(device.refresh().await.status(), StatusCode::OK, "{workflow}");
    }
}

#[tokio::test]
async fn a_key_outlives_a_restart_of_the_server() {
    for workflow in WORKFLOWS {
        let mut cluster = TestCluster::start_with(&[], 0).await;
        let (address, stop, stopped) = stoppable_instance("offered", &cluster).await;
        cluster.addresses.push(address);
        let device = bound(&cluster, workflow).await;
        drop(stop);
        stopped.await.unwrap();
        let (address, _running, _) = stoppable_instance("offered", &cluster).await;
        let device = Device { browser: device.browser.at(address), ..device };
        device.browser.forget_cookie(&device.host, BOUND_COOKIE);
        assert_eq!(device.refresh().await.status(), StatusCode::OK, "{workflow}");
        assert_goes_on(&device, workflow).await;
    }
}

#[tokio::test]
async fn clocks_of_two_instances_may_differ_by_twenty_seconds() {
    for workflow in WORKFLOWS {
        for behind in [20_000, -20_000] {
            let cluster = cluster("offered", 1).await;
            let (browser, host) = (cluster.browser(), store(workflow));
            let answer = crate::device::sign_in(&browser, workflow).await;
            // This moves the times that the other instance has written.
            let device = Device::offered(&browser, &host, &answer, &KEYS.p256);
            device.let_time_pass(&cluster, behind).await;
            assert_eq!(device.register().await.status(), StatusCode::OK, "{workflow} {behind}");
            assert_goes_on(&device, workflow).await;
            device.let_time_pass(&cluster, behind).await;
            assert_goes_on(&device, workflow).await;
            for _ in 0..2 {
                device.let_time_pass(&cluster, behind).await;
                assert_eq!(device.refresh().await.status(), StatusCode::OK, "{workflow} {behind}");
                assert_goes_on(&device, workflow).await;
            }
        }
    }
}
