//! Several tabs share one session. They send requests at the same time, and each tab must follow a sign-in or sign-out in another tab.

use crate::{
    helpers::REFRESH,
    open_tabs::{LOGOUT_PATH, REFRESH_PATH, ask, open_carts},
};
use e2e::{Application, InterceptingProxy, Journey, RecordPosition, RecordedExchange, Role, account::SHOPPER_ID, journey};
use serde_json::json;
use std::collections::BTreeSet;

const TABS: usize = 5;
const CALLS: usize = 20;

/// Makes a tab increase all quantities of its cart in one task when another tab sends `go`. `calls` counts the requests of all tabs.
const INCREASE_ALL_ON_MESSAGE: &str = "\
    window.channel = new BroadcastChannel('journey'); window.calls = 0; \
    window.increaseAll = () => { \
        const buttons = document.querySelectorAll('[aria-label^=Increase]'); \
        buttons.forEach(button => button.click()); \
        setTimeout(() => { calls += buttons.length; channel.postMessage(buttons.length); }); \
    }; \
    channel.onmessage = ({data}) => { if (data === 'go') increaseAll(); else calls += data; }";

#[tokio::test]
async fn five_tabs_with_twenty_calls_each_on_an_expired_token_share_one_refresh() {
    journey(async |journey| {
        let proxy = journey.deployment.intercept_fusionauth().await?;
        journey.deployment.fill_cart(SHOPPER_ID, CALLS).await?;
        let tabs = open_carts(journey, TABS).await?;
        let Journey { deployment, browser } = &*journey;
        for tab in &tabs {
            browser.switch_to(tab).await?;
            browser.eval::<()>(INCREASE_ALL_ON_MESSAGE).await?;
        }
        journey.expire_access_tokens().await?;

        let start = deployment.record.mark()?;
        let mut refresh = proxy.hold_request(REFRESH_PATH);
        browser.eval::<()>("channel.postMessage('go'); increaseAll()").await?;
        refresh.arrived().await?;
        browser.wait_for("calls of every tab", "return calls === arguments[0]", vec![json!(TABS * CALLS)]).await?;
        refresh.release();

        let is_answer = |call: &RecordedExchange| call.path.starts_with("/api/shopping-cart/");
        deployment.record.wait_for_number(start, TABS * CALLS, "answers", is_answer).await?;
        for tab in &tabs {
            browser.switch_to(tab).await?;
            let all =
                "return [...document.querySelectorAll('input[type=number]')].filter(input => input.value === '2').length === arguments[0]";
            browser.wait_for("quantities", all, vec![json!(CALLS)]).await?;
            assert!(browser.names(Role::Alert).await?.iter().all(String::is_empty), "no request may fail");
        }
        browser.wait_for_free_locks().await?;
        let calls = deployment.record.calls(start)?;
        assert_eq!(calls.first().map(String::as_str), Some(REFRESH), "expected one refresh");
        assert_eq!(calls.len(), 1 + TABS * CALLS, "expected the refresh, and each change once: {calls:#?}");
        assert!(calls[1..].iter().all(|call| call.ends_with("Bearer@store => 200")), "{calls:#?}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn signing_out_during_a_refresh_is_final_in_every_tab_and_at_fusionauth() {
    journey(async |journey| {
        journey.deployment.admin().use_refresh_tokens_once(Application::Store).await?;
        let proxy = journey.deployment.intercept_fusionauth().await?;
        let tabs = open_carts(journey, 3).await?;
        journey.expire_access_tokens().await?;
        let Journey { deployment, browser } = &*journey;
        let start = deployment.record.mark()?;
        let mut response = proxy.hold_response(REFRESH_PATH);
        ask(browser).await?;
        response.arrived().await?;

        browser.switch_to(&tabs[0]).await?;
        browser.click(Role::Button, "Sign out").await?;
        for tab in &tabs {
            browser.switch_to(tab).await?;
            browser.sign_in_form().await?;
        }
        assert_eq!(
            deployment.record.calls(start)?,
            [REFRESH],
            "the logout must wait for the answer to the refresh, because that answer sets a valid cookie"
        );
        assert_eq!(deployment.admin().sessions(SHOPPER_ID).await?, 1);

        response.release();
        deployment.record.wait_for(start, "logout", |call| call.path == LOGOUT_PATH && call.method == "POST").await?;
        browser.wait_for_free_locks().await?;
        assert_eq!(deployment.admin().sessions(SHOPPER_ID).await?, 0, "FusionAuth must not accept any refresh token of the shopper");
        assert!(browser.cookies().await?.is_empty(), "no cookie may be left");
        for tab in &tabs {
            browser.switch_to(tab).await?;
            browser.sign_in_form().await?;
            assert!(!browser.has(Role::Button, "Sign out").await?);
        }
        let record: String = browser.local_storage().await?.into_values().collect();
        // Every JWT begins with `eyJ`.
        assert!(!record.contains("eyJ"), "the page must not store the token of the late answer");
        let calls = deployment.record.calls(start)?;
        assert!(calls[1..].iter().all(|call| call.contains(LOGOUT_PATH)), "{calls:#?}");
        Ok(())
    })
    .await;
}

/// A fault that FusionAuth or the network causes while a renewal is in flight.
#[derive(Clone, Copy, Debug)]
enum RenewalFault {
    /// The response arrives after every tab has begun to wait for it.
    Delayed,
    /// FusionAuth answers 500 twice.
    ServerError,
    /// The response ends after the headers, which have set the new cookie.
    Truncated,
}

#[tokio::test]
async fn faults_with_one_time_refresh_tokens_sign_no_tab_out_and_send_no_used_one() {
    journey(async |journey| {
        journey.deployment.admin().use_refresh_tokens_once(Application::Store).await?;
        let proxy = journey.deployment.intercept_fusionauth().await?;
        let tabs = open_carts(journey, 3).await?;
        let browser = &journey.browser;
        browser.tolerate(REFRESH_PATH, "500");
        browser.tolerate(REFRESH_PATH, "ERR_CONTENT_LENGTH_MISMATCH");
        let begin = journey.deployment.record.mark()?;
        for tab in &tabs {
            browser.switch_to(tab).await?;
            browser.eval::<()>(INCREASE_ALL_ON_MESSAGE).await?;
        }
        for (fault, statuses) in [
            (RenewalFault::Delayed, vec![200]),
            (RenewalFault::ServerError, vec![500, 500, 200]),
            (RenewalFault::Truncated, vec![200, 200]),
        ] {
            journey.expire_access_tokens().await?;
            let start = journey.deployment.record.mark()?;
            renew_with_fault(journey, &proxy, fault).await?;
            let is_change = |call: &RecordedExchange| call.path.starts_with("/api/shopping-cart/") && call.status() == Some(200);
            journey.deployment.record.wait_for_number(start, 3 * tabs.len(), "changes", is_change).await?;
            browser.wait_for_free_locks().await?;
            let answers: Vec<u16> = refreshes(journey, start)?.iter().filter_map(RecordedExchange::status).collect();
            assert_eq!(answers, statuses, "{fault:?}");
        }
        for tab in &tabs {
            browser.switch_to(tab).await?;
            assert!(browser.has(Role::Button, "Sign out").await?, "every tab must still be signed in");
            assert!(browser.names(Role::Alert).await?.iter().all(String::is_empty), "no request may fail");
        }
        let mut used = BTreeSet::new();
        for refresh in refreshes(journey, begin)? {
            let sent = refresh.cookie("refresh_token").and_then(|token| token.fingerprint.clone()).expect("a refresh token");
            assert!(!used.contains(&sent), "a used refresh token was sent again: {refresh}");
            if refresh.status() == Some(200) {
                used.insert(sent);
            }
        }
        Ok(())
    })
    .await;
}

/// Causes the fault while every tab sends three requests at once with an expired token.
async fn renew_with_fault(journey: &Journey, proxy: &InterceptingProxy, fault: RenewalFault) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    let change_in_every_tab = || async { browser.eval::<()>("channel.postMessage('go'); increaseAll()").await };
    match fault {
        RenewalFault::Delayed => {
            let mut response = proxy.hold_response(REFRESH_PATH);
            change_in_every_tab().await?;
            response.arrived().await?;
            browser.wait_for("calls of every tab", "return calls === 9", Vec::new()).await?;
            response.release();
        }
        RenewalFault::ServerError => {
            deployment.fault(&json!({"path": REFRESH_PATH, "method": "POST", "times": 2, "status": 500, "html": "<h1>Error</h1>"})).await?;
            change_in_every_tab().await?;
        }
        RenewalFault::Truncated => {
            let before = browser.auth_cookie("refresh_token").await?;
            let mut response = proxy.hold_response(REFRESH_PATH);
            change_in_every_tab().await?;
            response.arrived().await?;
            let half = response.truncate();
            browser.wait_for_auth_cookie("refresh_token", &before).await?;
            drop(half);
        }
    }
    Ok(())
}

fn refreshes(journey: &Journey, since: RecordPosition) -> anyhow::Result<Vec<RecordedExchange>> {
    let mut calls = journey.deployment.record.since(since)?;
    calls.retain(|call| call.path == REFRESH_PATH && call.method == "POST");
    Ok(calls)
}
