//! Measures how slow this machine is now, for the time limits of tests that wait for browsers.

use std::hint::black_box;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

/// The duration of [`work`] on each of two idle processors of 2026, in this unoptimised program.
const REFERENCE: Duration = Duration::from_millis(250);
const MOST: f64 = 10.0;

/// The factor for time limits: 1 on a machine like the one for which they were chosen, more if processors are slower or busy. The first
/// call measures it.
pub fn time_factor() -> f64 {
    static FACTOR: OnceLock<f64> = OnceLock::new();
    *FACTOR.get_or_init(|| {
        let processors = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let began = Instant::now();
        thread::scope(|scope| (0..processors).for_each(|_| drop(scope.spawn(work))));
        (began.elapsed().as_secs_f64() / REFERENCE.as_secs_f64()).clamp(1.0, MOST)
    })
}

fn work() {
    let mut number = 1_u64;
    for step in 0..12_000_000_u64 {
        number = black_box(number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(step));
    }
}
