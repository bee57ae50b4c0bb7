//! FusionAuth's published workflow `spa-backend`, step by step: the app posts its form to the backend, which keeps both tokens in cookies.

use crate::backend_cookies::{
    BACKEND_REFRESH, BackendWorkflow, COOKIE_ATTRIBUTES, a_stolen_jwt_opens_the_cart_until_it_expires,
    a_stolen_refresh_token_alone_opens_nothing_by_default, a_stolen_refresh_token_opens_the_cart_as_published,
    assert_host_only_http_only_cookies, attributes,
};
use crate::helpers::wait_for_cart;
use crate::spa::{
    a_first_visit_asks_who_is_signed_in, go_to_the_cart, header, shopper_with_an_expired_jwt, sign_in_shopper_and_open_cart,
    signing_out_ends_every_tab, spa_journey,
};
use crate::webapp::single_exchange;
use e2e::{
    Journey, Role, Workflow,
    account::{PASSWORD, SHOPPER, SHOPPER_ID},
};
use wire_recorder::Actor;

const WORKFLOW: Workflow = Workflow::SpaBackend;
/// The browser's cookies after the sign-in, as the record lists them.
const COOKIES: &str = "[storefront_jwt storefront_refresh_token]";
const BACKEND: BackendWorkflow =
    BackendWorkflow { workflow: WORKFLOW, cookie: "storefront_jwt", cookies: COOKIES, cart: "/api/load-shopping-cart", refused: 401 };

#[tokio::test]
async fn step_1_to_5_a_first_visit_asks_who_is_signed_in_and_shows_the_form() {
    a_first_visit_asks_who_is_signed_in(WORKFLOW).await;
}

#[tokio::test]
async fn step_6_to_11_signing_in_puts_both_tokens_into_cookies_that_no_script_can_read() {
    spa_journey(WORKFLOW, async |journey| {
        let Journey { deployment, browser } = &*journey;
        browser.open(&deployment.store().url("/login")).await?;
        let form = browser.sign_in_form().await?;
        deployment.record.wait_for(deployment.record.start(), "request for the current user", |it| it.path == "/api/user").await?;
        let start = deployment.record.mark()?;
        form.submit(SHOPPER, PASSWORD).await?;
        browser.wait_for_path("/cart").await?;
        wait_for_cart(browser, 3).await?;
        assert_eq!(
            deployment.record.steps(start)?,
            [
                format!("browser -> store POST /api/login (password) => 200 {COOKIES}"),
                "store -> fusionauth POST /api/login api-key (password) => 200 (refreshToken token@store) [access_token refresh_token]"
                    .to_owned(),
                format!("browser -> store GET /api/load-shopping-cart {COOKIES} => 200"),
            ],
            "no body for the browser may contain a token"
        );
        let login =
            deployment.record.since(start)?.into_iter().find(|it| it.path == "/api/login" && it.to == Actor::Store).expect("a login");
        assert_host_only_http_only_cookies(BACKEND, journey, &login).await?;
        let remembered: String = browser.local_storage().await?.into_values().collect();
        // Every JWT begins with `eyJ`.
        assert!(!remembered.contains("eyJ"), "local storage must not contain a token");
        assert!(header(browser).await?.contains(SHOPPER));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_12_to_15_an_expired_jwt_is_renewed_by_the_backend_within_the_request() {
    spa_journey(WORKFLOW, async |journey| {
        shopper_with_an_expired_jwt(journey).await?;
        let Journey { deployment, browser } = &*journey;
        let before = browser.cookie_at(deployment.store(), "storefront_jwt").await?;
        let start = deployment.record.mark()?;
        go_to_the_cart(browser).await?;
        wait_for_cart(browser, 3).await?;
        // The page may show the answer before the record contains it.
        deployment.record.wait_for(start, "cart", |it| it.path == "/api/load-shopping-cart").await?;
        assert_eq!(
            deployment.record.steps(start)?,
            [format!("browser -> store GET /api/load-shopping-cart {COOKIES} => 200 {COOKIES}"), BACKEND_REFRESH.to_owned()],
            "expected one round trip of the browser"
        );
        let cart = single_exchange(journey, start, "GET", "/api/load-shopping-cart")?;
        assert_eq!(cart.cookie("storefront_jwt").expect("sent").expired, Some(true));
        assert_eq!(attributes(&cart, "storefront_jwt").as_deref(), Some(COOKIE_ATTRIBUTES));
        // The record may contain the answer before the browser has stored the answer's cookies.
        let is_new = async || Ok((browser.cookie_at(deployment.store(), "storefront_jwt").await? != before).then_some(()));
        assert!(e2e::poll(is_new).await?.is_some(), "the new JWT must have replaced the old one");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_16_to_20_a_refused_refresh_leads_to_the_form_and_back() {
    spa_journey(WORKFLOW, async |journey| {
        shopper_with_an_expired_jwt(journey).await?;
        let Journey { deployment, browser } = &*journey;
        deployment.admin().revoke_sessions(SHOPPER_ID).await?;
        browser.tolerate("/api/load-shopping-cart", "401");
        let start = deployment.record.mark()?;
        go_to_the_cart(browser).await?;
        browser.wait_for_path("/login?next=%2Fcart").await?;
        let form = browser.sign_in_form().await?;
        browser.wait_for_text("Your session has ended").await?;
        assert_eq!(
            deployment.record.steps(start)?,
            [
                format!("browser -> store GET /api/load-shopping-cart {COOKIES} => 401 [-storefront_jwt -storefront_refresh_token]"),
                "store -> fusionauth POST /api/jwt/refresh (refreshToken) => 400".to_owned(),
                // The next two requests are not published steps. A thief may have rotated the refresh token.
                "store -> fusionauth DELETE /api/jwt/refresh/{id} api-key => 404".to_owned(),
                // The app sends this request before it shows the form, because the user may have signed in
                // in another tab.
                "browser -> store GET /api/user => 404".to_owned(),
            ]
        );
        assert!(browser.cookies().await?.is_empty());

        form.submit(SHOPPER, PASSWORD).await?;
        browser.wait_for_path("/cart").await?;
        wait_for_cart(browser, 3).await
    })
    .await;
}

#[tokio::test]
async fn step_21_to_31_the_forums_ask_for_a_sign_in_of_their_own_and_clobber_nothing() {
    spa_journey(WORKFLOW, async |journey| {
        sign_in_shopper_and_open_cart(journey).await?;
        let Journey { deployment, browser } = &*journey;
        let of_the_store = browser.cookie_at(deployment.store(), "storefront_refresh_token").await?;
        let start = deployment.record.mark()?;
        browser.open(&deployment.forums().url("/")).await?;
        browser.wait_for_path("/login?next=%2F").await?;
        let form = browser.sign_in_form().await?;
        assert_eq!(
            deployment.record.steps(start)?,
            ["browser -> forums GET / => 200", "browser -> forums GET /api/user => 404"],
            "expected no other request, because there is no single sign-on"
        );
        let start = deployment.record.mark()?;
        form.submit(SHOPPER, PASSWORD).await?;
        browser.wait_for_path("/").await?;
        browser.find(Role::Heading, "Posts").await?;
        browser.wait_for_text("Star atlas").await?;
        assert_eq!(
            deployment.record.steps(start)?,
            [
                format!("browser -> forums POST /api/login (password) => 200 {COOKIES}"),
                "forums -> fusionauth POST /api/login api-key (password) => 200 (refreshToken token@forums) [access_token refresh_token]"
                    .to_owned(),
                format!("browser -> forums GET /api/load-posts {COOKIES} => 200"),
            ]
        );
        assert_eq!(browser.cookies_at(deployment.forums()).await?.len(), 2);
        assert!(
            browser.cookie_at(deployment.store(), "storefront_refresh_token").await? == of_the_store,
            "the Store's cookie must be unchanged"
        );
        let foreign = format!("storefront_jwt={}", browser.cookie_at(deployment.forums(), "storefront_jwt").await?);
        let response = deployment.attacker().get("/api/load-shopping-cart", &[foreign]).await?;
        assert!(response.status == 401 && !response.body.contains("Enamel mug"), "a token of the Forums must never open the Store");
        let start = deployment.record.mark()?;
        browser.open(&deployment.store().url("/cart")).await?;
        wait_for_cart(browser, 3).await?;
        assert_eq!(
            deployment.record.steps(start)?,
            [
                format!("browser -> store GET /cart {COOKIES} => 200"),
                format!("browser -> store GET /api/user {COOKIES} => 200"),
                format!("browser -> store GET /api/load-shopping-cart {COOKIES} => 200"),
            ],
            "the shopper must still be signed in at the Store"
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_32_to_35_a_stolen_refresh_token_opens_the_cart_as_published() {
    a_stolen_refresh_token_opens_the_cart_as_published(BACKEND, |received| {
        assert!(
            received.iter().any(|line| line.trim_start_matches("__Host-").starts_with("storefront_jwt=eyJ")),
            "the thief must receive a JWT, which stays valid until its `exp`"
        );
        Vec::new()
    })
    .await;
}

#[tokio::test]
async fn step_32_to_35_a_stolen_refresh_token_alone_opens_nothing_by_default() {
    a_stolen_refresh_token_alone_opens_nothing_by_default(BACKEND).await;
}

#[tokio::test]
async fn step_36_to_37_a_stolen_jwt_opens_the_cart_until_it_is_over() {
    a_stolen_jwt_opens_the_cart_until_it_expires(BACKEND).await;
}

#[tokio::test]
async fn signing_out_reaches_fusionauth_and_every_tab() {
    let logout = format!("browser -> store POST /api/logout {COOKIES} => 200 [-storefront_jwt -storefront_refresh_token]");
    signing_out_ends_every_tab(WORKFLOW, &logout).await;
}
