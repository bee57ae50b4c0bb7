//! A thief uses a stolen refresh token, in every workflow. FusionAuth has the settings that the README recommends: each refresh token is
//! valid for one use, and a second use revokes the session. So the session ends for the thief and for the user.

use e2e::{
    ACCESS_TOKEN_LIFE, Application, Journey, SESSION_IDLE, Setup, Workflow,
    account::{PASSWORD, SHOPPER, SHOPPER_ID},
    journey_in, workflows_of,
};

#[tokio::test]
async fn a_stolen_refresh_token_that_is_used_ends_for_the_thief_as_well_in_the_single_page_workflows() {
    for workflow in workflows_of([Workflow::SpaLocalStorage, Workflow::SpaBackend, Workflow::SpaSharedDomain]) {
        journey_in(Setup::of(workflow), async |journey| {
            for (path, status) in [("/api/user", "404"), ("/api/user", "401"), ("/api/jwt/refresh", "400")] {
                journey.browser.tolerate(path, status);
            }
            the_thief_is_faster(journey, workflow, "/cart").await
        })
        .await;
    }
}

#[tokio::test]
async fn a_stolen_refresh_token_that_is_used_ends_for_the_thief_as_well_in_the_server_rendered_workflows() {
    for workflow in workflows_of([Workflow::WebappJwt, Workflow::WebappSession]) {
        let setup = Setup::of(workflow).without_script();
        journey_in(setup, async |journey| the_thief_is_faster(journey, workflow, "/shopping-cart").await).await;
    }
}

async fn the_thief_is_faster(journey: &Journey, workflow: Workflow, cart: &str) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    let admin = deployment.admin();
    admin.use_refresh_tokens_once(Application::Store).await?;
    admin.revoke_on_reuse().await?;
    browser.sign_in_at(deployment.store(), SHOPPER).await?;
    browser.wait_for_path(cart).await?;
    browser.leave().await?;
    let stolen = match workflow {
        Workflow::SpaLocalStorage => browser.auth_cookie("refresh_token").await?,
        Workflow::SpaSharedDomain => browser.auth_cookie("store.refresh_token").await?,
        Workflow::SpaBackend | Workflow::WebappJwt | Workflow::WebappSession => {
            browser.cookie_at(deployment.store(), "storefront_refresh_token").await?
        }
    };
    journey.advance(ACCESS_TOKEN_LIFE.max(SESSION_IDLE)).await?;

    let thief = deployment.attacker();
    let next =
        thief.ask_for_tokens(&stolen).await?.cookie("refresh_token").expect("FusionAuth sends the thief a new refresh token").to_owned();
    let start = deployment.record.mark()?;
    browser.open(&deployment.store().url(cart)).await?;
    browser.wait_for_text("Your session has ended").await?;
    let refused = deployment.record.since(start)?.into_iter().filter(|it| it.path == "/api/jwt/refresh" && it.status() == Some(400));
    assert_eq!(
        refused.count(),
        1,
        "FusionAuth must refuse the second use, and the page must try it only once: {:#?}",
        deployment.record.steps(start)?
    );
    assert!(thief.refresh(&next).await.is_err(), "FusionAuth must refuse the thief's new refresh token");
    assert_eq!(admin.sessions(SHOPPER_ID).await?, 0);

    browser.sign_in_form().await?.submit(SHOPPER, PASSWORD).await?;
    browser.wait_for_path(cart).await
}
