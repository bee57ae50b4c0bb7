//! Users manage their accounts in the single-page app: they reset or change a password, enter a second factor, verify their email, or
//! register with an existing account. The tests open the emulator's mail page to read emails and to follow the links in them.
//! `docs/account.md` lists these journeys (browser tests).

use crate::helpers::{block_sign_in, wait_for_banner};
use crate::self_service::follow_mailed_link;
use crate::spa::SPA_WORKFLOWS;
use anyhow::ensure;
use e2e::{
    Browser, Deployment, Journey, Role, Setup, Workflow,
    account::{
        CHANGE, LOCKED, PASSWORD, SHOPPER, SHOPPER_ID, TWO_FACTOR, TWO_FACTOR_ID, TWO_FACTOR_SECRET, UNREGISTERED, UNVERIFIED,
        UNVERIFIED_ID,
    },
    journey_in, mailed_code, totp, workflows_of,
};
use serde_json::json;

const NEW_PASSWORD: &str = "a-better-password";
const RETURN: &str = "\u{e006}";

/// Runs a journey in a single-page workflow. At its end, asserts that no password is in storage or history.
pub(crate) async fn account_journey(workflow: Workflow, body: impl AsyncFnOnce(&mut Journey) -> anyhow::Result<()>) {
    journey_of(Setup::of(workflow), body).await;
}

async fn journey_of(setup: Setup, body: impl AsyncFnOnce(&mut Journey) -> anyhow::Result<()>) {
    journey_in(setup, async |journey| {
        journey.browser.tolerate("/api/user", "404");
        body(journey).await?;
        let storage: String = journey.browser.eval("return JSON.stringify([localStorage, sessionStorage])").await?;
        let history = journey.browser.history().await?.join("\n");
        for secret in [PASSWORD, NEW_PASSWORD] {
            ensure!(!storage.contains(secret) && !history.contains(secret), "a password is in storage or history");
        }
        Ok(())
    })
    .await;
}

/// Opens the cart, and submits the sign-in form that the app shows instead.
async fn sign_in(deployment: &Deployment, browser: &Browser, login_id: &str) -> anyhow::Result<()> {
    browser.open(&deployment.store().url("/cart")).await?;
    browser.sign_in_form().await?.submit(login_id, PASSWORD).await
}

async fn wait_for_cart_page(browser: &Browser) -> anyhow::Result<()> {
    browser.wait_for_path("/cart").await?;
    browser.find(Role::Heading, "Your cart").await.map(drop)
}

/// Requests a reset link.
async fn ask_for_password_link(deployment: &Deployment, browser: &Browser, login_id: &str) -> anyhow::Result<()> {
    browser.open(&deployment.store().url("/login")).await?;
    browser.click(Role::Link, "Forgot your password?").await?;
    browser.fill("Email", login_id).await?;
    browser.click(Role::Button, "Send the link").await?;
    browser.find(Role::Heading, "Check your email").await.map(drop)
}

/// Requests a reset link, and follows the link in the newest email.
async fn follow_password_link(deployment: &Deployment, browser: &Browser, login_id: &str) -> anyhow::Result<()> {
    ask_for_password_link(deployment, browser, login_id).await?;
    follow_mailed_link(deployment, browser).await?;
    browser.wait_for_path("/change-password").await?;
    browser.find(Role::Heading, "Choose a new password").await.map(drop)
}

async fn choose_new_password(browser: &Browser) -> anyhow::Result<()> {
    browser.fill("New password", NEW_PASSWORD).await?;
    browser.click(Role::Button, "Change password").await?;
    browser.wait_for_path("/cart").await?;
    wait_for_banner(browser, "Password changed. You're signed in.").await
}

async fn a_forgotten_password_is_replaced(workflow: Workflow) {
    account_journey(workflow, async |journey| {
        let Journey { deployment, browser } = journey;
        // In the workflows in which the app sends this request to FusionAuth, FusionAuth answers 404 if it does not know the email. The
        // page must not show that.
        browser.tolerate("/api/user/forgot-password", "404");
        ask_for_password_link(deployment, browser, "nobody@example.com").await?;
        follow_password_link(deployment, browser, SHOPPER).await?;
        browser.tolerate("/api/user/change-password", "400");
        browser.fill("New password", "short").await?;
        browser.wait_for_text("At least 8 characters").await?;
        ensure!(browser.eval::<u32>("return document.querySelectorAll('.rules .kept').length").await? == 0);
        browser.click(Role::Button, "Change password").await?;
        ensure!(browser.alert().await?.contains("Choose a longer password."));
        browser.fill("New password", NEW_PASSWORD).await?;
        ensure!(browser.eval::<u32>("return document.querySelectorAll('.rules .kept').length").await? == 1);
        choose_new_password(browser).await
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_a_mailed_link() {
    a_forgotten_password_is_replaced(Workflow::SpaLocalStorage).await;
}

#[tokio::test]
async fn spa_backend_replaces_a_forgotten_password() {
    a_forgotten_password_is_replaced(Workflow::SpaBackend).await;
}

#[tokio::test]
async fn spa_shared_domain_replaces_a_forgotten_password() {
    a_forgotten_password_is_replaced(Workflow::SpaSharedDomain).await;
}

#[tokio::test]
async fn a_link_is_good_once_and_leads_to_a_new_one() {
    account_journey(Workflow::SpaLocalStorage, async |journey| {
        let Journey { deployment, browser } = journey;
        follow_password_link(deployment, browser, SHOPPER).await?;
        choose_new_password(browser).await?;
        browser.tolerate("/api/user/change-password/", "404");
        follow_mailed_link(deployment, browser).await?;
        ensure!(browser.alert().await?.contains("This link is no longer valid."));
        browser.fill("Email", SHOPPER).await?;
        browser.click(Role::Button, "Send the link").await?;
        browser.find(Role::Heading, "Check your email").await?;
        follow_mailed_link(deployment, browser).await?;
        choose_new_password(browser).await
    })
    .await;
}

#[tokio::test]
async fn a_password_that_has_to_be_changed_is_changed_in_the_sign_in() {
    a_required_password_is_changed(Workflow::SpaLocalStorage).await;
}

#[tokio::test]
async fn spa_backend_changes_a_password_in_the_sign_in() {
    a_required_password_is_changed(Workflow::SpaBackend).await;
}

#[tokio::test]
async fn spa_shared_domain_changes_a_password_in_the_sign_in() {
    a_required_password_is_changed(Workflow::SpaSharedDomain).await;
}

async fn a_required_password_is_changed(workflow: Workflow) {
    account_journey(workflow, async |journey| {
        let Journey { deployment, browser } = journey;
        browser.open(&deployment.store().url("/cart")).await?;
        browser.sign_in_form().await?.submit(CHANGE, PASSWORD).await?;
        browser.wait_for_text("You need to change your password before you sign in.").await?;
        browser.wait_for_text("At least 8 characters").await?;
        choose_new_password(browser).await
    })
    .await;
}

#[tokio::test]
async fn an_address_is_verified_by_the_link_in_a_mail() {
    for workflow in workflows_of(SPA_WORKFLOWS) {
        account_journey(workflow, async |journey| {
            let Journey { deployment, browser } = journey;
            // The link in the verification email opens the site that `data.site` of the user names.
            deployment.admin().change_user(UNVERIFIED_ID, json!({"data": {"site": workflow.slug()}})).await?;
            sign_in(deployment, browser, UNVERIFIED).await?;
            browser.find(Role::Heading, "Confirm your email address").await?;
            browser.click(Role::Button, "Send another email").await?;
            browser.wait_for_text("We sent a new email.").await?;
            follow_mailed_link(deployment, browser).await?;
            browser.wait_for_path("/verify-email").await?;
            browser.click(Role::Button, "Confirm").await?;
            browser.wait_for_text("Confirmed.").await?;
            browser.click(Role::Link, "Sign in").await?;
            browser.sign_in_form().await?.submit(UNVERIFIED, PASSWORD).await?;
            wait_for_cart_page(browser).await
        })
        .await;
    }
}

#[tokio::test]
async fn an_address_is_verified_by_the_code_in_a_mail() {
    for workflow in workflows_of(SPA_WORKFLOWS) {
        account_journey(workflow, async |journey| {
            let Journey { deployment, browser } = journey;
            deployment.admin().change_tenant(json!({"emailConfiguration": {"verificationStrategy": "FormField"}})).await?;
            deployment.admin().send_codes_in_verification_mails().await?;
            browser.tolerate("/api/user/verify-email", "400");
            sign_in(deployment, browser, UNVERIFIED).await?;
            browser.find(Role::Heading, "Confirm your email address").await?;
            browser.fill("Code", "000000").await?;
            browser.click(Role::Button, "Check code").await?;
            ensure!(browser.alert().await?.contains("That code is not correct."));
            browser.click(Role::Button, "Send another email").await?;
            browser.wait_for_text("We sent a new email.").await?;
            browser.fill("Code", &mailed_code(deployment, browser).await?).await?;
            browser.click(Role::Button, "Check code").await?;
            browser.wait_for_text("Confirmed.").await?;
            browser.click(Role::Button, "Sign in").await?;
            browser.sign_in_form().await?;
            ensure!(browser.value("Email").await? == UNVERIFIED, "the form must still contain the email");
            browser.fill("Password", PASSWORD).await?;
            browser.click(Role::Button, "Sign in").await?;
            wait_for_cart_page(browser).await
        })
        .await;
    }
}

#[tokio::test]
async fn a_registration_is_verified_by_the_code_in_a_mail() {
    for workflow in workflows_of(SPA_WORKFLOWS) {
        account_journey(workflow, async |journey| {
            let Journey { deployment, browser } = journey;
            deployment.admin().ask_for_verified_registrations("FormField").await?;
            deployment.admin().register("new@example.com", PASSWORD).await?;
            sign_in(deployment, browser, "new@example.com").await?;
            browser.find(Role::Heading, "Confirm your registration").await?;
            browser.fill("Code", &mailed_code(deployment, browser).await?).await?;
            browser.click(Role::Button, "Check code").await?;
            browser.wait_for_text("Confirmed.").await?;
            browser.click(Role::Button, "Sign in").await?;
            browser.sign_in_form().await?.submit("new@example.com", PASSWORD).await?;
            wait_for_cart_page(browser).await
        })
        .await;
    }
}

#[tokio::test]
async fn an_unregistered_user_registers_with_the_password() {
    for workflow in workflows_of(SPA_WORKFLOWS) {
        account_journey(workflow, async |journey| {
            let Journey { deployment, browser } = journey;
            browser.tolerate("/api/join", "404");
            sign_in(deployment, browser, UNREGISTERED).await?;
            browser.find(Role::Heading, "Not registered yet").await?;
            browser.fill("Password", "wrong-horse-battery").await?;
            browser.click(Role::Button, "Register and sign in").await?;
            ensure!(browser.alert().await?.contains("The email or password is not correct."));
            browser.fill("Password", PASSWORD).await?;
            browser.click(Role::Button, "Register and sign in").await?;
            wait_for_cart_page(browser).await
        })
        .await;
    }
}

#[tokio::test]
async fn a_code_comes_by_mail_and_a_trusted_device_needs_none() {
    for workflow in workflows_of(SPA_WORKFLOWS) {
        account_journey(workflow, async |journey| {
            let Journey { deployment, browser } = journey;
            let methods = json!([{"method": "email", "email": "toni@example.com"}]);
            deployment.admin().change_user(TWO_FACTOR_ID, json!({"twoFactor": {"methods": methods}})).await?;
            sign_in(deployment, browser, TWO_FACTOR).await?;
            browser.wait_for_text("We sent a code to t…@example.com.").await?;
            let code = mailed_code(deployment, browser).await?;
            browser.fill("Code", &format!("{} {}", &code[..3], &code[3..])).await?;
            browser.eval::<()>("document.querySelector('[name=trust]').click()").await?;
            browser.click(Role::Button, "Check code").await?;
            wait_for_cart_page(browser).await?;
            browser.click(Role::Button, "Sign out").await?;
            browser.wait_for("end of the session", "return location.pathname === '/login'", Vec::new()).await?;
            browser.sign_in_form().await?.submit(TWO_FACTOR, PASSWORD).await?;
            wait_for_cart_page(browser).await
        })
        .await;
    }
}

#[tokio::test]
async fn one_chooses_where_a_code_is_sent_with_the_keyboard_alone() {
    account_journey(Workflow::SpaLocalStorage, async |journey| {
        let Journey { deployment, browser } = journey;
        let methods = json!([{"method": "email", "email": "toni@example.com"}, {"method": "sms", "mobilePhone": "+49301234"}]);
        deployment.admin().change_user(TWO_FACTOR_ID, json!({"twoFactor": {"methods": methods}})).await?;
        browser.open(&deployment.store().url("/cart")).await?;
        browser.sign_in_form().await?;
        browser.tab_to("Email").await?;
        browser.type_on(TWO_FACTOR).await?;
        browser.tab_to("Password").await?;
        browser.type_on(&format!("{PASSWORD}{RETURN}")).await?;
        browser.find(Role::Heading, "Enter your code").await?;
        browser.tab_to("Send a code to …34").await?;
        browser.type_on(RETURN).await?;
        browser.wait_for_text("We sent a code to …34.").await?;
        browser.wait_for("focus in the field", "return document.activeElement.id === 'code'", Vec::new()).await?;
        let code = mailed_code(deployment, browser).await?;
        browser.type_on(&format!("{code}{RETURN}")).await?;
        wait_for_cart_page(browser).await
    })
    .await;
}

#[tokio::test]
async fn a_recovery_code_signs_in() {
    for workflow in workflows_of(SPA_WORKFLOWS) {
        account_journey(workflow, async |journey| {
            let Journey { deployment, browser } = journey;
            deployment.admin().change_user(TWO_FACTOR_ID, json!({"twoFactor": {"recoveryCodes": ["AAAA-BBBB"]}})).await?;
            sign_in(deployment, browser, TWO_FACTOR).await?;
            browser.fill("Code", "AAAA-BBBB").await?;
            browser.click(Role::Button, "Check code").await?;
            wait_for_cart_page(browser).await
        })
        .await;
    }
}

#[tokio::test]
async fn a_blocked_account_is_opened_by_a_new_password() {
    for workflow in workflows_of(SPA_WORKFLOWS) {
        // With its default limit, the server itself would refuse the attempts before FusionAuth blocks the account.
        let setup = Setup::of(workflow).with_flags(&["--limit-passwords", "50/60"]);
        journey_of(setup, async |journey| {
            let Journey { deployment, browser } = journey;
            block_sign_in(deployment, browser, SHOPPER).await?;
            browser.wait_for_text("The block ends in 3 minutes.").await?;
            browser.click(Role::Button, "Send the link").await?;
            browser.find(Role::Heading, "Check your email").await?;
            follow_mailed_link(deployment, browser).await?;
            choose_new_password(browser).await
        })
        .await;
    }
}

#[tokio::test]
async fn a_closed_account_names_the_contact() {
    for workflow in workflows_of(SPA_WORKFLOWS) {
        let setup = Setup::of(workflow).with_flags(&["--contact", "help@shop.example"]);
        journey_of(setup, async |journey| {
            let Journey { deployment, browser } = journey;
            // The shopper's account has expired, because `expiry` is a time in the past.
            deployment.admin().change_user(SHOPPER_ID, json!({"expiry": 1})).await?;
            for (login_id, status, says) in [(LOCKED, "423", "This account is locked."), (SHOPPER, "410", "This account has expired.")] {
                browser.tolerate("/api/login", status);
                sign_in(deployment, browser, login_id).await?;
                browser.find(Role::Heading, "You can't sign in with this account").await?;
                let alert = browser.alert().await?;
                ensure!(alert.contains(says) && alert.contains("You can reach us at help@shop.example."), "{alert}");
            }
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_mailed_link_of_an_account_with_a_second_factor_asks_for_its_code() {
    for workflow in workflows_of(SPA_WORKFLOWS) {
        account_journey(workflow, async |journey| {
            let Journey { deployment, browser } = journey;
            browser.tolerate("/api/user/change-password/", "400");
            browser.tolerate("/api/password-link/code", "422");
            ask_for_password_link(deployment, browser, TWO_FACTOR).await?;
            follow_mailed_link(deployment, browser).await?;
            browser.find(Role::Heading, "Enter your code").await?;
            browser.fill("Code", "000000").await?;
            browser.click(Role::Button, "Check code").await?;
            ensure!(browser.alert().await?.contains("That code is not correct."));
            browser.fill("Code", &totp(TWO_FACTOR_SECRET)?).await?;
            browser.click(Role::Button, "Check code").await?;
            browser.find(Role::Heading, "Choose a new password").await?;
            choose_new_password(browser).await
        })
        .await;
    }
}
