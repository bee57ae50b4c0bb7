//! The early cart, which `early_cart.js` shows before the app has started. It looks like the app's cart, the app takes over the changes
//! that the user makes in it, and no user sees another user's cart.

use crate::support::{
    Mounted, Styles, answer, answer_with_token, calls, cart_lines, click, fill, find, focused, forget_everything, get, network, pause,
    reload_app, sign_in_to, start_app,
    static_page::{outline, put},
    text, two_frames, wait_for,
};
use js_sys::eval;
use leptos::prelude::*;
use std::ops::Deref;
use storefront::sign_in::static_form::take_over;
use storefront_api::App;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Event, EventInit, HtmlElement, HtmlInputElement};

const CART: &str = "GET /api/load-shopping-cart";
const MUG: &str = "PUT /api/shopping-cart/lines/mug";

/// The static page. Dropping this value removes the page. The field is the application id.
struct StaticPage(String);

impl Deref for StaticPage {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Drop for StaticPage {
    fn drop(&mut self) {
        remove();
    }
}

fn remove() {
    for selector in ["#early-cart", "#shell", "#app", "#broken"] {
        find(selector).into_iter().for_each(|left| left.remove());
    }
}

/// Opens the static page for a user who is signed in from an earlier visit. The app is not started. The cart has two mugs and a blanket.
async fn returning() -> StaticPage {
    remove();
    forget_everything();
    let id = new_id();
    let page = reload_app(App::Store, "/cart", &id);
    network("cart({ mug: 2, blanket: 1 })");
    sign_in_to(&id, "shopper", ".line").await;
    pause().await;
    drop(page);
    open(&id);
    StaticPage(id)
}

fn new_id() -> String {
    String::from(js_sys::Math::random().to_string().get(2..).unwrap_or("1"))
}

/// Opens the static page with its scripts except `boot.js`. The tests call the functions of the other scripts themselves.
fn open(id: &str) {
    eval(&format!("globalThis.isStored = !!JSON.parse(localStorage['fusionauth.session.{id}'] ?? null)?.session")).unwrap();
    remove();
    put("#broken");
    put("#app");
    put("#shell");
    for script in [include_str!("../../session/fusionauth-session-web/src/early.js"), include_str!("../../src/boot/early_cart.js")] {
        eval(script).unwrap();
    }
    eval(&format!("globalThis.show = (text, user) => {{ earlyCart(text, user, '{id}', isStored); }}")).unwrap();
}

/// Lets `early.js` request the cart, and waits for the answer.
async fn ask(id: &str) {
    eval(&format!("fusionauthEarly.get('{id}', '/api/load-shopping-cart', [['Accept-Language', 'en']], show)")).unwrap();
    pause().await;
}

/// Starts the app, which takes over the static page.
fn start(id: &str) -> Mounted {
    start_app(App::Store, "/cart", id, || {
        get::<HtmlElement>("#app").set_hidden(false);
        take_over("shell")
    })
}

fn is_shown() -> bool {
    find("#early-cart").is_some()
}

async fn taken_over() {
    wait_for("the app's cart", || !is_shown() && find("#app .line").is_some()).await;
    pause().await;
}

fn press(name: &str, product: &str) {
    click(&format!("#early-cart [data-product={product}] [name={name}]"));
}

fn changed(selector: &str) {
    let bubbling = EventInit::new();
    bubbling.set_bubbles(true);
    let event = Event::new_with_event_init_dict("change", &bubbling).unwrap();
    find(selector).unwrap().dispatch_event(&event).unwrap();
}

#[wasm_bindgen_test]
async fn it_equals_that_of_the_app_and_costs_no_request() {
    let id = returning().await;
    ask(&id).await;
    let early = outline(&find("#early-cart .page").unwrap());
    let before = calls(CART).lines().count();
    let _page = start(&id);
    taken_over().await;
    assert_eq!(early, outline(&find("#app .page").unwrap()));
    assert_eq!(calls(CART).lines().count(), before, "the app must use the early answer, and request no other");
    assert_eq!(calls("PUT").lines().count() + calls("DELETE").lines().count(), 0, "the app sent a change that the user did not make");
}

/// Opens the static page for a visitor, who submits the sign-in form before the app has started.
async fn visitor() -> StaticPage {
    forget_everything();
    let id = new_id();
    open(&id);
    network("cart({ mug: 2, blanket: 1 })");
    answer_with_token("POST /api/login", &id, "shopper");
    window().history().unwrap().replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some("/cart")).unwrap();
    fill("#username", "shopper");
    fill("#current-password", "correct-horse-battery");
    get::<HtmlElement>("#current-password").focus().unwrap();
    get::<HtmlElement>("#login").set_attribute("data-held", "").unwrap();
    eval(&format!(
        "fusionauthEarly.signIn(location.origin, '{id}', 'shopper', 'correct-horse-battery', '/api/load-shopping-cart', [['Accept-Language', 'en']], show)"
    ))
    .unwrap();
    StaticPage(id)
}

#[wasm_bindgen_test]
async fn after_an_early_sign_in_it_stays_until_the_app_has_signed_in() {
    let id = visitor().await;
    wait_for("cart of the page", is_shown).await;
    assert_eq!((text("#early-cart .total strong"), focused().tag_name()), ("€118.80".to_owned(), "H1".to_owned()));
    eval(
        "globalThis.seen = [];
        globalThis.watch = new MutationObserver(() => seen.push(document.querySelector('#early-cart') ? 'early' : document.querySelector('#app #login') ? 'form' : 'app'));
        watch.observe(document.body, { childList: true, subtree: true });",
    )
    .unwrap();
    let early = outline(&find("#early-cart .page").unwrap());
    let _page = start(&id);
    taken_over().await;
    assert_eq!(early, outline(&find("#app .page").unwrap()));
    assert_eq!((calls("POST /api/login").lines().count(), calls(CART).lines().count()), (1, 1));
    assert_eq!((focused().tag_name(), find("#app h1").as_ref() == Some(&focused())), ("H1".to_owned(), true));
    let seen = eval("watch.disconnect(); seen.join()").unwrap().as_string().unwrap();
    assert!(!seen.contains("form"), "the page shows the form again: {seen}");
}

#[wasm_bindgen_test]
async fn what_the_app_explains_is_left_to_the_app() {
    let cart = |lines: &str, more: &str| format!(r#"{{"currency":"EUR","total":1,"lines":[{lines}]{more}}}"#);
    let id = returning().await;
    let odd = cart_lines(1);
    let table = [
        (200, cart(&cart_lines(30), ""), true),
        (200, cart(&cart_lines(1), r#","notice":null"#), true),
        (200, cart(&cart_lines(31), ""), false),
        (200, cart("", ""), false),
        (200, cart(&cart_lines(1), r#","notice":"A price has changed.""#), false),
        (200, cart(&odd.replace("p0", "p/0"), ""), false),
        (200, cart(&odd.replace("100", "1.5"), ""), false),
        (200, cart(&odd.replace("100", "\"1\""), ""), false),
        (200, cart(&odd.replace(":1}", ":0}"), ""), false),
        (200, cart(&odd.replace(":1}", ":1.5}"), ""), false),
        (200, cart(&odd.replace(":1}", ":100}"), ""), false),
        (200, cart(&odd.replace("\"P\"", "null"), ""), false),
        (200, cart(&cart_lines(1), "").replace("EUR", "?"), false),
        (200, "<html>".to_owned(), false),
        (200, String::new(), false),
        (401, cart(&cart_lines(1), ""), false),
        (503, cart(&cart_lines(1), ""), false),
    ];
    for (status, body, expected) in table {
        open(&id);
        answer(CART, status, &body);
        ask(&id).await;
        assert_eq!(is_shown(), expected, "{status} {body}");
    }
    // The script must show a product's name as text, never as markup.
    open(&id);
    answer(CART, 200, &cart(&odd.replace("\"P\"", "\"<i>{}$&</i>\""), ""));
    ask(&id).await;
    assert_eq!(text("#early-cart h2"), "<i>{}$&</i>");
    assert_eq!(get::<HtmlElement>("#early-cart [name=remove]").get_attribute("aria-label").unwrap(), "Remove <i>{}$&</i>");
}

#[wasm_bindgen_test]
async fn clicks_are_held_shown_and_done_once() {
    let id = returning().await;
    ask(&id).await;
    for name in ["increase", "increase", "decrease", "increase"] {
        press(name, "mug");
    }
    assert_eq!(text("#early-cart .total strong"), "€148.60");
    assert_eq!(text("#early-cart .total p"), "5 items");
    press("remove", "blanket");
    press("remove", "blanket");
    press("increase", "blanket");
    assert_eq!(
        (text("#early-cart .total strong"), text("#early-cart [data-product=blanket] [name=remove]")),
        ("€59.60".into(), "Removing…".into())
    );
    assert_eq!(calls("PUT").len() + calls("DELETE").len(), 0, "the page must send nothing before the app has started");
    let _page = start(&id);
    taken_over().await;
    wait_for("changes", || !calls("PUT").is_empty() && !calls("DELETE").is_empty()).await;
    pause().await;
    assert_eq!(calls("PUT"), format!(r#"{MUG} {{"quantity":4}}"#));
    assert_eq!(calls("DELETE"), "DELETE /api/shopping-cart/lines/blanket");
    assert_eq!(get::<HtmlInputElement>("#quantity-mug").value(), "4");
    assert!(text(".line-gone").contains("Removed Wool blanket"));
}

#[wasm_bindgen_test]
async fn the_least_and_the_greatest_quantity_hold_here_too() {
    let id = returning().await;
    ask(&id).await;
    for _ in 0..3 {
        press("decrease", "mug");
    }
    let attribute =
        |name: &str| get::<HtmlElement>(&format!("#early-cart [data-product=mug] [name={name}]")).get_attribute("aria-disabled");
    assert_eq!((get::<HtmlInputElement>("#quantity-mug").value(), attribute("decrease").as_deref()), ("1".to_owned(), Some("true")));
    fill("#early-cart #quantity-mug", "98");
    changed("#early-cart #quantity-mug");
    press("increase", "mug");
    press("increase", "mug");
    assert_eq!((get::<HtmlInputElement>("#quantity-mug").value(), attribute("increase").as_deref()), ("99".to_owned(), Some("true")));
    assert_eq!(attribute("decrease"), None);
}

#[wasm_bindgen_test]
async fn check_out_is_held_and_followed_after_the_changes() {
    let id = returning().await;
    ask(&id).await;
    press("increase", "mug");
    click("#early-cart .total a.primary");
    assert_eq!(text("#early-cart .total a.primary"), "One moment…");
    assert_eq!(window().location().pathname().unwrap(), "/cart", "the browser must not follow the held link");
    let _page = start(&id);
    wait_for("checkout", || window().location().pathname().unwrap() == "/checkout" && !is_shown()).await;
    wait_for("change", || calls("PUT") == format!(r#"{MUG} {{"quantity":3}}"#)).await;
}

#[wasm_bindgen_test]
async fn a_quantity_that_is_being_typed_and_the_focus_stay() {
    let id = returning().await;
    ask(&id).await;
    get::<HtmlElement>("#early-cart #quantity-mug").focus().unwrap();
    fill("#early-cart #quantity-mug", "7");
    let _page = start(&id);
    taken_over().await;
    assert_eq!((focused().id(), get::<HtmlInputElement>("#app #quantity-mug").value()), ("quantity-mug".into(), "7".into()));
    assert_eq!(calls("PUT"), "", "the app must send nothing while the user still types");
    get::<HtmlElement>("#app #quantity-mug").blur().unwrap();
    wait_for("change", || calls("PUT") == format!(r#"{MUG} {{"quantity":7}}"#)).await;
}

#[wasm_bindgen_test]
async fn a_quantity_that_no_line_may_hold_is_explained_by_the_app() {
    let id = returning().await;
    ask(&id).await;
    fill("#early-cart #quantity-mug", "0");
    changed("#early-cart #quantity-mug");
    assert_eq!(text("#early-cart .total strong"), "€118.80");
    let _page = start(&id);
    taken_over().await;
    wait_for("message", || text("#quantity-mug-error").contains("99")).await;
    assert_eq!((get::<HtmlInputElement>("#quantity-mug").value(), calls("PUT")), ("0".into(), String::new()));
}

/// Changes the session record as another tab does. `record` is a JavaScript function that edits the record. If `is_told` is true, this tab
/// gets the `storage` event.
fn other_tab(id: &str, record: &str, is_told: bool) {
    let tell = if is_told { "dispatchEvent(new StorageEvent('storage', { key, newValue: localStorage[key] }));" } else { "" };
    eval(&format!(
        "(() => {{
            const key = 'fusionauth.session.{id}', record = JSON.parse(localStorage[key]);
            record.epoch.number++;
            ({record})(record);
            localStorage[key] = JSON.stringify(record);
            {tell}
        }})()"
    ))
    .unwrap();
}

const SIGN_OUT: &str = "record => { delete record.session; record.ended = 'user-request'; }";

#[wasm_bindgen_test]
async fn it_goes_in_the_task_in_which_another_tab_signs_out() {
    let id = returning().await;
    ask(&id).await;
    press("increase", "mug");
    other_tab(&id, SIGN_OUT, true);
    assert!(!is_shown());
    let _page = start(&id);
    wait_for("form", || find("#app #login").is_some()).await;
    assert_eq!(calls("PUT"), "");
}

#[wasm_bindgen_test]
async fn an_app_that_finds_nobody_signed_in_ends_it() {
    let id = returning().await;
    ask(&id).await;
    press("increase", "mug");
    other_tab(&id, SIGN_OUT, false);
    assert!(is_shown(), "the early cart must stay, because the page does not know of the sign-out");
    eval(
        "globalThis.seen = false;
        globalThis.watch = new MutationObserver(() => seen ||= !!document.querySelector('#early-cart') && !!document.querySelector('#app main > *'));
        watch.observe(document.body, { childList: true, subtree: true });",
    )
    .unwrap();
    let _page = start(&id);
    wait_for("form", || find("#app #login").is_some() && !is_shown()).await;
    assert!(calls("PUT").is_empty());
    assert!(!eval("watch.disconnect(); seen").unwrap().is_truthy(), "the page shows the early cart together with a page of the app");
}

#[wasm_bindgen_test]
async fn another_user_never_gets_it_nor_what_was_clicked_in_it() {
    for is_told in [true, false] {
        let id = returning().await;
        ask(&id).await;
        press("increase", "mug");
        press("remove", "blanket");
        let token = network(&format!("token('{}', 'other')", &*id)).as_string().unwrap();
        let other = format!("record => {{ Object.assign(record.session, {{ sub: 'other', token: '{token}', receivedAt: Date.now() }}); }}");
        other_tab(&id, &other, is_told);
        assert_eq!(is_shown(), !is_told);
        let _page = start(&id);
        taken_over().await;
        assert_eq!((calls("PUT"), calls("DELETE")), (String::new(), String::new()));
    }
}

#[wasm_bindgen_test]
async fn an_answer_that_comes_after_a_sign_out_is_not_shown() {
    let id = returning().await;
    network(&format!("hold('{CART}')"));
    eval(&format!("fusionauthEarly.get('{}', '/api/load-shopping-cart', [], show)", &*id)).unwrap();
    other_tab(&id, SIGN_OUT, false);
    network(&format!("release('{CART}')"));
    pause().await;
    assert!(!is_shown());
}

#[wasm_bindgen_test]
async fn it_ends_with_the_page_and_with_another_text_in_the_form() {
    for event in [
        "dispatchEvent(new PageTransitionEvent('pagehide'))",
        "document.querySelector('#username').dispatchEvent(new Event('input', { bubbles: true }))",
    ] {
        let _page = visitor().await;
        wait_for("cart of the page", is_shown).await;
        eval(event).unwrap();
        assert!(!is_shown(), "{event}");
    }
}

#[wasm_bindgen_test]
async fn what_was_changed_waits_for_another_try_where_the_app_cannot_read_the_cart() {
    let id = returning().await;
    ask(&id).await;
    press("increase", "mug");
    // Discards the early answer, so that the app sends its own request.
    eval("fusionauthEarly.take('GET', '/', undefined, '', 'token')").unwrap();
    answer(CART, 503, "");
    let page = start(&id);
    wait_for("failure", || find("#app .failure").is_some()).await;
    assert!(!is_shown());
    network(&format!("forgetAnswer('{CART}')"));
    click("#app .failure button");
    wait_for("change", || calls("PUT") == format!(r#"{MUG} {{"quantity":3}}"#)).await;
    drop(page);
}

#[wasm_bindgen_test]
async fn a_step_back_leads_to_its_scroll_position_although_the_static_page_is_shorter() {
    let id = returning().await;
    let _styles = Styles::new(
        "pre, #early-cart ~ #shell, #early-cart ~ #app { display: none } #shell { height: calc(100vh + 41px) } main { height: 3000px }",
    );
    eval("sessionStorage.setItem('storefront.scroll', '[[7,709]]'), history.replaceState(7, '')").unwrap();
    window().scroll_to_with_x_and_y(0.0, 41.0); // as the browser does
    ask(&id).await;
    let position = || window().scroll_y().unwrap().round();
    assert_eq!((is_shown(), position()), (true, 709.0));
    two_frames().await;
    let _page = start(&id);
    taken_over().await;
    two_frames().await;
    let at = position();
    eval("history.replaceState(null, ''), scrollTo(0, 0)").unwrap();
    assert_eq!(at, 709.0);
}

#[wasm_bindgen_test]
async fn links_with_a_modifier_are_left_to_the_browser() {
    let id = returning().await;
    ask(&id).await;
    let prevented = eval(
        "(() => {
            const link = document.querySelector('#early-cart .total a'), event = new MouseEvent('click', { ctrlKey: true, bubbles: true, cancelable: true });
            let isHeld = true;
            link.addEventListener('click', event => { isHeld = false; event.preventDefault(); });
            link.dispatchEvent(event);
            return isHeld;
        })()",
    );
    assert!(!prevented.unwrap().is_truthy());
}
