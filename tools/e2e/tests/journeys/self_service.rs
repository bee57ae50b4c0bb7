//! Users manage their accounts on the server-rendered pages, without scripts: they reset a forgotten password, enter a second factor,
//! change their email and so on. The tests open the emulator's mail page to read emails and to follow the links in them.
//! `docs/account.md` lists these journeys (browser tests).

use crate::webapp::{SERVER_RENDERED_WORKFLOWS, webapp_journey, webapp_journey_with};
use anyhow::ensure;
use e2e::{
    Browser, Deployment, Journey, Role,
    account::{
        CHANGE, PASSWORD, SHOPPER, SHOPPER_ID, TWO_FACTOR, TWO_FACTOR_ID, TWO_FACTOR_SECRET, UNREGISTERED, UNVERIFIED, UNVERIFIED_ID,
    },
    mailed_code, totp, workflows_of,
};
use serde_json::json;

const NEW_PASSWORD: &str = "a-better-password";
const TAKEN: &str = "Someone else has this display name. Choose another one.";

/// Requests a reset link, and follows the link in the newest email.
async fn follow_password_link(deployment: &Deployment, browser: &Browser, login_id: &str) -> anyhow::Result<()> {
    browser.open(&deployment.store().url("/login")).await?;
    browser.click(Role::Button, "Forgot your password?").await?;
    browser.fill("Email", login_id).await?;
    browser.click(Role::Button, "Send the link").await?;
    browser.find(Role::Heading, "Check your email").await?;
    follow_mailed_link(deployment, browser).await?;
    browser.wait_for_path("/change-password").await
}

/// Follows the link in the newest email.
pub(crate) async fn follow_mailed_link(deployment: &Deployment, browser: &Browser) -> anyhow::Result<()> {
    browser.open(&deployment.mail_url()).await?;
    let link = browser.named(Role::Link, &deployment.store().origin()).await?;
    browser.click(Role::Link, &link).await?;
    let id = link.rsplit('/').next().unwrap_or_default().to_owned();
    // The site redirects to a URL without the link's id, because the id is a secret.
    let gone = "return !location.href.includes(arguments[0]) && !document.referrer.includes(arguments[0])";
    browser.wait_for("URL without the link's id", gone, vec![json!(id)]).await
}

/// Opens the sign-in form, fills it in, and submits it.
async fn sign_in(deployment: &Deployment, browser: &Browser, login_id: &str) -> anyhow::Result<()> {
    browser.open(&deployment.store().url("/login")).await?;
    browser.sign_in_form().await?.submit(login_id, PASSWORD).await
}

async fn choose_new_password(browser: &Browser) -> anyhow::Result<()> {
    browser.fill("New password", NEW_PASSWORD).await?;
    browser.click(Role::Button, "Change password").await?;
    browser.wait_for_path("/shopping-cart").await?;
    browser.wait_for_text("Password changed. You're signed in.").await
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_a_mailed_link() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            follow_password_link(deployment, browser, SHOPPER).await?;
            browser.tolerate("/change-password", "422");
            browser.fill("New password", "short").await?;
            browser.click(Role::Button, "Change password").await?;
            ensure!(browser.alert().await?.contains("Choose a longer password."));
            choose_new_password(browser).await
        })
        .await;
    }
}

#[tokio::test]
async fn a_link_is_good_once_and_leads_to_a_new_one() {
    webapp_journey(e2e::Workflow::WebappSession, async |journey| {
        let Journey { deployment, browser } = &*journey;
        follow_password_link(deployment, browser, SHOPPER).await?;
        choose_new_password(browser).await?;
        browser.tolerate("/change-password", "404");
        follow_mailed_link(deployment, browser).await?;
        ensure!(browser.alert().await?.contains("This link is no longer valid."));
        browser.fill("Email", SHOPPER).await?;
        browser.click(Role::Button, "Send the link").await?;
        browser.find(Role::Heading, "Check your email").await.map(drop)
    })
    .await;
}

#[tokio::test]
async fn a_password_that_has_to_be_changed_is_changed_in_the_sign_in() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            browser.open(&deployment.store().url("/login")).await?;
            browser.sign_in_form().await?.submit(CHANGE, PASSWORD).await?;
            browser.wait_for_text("You need to change your password before you sign in.").await?;
            choose_new_password(browser).await
        })
        .await;
    }
}

#[tokio::test]
async fn a_mailed_link_of_an_account_with_a_second_factor_asks_for_its_code() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            follow_password_link(deployment, browser, TWO_FACTOR).await?;
            browser.find(Role::Heading, "Enter your code").await?;
            browser.tolerate("/change-password/code", "403");
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

#[tokio::test]
async fn a_code_comes_by_mail_and_a_trusted_device_needs_none() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            let methods = json!([{"method": "email", "email": "toni@example.com"}]);
            deployment.admin().change_user(TWO_FACTOR_ID, json!({"twoFactor": {"methods": methods}})).await?;
            sign_in(deployment, browser, TWO_FACTOR).await?;
            browser.wait_for_text("We sent a code to t…@example.com.").await?;
            browser.fill("Code", &mailed_code(deployment, browser).await?).await?;
            browser.find(Role::Button, "Check code").await?;
            browser.eval::<()>("document.querySelector('[name=trust]').click()").await?;
            browser.click(Role::Button, "Check code").await?;
            browser.wait_for_path("/shopping-cart").await?;
            browser.click(Role::Button, "Sign out").await?;
            browser.wait_for_path("/login").await?;
            sign_in(deployment, browser, TWO_FACTOR).await?;
            browser.wait_for_path("/shopping-cart").await
        })
        .await;
    }
}

#[tokio::test]
async fn an_address_is_verified_by_the_link_in_a_mail() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            // The link in the verification email opens the site that `data.site` of the user names.
            deployment.admin().change_user(UNVERIFIED_ID, json!({"data": {"site": workflow.slug()}})).await?;
            browser.tolerate("/login", "403");
            sign_in(deployment, browser, UNVERIFIED).await?;
            browser.find(Role::Heading, "Confirm your email address").await?;
            browser.click(Role::Button, "Send another email").await?;
            browser.wait_for_text("We sent a new email.").await?;
            follow_mailed_link(deployment, browser).await?;
            browser.wait_for_path("/verify-email").await?;
            browser.click(Role::Button, "Confirm").await?;
            browser.wait_for_text("Confirmed.").await?;
            browser.sign_in_form().await?.submit(UNVERIFIED, PASSWORD).await?;
            browser.wait_for_path("/shopping-cart").await
        })
        .await;
    }
}

#[tokio::test]
async fn an_address_is_verified_by_the_code_in_a_mail() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            deployment.admin().change_tenant(json!({"emailConfiguration": {"verificationStrategy": "FormField"}})).await?;
            deployment.admin().send_codes_in_verification_mails().await?;
            browser.tolerate("/login", "403");
            sign_in(deployment, browser, UNVERIFIED).await?;
            browser.fill("Code", &mailed_code(deployment, browser).await?).await?;
            browser.click(Role::Button, "Check code").await?;
            browser.wait_for_text("Confirmed.").await?;
            browser.sign_in_form().await?.submit(UNVERIFIED, PASSWORD).await?;
            browser.wait_for_path("/shopping-cart").await
        })
        .await;
    }
}

#[tokio::test]
async fn an_unregistered_user_registers_with_the_password() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            browser.tolerate("/login", "403");
            sign_in(deployment, browser, UNREGISTERED).await?;
            browser.find(Role::Heading, "Not registered yet").await?;
            browser.fill("Password", PASSWORD).await?;
            browser.click(Role::Button, "Register and sign in").await?;
            browser.wait_for_path("/shopping-cart").await
        })
        .await;
    }
}

#[tokio::test]
async fn a_blocked_account_is_opened_by_a_new_password() {
    // With its default limit, the server itself would refuse the attempts before FusionAuth blocks the account.
    webapp_journey_with(e2e::Workflow::WebappJwt, &["--limit-passwords", "50/60"], async |journey| {
        let Journey { deployment, browser } = &*journey;
        browser.tolerate("/login", "403");
        for _ in 0..11 {
            browser.open(&deployment.store().url("/login")).await?;
            browser.sign_in_form().await?.submit(SHOPPER, "wrong-horse-battery").await?;
            browser.alert().await?;
            if browser.has(Role::Heading, "Sign-in is blocked").await? {
                break;
            }
        }
        browser.wait_for_text("The block ends in 3 minutes.").await?;
        browser.click(Role::Button, "Send the link").await?;
        browser.find(Role::Heading, "Check your email").await?;
        follow_mailed_link(deployment, browser).await?;
        choose_new_password(browser).await
    })
    .await;
}

#[tokio::test]
async fn a_password_is_changed_on_the_account_page() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            sign_in(deployment, browser, SHOPPER).await?;
            browser.wait_for_path("/shopping-cart").await?;
            browser.open(&deployment.store().url("/.well-known/change-password")).await?;
            browser.wait_for_path("/account/password").await?;
            browser.tolerate("/account/password", "422");
            browser.fill("Current password", "wrong-horse-battery").await?;
            browser.fill("New password", NEW_PASSWORD).await?;
            browser.click(Role::Button, "Change password").await?;
            ensure!(browser.alert().await?.contains("That is not your current password."));
            browser.fill("Current password", PASSWORD).await?;
            browser.fill("New password", NEW_PASSWORD).await?;
            browser.click(Role::Button, "Change password").await?;
            browser.wait_for_path("/account").await?;
            browser.wait_for_text("Password changed").await
        })
        .await;
    }
}

#[tokio::test]
async fn the_email_is_changed_on_the_account_page() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            sign_in(deployment, browser, SHOPPER).await?;
            browser.wait_for_path("/shopping-cart").await?;
            browser.click(Role::Link, "Account").await?;
            browser.click(Role::Link, "Change your email").await?;
            browser.fill("New email", "sam@new.example").await?;
            browser.fill("Current password", PASSWORD).await?;
            browser.click(Role::Button, "Send the code").await?;
            browser.wait_for_text("We sent a code to sam@new.example.").await?;
            let code = mailed_code(deployment, browser).await?;
            browser.fill("Code", &code).await?;
            browser.click(Role::Button, "Change my email").await?;
            browser.wait_for_path("/account").await?;
            browser.wait_for_text("Email changed.").await?;
            browser.click(Role::Button, "Sign out").await?;
            browser.wait_for_path("/login").await?;
            sign_in(deployment, browser, "sam@new.example").await?;
            browser.wait_for_path("/shopping-cart").await
        })
        .await;
    }
}

#[tokio::test]
async fn sessions_are_listed_and_all_others_ended() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            // The user signs in twice. Without the cookies of the first sign-in, the browser is like another device.
            sign_in(deployment, browser, SHOPPER).await?;
            browser.wait_for_path("/shopping-cart").await?;
            browser.devtools("Network.clearBrowserCookies", json!({})).await?;
            sign_in(deployment, browser, SHOPPER).await?;
            browser.wait_for_path("/shopping-cart").await?;
            browser.click(Role::Link, "Account").await?;
            browser.click(Role::Link, "See where you are signed in").await?;
            browser.find(Role::Heading, "Your sessions").await?;
            browser.wait_for_text("This device").await?;
            ensure!(deployment.admin().sessions(SHOPPER_ID).await? == 2);
            browser.click(Role::Button, "End all other sessions").await?;
            browser.wait_for_text("You are now signed in only on this device.").await?;
            ensure!(deployment.admin().sessions(SHOPPER_ID).await? == 1);
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn an_account_is_deleted_with_its_password() {
    webapp_journey(e2e::Workflow::WebappSession, async |journey| {
        let Journey { deployment, browser } = &*journey;
        sign_in(deployment, browser, SHOPPER).await?;
        browser.wait_for_path("/shopping-cart").await?;
        browser.open(&deployment.store().url("/account")).await?;
        browser.click(Role::Link, "Delete your account").await?;
        browser.fill("Current password", PASSWORD).await?;
        browser.click(Role::Button, "Delete my account").await?;
        browser.wait_for_text("Account deleted.").await?;
        browser.tolerate("/login", "403");
        browser.sign_in_form().await?.submit(SHOPPER, PASSWORD).await?;
        ensure!(browser.alert().await?.contains("The email or password is not correct."));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn only_the_owner_learns_that_an_email_has_an_account() {
    webapp_journey(e2e::Workflow::WebappSession, async |journey| {
        let Journey { deployment, browser } = &*journey;
        browser.open(&deployment.store().url("/register")).await?;
        browser.fill("Email", SHOPPER).await?;
        browser.fill("Password", NEW_PASSWORD).await?;
        browser.click(Role::Button, "Create account").await?;
        browser.wait_for_path("/login").await?;
        browser.wait_for_text("Sign in with the email and password you just chose.").await?;
        follow_mailed_link(deployment, browser).await?;
        choose_new_password(browser).await
    })
    .await;
}

#[tokio::test]
async fn a_closed_account_names_the_contact() {
    webapp_journey_with(e2e::Workflow::WebappJwt, &["--contact", "help@shop.example"], async |journey| {
        let Journey { deployment, browser } = &*journey;
        browser.tolerate("/login", "403");
        // The shopper's account has expired, because `expiry` is a time in the past.
        deployment.admin().change_user(SHOPPER_ID, json!({"expiry": 1})).await?;
        sign_in(deployment, browser, SHOPPER).await?;
        browser.find(Role::Heading, "You can't sign in with this account").await?;
        browser.wait_for_text("You can reach us at help@shop.example.").await
    })
    .await;
}

#[tokio::test]
async fn a_registration_is_verified_by_the_code_in_a_mail() {
    webapp_journey(e2e::Workflow::WebappSession, async |journey| {
        let Journey { deployment, browser } = &*journey;
        browser.tolerate("/login", "403");
        deployment.admin().ask_for_verified_registrations("FormField").await?;
        deployment.admin().register("new@example.com", PASSWORD).await?;
        sign_in(deployment, browser, "new@example.com").await?;
        browser.find(Role::Heading, "Confirm your registration").await?;
        browser.fill("Code", &mailed_code(deployment, browser).await?).await?;
        browser.click(Role::Button, "Check code").await?;
        browser.wait_for_text("Confirmed.").await?;
        browser.sign_in_form().await?.submit("new@example.com", PASSWORD).await?;
        browser.wait_for_path("/shopping-cart").await
    })
    .await;
}

#[tokio::test]
async fn a_display_name_is_changed_on_the_account_page() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            sign_in(deployment, browser, SHOPPER).await?;
            browser.wait_for_path("/shopping-cart").await?;
            browser.click(Role::Link, "Account").await?;
            ensure!(browser.value("Display name").await? == "Shopper");
            browser.tolerate("/account/display-name", "422");
            browser.fill("Display name", "Second").await?;
            browser.click(Role::Button, "Change display name").await?;
            ensure!(browser.alert().await?.contains(TAKEN));
            ensure!(browser.value("Display name").await? == "Second", "the field must still contain the typed name");
            browser.fill("Display name", "  Nele Ångström ").await?;
            browser.click(Role::Button, "Change display name").await?;
            browser.wait_for_path("/account").await?;
            browser.wait_for_text("Display name changed.").await?;
            ensure!(browser.value("Display name").await? == "Nele Ångström");
            browser.open(&deployment.forums().url("/login")).await?;
            browser.sign_in_form().await?.submit(SHOPPER, PASSWORD).await?;
            browser.open_editor().await?;
            browser.fill("Your post", "Under a new name").await?;
            browser.click(Role::Button, "Publish").await?;
            browser.wait_for_text("Post published.").await?;
            let author: String = browser.eval("return document.querySelector('.post .by strong').innerText").await?;
            ensure!(author == "Nele Ångström", "{author}");
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn an_authenticator_is_added_and_removed() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            sign_in(deployment, browser, SHOPPER).await?;
            browser.wait_for_path("/shopping-cart").await?;
            browser.click(Role::Link, "Account").await?;
            browser.click(Role::Link, "Authenticator app").await?;
            let secret = async || browser.eval::<String>("return document.querySelector('.secret').innerText").await;
            let shown = secret().await?;
            browser.tolerate("/account/authenticator", "422");
            browser.fill("Current password", PASSWORD).await?;
            browser.fill("Code", "000000").await?;
            browser.click(Role::Button, "Turn on").await?;
            ensure!(browser.alert().await?.contains("That code is not correct."));
            ensure!(secret().await? == shown, "the page must show the same secret, because an app may have scanned it");
            browser.fill("Current password", PASSWORD).await?;
            browser.fill("Code", &totp(&shown.replace(' ', ""))?).await?;
            browser.click(Role::Button, "Turn on").await?;
            browser.find(Role::Heading, "Your recovery codes").await?;
            let recovery: String = browser.eval("return document.querySelector('.recovery-codes li').innerText").await?;
            browser.click(Role::Link, "I've saved them").await?;
            browser.click(Role::Button, "Sign out").await?;
            browser.wait_for_path("/login").await?;
            sign_in(deployment, browser, SHOPPER).await?;
            browser.fill("Code", &recovery).await?;
            browser.click(Role::Button, "Check code").await?;
            browser.wait_for_path("/shopping-cart").await?;
            browser.open(&deployment.store().url("/account/authenticator")).await?;
            browser.fill("Current password", PASSWORD).await?;
            browser.fill("Code", &totp(&shown.replace(' ', ""))?).await?;
            browser.click(Role::Button, "Remove the app").await?;
            browser.wait_for_path("/account").await?;
            browser.wait_for_text("App removed. You now sign in with just your password.").await?;
            browser.click(Role::Button, "Sign out").await?;
            browser.wait_for_path("/login").await?;
            sign_in(deployment, browser, SHOPPER).await?;
            browser.wait_for_path("/shopping-cart").await
        })
        .await;
    }
}

#[tokio::test]
async fn data_are_exported_as_a_file() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            browser.keep_downloads(deployment.folder()).await?;
            sign_in(deployment, browser, SHOPPER).await?;
            browser.wait_for_path("/shopping-cart").await?;
            browser.click(Role::Link, "Account").await?;
            browser.click(Role::Link, "Download your data").await?;
            let file = browser.downloaded(&deployment.folder().join("account.json")).await?;
            ensure!(file.contains(SHOPPER) && file.contains("\"cart\""), "{file}");
            ensure!(browser.path().await? == "/account", "the browser must stay on the account page");
            Ok(())
        })
        .await;
    }
}
