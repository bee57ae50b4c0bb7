//! Checks the pages for developers in every window size: those of the FusionAuth emulator, and those that `cargo xtask serve` adds.

use super::{Gallery, orders::fill_address, resize};
use anyhow::ensure;
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
        browser.click(Role::Link, "Change the password").await?;
        browser.find(Role::Heading, "Choose a new password").await?;
        gallery.add("emulator-change-password").await?;
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        browser.open(&deployment.store().url("/checkout")).await?;
        let place = browser.named(Role::Button, "Place order").await?;
        fill_address(browser).await?;
        browser.click(Role::Button, &place).await?;
        browser.wait_for_text("Thank you for your order.").await?;
        browser.open(&deployment.developers_url("/flows")).await?;
        browser.wait_for("drawing", "return document.querySelectorAll('.sequence').length > 0", Vec::new()).await?;
        resize(browser, 1280, 900).await?;
        let height: i64 = browser.eval("return document.documentElement.scrollHeight").await?;
        ensure!(height <= 3000, "/flows is {height} px high after a sign-in and an order, because it folds no phase");
        gallery.add("flows").await?;
        browser.click(Role::Link, "Clear").await?;
        browser.find(Role::Heading, "Nothing has happened since you cleared the page").await?;
        gallery.add("flows-empty").await?;
        browser.open(&deployment.developers_url("/")).await?;
        gallery.add("index").await?;
        for (page, heading) in
            [("/design", "Loading"), ("/design/light", "Loading"), ("/design/dark", "Loading"), ("/design/both", "Light and dark")]
        {
            browser.open(&deployment.developers_url(page)).await?;
            browser.find(Role::Heading, heading).await?;
            gallery.add(page.replace('/', "-").trim_start_matches('-')).await?;
        }
        gallery.end()
    })
    .await;
}
