//! Changes that users make on the app's account page, by keyboard alone. `docs/account.md` lists these journeys.

use crate::helpers::{ENTER, wait_for_banner};
use crate::spa::SPA_WORKFLOWS;
use crate::spa_account::account_journey;
use anyhow::ensure;
use e2e::{
    Browser, Journey, Role,
    account::{PASSWORD, SHOPPER, SHOPPER_ID},
    workflows_of,
};
use serde_json::json;

/// The keys Control and A, which select all text, and the release of Control.
pub(crate) const SELECT_ALL: &str = "\u{e009}a\u{e000}";

/// The page to which the account page sends a user who is not signed in.
const SIGN_IN: &str = "/login?next=%2Faccount";

/// Signs in to the Store, and opens the account page.
pub(crate) async fn open_account(journey: &Journey) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    browser.sign_in_at(deployment.store(), SHOPPER).await?;
    browser.wait_for_path("/cart").await?;
    browser.open(&deployment.store().url("/account")).await?;
    browser.wait_for_text("This device").await
}

pub(crate) async fn press(browser: &Browser, name: &str) -> anyhow::Result<()> {
    browser.tab_to(name).await?;
    browser.type_on(ENTER).await
}

pub(crate) async fn wait_for_focus(browser: &Browser, name: &str) -> anyhow::Result<()> {
    browser.wait_for(&format!("focus on {name}"), "return document.activeElement.computedName === arguments[0]", vec![json!(name)]).await
}

/// Enters the password in the open form, after the backend has refused the request to `path` without it.
pub(crate) async fn confirm_change(browser: &Browser, path: &str) -> anyhow::Result<()> {
    browser.tolerate(path, "403");
    wait_for_focus(browser, "Current password").await?;
    browser.type_on(PASSWORD).await?;
    browser.type_on(ENTER).await
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    for workflow in workflows_of(SPA_WORKFLOWS) {
        account_journey(workflow, async |journey| {
            open_account(journey).await?;
            let Journey { deployment, browser } = &*journey;
            // Without cookies and storage the browser is like another device of the user.
            browser.devtools("Network.clearBrowserCookies", json!({})).await?;
            browser.eval::<()>("localStorage.clear()").await?;
            open_account(journey).await?;

            ensure!(deployment.admin().sessions(SHOPPER_ID).await? == 2);
            press(browser, "End all other sessions").await?;
            browser.wait_until_gone(Role::Button, "End all other sessions").await?;
            wait_for_focus(browser, "Where you are signed in").await?;
            ensure!(deployment.admin().sessions(SHOPPER_ID).await? == 1);
            press(browser, "Sign out everywhere").await?;
            wait_for_banner(browser, "You are signed out on every device.").await?;
            browser.wait_for_path(SIGN_IN).await?;
            ensure!(deployment.admin().sessions(SHOPPER_ID).await? == 0);
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn an_account_is_exported_and_deleted_with_its_password() {
    for workflow in workflows_of(SPA_WORKFLOWS) {
        account_journey(workflow, async |journey| {
            open_account(journey).await?;
            let Journey { deployment, browser } = &*journey;
            press(browser, "Get your data").await?;
            wait_for_focus(browser, "Download account.json").await?;
            let file: String = browser.eval("return decodeURIComponent(document.activeElement.href)").await?;
            ensure!(file.contains(SHOPPER) && file.contains("\"cart\""), "{file}");
            press(browser, "Delete my account…").await?;
            wait_for_focus(browser, "Current password").await?;
            browser.tolerate("/api/account/delete", "422");
            browser.type_on("wrong-horse-battery").await?;
            browser.type_on(ENTER).await?;
            ensure!(browser.alert().await?.contains("That is not your current password."));
            press(browser, "That is not your current password.").await?;
            browser.type_on(SELECT_ALL).await?;
            browser.type_on(PASSWORD).await?;
            browser.type_on(ENTER).await?;
            wait_for_banner(browser, "Account deleted.").await?;
            browser.wait_for_path("/").await?;
            browser.tolerate("/api/login", "404");
            browser.open(&deployment.store().url("/login")).await?;
            browser.sign_in_form().await?.submit(SHOPPER, PASSWORD).await?;
            ensure!(browser.alert().await?.contains("The email or password is not correct."));
            Ok(())
        })
        .await;
    }
}
