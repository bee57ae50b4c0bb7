//! Test bodies that `webapp_jwt.rs` and `webapp_session.rs` share, because these two server-rendered workflows have many steps in
//! common. A [`ServerRenderedWorkflow`] has the data in which they differ, such as the names of the cookies.

use crate::backend_cookies::{BACKEND_REFRESH, BackendWorkflow, COOKIE_ATTRIBUTES, assert_host_only_http_only_cookies, attributes};
use crate::helpers::wait_for_cart;
use crate::webapp::{follow_the_login_link, leave_with_an_expired_sign_in, sign_in_shopper_and_open_cart, single_exchange};
use e2e::{
    Journey, RecordPosition, Role,
    account::{PASSWORD, SHOPPER, SHOPPER_ID},
};

/// One of the two server-rendered workflows.
#[derive(Clone, Copy)]
pub(crate) struct ServerRenderedWorkflow {
    pub(crate) backend: BackendWorkflow,
    /// How a line in the record of messages ends if the response deletes both sign-in cookies and sets the cookie with a message for the
    /// next page.
    pub(crate) deleted_cookies: &'static str,
}

impl ServerRenderedWorkflow {
    /// Runs a journey in a browser with JavaScript switched off.
    pub(crate) async fn journey(self, body: impl AsyncFnOnce(&mut Journey) -> anyhow::Result<()>) {
        self.backend.journey(&[], body).await;
    }

    /// The line in the record of messages for a request that loads the cart's page.
    pub(crate) fn cart_exchange(self) -> String {
        format!("browser -> store GET /shopping-cart {} => 200", self.backend.cookies)
    }
}

pub(crate) async fn the_start_page_links_to_the_form(webapp: ServerRenderedWorkflow) {
    webapp
        .journey(async |Journey { deployment, browser }| {
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

/// Signs in from the start page. Returns the position in the record just before the messages that submitting the form causes.
pub(crate) async fn signing_in_leads_to_the_cart(webapp: ServerRenderedWorkflow, journey: &Journey) -> anyhow::Result<RecordPosition> {
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
            webapp.cart_exchange(),
        ]
    );
    assert_host_only_http_only_cookies(webapp.backend, journey, &single_exchange(journey, start, "POST", "/login")?).await?;
    Ok(start)
}

/// Opens the cart when the sign-in has expired. Returns the position in the record at which the messages of this visit begin, and the value
/// that the sign-in cookie had before the visit.
pub(crate) async fn an_expired_sign_in_is_renewed_within_the_page_load(
    webapp: ServerRenderedWorkflow,
    journey: &Journey,
) -> anyhow::Result<(RecordPosition, String)> {
    leave_with_an_expired_sign_in(webapp.backend.workflow, journey).await?;
    let Journey { deployment, browser } = journey;
    let before = browser.cookie_at(deployment.store(), webapp.backend.cookie).await?;
    let start = deployment.record.mark()?;
    browser.open(&deployment.store().url("/shopping-cart")).await?;
    wait_for_cart(browser, 3).await?;
    assert_eq!(
        deployment.record.steps(start)?,
        [format!("{} {}", webapp.cart_exchange(), webapp.backend.cookies), BACKEND_REFRESH.to_owned()]
    );
    assert_eq!(
        attributes(&single_exchange(journey, start, "GET", "/shopping-cart")?, webapp.backend.cookie).as_deref(),
        Some(COOKIE_ATTRIBUTES)
    );
    assert!(browser.cookie_at(deployment.store(), webapp.backend.cookie).await? != before, "the cookie must have a new value");

    let after_renewal = deployment.record.mark()?;
    browser.reload().await?;
    wait_for_cart(browser, 3).await?;
    assert_eq!(deployment.record.steps(after_renewal)?, [webapp.cart_exchange()], "a second load of the page must not renew the sign-in");
    Ok((start, before))
}

pub(crate) async fn a_refused_refresh_leads_to_the_form_and_back(webapp: ServerRenderedWorkflow) {
    webapp
        .journey(async |journey| {
            leave_with_an_expired_sign_in(webapp.backend.workflow, journey).await?;
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
                    format!("browser -> store GET /shopping-cart {} => 302 {}", webapp.backend.cookies, webapp.deleted_cookies),
                    "store -> fusionauth POST /api/jwt/refresh (refreshToken) => 400".to_owned(),
                    // This request is not a published step. A thief may have rotated the refresh token.
                    "store -> fusionauth DELETE /api/jwt/refresh/{id} api-key => 404".to_owned(),
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

pub(crate) async fn the_forums_ask_for_a_sign_in_of_their_own(webapp: ServerRenderedWorkflow) {
    webapp
        .journey(async |journey| {
            sign_in_shopper_and_open_cart(journey).await?;
            let Journey { deployment, browser } = &*journey;
            let store_cookies = browser.cookies_at(deployment.store()).await?;
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
            assert_eq!(attributes(&single_exchange(journey, start, "POST", "/login")?, webapp.backend.cookie).as_deref(), Some(COOKIE_ATTRIBUTES));
            let forums_cookies = browser.cookies_at(deployment.forums()).await?;
            let cookie_header: Vec<String> = forums_cookies.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
            assert_eq!(cookie_header.len(), 2);
            let response = deployment.attacker().get("/shopping-cart", &cookie_header).await?;
            assert_eq!(response.status, 302, "a sign-in at the Forums must never open the Store");

            browser.open(&deployment.store().url("/shopping-cart")).await?;
            wait_for_cart(browser, 3).await?;
            let values = |cookies: &[e2e::StoredCookie]| cookies.iter().map(|cookie| cookie.value.clone()).collect::<Vec<_>>();
            assert!(values(&browser.cookies_at(deployment.store()).await?) == values(&store_cookies), "the Store's cookies must be unchanged");
            Ok(())
        })
        .await;
}
