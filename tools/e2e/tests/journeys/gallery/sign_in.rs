//! Checks, in every window size, the single-page app's pages and states of a sign-in, a registration and a forgotten password.

use super::{Gallery, resize};
use crate::helpers::{block_sign_in, wait_for_banner};
use crate::self_service::follow_mailed_link;
use anyhow::ensure;
use e2e::{
    Browser, Deployment, Journey, Role,
    account::{PASSWORD, SECOND, SHOPPER, TWO_FACTOR, TWO_FACTOR_ID, UNVERIFIED},
    journey,
};
use serde_json::json;

/// The visible height above the keyboard on a phone with a height of 640 px, in pixels.
const ABOVE_KEYBOARD: i64 = 340;

/// A script that simulates a key with Caps Lock, and returns whether the page shows the hint. The test repeats the script until the hint
/// shows, because the app may still be loading the code of the hint.
const CAPS_LOCK: &str = "const event = new KeyboardEvent('keydown', { bubbles: true, modifierCapsLock: true }); \
    document.querySelector('#current-password').dispatchEvent(event); \
    return Boolean(document.querySelector('.caps-lock')?.innerText.trim())";

#[tokio::test]
async fn pictures_of_signing_in() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        let mut gallery = Gallery::of(browser).await?;
        let store = deployment.store();
        browser.open(&store.url("/login")).await?;
        browser.sign_in_form().await?;
        gallery.add_form("sign-in", "main").await?;
        resize(browser, 360, 640).await?;
        let height = "const box = it => document.querySelector(it).getBoundingClientRect(); \
            return Math.ceil(box('#login [type=submit]').bottom - box('#login label').top)";
        let height: i64 = browser.eval(height).await?;
        ensure!(height <= ABOVE_KEYBOARD, "fields and button need {height} px, more than the space above a phone's keyboard");
        browser.wait_for("hint", CAPS_LOCK, Vec::new()).await?;
        gallery.add("sign-in-caps-lock").await?;
        browser.reload().await?;
        browser.sign_in_form().await?;
        browser.click(Role::Button, "Sign in").await?;
        browser.alert().await?;
        gallery.add_form("sign-in-empty", "main").await?;
        for (name, status) in [("404", "404"), ("423", "423")] {
            browser.tolerate(name, status);
        }
        browser.sign_in_form().await?.submit(SHOPPER, "wrong").await?;
        browser.wait_for("answer", "return document.querySelector('[name=password]')?.value === ''", Vec::new()).await?;
        gallery.add_form("sign-in-wrong-password", "main").await?;
        gallery.add_refused_sign_ins(store, "sign-in").await?;
        gallery.end()
    })
    .await;
}

#[tokio::test]
async fn pictures_of_what_follows_a_refused_sign_in() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        let mut gallery = Gallery::of(browser).await?;
        let store = deployment.store();
        let methods = json!([{"method": "email", "email": "toni.with.a.long.address@department.example.com"}, {"method": "sms", "mobilePhone": "+49301234"}]);
        deployment.admin().change_user(TWO_FACTOR_ID, json!({"twoFactor": {"methods": methods}})).await?;
        deployment.admin().change_tenant(json!({"multiFactorConfiguration": {"sms": {"enabled": true}}})).await?;
        browser.open(&store.url("/login")).await?;
        browser.sign_in_form().await?.submit(TWO_FACTOR, PASSWORD).await?;
        browser.find(Role::Button, "Send a code to …34").await?;
        gallery.add_form("sign-in-code-choice", "main").await?;
        browser.click(Role::Button, "Send a code to …34").await?;
        browser.wait_for_text("We sent a code").await?;
        gallery.add("sign-in-code-sent").await?;
        deployment.admin().change_tenant(json!({"emailConfiguration": {"verificationStrategy": "FormField"}})).await?;
        browser.open(&store.url("/login")).await?;
        browser.sign_in_form().await?.submit(UNVERIFIED, PASSWORD).await?;
        browser.find(Role::Button, "Send another email").await?;
        gallery.add_form("sign-in-verification-code", "main").await?;
        browser.click(Role::Button, "Send another email").await?;
        browser.wait_for_text("We sent a new email.").await?;
        gallery.add("sign-in-verification-code-sent").await?;
        browser.open(&store.url("/verify-email/unknown")).await?;
        browser.find(Role::Button, "Confirm").await?;
        gallery.add_form("verify-email", "main").await?;
        browser.tolerate("/api/user/verify-email", "404");
        browser.click(Role::Button, "Confirm").await?;
        browser.alert().await?;
        gallery.add_form("verify-email-expired", "main").await?;
        block_sign_in(deployment, browser, SECOND).await?;
        gallery.add_form("sign-in-blocked", "main").await?;
        gallery.end()
    })
    .await;
}

#[tokio::test]
async fn pictures_of_a_sign_in_without_a_password() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        let mut gallery = Gallery::of(browser).await?;
        browser.open(&deployment.store().url("/login")).await?;
        browser.click(Role::Button, "Sign in without a password").await?;
        browser.find(Role::Heading, "Sign in without a password").await?;
        gallery.add_form("passwordless", "main").await?;
        browser.fill("Email", SHOPPER).await?;
        browser.click(Role::Button, "Send the code").await?;
        browser.find(Role::Heading, "Check your email").await?;
        gallery.add("passwordless-code").await?;
        browser.tolerate("/api/passwordless/login", "404");
        browser.fill("Code", "wrong").await?;
        browser.click(Role::Button, "Sign in").await?;
        browser.alert().await?;
        gallery.add("passwordless-wrong-code").await?;
        browser.open(&deployment.store().url("/verify-email#sign-in=wrong.000000")).await?;
        browser.find(Role::Checkbox, "Keep me signed in").await?;
        gallery.add_form("passwordless-link", "main").await?;
        browser.click(Role::Button, "Sign in").await?;
        browser.alert().await?;
        gallery.add("passwordless-link-refused").await?;
        gallery.end()
    })
    .await;
}

#[tokio::test]
async fn pictures_of_registration() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        let mut gallery = Gallery::of(browser).await?;
        browser.open(&deployment.store().url("/register")).await?;
        browser.find(Role::Button, "Create account").await?;
        gallery.add_form("registration", "main").await?;
        browser.tolerate("/api/register", "422");
        browser.click(Role::Button, "Create account").await?;
        browser.alert().await?;
        gallery.add_form("registration-empty", "main").await?;
        gallery.end()
    })
    .await;
}

/// Requests a reset link, and follows the link in the newest email.
async fn follow_password_link(deployment: &Deployment, browser: &Browser, login_id: &str) -> anyhow::Result<()> {
    browser.open(&deployment.store().url("/forgot-password")).await?;
    browser.fill("Email", login_id).await?;
    browser.click(Role::Button, "Send the link").await?;
    browser.find(Role::Heading, "Check your email").await?;
    follow_mailed_link(deployment, browser).await.map(drop)
}

#[tokio::test]
async fn pictures_of_a_forgotten_password() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        let mut gallery = Gallery::of(browser).await?;
        browser.open(&deployment.store().url("/forgot-password")).await?;
        browser.find(Role::Button, "Send the link").await?;
        gallery.add_form("forgotten-password", "main").await?;
        browser.click(Role::Button, "Send the link").await?;
        browser.alert().await?;
        gallery.add_form("forgotten-password-empty", "main").await?;
        browser.fill("Email", SHOPPER).await?;
        browser.click(Role::Button, "Send the link").await?;
        browser.find(Role::Heading, "Check your email").await?;
        gallery.add("forgotten-password-sent").await?;
        follow_password_link(deployment, browser, SHOPPER).await?;
        browser.find(Role::Heading, "Choose a new password").await?;
        browser.wait_for_text("At least 8 characters").await?;
        gallery.add_form("new-password", "main").await?;
        browser.tolerate("/api/user/change-password", "400");
        browser.fill("New password", "short").await?;
        browser.click(Role::Button, "Change password").await?;
        browser.alert().await?;
        gallery.add_form("new-password-too-short", "main").await?;
        browser.fill("New password", "a-better-password").await?;
        browser.click(Role::Button, "Change password").await?;
        wait_for_banner(browser, "Password changed. You're signed in.").await?;
        gallery.add("new-password-done").await?;
        browser.tolerate("/api/user/change-password/", "404");
        follow_mailed_link(deployment, browser).await?;
        browser.alert().await?;
        gallery.add_form("new-password-expired", "main").await?;
        follow_password_link(deployment, browser, TWO_FACTOR).await?;
        browser.find(Role::Heading, "Enter your code").await?;
        gallery.add_form("new-password-code", "main").await?;
        gallery.end()
    })
    .await;
}
