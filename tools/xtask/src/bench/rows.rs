//! The rows of the bench: what is measured, the app's goal, and which figures must not grow.

use crate::size::limits;

/// The programs that are measured, in the order of the table's columns.
pub const APPS: [&str; 4] = ["ours", "react", "preact", "solid"];

/// The name of another build of ours, which is compared with this one.
pub const OTHER: &str = "other";

pub struct Row {
    /// The name for `--rows`. Several rows may have the same name.
    pub name: &'static str,
    pub title: &'static str,
    /// The measurement of `tools/bench/measure.mjs` that yields this value.
    pub measurement: &'static str,
    /// The value's name in that measurement.
    pub key: &'static str,
    pub unit: Unit,
    /// The factor by which the browser slows down the processor.
    pub slowdown: u32,
    pub goal: Goal,
    /// The bench fails if the app's value exceeds this. Only values that do not depend on the machine have a limit.
    pub limit: Option<f64>,
}

/// The limit of the first wasm with the headers of its response.
const WASM: f64 = limits::FIRST_WASM as f64 + 600.0;

/// The limits of all that the first page loads, with the headers of the responses, the other styles and the picture.
const ON_THE_WIRE: f64 = WASM + (limits::GLUE + limits::PAGE) as f64 + 6_000.0;

// The measurements.
const VISIT: &str = "visit";
const HURRIED: &str = "hurried";
const UNTHROTTLED: &str = "unthrottled";
pub const LONG_CART: &str = "long-cart";
const PAGE_CHANGES: &str = "page-changes";
const PAIRS: &str = "pairs";

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Milliseconds,
    Bytes,
    Count,
}

/// The goal: the maximum of the app's value.
#[derive(Clone, Copy, PartialEq)]
pub enum Goal {
    Value(f64),
    /// At most this fraction of React's value.
    OfReact(f64),
    /// At most this fraction of Preact's value.
    OfPreact(f64),
    /// At most this multiple of the best peer's value.
    OfBest(f64),
    None,
}

/// The name of the rows that every table shows.
pub const CALIBRATION: &str = "calibration";

use Goal::{OfBest, OfPreact, OfReact, Value};
use Unit::{Bytes, Count, Milliseconds};

/// All rows but that of the server, in the order of the table.
pub const ROWS: [Row; 42] = [
    time("form", "sign-in form usable, cold", VISIT, "form", 1, Value(240.0)),
    time("form", "sign-in form usable, cold", VISIT, "form", 4, Value(320.0)),
    time("hurried", "hurried visitor: types and submits at once, to the cart", HURRIED, "hurried", 1, OfPreact(0.85)),
    time("hurried", "hurried visitor: types and submits at once, to the cart", HURRIED, "hurried", 4, OfPreact(0.85)),
    time("return", "signed-in return, to the cart", VISIT, "return", 1, OfReact(0.6)),
    time("return", "signed-in return, to the cart", VISIT, "return", 4, OfReact(0.6)),
    time("click", "sign-in click to cart", VISIT, "click", 1, OfPreact(0.9)),
    time("click", "sign-in click to cart", VISIT, "click", 4, OfPreact(0.9)),
    time("click", "sign-in click to cart, no network throttle", UNTHROTTLED, "click-unthrottled", 1, OfPreact(1.0)),
    time("click", "sign-in click to cart, no network throttle", UNTHROTTLED, "click-unthrottled", 4, OfPreact(1.0)),
    time("long-tasks", "long tasks beyond 50 ms, cold load", VISIT, "blocking-load", 4, OfBest(1.5)),
    time("long-tasks", "long tasks beyond 50 ms, sign-in click to cart", VISIT, "blocking-click", 4, OfBest(1.5)),
    count("requests", "requests before the form", "requests-form", 3.0, 3.0),
    count("requests", "requests from click to cart", "requests-click", 3.0, 4.0),
    bytes("bytes", "on the wire, cold", "bytes", Value(ON_THE_WIRE), Some(ON_THE_WIRE)),
    bytes("bytes", "of these, wasm", "bytes-wasm", Value(WASM), Some(WASM)),
    bytes("bytes", "of these, scripts", "bytes-script", Goal::None, None),
    bytes("bytes", "of these, the page", "bytes-page", Goal::None, None),
    bytes("bytes", "of these, styles", "bytes-style", Goal::None, None),
    bytes("bytes", "of these, images", "bytes-image", Goal::None, None),
    time("long-cart", "100 lines: open, until the first are seen", LONG_CART, "long-cart-first", 1, Goal::None),
    time("long-cart", "100 lines: open, until nothing changes any more", LONG_CART, "long-cart-open", 1, OfBest(1.2)),
    time("long-cart", "100 lines: change a quantity", LONG_CART, "long-cart-change", 1, OfBest(1.2)),
    time("long-cart", "100 lines: remove one", LONG_CART, "long-cart-remove", 1, OfBest(1.2)),
    time("long-cart", "100 lines: open, until the first are seen", LONG_CART, "long-cart-first", 4, Goal::None),
    time("long-cart", "100 lines: open, until nothing changes any more", LONG_CART, "long-cart-open", 4, OfBest(1.2)),
    time("long-cart", "100 lines: change a quantity", LONG_CART, "long-cart-change", 4, OfBest(1.2)),
    time("long-cart", "100 lines: remove one", LONG_CART, "long-cart-remove", 4, OfBest(1.2)),
    time(
        "page-changes",
        "3,000 page changes, the peers with smaller pages: main thread, each",
        PAGE_CHANGES,
        "page-change-time",
        1,
        Value(5.0),
    ),
    memory("page-changes", "3,000 page changes: wasm memory, each", "page-change-wasm", Value(0.0)),
    memory("page-changes", "3,000 page changes: JavaScript heap, each", "page-change-heap", Goal::None),
    Row { goal: OfReact(1.0), ..pair("products and account: main thread, each change", "account-time", Milliseconds) },
    pair("products and account: layouts", "account-layouts", Count),
    pair("products and account: elements of both pages", "account-elements", Count),
    pair("products and product: main thread, each change", "product-time", Milliseconds),
    pair("products and product: layouts", "product-layouts", Count),
    pair("cart and orders: main thread, each change", "orders-time", Milliseconds),
    pair("cart and orders: layouts", "orders-layouts", Count),
    pair("Forums and thread: main thread, each change", "thread-time", Milliseconds),
    pair("Forums and thread: layouts", "thread-layouts", Count),
    time(CALIBRATION, "a fixed loop, to see how busy the machine was", VISIT, CALIBRATION, 1, Goal::None),
    time(CALIBRATION, "a fixed loop, to see how busy the machine was", VISIT, CALIBRATION, 4, Goal::None),
];

const fn time(name: &'static str, title: &'static str, measurement: &'static str, key: &'static str, slowdown: u32, goal: Goal) -> Row {
    Row { name, title, measurement, key, unit: Milliseconds, slowdown, goal, limit: None }
}

const fn count(name: &'static str, title: &'static str, key: &'static str, goal: f64, limit: f64) -> Row {
    Row { name, title, measurement: VISIT, key, unit: Count, slowdown: 1, goal: Value(goal), limit: Some(limit) }
}

const fn bytes(name: &'static str, title: &'static str, key: &'static str, goal: Goal, limit: Option<f64>) -> Row {
    Row { name, title, measurement: VISIT, key, unit: Bytes, slowdown: 1, goal, limit }
}

const fn memory(name: &'static str, title: &'static str, key: &'static str, goal: Goal) -> Row {
    Row { name, title, measurement: PAGE_CHANGES, key, unit: Bytes, slowdown: 1, goal, limit: None }
}

const fn pair(title: &'static str, key: &'static str, unit: Unit) -> Row {
    Row { name: "pairs", title, measurement: PAIRS, key, unit, slowdown: 1, goal: Goal::None, limit: None }
}
