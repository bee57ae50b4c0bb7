//! The app of a project that was made from `session/template/` signs in, renews, says why a session ended, and signs out.

use crate::{helpers::REFRESH, open_tabs::LOGOUT_PATH};
use e2e::{
    AxeRules, Browser, Journey, Role, TemplateApp,
    account::{PASSWORD, SHOPPER, SHOPPER_ID},
    journey,
};

/// Whether the page shows the note of the user whose id is the argument.
const NOTE: &str = "return document.querySelector('li')?.textContent.includes(arguments[0])";

#[tokio::test]
async fn the_app_signs_in_renews_and_signs_out() {
    journey(async |Journey { deployment, browser }| {
        let app = TemplateApp::start(deployment).await?;
        let site = app.site(deployment.store());
        deployment.allow_origins(&[site]).await?;
        browser.tolerate("/api/login", "404");
        browser.tolerate("/api/jwt/refresh", "400");

        browser.open(&site.url("/notes")).await?;
        let form = browser.sign_in_form().await?;
        form.submit(SHOPPER, "not the password").await?;
        assert_eq!(browser.alert().await?, "The email or password is wrong.");
        let violations: Vec<_> = browser.axe_violations(AxeRules::All).await?.iter().map(ToString::to_string).collect();
        assert!(violations.is_empty(), "{violations:#?}");
        browser.sign_in_form().await?.submit(SHOPPER, PASSWORD).await?;
        browser.find(Role::Heading, "Your notes").await?;
        browser.wait_for("the user's note", NOTE, vec![SHOPPER_ID.into()]).await?;

        let start = deployment.record.mark()?;
        age(browser).await?;
        browser.reload().await?;
        browser.wait_for("the user's note", NOTE, vec![SHOPPER_ID.into()]).await?;
        let calls = deployment.record.calls(start)?;
        assert!(calls.iter().any(|call| call.contains(REFRESH)), "{calls:#?}");

        deployment.admin().revoke_sessions(SHOPPER_ID).await?;
        age(browser).await?;
        browser.reload().await?;
        assert_eq!(browser.alert().await?, "Your session has expired. Sign in again.");
        browser.sign_in_form().await?.submit(SHOPPER, PASSWORD).await?;
        browser.click(Role::Button, "Sign out").await?;
        browser.find(Role::Button, "Sign in").await?;
        deployment.record.wait_for(start, "logout", |call| call.path == LOGOUT_PATH && call.method == "POST").await?;
        assert_eq!(deployment.admin().sessions(SHOPPER_ID).await?, 0);
        Ok(())
    })
    .await;
}

/// Changes the stored record so that the access token seems to have been received long ago.
async fn age(browser: &Browser) -> anyhow::Result<()> {
    let aged: bool = browser
        .eval(
            "const [key, text] = Object.entries(localStorage)[0]; const record = JSON.parse(text);
             record.session.receivedAt = 1000; localStorage.setItem(key, JSON.stringify(record)); return true",
        )
        .await?;
    anyhow::ensure!(aged, "no record in local storage");
    Ok(())
}
