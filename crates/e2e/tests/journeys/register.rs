//! Registration in the single-page app: the Store's backend creates the account at FusionAuth, so that no browser needs the API key.

use e2e::{
    Journey, Role, Setup, Workflow,
    account::{PASSWORD, SHOPPER},
    journey_in,
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
        browser.fill("Email", SHOPPER).await?;
        browser.fill("Password", PASSWORD).await?;
        browser.click(Role::Button, "Create account").await?;
        browser.wait_for_text("There is an account").await?;
        assert_eq!(browser.value("Email").await?, SHOPPER, "what was typed stays");

        let start = deployment.record.mark()?;
        browser.fill("Email", "new@example.com").await?;
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
