//! A simulation of two days with up to fifty tabs, faults, sleep and wrong clocks, in seconds of real time. A seed decides everything:
//! `SEED=7` runs only that seed, `SEEDS=1000` runs the first thousand. S1-S13 and L1-L4 are the properties in `model/properties.rs`.

mod broken_clock;
mod network;
mod one_time;
mod random;
mod scheduled_events;
mod server;
mod state;
mod tab;
mod unauthorized;
mod user_behaviour;

use broken_clock::BrokenClock;
use fusionauth_session::{Request, SessionState, TokenStorage};
use random::Random;
use state::{Forbidden, Plan, ScheduledEvent, Simulation};
use std::panic::catch_unwind;

fn plan(seed: u64) -> Plan {
    let mut chance = Random::new(!seed);
    let mut yes = |of: u64| chance.one_in(of);
    let (one_time, locks, loses, faults) = (yes(2), !yes(8), yes(4), !yes(3));
    let (signs, sleeps, jumps) = (yes(2), !yes(3), yes(3));
    let forbidden = if yes(2) { Forbidden::OneResource } else { Forbidden::Nothing };
    let tabs = [1, 2, 3, 10, 50][chance.below(5) as usize];
    // Without locks, one-time tokens can end a session. The model checker covers that case.
    let one_time = one_time && locks;
    // Each of the two token storages with cookies gets one seed in four.
    let token_storage = match seed % 4 {
        0 | 1 => TokenStorage::LocalStorage,
        2 => TokenStorage::SharedDomainCookies,
        _ => TokenStorage::BackendCookies,
    };
    Plan { tabs, hours: 48, one_time, locks, loses, faults, signs, sleeps, jumps, forbidden, ..Plan::quiet_day(seed, token_storage) }
}

fn run(plan: Plan) -> Simulation {
    let mut simulation = Simulation::new(plan);
    for tab in 0..plan.tabs {
        simulation.open(tab);
    }
    simulation.sign_in(0, 0);
    simulation.at(1_000, ScheduledEvent::UserActs);
    let end = plan.hours * 3_600_000;
    simulation.run_until(end);
    // The faults are over, but tabs may still sleep for eight hours. Ten minutes later all tabs must agree.
    simulation.quiet = true;
    simulation.run_until(end + 8 * 3_600_000 + 600_000);
    judge(&simulation);
    simulation
}

fn judge(simulation: &Simulation) {
    let views: Vec<&SessionState> = simulation.tabs.iter().filter_map(|it| it.machine.as_ref()).map(|it| it.state()).collect();
    assert!(!views.contains(&&SessionState::Loading), "L3: still loading");
    let who = |view: &&SessionState| match view {
        SessionState::SignedIn { user, .. } => Some(user.id.clone()),
        SessionState::SignedOut(_) | SessionState::Loading => None,
    };
    let first = views.first().map(who);
    assert!(views.iter().all(|it| Some(who(it)) == first), "L2: tabs differ");
    assert!(simulation.tabs.iter().all(|it| it.waiting.is_empty()), "L4: a caller still waits");
    // S5: all tabs together keep the rate limit of refreshes, even with faults.
    let refreshes: Vec<u64> = simulation.requests.iter().filter(|it| it.2 == Request::Refresh).map(|it| it.0).collect();
    let bound = 10 + simulation.plan.tabs;
    for window in refreshes.windows(bound + 1) {
        assert!(window[bound] - window[0] > 30_000, "S5: {bound} refreshes within 30 s");
    }
    assert!(
        simulation.plan.token_storage != TokenStorage::BackendCookies || refreshes.is_empty(),
        "S5: a refresh although the backend renews"
    );
    if simulation.plan.locks && !simulation.plan.loses && !simulation.plan.sleeps {
        assert_eq!(simulation.expired, 0, "S11: a session expired although no answer was lost");
    }
}

fn seeds() -> Vec<u64> {
    let number = |name| std::env::var(name).ok().and_then(|it| it.parse().ok());
    number("SEED").map_or_else(|| (0..number("SEEDS").unwrap_or(80)).collect(), |seed| vec![seed])
}

#[test]
fn days_of_many_tabs() {
    let (mut events, mut grants) = (0, 0);
    for seed in seeds() {
        match catch_unwind(|| run(plan(seed))) {
            Ok(simulation) => (events, grants) = (events + simulation.events, grants + simulation.grants),
            Err(why) => {
                println!("run it alone with SEED={seed}: {:?}", plan(seed));
                std::panic::resume_unwind(why);
            }
        }
    }
    println!("{events} events, {grants} tokens handed out");
}

#[test]
fn a_constant_added_to_every_clock_changes_no_request() {
    for seed in seeds() {
        let plan = Plan { hours: 12, ..plan(seed) };
        let requests = |shift_ms| run(Plan { shift_ms, ..plan }).requests;
        let exact = requests(0);
        for shift_ms in [6 * 3_600_000, -6 * 3_600_000, 365 * 86_400_000] {
            assert!(requests(shift_ms) == exact, "S6: the clock was wrong by {shift_ms} ms, SEED={seed}");
        }
    }
}

/// The same comparison finds a machine that trusts the browser's clock.
#[test]
fn a_machine_that_trusts_the_clock_changes_its_requests() {
    for broken in [BrokenClock::ComparesExpiryWithTheBrowsersClock, BrokenClock::CountsAgeFromFusionAuthsClock] {
        let differs = |seed: u64| {
            let plan = Plan { hours: 12, token_storage: TokenStorage::LocalStorage, broken_clock: Some(broken), ..plan(seed) };
            let requests = |shift_ms| run(Plan { shift_ms, ..plan }).requests;
            // With a clock that is ahead, tokens seem too old, but no other property breaks.
            requests(0) != requests(30_000)
        };
        assert!((0..8).any(differs), "S6 does not find {broken:?}");
    }
}
