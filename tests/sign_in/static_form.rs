//! Compares the sign-in form in `index.html` with the form that the app renders.

use crate::support::static_page::{INDEX, outline, put, static_element, static_form};
use crate::support::{Styles, find, get, mount_app, mount_part, pause, text, wait_for};
use leptos::prelude::*;
use storefront::sign_in::{SignInFlow, SignInProgress};
use storefront_api::App;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{DomParser, HtmlElement, SupportedType};

#[wasm_bindgen_test]
async fn the_static_form_equals_that_of_the_app() {
    let _page = mount_part(App::Store, None, || view! { <SignInFlow progress=SignInProgress::new()/> }.into_any());
    pause().await;
    assert_eq!(outline(&static_form()), outline(&find(".auth").unwrap()));
}

#[wasm_bindgen_test]
async fn the_static_form_has_room_for_what_the_app_adds_below_its_own() {
    let _styles = Styles::new(concat!(
        include_str!("../../style/base.css"),
        include_str!("../../style/ui.css"),
        include_str!("../../style/shell.css"),
        include_str!("../../style/sign_in.css")
    ));
    let height = || get::<HtmlElement>(".auth").offset_height();
    let root = document().document_element().unwrap();
    root.set_attribute("data-first", "form").unwrap();
    let shell = put("#shell");
    let first = height();
    shell.remove();
    root.remove_attribute("data-first").unwrap();
    let (_page, _) = mount_app(App::Store, "/login");
    wait_for("form", || text(".auth").contains("Sign in without a password")).await;
    assert!((height() - first).abs() <= 2, "the card grows from {first} to {} pixels", height());
}

#[wasm_bindgen_test]
fn password_managers_and_keyboards_know_the_form() {
    let form = static_element("#login");
    assert_eq!((form.get_attribute("method").as_deref(), form.has_attribute("novalidate")), (Some("post"), true));
    assert!(form.get_attribute("autocomplete").is_none());
    for (selector, expected) in [
        ("#username", [("name", "username"), ("autocomplete", "username"), ("type", "text"), ("inputmode", "email")].as_slice()),
        ("#current-password", &[("name", "password"), ("autocomplete", "current-password"), ("type", "password")]),
    ] {
        let input = static_element(selector);
        for (name, value) in [("autocapitalize", "none"), ("spellcheck", "false"), ("aria-required", "true")].iter().chain(expected) {
            assert_eq!(input.get_attribute(name).as_deref(), Some(*value), "{selector} {name}");
        }
        for name in ["required", "maxlength", "placeholder", "onpaste", "data-1p-ignore", "data-lpignore", "autofocus"] {
            assert!(!input.has_attribute(name), "{selector} has the attribute {name}");
        }
        static_element(&format!("label[for='{}']", &selector[1..]));
    }
    static_element("#login button[type=submit]");
    let buttons = form.query_selector_all("button:not([type=button], [type=submit])").unwrap();
    assert_eq!(buttons.length(), 0, "a button has no type");
}

#[wasm_bindgen_test]
fn the_static_page_has_one_main_and_no_inline_code() {
    let page = DomParser::new().unwrap().parse_from_string(INDEX, SupportedType::TextHtml).unwrap();
    assert_eq!(page.query_selector_all("main").unwrap().length(), 1);
    assert_eq!(page.query_selector_all("[style], style, script:not([type='application/json'])").unwrap().length(), 0);
}
