//! The language buttons reload the page. The app keeps the typed text over the reload, except passwords.

use crate::support::{Mounted, calls, click, fill, find, get, mount_app, network, pause, reload_app, sign_in_to, value, wait_for};
use leptos::prelude::*;
use storefront_api::App;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlInputElement, HtmlTextAreaElement};

/// Keeps the typed text like `boot.js`, and reloads the page.
fn change_language(page: Mounted, app: App, path: &str, id: &str) -> Mounted {
    let lines = include_str!("../../src/boot/boot.js").lines().map(str::trim);
    let keep: Vec<_> = lines.filter(|it| it.starts_with("const typed = ") || it.starts_with("const keepTyped = ")).collect();
    js_sys::eval(&format!("(() => {{ {} keepTyped(); }})()", keep.concat())).unwrap();
    drop(page);
    reload_app(app, path, id)
}

fn kept() -> String {
    let storage = window().session_storage().unwrap().unwrap();
    (0..storage.length().unwrap()).filter_map(|at| storage.get_item(&storage.key(at).unwrap()?).unwrap()).collect()
}

#[wasm_bindgen_test]
async fn a_registration_goes_on_in_another_language_without_the_password() {
    let (page, id) = mount_app(App::Forums, "/register");
    wait_for("form", || find("#register").is_some()).await;
    fill("#email", "new@example.com");
    fill("#display-name", "Ada");
    fill("#new-password", "correct-horse-battery");
    get::<HtmlInputElement>("#new-password").set_type("text"); // as after a press of "Show"
    get::<HtmlInputElement>("#keep").set_checked(false);
    let page = change_language(page, App::Forums, "/register", &id);
    wait_for("form", || find("#register").is_some()).await;
    wait_for("name", || value("#display-name") == "Ada").await;
    assert_eq!((value("#email").as_str(), value("#new-password").as_str()), ("new@example.com", ""));
    assert!(!get::<HtmlInputElement>("#keep").checked());
    assert_eq!(kept(), "", "the app must remove the stored text after the reload");
    drop(page);
    let _page = reload_app(App::Forums, "/register", &id);
    wait_for("form", || find("#register").is_some()).await;
    pause().await;
    assert_eq!(value("#email"), "", "after a reload without a change of the language, the form must be empty");
}

#[wasm_bindgen_test]
async fn a_post_goes_on_in_another_language_and_no_other_page_gets_it() {
    let (page, id) = mount_app(App::Forums, "/");
    network("threads()");
    sign_in_to(&id, "shopper", "#post").await;
    get::<HtmlTextAreaElement>("#post").set_value("My post");
    let page = change_language(page, App::Forums, "/", &id);
    wait_for("text", || find("#post").is_some_and(|it| it.unchecked_into::<HtmlTextAreaElement>().value() == "My post")).await;
    click(".write [type=submit]");
    wait_for("request", || calls("POST /api/posts").contains("My post")).await;
    drop(page);

    let (page, id) = mount_app(App::Forums, "/");
    network("threads()");
    sign_in_to(&id, "shopper", "#post").await;
    get::<HtmlTextAreaElement>("#post").set_value("My post");
    let _page = change_language(page, App::Forums, "/posts/t1", &id);
    wait_for("thread", || find("#post").is_some()).await;
    pause().await;
    assert_eq!(get::<HtmlTextAreaElement>("#post").value(), "");
}
