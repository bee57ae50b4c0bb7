//! FusionAuth's published workflow `webapp-jwt`, step by step, in a browser that runs no scripts.

use crate::backend_cookies::{
    BackendWorkflow, a_stolen_jwt_opens_the_cart_until_it_expires, a_stolen_refresh_token_alone_opens_nothing_by_default,
    a_stolen_refresh_token_opens_the_cart_as_published,
};
use crate::webapp::single_exchange;
use crate::webapp_steps::{
    ServerRenderedWorkflow, a_refused_refresh_leads_to_the_form_and_back, an_expired_sign_in_is_renewed_within_the_page_load,
    signing_in_leads_to_the_cart, the_forums_ask_for_a_sign_in_of_their_own, the_start_page_links_to_the_form,
};
use e2e::Workflow;

const WEBAPP: ServerRenderedWorkflow = ServerRenderedWorkflow {
    backend: BackendWorkflow {
        workflow: Workflow::WebappJwt,
        cookie: "storefront_jwt",
        cookies: "[storefront_jwt storefront_refresh_token]",
        cart: "/shopping-cart",
        refused: 302,
    },
    deleted_cookies: "[-storefront_jwt -storefront_refresh_token storefront_flash]",
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
            let login = single_exchange(journey, start, "POST", "/login")?;
            let issued = single_exchange(journey, start, "POST", "/api/login")?.response.expect("a response");
            for (cookie, token) in [("storefront_jwt", "token"), ("storefront_refresh_token", "refreshToken")] {
                let token = issued.credentials.iter().find(|credential| credential.name == token).expect("issued");
                assert_eq!(
                    login.set_cookie(cookie).expect("set").fingerprint,
                    token.fingerprint,
                    "{cookie} must contain the token that FusionAuth issued"
                );
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
            let pages = journey.deployment.record.since(start)?;
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
    a_stolen_refresh_token_opens_the_cart_as_published(WEBAPP.backend, |received| {
        assert!(
            received.iter().any(|line| line.trim_start_matches("__Host-").starts_with("storefront_jwt=eyJ")),
            "the thief must receive a JWT, which stays valid until its `exp`"
        );
        Vec::new()
    })
    .await;
}

#[tokio::test]
async fn step_30_to_33_a_stolen_refresh_token_alone_opens_nothing_by_default() {
    a_stolen_refresh_token_alone_opens_nothing_by_default(WEBAPP.backend).await;
}

#[tokio::test]
async fn step_34_to_35_a_stolen_jwt_opens_the_cart_until_it_is_over() {
    a_stolen_jwt_opens_the_cart_until_it_expires(WEBAPP.backend).await;
}
