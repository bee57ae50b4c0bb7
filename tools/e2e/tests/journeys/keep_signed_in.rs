//! The box "Keep me signed in". Users of a shared computer untick it, and their sign-in then ends when the browser is closed.
//! `docs/account.md` lists these journeys (browser tests).

use crate::helpers::wait_for_cart;
use crate::spa::{SPA_WORKFLOWS, account_journey};
use anyhow::ensure;
use e2e::{
    Deployment, Journey, Role, Tab, Workflow,
    account::{CHANGE, PASSWORD, SHOPPER, SHOPPER_ID, TWO_FACTOR, TWO_FACTOR_SECRET},
    totp, workflows_of,
};

/// Opens the sign-in form, unticks "Keep me signed in", and submits the form.
async fn sign_in_until_closed(journey: &Journey, login_id: &str) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    browser.open(&deployment.store().url("/login")).await?;
    let form = browser.sign_in_form().await?;
    form.end_with_the_browser().await?;
    form.submit(login_id, PASSWORD).await
}

/// Checks that the user stays signed in after a reload and in a second tab. Returns the first tab.
async fn use_two_tabs(journey: &Journey) -> anyhow::Result<Tab> {
    let Journey { deployment, browser } = journey;
    browser.reload().await?;
    wait_for_cart(browser, 3).await?;
    let first = browser.tab().await?;
    browser.open_tab(&deployment.store().url(&browser.path().await?)).await?;
    wait_for_cart(browser, 3).await?;
    Ok(first)
}

/// The name of each cookie, and whether the browser deletes the cookie when the browser is closed.
async fn cookies(journey: &Journey) -> anyhow::Result<Vec<(String, bool)>> {
    let mut all: Vec<_> = journey.browser.cookies().await?.into_iter().map(|it| (it.name, it.session)).collect();
    all.sort();
    Ok(all)
}

/// The number of the shopper's refresh tokens that FusionAuth still accepts.
async fn live_sessions(deployment: &Deployment) -> anyhow::Result<usize> {
    deployment.admin().sessions(SHOPPER_ID).await
}

#[tokio::test]
async fn a_sign_in_that_is_not_kept_ends_with_the_browser() {
    for workflow in workflows_of(SPA_WORKFLOWS) {
        account_journey(workflow, async |journey| {
            sign_in_until_closed(journey, SHOPPER).await?;
            wait_for_cart(&journey.browser, 3).await?;
            let first = use_two_tabs(journey).await?;
            journey.browser.close_and_start_again(&[first]).await?;

            let Journey { deployment, browser } = &*journey;
            let start = deployment.record.mark()?;
            browser.open(&deployment.store().url("/cart")).await?;
            browser.wait_for_path("/login?next=%2Fcart").await?;
            browser.sign_in_form().await?;
            if workflow == Workflow::SpaBackend {
                ensure!(cookies(journey).await?.is_empty(), "the browser must have deleted the backend's cookies");
            } else {
                browser.wait_for_text("Your session has ended").await?;
                let logout = deployment.record.wait_for(start, "sign-out", |it| it.path == "/api/logout" && it.method == "POST").await?;
                let token = logout.cookie("refresh_token").or(logout.cookie("store.refresh_token"));
                ensure!(token.is_some(), "the logout must contain the refresh token");
                let exchanges = deployment.record.since(start)?;
                let asked = exchanges.iter().filter(|it| it.path.starts_with("/api/") && it.method != "OPTIONS");
                let asked: Vec<_> = asked.map(|it| it.path.as_str()).collect();
                ensure!(asked == ["/api/logout"], "the page must not use the stored token: {asked:?}");
                ensure!(live_sessions(deployment).await? == 0, "the refresh token must be revoked");
            }
            let storage: String = browser.local_storage().await?.into_values().collect();
            // Every JWT begins with `eyJ`.
            ensure!(!storage.contains("eyJ") && !storage.contains(SHOPPER_ID) || workflow == Workflow::SpaBackend, "{storage}");
            browser.reload().await?;
            browser.sign_in_form().await.map(drop)
        })
        .await;
    }
}

#[tokio::test]
async fn the_steps_of_a_sign_in_keep_the_choice() {
    for workflow in workflows_of(SPA_WORKFLOWS) {
        account_journey(workflow, async |journey| {
            sign_in_until_closed(journey, TWO_FACTOR).await?;
            journey.browser.fill("Code", &totp(TWO_FACTOR_SECRET)).await?;
            journey.browser.click(Role::Button, "Check code").await?;
            ends_with_the_browser(journey).await
        })
        .await;
        account_journey(workflow, async |journey| {
            sign_in_until_closed(journey, CHANGE).await?;
            journey.browser.fill("New password", "a-better-password").await?;
            journey.browser.click(Role::Button, "Change password").await?;
            ends_with_the_browser(journey).await
        })
        .await;
        account_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            browser.open(&deployment.store().url("/register")).await?;
            browser.fill("Email", "guest@example.com").await?;
            browser.fill("Password", "a-better-password").await?;
            browser.click(Role::Checkbox, "Keep me signed in").await?;
            browser.click(Role::Button, "Create account").await?;
            ends_with_the_browser(journey).await
        })
        .await;
    }
}

/// Waits until the user is signed in, restarts the browser, and asserts that the user is signed out.
async fn ends_with_the_browser(journey: &Journey) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    browser.find(Role::Button, "Sign out").await?;
    browser.close_and_start_again(&[]).await?;
    browser.open(&deployment.store().url("/cart")).await?;
    browser.wait_for_path("/login?next=%2Fcart").await?;
    browser.sign_in_form().await.map(drop)
}
