//! Checks, in every window size, the pages that join the Store and the Forums: a product's page with questions, and the Forums' pages about
//! a product.

use super::{Gallery, open};
use crate::webapp::sign_in_to;
use e2e::{Journey, Role, Setup, Workflow, account::SHOPPER, journey, journey_in};

/// The thread of the demo data about the cast-iron pan.
const THREAD: &str = "/posts/30000000-0000-0000-0000-000000000000";

#[tokio::test]
async fn pictures_of_a_product_and_its_threads() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        let (mut gallery, store, forums) = (Gallery::of(browser).await?, deployment.store(), deployment.forums());
        deployment.add_threads_about("storm-lantern", 3).await?;
        open(browser, store, "/products/storm-lantern", "All questions about").await?;
        browser.find(Role::Button, "Add to cart: Storm lantern").await?;
        gallery.add_form("store-product-questions", ".questions").await?;
        open(browser, store, "/products/linen-towel", "No questions yet").await?;
        browser.find(Role::Button, "Add to cart: Linen towel").await?;
        gallery.add_form("store-product-no-questions", ".questions").await?;
        browser.sign_in_at(forums, SHOPPER).await?;
        open(browser, forums, "/?product=cast-iron-pan", "Posts about").await?;
        gallery.add_form("forums-about-product", "main").await?;
        open(browser, forums, "/?product=no-such-pan", "The Store doesn't have this product.").await?;
        gallery.add_form("forums-product-unknown", "main").await?;
        open(browser, forums, THREAD, "Thin coats.").await?;
        gallery.add("forums-thread-about-product").await?;
        gallery.end()
    })
    .await;
}

#[tokio::test]
async fn pictures_of_a_server_rendered_product_and_its_threads() {
    journey_in(Setup::of(Workflow::WebappJwt), async |journey| {
        let Journey { deployment, browser } = &*journey;
        let (mut gallery, store, forums) = (Gallery::of(browser).await?, deployment.store(), deployment.forums());
        deployment.add_threads_about("storm-lantern", 3).await?;
        open(browser, store, "/products/storm-lantern", "All questions about").await?;
        gallery.add_form("server-rendered-store-product-questions", ".questions").await?;
        open(browser, store, "/products/linen-towel", "No questions yet").await?;
        gallery.add_form("server-rendered-store-product-no-questions", ".questions").await?;
        sign_in_to(browser, forums, SHOPPER, "/posts").await?;
        open(browser, forums, "/posts?product=cast-iron-pan", "Posts about").await?;
        gallery.add_form("server-rendered-forums-about-product", "main").await?;
        browser.tolerate("/posts?product=no-such-pan", "404");
        open(browser, forums, "/posts?product=no-such-pan", "The Store doesn't have this product.").await?;
        gallery.add_form("server-rendered-forums-product-unknown", "main").await?;
        gallery.end()
    })
    .await;
}
