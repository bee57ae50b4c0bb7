//! A day with ten tabs and one-time refresh tokens, which FusionAuth accepts only once.

use crate::{
    run,
    state::{Plan, Simulation},
};
use fusionauth_session::{SessionState, TokenStorage};

fn day(seed: u64, token_storage: TokenStorage, loses: bool) -> Simulation {
    run(Plan { one_time: true, faults: true, jumps: true, loses, ..Plan::quiet_day(seed, token_storage) })
}

#[test]
fn a_day_of_one_time_tokens_signs_nobody_out() {
    for token_storage in [TokenStorage::LocalStorage, TokenStorage::SharedDomainCookies, TokenStorage::BackendCookies] {
        for seed in 0..8 {
            let simulation = day(seed, token_storage, false);
            assert_eq!((simulation.expired, simulation.used_tokens), (0, 0), "{token_storage:?}, seed {seed}: no answer was lost");
            let is_signed_in =
                |it: &crate::tab::Tab| it.machine.as_ref().is_some_and(|it| matches!(it.state(), SessionState::SignedIn { .. }));
            assert!(simulation.tabs.iter().all(is_signed_in), "{token_storage:?}, seed {seed}");
            let renewals = simulation.refresh_tokens.len();
            assert!(
                simulation.grants > 1_000 && renewals > 100,
                "{token_storage:?}: only {} grants and {renewals} renewals",
                simulation.grants
            );
        }
    }
}

#[test]
fn each_lost_answer_costs_one_retry_and_one_form() {
    let mut ends = 0;
    for token_storage in [TokenStorage::LocalStorage, TokenStorage::SharedDomainCookies] {
        for seed in 0..8 {
            let simulation = day(seed, token_storage, true);
            assert!(simulation.lost && simulation.used_tokens >= simulation.refusals);
            assert_eq!(simulation.refusals, simulation.expired, "{token_storage:?}, seed {seed}: each refusal ends one session");
            ends += simulation.expired;
        }
    }
    assert!(ends > 10, "only {ends} ends");
}
