//! FusionAuth's published workflow `spa-shared-domain`, step by step. A proxy in front of FusionAuth sets FusionAuth's cookies for the
//! parent domain of Store and Forums, and removes the tokens from the bodies of FusionAuth's answers. The cookies have FusionAuth's own
//! names; `clobbering` shows the names of each application.

use crate::backend_cookies::attributes;
use crate::helpers::wait_for_cart;
use crate::spa::{
    a_first_visit_asks_who_is_signed_in, go_to_the_cart, header, shopper_with_an_expired_jwt, sign_in_shopper_and_open_cart,
    signing_out_ends_every_tab,
};
use crate::webapp::single_exchange;
use e2e::{
    FusionAuthCookies, Journey, RecordedExchange, Role, Setup, Workflow,
    account::{PASSWORD, SHOPPER, SHOPPER_ID},
    journey_in,
};

const WORKFLOW: Workflow = Workflow::SpaSharedDomain;
/// The cookies that every host of the domain receives after the sign-in, as the record lists them.
const COOKIES: &str = "[access_token refresh_token]";
const DOMAIN: &str = "spa-shared-domain.localhost";

/// Runs a journey in which FusionAuth's cookies have FusionAuth's own names, as in the published workflow.
async fn published_journey(body: impl AsyncFnOnce(&mut Journey) -> anyhow::Result<()>) {
    let setup = Setup::of(WORKFLOW).with_fusionauth_cookies(FusionAuthCookies::AsPublished);
    journey_in(setup, async |journey| {
        // `/api/user` answers 404 if nobody is signed in, or if the cookies belong to the other application.
        journey.browser.tolerate("/api/user", "404");
        body(journey).await
    })
    .await;
}

fn cart(status: u16) -> String {
    format!("browser -> store GET /api/load-shopping-cart {COOKIES} => {status}")
}

fn user(status: u16) -> String {
    format!("browser -> store GET /api/user {COOKIES} => {status}")
}

fn refresh() -> String {
    format!("browser -> fusionauth POST /api/jwt/refresh {COOKIES} => 200 {COOKIES}")
}

#[tokio::test]
async fn step_1_to_5_a_first_visit_asks_who_is_signed_in_and_shows_the_form() {
    a_first_visit_asks_who_is_signed_in(WORKFLOW).await;
}

#[tokio::test]
async fn step_6_to_9_signing_in_puts_both_tokens_into_cookies_of_the_parent_domain() {
    published_journey(async |journey| {
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
            [format!("browser -> fusionauth POST /api/login (password) => 200 {COOKIES}"), cart(200)],
            "no body may contain a token, and the Store must not get the password"
        );
        let login = single_exchange(journey, start, "POST", "/api/login")?;
        assert_eq!(login.host, format!("{}:{}", deployment.auth_host(), deployment.auth_port()));
        for cookie in ["access_token", "refresh_token"] {
            let attributes = attributes(&login, cookie).expect("set");
            assert!(attributes.contains("HttpOnly") && attributes.contains(&format!("Domain={DOMAIN}")), "{cookie}: {attributes}");
        }
        let cookies = browser.cookies().await?;
        assert_eq!(cookies.len(), 2);
        for cookie in &cookies {
            assert_eq!(cookie.domain, format!(".{DOMAIN}"), "{} must be for every host of the domain", cookie.name);
            assert!(cookie.http_only, "scripts must not be able to read {}", cookie.name);
        }
        let remembered: String = browser.local_storage().await?.into_values().collect();
        // Every JWT begins with `eyJ`.
        assert!(!remembered.contains("eyJ"), "local storage must not contain a token");
        assert!(header(browser).await?.contains(SHOPPER));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_10_to_15_an_expired_jwt_is_renewed_by_the_browser_after_a_401() {
    published_journey(async |journey| {
        shopper_with_an_expired_jwt(journey).await?;
        let Journey { deployment, browser } = &*journey;
        let before = browser.auth_cookie("access_token").await?;
        browser.tolerate("/api/load-shopping-cart", "401");
        let start = deployment.record.mark()?;
        go_to_the_cart(browser).await?;
        wait_for_cart(browser, 3).await?;
        // While the page reads the cart, it shows the earlier cart, so `wait_for_cart` does not wait for the answer.
        let is_read = |it: &RecordedExchange| it.path == "/api/load-shopping-cart" && it.status() == Some(200);
        deployment.record.wait_for(start, "the cart", is_read).await?;
        assert_eq!(deployment.record.steps(start)?, [cart(401), refresh(), cart(200)], "expected three round trips");
        let refresh = single_exchange(journey, start, "POST", "/api/jwt/refresh")?;
        assert_eq!(refresh.cookie("access_token").expect("sent").expired, Some(true));
        let set = attributes(&refresh, "access_token").expect("set");
        assert!(set.contains("HttpOnly") && set.contains(&format!("Domain={DOMAIN}")), "{set}");
        assert!(browser.auth_cookie("access_token").await? != before, "the new JWT must have replaced the old one");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_16_to_20_a_refused_refresh_leads_to_the_form_and_back() {
    published_journey(async |journey| {
        shopper_with_an_expired_jwt(journey).await?;
        let Journey { deployment, browser } = &*journey;
        deployment.admin().revoke_sessions(SHOPPER_ID).await?;
        browser.tolerate("/api/load-shopping-cart", "401");
        browser.tolerate("/api/jwt/refresh", "400");
        let start = deployment.record.mark()?;
        go_to_the_cart(browser).await?;
        browser.wait_for_path("/login?next=%2Fcart").await?;
        let form = browser.sign_in_form().await?;
        browser.wait_for_text("Your session has ended").await?;
        assert_eq!(deployment.record.steps(start)?, [cart(401), format!("browser -> fusionauth POST /api/jwt/refresh {COOKIES} => 400")]);

        form.submit(SHOPPER, PASSWORD).await?;
        browser.wait_for_path("/cart").await?;
        wait_for_cart(browser, 3).await
    })
    .await;
}

#[tokio::test]
async fn step_21_to_24_the_forums_get_the_store_s_cookies_and_refuse_them() {
    published_journey(async |journey| {
        sign_in_shopper_and_open_cart(journey).await?;
        let Journey { deployment, browser } = &*journey;
        let start = deployment.record.mark()?;
        browser.open(&deployment.forums().url("/")).await?;
        browser.wait_for_path("/login?next=%2F").await?;
        browser.sign_in_form().await?;
        assert_eq!(
            deployment.record.steps(start)?,
            [format!("browser -> forums GET / {COOKIES} => 200"), format!("browser -> forums GET /api/user {COOKIES} => 404")],
            "the domain's cookies reach the Forums, but their audience is the Store"
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_25_to_30_signing_in_at_the_forums_overwrites_both_cookies_of_the_store() {
    published_journey(async |journey| {
        sign_in_shopper_and_open_cart(journey).await?;
        let Journey { deployment, browser } = &*journey;
        let of_the_store = [browser.auth_cookie("access_token").await?, browser.auth_cookie("refresh_token").await?];
        browser.open(&deployment.forums().url("/")).await?;
        let form = browser.sign_in_form().await?;
        let start = deployment.record.mark()?;
        form.submit(SHOPPER, PASSWORD).await?;
        browser.wait_for_path("/").await?;
        browser.find(Role::Heading, "Posts").await?;
        browser.wait_for_text("Star atlas").await?;
        assert_eq!(
            deployment.record.steps(start)?,
            [
                format!("browser -> fusionauth POST /api/login (password) {COOKIES} => 200 {COOKIES}"),
                format!("browser -> forums GET /api/load-posts {COOKIES} => 200"),
            ]
        );
        let posts = single_exchange(journey, start, "GET", "/api/load-posts")?;
        assert_eq!(posts.cookie("access_token").and_then(|it| it.audience.clone()).as_deref(), Some(e2e::Application::Forums.id()));
        let of_the_forums = [browser.auth_cookie("access_token").await?, browser.auth_cookie("refresh_token").await?];
        assert!(of_the_store[0] != of_the_forums[0] && of_the_store[1] != of_the_forums[1], "both cookies must have new values");
        assert_eq!(browser.cookies().await?.len(), 2, "there must be no other cookies");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_28_the_store_s_next_visit_ends_in_the_form_once_with_the_reason() {
    published_journey(async |journey| {
        sign_in_shopper_and_open_cart(journey).await?;
        let Journey { deployment, browser } = &*journey;
        let start = deployment.record.mark()?;
        browser.sign_in_at(deployment.forums(), SHOPPER).await?;
        deployment.record.wait_for(start, "posts", |it| it.path == "/api/load-posts").await?;
        let start = deployment.record.mark()?;
        browser.open(&deployment.store().url("/cart")).await?;
        browser.wait_for_path("/login?next=%2Fcart").await?;
        let form = browser.sign_in_form().await?;
        browser.wait_for_text("Another sign-in in this browser").await?;
        assert_eq!(
            deployment.record.steps(start)?,
            [format!("browser -> store GET /cart {COOKIES} => 200"), user(404), refresh(), user(404)],
            "expected one refresh, because the Store refuses the Forums' token"
        );
        let start = deployment.record.mark()?;
        browser.reload().await?;
        browser.sign_in_form().await?;
        deployment.record.wait_for(start, "request for the current user", |it| it.path == "/api/user").await?;

        // A sign-in at the Store ends the session at the Forums in the same way.
        sign_in_again(journey, form).await?;
        let refreshes =
            deployment.record.since(start)?.into_iter().filter(|it| it.path == "/api/jwt/refresh" && it.method == "POST").count();
        assert_eq!(refreshes, 0, "the app is signed out, so it must not refresh again");
        browser.open(&deployment.forums().url("/")).await?;
        browser.wait_for_path("/login?next=%2F").await?;
        browser.wait_for_text("Another sign-in in this browser").await
    })
    .await;
}

async fn sign_in_again(journey: &Journey, form: e2e::SignInForm<'_>) -> anyhow::Result<()> {
    form.submit(SHOPPER, PASSWORD).await?;
    journey.browser.wait_for_path("/cart").await?;
    wait_for_cart(&journey.browser, 3).await
}

#[tokio::test]
async fn step_28_an_open_page_of_the_store_ends_in_the_form_once_with_the_reason() {
    published_journey(async |journey| {
        sign_in_shopper_and_open_cart(journey).await?;
        let Journey { deployment, browser } = &*journey;
        browser.click(Role::Link, "Products").await?;
        browser.find(Role::Heading, "Products").await?;
        let of_the_store = browser.tab().await?;
        browser.open_tab("about:blank").await?;
        browser.sign_in_at(deployment.forums(), SHOPPER).await?;
        browser.wait_for("posts", "return document.querySelectorAll('article').length > 0", Vec::new()).await?;
        browser.switch_to(&of_the_store).await?;
        browser.tolerate("/api/load-shopping-cart", "401");
        let start = deployment.record.mark()?;
        go_to_the_cart(browser).await?;
        browser.wait_for_path("/login?next=%2Fcart").await?;
        browser.wait_for_text("Another sign-in in this browser").await?;
        assert_eq!(deployment.record.steps(start)?, [cart(401), refresh(), cart(401), user(404)], "expected one refresh and one replay");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_31_to_34_a_stolen_refresh_token_opens_the_cart_until_it_is_revoked() {
    published_journey(async |journey| {
        sign_in_shopper_and_open_cart(journey).await?;
        let Journey { deployment, browser } = &*journey;
        let stolen = browser.auth_cookie("refresh_token").await?;
        let start = deployment.record.mark()?;
        let attacker = deployment.attacker();
        let fresh = attacker.refresh(&stolen).await?;
        let cookies = [format!("access_token={fresh}"), format!("refresh_token={stolen}")];
        let response = attacker.get("/api/load-shopping-cart", &cookies).await?;
        assert!(response.status == 200 && response.body.contains("Enamel mug"), "the attacker must get the victim's cart");
        assert_eq!(
            deployment.record.steps(start)?,
            [
                format!("attacker -> fusionauth POST /api/jwt/refresh [refresh_token] => 200 {COOKIES}"),
                format!("attacker -> store GET /api/load-shopping-cart {COOKIES} => 200"),
            ]
        );
        // The attack ends when the shopper signs out, because the sign-out revokes the refresh token.
        browser.click(Role::Button, "Sign out").await?;
        browser.sign_in_form().await?;
        deployment.record.wait_for(start, "logout", |it| it.path == "/api/logout" && it.method == "POST").await?;
        assert!(attacker.refresh(&stolen).await.is_err());
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_35_to_36_a_stolen_jwt_opens_the_cart_until_it_is_over() {
    published_journey(async |journey| {
        sign_in_shopper_and_open_cart(journey).await?;
        let Journey { deployment, browser } = &*journey;
        let stolen = [format!("access_token={}", browser.auth_cookie("access_token").await?)];
        let start = deployment.record.mark()?;
        let response = deployment.attacker().get("/api/load-shopping-cart", &stolen).await?;
        assert!(
            response.status == 200 && response.body.contains("Enamel mug") && response.cookies.is_empty(),
            "the attacker must get the victim's cart, and no cookies"
        );
        assert_eq!(deployment.record.steps(start)?, ["attacker -> store GET /api/load-shopping-cart [access_token] => 200"]);

        browser.click(Role::Button, "Sign out").await?;
        browser.sign_in_form().await?;
        shopper_with_an_expired_jwt(journey).await?;
        let expired = [format!("access_token={}", browser.auth_cookie("access_token").await?)];
        assert_eq!(
            deployment.attacker().get("/api/load-shopping-cart", &expired).await?.status,
            401,
            "the Store must refuse an expired token"
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn signing_out_reaches_fusionauth_and_every_tab() {
    let logout =
        "browser -> fusionauth POST /api/logout [store.access_token store.refresh_token] => 200 [-store.access_token -store.refresh_token]";
    signing_out_ends_every_tab(WORKFLOW, logout).await;
}
