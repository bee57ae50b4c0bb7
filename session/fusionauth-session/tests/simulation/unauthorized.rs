//! A day with a resource that answers 401 where it means 403. This must not delay requests for a healthy resource (S13 of the model's
//! properties).

use crate::{
    run,
    state::{Forbidden, Plan, Simulation},
};
use fusionauth_session::TokenStorage;

const TOKEN_STORAGES: [TokenStorage; 3] = [TokenStorage::LocalStorage, TokenStorage::SharedDomainCookies, TokenStorage::BackendCookies];

fn day(seed: u64, token_storage: TokenStorage, forbidden: Forbidden) -> Simulation {
    run(Plan { forbidden, ..Plan::quiet_day(seed, token_storage) })
}

#[test]
fn a_healthy_resource_loses_nothing_by_one_that_is_forbidden() {
    for token_storage in TOKEN_STORAGES {
        for seed in 0..4 {
            let [with, without] = [Forbidden::OneResource, Forbidden::Nothing].map(|it| day(seed, token_storage, it));
            assert_eq!(with.reconnecting, 0, "{token_storage:?}, seed {seed}");
            assert!(with.grants > 1_000, "{token_storage:?}, seed {seed}: only {} grants", with.grants);
            // The forbidden resource costs each tab at most three requests.
            let (more, tabs) = (with.requests.len().saturating_sub(without.requests.len()), with.plan.tabs);
            assert!(more <= 3 * tabs, "{token_storage:?}, seed {seed}: {more} more requests");
        }
    }
}

#[test]
fn a_healthy_resource_suffers_where_the_forbidden_one_is_not_recognised() {
    for token_storage in TOKEN_STORAGES {
        let more = |seed: u64| {
            let [unknown, without] = [Forbidden::UnderNewIds, Forbidden::Nothing].map(|it| day(seed, token_storage, it));
            unknown.requests.len().saturating_sub(without.requests.len())
        };
        assert!((0..4).all(|seed| more(seed) > 100), "new ids for the resource must cause many more requests");
    }
}
