//! FusionAuth's published workflow `webapp-session`, step by step, in a browser that runs no scripts.

use crate::backend_cookies::{
    BackendWorkflow, a_stolen_refresh_token_alone_opens_nothing_by_default, a_stolen_refresh_token_opens_the_cart_as_published,
    stolen_cookie,
};
use crate::helpers::wait_for_cart;
use crate::webapp::sign_in_shopper_and_open_cart;
use crate::webapp_steps::{
    ServerRenderedWorkflow, a_refused_refresh_leads_to_the_form_and_back, an_expired_sign_in_is_renewed_within_the_page_load,
    signing_in_leads_to_the_cart, the_forums_ask_for_a_sign_in_of_their_own, the_start_page_links_to_the_form,
};
use e2e::{Journey, RecordPosition, Role, Workflow};
use std::time::Duration;

const WEBAPP: ServerRenderedWorkflow = ServerRenderedWorkflow {
    backend: BackendWorkflow {
        workflow: Workflow::WebappSession,
        cookie: "storefront_session",
        cookies: "[storefront_refresh_token storefront_session]",
        cart: "/shopping-cart",
        refused: 302,
    },
    deleted_cookies: "[-storefront_refresh_token -storefront_session storefront_flash]",
};

/// The pause before each use of a session. One pause is shorter than [`e2e::SESSION_IDLE`], and all pauses together are longer.
const PAUSE_BETWEEN_USES: Duration = Duration::from_secs(20 * 60);
const PAUSES: usize = 3;

/// At the first request after each pause, the server asks FusionAuth what the user may do, and then whether the session's refresh token is
/// valid. This function waits for these checks, and returns all other recorded steps.
async fn steps_without_checks_of_the_user(journey: &Journey, start: RecordPosition) -> anyhow::Result<Vec<String>> {
    let Journey { deployment, .. } = journey;
    deployment.record.wait_for_number(start, PAUSES, "checks of the user", |it| it.path == "/api/jwt/refresh").await?;
    let mut steps = deployment.record.steps(start)?;
    const CHECK: [&str; 2] =
        ["store -> fusionauth GET /api/user/{id} api-key => 200", "store -> fusionauth GET /api/jwt/refresh api-key => 200"];
    steps.retain(|step| !CHECK.iter().any(|it| step.starts_with(it)));
    Ok(steps)
}

#[tokio::test]
async fn step_1_to_4_the_start_page_links_to_the_form_and_fusionauth_is_asked_nothing() {
    the_start_page_links_to_the_form(WEBAPP).await;
}

#[tokio::test]
async fn step_5_to_10_signing_in_leads_to_the_cart_with_a_session_id_and_no_jwt() {
    WEBAPP
        .journey(async |journey| {
            signing_in_leads_to_the_cart(WEBAPP, journey).await?;
            for cookie in journey.browser.cookies().await? {
                // Every JWT begins with `eyJ`.
                assert!(!cookie.value.starts_with("eyJ"), "{} must not be a JWT", cookie.name);
            }
            Ok(())
        })
        .await;
}

#[tokio::test]
async fn step_11_to_12_every_use_pushes_the_end_of_the_session_forward() {
    WEBAPP
        .journey(async |journey| {
            sign_in_shopper_and_open_cart(journey).await?;
            let Journey { deployment, browser } = &*journey;
            let id = browser.cookie_at(deployment.store(), "storefront_session").await?;
            let start = deployment.record.mark()?;
            for _ in 0..PAUSES {
                journey.advance(PAUSE_BETWEEN_USES).await?;
                browser.reload().await?;
                wait_for_cart(browser, 3).await?;
            }
            assert!(browser.cookie_at(deployment.store(), "storefront_session").await? == id, "the session id must stay the same");
            let steps = steps_without_checks_of_the_user(journey, start).await?;
            assert_eq!(steps, vec![WEBAPP.cart_exchange(); PAUSES], "the server must not renew anything");
            Ok(())
        })
        .await;
}

#[tokio::test]
async fn step_13_to_17_an_expired_session_is_replaced_within_the_page_load() {
    WEBAPP
        .journey(async |journey| {
            let (_, before) = an_expired_sign_in_is_renewed_within_the_page_load(WEBAPP, journey).await?;
            let response = journey.deployment.attacker().get("/shopping-cart", &[format!("storefront_session={before}")]).await?;
            assert_eq!(response.status, 302, "the Store must refuse the old session id");
            Ok(())
        })
        .await;
}

#[tokio::test]
async fn step_18_to_22_a_refused_refresh_leads_to_the_form_and_back() {
    a_refused_refresh_leads_to_the_form_and_back(WEBAPP).await;
}

#[tokio::test]
async fn step_23_to_34_the_forums_ask_for_a_sign_in_of_their_own_and_clobber_nothing() {
    the_forums_ask_for_a_sign_in_of_their_own(WEBAPP).await;
}

#[tokio::test]
async fn step_35_to_39_a_stolen_refresh_token_gets_a_session_of_its_own_as_published() {
    a_stolen_refresh_token_opens_the_cart_as_published(WEBAPP.backend, |received| {
        let pairs = received.iter().filter_map(|line| line.split(';').next());
        // Over HTTPS the cookie's name has the prefix `__Host-`.
        let is_session = |pair: &&str| pair.trim_start_matches("__Host-").starts_with("storefront_session=");
        let sessions: Vec<String> = pairs.filter(is_session).map(str::to_owned).collect();
        assert_eq!(sessions.len(), 1, "the thief must receive one session id");
        sessions
    })
    .await;
}

#[tokio::test]
async fn step_35_to_39_a_stolen_refresh_token_alone_opens_nothing_by_default() {
    a_stolen_refresh_token_alone_opens_nothing_by_default(WEBAPP.backend).await;
}

#[tokio::test]
async fn step_40_to_42_a_stolen_session_id_lives_as_long_as_it_is_used_and_dies_with_a_sign_out() {
    WEBAPP
        .journey(async |journey| {
            sign_in_shopper_and_open_cart(journey).await?;
            let Journey { deployment, browser } = &*journey;
            let stolen = [stolen_cookie(journey, WEBAPP.backend.cookie).await?];
            let start = deployment.record.mark()?;
            for _ in 0..PAUSES {
                journey.advance(PAUSE_BETWEEN_USES).await?;
                let response = deployment.attacker().get("/shopping-cart", &stolen).await?;
                assert!(
                    response.status == 200 && response.body.contains("Enamel mug") && response.cookies.is_empty(),
                    "the thief must get the victim's cart, and no cookies"
                );
            }
            let steps = steps_without_checks_of_the_user(journey, start).await?;
            assert_eq!(steps, ["attacker -> store GET /shopping-cart [storefront_session] => 200"; PAUSES]);

            let start = deployment.record.mark()?;
            browser.reload().await?;
            wait_for_cart(browser, 3).await?;
            assert_eq!(
                deployment.record.steps(start)?,
                [WEBAPP.cart_exchange()],
                "the shopper's session must not need a renewal, because the thief has used it"
            );

            browser.click(Role::Button, "Sign out").await?;
            browser.wait_for_path("/login").await?;
            assert_eq!(
                deployment.attacker().get("/shopping-cart", &stolen).await?.status,
                302,
                "the sign-out must end the session at once"
            );
            Ok(())
        })
        .await;
}
