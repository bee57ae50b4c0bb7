//! The cart of a visitor, who is not signed in, in each workflow of the single-page app. At the sign-in, the Store adds the
//! lines of the visitor's cart to the user's cart.

use crate::helpers::{wait_for_answered_edits, wait_for_cart};
use crate::spa::{SPA_WORKFLOWS, spa_journey};
use e2e::{
    Browser, Journey, Role,
    account::{SECOND, SHOPPER},
    workflows_of,
};

const COOKIE: &str = "storefront_guest_cart";
const BADGE: &str = "return document.querySelector('header .badge')?.textContent === arguments[0]";

async fn wait_for_badge(browser: &Browser, text: &str) -> anyhow::Result<()> {
    browser.wait_for("badge", BADGE, vec![text.into()]).await
}

/// Puts a hammock into the visitor's cart, from the start page.
async fn add_a_hammock(journey: &Journey) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    browser.open(&deployment.store().url("/")).await?;
    browser.click(Role::Button, "Add to cart: Two-tree hammock").await?;
    browser.wait_for_text("Added.").await?;
    wait_for_badge(browser, "1 item").await
}

#[tokio::test]
async fn a_visitors_cart_survives_the_tab_and_becomes_the_users_at_the_sign_in() {
    for workflow in workflows_of(SPA_WORKFLOWS) {
        spa_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            let start = deployment.record.mark()?;
            add_a_hammock(journey).await?;
            let add = deployment.record.wait_for(start, "addition", |it| it.path == "/api/guest-cart/lines").await?;
            assert_eq!((add.status(), add.bearer().is_none()), (Some(200), true), "{add}");
            let cookies = browser.cookies().await?;
            let names: Vec<_> = cookies.iter().map(|it| (it.name.as_str(), it.http_only, it.session)).collect();
            assert_eq!(
                names,
                [(COOKIE, true, false)],
                "expected one cookie, which scripts can't read and which survives a restart of the browser"
            );
            assert!(browser.local_storage().await?.values().all(|it| !it.contains("hammock")));

            browser.click(Role::Link, "See your cart").await?;
            wait_for_cart(browser, 1).await?;
            browser.click(Role::Button, "Increase quantity of Two-tree hammock").await?;
            wait_for_badge(browser, "2 items").await?;
            // An edit that a reload sends again can reach the Store after the sign-in in the other tab.
            wait_for_answered_edits(browser).await?;
            browser.reload().await?;
            wait_for_cart(browser, 1).await?;
            browser.open_tab(&deployment.store().url("/")).await?;
            wait_for_badge(browser, "2 items").await?;

            browser.sign_in_at(deployment.store(), SHOPPER).await?;
            wait_for_cart(browser, 4).await?;
            browser.wait_for_text("Your cart now includes what you added before you signed in.").await?;
            wait_for_badge(browser, "6 items").await?;
            assert!(browser.cookies().await?.iter().all(|it| it.name != COOKIE));
            browser.reload().await?;
            browser.wait_for_text("Your cart now includes what you added before you signed in.").await?;
            browser.click(Role::Button, "OK").await?;
            browser.wait_until_gone(Role::Button, "OK").await?;

            browser.click(Role::Button, "Sign out").await?;
            browser.sign_in_form().await?;
            browser.open(&deployment.store().url("/")).await?;
            browser.named(Role::Button, "Add to cart").await?;
            assert!(
                browser.eval::<bool>("return !document.querySelector('header .badge')").await?,
                "the next visitor must have an empty cart"
            );
            browser.sign_in_at(deployment.store(), SECOND).await?;
            browser.wait_for_text("Your cart is empty").await
        })
        .await;
    }
}
