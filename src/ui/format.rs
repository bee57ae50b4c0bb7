//! Money and dates, formatted by the browser. No sum of money is ever a float.

use js_sys::{Date, Function, JsString, Object, Reflect};
use std::cell::RefCell;
use storefront_messages::Language;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

/// `minor` units (cents) of `currency` for people: `€12.34`.
pub fn money(minor: i64, currency: &str) -> String {
    FORMATS.with_borrow_mut(|formats| {
        let at = formats.iter().position(|format| format.currency == currency).unwrap_or_else(|| {
            formats.push(MoneyFormat::new(currency));
            formats.len() - 1
        });
        let MoneyFormat { digits, format, .. } = &formats[at];
        match format {
            Some(format) => apply(format, &decimal(minor, *digits).into()),
            None => format!("{} {currency}", decimal(minor, *digits)),
        }
    })
}

thread_local! {
    /// One for each currency: a browser takes a tenth of a millisecond to make one.
    static FORMATS: RefCell<Vec<MoneyFormat>> = const { RefCell::new(Vec::new()) };
}

/// How the amounts of a currency are written.
struct MoneyFormat {
    currency: String,
    digits: u32,
    /// `None` if the currency is no code of ISO 4217.
    format: Option<Function>,
}

impl MoneyFormat {
    fn new(currency: &str) -> Self {
        let options = Object::new();
        set(&options, "style", "currency");
        set(&options, "currency", currency);
        let format = NumberFormat::new(locale(), &options).ok();
        let digits = format.as_ref().and_then(|it| Reflect::get(&it.resolved_options(), &"maximumFractionDigits".into()).ok()?.as_f64());
        let digits = digits.map_or(2, |digits| digits as u32);
        Self { currency: currency.to_owned(), digits, format: format.map(|it| it.format()) }
    }
}

/// A date and time for people, in the reader's time zone: `Nov 20, 2026, 8:30 AM`. A text that is not a date is returned unchanged.
pub fn date_time(rfc3339: &str) -> String {
    let date = Date::new(&rfc3339.into());
    if date.get_time().is_nan() {
        return rfc3339.to_owned();
    }
    let options = Object::new();
    set(&options, "dateStyle", "medium");
    set(&options, "timeStyle", "short");
    apply(&DateTimeFormat::new(locale(), &options).format(), &date)
}

/// The page's own language, so that numbers and dates fit the text around them.
fn locale() -> &'static str {
    Language::current().tag()
}

/// `1234` with two digits is `12.34`. Intl formats decimal text without converting it to a float.
fn decimal(minor: i64, digits: u32) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let (minor, unit) = (minor.unsigned_abs(), 10_u64.saturating_pow(digits));
    match digits {
        0 => format!("{sign}{minor}"),
        _ => format!("{sign}{}.{:0width$}", minor / unit, minor % unit, width = digits as usize),
    }
}

fn apply(format: &Function, value: &JsValue) -> String {
    format.call1(&JsValue::UNDEFINED, value).ok().and_then(|text| text.dyn_into::<JsString>().ok()).map_or_else(String::new, Into::into)
}

fn set(options: &Object, key: &str, value: &str) {
    _ = Reflect::set(options, &key.into(), &value.into());
}

// js-sys has both constructors, with a type for each option, which costs more wasm than these lines.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Intl)]
    type NumberFormat;
    #[wasm_bindgen(constructor, catch, js_namespace = Intl)]
    fn new(locale: &str, options: &Object) -> Result<NumberFormat, JsValue>;
    #[wasm_bindgen(method, getter)]
    fn format(this: &NumberFormat) -> Function;
    #[wasm_bindgen(method, js_name = resolvedOptions)]
    fn resolved_options(this: &NumberFormat) -> Object;

    #[wasm_bindgen(js_namespace = Intl)]
    type DateTimeFormat;
    #[wasm_bindgen(constructor, js_namespace = Intl)]
    fn new(locale: &str, options: &Object) -> DateTimeFormat;
    #[wasm_bindgen(method, getter)]
    fn format(this: &DateTimeFormat) -> Function;
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn minor_units_as_decimal_text() {
        let table = [
            (0, 2, "0.00"),
            (5, 2, "0.05"),
            (1234, 2, "12.34"),
            (-1234, 2, "-12.34"),
            (-5, 2, "-0.05"),
            (1234, 0, "1234"),
            (1234, 3, "1.234"),
            (i64::MAX, 2, "92233720368547758.07"),
            (i64::MIN, 2, "-92233720368547758.08"),
        ];
        for (minor, digits, text) in table {
            assert_eq!(decimal(minor, digits), text);
        }
    }
}
