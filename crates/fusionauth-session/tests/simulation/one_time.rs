//! Ten tabs, a day, refresh tokens that can be used once and never again.

use crate::{
    run,
    world::{Plan, World},
};
use fusionauth_session::{Carrier, View};

fn day(seed: u64, carrier: Carrier, loses: bool) -> World {
    let (one_time, locks, faults, jumps, signs, sleeps) = (true, true, true, true, false, false);
    run(Plan { seed, tabs: 10, hours: 24, carrier, one_time, locks, loses, faults, signs, sleeps, jumps, shift_ms: 0 })
}

#[test]
fn a_day_of_one_time_tokens_signs_nobody_out() {
    for carrier in [Carrier::LocalStorage, Carrier::SharedDomainCookies, Carrier::BackendCookies] {
        for seed in 0..8 {
            let world = day(seed, carrier, false);
            assert_eq!((world.expired, world.used_tokens), (0, 0), "{carrier:?}, seed {seed}: nothing was lost");
            let is_signed_in = |it: &crate::tab::Tab| it.machine.as_ref().is_some_and(|it| matches!(it.view(), View::SignedIn { .. }));
            assert!(world.tabs.iter().all(is_signed_in), "{carrier:?}, seed {seed}");
            let renewals = world.refresh_tokens.len();
            assert!(world.grants > 1_000 && renewals > 100, "{carrier:?}: {} grants and {renewals} renewals show little", world.grants);
        }
    }
}

#[test]
fn each_lost_answer_costs_one_retry_and_one_form() {
    let mut ends = 0;
    for carrier in [Carrier::LocalStorage, Carrier::SharedDomainCookies] {
        for seed in 0..8 {
            let world = day(seed, carrier, true);
            assert!(world.lost && world.used_tokens >= world.refusals);
            assert_eq!(world.refusals, world.expired, "{carrier:?}, seed {seed}: one refusal, one form");
            ends += world.expired;
        }
    }
    assert!(ends > 10, "{ends} ends show little");
}
