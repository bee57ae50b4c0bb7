//! Renewals that FusionAuth's published steps do not cover: with one-time refresh tokens and in an open page. Also: a visit with an
//! unreadable record in local storage.

use crate::helpers::{CART, REFRESH, come_back_after_expiry, wait_for_cart};
use crate::open_tabs::open_carts;
use e2e::{Application, Journey, account::SHOPPER, journey};
use std::collections::BTreeMap;

#[tokio::test]
async fn a_refresh_token_for_one_use_is_replaced_at_each_renewal() {
    journey(async |journey| {
        journey.deployment.admin().use_refresh_tokens_once(Application::Store).await?;
        let start = come_back_after_expiry(journey).await?;
        let Journey { deployment, browser } = journey;
        wait_for_cart(browser, 3).await?;
        assert_eq!(deployment.record.calls(start)?, [REFRESH, CART]);
        let refresh = deployment.record.wait_for(start, "refresh", |exchange| exchange.to_string() == REFRESH).await?;
        let (used, new) = (refresh.cookie("refresh_token").expect("sent"), refresh.set_cookie("refresh_token").expect("set"));
        assert!(used.fingerprint.is_some() && used.fingerprint != new.fingerprint, "the answer must set another refresh token");

        let current = browser.auth_cookie("refresh_token").await?;
        deployment.attacker().refresh(&current).await?;
        assert!(deployment.attacker().refresh(&current).await.is_err(), "FusionAuth must refuse the second use of a refresh token");
        Ok(())
    })
    .await;
}

/// The page's token has expired when a script changes three lines of the cart. All three requests need a new token at the same time.
#[tokio::test]
async fn an_open_page_renews_once_for_everything_that_asks_at_once() {
    journey(async |journey| {
        open_carts(journey, 1).await?;
        let Journey { deployment, browser } = &*journey;
        wait_for_cart(browser, 3).await?;
        journey.expire_access_tokens().await?;

        let start = deployment.record.mark()?;
        browser.eval::<()>("document.querySelectorAll('[aria-label^=Increase]').forEach(button => button.click())").await?;
        for product in ["enamel-mug", "wool-blanket", "storm-lantern"] {
            deployment.record.wait_for(start, "change of a quantity", |exchange| exchange.path.ends_with(product)).await?;
        }
        let mut calls = deployment.record.calls(start)?;
        calls[1..].sort();
        assert_eq!(
            calls,
            [
                REFRESH,
                "browser -> store PUT /api/shopping-cart/lines/enamel-mug Bearer@store => 200",
                "browser -> store PUT /api/shopping-cart/lines/storm-lantern Bearer@store => 200",
                "browser -> store PUT /api/shopping-cart/lines/wool-blanket Bearer@store => 200",
            ]
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_unreadable_record_is_nobody_signed_in() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        let key = browser.local_storage().await?.into_keys().next().expect("a key");
        for rubbish in ["", "null", "{", "[]", r#"{"version":99}"#, r#"{"version":1,"epoch":"x"}"#, "\u{1F9ED}"] {
            let set = serde_json::json!([key, rubbish]);
            browser.eval::<()>(&format!("localStorage.setItem(...{set})")).await?;
            let start = deployment.record.mark()?;
            browser.open(&deployment.store().url("/cart")).await?;
            browser.wait_for_path("/login?next=%2Fcart").await?;
            browser.sign_in_form().await?;
            assert_eq!(deployment.record.calls(start)?, Vec::<String>::new(), "{rubbish:?}");
        }
        browser.eval::<()>("localStorage.clear()").await?;
        browser.open(&deployment.store().url("/cart")).await?;
        browser.wait_for_path("/login?next=%2Fcart").await?;
        browser.sign_in_form().await?;
        assert_eq!(browser.local_storage().await?, BTreeMap::new());
        Ok(())
    })
    .await;
}
