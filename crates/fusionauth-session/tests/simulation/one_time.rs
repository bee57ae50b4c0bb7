//! Ten tabs, a day, refresh tokens that can be used once and never again.

use crate::{
    run,
    world::{Plan, World},
};
use fusionauth_session::{SessionState, Transport};

fn day(seed: u64, transport: Transport, loses: bool) -> World {
    let (one_time, locks, faults, jumps, signs, sleeps) = (true, true, true, true, false, false);
    run(Plan { seed, tabs: 10, hours: 24, transport, one_time, locks, loses, faults, signs, sleeps, jumps, shift_ms: 0 })
}

#[test]
fn a_day_of_one_time_tokens_signs_nobody_out() {
    for transport in [Transport::BearerToken, Transport::SharedDomainCookies, Transport::BackendCookies] {
        for seed in 0..8 {
            let world = day(seed, transport, false);
            assert_eq!((world.expired, world.used_tokens), (0, 0), "{transport:?}, seed {seed}: nothing was lost");
            let is_signed_in =
                |it: &crate::tab::Tab| it.machine.as_ref().is_some_and(|it| matches!(it.state(), SessionState::SignedIn { .. }));
            assert!(world.tabs.iter().all(is_signed_in), "{transport:?}, seed {seed}");
            let renewals = world.refresh_tokens.len();
            assert!(world.grants > 1_000 && renewals > 100, "{transport:?}: {} grants and {renewals} renewals show little", world.grants);
        }
    }
}

#[test]
fn each_lost_answer_costs_one_retry_and_one_form() {
    let mut ends = 0;
    for transport in [Transport::BearerToken, Transport::SharedDomainCookies] {
        for seed in 0..8 {
            let world = day(seed, transport, true);
            assert!(world.lost && world.used_tokens >= world.refusals);
            assert_eq!(world.refusals, world.expired, "{transport:?}, seed {seed}: one refusal, one form");
            ends += world.expired;
        }
    }
    assert!(ends > 10, "{ends} ends show little");
}
