//! Steps 18 to 27 of FusionAuth's published workflow `spa-local-storage`: a sign-in at the Forums replaces FusionAuth's cookie, and so ends
//! the Store's session. With the default setting of the proxy in front of FusionAuth, both stay signed in.

use crate::helpers::{CART, leave_with_an_expired_token, wait_for_banner, wait_for_cart};
use e2e::{
    FusionAuthCookies, Journey, Role, Setup, Workflow,
    account::{PASSWORD, SHOPPER},
    journey, journey_in, workflows_of,
};
use std::collections::BTreeMap;
use wire_recorder::Actor;

const FORUMS_LOGIN: &str = "browser -> fusionauth POST /api/login (password) [access_token refresh_token] => 200 (refreshToken token@forums) [access_token refresh_token]";
const POSTS: &str = "browser -> forums GET /api/load-posts Bearer@forums => 200";
/// The line in the record of messages for a refresh by the Store's page in which FusionAuth issues a token of the Forums. The sign-in at
/// the Forums has replaced the cookie, so it is now the Forums' refresh token.
const DISPLACED: &str = "browser -> fusionauth POST /api/jwt/refresh [access_token refresh_token] => 200 (refreshToken token@forums) [access_token refresh_token]";

#[tokio::test]
async fn step_18_to_20_the_forums_know_nothing_of_the_store_s_sign_in() {
    journey(async |Journey { deployment, browser }| {
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;

        let start = deployment.record.mark()?;
        browser.open(&deployment.forums().url("/")).await?;
        browser.wait_for_path("/login?next=%2F").await?;
        browser.sign_in_form().await?;
        assert_eq!(browser.local_storage().await?, BTreeMap::new(), "the Forums must not see the Store's local storage");
        assert_eq!(
            deployment.record.calls(start)?,
            Vec::<String>::new(),
            "the page must not send a request to an API, because there is no single sign-on"
        );
        for exchange in deployment.record.since(start)? {
            // Files that the Store's page or its service worker was loading may still arrive.
            let files = [".wasm", ".css", ".woff2", ".js", ".svg", "/index.html"];
            let is_late_file = exchange.to == Actor::Store && files.iter().any(|it| exchange.path.ends_with(it));
            assert!(exchange.to == Actor::Forums || is_late_file, "{exchange}");
            assert!(exchange.credentials.is_empty(), "{exchange}");
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_21_to_27_signing_in_at_the_forums_takes_over_the_store_s_refresh_token() {
    journey(async |Journey { deployment, browser }| {
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        let of_the_store = browser.auth_cookie("refresh_token").await?;

        browser.open(&deployment.forums().url("/")).await?;
        let form = browser.sign_in_form().await?;
        let start = deployment.record.mark()?;
        form.submit(SHOPPER, PASSWORD).await?;
        browser.wait_for_path("/").await?;
        browser.find(Role::Heading, "Posts").await?;
        browser.wait_for("posts", "return document.querySelectorAll('article').length > 0", Vec::new()).await?;

        assert_eq!(
            deployment.record.calls(start)?,
            [FORUMS_LOGIN, POSTS],
            "the browser must send the Store's cookies, and FusionAuth must replace them"
        );
        let login = deployment.record.since(start)?.into_iter().find(|exchange| exchange.path == "/api/login" && exchange.method == "POST");
        let login = login.expect("a login");
        let (sent, set) = (login.cookie("refresh_token").expect("sent"), login.set_cookie("refresh_token").expect("set"));
        assert!(sent.fingerprint.is_some() && sent.fingerprint != set.fingerprint, "the answer must set another refresh token");
        assert!(browser.auth_cookie("refresh_token").await? != of_the_store, "the browser must have another refresh token");
        let storage = browser.local_storage().await?;
        assert_eq!(storage.len(), 1, "the Forums must store their token in their own local storage");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_24_the_store_works_on_until_its_token_is_over() {
    journey(async |Journey { deployment, browser }| {
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        browser.sign_in_at(deployment.forums(), SHOPPER).await?;
        browser.wait_for("posts", "return document.querySelectorAll('article').length > 0", Vec::new()).await?;
        let start = deployment.record.mark()?;
        browser.open(&deployment.store().url("/cart")).await?;
        wait_for_cart(browser, 3).await?;
        assert_eq!(deployment.record.calls(start)?, [CART], "the page must use the token in the Store's local storage");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_24_once_the_store_s_token_is_over_the_form_shows_once_with_the_reason() {
    journey(async |journey| {
        leave_with_an_expired_token(journey).await?;
        let Journey { deployment, browser } = journey;
        let signing_in = deployment.record.mark()?;
        browser.sign_in_at(deployment.forums(), SHOPPER).await?;
        deployment.record.wait_for(signing_in, "the posts", |it| it.path == "/api/load-posts").await?;

        let start = deployment.record.mark()?;
        browser.open(&deployment.store().url("/cart")).await?;
        browser.wait_for_path("/login?next=%2Fcart").await?;
        let form = browser.sign_in_form().await?;
        browser.wait_for_text("Another sign-in in this browser").await?;
        assert_eq!(deployment.record.calls(start)?, [DISPLACED], "expected one refresh, and no request to the Store with the new token");
        let record: String = browser.local_storage().await?.into_values().collect();
        // Every JWT begins with `eyJ`.
        assert!(!record.contains("eyJ"), "the page must not store a token of another application");

        let start = deployment.record.mark()?;
        browser.reload().await?;
        browser.sign_in_form().await?;
        assert_eq!(deployment.record.calls(start)?, Vec::<String>::new(), "the static form must send nothing");

        form.submit(SHOPPER, PASSWORD).await?;
        browser.wait_for_path("/cart").await?;
        wait_for_cart(browser, 3).await?;
        let calls = deployment.record.calls(start)?;
        assert!(!calls.iter().any(|it| it.contains("/api/jwt/refresh")), "the app is signed out, so it must not refresh again: {calls:?}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_24_the_store_s_public_pages_say_once_that_the_session_has_ended_and_that_the_cart_is_kept() {
    const DISMISSED: &str = "return !document.querySelector('header + .banner')";
    journey(async |journey| {
        leave_with_an_expired_token(journey).await?;
        let Journey { deployment, browser } = journey;
        let signing_in = deployment.record.mark()?;
        browser.sign_in_at(deployment.forums(), SHOPPER).await?;
        deployment.record.wait_for(signing_in, "the posts", |it| it.path == "/api/load-posts").await?;

        browser.open(&deployment.store().url("/")).await?;
        wait_for_banner(browser, "Another sign-in in this browser signed you out.").await?;
        wait_for_banner(browser, "Your cart is saved, and anything you add now will join it.").await?;
        browser.click(Role::Button, "Add to cart: Two-tree hammock").await?;
        browser.wait_for_text("Added.").await?;
        let stored: String = browser.local_storage().await?.into_values().collect();
        assert!(!stored.contains('@'), "local storage must hold no email: {stored}");
        browser.reload().await?;
        wait_for_banner(browser, "Your cart is saved, and anything you add now will join it.").await?;
        browser.click(Role::Button, "Dismiss").await?;
        browser.wait_for("end of the message", DISMISSED, Vec::new()).await?;
        browser.reload().await?;
        browser.named(Role::Button, "Add to cart").await?;
        assert!(browser.eval::<bool>(DISMISSED).await?);

        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        wait_for_cart(browser, 4).await?;
        browser.wait_for_text("Your cart now includes what you added before you signed in.").await
    })
    .await;
}

#[tokio::test]
async fn with_cookies_per_application_the_forums_sign_nobody_out_of_the_store() {
    const CART_PATH: &str = "/api/load-shopping-cart";
    const POSTS: &str = "return document.querySelectorAll('article').length > 0";
    for workflow in workflows_of([Workflow::SpaSharedDomain, Workflow::SpaLocalStorage]) {
        let setup = Setup::of(workflow).with_fusionauth_cookies(FusionAuthCookies::PerApplication);
        journey_in(setup, async |journey| {
            for (path, status) in [("/api/user", "404"), ("/api/user", "401"), (CART_PATH, "401"), ("/api/load-posts", "401")] {
                journey.browser.tolerate(path, status);
            }
            let (store, forums) = (journey.deployment.store(), journey.deployment.forums());
            journey.browser.sign_in_at(store, SHOPPER).await?;
            wait_for_cart(&journey.browser, 3).await?;
            journey.browser.sign_in_at(forums, SHOPPER).await?;
            journey.browser.wait_for("posts", POSTS, Vec::new()).await?;
            for _ in 0..2 {
                journey.browser.leave().await?;
                journey.expire_access_tokens().await?;
                journey.browser.open(&store.url("/cart")).await?;
                wait_for_cart(&journey.browser, 3).await?;
                journey.browser.open(&forums.url("/")).await?;
                journey.browser.wait_for("posts", POSTS, Vec::new()).await?;
            }
            journey.browser.click(Role::Button, "Sign out").await?;
            journey.browser.sign_in_form().await?;
            journey.browser.open(&store.url("/cart")).await?;
            wait_for_cart(&journey.browser, 3).await
        })
        .await;
    }
}
