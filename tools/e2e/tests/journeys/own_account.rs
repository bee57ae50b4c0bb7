//! Changes that users make on the app's account page, by keyboard alone. `docs/account.md` lists these journeys.

use crate::helpers::{ENTER, wait_for_banner};
use crate::spa_account::account_journey;
use anyhow::ensure;
use e2e::{
    Browser, Journey, Role, Workflow,
    account::{PASSWORD, SHOPPER, SHOPPER_ID},
    mailed_code, totp,
};
use serde_json::json;

const NEW_PASSWORD: &str = "a-better-password";
const NEW_EMAIL: &str = "sam@new.example";
const TAKEN: &str = "Someone else has this display name. Choose another one.";
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

async fn a_password_is_changed(workflow: Workflow) {
    account_journey(workflow, async |journey| {
        open_account(journey).await?;
        let Journey { deployment, browser } = &*journey;
        browser.open(&deployment.store().url("/.well-known/change-password")).await?;
        wait_for_focus(browser, "Current password").await?;
        ensure!(browser.path().await? == "/account");
        browser.tolerate("/api/account/password", "422");
        browser.type_on("wrong-horse-battery").await?;
        browser.tab_to("New password").await?;
        browser.type_on(NEW_PASSWORD).await?;
        browser.type_on(ENTER).await?;
        ensure!(browser.alert().await?.contains("That is not your current password."));
        press(browser, "That is not your current password.").await?;
        wait_for_focus(browser, "Current password").await?;
        browser.type_on(SELECT_ALL).await?;
        browser.type_on(PASSWORD).await?;
        browser.type_on(ENTER).await?;
        browser.wait_for_text("Password changed. You're signed in here and signed out everywhere else.").await?;
        wait_for_focus(browser, "Change password").await?;
        ensure!(deployment.admin().sessions(SHOPPER_ID).await? == 1);
        browser.open(&deployment.store().url("/account")).await?;
        browser.wait_for_text("This device").await
    })
    .await;
}

#[tokio::test]
async fn a_password_is_changed_on_the_account_page() {
    a_password_is_changed(Workflow::SpaLocalStorage).await;
}

#[tokio::test]
async fn spa_backend_changes_a_password_on_the_account_page() {
    a_password_is_changed(Workflow::SpaBackend).await;
}

#[tokio::test]
async fn spa_shared_domain_changes_a_password_on_the_account_page() {
    a_password_is_changed(Workflow::SpaSharedDomain).await;
}

async fn the_email_is_changed(workflow: Workflow) {
    account_journey(workflow, async |journey| {
        open_account(journey).await?;
        let Journey { deployment, browser } = &*journey;
        browser.tolerate("/api/account/email", "422");
        browser.tolerate("/api/account/email/confirm", "422");
        browser.tolerate("/api/user", "401"); // the Store refuses access tokens from before the change
        press(browser, "Change email").await?;
        wait_for_focus(browser, "New email").await?;
        browser.type_on("nobody").await?;
        browser.type_on(ENTER).await?;
        ensure!(browser.alert().await?.contains("Enter an email address, such as name@example.com."));
        browser.tab_to("New email").await?;
        browser.type_on(SELECT_ALL).await?;
        browser.type_on(NEW_EMAIL).await?;
        browser.type_on(ENTER).await?;
        wait_for_focus(browser, "Code").await?;
        // The user may open the mailbox in this tab, so the account page must show the form for the code again after a reload.
        let code = mailed_code(deployment, browser).await?;
        browser.open(&deployment.store().url("/account")).await?;
        browser.tab_to("Code").await?;
        browser.type_on("12").await?;
        browser.type_on(ENTER).await?;
        ensure!(browser.alert().await?.contains("That code is not correct."));
        browser.tab_to("Code").await?;
        browser.type_on(SELECT_ALL).await?;
        browser.type_on(&code).await?;
        browser.type_on(ENTER).await?;
        browser.wait_for_text("Email changed. From now on, sign in with the new one.").await?;
        wait_for_focus(browser, "Change email").await?;
        browser.open(&deployment.mail_url()).await?;
        browser.wait_for_text("You now sign in to the Store and the Forums with").await?;
        browser.open(&deployment.store().url("/account")).await?;
        press(browser, "Sign out").await?;
        browser.sign_in_at(deployment.store(), NEW_EMAIL).await?;
        browser.wait_for_path("/cart").await
    })
    .await;
}

#[tokio::test]
async fn the_email_is_changed_on_the_account_page() {
    the_email_is_changed(Workflow::SpaLocalStorage).await;
}

#[tokio::test]
async fn spa_backend_changes_the_email_on_the_account_page() {
    the_email_is_changed(Workflow::SpaBackend).await;
}

async fn sessions_are_ended(workflow: Workflow) {
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

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    sessions_are_ended(Workflow::SpaLocalStorage).await;
}

#[tokio::test]
async fn spa_backend_lists_and_ends_sessions() {
    sessions_are_ended(Workflow::SpaBackend).await;
}

#[tokio::test]
async fn spa_shared_domain_lists_and_ends_sessions() {
    sessions_are_ended(Workflow::SpaSharedDomain).await;
}

async fn data_are_exported_and_the_account_is_deleted(workflow: Workflow) {
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
        browser.wait_for_path(SIGN_IN).await?;
        browser.tolerate("/api/login", "404");
        browser.open(&deployment.store().url("/login")).await?;
        browser.sign_in_form().await?.submit(SHOPPER, PASSWORD).await?;
        ensure!(browser.alert().await?.contains("The email or password is not correct."));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_account_is_exported_and_deleted_with_its_password() {
    data_are_exported_and_the_account_is_deleted(Workflow::SpaLocalStorage).await;
}

#[tokio::test]
async fn spa_backend_exports_and_deletes_an_account() {
    data_are_exported_and_the_account_is_deleted(Workflow::SpaBackend).await;
}

async fn an_authenticator_comes_and_goes(workflow: Workflow) {
    account_journey(workflow, async |journey| {
        open_account(journey).await?;
        let Journey { deployment, browser } = &*journey;
        press(browser, "Set up an app").await?;
        browser.wait_for_text("No camera? Type this key into the app").await?;
        let secret: String = browser.eval("return document.querySelector('.secret').innerText.replaceAll(' ', '')").await?;
        browser.tab_to("Code").await?;
        browser.tolerate("/api/account/authenticator", "422");
        browser.type_on("000000").await?;
        browser.type_on(ENTER).await?;
        ensure!(browser.alert().await?.contains("That code is not correct."));
        browser.tab_to("Code").await?;
        browser.type_on(SELECT_ALL).await?;
        browser.type_on(&totp(&secret)?).await?;
        browser.type_on(ENTER).await?;
        wait_for_focus(browser, "Your recovery codes").await?;
        let recovery: String = browser.eval("return document.querySelector('.recovery-codes li').innerText").await?;
        press(browser, "I've saved them").await?;
        browser.wait_for_text("You need a code from your app to sign in.").await?;

        press(browser, "Sign out").await?;
        browser.wait_for_path(SIGN_IN).await?;
        browser.open(&deployment.store().url("/login")).await?;
        browser.sign_in_form().await?.submit(SHOPPER, PASSWORD).await?;
        browser.fill("Code", &recovery).await?;
        browser.type_on(ENTER).await?;
        browser.wait_for_path("/cart").await?;
        browser.open(&deployment.store().url("/account")).await?;
        browser.wait_for_text("This device").await?;
        press(browser, "Remove the app").await?;
        wait_for_focus(browser, "Code").await?;
        browser.type_on(&totp(&secret)?).await?;
        browser.type_on(ENTER).await?;
        browser.wait_for_text("App removed. You now sign in with just your password.").await?;
        wait_for_focus(browser, "Set up an app").await
    })
    .await;
}

#[tokio::test]
async fn an_authenticator_is_added_and_removed() {
    an_authenticator_comes_and_goes(Workflow::SpaLocalStorage).await;
}

#[tokio::test]
async fn spa_backend_adds_and_removes_an_authenticator() {
    an_authenticator_comes_and_goes(Workflow::SpaBackend).await;
}

async fn a_display_name_is_changed(workflow: Workflow) {
    account_journey(workflow, async |journey| {
        open_account(journey).await?;
        let Journey { deployment, browser } = &*journey;
        browser.tolerate("/api/user", "422");
        browser.tab_to("Display name").await?;
        browser.type_on(SELECT_ALL).await?;
        browser.type_on(&format!("Second{ENTER}")).await?;
        ensure!(browser.alert().await?.contains(TAKEN));
        press(browser, TAKEN).await?;
        wait_for_focus(browser, "Display name").await?;
        ensure!(browser.value("Display name").await? == "Second", "the field must still contain the typed name");
        browser.type_on(SELECT_ALL).await?;
        browser.type_on(&format!("Nele Ångström{ENTER}")).await?;
        browser.wait_for("new name", "return document.querySelector('.facts').innerText.includes('Nele Ångström')", Vec::new()).await?;
        browser.sign_in_at(deployment.forums(), SHOPPER).await?;
        browser.open_editor().await?;
        browser.fill("Your post", "Under a new name").await?;
        press(browser, "Publish").await?;
        browser.wait_for("post", "return document.querySelector('.post .by strong')?.innerText === 'Nele Ångström'", Vec::new()).await
    })
    .await;
}

#[tokio::test]
async fn a_display_name_is_changed_on_the_account_page() {
    a_display_name_is_changed(Workflow::SpaLocalStorage).await;
}

#[tokio::test]
async fn spa_backend_changes_a_display_name() {
    a_display_name_is_changed(Workflow::SpaBackend).await;
}
