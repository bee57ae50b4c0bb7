//! The workflow `webapp-session`, step by step, in a browser that runs no script.

use crate::helpers::wait_for_cart;
use crate::webapp::{
    SHORT_IDLE, attributes, follow_the_login_link, leave_until_the_session_is_over, shopper_at_the_cart, the, webapp_journey,
    webapp_journey_with,
};
use e2e::{
    Journey, Role, Workflow,
    account::{PASSWORD, SHOPPER, SHOPPER_ID},
};
use std::time::{Duration, Instant};

const WORKFLOW: Workflow = Workflow::WebappSession;
/// The cookies that the browser holds from the sign-in on.
const COOKIES: &str = "[storefront_refresh_token storefront_session]";
/// How a sign-in's cookies are kept: for as long as the refresh token lives.
const KEPT: &str = "Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax";
/// A session expires after [`SHORT_IDLE`].
const IDLE: &[&str] = &["--session-idle", "3"];
const REFRESH: &str =
    "store -> fusionauth POST /api/jwt/refresh (refreshToken) => 200 (refreshToken token@store) [access_token refresh_token]";

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
async fn step_5_to_10_signing_in_leads_to_the_cart_with_a_session_id_and_no_jwt() {
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
        for cookie in ["storefront_session", "storefront_refresh_token"] {
            assert_eq!(attributes(&login, cookie).as_deref(), Some(KEPT), "{cookie}");
        }
        let cookies = browser.cookies().await?;
        assert_eq!(cookies.len(), 2);
        for cookie in &cookies {
            assert_eq!(cookie.domain, world.store().name(), "{} is the Store's alone", cookie.name);
            assert!(cookie.http_only, "{} is hidden from script", cookie.name);
            assert!(!cookie.value.starts_with("eyJ"), "{} is no JWT", cookie.name);
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_11_to_12_every_use_pushes_the_end_of_the_session_forward() {
    webapp_journey_with(WORKFLOW, IDLE, async |journey| {
        shopper_at_the_cart(journey).await?;
        let Journey { world, browser } = &*journey;
        let id = browser.cookie_at(world.store(), "storefront_session").await?;
        let (began, start) = (Instant::now(), world.record.mark()?);
        // Used for longer than it may stay unused.
        while began.elapsed() < Duration::from_secs(u64::from(SHORT_IDLE) + 2) {
            browser.reload().await?;
            wait_for_cart(browser, 3).await?;
        }
        assert!(browser.cookie_at(world.store(), "storefront_session").await? == id, "the same");
        let page = format!("browser -> store GET /shopping-cart {COOKIES} => 200");
        let steps = world.record.steps(start)?;
        assert!(steps.len() > 1 && steps.iter().all(|step| *step == page), "nothing was renewed: {steps:#?}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_13_to_17_an_expired_session_is_replaced_within_the_page_load() {
    webapp_journey_with(WORKFLOW, IDLE, async |journey| {
        leave_until_the_session_is_over(journey).await?;
        let Journey { world, browser } = &*journey;
        let before = browser.cookie_at(world.store(), "storefront_session").await?;
        let start = world.record.mark()?;
        browser.open(&world.store().url("/shopping-cart")).await?;
        wait_for_cart(browser, 3).await?;
        assert_eq!(
            world.record.steps(start)?,
            [format!("browser -> store GET /shopping-cart {COOKIES} => 200 {COOKIES}"), REFRESH.to_owned()]
        );
        let page = the(journey, start, "GET", "/shopping-cart")?;
        assert_eq!(attributes(&page, "storefront_session").as_deref(), Some(KEPT));
        let after = browser.cookie_at(world.store(), "storefront_session").await?;
        assert!(after != before, "a new id");
        assert_eq!(world.attacker().get("/shopping-cart", &[format!("storefront_session={before}")]).await?.status, 302, "the old is dead");

        let start = world.record.mark()?;
        browser.reload().await?;
        wait_for_cart(browser, 3).await?;
        assert_eq!(world.record.steps(start)?, [format!("browser -> store GET /shopping-cart {COOKIES} => 200")], "once");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_18_to_22_a_refused_refresh_leads_to_the_form_and_back() {
    webapp_journey_with(WORKFLOW, IDLE, async |journey| {
        leave_until_the_session_is_over(journey).await?;
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
                    "browser -> store GET /shopping-cart {COOKIES} => 302 [-storefront_refresh_token -storefront_session storefront_flash]"
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
async fn step_23_to_34_the_forums_ask_for_a_sign_in_of_their_own_and_clobber_nothing() {
    webapp_journey(WORKFLOW, async |journey| {
        shopper_at_the_cart(journey).await?;
        let Journey { world, browser } = &*journey;
        let of_the_store = browser.cookie_at(world.store(), "storefront_session").await?;
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
        assert_eq!(browser.cookies_at(world.forums()).await?.len(), 2);
        assert!(browser.cookie_at(world.store(), "storefront_session").await? == of_the_store, "the same");
        let foreign = format!("storefront_session={}", browser.cookie_at(world.forums(), "storefront_session").await?);
        assert_eq!(world.attacker().get("/shopping-cart", &[foreign]).await?.status, 302, "a session of the Forums never opens the Store");
        browser.open(&world.store().url("/shopping-cart")).await?;
        wait_for_cart(browser, 3).await
    })
    .await;
}

#[tokio::test]
async fn step_35_to_39_a_stolen_refresh_token_gets_a_session_of_its_own_as_published() {
    webapp_journey_with(WORKFLOW, &["--refresh-invalid-jwt"], async |journey| {
        shopper_at_the_cart(journey).await?;
        let Journey { world, browser } = &*journey;
        let refresh_token = browser.cookie_at(world.store(), "storefront_refresh_token").await?;
        let stolen = ["storefront_session=bad".to_owned(), format!("storefront_refresh_token={refresh_token}")];
        let start = world.record.mark()?;
        let loot = world.attacker().get("/shopping-cart", &stolen).await?;
        assert!(loot.status == 200 && loot.body.contains("Enamel mug"), "the victim's cart");
        let own = loot.cookies.iter().find_map(|line| line.split(';').next().filter(|pair| pair.starts_with("storefront_session=")));
        let own = own.expect("a session of its own").to_owned();
        assert_eq!(
            world.record.steps(start)?,
            [format!("attacker -> store GET /shopping-cart {COOKIES} => 200 {COOKIES}"), REFRESH.to_owned()]
        );
        // It is independent: the shopper's sign-out ends the refresh token, and the thief's session lives on.
        browser.click(Role::Button, "Sign out").await?;
        browser.wait_for_path("/login").await?;
        assert_eq!(world.attacker().get("/shopping-cart", &stolen).await?.status, 302, "no second one");
        assert_eq!(world.attacker().get("/shopping-cart", std::slice::from_ref(&own)).await?.status, 200);
        // What ends it: signing out everywhere.
        browser.sign_in_form().await?.submit(SHOPPER, PASSWORD).await?;
        browser.wait_for_path("/shopping-cart").await?;
        browser.click(Role::Link, "Account").await?;
        browser.click(Role::Button, "Sign out everywhere").await?;
        browser.wait_for_text("on every other device").await?;
        assert_eq!(world.attacker().get("/shopping-cart", &[own]).await?.status, 302);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_35_to_39_a_stolen_refresh_token_alone_opens_nothing_by_default() {
    webapp_journey(WORKFLOW, async |journey| {
        shopper_at_the_cart(journey).await?;
        let Journey { world, browser } = &*journey;
        let stolen = format!("storefront_refresh_token={}", browser.cookie_at(world.store(), "storefront_refresh_token").await?);
        let start = world.record.mark()?;
        for cookies in [vec![stolen.clone()], vec!["storefront_session=bad".to_owned(), stolen]] {
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
async fn step_40_to_42_a_stolen_session_id_lives_as_long_as_it_is_used_and_dies_with_a_sign_out() {
    webapp_journey_with(WORKFLOW, IDLE, async |journey| {
        shopper_at_the_cart(journey).await?;
        let Journey { world, browser } = &*journey;
        let id = browser.cookie_at(world.store(), "storefront_session").await?;
        let stolen = [format!("storefront_session={id}")];
        let (began, start) = (Instant::now(), world.record.mark()?);
        while began.elapsed() < Duration::from_secs(u64::from(SHORT_IDLE) + 2) {
            let loot = world.attacker().get("/shopping-cart", &stolen).await?;
            assert!(loot.status == 200 && loot.body.contains("Enamel mug") && loot.cookies.is_empty(), "the victim's cart, and no more");
            // As often as somebody clicks: the journey is about use, not about load.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let page = "attacker -> store GET /shopping-cart [storefront_session] => 200";
        assert!(world.record.steps(start)?.iter().all(|step| step == page));

        let start = world.record.mark()?;
        browser.reload().await?;
        wait_for_cart(browser, 3).await?;
        let own = format!("browser -> store GET /shopping-cart {COOKIES} => 200");
        assert_eq!(world.record.steps(start)?, [own], "the thief has kept the shopper's session alive");

        browser.click(Role::Button, "Sign out").await?;
        browser.wait_for_path("/login").await?;
        assert_eq!(world.attacker().get("/shopping-cart", &stolen).await?.status, 302, "dead at once, unlike a JWT");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_stolen_session_id_ends_at_the_absolute_maximum_however_much_it_is_used() {
    webapp_journey_with(WORKFLOW, &["--session-max", "4"], async |journey| {
        shopper_at_the_cart(journey).await?;
        let Journey { world, browser } = &*journey;
        let stolen = [format!("storefront_session={}", browser.cookie_at(world.store(), "storefront_session").await?)];
        assert_eq!(world.attacker().get("/shopping-cart", &stolen).await?.status, 200);
        let ended = async {
            while world.attacker().get("/shopping-cart", &stolen).await?.status == 200 {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(Duration::from_secs(15), ended).await??;
        browser.reload().await?;
        wait_for_cart(browser, 3).await
    })
    .await;
}
