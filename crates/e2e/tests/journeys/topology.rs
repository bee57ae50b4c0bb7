//! With several instances of the backends, each does its part.

use crate::helpers::wait_for_cart;
use crate::webapp::{WEBAPPS, shopper_at_the_cart, webapp_journey};
use e2e::Journey;
use std::collections::BTreeSet;

#[tokio::test]
async fn every_instance_knows_who_is_signed_in() {
    for workflow in WEBAPPS {
        webapp_journey(workflow, async |journey| {
            shopper_at_the_cart(journey).await?;
            let Journey { world, browser } = journey;
            let start = world.record.mark()?;
            for _ in 0..world.instances() {
                browser.reload().await?;
                wait_for_cart(browser, 3).await?;
            }
            let pages = world.record.since(start)?.into_iter().filter(|it| it.path == "/shopping-cart");
            assert_eq!(pages.map(|it| it.process).collect::<BTreeSet<_>>().len(), world.instances(), "each has answered");
            assert!(world.record.steps(start)?.iter().all(|step| step.ends_with("=> 200")), "nobody was sent to the form");
            Ok(())
        })
        .await;
    }
}
