//! Tests of the browser driver itself: it finds elements by role and name, and notices errors of a page.

use super::Browser;
use crate::{Role, setup::Script};
use axum::{Router, http::header, response::Html, routing::get};
use std::time::Duration;
use tokio::net::TcpListener;

const PAGE: &str = r#"<!doctype html><title>Page</title><link rel="icon" href="data:,"><main>
    <h1>Sign in</h1>
    <form>
      <label for="a">Email</label><input id="a" type="email">
      <label>Password <input type="password"></label>
      <button type="button">Sign <b>in</b></button><button hidden>Sign in</button>
    </form>
    <div role="alert">Wrong</div>
    <input type="number" aria-label="Quantity">
    </main><script src="/script.js"></script>"#;

async fn serve(script: &'static str) -> anyhow::Result<String> {
    let policy = [(header::CONTENT_SECURITY_POLICY, "default-src 'none'; script-src 'self'; img-src data:")];
    let app = Router::new()
        .route("/", get(move || async move { (policy, Html(PAGE)) }))
        .route("/script.js", get(move || async move { ([(header::CONTENT_TYPE, "text/javascript")], script) }));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://store.spa-local-storage.localhost:{}/", listener.local_addr()?.port());
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(url)
}

/// Runs `body` in a browser that shows the page with this script.
async fn on_page(script: &'static str, body: impl AsyncFnOnce(&Browser) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let browser = Browser::start(folder.path(), Script::On, Duration::ZERO).await?;
    browser.open(&serve(script).await?).await?;
    body(&browser).await?;
    browser.quit().await;
    Ok(())
}

#[tokio::test]
#[ignore = "needs Chromium; `cargo xtask test` runs it with the journeys"]
#[should_panic(expected = "an assertion beside a browser")]
async fn an_assertion_that_fails_ends_the_browser_and_the_test() {
    on_page("", async |_| panic!("an assertion beside a browser")).await.unwrap();
}

#[tokio::test]
#[ignore = "needs Chromium; `cargo xtask test` runs it with the journeys"]
async fn elements_are_found_by_role_and_name() -> anyhow::Result<()> {
    on_page("", async |browser| {
        assert_eq!(browser.names(Role::Button).await?, ["Sign in"], "the hidden button is left out");
        assert_eq!(browser.names(Role::Heading).await?, ["Sign in"]);
        assert_eq!(browser.names(Role::Textbox).await?, ["Email", "Password"]);
        assert_eq!(browser.names(Role::Spinbutton).await?, ["Quantity"]);
        assert_eq!(browser.alert().await?, "Wrong");
        browser.fill("Email", "a@example.com").await?;
        browser.fill("Email", "b@example.com").await?;
        assert_eq!(browser.value("Email").await?, "b@example.com");
        browser.wait_for_number(Role::Textbox, 2).await?;
        browser.wait_until_gone(Role::Heading, "Sign out").await?;
        assert!(!browser.has(Role::Textbox, "Email address").await?);
        assert_eq!(browser.complaints().await?, Vec::<String>::new());
        Ok(())
    })
    .await
}

/// The button moves when the mouse comes to it, as it does when a late font changes the lines above.
#[tokio::test]
#[ignore = "needs Chromium; `cargo xtask test` runs it with the journeys"]
async fn a_click_meets_an_element_that_moves() -> anyhow::Result<()> {
    let script = "const [button, heading] = ['button', 'h1'].map(it => document.querySelector(it));
        button.addEventListener('mousemove', () => { button.style.marginLeft = '300px'; }, { once: true });
        button.addEventListener('click', () => { heading.textContent += '.'; });";
    on_page(script, async |browser| {
        browser.click(Role::Button, "Sign in").await?;
        assert_eq!(browser.names(Role::Heading).await?, ["Sign in."]);
        Ok(())
    })
    .await
}

#[tokio::test]
#[ignore = "needs Chromium; `cargo xtask test` runs it with the journeys"]
async fn an_error_of_a_page_is_a_complaint_unless_it_was_announced() -> anyhow::Result<()> {
    on_page("console.error('broken'); fetch('/missing'); new Image().src = '/missing.png'", async |browser| {
        browser.wait_for("loaded page", "return document.readyState === 'complete'", Vec::new()).await?;
        browser.leave().await?;
        let complaints = browser.complaints().await?.join("\n");
        assert!(complaints.contains("broken"), "{complaints}");
        assert!(complaints.contains("securitypolicyviolation: connect-src"), "{complaints}");
        assert!(complaints.contains("securitypolicyviolation: img-src"), "{complaints}");
        browser.tolerate("script.js", "broken");
        assert!(!browser.complaints().await?.join("\n").contains("broken"));
        Ok(())
    })
    .await
}
