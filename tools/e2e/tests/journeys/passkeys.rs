//! Passkeys, with Chromium's virtual authenticator. `docs/account.md` lists these journeys.

use crate::helpers::ENTER;
use crate::spa::{SPA_WORKFLOWS, account_journey};
use anyhow::ensure;
use e2e::{
    Authenticator, Browser, Journey, Workflow,
    account::{PASSWORD, SHOPPER, SHOPPER_ID},
    workflows_of,
};
use serde_json::json;

/// The keys Control and A, which select all text, and the release of Control.
const SELECT_ALL: &str = "\u{e009}a\u{e000}";

/// Signs in to the Store, and opens the account page.
async fn open_account(journey: &Journey) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    browser.sign_in_at(deployment.store(), SHOPPER).await?;
    browser.wait_for_path("/cart").await?;
    browser.open(&deployment.store().url("/account")).await?;
    browser.wait_for_text("This device").await
}

async fn press(browser: &Browser, name: &str) -> anyhow::Result<()> {
    browser.tab_to(name).await?;
    browser.type_on(ENTER).await
}

async fn wait_for_focus(browser: &Browser, name: &str) -> anyhow::Result<()> {
    browser.wait_for(&format!("focus on {name}"), "return document.activeElement.computedName === arguments[0]", vec![json!(name)]).await
}

/// Enters the password in the open form, after the backend has refused the request to `path` without it.
async fn confirm_change(browser: &Browser, path: &str) -> anyhow::Result<()> {
    browser.tolerate(path, "403");
    wait_for_focus(browser, "Current password").await?;
    browser.type_on(PASSWORD).await?;
    browser.type_on(ENTER).await
}

/// Waits until the page announces and lists a new passkey, and the focus is back on "Add a passkey".
async fn wait_for_list(browser: &Browser) -> anyhow::Result<()> {
    browser.wait_for_text("Passkey saved.").await?;
    browser.wait_for("a list", "return document.querySelector('#passkeys li') !== null", vec![]).await?;
    wait_for_focus(browser, "Add a passkey").await
}

#[tokio::test]
async fn a_passkey_is_added_and_removed() {
    for workflow in workflows_of(SPA_WORKFLOWS) {
        account_journey(workflow, async |journey| {
            let authenticator = Authenticator::plug_in(&journey.browser).await?;
            open_account(journey).await?;
            let Journey { deployment, browser } = &*journey;
            authenticator.refuse(browser).await?;
            press(browser, "Add a passkey").await?;
            wait_for_focus(browser, "Passkey name").await?;
            browser.type_on(SELECT_ALL).await?;
            browser.type_on("My laptop").await?;
            browser.type_on(ENTER).await?;
            confirm_unless_seen(browser, workflow).await?;
            ensure!(browser.alert().await?.contains("We couldn't create a passkey."));
            ensure!(authenticator.hosts(browser).await?.is_empty());
            authenticator.allow(browser).await?;
            press(browser, "Continue").await?;
            wait_for_list(browser).await?;
            ensure!(authenticator.hosts(browser).await? == [deployment.store().name()]);

            press(browser, "Add a passkey").await?;
            wait_for_focus(browser, "Passkey name").await?;
            browser.type_on(ENTER).await?;
            ensure!(browser.alert().await?.contains("This device already has a passkey for this account."));
            press(browser, "Cancel").await?;
            browser.open(&deployment.store().url("/account")).await?;
            browser.wait_for_text("My laptop").await?;
            authenticator.wait_for_names(browser, &[(SHOPPER, "Clara Weiss")]).await?;
            browser.fill("Display name", "Nell").await?;
            press(browser, "Change display name").await?;
            authenticator.wait_for_names(browser, &[(SHOPPER, "Nell")]).await?;

            press(browser, "Remove: My laptop").await?;
            wait_for_focus(browser, "Remove the passkey").await?;
            browser.type_on(ENTER).await?;
            browser.wait_for_text("Passkey removed.").await?;
            wait_for_focus(browser, "Add a passkey").await?;
            browser.wait_for("an empty list", "return !document.querySelector('#passkeys li')", vec![]).await?;
            authenticator.wait_for_names(browser, &[]).await
        })
        .await;
    }
}

/// Enters the password for a new passkey, unless the backend has seen the sign-in.
async fn confirm_unless_seen(browser: &Browser, workflow: Workflow) -> anyhow::Result<()> {
    match workflow {
        Workflow::SpaBackend => Ok(()),
        _ => confirm_change(browser, "/api/account/passkeys/start").await,
    }
}

/// Adds a passkey on the account page, and signs out.
async fn enrol(journey: &Journey, workflow: Workflow) -> anyhow::Result<()> {
    open_account(journey).await?;
    let browser = &journey.browser;
    press(browser, "Add a passkey").await?;
    wait_for_focus(browser, "Passkey name").await?;
    browser.type_on(ENTER).await?;
    confirm_unless_seen(browser, workflow).await?;
    wait_for_list(browser).await?;
    press(browser, "Sign out").await?;
    browser.wait_for_path("/login?next=%2Faccount").await
}

/// After a sign-in with a passkey, the form offers it, and Chromium's virtual user accepts the offer at once.
#[tokio::test]
async fn the_form_offers_the_passkey_that_was_used_here() {
    account_journey(Workflow::SpaLocalStorage, async |journey| {
        let authenticator = Authenticator::plug_in(&journey.browser).await?;
        enrol(journey, Workflow::SpaLocalStorage).await?;
        let Journey { deployment, browser } = &*journey;
        browser.fill("Email", SHOPPER).await?;
        press(browser, "Sign in with a passkey").await?;
        browser.wait_for_path("/account").await?;
        // Otherwise the offer would sign the user in again while the sign-out still shows its form.
        authenticator.leave_untouched(browser).await?;
        press(browser, "Sign out").await?;
        browser.wait_for_path("/login?next=%2Faccount").await?;
        authenticator.touch(browser).await?;
        browser.open(&deployment.store().url("/login?next=%2Faccount")).await?;
        browser.wait_for_path("/account").await?;
        browser.wait_for_text("This device").await?;
        browser.wait_for_text("Last used").await
    })
    .await;
}

/// A password manager: an extension that replaces the page's `navigator.credentials.create`, as those for Chromium do. It creates a passkey
/// without asking its user, with the virtual authenticator. Chromium itself passes such requests only to its own password manager.
const PASSWORD_MANAGER: &str = "\
PublicKeyCredential.getClientCapabilities = async () => ({ conditionalCreate: true });
const create = CredentialsContainer.prototype.create;
CredentialsContainer.prototype.create = function (options) {
  const { mediation, ...others } = options;
  return create.call(this, mediation === 'conditional' ? others : options);
};";

/// How many answers from the address of the list of passkeys the page has received.
const ANSWERS: &str =
    "performance.getEntriesByType('resource').filter(it => it.name.endsWith('/api/account/passkeys') && it.responseEnd).length";

#[tokio::test]
async fn a_password_manager_creates_a_passkey_after_a_sign_in() {
    account_journey(Workflow::SpaBackend, async |Journey { deployment, browser }| {
        let authenticator = Authenticator::plug_in(browser).await?;
        browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({"source": PASSWORD_MANAGER})).await?;
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        authenticator.wait_for_names(browser, &[(SHOPPER, "Clara Weiss")]).await?;
        // The next page would cancel the request that stores the passkey. The page has requested the list at the same URL before.
        browser.wait_for("two answers about passkeys", &format!("return {ANSWERS} === 2"), vec![]).await?;
        browser.open(&deployment.store().url("/account")).await?;
        browser.wait_for_text("Chrome on Linux").await?;
        browser.wait_for("a list", "return document.querySelectorAll('#passkeys li').length === 1", vec![]).await?;

        press(browser, "Sign out").await?;
        browser.wait_for_path("/login?next=%2Faccount").await?;
        browser.fill("Email", SHOPPER).await?;
        press(browser, "Sign in with a passkey").await?;
        browser.wait_for_path("/account").await?;
        browser.wait_for_text("Last used").await
    })
    .await;
}

#[tokio::test]
async fn a_passkey_that_was_removed_leads_to_the_password() {
    account_journey(Workflow::SpaLocalStorage, async |journey| {
        Authenticator::plug_in(&journey.browser).await?;
        enrol(journey, Workflow::SpaLocalStorage).await?;
        let Journey { deployment, browser } = &*journey;
        browser.open(&deployment.store().url("/login")).await?;
        browser.wait_for_text("Sign in with a passkey").await?;
        browser.fill("Email", SHOPPER).await?;
        deployment.admin().remove_passkeys(SHOPPER_ID).await?;
        // The authenticator still has the passkey, but FusionAuth has none. So the backend asks the browser for an invented passkey.
        press(browser, "Sign in with a passkey").await?;
        browser.wait_for_text("We couldn't sign you in with a passkey.").await?;
        browser.tolerate("/api/passkeys/start", "404");
        browser.open(&deployment.store().url("/login")).await?;
        browser.sign_in_form().await?.submit(SHOPPER, PASSWORD).await?;
        browser.wait_for_path("/cart").await?;
        Ok(())
    })
    .await;
}
