//! Checks the pages for developers in every window size: those of the FusionAuth emulator, and those that `cargo xtask serve` adds.

use super::Gallery;
use e2e::{Journey, Role, account::SHOPPER, journey};

#[tokio::test]
async fn pictures_of_the_pages_for_developers() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        let mut gallery = Gallery::of(browser).await?;
        let emulator = deployment.mail_url().replace("/emulator/mail", "/");
        browser.open(&emulator).await?;
        gallery.add("emulator").await?;
        browser.open(&deployment.mail_url()).await?;
        gallery.add("emulator-mail-empty").await?;
        browser.open(&deployment.store().url("/forgot-password")).await?;
        browser.fill("Email", SHOPPER).await?;
        browser.click(Role::Button, "Send the link").await?;
        browser.find(Role::Heading, "Check your email").await?;
        browser.open(&deployment.mail_url()).await?;
        gallery.add("emulator-mail").await?;
        browser.tolerate("/emulator/mail/follow", "400");
        browser.click(Role::Button, "Change the password").await?;
        browser.find(Role::Heading, "That did not work").await?;
        gallery.add("emulator-mail-refused").await?;
        browser.open(&deployment.developers_url("/flows")).await?;
        browser.wait_for("drawing", "return document.querySelectorAll('.sequence').length > 0", Vec::new()).await?;
        gallery.add("flows").await?;
        browser.click(Role::Link, "Clear").await?;
        browser.find(Role::Heading, "Nothing has happened yet").await?;
        gallery.add("flows-empty").await?;
        browser.open(&deployment.developers_url("/")).await?;
        gallery.add("index").await?;
        for page in ["/design", "/design/light", "/design/dark"] {
            browser.open(&deployment.developers_url(page)).await?;
            browser.find(Role::Heading, "Loading").await?;
            gallery.add(page.replace('/', "-").trim_start_matches('-')).await?;
        }
        gallery.end()
    })
    .await;
}
