//! The workflow `webapp-jwt`, step by step, in a browser that runs no script.

use crate::webapp::{leave_until_it_is_over, shopper_at_the_cart, the, webapp_journey_with};
use crate::webapp_steps::{
    Webapp, a_refused_refresh_leads_to_the_form_and_back, a_stolen_refresh_token_alone_opens_nothing_by_default,
    a_stolen_refresh_token_opens_the_cart_as_published, an_expired_sign_in_is_renewed_within_the_page_load, signing_in_leads_to_the_cart,
    the_forums_ask_for_a_sign_in_of_their_own, the_start_page_links_to_the_form,
};
use e2e::{Journey, Role, Workflow};

const WEBAPP: Webapp = Webapp {
    workflow: Workflow::WebappJwt,
    cookie: "storefront_jwt",
    cookies: "[storefront_jwt storefront_refresh_token]",
    deleted: "[-storefront_jwt -storefront_refresh_token storefront_flash]",
    flags: &[],
};

#[tokio::test]
async fn step_1_to_4_the_start_page_links_to_the_form_and_fusionauth_is_asked_nothing() {
    the_start_page_links_to_the_form(WEBAPP).await;
}

#[tokio::test]
async fn step_5_to_10_signing_in_leads_to_the_cart_with_both_tokens_in_cookies() {
    WEBAPP
        .journey(async |journey| {
            let start = signing_in_leads_to_the_cart(WEBAPP, journey).await?;
            let login = the(journey, start, "POST", "/login")?;
            let issued = the(journey, start, "POST", "/api/login")?.response.expect("a response");
            for (cookie, token) in [("storefront_jwt", "token"), ("storefront_refresh_token", "refreshToken")] {
                let token = issued.credentials.iter().find(|credential| credential.name == token).expect("issued");
                assert_eq!(login.set_cookie(cookie).expect("set").fingerprint, token.fingerprint, "{cookie} is what FusionAuth issued");
            }
            Ok(())
        })
        .await;
}

#[tokio::test]
async fn step_11_to_14_an_expired_jwt_is_renewed_within_the_page_load() {
    WEBAPP
        .journey(async |journey| {
            let (start, _) = an_expired_sign_in_is_renewed_within_the_page_load(WEBAPP, journey).await?;
            let pages = journey.world.record.since(start)?;
            assert_eq!(pages[0].cookie("storefront_jwt").expect("sent").expired, Some(true));
            Ok(())
        })
        .await;
}

#[tokio::test]
async fn step_15_to_19_a_refused_refresh_leads_to_the_form_and_back() {
    a_refused_refresh_leads_to_the_form_and_back(WEBAPP).await;
}

#[tokio::test]
async fn step_20_to_29_the_forums_ask_for_a_sign_in_of_their_own_and_clobber_nothing() {
    the_forums_ask_for_a_sign_in_of_their_own(WEBAPP).await;
}

#[tokio::test]
async fn step_30_to_33_a_stolen_refresh_token_opens_the_cart_as_published() {
    webapp_journey_with(WEBAPP.workflow, &["--refresh-invalid-jwt"], async |journey| {
        let (stolen, received) = a_stolen_refresh_token_opens_the_cart_as_published(WEBAPP, journey).await?;
        assert!(received.iter().any(|line| line.starts_with("storefront_jwt=eyJ")), "and an access token of its own");
        // The refresh token's end ends this, too: here because the shopper signs out.
        let Journey { world, browser } = &*journey;
        browser.click(Role::Button, "Sign out").await?;
        browser.wait_for_path("/login").await?;
        let response = world.attacker().get("/shopping-cart", &stolen).await?;
        assert!(response.status == 302 && !response.body.contains("Enamel mug"), "{}", response.status);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn step_30_to_33_a_stolen_refresh_token_alone_opens_nothing_by_default() {
    a_stolen_refresh_token_alone_opens_nothing_by_default(WEBAPP).await;
}

#[tokio::test]
async fn step_34_to_35_a_stolen_jwt_opens_the_cart_until_it_is_over() {
    WEBAPP
        .journey(async |journey| {
            shopper_at_the_cart(journey).await?;
            let Journey { world, browser } = &*journey;
            let stolen = [WEBAPP.stolen_cookie(journey).await?];
            let start = world.record.mark()?;
            let response = world.attacker().get("/shopping-cart", &stolen).await?;
            assert!(response.status == 200 && response.body.contains("Enamel mug"), "the victim's cart");
            assert!(response.cookies.is_empty(), "and no more");
            assert_eq!(world.record.steps(start)?, ["attacker -> store GET /shopping-cart [storefront_jwt] => 200"]);

            browser.devtools("Network.clearBrowserCookies", serde_json::json!({})).await?;
            leave_until_it_is_over(WEBAPP.workflow, journey).await?;
            let over = [WEBAPP.stolen_cookie(journey).await?];
            let start = world.record.mark()?;
            assert_eq!(world.attacker().get("/shopping-cart", &over).await?.status, 302, "not a second longer than `exp`");
            let steps = world.record.steps(start)?;
            assert!(steps.len() == 1 && steps[0].starts_with("attacker -> store"), "and it is not renewed: {steps:#?}");
            Ok(())
        })
        .await;
}
