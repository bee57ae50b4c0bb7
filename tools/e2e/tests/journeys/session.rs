//! Steps 1 to 17 of FusionAuth's published workflow `spa-local-storage`: the first visit, signing in, the cart, an expired access token, a
//! refused refresh token.

use crate::helpers::{CART, REFRESH, REFUSED, come_back_after_expiry, leave_with_an_expired_token, wait_for_cart};
use e2e::{
    Journey, Role,
    account::{PASSWORD, SHOPPER, SHOPPER_ID},
    journey,
};
use std::collections::BTreeMap;
use wire_recorder::Actor;

#[tokio::test]
async fn step_1_to_4_a_first_visit_shows_the_form_and_asks_nobody() {
    journey(async |Journey { deployment, browser }| {
        let start = deployment.record.mark()?;
        browser.open(&deployment.store().url("/login")).await?;
        browser.sign_in_form().await?;

        let exchanges = deployment.record.since(start)?;
        let page = exchanges.first().map(ToString::to_string);
        assert_eq!(page.as_deref(), Some("browser -> store GET /login => 200"), "the request for the page must not contain a credential");
        assert!(exchanges.iter().all(|exchange| exchange.to == Actor::Store && exchange.credentials.is_empty()), "{exchanges:#?}");
        // The alert about the empty form comes from the app, so the app has started and has read local storage.
        browser.click(Role::Button, "Sign in").await?;
        browser.alert().await?;
        assert_eq!(deployment.record.calls(start)?, Vec::<String>::new(), "the page must not send a request to an API");
        assert_eq!(browser.local_storage().await?, BTreeMap::new());
        assert!(browser.cookies().await?.is_empty());
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_5_to_9_signing_in_drops_the_token_into_local_storage_and_loads_the_cart() {
    journey(async |Journey { deployment, browser }| {
        browser.open(&deployment.store().url("/login")).await?;
        let start = deployment.record.mark()?;
        browser.sign_in_form().await?.submit(SHOPPER, PASSWORD).await?;
        browser.wait_for_path("/cart").await?;
        wait_for_cart(browser, 3).await?;

        assert_eq!(
            deployment.record.calls(start)?,
            [
                "browser -> fusionauth POST /api/login (password) => 200 (refreshToken token@store) [access_token refresh_token]",
                "browser -> store GET /api/load-shopping-cart Bearer@store => 200",
            ]
        );
        let exchanges = deployment.record.since(start)?;
        let login = &exchanges.iter().find(|exchange| exchange.path == "/api/login" && exchange.method == "POST").expect("a login");
        assert_eq!(login.host, format!("auth.spa-local-storage.localhost:{}", deployment.auth_port()));
        assert_eq!(login.origin.as_deref(), Some(deployment.store().origin().as_str()));
        let attributes = |name: &str| login.set_cookie(name).map(|cookie| cookie.attributes.join("; "));
        assert_eq!(attributes("access_token").as_deref(), Some("HttpOnly; Path=/; SameSite=Lax"));
        assert_eq!(attributes("refresh_token").as_deref(), Some("HttpOnly; Max-Age=2592000; Path=/; SameSite=Lax"));

        let cart = exchanges.iter().find(|exchange| exchange.path == "/api/load-shopping-cart").expect("a cart");
        let issued = login.response.as_ref().and_then(|answer| answer.credentials.iter().find(|token| token.name == "token"));
        assert_eq!(
            cart.bearer().and_then(|token| token.fingerprint.clone()),
            issued.and_then(|token| token.fingerprint.clone()),
            "the Store must get the token that FusionAuth issued"
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_5_to_9_the_store_sees_neither_password_nor_cookie() {
    journey(async |Journey { deployment, browser }| {
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        browser.reload().await?;
        wait_for_cart(browser, 3).await?;

        for exchange in deployment.record.exchanges()? {
            let secrets = exchange.credentials.iter().filter(|credential| credential.name != "bearer").count();
            assert!(exchange.to == Actor::FusionAuth || secrets == 0, "{exchange}");
            let set = exchange.response.iter().flat_map(|answer| &answer.cookies).count();
            assert!(exchange.to == Actor::FusionAuth || set == 0, "{exchange}");
        }
        let cookies = browser.cookies().await?;
        let mut names: Vec<&str> = cookies.iter().map(|cookie| cookie.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["access_token", "refresh_token"]);
        for cookie in &cookies {
            assert_eq!(cookie.domain, "auth.spa-local-storage.localhost", "{} must be for FusionAuth's host only", cookie.name);
            assert!(cookie.http_only, "scripts must not be able to read {}", cookie.name);
            assert_eq!(cookie.same_site.as_deref(), Some("Lax"), "{}", cookie.name);
            assert_eq!(cookie.session, cookie.name == "access_token", "{}", cookie.name);
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_7_local_storage_holds_one_key_without_personal_data() {
    journey(async |Journey { deployment, browser }| {
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        let storage = browser.local_storage().await?;
        assert_eq!(storage.len(), 1, "keys: {:?}", storage.keys());
        let refresh_token = browser.auth_cookie("refresh_token").await?;
        let access_token = browser.auth_cookie("access_token").await?;
        let record: String = storage.into_values().collect();
        assert!(record.contains(&access_token), "the stored record must contain the access token");
        let rest = record.replace(&access_token, "");
        for (what, secret) in
            [("refresh token", refresh_token.as_str()), ("password", PASSWORD), ("email", SHOPPER), ("any @", "@"), ("cart", "quantity")]
        {
            assert!(!rest.contains(secret), "apart from the token, the stored record must not contain the {what}");
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_10_to_14_an_expired_token_is_renewed_before_the_call() {
    journey(async |journey| {
        let start = come_back_after_expiry(journey).await?;
        let Journey { deployment, browser } = journey;
        wait_for_cart(browser, 3).await?;
        assert_eq!(browser.path().await?, "/cart", "the shopper must not see the sign-in page");
        assert_eq!(deployment.record.calls(start)?, [REFRESH, CART], "expected one refresh, then one request, and no 401");

        let exchanges = deployment.record.since(start)?;
        let refresh =
            exchanges.iter().find(|exchange| exchange.path == "/api/jwt/refresh" && exchange.method == "POST").expect("a refresh");
        assert_eq!(refresh.cookie("access_token").and_then(|token| token.expired), Some(true), "the old token must have expired");
        let cart = exchanges.iter().find(|exchange| exchange.path == "/api/load-shopping-cart").expect("a cart");
        let issued = refresh.response.as_ref().and_then(|answer| answer.credentials.iter().find(|token| token.name == "token"));
        assert_eq!(cart.bearer().and_then(|token| token.fingerprint.clone()), issued.and_then(|token| token.fingerprint.clone()));
        let attributes = |name: &str| refresh.set_cookie(name).map(|cookie| cookie.attributes.join("; "));
        assert_eq!(attributes("access_token").as_deref(), Some("HttpOnly; Path=/; SameSite=Lax"));
        assert_eq!(attributes("refresh_token").as_deref(), Some("HttpOnly; Max-Age=2592000; Path=/; SameSite=Lax"));

        let new = browser.auth_cookie("access_token").await?;
        let storage = browser.local_storage().await?;
        assert_eq!(storage.len(), 1);
        assert!(storage.into_values().any(|record| record.contains(&new)), "local storage must contain the new token");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_15_to_17_a_refused_refresh_leads_to_the_form_and_back() {
    journey(async |journey| {
        leave_with_an_expired_token(journey).await?;
        let Journey { deployment, browser } = journey;
        deployment.admin().revoke_sessions(SHOPPER_ID).await?;
        browser.tolerate("/api/jwt/refresh", "400");
        let start = deployment.record.mark()?;
        browser.open(&deployment.store().url("/cart")).await?;
        browser.wait_for_path("/login?next=%2Fcart").await?;
        let form = browser.sign_in_form().await?;
        browser.wait_for_text("Your session has ended").await?;
        assert_eq!(deployment.record.calls(start)?, [REFUSED], "expected one refresh, and no request to the Store");
        let rest: String = browser.local_storage().await?.into_values().collect();
        // Every JWT begins with `eyJ`.
        assert!(!rest.contains("eyJ"), "no token may be left");

        let start = deployment.record.mark()?;
        form.submit(SHOPPER, PASSWORD).await?;
        browser.wait_for_path("/cart").await?;
        wait_for_cart(browser, 3).await?;
        assert_eq!(deployment.record.calls(start)?.last().map(String::as_str), Some(CART), "the shopper must be back at the cart");
        Ok(())
    })
    .await;
}
