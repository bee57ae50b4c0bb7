//! The outcomes of a sign-in. Each account of kickstart.json is in a different state, and the page must not confuse these states.

use e2e::{
    Journey, Role,
    account::{CHANGE, LOCKED, PASSWORD, TWO_FACTOR, TWO_FACTOR_SECRET, UNREGISTERED, UNVERIFIED},
    journey, totp,
};
use std::collections::BTreeMap;

/// An account's email, the status of FusionAuth's response, and the text that the page shows for this account but for no other in the list.
const STATES: [(&str, u16, &str); 4] = [
    (UNREGISTERED, 202, "Not registered yet"),
    (CHANGE, 203, "Choose a new password"),
    (UNVERIFIED, 212, "Confirm your email address"),
    (LOCKED, 423, "This account is locked"),
];

#[tokio::test]
async fn each_account_has_a_state_of_its_own() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        for (login_id, status, text) in STATES {
            if status >= 400 {
                browser.tolerate("/api/login", &status.to_string());
            }
            let start = deployment.record.mark()?;
            browser.open(&deployment.store().url("/login")).await?;
            browser.sign_in_form().await?.submit(login_id, PASSWORD).await?;
            browser.wait_for_text(text).await?;
            let page = browser.text().await?;
            for (_, _, other) in STATES.iter().filter(|(other, ..)| *other != login_id) {
                assert!(!page.contains(other), "{login_id}: {other:?} in {page:?}");
            }
            let mut calls = deployment.record.calls(start)?;
            calls.retain(|call| !call.contains("GET /api/tenant/password-validation-rules")); // the form for a new password requests them
            assert_eq!(calls.len(), 1, "{login_id}: {calls:#?}");
            assert!(calls[0].starts_with(&format!("browser -> fusionauth POST /api/login (password) => {status}")), "{calls:#?}");
            assert_eq!(browser.local_storage().await?, BTreeMap::new(), "{login_id} is not signed in");
            assert!(browser.path().await?.starts_with("/login"), "{login_id}");
            clear_cookies(browser).await?;
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_second_factor_can_be_completed() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        browser.tolerate("/api/two-factor/login", "421");
        browser.open(&deployment.store().url("/cart")).await?;
        browser.sign_in_form().await?.submit(TWO_FACTOR, PASSWORD).await?;
        browser.find(Role::Textbox, "Code").await?;
        let start = deployment.record.mark()?;
        browser.fill("Code", "000000").await?;
        browser.type_on("\u{e007}").await?; // Enter
        browser.alert().await?;
        assert_eq!(browser.value("Code").await?, "");
        browser.fill("Code", &totp(TWO_FACTOR_SECRET)).await?;
        browser.type_on("\u{e007}").await?;
        browser.wait_for_path("/cart").await?;
        browser.find(Role::Heading, "Your cart").await?;
        browser.wait_for_text("empty").await?;
        let mut calls = deployment.record.calls(start)?;
        // After the answer 421, Chromium itself repeats the request on a new connection (RFC 9110, 15.5.20).
        calls.dedup();
        assert_eq!(
            calls,
            [
                "browser -> fusionauth POST /api/two-factor/login (code twoFactorId) => 421",
                "browser -> fusionauth POST /api/two-factor/login (code twoFactorId) => 200 (refreshToken token@store) [access_token refresh_token]",
                "browser -> store GET /api/load-shopping-cart Bearer@store => 200",
            ]
        );
        Ok(())
    })
    .await;
}

/// Removes all cookies, so that the next sign-in sends none.
async fn clear_cookies(browser: &e2e::Browser) -> anyhow::Result<()> {
    browser.devtools("Network.clearBrowserCookies", serde_json::json!({})).await.map(drop)
}
