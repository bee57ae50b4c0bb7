//! Sums of money and dates as texts.

use leptos::prelude::*;
use storefront::ui::components::update_times;
use storefront::ui::format::{date_time, money};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn money_has_as_many_digits_as_its_currency() {
    let table = [
        (1_490, "EUR", "€14.90"),
        (5, "EUR", "€0.05"),
        (-250, "EUR", "-€2.50"),
        (123_456_789, "EUR", "€1,234,567.89"),
        (123_456_789, "USD", "$1,234,567.89"),
        (1_490, "JPY", "¥1,490"),
        (1_490, "BHD", "BHD 1.490"),
    ];
    for (minor, currency, expected) in table {
        assert_eq!(money(minor, currency).replace('\u{a0}', " "), expected);
    }
}

#[wasm_bindgen_test]
fn no_cent_is_lost_where_a_float_would_lose_one() {
    assert_eq!(money(9_007_199_254_740_993, "EUR"), "€90,071,992,547,409.93");
}

#[wasm_bindgen_test]
fn unknown_currencies_and_dates_are_shown_as_they_are() {
    assert_eq!(money(1_234, "not a code"), "12.34 not a code");
    assert_eq!(date_time("yesterday"), "yesterday");
    assert!(date_time("2026-11-20T12:30:00Z").contains("20 Nov 2026"));
}

#[wasm_bindgen_test]
fn the_times_on_the_page_do_not_stop() {
    let place = document().create_element("p").unwrap();
    let two_hours_ago = String::from(js_sys::Date::new(&(js_sys::Date::now() - 7_260_000.0).into()).to_iso_string());
    place.set_inner_html(&format!(
        "<time datetime={two_hours_ago} title=t><font>1 minute ago</font></time><time datetime={two_hours_ago}>x</time>"
    ));
    document().body().unwrap().append_child(&place).unwrap();
    update_times();
    let text = place.text_content();
    place.remove();
    assert_eq!(text.as_deref(), Some("2 hours agox"), "only relative times have the exact time as their title");
}
