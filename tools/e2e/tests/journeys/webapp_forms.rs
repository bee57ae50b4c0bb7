//! Cases of the server-rendered workflows that FusionAuth's published steps do not cover, without scripts: the cart, posts, accounts, the
//! return to a page after a sign-in, messages that a page shows once.

use crate::helpers::{ENTER, wait_for_cart};
use crate::webapp::{SERVER_RENDERED_WORKFLOWS, sign_in_shopper_and_open_cart, sign_in_to, webapp_journey};
use e2e::{
    CrossOriginPage, Journey, Role,
    account::{CHANGE, LOCKED, PASSWORD, SECOND, SHOPPER, SHOPPER_ID, TWO_FACTOR, TWO_FACTOR_SECRET, UNREGISTERED, UNVERIFIED},
    totp, workflows_of,
};

const TAB: &str = "\u{e004}";

#[tokio::test]
async fn the_browser_of_these_journeys_runs_no_script() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
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
async fn the_language_is_chosen_at_the_end_of_a_page_and_kept() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            browser.open(&deployment.store().url("/login")).await?;
            browser.tab_to("Deutsch").await?;
            browser.type_on(ENTER).await?;
            browser.find(Role::Heading, "Anmelden").await?;
            browser.wait_for_path("/login").await?;
            browser.fill("E-Mail", SHOPPER).await?;
            browser.fill("Passwort", PASSWORD).await?;
            browser.click(Role::Button, "Anmelden").await?;
            browser.find(Role::Heading, "Dein Warenkorb").await?;
            browser.wait_for_text("173,30\u{a0}€").await?;
            browser.click(Role::Button, "English").await?;
            wait_for_cart(browser, 3).await?;
            browser.wait_for_text("€173.30").await
        })
        .await;
    }
}

#[tokio::test]
async fn a_cart_is_changed_by_forms_and_each_change_is_said_once() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| {
            sign_in_shopper_and_open_cart(journey).await?;
            let Journey { deployment, browser } = &*journey;
            browser.wait_for_text("€173.30").await?;
            let start = deployment.record.mark()?;
            browser.click(Role::Button, "Increase quantity of Enamel mug").await?;
            browser.wait_for_text("Changed the quantity of Enamel mug.").await?;
            browser.wait_for_text("€188.20").await?;
            let steps = deployment.record.steps(start)?;
            let [post, get] = steps.as_slice() else { anyhow::bail!("{steps:#?}") };
            assert!(
                post.starts_with("browser -> store POST /shopping-cart/lines/enamel-mug [") && post.ends_with("=> 303 [storefront_flash]"),
                "{post}"
            );
            assert!(get.starts_with("browser -> store GET /shopping-cart [") && get.ends_with("=> 200 [-storefront_flash]"), "{get}");
            browser.reload().await?;
            wait_for_cart(browser, 3).await?;
            assert!(
                !browser.text().await?.contains("Changed the quantity"),
                "the page must show the message once, and the reload must not submit the form again"
            );
            browser.wait_for_text("€188.20").await?;

            browser.click(Role::Button, "Remove Wool blanket").await?;
            browser.wait_for_text("Removed Wool blanket.").await?;
            browser.wait_for_number(Role::Spinbutton, 2).await?;
            browser.click(Role::Button, "Undo: put Wool blanket back").await?;
            wait_for_cart(browser, 3).await?;

            browser.click(Role::Link, "Products").await?;
            browser.click(Role::Button, "Add to cart: Two-tree hammock").await?;
            browser.wait_for_text("Added Two-tree hammock.").await?;
            browser.click(Role::Link, "See your cart").await?;
            wait_for_cart(browser, 4).await
        })
        .await;
    }
}

#[tokio::test]
async fn a_product_has_a_page_from_which_it_is_added() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            browser.open(&deployment.store().url("/")).await?;
            browser.click(Role::Link, "Two-tree hammock").await?;
            browser.wait_for_path("/products/hammock").await?;
            browser.find(Role::Heading, "Two-tree hammock").await?;
            browser.click(Role::Button, "Add to cart: Two-tree hammock").await?;
            browser.wait_for_text("Added Two-tree hammock.").await
        })
        .await;
    }
}

#[tokio::test]
async fn a_visitors_cart_becomes_the_users_at_the_sign_in() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            browser.open(&deployment.store().url("/")).await?;
            browser.click(Role::Button, "Add to cart: Two-tree hammock").await?;
            browser.wait_for_text("Added Two-tree hammock.").await?;
            browser.click(Role::Link, "See your cart").await?;
            wait_for_cart(browser, 1).await?;
            browser.reload().await?;
            wait_for_cart(browser, 1).await?;
            browser.click(Role::Link, "Sign in").await?;
            browser.sign_in_form().await?.submit(SHOPPER, PASSWORD).await?;
            wait_for_cart(browser, 4).await?;
            browser.wait_for_text("Your cart now includes what you added before you signed in.").await?;

            browser.click(Role::Button, "Sign out").await?;
            browser.open(&deployment.store().url("/shopping-cart")).await?;
            browser.wait_for_path("/login").await
        })
        .await;
    }
}

#[tokio::test]
async fn the_keyboard_alone_is_enough() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
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
async fn a_page_that_needs_a_sign_in_is_come_back_to() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            let start = deployment.record.mark()?;
            browser.open(&deployment.store().url("/account?from=mail")).await?;
            browser.wait_for_path("/login?next=%2Faccount%3Ffrom%3Dmail").await?;
            browser.wait_for_text("Sign in to continue.").await?;
            assert_eq!(
                deployment.record.steps(start)?,
                ["browser -> store GET /account => 302 [storefront_flash]", "browser -> store GET /login => 200 [-storefront_flash]"]
            );
            browser.tolerate("/login", "403");
            // After a wrong password, the form must still have the URL of the page to return to, and the typed email.
            let form = browser.sign_in_form().await?;
            form.submit(SHOPPER, "wrong-horse-battery").await?;
            browser.alert().await?;
            assert_eq!((browser.value("Email").await?.as_str(), browser.value("Password").await?.as_str()), (SHOPPER, ""));
            form.submit(SHOPPER, PASSWORD).await?;
            browser.wait_for_path("/account?from=mail").await?;
            browser.find(Role::Heading, "Your account").await?;
            // The author of a link must not be able to choose another site as the destination of a sign-in.
            for evil in ["//prizes.localhost/", "/%5Cprizes.localhost/", "http://prizes.localhost/", "javascript:alert(1)"] {
                browser.open(&deployment.store().url(&format!("/login?next={evil}"))).await?;
                browser.wait_for_path("/shopping-cart").await?;
            }
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn an_account_is_made_without_a_script() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            let start = deployment.record.mark()?;
            browser.open(&deployment.store().url("/login")).await?;
            browser.click(Role::Button, "Create your account").await?;
            browser.wait_for_path("/register").await?;
            browser.tolerate("/register", "422");
            browser.wait_for_text("At least 8 characters").await?;
            browser.fill("Email", "new@example.com").await?;
            browser.fill("Password", "short").await?;
            browser.click(Role::Button, "Create account").await?;
            assert!(browser.alert().await?.contains("Choose a longer password."));
            assert_eq!(browser.value("Password").await?, "");
            browser.fill("Password", "a-quite-new-password").await?;
            browser.click(Role::Button, "Create account").await?;
            browser.wait_for_path("/shopping-cart").await?;
            browser.wait_for_text("Your cart is empty").await?;
            let made =
                deployment.record.wait_for(start, "registration", |it| it.path == "/api/user/registration" && it.status() == Some(200));
            assert_eq!(made.await?.to_string(), "store -> fusionauth POST /api/user/registration api-key (password) => 200 (token@store)");
            let of_the_browser = deployment.record.since(start)?.into_iter().filter(|it| it.from == wire_recorder::Actor::Browser);
            assert!(of_the_browser.flat_map(|it| it.credentials).all(|it| it.name != "api-key"), "the API key must never reach a browser");

            // The new account must be valid for the Store and for the Forums.
            browser.open(&deployment.forums().url("/login")).await?;
            browser.sign_in_form().await?.submit("new@example.com", "a-quite-new-password").await?;
            browser.wait_for_path("/posts").await
        })
        .await;
    }
}

#[tokio::test]
async fn each_outcome_of_a_sign_in_has_its_own_page() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            browser.tolerate("/login", "403");
            // Before it shows the form for a new password, the Store requests the tenant's password rules from FusionAuth. So that case
            // has one more exchange.
            for (login_id, status, answer, exchanges, text) in [
                (UNREGISTERED, 202, 403, 3, "Not registered yet"),
                (CHANGE, 203, 200, 4, "Choose a new password"),
                (UNVERIFIED, 212, 403, 3, "Confirm your email address"),
                (LOCKED, 423, 403, 3, "This account is locked"),
            ] {
                let start = deployment.record.mark()?;
                browser.open(&deployment.store().url("/login")).await?;
                browser.sign_in_form().await?.submit(login_id, PASSWORD).await?;
                browser.wait_for_text(text).await?;
                let steps = deployment.record.steps(start)?;
                assert_eq!(steps.len(), exchanges, "{steps:#?}");
                assert_eq!(steps[1], format!("browser -> store POST /login (password) => {answer}"), "{login_id}");
                assert!(
                    steps[2].starts_with(&format!("store -> fusionauth POST /api/login api-key (password) => {status}")),
                    "{}",
                    steps[2]
                );
                assert!(browser.cookies().await?.is_empty(), "{login_id} must not be signed in");
            }
            browser.open(&deployment.store().url("/login")).await?;
            browser.sign_in_form().await?.submit(TWO_FACTOR, PASSWORD).await?;
            browser.fill("Code", &totp(TWO_FACTOR_SECRET)?).await?;
            browser.click(Role::Button, "Check code").await?;
            browser.wait_for_path("/shopping-cart").await
        })
        .await;
    }
}

#[tokio::test]
async fn a_post_survives_the_end_of_the_sign_in() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            sign_in_to(browser, deployment.forums(), SECOND, "/posts").await?;
            browser.open_editor().await?;
            browser.fill("Your post", "Half a thought").await?;
            // Removes the cookies, as a sign-out in another window does.
            browser.devtools("Network.clearBrowserCookies", serde_json::json!({})).await?;
            browser.tolerate("/posts", "403");
            let start = deployment.record.mark()?;
            browser.click(Role::Button, "Publish").await?;
            browser.wait_for_text("We kept what you wrote").await?;
            assert_eq!(deployment.record.steps(start)?, ["browser -> forums POST /posts => 403"]);
            browser.sign_in_form().await?.submit(SECOND, PASSWORD).await?;
            browser.wait_for_path("/posts").await?;
            assert_eq!(browser.value("Your post").await?, "Half a thought");
            browser.click(Role::Button, "Publish").await?;
            browser.wait_for_text("Post published.").await?;
            browser.open_editor().await?;
            assert_eq!(browser.value("Your post").await?, "");
            Ok(())
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
