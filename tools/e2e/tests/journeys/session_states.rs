//! The messages that the app shows when the browser cannot store the session, or when a new password has ended the session.
//! `docs/account.md` lists these journeys (browser tests) and those of other states.

use crate::helpers::{wait_for_banner, wait_for_cart};
use e2e::{
    Journey, Role,
    account::{PASSWORD, SHOPPER, SHOPPER_ID},
    journey,
};
use serde_json::json;

/// A script that denies access to storage, as a browser does if its user forbids the site to store data.
const NO_STORAGE: &str = "for (const name of ['localStorage', 'sessionStorage', 'indexedDB']) \
    Object.defineProperty(window, name, { get() { throw new DOMException('denied', 'SecurityError') } });";

#[tokio::test]
async fn where_the_browser_keeps_nothing_the_page_says_how_long_one_is_signed_in() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({"source": NO_STORAGE})).await?;
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        wait_for_banner(browser, "so you'll be signed out when you close or reload the page").await?;
        browser.click(Role::Link, "Account").await?;
        browser.wait_for_text("This device").await?;
        browser.reload().await?;
        browser.sign_in_form().await.map(drop)
    })
    .await;
}

#[tokio::test]
async fn a_session_that_a_new_password_has_ended_leads_to_the_form_and_back() {
    const NEW_PASSWORD: &str = "a-better-password";
    journey(async |journey| {
        let Journey { deployment, browser } = &*journey;
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        deployment.admin().change_user(SHOPPER_ID, json!({"password": NEW_PASSWORD})).await?;
        deployment.admin().revoke_sessions(SHOPPER_ID).await?;
        journey.expire_access_tokens().await?;
        browser.tolerate("/api/jwt/refresh", "400");
        browser.click(Role::Link, "Account").await?;
        browser.wait_for_text("Your session has ended. Sign in to pick up where you left off.").await?;
        browser.tolerate("/api/login", "404");
        browser.sign_in_form().await?.submit(SHOPPER, PASSWORD).await?;
        assert!(browser.alert().await?.contains("The email or password is not correct."));
        browser.sign_in_form().await?.submit(SHOPPER, NEW_PASSWORD).await?;
        browser.wait_for_path("/account").await?;
        browser.wait_for_text("This device").await
    })
    .await;
}
