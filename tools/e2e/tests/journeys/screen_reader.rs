//! Checks what a screen reader announces after each outcome of a sign-in: the texts of live regions, the focused element, and the page's
//! title.

use crate::helpers::{ENTER, block_sign_in};
use e2e::{
    Browser, Journey, Role,
    account::{CHANGE, LOCKED, PASSWORD, SECOND, SHOPPER, TWO_FACTOR, TWO_FACTOR_SECRET, UNREGISTERED, UNVERIFIED},
    journey, totp,
};
use serde_json::json;

/// The summary of the errors above a form.
const SUMMARY: &str = ".summary";
const HEADING: &str = "main h1";
/// The only field of a form.
const FIELD: &str = "main section input:not([hidden])";

/// Waits until the page has `title` and the element that `selector` finds has the focus. The focus alone is not enough: the heading
/// "Sign in" has the focus while the app loads the code of the next page. Then compares the announcements since the last call, and the text
/// of the focused element.
async fn check(browser: &Browser, selector: &str, announced: &[&str], focus: &str, title: &str) -> anyhow::Result<()> {
    let script = "return document.title === arguments[1] && document.activeElement.matches(arguments[0])";
    browser.wait_for(&format!("{title:?} with the focus on {selector}"), script, vec![json!(selector), json!(title)]).await?;
    browser.wait_for_announcements(announced.len()).await?;
    assert_eq!(browser.announcements().await?, announced, "{title}");
    let text = browser.text_with_focus().await?;
    // The rules of a new password, which load later, are at the end of the field's description.
    assert!(if selector == FIELD { text.starts_with(focus) } else { text == focus }, "{title}: {text}");
    Ok(())
}

#[tokio::test]
async fn each_outcome_of_the_sign_in_form_is_told() {
    const MISSING: &str = "There is a problem Enter your email address. Enter your password.";
    const WRONG: &str = "There is a problem The email or password is not correct. Check both and try again, or choose a new password.";
    const SENDING: &str = "Signing in…";
    journey(async |Journey { deployment, browser }| {
        browser.keep_announcements().await?;
        for status in ["404", "423"] {
            browser.tolerate("/api/login", status);
        }
        for (login_id, password, selector, announced, focus, title) in [
            ("", "", SUMMARY, &[MISSING][..], MISSING, "Error: Sign in"),
            (SHOPPER, "wrong-horse-battery", SUMMARY, &[SENDING, WRONG], WRONG, "Error: Sign in"),
            (
                UNREGISTERED,
                PASSWORD,
                FIELD,
                &[SENDING],
                "Password Not registered yet This account is not registered for this site.",
                "Not registered yet",
            ),
            (
                CHANGE,
                PASSWORD,
                FIELD,
                &[SENDING, "You need to change your password before you sign in."],
                "New password Choose a new password You need to change your password before you sign in.",
                "Choose a new password",
            ),
            (UNVERIFIED, PASSWORD, HEADING, &[SENDING], "Confirm your email address", "Confirm your email address"),
            (
                LOCKED,
                PASSWORD,
                HEADING,
                &[SENDING, "This account is locked. Only our team can unlock it."],
                "You can't sign in with this account",
                "You can't sign in with this account",
            ),
            (SHOPPER, PASSWORD, HEADING, &[SENDING], "Your cart", "Your cart"),
        ] {
            browser.open(&deployment.store().url("/login")).await?;
            let form = browser.sign_in_form().await?;
            browser.announcements().await?;
            form.submit(login_id, password).await?;
            check(browser, selector, announced, focus, &format!("{title} · Fernhill")).await?;
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_follows_a_second_factor_and_a_sign_out_is_told() {
    const WRONG: &str = "There is a problem That code is not correct. Codes change every 30 seconds. Enter the current one.";
    journey(async |Journey { deployment, browser }| {
        browser.keep_announcements().await?;
        browser.tolerate("/api/two-factor/login", "421");
        browser.open(&deployment.store().url("/login")).await?;
        browser.sign_in_form().await?.submit(TWO_FACTOR, PASSWORD).await?;
        let focus = "Code Enter your code Enter the six-digit code from your authenticator app. You can also use a recovery code.";
        check(browser, FIELD, &["Signing in…"], focus, "Enter your code · Fernhill").await?;
        browser.fill("Code", "000000").await?;
        browser.type_on(ENTER).await?;
        check(browser, SUMMARY, &["Checking…", WRONG], WRONG, "Error: Enter your code · Fernhill").await?;
        browser.fill("Code", &totp(TWO_FACTOR_SECRET)).await?;
        browser.type_on(ENTER).await?;
        browser.wait_for_path("/cart").await?;
        check(browser, HEADING, &["Checking…"], "Your cart", "Your cart · Fernhill").await?;
        browser.click(Role::Button, "Sign out").await?;
        browser.sign_in_form().await?;
        check(browser, HEADING, &["You are signed out."], "Sign in", "Sign in · Fernhill").await
    })
    .await;
}

#[tokio::test]
async fn a_blocked_sign_in_is_told() {
    journey(async |Journey { deployment, browser }| {
        browser.keep_announcements().await?;
        block_sign_in(deployment, browser, SECOND).await?;
        let told = "There is a problem Sign-in is blocked for now. Wait a few minutes, then try again.";
        browser.wait_for("last announcement", "return announcements.at(-1) === arguments[0]", vec![json!(told)]).await?;
        let script = "return document.activeElement.matches(arguments[0])";
        browser.wait_for("focus on the field", script, vec![json!(FIELD)]).await?;
        let text = browser.text_with_focus().await?;
        assert!(text.starts_with("Email Sign-in is blocked "), "{text}");
        Ok(())
    })
    .await;
}
