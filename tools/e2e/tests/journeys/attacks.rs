//! Steps 28 to 33 of FusionAuth's published workflow `spa-local-storage`, in which an attacker uses a stolen token. The workflow does not
//! prevent these attacks. The tests show what the attacker can reach.

use crate::helpers::wait_for_cart;
use e2e::{Journey, account::SHOPPER, journey};

#[tokio::test]
async fn step_28_to_31_a_stolen_refresh_token_opens_the_cart() {
    journey(async |Journey { deployment, browser }| {
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        let stolen = browser.auth_cookie("refresh_token").await?;

        let start = deployment.record.mark()?;
        let attacker = deployment.attacker();
        let token = attacker.refresh(&stolen).await?;
        let (status, cart) = attacker.cart(&token).await?;
        assert_eq!(status, 200);
        assert_eq!(cart["lines"].as_array().map(Vec::len), Some(3), "the victim's cart");
        assert_eq!(
            deployment.record.calls(start)?,
            [
                "attacker -> fusionauth POST /api/jwt/refresh [refresh_token] => 200 (refreshToken token@store) [access_token refresh_token]",
                "attacker -> store GET /api/load-shopping-cart Bearer@store => 200",
            ]
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_32_to_33_a_stolen_access_token_opens_the_cart_until_it_is_over() {
    journey(async |Journey { deployment, browser }| {
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        let stolen = browser.auth_cookie("access_token").await?;

        let start = deployment.record.mark()?;
        let (status, cart) = deployment.attacker().cart(&stolen).await?;
        assert_eq!((status, cart["lines"].as_array().map(Vec::len)), (200, Some(3)));
        assert_eq!(deployment.record.calls(start)?, ["attacker -> store GET /api/load-shopping-cart Bearer@store => 200"]);
        Ok(())
    })
    .await;
}
