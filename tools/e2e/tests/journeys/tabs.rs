//! Tabs that crash, or that the user reloads, closes, or leaves and comes back to, while a request is in flight.

use crate::{
    helpers::{REFRESH, wait_for_cart},
    open_tabs::{CHANGED, LOGOUT_PATH, REFRESH_PATH, ask, open_carts},
};
use e2e::{
    Application, Browser, Journey, RecordedExchange, Role, Tab,
    account::{SHOPPER, SHOPPER_ID},
    journey,
};

/// How a tab ends.
#[derive(Clone, Copy)]
enum Death {
    /// The browser closes the tab, so that the event listeners of its page run.
    Closed,
    /// The process of the tab is killed, so that no event listener runs.
    Crashed,
}

impl Death {
    async fn end(self, browser: &Browser, tab: &Tab) -> anyhow::Result<()> {
        match self {
            Self::Closed => browser.close(tab).await,
            Self::Crashed => browser.crash(tab).await,
        }
    }
}

#[tokio::test]
async fn a_tab_closed_while_it_holds_the_lock_stops_nobody() {
    a_dead_tab_stops_nobody(Death::Closed).await;
}

#[tokio::test]
async fn a_tab_killed_while_it_holds_the_lock_stops_nobody() {
    a_dead_tab_stops_nobody(Death::Crashed).await;
}

async fn a_dead_tab_stops_nobody(death: Death) {
    journey(async |journey| {
        journey.deployment.admin().use_refresh_tokens_once(Application::Store).await?;
        let proxy = journey.deployment.intercept_fusionauth().await?;
        let tabs = open_carts(journey, 3).await?;
        journey.expire_access_tokens().await?;
        let Journey { deployment, browser } = &*journey;
        let start = deployment.record.mark()?;
        let mut refresh = proxy.hold_request(REFRESH_PATH);
        ask(browser).await?;
        refresh.arrived().await?;
        browser.switch_to(&tabs[0]).await?;
        ask(browser).await?;
        browser.switch_to(&tabs[1]).await?;
        ask(browser).await?;
        browser.wait_for_queue(2).await?;

        death.end(browser, &tabs[2]).await?;
        deployment.record.wait_for_number(start, 2, "changes of the other tabs", |call| call.to_string() == CHANGED).await?;
        // The proxy still holds the refresh of the dead tab. The record may already list that refresh without an answer. One of the other
        // tabs may also have sent the dead tab's change.
        let mut calls = deployment.record.calls(start)?;
        calls.retain(|call| !call.ends_with("=> none"));
        assert!(calls == [REFRESH, CHANGED, CHANGED] || calls == [REFRESH, CHANGED, CHANGED, CHANGED], "{calls:#?}");

        // The proxy may forward the dead tab's refresh now, or drop it. The session must survive in both cases.
        refresh.release();
        for tab in &tabs[..2] {
            browser.switch_to(tab).await?;
            browser.reload().await?;
            wait_for_cart(browser, 3).await?;
        }
        assert_eq!(deployment.admin().sessions(SHOPPER_ID).await?, 1);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_reload_during_a_refresh_stays_signed_in() {
    journey(async |journey| {
        journey.deployment.admin().use_refresh_tokens_once(Application::Store).await?;
        let proxy = journey.deployment.intercept_fusionauth().await?;
        open_carts(journey, 1).await?;
        journey.expire_access_tokens().await?;
        let Journey { deployment, browser } = &*journey;
        let mut response = proxy.hold_response(REFRESH_PATH);
        ask(browser).await?;
        response.arrived().await?;
        // The old page's request has used the refresh token, so FusionAuth may refuse the new page's first refresh. The new page knows of
        // the old page's request, so after a pause it refreshes again, with the new cookie.
        browser.tolerate(REFRESH_PATH, "400");
        browser.reload().await?;
        response.release();
        wait_for_cart(browser, 3).await?;
        browser.wait_for_free_locks().await?;
        assert_eq!(browser.path().await?, "/cart", "the shopper must not see the sign-in page");
        let current = browser.auth_cookie("refresh_token").await?;
        deployment.attacker().refresh(&current).await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_logout_outlives_its_tab() {
    journey(async |journey| {
        let proxy = journey.deployment.intercept_fusionauth().await?;
        let Journey { deployment, browser } = &*journey;
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        let tab = browser.tab().await?;
        let other = browser.open_tab(&deployment.store().url("/healthz")).await?;
        browser.switch_to(&tab).await?;
        let start = deployment.record.mark()?;
        // Chromium requests /favicon.ico for a document that is not HTML.
        browser.tolerate("/favicon.ico", "404");
        let mut logout = proxy.hold_request(LOGOUT_PATH);
        browser.click(Role::Button, "Sign out").await?;
        logout.arrived().await?;
        assert_eq!(deployment.admin().sessions(SHOPPER_ID).await?, 1);

        browser.switch_to(&other).await?;
        browser.close(&tab).await?;
        browser.wait_for_free_locks().await?;
        // If closing the tab had cancelled the logout, the proxy would notice that before it forwards the next request.
        browser.open(&format!("{}/.well-known/jwks.json", deployment.auth_origin())).await?;
        logout.release();
        deployment.record.wait_for(start, "logout", |call| call.path == LOGOUT_PATH && call.status() == Some(200)).await?;
        assert_eq!(deployment.admin().sessions(SHOPPER_ID).await?, 0, "the refresh token must be revoked");
        browser.open(&deployment.store().url("/cart")).await?;
        browser.sign_in_form().await?;
        browser.wait_for_free_locks().await?;
        assert!(browser.cookies().await?.is_empty());
        Ok(())
    })
    .await;
}

/// The tab closes right after the click, possibly before it has sent the logout. In that case the next visit must send the logout.
#[tokio::test]
async fn signing_out_and_closing_the_tab_in_one_breath_ends_the_session() {
    journey(async |journey| {
        let Journey { deployment, browser } = &*journey;
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        let tab = browser.tab().await?;
        let other = browser.open_tab("about:blank").await?;
        browser.switch_to(&tab).await?;
        let start = deployment.record.mark()?;
        browser.eval::<()>("[...document.querySelectorAll('button')].find(button => button.innerText === 'Sign out').click()").await?;
        browser.close(&tab).await?;
        browser.switch_to(&other).await?;
        browser.open(&deployment.store().url("/cart")).await?;
        browser.sign_in_form().await?;
        deployment.record.wait_for(start, "logout", |call| call.path == LOGOUT_PATH && call.status() == Some(200)).await?;
        assert_eq!(deployment.admin().sessions(SHOPPER_ID).await?, 0, "the refresh token must be revoked");
        browser.wait_for_free_locks().await?;
        assert!(browser.cookies().await?.is_empty());
        Ok(())
    })
    .await;
}

/// Navigates to another page. The page that the tab leaves must stay in the back/forward cache.
async fn leave_page(journey: &Journey) -> anyhow::Result<()> {
    journey
        .browser
        .eval::<()>("window.restored = false; addEventListener('pageshow', event => { window.restored = event.persisted; })")
        .await?;
    // The next page must be small and load fast, because a request of the cached page waits only 10 seconds for its token.
    journey.browser.tolerate("/favicon.ico", "404");
    journey.browser.open(&journey.deployment.forums().url("/healthz")).await
}

/// Goes back, and fails unless the page was restored from the cache.
async fn come_back(journey: &Journey) -> anyhow::Result<()> {
    journey.browser.back().await?;
    journey.browser.wait_for("page from the back/forward cache", "return window.restored === true", Vec::new()).await
}

#[tokio::test]
async fn a_page_that_was_left_during_a_refresh_takes_its_answer_when_it_comes_back() {
    journey(async |journey| {
        journey.deployment.admin().use_refresh_tokens_once(Application::Store).await?;
        let proxy = journey.deployment.intercept_fusionauth().await?;
        open_carts(journey, 1).await?;
        journey.expire_access_tokens().await?;
        let start = journey.deployment.record.mark()?;
        let mut response = proxy.hold_response(REFRESH_PATH);
        ask(&journey.browser).await?;
        response.arrived().await?;
        leave_page(journey).await?;
        response.release();
        come_back(journey).await?;
        let Journey { deployment, browser } = &*journey;
        deployment.record.wait_for(start, "change", |call| call.to_string() == CHANGED).await?;
        deployment.record.wait_for(start, "cart", |call| call.path == "/api/load-shopping-cart").await?;
        browser.wait_for_free_locks().await?;
        let mut calls = deployment.record.calls(start)?;
        calls[1..].sort_unstable(); // the change and the cart are requested at once
        assert_eq!(calls, [REFRESH, "browser -> store GET /api/load-shopping-cart Bearer@store => 200", CHANGED]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_page_that_was_left_during_a_refresh_keeps_no_other_waiting_and_comes_back() {
    journey(async |journey| {
        let proxy = journey.deployment.intercept_fusionauth().await?;
        let tabs = open_carts(journey, 2).await?;
        journey.expire_access_tokens().await?;
        let start = journey.deployment.record.mark()?;
        let mut refresh = proxy.hold_request(REFRESH_PATH);
        ask(&journey.browser).await?;
        refresh.arrived().await?;
        journey.browser.switch_to(&tabs[0]).await?;
        // This tab changes another line. If it changed the same line, it would drop the other page's change when it takes over that page's
        // edits.
        let other_line = "document.querySelector('[aria-label=\"Increase quantity of Wool blanket\"]').click()";
        journey.browser.eval::<()>(other_line).await?;
        journey.browser.wait_for_queue(1).await?;
        journey.browser.switch_to(&tabs[1]).await?;
        leave_page(journey).await?;
        let Journey { deployment, browser } = &*journey;
        let is_change_of_other_line = |call: &RecordedExchange| call.to_string() == CHANGED.replace("enamel-mug", "wool-blanket");
        deployment.record.wait_for(start, "change of the other tab", is_change_of_other_line).await?;
        // The browser may have dropped the page from its cache, because the other tab waits for the lock of the page's edits. In that case
        // the other tab sends these edits, or the reloaded page does.
        browser.back().await?;
        deployment.record.wait_for(start, "change of the page", |call| call.to_string() == CHANGED).await?;
        refresh.release();
        browser.wait_for_free_locks().await?;
        browser.reload().await?;
        wait_for_cart(browser, 3).await
    })
    .await;
}

#[tokio::test]
async fn a_late_answer_to_a_page_that_comes_back_after_a_sign_out_is_logged_out_once_more() {
    journey(async |journey| {
        journey.deployment.admin().use_refresh_tokens_once(Application::Store).await?;
        let proxy = journey.deployment.intercept_fusionauth().await?;
        let tabs = open_carts(journey, 2).await?;
        journey.expire_access_tokens().await?;
        let start = journey.deployment.record.mark()?;
        let mut response = proxy.hold_response(REFRESH_PATH);
        ask(&journey.browser).await?;
        response.arrived().await?;
        // The sign-out comes before `leave_page`, because the page frees its lock when it is left. The other tab would then send a refresh
        // itself.
        let Journey { deployment, browser } = &*journey;
        browser.switch_to(&tabs[0]).await?;
        browser.click(Role::Button, "Sign out").await?;
        browser.sign_in_form().await?;
        browser.switch_to(&tabs[1]).await?;
        browser.sign_in_form().await?;
        leave_page(journey).await?;
        browser.switch_to(&tabs[0]).await?;
        let is_logout = |call: &RecordedExchange| call.path == LOGOUT_PATH && call.method == "POST";
        deployment.record.wait_for(start, "logout", is_logout).await?;
        browser.wait_for_free_locks().await?;
        browser.switch_to(&tabs[1]).await?;
        response.release();
        come_back(journey).await?;
        browser.sign_in_form().await?;
        deployment.record.wait_for_number(start, 2, "logouts", is_logout).await?;
        browser.wait_for_free_locks().await?;
        assert_eq!(deployment.admin().sessions(SHOPPER_ID).await?, 0, "FusionAuth must not accept any refresh token of the shopper");
        assert!(browser.cookies().await?.is_empty());
        Ok(())
    })
    .await;
}
