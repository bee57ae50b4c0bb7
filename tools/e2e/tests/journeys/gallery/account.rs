//! Checks the single-page app's account page and its forms in every window size, in `spa-backend`, where the forms need no password after a
//! sign-in.

use super::Gallery;
use e2e::{
    Authenticator, Browser, Journey, Role, Setup, Workflow,
    account::{PASSWORD, SHOPPER},
    journey_in, totp,
};
use serde_json::json;

/// Waits until the form that `selector` finds shows its error summary.
async fn wait_for_summary(browser: &Browser, selector: &str) -> anyhow::Result<()> {
    let script = "return document.querySelector(`${arguments[0]} [role=alert]`) !== null";
    browser.wait_for(&format!("summary in {selector}"), script, vec![json!(selector)]).await
}

#[tokio::test]
async fn pictures_of_the_account() {
    journey_in(Setup::of(Workflow::SpaBackend), async |journey| {
        let Journey { deployment, browser } = journey;
        browser.tolerate("/api/user", "404"); // while nobody is signed in
        let mut gallery = Gallery::of(browser).await?;
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        browser.open(&deployment.store().url("/account")).await?;
        browser.wait_for_text("This device").await?;
        gallery.add_form("account-display-name", "#change-name").await?;
        browser.tolerate("/api/user", "422");
        browser.fill("Display name", "a".repeat(41).as_str()).await?;
        browser.click(Role::Button, "Change display name").await?;
        wait_for_summary(browser, "#change-name").await?;
        gallery.add_form("account-display-name-too-long", "#change-name").await?;
        browser.tolerate("/api/account/email", "422");
        browser.click(Role::Button, "Change email").await?;
        browser.find(Role::Textbox, "New email").await?;
        gallery.add_form("account-address", "#own-email form").await?;
        browser.fill("New email", "nobody").await?;
        browser.type_on("\u{e007}").await?; // Enter
        wait_for_summary(browser, "#own-email").await?;
        gallery.add_form("account-address-refused", "#own-email form").await?;
        browser.fill("New email", "sam@new.example").await?;
        browser.type_on("\u{e007}").await?;
        browser.find(Role::Textbox, "Code").await?;
        gallery.add("account-address-code").await?;
        browser.click(Role::Button, "Change password").await?;
        browser.wait_for_text("At least 8 characters").await?;
        gallery.add_form("account-password", "#replace-password").await?;
        browser.click(Role::Button, "Change password").await?;
        wait_for_summary(browser, "#replace-password").await?;
        gallery.add_form("account-password-empty", "#replace-password").await?;
        browser.fill("Current password", PASSWORD).await?;
        browser.fill("New password", "a-better-password").await?;
        browser.click(Role::Button, "Change password").await?;
        browser.wait_for_text("Password changed. You're signed in here").await?;
        gallery.add("account-password-changed").await?;
        browser.click(Role::Button, "Get your data").await?;
        browser.find(Role::Link, "Download account.json").await?;
        browser.click(Role::Button, "Delete my account…").await?;
        browser.find(Role::Button, "Keep my account").await?;
        gallery.add_form("account-delete", "#delete-account form").await?;
        browser.tolerate("/api/account/delete", "422");
        browser.fill("Current password", "wrong-horse-battery").await?;
        browser.click(Role::Button, "Delete my account").await?;
        wait_for_summary(browser, "#delete-account").await?;
        gallery.add_form("account-delete-wrong-password", "#delete-account form").await?;
        gallery.end()
    })
    .await;
}

#[tokio::test]
async fn pictures_of_an_authenticator() {
    journey_in(Setup::of(Workflow::SpaBackend), async |journey| {
        let Journey { deployment, browser } = journey;
        browser.tolerate("/api/user", "404"); // while nobody is signed in
        let mut gallery = Gallery::of(browser).await?;
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        browser.open(&deployment.store().url("/account")).await?;
        browser.click(Role::Button, "Set up an app").await?;
        browser.wait_for_text("No camera? Type this key into the app").await?;
        let secret: String = browser.eval("return document.querySelector('.secret').innerText").await?;
        gallery.add_form_with_secret("account-authenticator", "#add-authenticator form", Some(&secret)).await?;
        browser.tolerate("/api/account/authenticator", "422");
        browser.fill("Code", "000000").await?;
        browser.click(Role::Button, "Turn on").await?;
        wait_for_summary(browser, "#add-authenticator").await?;
        gallery.add_form_with_secret("account-authenticator-wrong-code", "#add-authenticator form", Some(&secret)).await?;
        browser.fill("Code", &totp(&secret.replace(' ', ""))).await?;
        browser.click(Role::Button, "Turn on").await?;
        browser.find(Role::Heading, "Your recovery codes").await?;
        gallery.add("account-recovery-codes").await?;
        browser.click(Role::Button, "I've saved them").await?;
        browser.click(Role::Button, "Create new codes").await?;
        browser.wait_for_text("Your current codes will stop working.").await?;
        gallery.add_form("account-new-recovery-codes", "#recovery-codes form").await?;
        browser.click(Role::Button, "Remove the app").await?;
        browser.wait_for_text("Enter a code from the app or one of your recovery codes.").await?;
        gallery.add_form("account-authenticator-remove", "#remove-authenticator form").await?;
        gallery.end()
    })
    .await;
}

#[tokio::test]
async fn pictures_of_passkeys() {
    journey_in(Setup::of(Workflow::SpaBackend), async |journey| {
        let Journey { deployment, browser } = journey;
        browser.tolerate("/api/user", "404"); // while nobody is signed in
        let mut gallery = Gallery::of(browser).await?;
        let authenticator = Authenticator::plug_in(browser).await?;
        authenticator.refuse(browser).await?;
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        browser.open(&deployment.store().url("/account")).await?;
        browser.click(Role::Button, "Add a passkey").await?;
        // The form suggests a device name that differs from machine to machine.
        browser.fill("Passkey name", "Laptop").await?;
        gallery.add_form("account-passkey", "#add-passkey form").await?;
        browser.click(Role::Button, "Continue").await?;
        wait_for_summary(browser, "#add-passkey").await?;
        gallery.add_form("account-passkey-refused", "#add-passkey form").await?;
        authenticator.allow(browser).await?;
        browser.click(Role::Button, "Continue").await?;
        browser.wait_for_text("Passkey saved.").await?;
        browser.find(Role::Button, "Remove: Laptop").await?;
        gallery.add("account-passkeys").await?;
        browser.click(Role::Button, "Remove: Laptop").await?;
        browser.find(Role::Button, "Remove the passkey").await?;
        gallery.add_form("account-passkey-remove", "#remove-passkey form").await?;
        authenticator.leave_untouched(browser).await?;
        browser.click(Role::Button, "Sign out").await?;
        browser.sign_in_form().await?;
        browser.find(Role::Button, "Sign in with a passkey").await?;
        gallery.add_form("sign-in-passkey", "main").await?;
        gallery.end()
    })
    .await;
}
