//! Tabs that end or go away while something is under way: killed, reloaded, closed, left and come back to.

use crate::{
    helpers::{REFRESH, wait_for_cart},
    open_tabs::{CHANGED, LOGOUT_PATH, REFRESH_PATH, ask, open_carts, outlast_the_token},
};
use e2e::{
    Application, Browser, Journey, RecordedExchange, Role, Tab,
    account::{SHOPPER, SHOPPER_ID},
    journey,
};

/// How a tab ends.
#[derive(Clone, Copy)]
enum Death {
    /// It is closed from outside, and says good-bye to nobody but its own listeners.
    Closed,
    /// Its process is gone; no listener runs.
    Crashed,
}

impl Death {
    async fn comes_to(self, browser: &Browser, tab: &Tab) -> anyhow::Result<()> {
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
        journey.world.admin().use_refresh_tokens_once(Application::Store).await?;
        let proxy = journey.world.intercept_fusionauth().await?;
        let tabs = open_carts(journey, 3).await?;
        outlast_the_token(journey).await?;
        let Journey { world, browser } = &*journey;
        let start = world.record.mark()?;
        let mut refresh = proxy.hold_request(REFRESH_PATH);
        ask(browser).await?;
        refresh.arrived().await?;
        browser.switch_to(&tabs[0]).await?;
        ask(browser).await?;
        browser.switch_to(&tabs[1]).await?;
        ask(browser).await?;
        browser.wait_for_queue(2).await?;

        death.comes_to(browser, &tabs[2]).await?;
        world.record.wait_for_number(start, 2, "changes of the other tabs", |call| call.to_string() == CHANGED).await?;
        let calls = world.record.calls(start)?;
        assert_eq!(calls, [REFRESH, CHANGED, CHANGED], "the request of the dead tab is still held");

        // Whether it still goes out or not, nothing depends on it.
        refresh.release();
        for tab in &tabs[..2] {
            browser.switch_to(tab).await?;
            browser.reload().await?;
            wait_for_cart(browser, 3).await?;
        }
        assert_eq!(world.admin().sessions(SHOPPER_ID).await?, 1);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_reload_during_a_refresh_stays_signed_in() {
    journey(async |journey| {
        journey.world.admin().use_refresh_tokens_once(Application::Store).await?;
        let proxy = journey.world.intercept_fusionauth().await?;
        open_carts(journey, 1).await?;
        outlast_the_token(journey).await?;
        let Journey { world, browser } = &*journey;
        let mut response = proxy.hold_response(REFRESH_PATH);
        ask(browser).await?;
        response.arrived().await?;
        // The new page gives the answer half a second, and asks once more if it was too early all the same.
        browser.tolerate(REFRESH_PATH, "400");
        browser.reload().await?;
        response.release();
        wait_for_cart(browser, 3).await?;
        browser.wait_for_free_locks().await?;
        assert_eq!(browser.path().await?, "/cart", "unseen by the shopper");
        let current = browser.auth_cookie("refresh_token").await?;
        world.attacker().refresh(&current).await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_logout_outlives_its_tab() {
    journey(async |journey| {
        let proxy = journey.world.intercept_fusionauth().await?;
        let Journey { world, browser } = &*journey;
        browser.sign_in_at(world.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        let tab = browser.tab().await?;
        let other = browser.open_tab(&world.store().url("/healthz")).await?;
        browser.switch_to(&tab).await?;
        let start = world.record.mark()?;
        // Chromium asks for an icon beside what is no page.
        browser.tolerate("/favicon.ico", "404");
        let mut logout = proxy.hold_request(LOGOUT_PATH);
        browser.click(Role::Button, "Sign out").await?;
        logout.arrived().await?;
        assert_eq!(world.admin().sessions(SHOPPER_ID).await?, 1);

        browser.switch_to(&other).await?;
        browser.close(&tab).await?;
        browser.wait_for_free_locks().await?;
        // The tab is gone. If it had taken its request with it, the proxy would know before it passes the next one.
        browser.open(&format!("http://{}:{}/.well-known/jwks.json", world.auth_host(), world.auth_port())).await?;
        logout.release();
        world.record.wait_for(start, "logout", |call| call.path == LOGOUT_PATH && call.status() == Some(200)).await?;
        assert_eq!(world.admin().sessions(SHOPPER_ID).await?, 0, "revoked");
        browser.open(&world.store().url("/cart")).await?;
        browser.sign_in_form().await?;
        browser.wait_for_free_locks().await?;
        assert!(browser.cookies().await?.is_empty());
        Ok(())
    })
    .await;
}

/// Nothing is waited for between the two, so the logout may not have left yet. Then the next visit makes up for it.
#[tokio::test]
async fn signing_out_and_closing_the_tab_in_one_breath_ends_the_session() {
    journey(async |journey| {
        let Journey { world, browser } = &*journey;
        browser.sign_in_at(world.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        let tab = browser.tab().await?;
        let other = browser.open_tab("about:blank").await?;
        browser.switch_to(&tab).await?;
        let start = world.record.mark()?;
        browser.eval::<()>("[...document.querySelectorAll('button')].find(button => button.innerText === 'Sign out').click()").await?;
        browser.close(&tab).await?;
        browser.switch_to(&other).await?;
        browser.open(&world.store().url("/cart")).await?;
        browser.sign_in_form().await?;
        world.record.wait_for(start, "logout", |call| call.path == LOGOUT_PATH && call.status() == Some(200)).await?;
        assert_eq!(world.admin().sessions(SHOPPER_ID).await?, 0, "revoked");
        browser.wait_for_free_locks().await?;
        assert!(browser.cookies().await?.is_empty());
        Ok(())
    })
    .await;
}

/// Leaves the page by a navigation; it is to lie in the back/forward cache.
async fn leave_page(journey: &Journey) -> anyhow::Result<()> {
    journey
        .browser
        .eval::<()>("window.restored = false; addEventListener('pageshow', event => { window.restored = event.persisted; })")
        .await?;
    // A light page: a caller waits for 10 seconds, gone or not.
    journey.browser.tolerate("/favicon.ico", "404");
    journey.browser.open(&journey.world.forums().url("/healthz")).await
}

/// Comes back, and fails unless the very same page is there again.
async fn come_back(journey: &Journey) -> anyhow::Result<()> {
    journey.browser.back().await?;
    journey.browser.wait_for("page from the back/forward cache", "return window.restored === true", Vec::new()).await
}

#[tokio::test]
async fn a_page_that_was_left_during_a_refresh_takes_its_answer_when_it_comes_back() {
    journey(async |journey| {
        journey.world.admin().use_refresh_tokens_once(Application::Store).await?;
        let proxy = journey.world.intercept_fusionauth().await?;
        open_carts(journey, 1).await?;
        outlast_the_token(journey).await?;
        let start = journey.world.record.mark()?;
        let mut response = proxy.hold_response(REFRESH_PATH);
        ask(&journey.browser).await?;
        response.arrived().await?;
        leave_page(journey).await?;
        response.release();
        come_back(journey).await?;
        let Journey { world, browser } = &*journey;
        world.record.wait_for(start, "change", |call| call.to_string() == CHANGED).await?;
        browser.wait_for_free_locks().await?;
        let calls = world.record.calls(start)?;
        assert!(calls.iter().all(|call| call.contains("=> 200")), "{calls:#?}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_page_that_was_left_during_a_refresh_keeps_no_other_waiting_and_comes_back() {
    journey(async |journey| {
        let proxy = journey.world.intercept_fusionauth().await?;
        let tabs = open_carts(journey, 2).await?;
        outlast_the_token(journey).await?;
        let start = journey.world.record.mark()?;
        let mut refresh = proxy.hold_request(REFRESH_PATH);
        ask(&journey.browser).await?;
        refresh.arrived().await?;
        journey.browser.switch_to(&tabs[0]).await?;
        ask(&journey.browser).await?;
        journey.browser.wait_for_queue(1).await?;
        journey.browser.switch_to(&tabs[1]).await?;
        leave_page(journey).await?;
        let Journey { world, browser } = &*journey;
        world.record.wait_for(start, "change of the other tab", |call| call.to_string() == CHANGED).await?;
        come_back(journey).await?;
        world.record.wait_for_number(start, 2, "changes", |call| call.to_string() == CHANGED).await?;
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
        journey.world.admin().use_refresh_tokens_once(Application::Store).await?;
        let proxy = journey.world.intercept_fusionauth().await?;
        let tabs = open_carts(journey, 2).await?;
        outlast_the_token(journey).await?;
        let start = journey.world.record.mark()?;
        let mut response = proxy.hold_response(REFRESH_PATH);
        ask(&journey.browser).await?;
        response.arrived().await?;
        // Before the page is left: the other tab would want a refresh of its own as soon as the lock is free.
        let Journey { world, browser } = &*journey;
        browser.switch_to(&tabs[0]).await?;
        browser.click(Role::Button, "Sign out").await?;
        browser.sign_in_form().await?;
        browser.switch_to(&tabs[1]).await?;
        browser.sign_in_form().await?;
        leave_page(journey).await?;
        browser.switch_to(&tabs[0]).await?;
        let is_logout = |call: &RecordedExchange| call.path == LOGOUT_PATH && call.method == "POST";
        world.record.wait_for(start, "logout", is_logout).await?;
        browser.wait_for_free_locks().await?;
        browser.switch_to(&tabs[1]).await?;
        response.release();
        come_back(journey).await?;
        browser.sign_in_form().await?;
        world.record.wait_for_number(start, 2, "logouts", is_logout).await?;
        browser.wait_for_free_locks().await?;
        assert_eq!(world.admin().sessions(SHOPPER_ID).await?, 0, "no live refresh token");
        assert!(browser.cookies().await?.is_empty());
        Ok(())
    })
    .await;
}
