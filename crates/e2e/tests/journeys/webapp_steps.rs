//! The steps that the two server-rendered workflows have in common. What differs is data: which cookie holds the sign-in, and
//! how it ends.

use crate::helpers::wait_for_cart;
use crate::webapp::{attributes, follow_the_login_link, leave_until_it_is_over, shopper_at_the_cart, the, webapp_journey_with};
use e2e::{
    Journey, Mark, Role, Workflow,
    account::{PASSWORD, SHOPPER, SHOPPER_ID},
    journey_in,
};

/// One of the two server-rendered workflows.
#[derive(Clone, Copy)]
pub(crate) struct Webapp {
    pub(crate) workflow: Workflow,
    /// The cookie beside the refresh token's: it holds the JWT, or names the session.
    pub(crate) cookie: &'static str,
    /// Both cookies, as the record lists them.
    pub(crate) cookies: &'static str,
    /// How the record lists that both are deleted and the next page has a message.
    pub(crate) deleted: &'static str,
    /// The server's flags in journeys that wait until `cookie` is over.
    pub(crate) flags: &'static [&'static str],
}

/// How a sign-in's cookies are kept: for as long as the refresh token lives.
pub(crate) const KEPT: &str = "Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax";
/// A refresh that a backend sends, and FusionAuth grants.
pub(crate) const BACKEND_REFRESH: &str =
    "store -> fusionauth POST /api/jwt/refresh (refreshToken) => 200 (refreshToken token@store) [access_token refresh_token]";

impl Webapp {
    /// A journey without a script.
    pub(crate) async fn journey(self, body: impl AsyncFnOnce(&mut Journey) -> anyhow::Result<()>) {
        journey_in(e2e::Setup::of(self.workflow).without_script(), body).await;
    }

    /// A journey without a script in which `cookie` is over soon.
    pub(crate) async fn short_journey(self, body: impl AsyncFnOnce(&mut Journey) -> anyhow::Result<()>) {
        webapp_journey_with(self.workflow, self.flags, body).await;
    }

    /// The record's line for the cart's page.
    pub(crate) fn cart_page(self) -> String {
        format!("browser -> store GET /shopping-cart {} => 200", self.cookies)
    }

    /// This workflow's cookie at the Store, as the attacker sends it.
    pub(crate) async fn stolen_cookie(self, journey: &Journey) -> anyhow::Result<String> {
        Ok(format!("{}={}", self.cookie, journey.browser.cookie_at(journey.world.store(), self.cookie).await?))
    }
}

/// The refresh token's cookie at the Store, as the attacker sends it.
pub(crate) async fn stolen_refresh_token(journey: &Journey) -> anyhow::Result<String> {
    let value = journey.browser.cookie_at(journey.world.store(), "storefront_refresh_token").await?;
    Ok(format!("storefront_refresh_token={value}"))
}

pub(crate) async fn the_start_page_links_to_the_form(webapp: Webapp) {
    webapp
        .journey(async |journey| {
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

/// Signs in from the start page. What followed the form is recorded after the mark.
pub(crate) async fn signing_in_leads_to_the_cart(webapp: Webapp, journey: &Journey) -> anyhow::Result<Mark> {
    let Journey { world, browser } = journey;
    browser.open(&world.store().url("/")).await?;
    follow_the_login_link(browser).await?;
    let start = world.record.mark()?;
    browser.sign_in_form().await?.submit(SHOPPER, PASSWORD).await?;
    browser.wait_for_path("/shopping-cart").await?;
    wait_for_cart(browser, 3).await?;

    assert_eq!(
        world.record.steps(start)?,
        [
            format!("browser -> store POST /login (password) => 302 {}", webapp.cookies),
            "store -> fusionauth POST /api/login api-key (password) => 200 (refreshToken token@store) [access_token refresh_token]"
                .to_owned(),
            webapp.cart_page(),
        ]
    );
    let login = the(journey, start, "POST", "/login")?;
    for cookie in [webapp.cookie, "storefront_refresh_token"] {
        assert_eq!(attributes(&login, cookie).as_deref(), Some(KEPT), "{cookie}");
    }
    let cookies = browser.cookies().await?;
    assert_eq!(cookies.len(), 2);
    for cookie in &cookies {
        assert_eq!(cookie.domain, world.store().name(), "{} is the Store's alone", cookie.name);
        assert!(cookie.http_only, "{} is hidden from script", cookie.name);
    }
    Ok(start)
}

/// Comes back when the cookie is over. What followed is recorded after the mark; the text is the cookie's former value.
pub(crate) async fn an_expired_sign_in_is_renewed_within_the_page_load(
    webapp: Webapp,
    journey: &Journey,
) -> anyhow::Result<(Mark, String)> {
    leave_until_it_is_over(webapp.workflow, journey).await?;
    let Journey { world, browser } = journey;
    let before = browser.cookie_at(world.store(), webapp.cookie).await?;
    let start = world.record.mark()?;
    browser.open(&world.store().url("/shopping-cart")).await?;
    wait_for_cart(browser, 3).await?;
    assert_eq!(world.record.steps(start)?, [format!("{} {}", webapp.cart_page(), webapp.cookies), BACKEND_REFRESH.to_owned()]);
    assert_eq!(attributes(&the(journey, start, "GET", "/shopping-cart")?, webapp.cookie).as_deref(), Some(KEPT));
    assert!(browser.cookie_at(world.store(), webapp.cookie).await? != before, "the new one has replaced it");

    let once = world.record.mark()?;
    browser.reload().await?;
    wait_for_cart(browser, 3).await?;
    assert_eq!(world.record.steps(once)?, [webapp.cart_page()], "once");
    Ok((start, before))
}

pub(crate) async fn a_refused_refresh_leads_to_the_form_and_back(webapp: Webapp) {
    webapp
        .short_journey(async |journey| {
            leave_until_it_is_over(webapp.workflow, journey).await?;
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
                    format!("browser -> store GET /shopping-cart {} => 302 {}", webapp.cookies, webapp.deleted),
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

pub(crate) async fn the_forums_ask_for_a_sign_in_of_their_own(webapp: Webapp) {
    webapp
        .journey(async |journey| {
            shopper_at_the_cart(journey).await?;
            let Journey { world, browser } = &*journey;
            let of_the_store = browser.cookies_at(world.store()).await?;
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
                    format!("browser -> forums POST /login (password) => 302 {}", webapp.cookies),
                    "forums -> fusionauth POST /api/login api-key (password) => 200 (refreshToken token@forums) [access_token refresh_token]"
                        .to_owned(),
                    format!("browser -> forums GET /posts {} => 200", webapp.cookies),
                ]
            );
            assert_eq!(attributes(&the(journey, start, "POST", "/login")?, webapp.cookie).as_deref(), Some(KEPT));
            let of_the_forums = browser.cookies_at(world.forums()).await?;
            let stolen: Vec<String> = of_the_forums.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
            assert_eq!(stolen.len(), 2);
            let response = world.attacker().get("/shopping-cart", &stolen).await?;
            assert_eq!(response.status, 302, "a sign-in to the Forums never opens the Store");

            browser.open(&world.store().url("/shopping-cart")).await?;
            wait_for_cart(browser, 3).await?;
            let values = |cookies: &[e2e::Stored]| cookies.iter().map(|cookie| cookie.value.clone()).collect::<Vec<_>>();
            assert!(values(&browser.cookies_at(world.store()).await?) == values(&of_the_store), "the Store's are the same");
            Ok(())
        })
        .await;
}

pub(crate) async fn a_stolen_refresh_token_alone_opens_nothing_by_default(webapp: Webapp) {
    webapp
        .journey(async |journey| {
            shopper_at_the_cart(journey).await?;
            let Journey { world, browser } = &*journey;
            let stolen = stolen_refresh_token(journey).await?;
            let start = world.record.mark()?;
            for cookies in [vec![stolen.clone()], vec![format!("{}=bad", webapp.cookie), stolen]] {
                let response = world.attacker().get("/shopping-cart", &cookies).await?;
                assert!(response.status == 302 && !response.body.contains("Enamel mug"), "{}", response.status);
            }
            let steps = world.record.steps(start)?;
            assert!(
                steps.len() == 2 && steps.iter().all(|step| step.starts_with("attacker -> store")),
                "nobody asked FusionAuth: {steps:#?}"
            );
            browser.reload().await?;
            wait_for_cart(browser, 3).await
        })
        .await;
}

/// A stolen refresh token with a cookie that is no good opens the cart, as FusionAuth publishes this workflow. Gives the cookies
/// that were sent and those that the thief received.
pub(crate) async fn a_stolen_refresh_token_opens_the_cart_as_published(
    webapp: Webapp,
    journey: &Journey,
) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    shopper_at_the_cart(journey).await?;
    let world = &journey.world;
    let stolen = vec![format!("{}=bad", webapp.cookie), stolen_refresh_token(journey).await?];
    let start = world.record.mark()?;
    let response = world.attacker().get("/shopping-cart", &stolen).await?;
    assert!(response.status == 200 && response.body.contains("Enamel mug"), "the victim's cart");
    let cookies = webapp.cookies;
    assert_eq!(
        world.record.steps(start)?,
        [format!("attacker -> store GET /shopping-cart {cookies} => 200 {cookies}"), BACKEND_REFRESH.to_owned()]
    );
    Ok((stolen, response.cookies))
}
