//! The app in other languages: a button chooses the language, the browser keeps the choice, and the app stays in English if the texts cannot
//! be loaded.

use axum::http::StatusCode;
use e2e::{
    Browser, HoldingProxy, Journey, Role,
    account::{PASSWORD, SHOPPER},
    journey,
};

async fn lang(browser: &Browser) -> anyhow::Result<String> {
    browser.eval("return document.documentElement.lang").await
}

#[tokio::test]
async fn the_language_is_chosen_at_the_end_of_a_page_and_kept() {
    journey(async |Journey { deployment, browser }| {
        browser.open(&deployment.store().url("/login")).await?;
        browser.find(Role::Heading, "Sign in").await?;
        browser.find(Role::Button, "Deutsch").await?;
        browser.tab_to("Deutsch").await?;
        browser.type_on("\u{e007}").await?; // Enter
        browser.find(Role::Heading, "Anmelden").await?;
        assert_eq!(lang(browser).await?, "de");
        browser.fill("E-Mail", SHOPPER).await?;
        browser.fill("Passwort", PASSWORD).await?;
        browser.click(Role::Button, "Anmelden").await?;
        browser.wait_for_text("Alle Preise inklusive Steuer.").await?;
        browser.wait_for_text("173,30").await?;

        browser.click(Role::Link, "Konto").await?;
        browser.wait_for_text("Wie du angemeldet bist").await?;
        browser.reload().await?;
        browser.wait_for_text("Wo du angemeldet bist").await?;
        browser.click(Role::Button, "Français").await?;
        browser.wait_for_text("Où vous êtes connecté").await?;
        assert_eq!(lang(browser).await?, "fr");
        browser.open(&deployment.store().url("/cart")).await?;
        browser.wait_for_text("173,30").await?;
        browser.click(Role::Button, "English").await?;
        browser.wait_for_text("Prices include tax.").await?;
        assert_eq!(lang(browser).await?, "en");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_page_without_the_texts_of_its_language_is_in_english() {
    journey(async |Journey { deployment, browser }| {
        let proxy = HoldingProxy::in_front_of(deployment.store()).await?;
        let store = proxy.site(deployment.store());
        deployment.allow_origins(&[store]).await?;
        proxy.release_program();
        browser.open(&store.url("/login")).await?;
        browser.find(Role::Button, "Deutsch").await?;
        browser.tolerate(".wasm", "503");
        proxy.refuse_parts(StatusCode::SERVICE_UNAVAILABLE);
        browser.click(Role::Button, "Deutsch").await?;
        browser.find(Role::Button, "Deutsch").await?;
        browser.find(Role::Heading, "Sign in").await?;
        assert_eq!(lang(browser).await?, "en");
        proxy.release_parts();
        browser.reload().await?;
        browser.find(Role::Button, "English").await?;
        browser.find(Role::Heading, "Anmelden").await?;
        Ok(())
    })
    .await;
}
