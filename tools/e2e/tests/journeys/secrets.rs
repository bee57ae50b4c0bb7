//! After a sign-in, no password or token is in the console, in URLs, on the page, in session storage, in cookies that scripts can read, in
//! the record of messages or in the log.

use crate::helpers::wait_for_cart;
use e2e::{
    Journey, Role,
    account::{PASSWORD, SHOPPER},
    journey,
};

#[tokio::test]
async fn no_secret_in_console_address_history_page_record_or_log() {
    journey(async |Journey { deployment, browser }| {
        browser.tolerate("/api/login", "404");
        browser.open(&deployment.store().url("/cart")).await?;
        let form = browser.sign_in_form().await?;
        form.submit(SHOPPER, "canary-in-the-coal-mine").await?;
        browser.alert().await?;
        form.submit(SHOPPER, PASSWORD).await?;
        wait_for_cart(browser, 3).await?;
        let mut secrets = vec![PASSWORD.to_owned(), "canary-in-the-coal-mine".to_owned()];
        for name in ["access_token", "refresh_token"] {
            secrets.push(browser.auth_cookie(name).await?);
        }
        browser.click(Role::Link, "Account").await?;
        browser.find(Role::Heading, "Your account").await?;

        let places = [
            ("console", browser.console().await?.join("\n")),
            ("history", browser.history().await?.join("\n")),
            ("page", browser.eval("return document.documentElement.outerHTML").await?),
            ("session storage", browser.eval("return JSON.stringify(sessionStorage)").await?),
            ("cookies that scripts can read", browser.eval("return JSON.stringify(document.cookie)").await?),
            ("record", std::fs::read_to_string(deployment.record.file())?),
            ("log", std::fs::read_to_string(deployment.log())?),
        ];
        for (place, text) in places {
            for (number, secret) in secrets.iter().enumerate() {
                assert!(!text.contains(secret), "secret {number} in the {place}");
                // This also finds the signature of a JWT without the other parts of the JWT.
                let last = secret.rsplit('.').next().unwrap_or(secret);
                assert!(!text.contains(last), "the end of secret {number} in the {place}");
            }
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn local_storage_holds_one_key_without_personal_data() {
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
