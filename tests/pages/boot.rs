//! `boot.js` must show the static sign-in form, and send an early sign-in, only on pages where the app then shows its own form. On other
//! pages the app would not take over the sign-in.

use crate::support::{find, forget_everything, pause, remount_app, static_page::INDEX};
use js_sys::Function;
use storefront::store::cart::guest_cart;
use storefront_api::App;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::window;

/// Writes the static page into a frame, which has the URL and the session storage of the test's page. The wasm program is empty, so no app
/// takes over the static page.
const OPEN: &str = r"
    const frame = document.createElement('iframe');
    document.body.append(frame);
    const page = frame.contentDocument, sent = [];
    page.open();
    page.write(index);
    page.close();
    frame.contentWindow.fusionauthEarly = { get() {}, expect() {}, signIn: (...values) => sent.push(values) };
    const script = page.createElement('script');
    script.dataset.js = 'data:text/javascript,export default () => ({})';
    script.dataset.wasm = 'data:application/wasm;base64,AGFzbQEAAAA=';
    script.textContent = boot;
    page.head.append(script);
    const form = page.querySelector('#login');
";

/// Submits the form of the static page. Returns the page's `data-first` (`form` or `skeleton`), the number of sign-ins that the page has
/// sent, and the page's path.
const SUBMIT: &str = r"
    for (const input of form.querySelectorAll('[name=username], [name=password]')) input.value = 'typed';
    form.requestSubmit();
    const outcome = `${page.documentElement.dataset.first} ${sent.length} ${frame.contentWindow.location.pathname}`;
    frame.remove();
    return outcome;
";

fn submit_static_form() -> String {
    in_frame(SUBMIT)
}

/// Opens the static page in a frame, and returns the text that the JavaScript code `steps` returns.
fn in_frame(steps: &str) -> String {
    let run = Function::new_with_args("index, boot", &(OPEN.to_owned() + steps));
    run.call2(&JsValue::NULL, &INDEX.into(), &include_str!("../../boot.js").into()).unwrap().as_string().unwrap()
}

#[wasm_bindgen_test]
async fn the_static_sign_in_form_stands_and_sends_only_where_the_app_shows_its_own() {
    for (path, guest_items, expected) in [
        ("/cart", None, "form 1"),
        ("/cart", Some(2), "skeleton 0"),
        ("/cart", Some(0), "skeleton 0"),
        ("/checkout", Some(2), "form 1"),
        ("/orders", None, "form 1"),
        ("/login", Some(2), "form 1"),
        ("/", None, "skeleton 0"),
    ] {
        forget_everything();
        guest_cart::keep(guest_items);
        window().unwrap().history().unwrap().replace_state_with_url(&JsValue::NULL, "", Some(path)).unwrap();
        assert_eq!(submit_static_form(), format!("{expected} {path}"), "{path} with {guest_items:?} items");
        let (_page, _) = remount_app(App::Store, path);
        pause().await;
        assert_eq!(find("#login").is_some(), expected.starts_with("form"), "the app at {path} with {guest_items:?} items");
    }
}

#[wasm_bindgen_test]
fn the_form_does_not_flash_before_a_user_who_is_signed_in_is_led_on() {
    window().unwrap().history().unwrap().replace_state_with_url(&JsValue::NULL, "", Some("/login")).unwrap();
    let storage = window().unwrap().local_storage().unwrap().unwrap();
    let key = "fusionauth.session.10000000-0000-0000-0000-000000000001";
    storage.set_item(key, r#"{"session":{}}"#).unwrap();
    let shown = submit_static_form();
    storage.remove_item(key).unwrap();
    assert_eq!(shown, "skeleton 0 /login");
}

#[wasm_bindgen_test]
fn an_address_of_another_kind_asks_for_nothing_after_an_early_sign_in() {
    for (next, expected) in [("/cart", "/api/load-shopping-cart"), ("constructor", "undefined"), ("/nowhere", "undefined")] {
        forget_everything();
        let address = format!("/login?next={next}");
        window().unwrap().history().unwrap().replace_state_with_url(&JsValue::NULL, "", Some(&address)).unwrap();
        let asked = in_frame(
            "for (const input of form.querySelectorAll('[name=username], [name=password]')) input.value = 'typed';
            form.requestSubmit();
            frame.remove();
            return String(sent[0][4]);",
        );
        assert_eq!(asked, expected, "{next}");
    }
}
