//! Compares the diagrams in docs/workflows/account.md with real messages. A browser creates an account, resets a password, adds a passkey
//! and so on: in the app of `spa-local-storage`, and without scripts on the pages of `webapp-jwt`.

use crate::{
    recording::OwnRecording,
    scenarios::{see_cart, sign_in},
};
use e2e::{
    Authenticator, Browser, Deployment, Journey, Role, Setup, Workflow,
    account::{CHANGE, PASSWORD, SHOPPER, TWO_FACTOR, TWO_FACTOR_ID, UNREGISTERED, UNVERIFIED, UNVERIFIED_ID},
    journey_in, mailed_code, mailed_link,
};
use serde_json::json;

const NEW_PASSWORD: &str = "a-better-password";
const NEW_EMAIL: &str = "sam@new.example";

#[tokio::test]
async fn the_life_of_an_account() {
    // A service worker would answer requests from its cache, and the diagrams would not contain these requests.
    let app = Setup::of(Workflow::SpaLocalStorage).with_flags(&["--service-worker", "off"]);
    let pages = Setup::of(Workflow::WebappJwt).without_script();
    let mut recording = OwnRecording::default();
    journey_in(app, async |journey| registration(journey, &mut recording).await).await;
    journey_in(app, async |journey| forgotten_password(journey, &mut recording).await).await;
    journey_in(app, async |journey| refused_sign_ins(journey, &mut recording).await).await;
    journey_in(app, async |journey| own_account(journey, &mut recording).await).await;
    journey_in(app, async |journey| passkeys(journey, &mut recording).await).await;
    journey_in(pages, async |journey| pages_without_script(journey, &mut recording).await).await;
    recording.compare("account");
}

async fn registration(journey: &Journey, recording: &mut OwnRecording) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    browser.open(&deployment.store().url("/register")).await?;
    browser.find(Role::Heading, "Create your account").await?;
    browser.wait_for_text("At least 8 characters").await?;
    recording
        .phase(deployment, ("An account is made", "GET /api/load-shopping-cart"), async || {
            browser.fill("Email", "new@example.com").await?;
            browser.fill("Password", PASSWORD).await?;
            browser.click(Role::Button, "Create account").await?;
            browser.wait_for_path("/cart").await?;
            browser.find(Role::Button, "Sign out").await.map(drop)
        })
        .await
}

async fn forgotten_password(journey: &Journey, recording: &mut OwnRecording) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    browser.open(&deployment.store().url("/login")).await?;
    browser.click(Role::Link, "Forgot your password?").await?;
    recording
        .phase(deployment, ("A forgotten password: the message", "POST /api/user/forgot-password"), async || {
            browser.fill("Email", SHOPPER).await?;
            browser.click(Role::Button, "Send the link").await?;
            browser.find(Role::Heading, "Check your email").await.map(drop)
        })
        .await?;
    let link = mailed_link(deployment, browser).await?;
    recording
        .phase(deployment, ("A forgotten password: the link", "GET /api/load-shopping-cart"), async || {
            browser.open(&link).await?;
            browser.wait_for_path("/change-password").await?;
            browser.wait_for_text("At least 8 characters").await?;
            browser.fill("New password", NEW_PASSWORD).await?;
            browser.click(Role::Button, "Change password").await?;
            browser.wait_for_path("/cart").await?;
            see_cart(browser).await
        })
        .await
}

/// Signs in with accounts whose right password FusionAuth does not answer with 200.
async fn refused_sign_ins(journey: &Journey, recording: &mut OwnRecording) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    browser.tolerate("/api/join", "404");
    fill_form(deployment, browser, CHANGE).await?;
    recording
        .phase(deployment, ("203: the password has to be changed", "GET /api/load-shopping-cart"), async || {
            browser.click(Role::Button, "Sign in").await?;
            browser.wait_for_text("At least 8 characters").await?;
            browser.fill("New password", NEW_PASSWORD).await?;
            browser.click(Role::Button, "Change password").await?;
            see_empty_cart(browser).await
        })
        .await?;
    sign_out(browser).await?;

    // The link in the verification email opens the site that `data.site` of the user names.
    let site = json!({"data": {"site": Workflow::SpaLocalStorage.slug()}});
    deployment.admin().change_user(UNVERIFIED_ID, site).await?;
    fill_form(deployment, browser, UNVERIFIED).await?;
    recording
        .phase(deployment, ("212: the address has to be verified", "POST /api/verification-message/email"), async || {
            browser.click(Role::Button, "Sign in").await?;
            browser.find(Role::Heading, "Confirm your email address").await?;
            browser.click(Role::Button, "Send another email").await?;
            browser.wait_for_text("We sent a new email.").await
        })
        .await?;
    let link = mailed_link(deployment, browser).await?;
    recording
        .phase(deployment, ("212: the link in the message", "POST /api/user/verify-email"), async || {
            browser.open(&link).await?;
            browser.wait_for_path("/verify-email").await?;
            browser.click(Role::Button, "Confirm").await?;
            browser.wait_for_text("Confirmed.").await
        })
        .await?;

    fill_form(deployment, browser, UNREGISTERED).await?;
    recording
        .phase(deployment, ("202: not registered here yet", "GET /api/load-shopping-cart"), async || {
            browser.click(Role::Button, "Sign in").await?;
            browser.find(Role::Heading, "Not registered yet").await?;
            browser.fill("Password", PASSWORD).await?;
            browser.click(Role::Button, "Register and sign in").await?;
            see_empty_cart(browser).await
        })
        .await?;
    sign_out(browser).await?;

    let methods = json!([{"method": "email", "email": "toni@example.com"}]);
    deployment.admin().change_user(TWO_FACTOR_ID, json!({"twoFactor": {"methods": methods}})).await?;
    fill_form(deployment, browser, TWO_FACTOR).await?;
    recording
        .phase(deployment, ("242: a code by mail, on a device that is trusted from then on", "GET /api/load-shopping-cart"), async || {
            browser.click(Role::Button, "Sign in").await?;
            browser.wait_for_text("We sent a code to t…@example.com.").await?;
            let code = mailed_code(deployment, browser).await?;
            browser.fill("Code", &code).await?;
            browser.eval::<()>("document.querySelector('[name=trust]').click()").await?;
            browser.click(Role::Button, "Check code").await?;
            see_empty_cart(browser).await
        })
        .await
}

async fn own_account(journey: &Journey, recording: &mut OwnRecording) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    browser.tolerate("/api/user", "401");
    browser.tolerate("/api/account/email", "403");
    sign_in(journey).await?;
    open_account(deployment, browser).await?;
    recording
        .phase(deployment, ("Another email: the code", "POST /api/account/email"), async || {
            browser.click(Role::Button, "Change email").await?;
            browser.fill("New email", NEW_EMAIL).await?;
            browser.click(Role::Button, "Send the code").await?;
            enter_password(browser).await?;
            browser.click(Role::Button, "Send the code").await?;
            browser.wait_for_text("We sent a code to").await
        })
        .await?;
    let code = mailed_code(deployment, browser).await?;
    recording
        .phase(deployment, ("Another email: the change", "GET /api/user"), async || {
            browser.fill("Code", &code).await?;
            browser.click(Role::Button, "Change my email").await?;
            browser.wait_for_text("Email changed.").await
        })
        .await?;
    browser.click(Role::Button, "Change password").await?;
    browser.wait_for_text("At least 8 characters").await?;
    recording
        .phase(deployment, ("Another password", "POST /api/login"), async || {
            browser.fill("Current password", PASSWORD).await?;
            browser.fill("New password", NEW_PASSWORD).await?;
            browser.click(Role::Button, "Change password").await?;
            browser.wait_for_text("Password changed. You're signed in here").await
        })
        .await?;
    recording
        .phase(deployment, ("Signing out everywhere", "POST /api/logout"), async || {
            browser.click(Role::Button, "Sign out everywhere").await?;
            browser.sign_in_form().await.map(drop)
        })
        .await
}

async fn passkeys(journey: &Journey, recording: &mut OwnRecording) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    sign_in(journey).await?;
    browser.tolerate("/api/account/passkeys/start", "403");
    open_account(deployment, browser).await?;
    Authenticator::plug_in(browser).await?;
    recording
        .phase(deployment, ("A passkey is added", "GET /api/account/passkeys"), async || {
            browser.click(Role::Button, "Add a passkey").await?;
            browser.fill("Passkey name", "Laptop").await?;
            browser.click(Role::Button, "Continue").await?;
            enter_password(browser).await?;
            browser.click(Role::Button, "Continue").await?;
            browser.wait_for_text("Passkey saved.").await?;
            browser.find(Role::Button, "Remove: Laptop").await.map(drop)
        })
        .await?;
    sign_out(browser).await?;
    browser.open(&deployment.store().url("/login")).await?;
    browser.find(Role::Button, "Sign in with a passkey").await?;
    browser.fill("Email", SHOPPER).await?;
    recording
        .phase(deployment, ("A sign-in with a passkey", "GET /api/load-shopping-cart"), async || {
            browser.click(Role::Button, "Sign in with a passkey").await?;
            see_cart(browser).await
        })
        .await
}

async fn pages_without_script(journey: &Journey, recording: &mut OwnRecording) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    browser.open(&deployment.store().url("/forgot-password")).await?;
    recording
        .phase(deployment, ("Pages without script: a forgotten password", "POST /forgot-password"), async || {
            browser.fill("Email", SHOPPER).await?;
            browser.click(Role::Button, "Send the link").await?;
            browser.find(Role::Heading, "Check your email").await.map(drop)
        })
        .await?;
    let link = mailed_link(deployment, browser).await?;
    recording
        .phase(deployment, ("Pages without script: the link", "GET /shopping-cart"), async || {
            browser.open(&link).await?;
            browser.wait_for_path("/change-password").await?;
            browser.fill("New password", NEW_PASSWORD).await?;
            browser.click(Role::Button, "Change password").await?;
            browser.wait_for_path("/shopping-cart").await?;
            see_cart(browser).await
        })
        .await?;
    browser.open(&deployment.store().url("/account/email")).await?;
    recording
        .phase(deployment, ("Pages without script: another email", "GET /account"), async || {
            browser.fill("New email", NEW_EMAIL).await?;
            browser.fill("Current password", NEW_PASSWORD).await?;
            browser.click(Role::Button, "Send the code").await?;
            browser.wait_for_text("We sent a code to").await?;
            let code = mailed_code(deployment, browser).await?;
            browser.fill("Code", &code).await?;
            browser.click(Role::Button, "Change my email").await?;
            browser.wait_for_text("Email changed.").await
        })
        .await
}

/// Fills in the field for the password, which the form shows after the backend has asked for it.
async fn enter_password(browser: &Browser) -> anyhow::Result<()> {
    browser.wait_for_text("To confirm it's you, enter your current password.").await?;
    browser.fill("Current password", PASSWORD).await
}

/// Opens the account page, and waits until it has loaded its data.
async fn open_account(deployment: &Deployment, browser: &Browser) -> anyhow::Result<()> {
    browser.open(&deployment.store().url("/account")).await?;
    browser.wait_for_text("This device").await?;
    browser.wait_for_text("With a passkey, you sign in the way you unlock your device").await
}

/// Opens the sign-in form, and fills it in.
async fn fill_form(deployment: &Deployment, browser: &Browser, login_id: &str) -> anyhow::Result<()> {
    browser.open(&deployment.store().url("/cart")).await?;
    browser.sign_in_form().await?;
    browser.fill("Email", login_id).await?;
    browser.fill("Password", PASSWORD).await
}

async fn see_empty_cart(browser: &Browser) -> anyhow::Result<()> {
    browser.wait_for_path("/cart").await?;
    browser.wait_for_text("Your cart is empty").await
}

/// Signs out, and waits until the browser has FusionAuth's answer. Until then, the browser would send the old cookies with a sign-in.
async fn sign_out(browser: &Browser) -> anyhow::Result<()> {
    browser.eval::<()>("performance.clearResourceTimings()").await?;
    browser.click(Role::Button, "Sign out").await?;
    browser.sign_in_form().await?;
    let is_answered =
        "return performance.getEntriesByType('resource').some(it => it.name.endsWith('/api/logout') && it.initiatorType === 'fetch')";
    browser.wait_for("answer to the logout", is_answered, Vec::new()).await
}
