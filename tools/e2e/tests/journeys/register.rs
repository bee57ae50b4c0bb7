//! Registration in the single-page app: the Store's backend creates the account at FusionAuth, so that no browser needs the API key.

use crate::self_service::follow_mailed_link;
use e2e::{
    Journey, Role, Setup, Workflow,
    account::{PASSWORD, SHOPPER},
    journey_in, workflows_of,
};

#[tokio::test]
async fn spa_local_storage_makes_an_account_and_signs_in() {
    makes_an_account(Workflow::SpaLocalStorage).await;
}

#[tokio::test]
async fn spa_backend_makes_an_account_and_signs_in() {
    makes_an_account(Workflow::SpaBackend).await;
}

#[tokio::test]
async fn spa_shared_domain_makes_an_account_and_signs_in() {
    makes_an_account(Workflow::SpaSharedDomain).await;
}

async fn makes_an_account(workflow: Workflow) {
    journey_in(Setup::of(workflow), async |journey| {
        let Journey { deployment, browser } = journey;
        browser.tolerate("/api/user", "404");
        browser.tolerate("/api/register", "422");
        browser.open(&deployment.store().url("/login")).await?;
        browser.click(Role::Link, "Create your account").await?;
        browser.find(Role::Heading, "Create your account").await?;

        browser.click(Role::Button, "Create account").await?;
        browser.alert().await?;
        assert_eq!(browser.eval::<String>("return document.activeElement.className").await?, "summary");
        browser.wait_for_text("At least 8 characters").await?;
        browser.fill("Email", "new@example.com").await?;
        browser.fill("Password", "short").await?;
        browser.click(Role::Button, "Create account").await?;
        browser.wait_for_text("Choose a longer password.").await?;
        assert_eq!(browser.value("Email").await?, "new@example.com", "the field must still contain the typed email");

        let start = deployment.record.mark()?;
        browser.fill("Password", PASSWORD).await?;
        browser.fill("Display name (optional)", "Nell").await?;
        browser.click(Role::Button, "Create account").await?;
        browser.wait_for_path("/cart").await?;
        browser.find(Role::Button, "Sign out").await?;
        let calls = deployment.record.calls(start)?;
        assert!(calls[0].starts_with("browser -> store POST /api/register"), "{calls:#?}");
        assert!(calls.iter().filter(|call| call.starts_with("browser")).all(|call| !call.contains("API key")), "{calls:#?}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn registering_from_the_forums_returns_to_the_same_page() {
    journey_in(Setup::of(Workflow::SpaLocalStorage), async |journey| {
        let Journey { deployment, browser } = journey;
        browser.open(&deployment.forums().url("/account")).await?;
        browser.sign_in_form().await?;
        browser.click(Role::Link, "Create your account").await?;
        browser.find(Role::Heading, "Create your account").await?;
        browser.fill("Email", "new@example.com").await?;
        browser.fill("Password", PASSWORD).await?;
        browser.click(Role::Button, "Create account").await?;
        browser.wait_for_path("/account").await?;
        browser.find(Role::Heading, "Your account").await.map(drop)
    })
    .await;
}

/// If new users have to verify their email, the visitor sees the same page for an email with an account and for one without. Only an email
/// to the owner of the account says that the account exists.
#[tokio::test]
async fn only_the_owner_learns_that_an_email_has_an_account() {
    for workflow in workflows_of([Workflow::SpaLocalStorage, Workflow::SpaBackend, Workflow::SpaSharedDomain]) {
        journey_in(Setup::of(workflow).with_addresses_to_verify(), async |journey| {
            let Journey { deployment, browser } = journey;
            browser.tolerate("/api/user", "404");
            browser.tolerate("/api/login", "404");
            let mut pages = Vec::new();
            for email in ["new@example.com", SHOPPER] {
                browser.open(&deployment.store().url("/register")).await?;
                browser.find(Role::Heading, "Create your account").await?;
                browser.fill("Email", email).await?;
                browser.fill("Password", "a-quite-new-password").await?;
                browser.click(Role::Button, "Create account").await?;
                browser.find(Role::Heading, "Confirm your email address").await?;
                browser.find(Role::Button, "Send another email").await?;
                pages.push(browser.eval::<String>("return document.querySelector('main').innerText").await?.replace(email, ""));
            }
            assert_eq!(pages[0], pages[1]);
            follow_mailed_link(deployment, browser).await?;
            browser.find(Role::Heading, "Choose a new password").await.map(drop)
        })
        .await;
    }
}
