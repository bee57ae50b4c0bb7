//! Renewals and sign-outs at random times on two instances, with refresh tokens that are good once and a FusionAuth that
//! delays, fails and hangs up at random.
//!
//! `SIGN_OUT_ROUNDS=1000` runs as many rounds; without it a few, so that the test command stays short.

use crate::stage::{Stage, attacker, set_cookies, store};
use crate::webapp_steps::with_expired_credential;
use reqwest::{Method, StatusCode};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

const CART: &str = "/shopping-cart";

/// So many of `n`, at random.
fn random(n: u128) -> u128 {
    Uuid::new_v4().as_u128() % n
}

#[tokio::test]
async fn nothing_lives_after_a_sign_out_and_nobody_is_signed_out_otherwise() {
    let rounds: u32 = std::env::var("SIGN_OUT_ROUNDS").ok().and_then(|it| it.parse().ok()).unwrap_or(12);
    let stage = Stage::start_with(&[], 2).await;
    stage.one_time_use().await;
    let store = store("webapp-session");
    for round in 0..rounds {
        let browser = with_expired_credential(&stage, "webapp-session").await;
        let signs_out = random(3) > 0;
        misbehave(&stage, signs_out).await;
        let loads = (0..3).map(|_| tokio::spawn(browser.request(Method::GET, &store, CART).send())).collect::<Vec<_>>();
        tokio::time::sleep(Duration::from_millis(u64::try_from(random(60)).unwrap())).await; // the random time
        let signed_out = if signs_out { Some(browser.form(&store, "/logout", &[]).send().await.unwrap().status()) } else { None };
        let mut handed_out = vec![browser.cookie_header(&store)];
        let mut statuses = vec![];
        for load in loads {
            let answer = load.await.unwrap().unwrap();
            statuses.push(answer.status());
            let lines: Vec<&str> = set_cookies(&answer).into_iter().filter(|it| !it.contains("Max-Age=0")).collect();
            handed_out.push(lines.iter().map(|it| it.split(';').next().unwrap()).collect::<Vec<_>>().join("; "));
        }
        stage.no_faults().await;
        if signed_out == Some(StatusCode::SEE_OTHER) {
            stage.until_count("revocations WHERE due_at < 9000000000000 AND renewal = ''", 0).await;
            for cookies in &handed_out {
                let status = attacker(&browser, &store, CART, cookies).await.status();
                assert_eq!(status, StatusCode::FOUND, "round {round}: a session is alive");
                for token in cookies.split("; ").filter_map(|it| it.strip_prefix("storefront_refresh_token=")) {
                    assert!(!stage.takes(token).await, "round {round}: a refresh token is alive");
                }
            }
            assert_eq!(stage.count("sessions").await, 0, "round {round}");
        } else {
            assert_eq!(signed_out, None, "round {round}: the database has answered");
            assert!(
                statuses.iter().all(|it| [StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE].contains(it)),
                "round {round}: {statuses:?}"
            );
            tokio::time::sleep(Duration::from_millis(1_100)).await; // so long nobody asks again after FusionAuth failed
            assert_eq!(browser.get(&store, CART).await.status(), StatusCode::OK, "round {round}: signed out");
            assert_eq!(browser.post_form(&store, "/logout", &[]).await.status(), StatusCode::SEE_OTHER);
            stage.until_count("revocations WHERE renewal = ''", 0).await;
        }
    }
}

/// What FusionAuth does wrong in this round. If it hangs up after it has rotated the refresh token, the new one is lost and the
/// user signed out; so that happens only in rounds that end with a sign-out.
async fn misbehave(stage: &Stage, hangs_up_on_refreshes: bool) {
    let milliseconds = u64::try_from(random(120)).unwrap();
    match random(4) {
        0 => stage.fault(json!({"path": "/api/jwt/refresh", "times": 1, "delayRequestMilliseconds": milliseconds})).await,
        1 => stage.fault(json!({"path": "/api/jwt/refresh", "times": 1, "delayAnswerMilliseconds": milliseconds})).await,
        2 if hangs_up_on_refreshes => stage.fault(json!({"path": "/api/jwt/refresh", "times": 1, "cut": "headers"})).await,
        2 => stage.fault(json!({"path": "/api/jwt/refresh", "times": 1, "status": 502})).await,
        _ => {}
    }
    match random(4) {
        0 => stage.fault(json!({"path": "/api/logout", "times": 1, "delayRequestMilliseconds": milliseconds})).await,
        1 => stage.fault(json!({"path": "/api/logout", "times": 1, "status": 502})).await,
        2 => stage.fault(json!({"path": "/api/logout", "times": 1, "cut": "headers"})).await,
        _ => {}
    }
}
