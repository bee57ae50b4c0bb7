//! A day with a resource that answers 401 where it means 403. This must not delay requests for a healthy resource (S13 of the model's
//! properties).

use crate::{
    run,
    state::{Forbidden, Plan, Simulation},
};
use fusionauth_session::Transport;

const TRANSPORTS: [Transport; 3] = [Transport::BearerToken, Transport::SharedDomainCookies, Transport::BackendCookies];

fn day(seed: u64, transport: Transport, forbidden: Forbidden) -> Simulation {
    run(Plan { forbidden, ..Plan::quiet_day(seed, transport) })
}

#[test]
fn a_healthy_resource_loses_nothing_by_one_that_is_forbidden() {
    for transport in TRANSPORTS {
        for seed in 0..4 {
            let [with, without] = [Forbidden::OneResource, Forbidden::Nothing].map(|it| day(seed, transport, it));
            assert_eq!(with.reconnecting, 0, "{transport:?}, seed {seed}");
            assert!(with.grants > 1_000, "{transport:?}, seed {seed}: only {} grants", with.grants);
            // The forbidden resource costs each tab at most three requests.
            let (more, tabs) = (with.requests.len().saturating_sub(without.requests.len()), with.plan.tabs);
            assert!(more <= 3 * tabs, "{transport:?}, seed {seed}: {more} more requests");
        }
    }
}

#[test]
fn a_healthy_resource_suffers_where_the_forbidden_one_is_not_recognised() {
    for transport in TRANSPORTS {
        let more = |seed: u64| {
            let [unknown, without] = [Forbidden::UnderNewIds, Forbidden::Nothing].map(|it| day(seed, transport, it));
            unknown.requests.len().saturating_sub(without.requests.len())
        };
        assert!((0..4).all(|seed| more(seed) > 100), "new ids for the resource must cause many more requests");
    }
}
