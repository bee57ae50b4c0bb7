//! Test bodies for the workflows in which the backend keeps the refresh token in a cookie of the application's host: `spa-backend`,
//! `webapp-jwt` and `webapp-session`. [`BackendWorkflow`] has the data in which these workflows differ.

use crate::helpers::wait_for_cart;
use crate::{spa, webapp};
use e2e::{Journey, RecordedExchange, Role, Setup, Workflow, journey_in};

/// One of these workflows and its data.
#[derive(Clone, Copy)]
pub(crate) struct BackendWorkflow {
    pub(crate) workflow: Workflow,
    /// The name of the cookie with the JWT or the session id.
    pub(crate) cookie: &'static str,
    /// This cookie and the refresh token's cookie, as the record of messages lists them.
    pub(crate) cookies: &'static str,
    /// The path of the cart's page or data.
    pub(crate) cart: &'static str,
    /// The status of the response for the path `cart` if nobody is signed in.
    pub(crate) refused: u16,
}

/// The name of the refresh token's cookie.
pub(crate) const REFRESH_TOKEN: &str = "storefront_refresh_token";
/// The attributes of both sign-in cookies. The browser keeps both cookies for as long as a refresh token is valid.
pub(crate) const COOKIE_ATTRIBUTES: &str = "Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax";
/// The line in the record of messages for a refresh that a backend sends and FusionAuth grants.
pub(crate) const BACKEND_REFRESH: &str =
    "store -> fusionauth POST /api/jwt/refresh (refreshToken) => 200 (refreshToken token@store) [access_token refresh_token]";

impl BackendWorkflow {
    /// Runs a journey with these flags of the server. If the server renders the pages, the browser runs no scripts.
    pub(crate) async fn journey(self, flags: &'static [&'static str], body: impl AsyncFnOnce(&mut Journey) -> anyhow::Result<()>) {
        let setup = Setup::of(self.workflow).with_flags(flags);
        let setup = if self.workflow == Workflow::SpaBackend { setup } else { setup.without_script() };
        journey_in(setup, async |journey| {
            // While nobody is signed in, `/api/user` answers 404.
            journey.browser.tolerate("/api/user", "404");
            body(journey).await
        })
        .await;
    }

    /// Signs the shopper in and shows the cart.
    async fn sign_in(self, journey: &Journey) -> anyhow::Result<()> {
        match self.workflow {
            Workflow::SpaBackend => spa::sign_in_shopper_and_open_cart(journey).await,
            _ => webapp::sign_in_shopper_and_open_cart(journey).await,
        }
    }

    /// Signs the shopper in, and moves the clock until the sign-in's JWT or session has expired.
    async fn sign_in_until_expired(self, journey: &Journey) -> anyhow::Result<()> {
        match self.workflow {
            Workflow::SpaBackend => spa::shopper_with_an_expired_jwt(journey).await,
            workflow => webapp::leave_with_an_expired_sign_in(workflow, journey).await,
        }
    }

    /// Requests the cart with these cookies as an attacker. Returns the status, and whether the response has the shopper's cart.
    async fn attack(self, journey: &Journey, cookies: &[String]) -> anyhow::Result<(u16, bool)> {
        let response = journey.deployment.attacker().get(self.cart, cookies).await?;
        Ok((response.status, response.body.contains("Enamel mug")))
    }
}

/// The shopper's cookie at the Store, as `name=value`.
pub(crate) async fn stolen_cookie(journey: &Journey, name: &str) -> anyhow::Result<String> {
    Ok(format!("{name}={}", journey.browser.cookie_at(journey.deployment.store(), name).await?))
}

/// The attributes with which a response sets a cookie, as one text.
pub(crate) fn attributes(exchange: &RecordedExchange, cookie: &str) -> Option<String> {
    exchange.set_cookie(cookie).map(|cookie| cookie.attributes.join("; "))
}

/// Asserts that the sign-in has set both cookies, for the Store's host only, and that no script can read them.
pub(crate) async fn assert_host_only_http_only_cookies(
    backend: BackendWorkflow,
    journey: &Journey,
    login: &RecordedExchange,
) -> anyhow::Result<()> {
    for cookie in [backend.cookie, REFRESH_TOKEN] {
        assert_eq!(attributes(login, cookie).as_deref(), Some(COOKIE_ATTRIBUTES), "{cookie}");
    }
    let cookies = journey.browser.cookies().await?;
    assert_eq!(cookies.len(), 2);
    for cookie in &cookies {
        assert_eq!(cookie.domain, journey.deployment.store().name(), "{} must be for the Store's host only", cookie.name);
        assert!(cookie.http_only, "scripts must not be able to read {}", cookie.name);
    }
    Ok(())
}

pub(crate) async fn a_stolen_refresh_token_alone_opens_nothing_by_default(backend: BackendWorkflow) {
    backend
        .journey(&[], async |journey| {
            backend.sign_in(journey).await?;
            let Journey { deployment, browser } = &*journey;
            let stolen = stolen_cookie(journey, REFRESH_TOKEN).await?;
            let start = deployment.record.mark()?;
            for cookies in [vec![stolen.clone()], vec![format!("{}=bad", backend.cookie), stolen]] {
                assert_eq!(backend.attack(journey, &cookies).await?, (backend.refused, false));
            }
            let steps = deployment.record.steps(start)?;
            assert!(
                steps.len() == 2 && steps.iter().all(|step| step.starts_with("attacker -> store")),
                "the Store must not send FusionAuth a request: {steps:#?}"
            );
            browser.reload().await?;
            wait_for_cart(browser, 3).await
        })
        .await;
}

/// In the workflow as FusionAuth publishes it, a stolen refresh token opens the cart until the shopper signs out. The attacker sends an
/// invalid value for the other cookie. `check` gets the cookies that the Store sets for the attacker, and returns those that the
/// shopper's sign-out must invalidate, too.
pub(crate) async fn a_stolen_refresh_token_opens_the_cart_as_published(backend: BackendWorkflow, check: fn(&[String]) -> Vec<String>) {
    backend
        .journey(&["--refresh-invalid-jwt"], async |journey| {
            backend.sign_in(journey).await?;
            let Journey { deployment, browser } = &*journey;
            let stolen = vec![format!("{}=bad", backend.cookie), stolen_cookie(journey, REFRESH_TOKEN).await?];
            let start = deployment.record.mark()?;
            let response = deployment.attacker().get(backend.cart, &stolen).await?;
            assert!(response.status == 200 && response.body.contains("Enamel mug"), "the attacker must get the shopper's cart");
            let (cart, cookies) = (backend.cart, backend.cookies);
            assert_eq!(
                deployment.record.steps(start)?,
                [format!("attacker -> store GET {cart} {cookies} => 200 {cookies}"), BACKEND_REFRESH.to_owned()]
            );
            let received = check(&response.cookies);

            // The sign-out revokes the refresh token, and ends every session that the Store has created with it.
            browser.click(Role::Button, "Sign out").await?;
            browser.sign_in_form().await?;
            deployment.record.wait_for(start, "logout", |it| it.path == "/api/logout").await?;
            assert_eq!(backend.attack(journey, &stolen).await?, (backend.refused, false));
            for cookie in received {
                assert_eq!(backend.attack(journey, &[cookie]).await?, (backend.refused, false));
            }
            Ok(())
        })
        .await;
}

pub(crate) async fn a_stolen_jwt_opens_the_cart_until_it_expires(backend: BackendWorkflow) {
    backend
        .journey(&[], async |journey| {
            backend.sign_in(journey).await?;
            let Journey { deployment, browser } = &*journey;
            let stolen = [stolen_cookie(journey, backend.cookie).await?];
            let start = deployment.record.mark()?;
            let response = deployment.attacker().get(backend.cart, &stolen).await?;
            assert!(response.status == 200 && response.body.contains("Enamel mug"), "the attacker must get the shopper's cart");
            assert!(response.cookies.is_empty(), "the thief must not receive new cookies");
            assert_eq!(deployment.record.steps(start)?, [format!("attacker -> store GET {} [{}] => 200", backend.cart, backend.cookie)]);

            browser.click(Role::Button, "Sign out").await?;
            browser.sign_in_form().await?;
            backend.sign_in_until_expired(journey).await?;
            let expired = [stolen_cookie(journey, backend.cookie).await?];
            let start = deployment.record.mark()?;
            assert_eq!(backend.attack(journey, &expired).await?, (backend.refused, false));
            let steps = deployment.record.steps(start)?;
            assert!(steps.len() == 1 && steps[0].starts_with("attacker -> store"), "the Store must not renew the JWT: {steps:#?}");
            Ok(())
        })
        .await;
}
