//! Steps that only the two server-rendered workflows share. They differ only in data: the cookie of the sign-in, and how that expires.

use crate::backend_cookies::{BACKEND_REFRESH, BackendWorkflow, COOKIE_ATTRIBUTES, attributes, cookies_are_the_stores_and_hidden};
use crate::helpers::wait_for_cart;
use crate::webapp::{follow_the_login_link, leave_until_expired, only_exchange, shopper_at_the_cart};
use e2e::{
    Journey, Mark, Role,
    account::{PASSWORD, SHOPPER, SHOPPER_ID},
};

/// One of the two server-rendered workflows.
#[derive(Clone, Copy)]
pub(crate) struct Webapp {
    pub(crate) backend: BackendWorkflow,
    /// The record's text for a response that deletes both cookies and sets a message for the next page.
    pub(crate) deleted: &'static str,
    /// The server's flags in journeys that wait until the sign-in expires.
    pub(crate) flags: &'static [&'static str],
}

impl Webapp {
    /// A journey without a script.
    pub(crate) async fn journey(self, body: impl AsyncFnOnce(&mut Journey) -> anyhow::Result<()>) {
        self.backend.journey(&[], body).await;
    }

    /// A journey without a script, in which the sign-in expires after seconds.
    pub(crate) async fn short_journey(self, body: impl AsyncFnOnce(&mut Journey) -> anyhow::Result<()>) {
        self.backend.journey(self.flags, body).await;
    }

    /// The record's line for the cart's page.
    pub(crate) fn cart_page(self) -> String {
        format!("browser -> store GET /shopping-cart {} => 200", self.backend.cookies)
    }
}

pub(crate) async fn the_start_page_links_to_the_form(webapp: Webapp) {
    webapp
        .journey(async |journey| {
            let Journey { deployment, browser } = &*journey;
            let start = deployment.record.mark()?;
            browser.open(&deployment.store().url("/")).await?;
            browser.find(Role::Heading, "Products").await?;
            follow_the_login_link(browser).await?;
            assert_eq!(deployment.record.steps(start)?, ["browser -> store GET / => 200", "browser -> store GET /login => 200"]);
            assert!(browser.cookies().await?.is_empty());
            Ok(())
        })
        .await;
}

/// Signs in from the start page. The mark stands before the submission of the form.
pub(crate) async fn signing_in_leads_to_the_cart(webapp: Webapp, journey: &Journey) -> anyhow::Result<Mark> {
    let Journey { deployment, browser } = journey;
    browser.open(&deployment.store().url("/")).await?;
    follow_the_login_link(browser).await?;
    let start = deployment.record.mark()?;
    browser.sign_in_form().await?.submit(SHOPPER, PASSWORD).await?;
    browser.wait_for_path("/shopping-cart").await?;
    wait_for_cart(browser, 3).await?;

    assert_eq!(
        deployment.record.steps(start)?,
        [
            format!("browser -> store POST /login (password) => 302 {}", webapp.backend.cookies),
            "store -> fusionauth POST /api/login api-key (password) => 200 (refreshToken token@store) [access_token refresh_token]"
                .to_owned(),
            webapp.cart_page(),
        ]
    );
    cookies_are_the_stores_and_hidden(webapp.backend, journey, &only_exchange(journey, start, "POST", "/login")?).await?;
    Ok(start)
}

/// Opens the cart when the sign-in has expired. The mark stands before that; the text is the value that the cookie had then.
pub(crate) async fn an_expired_sign_in_is_renewed_within_the_page_load(
    webapp: Webapp,
    journey: &Journey,
) -> anyhow::Result<(Mark, String)> {
    leave_until_expired(webapp.backend.workflow, journey).await?;
    let Journey { deployment, browser } = journey;
    let before = browser.cookie_at(deployment.store(), webapp.backend.cookie).await?;
    let start = deployment.record.mark()?;
    browser.open(&deployment.store().url("/shopping-cart")).await?;
    wait_for_cart(browser, 3).await?;
    assert_eq!(deployment.record.steps(start)?, [format!("{} {}", webapp.cart_page(), webapp.backend.cookies), BACKEND_REFRESH.to_owned()]);
    assert_eq!(
        attributes(&only_exchange(journey, start, "GET", "/shopping-cart")?, webapp.backend.cookie).as_deref(),
        Some(COOKIE_ATTRIBUTES)
    );
    assert!(browser.cookie_at(deployment.store(), webapp.backend.cookie).await? != before, "the cookie has a new value");

    let once = deployment.record.mark()?;
    browser.reload().await?;
    wait_for_cart(browser, 3).await?;
    assert_eq!(deployment.record.steps(once)?, [webapp.cart_page()], "it is renewed once");
    Ok((start, before))
}

pub(crate) async fn a_refused_refresh_leads_to_the_form_and_back(webapp: Webapp) {
    webapp
        .short_journey(async |journey| {
            leave_until_expired(webapp.backend.workflow, journey).await?;
            let Journey { deployment, browser } = &*journey;
            deployment.admin().revoke_sessions(SHOPPER_ID).await?;
            let start = deployment.record.mark()?;
            browser.open(&deployment.store().url("/shopping-cart")).await?;
            browser.wait_for_path("/login").await?;
            let form = browser.sign_in_form().await?;
            browser.wait_for_text("Your session has ended").await?;
            assert_eq!(
                deployment.record.steps(start)?,
                [
                    format!("browser -> store GET /shopping-cart {} => 302 {}", webapp.backend.cookies, webapp.deleted),
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
            let Journey { deployment, browser } = &*journey;
            let of_the_store = browser.cookies_at(deployment.store()).await?;
            let start = deployment.record.mark()?;
            browser.open(&deployment.forums().url("/")).await?;
            browser.find(Role::Heading, "Forums").await?;
            follow_the_login_link(browser).await?;
            browser.sign_in_form().await?.submit(SHOPPER, PASSWORD).await?;
            browser.wait_for_path("/posts").await?;
            browser.find(Role::Heading, "Posts").await?;
            browser.wait_for_text("Star atlas").await?;
            assert_eq!(
                deployment.record.steps(start)?,
                [
                    "browser -> forums GET / => 200".to_owned(),
                    "browser -> forums GET /login => 200".to_owned(),
                    format!("browser -> forums POST /login (password) => 302 {}", webapp.backend.cookies),
                    "forums -> fusionauth POST /api/login api-key (password) => 200 (refreshToken token@forums) [access_token refresh_token]"
                        .to_owned(),
                    format!("browser -> forums GET /posts {} => 200", webapp.backend.cookies),
                ]
            );
            assert_eq!(attributes(&only_exchange(journey, start, "POST", "/login")?, webapp.backend.cookie).as_deref(), Some(COOKIE_ATTRIBUTES));
            let of_the_forums = browser.cookies_at(deployment.forums()).await?;
            let stolen: Vec<String> = of_the_forums.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
            assert_eq!(stolen.len(), 2);
            let response = deployment.attacker().get("/shopping-cart", &stolen).await?;
            assert_eq!(response.status, 302, "a sign-in to the Forums never opens the Store");

            browser.open(&deployment.store().url("/shopping-cart")).await?;
            wait_for_cart(browser, 3).await?;
            let values = |cookies: &[e2e::StoredCookie]| cookies.iter().map(|cookie| cookie.value.clone()).collect::<Vec<_>>();
            assert!(values(&browser.cookies_at(deployment.store()).await?) == values(&of_the_store), "the Store's cookies are the same");
            Ok(())
        })
        .await;
}
