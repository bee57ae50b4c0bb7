//! Dates as texts.

use leptos::prelude::*;
use storefront::ui::components::update_times;
use storefront::ui::format::{ago, date_time, note_server_time};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn a_text_that_is_no_date_is_shown_as_it_is() {
    assert_eq!(date_time("yesterday"), "yesterday");
    assert!(date_time("2026-11-20T12:30:00Z").contains("20 Nov 2026"));
}

#[wasm_bindgen_test]
fn a_device_whose_clock_is_wrong_shows_times_by_the_servers() {
    let hours_ago = |hours: f64| js_sys::Date::new(&(js_sys::Date::now() - hours * 3_600_000.0).into());
    let note = |hours| note_server_time(&String::from(hours_ago(hours).to_utc_string()));
    let post = String::from(hours_ago(2.002).to_iso_string());
    note(2.0); // the device's clock is two hours ahead
    note(2.5); // a response from a cache
    let shown = ago(&post);
    note(0.0);
    assert_eq!((shown.as_str(), ago(&post).as_str()), ("now", "2 hours ago"));
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
