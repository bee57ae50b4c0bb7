//! The server-rendered workflows in a browser without scripts, where only a browser can show it: the keyboard, and a step back after a
//! sign-out. The server's suite submits every form of these pages.

use crate::helpers::{ENTER, wait_for_cart};
use crate::webapp::{SERVER_RENDERED_WORKFLOWS, sign_in_shopper_and_open_cart, webapp_journey};
use e2e::{
    CrossOriginPage, Journey, Role,
    account::{PASSWORD, SHOPPER, SHOPPER_ID},
    workflows_of,
};

const TAB: &str = "\u{e004}";

#[tokio::test]
async fn the_browser_of_these_journeys_runs_no_script() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |Journey { deployment, browser }| {
            let page = "<!doctype html><title>No script ran</title><link rel=icon href='data:,'><main><noscript>No script may run</noscript></main>\
                <script>document.title = 'A script ran'</script>";
            let page = CrossOriginPage::serve(page.to_owned()).await?;
            browser.open(&page.url("localhost")).await?;
            browser.wait_for_text("No script may run").await?;
            assert_eq!(browser.title().await?, "No script ran");
            // The browser must run no script on a host of the workflow, either.
            let host = deployment.store().name();
            browser.open(&page.url(&host)).await?;
            browser.wait_for_text("No script may run").await?;
            assert_eq!(browser.title().await?, "No script ran");
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn the_keyboard_alone_is_enough() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |Journey { deployment, browser }| {
            browser.open(&deployment.store().url("/")).await?;
            // The first element in the tab order is the skip link.
            browser.type_on(TAB).await?;
            assert_eq!(browser.focused().await?, "Skip to content");
            browser.tab_to("Sign in").await?;
            browser.type_on(ENTER).await?;
            browser.wait_for_path("/login").await?;
            browser.tab_to("Email").await?;
            browser.type_on(SHOPPER).await?;
            browser.type_on(TAB).await?;
            assert_eq!(browser.focused().await?, "Password");
            browser.type_on(PASSWORD).await?;
            browser.type_on(ENTER).await?;
            browser.wait_for_path("/shopping-cart").await?;
            wait_for_cart(browser, 3).await?;

            browser.tab_to("Quantity of Enamel mug").await?;
            let start = deployment.record.mark()?;
            // The keys are: select all, 7, Enter. Enter must change the quantity, and not press another button of the line.
            browser.type_on("\u{e009}a\u{e000}7\u{e007}").await?;
            browser.wait_for_text("€247.80").await?;
            let change = deployment.record.wait_for(start, "change of a quantity", |exchange| exchange.method == "POST").await?;
            assert_eq!((change.path.as_str(), change.status()), ("/shopping-cart/lines/enamel-mug", Some(303)));

            browser.tab_to("Sign out").await?;
            browser.type_on(ENTER).await?;
            browser.wait_for_path("/login").await?;
            browser.wait_for_text("You are signed out.").await
        })
        .await;
    }
}

#[tokio::test]
async fn signing_out_leaves_no_cookie_and_no_refresh_token() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| {
            sign_in_shopper_and_open_cart(journey).await?;
            let Journey { deployment, browser } = &*journey;
            assert_eq!(deployment.admin().sessions(SHOPPER_ID).await?, 1);
            let start = deployment.record.mark()?;
            browser.click(Role::Button, "Sign out").await?;
            browser.wait_for_path("/login").await?;
            browser.wait_for_text("You are signed out.").await?;
            assert!(browser.cookies().await?.is_empty());
            assert_eq!(deployment.admin().sessions(SHOPPER_ID).await?, 0, "the refresh token must be revoked");
            let steps = deployment.record.steps(start)?;
            assert!(steps.contains(&"store -> fusionauth POST /api/logout (refreshToken) => 200".to_owned()), "{steps:#?}");
            // Going back after the sign-out must not show the cart.
            browser.back().await?;
            browser.wait_for_path("/login").await
        })
        .await;
    }
}
