//! Checks the pages and states of a server-rendered workflow in every window size.

use super::Gallery;
use crate::helpers::wait_for_cart;
use crate::self_service::follow_mailed_link;
use crate::webapp::sign_in_to;
use e2e::{
    Journey, Role, Setup, Workflow,
    account::{PASSWORD, SHOPPER},
    journey_in, totp,
};

/// The workflow of these pages; `webapp-session` has the same pages. The pages contain no scripts, but here the browser runs scripts,
/// because axe-core is a script.
const WORKFLOW: Workflow = Workflow::WebappJwt;

#[tokio::test]
async fn pictures_of_the_server_rendered_store() {
    journey_in(Setup::of(WORKFLOW), async |journey| {
        let Journey { deployment, browser } = &*journey;
        let mut gallery = Gallery::of(browser).await?;
        let store = deployment.store();
        browser.open(&store.url("/")).await?;
        browser.find(Role::Heading, "Products").await?;
        gallery.add("server-rendered-products").await?;
        browser.click(Role::Link, "Returns").await?;
        browser.find(Role::Heading, "Returns").await?;
        gallery.add_form("server-rendered-returns", "main").await?;
        browser.tolerate("/no/such/page", "404");
        browser.open(&store.url("/no/such/page")).await?;
        browser.find(Role::Heading, "Page not found").await?;
        gallery.add("server-rendered-not-found").await?;
        browser.tolerate("/login", "403");
        browser.open(&store.url("/login")).await?;
        browser.sign_in_form().await?.submit(SHOPPER, "wrong-horse-battery").await?;
        browser.alert().await?;
        gallery.add_form("server-rendered-sign-in-wrong-password", "main").await?;
        browser.tolerate("/register", "422");
        browser.open(&store.url("/register")).await?;
        browser.click(Role::Button, "Create account").await?;
        browser.alert().await?;
        gallery.add_form("server-rendered-registration-empty", "main").await?;
        sign_in_to(browser, store, SHOPPER, "/shopping-cart").await?;
        wait_for_cart(browser, 3).await?;
        gallery.add("server-rendered-cart").await?;
        browser.tolerate("/shopping-cart/lines/enamel-mug", "422");
        browser.tab_to("Quantity of Enamel mug").await?;
        browser.type_on("\u{e009}a\u{e000}0\u{e007}").await?; // select all, 0, Enter
        browser.alert().await?;
        gallery.add("server-rendered-cart-refused").await?;
        deployment.set_stock("enamel-mug", 1).await?;
        browser.open(&store.url("/shopping-cart")).await?;
        browser.wait_for_text("Enamel mug: only 1 left. We'll change the quantity in your cart to 1.").await?;
        gallery.add("server-rendered-cart-too-few").await?;
        browser.click(Role::Button, "Remove Wool blanket").await?;
        browser.find(Role::Button, "Undo: put Wool blanket back").await?;
        gallery.add("server-rendered-cart-removed").await?;
        gallery.end()
    })
    .await;
}

#[tokio::test]
async fn pictures_of_server_rendered_variants() {
    journey_in(Setup::of(WORKFLOW), async |journey| {
        let Journey { deployment, browser } = &*journey;
        let mut gallery = Gallery::of(browser).await?;
        for (name, product, region) in [
            ("server-rendered-store-product-variants", "enamel-mug-blue", "main"),
            ("server-rendered-store-product-variant-sold-out", "enamel-mug-green", ".sold-out"),
        ] {
            browser.open(&deployment.store().url(&format!("/products/{product}"))).await?;
            gallery.add_form(name, region).await?;
        }
        gallery.end()
    })
    .await;
}

#[tokio::test]
async fn pictures_of_the_server_rendered_catalogue() {
    journey_in(Setup::of(WORKFLOW).with_flags(&["--demo-products", "60"]), async |journey| {
        let Journey { deployment, browser } = &*journey;
        let mut gallery = Gallery::of(browser).await?;
        for (name, query, region) in [
            ("server-rendered-store-catalogue-results", "?q=mug&category=kitchen&sort=price&available=1", "main"),
            ("server-rendered-store-catalogue-corrected", "?q=enamal+mug", ".catalogue-count"),
            ("server-rendered-store-catalogue-empty", "?q=zeppelin", "main"),
        ] {
            browser.open(&deployment.store().url(&format!("/{query}"))).await?;
            browser.find(Role::Heading, "Products").await?;
            gallery.add_form(name, region).await?;
        }
        browser.open(&deployment.store().url("/")).await?;
        browser.find(Role::Link, "Next page").await?;
        gallery.add("server-rendered-catalogue-page").await?;
        gallery.end()
    })
    .await;
}

#[tokio::test]
async fn pictures_of_the_server_rendered_forums() {
    journey_in(Setup::of(WORKFLOW), async |journey| {
        let Journey { deployment, browser } = &*journey;
        let mut gallery = Gallery::of(browser).await?;
        browser.open(&deployment.forums().url("/")).await?;
        browser.find(Role::Heading, "Forums").await?;
        gallery.add("server-rendered-forums").await?;
        gallery.end()
    })
    .await;
}

#[tokio::test]
async fn pictures_of_a_server_rendered_sign_in() {
    journey_in(Setup::of(WORKFLOW), async |journey| {
        let Journey { deployment, browser } = &*journey;
        let mut gallery = Gallery::of(browser).await?;
        let store = deployment.store();
        browser.open(&store.url("/login")).await?;
        browser.sign_in_form().await?;
        gallery.add_form("server-rendered-sign-in", "main").await?;
        browser.tolerate("/login", "403");
        gallery.add_refused_sign_ins(store, "server-rendered-sign-in").await?;
        browser.tolerate("/login/code", "403");
        browser.fill("Code", "000000").await?;
        browser.click(Role::Button, "Check code").await?;
        browser.alert().await?;
        gallery.add_form("server-rendered-sign-in-wrong-code", "main").await?;
        browser.open(&store.url("/register")).await?;
        browser.find(Role::Button, "Create account").await?;
        gallery.add_form("server-rendered-registration", "main").await?;
        gallery.end()
    })
    .await;
}

#[tokio::test]
async fn pictures_of_a_server_rendered_sign_in_without_a_password() {
    journey_in(Setup::of(WORKFLOW), async |journey| {
        let Journey { deployment, browser } = &*journey;
        let mut gallery = Gallery::of(browser).await?;
        browser.open(&deployment.store().url("/login/passwordless")).await?;
        gallery.add_form("server-rendered-passwordless", "main").await?;
        browser.fill("Email", SHOPPER).await?;
        browser.click(Role::Button, "Send the code").await?;
        browser.find(Role::Heading, "Check your email").await?;
        gallery.add("server-rendered-passwordless-code").await?;
        browser.tolerate("/login/passwordless/code", "403");
        browser.fill("Code", "wrong").await?;
        browser.click(Role::Button, "Sign in").await?;
        browser.alert().await?;
        gallery.add("server-rendered-passwordless-wrong-code").await?;
        browser.open(&deployment.store().url("/login/link/wrong.000000")).await?;
        browser.find(Role::Checkbox, "Keep me signed in").await?;
        gallery.add_form("server-rendered-passwordless-link", "main").await?;
        browser.tolerate("/login/link", "404");
        browser.click(Role::Button, "Sign in").await?;
        browser.alert().await?;
        gallery.add("server-rendered-passwordless-link-refused").await?;
        gallery.end()
    })
    .await;
}

#[tokio::test]
async fn pictures_of_a_server_rendered_forgotten_password() {
    journey_in(Setup::of(WORKFLOW), async |journey| {
        let Journey { deployment, browser } = &*journey;
        let mut gallery = Gallery::of(browser).await?;
        browser.open(&deployment.store().url("/forgot-password")).await?;
        gallery.add_form("server-rendered-forgotten-password", "main").await?;
        browser.fill("Email", SHOPPER).await?;
        browser.click(Role::Button, "Send the link").await?;
        browser.find(Role::Heading, "Check your email").await?;
        gallery.add("server-rendered-forgotten-password-sent").await?;
        let link = follow_mailed_link(deployment, browser).await?;
        browser.find(Role::Heading, "Choose a new password").await?;
        gallery.add_form("server-rendered-new-password", "main").await?;
        browser.tolerate("/change-password", "422");
        browser.fill("New password", "short").await?;
        browser.click(Role::Button, "Change password").await?;
        browser.alert().await?;
        gallery.add_form("server-rendered-new-password-too-short", "main").await?;
        browser.fill("New password", "a-better-password").await?;
        browser.click(Role::Button, "Change password").await?;
        browser.wait_for_text("Password changed. You're signed in.").await?;
        gallery.add("server-rendered-new-password-done").await?;
        browser.tolerate("/change-password", "404");
        browser.open(&link).await?;
        browser.alert().await?;
        gallery.add_form("server-rendered-new-password-expired", "main").await?;
        browser.tolerate("/verify-email", "404");
        browser.open(&deployment.store().url("/verify-email/unknown")).await?;
        browser.click(Role::Button, "Confirm").await?;
        browser.alert().await?;
        gallery.add_form("server-rendered-verify-email-expired", "main").await?;
        gallery.end()
    })
    .await;
}

#[tokio::test]
async fn pictures_of_a_server_rendered_account() {
    journey_in(Setup::of(WORKFLOW), async |journey| {
        let Journey { deployment, browser } = &*journey;
        let mut gallery = Gallery::of(browser).await?;
        let store = deployment.store();
        sign_in_to(browser, store, SHOPPER, "/shopping-cart").await?;
        browser.open(&store.url("/account")).await?;
        gallery.add_form("server-rendered-account", "form.about").await?;
        browser.tolerate("/account/display-name", "422");
        // The Store refuses this character, an empty Braille pattern, because it looks like a space.
        browser.fill("Display name", "Shopper\u{2800}").await?;
        browser.click(Role::Button, "Change display name").await?;
        browser.alert().await?;
        gallery.add_form("server-rendered-account-display-name-refused", "form.about").await?;
        browser.open(&store.url("/account/sessions")).await?;
        gallery.add("server-rendered-sessions").await?;
        browser.open(&store.url("/account/password")).await?;
        gallery.add_form("server-rendered-account-password", "main").await?;
        browser.tolerate("/account/password", "422");
        browser.click(Role::Button, "Change password").await?;
        browser.alert().await?;
        gallery.add_form("server-rendered-account-password-empty", "main").await?;
        browser.open(&store.url("/account/email")).await?;
        gallery.add_form("server-rendered-account-address", "main").await?;
        browser.tolerate("/account/email", "422");
        browser.fill("New email", "nobody").await?;
        browser.click(Role::Button, "Send the code").await?;
        browser.alert().await?;
        gallery.add_form("server-rendered-account-address-refused", "main").await?;
        browser.fill("New email", "sam@new.example").await?;
        browser.fill("Current password", PASSWORD).await?;
        browser.click(Role::Button, "Send the code").await?;
        browser.find(Role::Button, "Change my email").await?;
        gallery.add_form("server-rendered-account-address-code", "main").await?;
        browser.open(&store.url("/account/delete")).await?;
        gallery.add_form("server-rendered-account-delete", "main").await?;
        browser.open(&store.url("/account/authenticator")).await?;
        let secret: String = browser.eval("return document.querySelector('.secret').innerText").await?;
        gallery.add_form_with_secret("server-rendered-authenticator", "main", Some(&secret)).await?;
        browser.fill("Current password", PASSWORD).await?;
        browser.fill("Code", &totp(&secret.replace(' ', ""))).await?;
        browser.click(Role::Button, "Turn on").await?;
        browser.find(Role::Heading, "Your recovery codes").await?;
        gallery.add("server-rendered-recovery-codes").await?;
        browser.open(&store.url("/account/authenticator")).await?;
        gallery.add_form("server-rendered-authenticator-remove", "main").await?;
        gallery.end()
    })
    .await;
}
