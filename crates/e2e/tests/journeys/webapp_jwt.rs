//! The workflow `webapp-jwt`, step by step, in a browser that runs no script.

use crate::helpers::wait_for_cart;
use crate::webapp::{
    attributes, follow_the_login_link, leave_until_the_jwt_is_over, shopper_at_the_cart, sign_in_to, the, webapp_journey,
    webapp_journey_with,
};
use e2e::{
    Journey, Role, Workflow,
    account::{PASSWORD, SHOPPER, SHOPPER_ID},
};

const WORKFLOW: Workflow = Workflow::WebappJwt;
/// The cookies that the browser holds from the sign-in on.
const COOKIES: &str = "[storefront_jwt storefront_refresh_token]";
/// How a sign-in's cookies are kept: for as long as the refresh token lives.
const KEPT: &str = "Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax";

#[tokio::test]
async fn step_1_to_4_the_start_page_links_to_the_form_and_fusionauth_is_asked_nothing() {
    webapp_journey(WORKFLOW, async |journey| {
        let Journey { world, browser } = &*journey;
        let start = world.record.mark()?;
        browser.open(&world.store().url("/")).await?;
        browser.find(Role::Heading, "Products").await?;
        follow_the_login_link(browser).await?;
        assert_eq!(world.record.steps(start)?, ["browser -> store GET / => 200", "browser -> store GET /login => 200"]);
        assert!(browser.cookies().await?.is_empty());
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_5_to_10_signing_in_leads_to_the_cart_with_both_tokens_in_cookies() {
    webapp_journey(WORKFLOW, async |journey| {
        let Journey { world, browser } = &*journey;
        browser.open(&world.store().url("/")).await?;
        follow_the_login_link(browser).await?;
        let start = world.record.mark()?;
        browser.sign_in_form().await?.submit(SHOPPER, PASSWORD).await?;
        browser.wait_for_path("/shopping-cart").await?;
        wait_for_cart(browser, 3).await?;

        assert_eq!(
            world.record.steps(start)?,
            [
                format!("browser -> store POST /login (password) => 302 {COOKIES}"),
                "store -> fusionauth POST /api/login api-key (password) => 200 (refreshToken token@store) [access_token refresh_token]"
                    .to_owned(),
                format!("browser -> store GET /shopping-cart {COOKIES} => 200"),
            ]
        );
        let login = the(journey, start, "POST", "/login")?;
        let issued = the(journey, start, "POST", "/api/login")?.answer.expect("an answer");
        for (cookie, token) in [("storefront_jwt", "token"), ("storefront_refresh_token", "refreshToken")] {
            assert_eq!(attributes(&login, cookie).as_deref(), Some(KEPT), "{cookie}");
            let token = issued.credentials.iter().find(|credential| credential.name == token).expect("issued");
            assert_eq!(login.set_cookie(cookie).expect("set").fingerprint, token.fingerprint, "{cookie} is what FusionAuth issued");
        }
        let cookies = browser.cookies().await?;
        assert_eq!(cookies.len(), 2);
        for cookie in &cookies {
            assert_eq!(cookie.domain, world.store().name(), "{} is the Store's alone", cookie.name);
            assert!(cookie.http_only, "{} is hidden from script", cookie.name);
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_11_to_14_an_expired_jwt_is_renewed_within_the_page_load() {
    webapp_journey(WORKFLOW, async |journey| {
        leave_until_the_jwt_is_over(journey).await?;
        let Journey { world, browser } = &*journey;
        let before = browser.cookie_at(world.store(), "storefront_jwt").await?;
        let start = world.record.mark()?;
        browser.open(&world.store().url("/shopping-cart")).await?;
        wait_for_cart(browser, 3).await?;
        assert_eq!(
            world.record.steps(start)?,
            [
                format!("browser -> store GET /shopping-cart {COOKIES} => 200 {COOKIES}"),
                "store -> fusionauth POST /api/jwt/refresh (refreshToken) => 200 (refreshToken token@store) [access_token refresh_token]"
                    .to_owned(),
            ]
        );
        let page = the(journey, start, "GET", "/shopping-cart")?;
        assert_eq!(page.cookie("storefront_jwt").expect("sent").expired, Some(true));
        assert_eq!(attributes(&page, "storefront_jwt").as_deref(), Some(KEPT));
        assert!(browser.cookie_at(world.store(), "storefront_jwt").await? != before, "the new one has replaced it");

        let start = world.record.mark()?;
        browser.reload().await?;
        wait_for_cart(browser, 3).await?;
        assert_eq!(world.record.steps(start)?, [format!("browser -> store GET /shopping-cart {COOKIES} => 200")], "once");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_15_to_19_a_refused_refresh_leads_to_the_form_and_back() {
    webapp_journey(WORKFLOW, async |journey| {
        leave_until_the_jwt_is_over(journey).await?;
        let Journey { world, browser } = &*journey;
        world.admin().revoke_sessions(SHOPPER_ID).await?;
        let start = world.record.mark()?;
        browser.open(&world.store().url("/shopping-cart")).await?;
        browser.wait_for_path("/login").await?;
        let form = browser.sign_in_form().await?;
        browser.wait_for_text("Your session has ended").await?;
        assert_eq!(
            world.record.steps(start)?,
            [
                format!(
                    "browser -> store GET /shopping-cart {COOKIES} => 302 [-storefront_jwt -storefront_refresh_token storefront_flash]"
                ),
                "store -> fusionauth POST /api/jwt/refresh (refreshToken) => 400".to_owned(),
                "browser -> store GET /login => 200 [-storefront_flash]".to_owned(),
            ]
        );
        assert!(browser.cookies().await?.is_empty());

        form.submit(SHOPPER, PASSWORD).await?;
        browser.wait_for_path("/shopping-cart").await?;
        wait_for_cart(browser, 3).await
    })
    .await;
}

#[tokio::test]
async fn step_20_to_29_the_forums_ask_for_a_sign_in_of_their_own_and_clobber_nothing() {
    webapp_journey(WORKFLOW, async |journey| {
        shopper_at_the_cart(journey).await?;
        let Journey { world, browser } = &*journey;
        let of_the_store = browser.cookie_at(world.store(), "storefront_refresh_token").await?;
        let start = world.record.mark()?;
        browser.open(&world.forums().url("/")).await?;
        browser.find(Role::Heading, "Forums").await?;
        follow_the_login_link(browser).await?;
        browser.sign_in_form().await?.submit(SHOPPER, PASSWORD).await?;
        browser.wait_for_path("/posts").await?;
        browser.find(Role::Heading, "Posts").await?;
        browser.wait_for_text("Star atlas").await?;
        assert_eq!(
            world.record.steps(start)?,
            [
                "browser -> forums GET / => 200".to_owned(),
                "browser -> forums GET /login => 200".to_owned(),
                format!("browser -> forums POST /login (password) => 302 {COOKIES}"),
                "forums -> fusionauth POST /api/login api-key (password) => 200 (refreshToken token@forums) [access_token refresh_token]"
                    .to_owned(),
                format!("browser -> forums GET /posts {COOKIES} => 200"),
            ]
        );
        let login = the(journey, start, "POST", "/login")?;
        assert_eq!(attributes(&login, "storefront_jwt").as_deref(), Some(KEPT));
        assert_eq!(browser.cookies_at(world.forums()).await?.len(), 2);
        assert!(browser.cookie_at(world.store(), "storefront_refresh_token").await? == of_the_store, "the same");
        browser.open(&world.store().url("/shopping-cart")).await?;
        wait_for_cart(browser, 3).await
    })
    .await;
}

#[tokio::test]
async fn step_30_to_33_a_stolen_refresh_token_opens_the_cart_as_published() {
    webapp_journey_with(WORKFLOW, &["--refresh-invalid-jwt"], async |journey| {
        shopper_at_the_cart(journey).await?;
        let Journey { world, browser } = &*journey;
        let refresh_token = browser.cookie_at(world.store(), "storefront_refresh_token").await?;
        let stolen = ["storefront_jwt=bad".to_owned(), format!("storefront_refresh_token={refresh_token}")];
        let start = world.record.mark()?;
        let loot = world.attacker().get("/shopping-cart", &stolen).await?;
        assert!(loot.status == 200 && loot.body.contains("Enamel mug"), "the victim's cart");
        assert!(loot.cookies.iter().any(|line| line.starts_with("storefront_jwt=eyJ")), "and an access token of its own");
        assert_eq!(
            world.record.steps(start)?,
            [
                format!("attacker -> store GET /shopping-cart {COOKIES} => 200 {COOKIES}"),
                "store -> fusionauth POST /api/jwt/refresh (refreshToken) => 200 (refreshToken token@store) [access_token refresh_token]"
                    .to_owned(),
            ]
        );
        // What ends it is the end of the refresh token: here, that the shopper signs out.
        browser.click(Role::Button, "Sign out").await?;
        browser.wait_for_path("/login").await?;
        let loot = world.attacker().get("/shopping-cart", &stolen).await?;
        assert!(loot.status == 302 && !loot.body.contains("Enamel mug"), "{}", loot.status);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_30_to_33_a_stolen_refresh_token_alone_opens_nothing_by_default() {
    webapp_journey(WORKFLOW, async |journey| {
        shopper_at_the_cart(journey).await?;
        let Journey { world, browser } = &*journey;
        let stolen = format!("storefront_refresh_token={}", browser.cookie_at(world.store(), "storefront_refresh_token").await?);
        let start = world.record.mark()?;
        for cookies in [vec![stolen.clone()], vec!["storefront_jwt=bad".to_owned(), stolen]] {
            let loot = world.attacker().get("/shopping-cart", &cookies).await?;
            assert!(loot.status == 302 && !loot.body.contains("Enamel mug"), "{}", loot.status);
        }
        let steps = world.record.steps(start)?;
        assert!(steps.len() == 2 && steps.iter().all(|step| step.starts_with("attacker -> store")), "nobody asked FusionAuth: {steps:#?}");
        browser.reload().await?;
        wait_for_cart(browser, 3).await
    })
    .await;
}

#[tokio::test]
async fn step_34_to_35_a_stolen_jwt_opens_the_cart_until_it_is_over() {
    webapp_journey(WORKFLOW, async |journey| {
        shopper_at_the_cart(journey).await?;
        let Journey { world, browser } = &*journey;
        let stolen = [format!("storefront_jwt={}", browser.cookie_at(world.store(), "storefront_jwt").await?)];
        let start = world.record.mark()?;
        let loot = world.attacker().get("/shopping-cart", &stolen).await?;
        assert!(loot.status == 200 && loot.body.contains("Enamel mug") && loot.cookies.is_empty(), "the victim's cart, and no more");
        assert_eq!(world.record.steps(start)?, ["attacker -> store GET /shopping-cart [storefront_jwt] => 200"]);

        browser.devtools("Network.clearBrowserCookies", serde_json::json!({})).await?;
        leave_until_the_jwt_is_over(journey).await?;
        let over = [format!("storefront_jwt={}", browser.cookie_at(world.store(), "storefront_jwt").await?)];
        let start = world.record.mark()?;
        assert_eq!(world.attacker().get("/shopping-cart", &over).await?.status, 302, "not a second longer than `exp`");
        let steps = world.record.steps(start)?;
        assert!(steps.len() == 1 && steps[0].starts_with("attacker -> store"), "and it is not renewed: {steps:#?}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_token_of_the_forums_never_opens_the_store() {
    webapp_journey(WORKFLOW, async |journey| {
        let Journey { world, browser } = &*journey;
        sign_in_to(browser, world.forums(), SHOPPER, "/posts").await?;
        let mut stolen = Vec::new();
        for name in ["storefront_jwt", "storefront_refresh_token"] {
            stolen.push(format!("{name}={}", browser.cookie_at(world.forums(), name).await?));
        }
        let loot = world.attacker().get("/shopping-cart", &stolen).await?;
        assert!(loot.status == 302 && !loot.body.contains("Enamel mug"), "{}", loot.status);
        Ok(())
    })
    .await;
}
