//! Formats money, and dates with the browser's own formats.

use js_sys::{Date, Function, JsString, Object, Reflect};
use std::cell::Cell;
use storefront_messages::Language;
pub use storefront_messages::money;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

thread_local! {
    /// How far the server's clock is ahead of this device's, in milliseconds. Not finite until a response has shown it.
    static SERVER_AHEAD: Cell<f64> = const { Cell::new(f64::NEG_INFINITY) };
    // A browser takes a tenth of a millisecond to create a format. The language changes only when the page is loaded again.
    static DATE_TIME: Function =
        DateTimeFormat::new(Language::current().locale(), &object(&[("dateStyle", "medium"), ("timeStyle", "short")])).format();
    static RELATIVE: RelativeTimeFormat = RelativeTimeFormat::new(locale(), &object(&[("numeric", "auto")]));
}

/// A date and time for people, in the reader's time zone: `20 Nov 2026, 08:30`. A text that is not a date is returned unchanged.
pub fn date_time(rfc3339: &str) -> String {
    let date = Date::new(&rfc3339.into());
    if date.get_time().is_nan() {
        return rfc3339.to_owned();
    }
    Language::current().with_first_day(DATE_TIME.with(|format| apply(format, &date)))
}

/// Learns the server's time from the header `Date` of a response, because a device's clock may be hours wrong. A response from a cache has
/// an older time, so the largest difference counts.
pub fn note_server_time(date: &str) {
    SERVER_AHEAD.set(SERVER_AHEAD.get().max(Date::parse(date) - Date::now()));
}

/// The time since `rfc3339`, in the browser's own words, such as `3 hours ago`. A text that is not a date is returned unchanged.
pub fn ago(rfc3339: &str) -> String {
    let ahead = Some(SERVER_AHEAD.get()).filter(|it| it.is_finite()).unwrap_or_default();
    let seconds = (Date::now() + ahead - Date::new(&rfc3339.into()).get_time()) / 1_000.0;
    if seconds.is_nan() {
        return rfc3339.to_owned();
    }
    let (count, unit) = span(seconds as i64);
    RELATIVE.with(|format| format.format(-count, unit))
}

/// The largest unit that fits into the seconds, and how often it fits.
fn span(seconds: i64) -> (i32, &'static str) {
    const UNITS: [(i64, &str); 6] =
        [(31_536_000, "year"), (2_592_000, "month"), (86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let seconds = seconds.max(0);
    let unit = UNITS.iter().find(|(length, _)| seconds >= *length);
    // A time a few seconds ago is "now". So is a time in the future, which occurs if this device's clock is behind the server's.
    unit.filter(|_| seconds >= 10).map_or((0, "second"), |(length, unit)| ((seconds / length) as i32, *unit))
}

/// The page's own language, so that dates match the text around them.
fn locale() -> &'static str {
    Language::current().tag()
}

fn apply(format: &Function, value: &JsValue) -> String {
    format.call1(&JsValue::UNDEFINED, value).ok().and_then(|text| text.dyn_into::<JsString>().ok()).map_or_else(String::new, Into::into)
}

/// The options of a browser's format.
fn object(options: &[(&str, &str)]) -> Object {
    let object = Object::new();
    for (key, value) in options {
        _ = Reflect::set(&object, &(*key).into(), &(*value).into());
    }
    object
}

// js-sys declares these constructors, too, but its types for their options would add more wasm than these declarations.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Intl)]
    type RelativeTimeFormat;
    #[wasm_bindgen(constructor, js_namespace = Intl)]
    fn new(locale: &str, options: &Object) -> RelativeTimeFormat;
    #[wasm_bindgen(method)]
    fn format(this: &RelativeTimeFormat, count: i32, unit: &str) -> String;

    #[wasm_bindgen(js_namespace = Intl)]
    type DateTimeFormat;
    #[wasm_bindgen(constructor, js_namespace = Intl)]
    fn new(locale: &str, options: &Object) -> DateTimeFormat;
    #[wasm_bindgen(method, getter)]
    fn format(this: &DateTimeFormat) -> Function;
}

#[cfg(test)]
mod tests {
    use super::span;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn the_largest_unit_counts() {
        let table = [
            (-5, (0, "second")),
            (9, (0, "second")),
            (59, (59, "second")),
            (60, (1, "minute")),
            (7_199, (1, "hour")),
            (86_400, (1, "day")),
            (2_591_999, (29, "day")),
            (2_592_000, (1, "month")),
            (63_072_000, (2, "year")),
        ];
        for (seconds, expected) in table {
            assert_eq!(span(seconds), expected, "{seconds}");
        }
    }
}
