//! The current time by the wall clock and the monotonic clock, and random numbers.

use fusionauth_session::Now;

/// The time by both clocks.
pub(crate) fn now() -> Now {
    let mono = web_sys::window().and_then(|it| it.performance()).map_or(0.0, |it| it.now());
    Now { wall_ms: js_sys::Date::now() as u64, mono_ms: mono as u64 }
}

/// A random number that differs between tabs. It is not random enough for secrets.
pub(crate) fn random_u32() -> u32 {
    (js_sys::Math::random() * f64::from(u32::MAX)) as u32
}
