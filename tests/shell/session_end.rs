//! The end of a session that the user has not requested: public pages say it once, and that the cart is kept.

use crate::support::{
    Mounted, answer, click, find, forget_everything, get, mount_app, network, pause, reload_app, remount_app, sign_in, sign_in_to,
    sign_out_elsewhere, static_page::static_element, text, wait_for,
};
use leptos::prelude::*;
use storefront_api::App;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement};

const BANNER: &str = "header + .banner";
const ENDED: &str = "Your session has ended. Sign in to pick up where you left off.";

/// Signs in at the Store, opens its public start page, and ends the session there. Returns the page and the application id.
async fn ended_at_the_start_page() -> (Mounted, String) {
    let (page, id) = mount_app(App::Store, "/cart");
    network("cart({ mug: 5 })");
    sign_in_to(&id, "shopper", ".line").await;
    click(".to-start");
    wait_for("products", || find("#q").is_some()).await;
    pause().await;
    assert!(find(BANNER).is_none());
    answer("POST /api/jwt/refresh", 401, "");
    answer("POST /api/shopping-cart/lines", 401, "");
    answer("GET /api/load-shopping-cart", 401, "");
    click(".to-cart");
    wait_for("sign-in form", || find("#login").is_some()).await;
    assert!(find(BANNER).is_none(), "the form says it itself");
    assert_eq!(text(".auth .reason"), ENDED);
    assert_eq!(text(".auth .lead"), "Your cart is saved. Sign in to order.");
    network("forgetAnswer('POST /api/jwt/refresh')");
    network("forgetAnswer('POST /api/shopping-cart/lines')");
    network("forgetAnswer('GET /api/load-shopping-cart')");
    click(".to-start");
    wait_for("banner", || find(BANNER).is_some()).await;
    (page, id)
}

#[wasm_bindgen_test]
async fn a_public_page_says_once_that_the_session_has_ended_and_whose_cart_is_kept() {
    let (page, id) = ended_at_the_start_page().await;
    let says = text(BANNER);
    assert!(says.starts_with(ENDED), "{says}");
    assert!(says.contains("The cart of shopper@example.com is saved, and anything you add now will join it."), "{says}");
    let href = get::<Element>(&format!("{BANNER} a")).get_attribute("href");
    assert_eq!(href.as_deref(), Some("/login?next=%2F"));
    let stored = js_sys::eval("JSON.stringify(localStorage) + JSON.stringify(sessionStorage)").unwrap().as_string().unwrap();
    assert!(!stored.contains("shopper@example.com"), "{stored}");

    drop(page);
    let page = reload_app(App::Store, "/", &id);
    wait_for("banner", || text(BANNER).contains("Your cart is saved, and anything you add now will join it.")).await;
    click(&format!("{BANNER} button"));
    wait_for("end of the banner", || find(BANNER).is_none()).await;
    drop(page);
    let _page = reload_app(App::Store, "/", &id);
    wait_for("products", || find("#q").is_some()).await;
    pause().await;
    assert!(find(BANNER).is_none(), "the user has dismissed it");
}

#[wasm_bindgen_test]
async fn a_sign_in_ends_the_message_and_a_later_end_shows_it_again() {
    let (_page, id) = ended_at_the_start_page().await;
    click(&format!("{BANNER} a"));
    sign_in(&id, "shopper").await;
    wait_for("start page", || find("#q").is_some() && find("header .me").is_some()).await;
    assert!(find(BANNER).is_none());
    sign_out_elsewhere(&id).await;
    wait_for("sign-out", || find("header .me").is_none()).await;
    assert!(find(BANNER).is_none(), "the user has signed out in another tab");
}

#[wasm_bindgen_test]
async fn a_guest_reads_why_the_cart_asks_for_a_sign_in() {
    let (page, _) = mount_app(App::Store, "/checkout");
    wait_for("form", || find("#login").is_some()).await;
    let link = get::<HtmlElement>(".auth .lead a").get_attribute("href");
    assert_eq!(link.as_deref(), Some("/"));
    assert_eq!(text(".auth .lead"), static_element(".only-cart").text_content().unwrap(), "the static form says the same");
    assert_eq!(text(".auth .lead"), "Sign in to see your saved cart. See all products");
    drop(page);
    forget_everything();
    storefront::store::cart::guest_cart::keep(Some(2));
    let (_page, _) = remount_app(App::Store, "/login?next=%2Fcheckout");
    wait_for("form", || text(".auth .lead") == "Your cart is saved. Sign in to order.").await;
    wait_for("other ways to sign in", || find(".auth > .aside button").is_some()).await;
    assert!(window().location().search().unwrap().contains("next"));
    storefront::store::cart::guest_cart::keep(None); // later tests begin without a guest's cart
}
