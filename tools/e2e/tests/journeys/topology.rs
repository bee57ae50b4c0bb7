//! Sign-ins with several instances of the backends. Each instance receives requests, and must accept the shopper's sign-in.

use crate::helpers::wait_for_cart;
use crate::webapp::{SERVER_RENDERED_WORKFLOWS, sign_in_shopper_and_open_cart, webapp_journey};
use e2e::{Journey, workflows_of};
use std::collections::BTreeSet;

#[tokio::test]
async fn every_instance_knows_who_is_signed_in() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| {
            sign_in_shopper_and_open_cart(journey).await?;
            let Journey { deployment, browser } = journey;
            let start = deployment.record.mark()?;
            for _ in 0..deployment.instances() {
                browser.reload().await?;
                wait_for_cart(browser, 3).await?;
            }
            let pages = deployment.record.since(start)?.into_iter().filter(|it| it.path == "/shopping-cart");
            assert_eq!(
                pages.map(|it| it.process).collect::<BTreeSet<_>>().len(),
                deployment.instances(),
                "every instance must have answered a request"
            );
            assert!(
                deployment.record.steps(start)?.iter().all(|step| step.ends_with("=> 200")),
                "no instance may ask the shopper to sign in"
            );
            Ok(())
        })
        .await;
    }
}
