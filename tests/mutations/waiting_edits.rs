//! Pending edits of a cart survive a reload, and the closing of the tab and of the browser. They belong to one user, and are sent once and
//! in their order.

use super::*;
use crate::support::{forget_everything, mount_part, sign_in_to};
use storefront::store::{cart::CartPage, catalogue::CataloguePage};

const PUT_MUG: &str = "PUT /api/shopping-cart/lines/mug";
const INCREASE: &str = "[aria-label='Increase quantity of Enamel mug']";

/// The requests so far that change a cart, in their order.
fn writes() -> Vec<String> {
    calls("").lines().filter(|call| !call.starts_with("GET") && call.contains("-cart/")).map(str::to_owned).collect()
}

fn at_the_backend(product: &str) -> Option<f64> {
    network(&format!("quantity('{product}')")).as_f64()
}

/// Opens the cart page of a user with one mug in the cart.
async fn cart_with_a_mug() -> (Mounted, String) {
    let (page, id) = mount_app(App::Store, "/cart");
    answer("GET /api/products", 200, PRODUCTS);
    network("cart({ mug: 1 })");
    sign_in_to(&id, "shopper", ".line").await;
    (page, id)
}

/// Removes the stored session, so that nobody is signed in after the next reload.
fn forget_session(id: &str) {
    window().local_storage().unwrap().unwrap().remove_item(&format!("fusionauth.session.{id}")).unwrap();
}

#[wasm_bindgen_test]
async fn waiting_edits_survive_a_reload_and_are_sent_in_their_order() {
    let (page, id) = cart_with_a_mug().await;
    click("nav a[href='/']");
    wait_for("products", || find(".product").is_some()).await;
    network("offline(true)");
    click(&add_button(2));
    click("nav a[href='/cart']");
    wait_for("cart", || find(".line").is_some()).await;
    click(INCREASE);
    click(INCREASE);
    wait_for("record", || kept_edits().contains("atlas") && kept_edits().contains(r#""quantity":3"#)).await;
    assert!(!kept_edits().contains("example.com"), "the record must not contain an email: {}", kept_edits());
    drop(page);

    let page = reload_app(App::Store, "/cart", &id);
    let waiting = "Changes waiting to be sent\nStar atlas: add one\nWill be sent when you're back online.\nEnamel mug: change quantity to 3\nWill be \
         sent when you're back online.";
    let list = || text(".waiting").split('\n').filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    wait_for("list", || list() == waiting).await;
    assert!(text("[role=status] .banner").contains("We'll send your changes"), "{:?}", text(".banner"));
    assert_eq!(writes(), Vec::<String>::new());
    drop(page);

    let _page = reload_app(App::Store, "/cart", &id);
    wait_for("list after another reload", || list() == waiting).await;
    network("offline(false)");
    wait_for("requests", || writes().len() == 2 && find(".waiting").is_none()).await;
    assert!(writes()[0].starts_with(ADD) && writes()[1] == format!("{PUT_MUG} {{\"quantity\":3}}"), "{:?}", writes());
    wait_for("badge", || badge() == "4 items" && kept_edits().is_empty()).await;
    assert_eq!((at_the_backend("mug"), at_the_backend("atlas")), (Some(3.0), Some(1.0)));
}

/// Opens a page of a visitor as it is in its first seconds: the part of the app that takes over edits (`store/cart/waiting.rs`) is not
/// loaded.
fn page_of_first_seconds(view: fn() -> AnyView) -> Mounted {
    forget_everything();
    let page = mount_part(App::Store, None, view);
    network("cart({})");
    network("guest({ mug: 1 })");
    answer("GET /api/products", 200, PRODUCTS);
    page
}

#[wasm_bindgen_test]
async fn an_edit_of_the_first_seconds_is_kept_from_the_click_on() {
    let page = page_of_first_seconds(|| view! { <CartPage/> }.into_any());
    wait_for("cart", || find(".line").is_some()).await;
    click(INCREASE);
    assert!(kept_edits().contains(r#""quantity":2"#), "the edit must be stored in the task of the click: {}", kept_edits());
    wait_for("answer", || kept_edits().is_empty()).await;
    assert_eq!(writes(), [r#"PUT /api/guest-cart/lines/mug {"quantity":2}"#]);
    network("offline(true)");
    click(INCREASE);
    click(INCREASE);
    drop(page);
    network("offline(false)");
    let _page = remount_app(App::Store, "/");
    wait_for("change", || kept_edits().is_empty() && writes().len() == 2).await;
    assert_eq!(writes()[1], r#"PUT /api/guest-cart/lines/mug {"quantity":4}"#);
}

#[wasm_bindgen_test]
async fn an_addition_of_the_first_seconds_is_kept_from_the_click_on() {
    let page = page_of_first_seconds(|| view! { <CataloguePage/> }.into_any());
    wait_for("products", || find(".product").is_some()).await;
    click(&add_button(1));
    assert!(kept_edits().contains(r#""product":"mug""#), "the addition must be stored in the task of the click: {}", kept_edits());
    wait_for("answer", || kept_edits().is_empty()).await;
    network("offline(true)");
    click(&add_button(2));
    drop(page);
    network("offline(false)");
    let _page = remount_app(App::Store, "/");
    wait_for("addition", || kept_edits().is_empty() && count(GUEST_ADD) == 2).await;
    assert_eq!(badge(), "3 items");
}

#[wasm_bindgen_test]
async fn an_addition_without_an_answer_is_sent_again_with_the_same_key_after_a_reload() {
    let (page, id) = products("shopper").await;
    network(&format!("hold('{ADD}')"));
    click(&add_button(1));
    wait_for("request", || count(ADD) == 1 && kept_edits().contains("mug")).await;
    drop(page);
    network(&format!("release('{ADD}')"));
    wait_for("the cart at the backend", || at_the_backend("mug") == Some(1.0)).await;
    let _page = reload_app(App::Store, "/", &id);
    wait_for("the same request", || count(ADD) == 2 && badge() == "1 item" && kept_edits().is_empty()).await;
    let keys = keys(ADD);
    assert!(keys[0] == keys[1] && !keys[0].is_empty(), "{keys:?}");
    assert_eq!(at_the_backend("mug"), Some(1.0));
}

#[wasm_bindgen_test]
async fn an_addition_that_has_waited_longer_than_its_key_lives_is_not_sent_but_told() {
    let (page, id) = products("shopper").await;
    network("offline(true)");
    click(&add_button(1));
    wait_for("record", || kept_edits().contains("mug")).await;
    drop(page);
    network("later(24 * 3_600_000)");
    network("offline(false)");
    answer("POST /api/jwt/refresh", 401, "");
    let _page = reload_app(App::Store, "/cart", &id);
    sign_in(&id, "shopper").await;
    wait_for("notice", || text("[role=alert] .banner").contains("This waited for more than a day, so we didn't send it.")).await;
    wait_for("end of the record", || kept_edits().is_empty()).await;
    assert_eq!((count(ADD), at_the_backend("mug")), (0, None));
    click("nav a[href='/']");
    wait_for("products", || find(".product").is_some()).await;
    click(&add_button(1));
    wait_for("another addition", || badge() == "1 item").await;
}

#[wasm_bindgen_test]
async fn a_change_goes_on_after_a_reload_from_what_the_backend_has_got_without_an_answer() {
    let (page, id) = cart_with_a_mug().await;
    network(&format!("hold('{PUT_MUG}')"));
    click(INCREASE);
    wait_for("request", || count(PUT_MUG) == 1).await;
    click(INCREASE);
    wait_for("record", || kept_edits().contains(r#""quantity":3,"version":1,"sent":2"#)).await;
    drop(page);
    network(&format!("release('{PUT_MUG}')"));
    wait_for("the first change", || at_the_backend("mug") == Some(2.0)).await;
    let _page = reload_app(App::Store, "/cart", &id);
    wait_for("the user's last change", || at_the_backend("mug") == Some(3.0) && mugs() == "3" && kept_edits().is_empty()).await;
    assert!(find(".line-error").is_none());
}

#[wasm_bindgen_test]
async fn a_change_from_before_a_reload_undoes_no_newer_one_and_can_be_repeated() {
    let (page, id) = cart_with_a_mug().await;
    network("offline(true)");
    click(INCREASE);
    wait_for("record", || kept_edits().contains("mug")).await;
    drop(page);
    network("cart({ mug: 7 })");
    network("offline(false)");
    let _page = reload_app(App::Store, "/cart", &id);
    refused_as_changed_elsewhere(2).await;
    assert_eq!((at_the_backend("mug"), mugs().as_str(), kept_edits().as_str()), (Some(7.0), "7", ""));
    click(".line-error button");
    wait_for("the same change as the newest one", || at_the_backend("mug") == Some(2.0) && find(".line-error").is_none()).await;
}

#[wasm_bindgen_test]
async fn a_change_of_a_line_that_is_gone_is_told_and_can_be_repeated_or_left() {
    for (button, mugs) in [(1, Some(2.0)), (2, None)] {
        let (page, id) = cart_with_a_mug().await;
        network("offline(true)");
        click(INCREASE);
        wait_for("record", || kept_edits().contains("mug")).await;
        drop(page);
        network("cart({ atlas: 1 })");
        answer(
            PUT_MUG,
            412,
            r#"{"type":"/problems/line-changed","title":"Item changed","status":412,"detail":"This item has since changed in another tab or on another device."}"#,
        );
        network("offline(false)");
        let _page = reload_app(App::Store, "/cart", &id);
        wait_for("refusal", || text(".waiting [role=alert]") == "This item has since changed in another tab or on another device.").await;
        network(&format!("forgetAnswer('{PUT_MUG}')"));
        click(&format!(".waiting button:nth-of-type({button})"));
        wait_for("end of the pending edit", || find(".waiting").is_none() && at_the_backend("mug") == mugs).await;
        assert_eq!(focused().tag_name(), "H1");
    }
}

#[wasm_bindgen_test]
async fn edits_wait_for_their_user_and_are_dropped_when_another_signs_in() {
    for (next, expected) in [("first", 1), ("second", 0)] {
        let (page, id) = products("first").await;
        network("offline(true)");
        click(&add_button(1));
        wait_for("record", || kept_edits().contains("first")).await;
        drop(page);
        forget_session(&id);
        network("offline(false)");
        let _page = reload_app(App::Store, "/", &id);
        wait_for("products", || find(".product").is_some()).await;
        pause().await;
        assert_eq!(writes(), Vec::<String>::new(), "the app must not send a user's edit while nobody is signed in");
        assert!(kept_edits().contains("first"));
        click("header .who a");
        sign_in(&id, next).await;
        wait_for("end of the record", || path() == "/" && find(".product").is_some() && kept_edits().is_empty()).await;
        pause().await;
        assert_eq!(count(ADD), expected, "{next}");
    }
}

#[wasm_bindgen_test]
async fn a_change_that_the_end_of_a_session_has_prevented_is_made_for_the_same_user_alone() {
    for (next, mugs) in [("shopper", 2.0), ("second", 1.0)] {
        let (_page, id) = cart_with_a_mug().await;
        answer(PUT_MUG, 401, "");
        answer("POST /api/jwt/refresh", 401, "");
        click(INCREASE);
        wait_for("end of the session", || find("#login").is_some() && kept_edits().contains("mug")).await;
        network(&format!("forgetAnswer('{PUT_MUG}')"));
        sign_in(&id, next).await;
        wait_for("cart", || find(".line").is_some() && kept_edits().is_empty()).await;
        wait_for("quantity", || at_the_backend("mug") == Some(mugs)).await;
        pause().await;
        assert_eq!((at_the_backend("mug"), self::mugs()), (Some(mugs), mugs.to_string()), "{next}");
    }
}

#[wasm_bindgen_test]
async fn a_visitors_edits_survive_a_reload() {
    let (page, id) = visitor_at_the_products().await;
    add_as_visitor(&[1]).await;
    network("offline(true)");
    click(&add_button(2));
    wait_for("record", || kept_edits().contains("atlas")).await;
    drop(page);
    network("offline(false)");
    let _page = reload_app(App::Store, "/", &id);
    wait_for("addition", || count(GUEST_ADD) == 2 && badge() == "2 items" && kept_edits().is_empty()).await;
}

#[wasm_bindgen_test]
async fn what_an_open_tab_waits_for_is_sent_by_no_other_tab_until_it_is_closed() {
    let (page, id) = products("shopper").await;
    drop(page);
    let now = js_sys::Date::now();
    let edit =
        format!(r#"[{{"user":"shopper","product":"mug","name":"Enamel mug","key":"key-of-the-other-tab","change":null,"made_at":{now}}}]"#);
    let other = format!("localStorage.setItem('storefront.cart-edits.1.other', '{edit}')");
    js_sys::eval(&format!(
        "navigator.locks.request('storefront.cart-edits.1.other', () => {{ {other}; return new Promise(it => network.closeTab = it) }})"
    ))
    .unwrap();
    wait_for("other tab", || !kept_edits().is_empty()).await;
    let _page = reload_app(App::Store, "/", &id);
    wait_for("products", || find(".product").is_some()).await;
    click(&add_button(2));
    wait_for("addition of this tab", || count(ADD) == 1 && badge() == "1 item").await;
    for _ in 0..20 {
        pause().await;
    }
    assert_eq!((count(ADD), kept_edits()), (1, edit), "this tab must not send the edit of an open tab");
    network("closeTab()");
    wait_for("the addition of the tab that was closed", || badge() == "2 items" && kept_edits().is_empty()).await;
    assert_eq!(keys(ADD)[1..], ["key-of-the-other-tab"]);
}

/// The app's pause between the end of another tab and the read of that tab's record, in milliseconds.
const STORAGE_LAG: u32 = 1_000;

fn waits_for_storage() -> f64 {
    network(&format!("stopped({STORAGE_LAG})")).as_f64().unwrap()
}

#[wasm_bindgen_test]
async fn what_another_tab_has_finished_is_not_sent_where_local_storage_is_told_late() {
    let (_page, _) = products("shopper").await;
    network(&format!("hold('{ADD}')"));
    click(&add_button(2));
    wait_for("stored edit", || count(ADD) == 1 && !kept_edits().is_empty()).await;
    network(&format!("release('{ADD}')"));
    wait_for("its answer", || badge() == "1 item" && kept_edits().is_empty()).await;
    // The other tab holds the lock, writes its record, and deletes it. Until `isTold` is true, this tab reads the stale record.
    network("isTold = false");
    network("reads = 0");
    network(&format!("stop({STORAGE_LAG})"));
    let timers = waits_for_storage();
    js_sys::eval(
        r#"{
            const key = 'storefront.cart-edits.1.finished', getItem = Storage.prototype.getItem;
            const edit = '[{"user":"shopper","product":"mug","name":"Enamel mug","key":"key-of-the-other-tab","change":null}]';
            navigator.locks.request(key, () => {
                window.dispatchEvent(new StorageEvent('storage', { key, newValue: edit }));
                return navigator.locks.query().then(function wait({ pending }) {
                    return pending.some(({ name }) => name === key) || navigator.locks.query().then(wait);
                });
            });
            Storage.prototype.getItem = function(name) {
                if (name !== key) return getItem.call(this, name);
                network.reads += 1;
                return network.isTold ? null : edit;
            };
            network.restoreStorage = () => Storage.prototype.getItem = getItem;
        }"#,
    )
    .unwrap();
    wait_for("pause before the read of the record", || waits_for_storage() > timers).await;
    network("isTold = true");
    network(&format!("elapse({STORAGE_LAG})"));
    wait_for("read of the record", || network("reads > 0").is_truthy()).await;
    for _ in 0..20 {
        pause().await;
    }
    assert_eq!((count(ADD), badge().as_str()), (1, "1 item"));
    network("restoreStorage()");
}

#[wasm_bindgen_test]
async fn a_record_that_cannot_be_read_is_dropped_and_told() {
    for broken in ["{", "[{}]", "[7]", r#"[{"user":"shopper"}]"#] {
        let (page, id) = products("shopper").await;
        drop(page);
        window().local_storage().unwrap().unwrap().set_item("storefront.cart-edits.1.x", broken).unwrap();
        let _page = reload_app(App::Store, "/", &id);
        wait_for("notice", || text("[role=alert] .banner").contains("We couldn't read the unsent changes")).await;
        wait_for("products", || find(".product").is_some() && kept_edits().is_empty()).await;
        assert_eq!(writes(), Vec::<String>::new());
    }
}
