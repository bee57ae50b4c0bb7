//! The check of the checker: machines that are broken on purpose must be caught, each by the property that it breaks.

use crate::{
    BASE,
    sabotage::Sabotage::{self, *},
    server::Usage,
    setup::{Begin, Budget, Setup},
    watch::Property,
};
use fusionauth_session::Transport;

const SHARED_DOMAIN: Setup = Setup { transport: Transport::SharedDomainCookies, ..BASE };
const BACKEND: Setup = Setup { transport: Transport::BackendCookies, ..BASE };

fn budget() -> Budget {
    Budget { wants: 2, expiries: 1, ..Budget::NONE }
}

/// Each property is watched alone: it has to find the fault by itself.
fn caught(property: Property, sabotage: Sabotage, setup: Setup) {
    // The sound machine first: what is found is the sabotage's doing.
    let sound = Setup { sabotage: None, ..setup.clone() }.breaks();
    assert_eq!(sound, None, "the bounds of {sabotage:?} break the sound machine");
    let broken = Setup { sabotage: Some(sabotage), watched: Some(property), ..setup };
    let (found, actions) = broken.breaks().unwrap_or_else(|| panic!("{sabotage:?} was not caught"));
    println!("{found:?} finds {sabotage:?} after {actions} actions");
}

#[test]
fn s1_ignoring_the_lock() {
    caught(Property::S1, IgnoresTheLock, Setup { usage: Usage::Reusable, budget: budget(), ..BASE });
}

#[test]
fn s2_reviving_a_session() {
    caught(Property::S2, RevivesASession, Setup { budget: Budget { wants: 1, sign_outs: 1, ..budget() }, ..BASE });
}

#[test]
fn s3_taking_anybodys_token() {
    caught(Property::S3, IgnoresTheOwner, Setup { budget: Budget { siblings: 1, ..budget() }, ..BASE });
}

#[test]
fn s3_replaying_under_another_sign_in() {
    let budget = Budget { wants: 1, refusals: 1, sign_ins: 1, users: 2, sign_outs: 1, ..Budget::NONE };
    caught(Property::S3, ReplaysAsAnybody, Setup { liveness_sample: 64, budget, ..BASE });
}

#[test]
fn s4_taking_a_busy_server_for_a_refusal() {
    caught(Property::S4, TakesBusyForRefused, Setup { budget: Budget { faults: 1, ..budget() }, ..BASE });
}

#[test]
fn s5_not_looking_again_under_the_lock() {
    caught(Property::S5, DropsTheReread, Setup { budget: budget(), ..BASE });
}

#[test]
fn s7_a_clock_that_stands_still() {
    caught(Property::S7, StoppedClock, Setup { budget: budget(), ..BASE });
}

#[test]
fn s8_ending_with_storage() {
    let budget = Budget { sign_ins: 1, blocks: 1, ..Budget::NONE };
    caught(Property::S8, EndsWithStorage, Setup { budget, ..BASE });
}

#[test]
fn s9_settling_twice() {
    caught(Property::S9, SettlesTwice, Setup { budget: budget(), ..BASE });
}

#[test]
fn s11_sending_a_used_token() {
    caught(Property::S11, SendsBlindly, Setup { budget: budget(), ..BASE });
}

#[test]
fn s12_asking_at_every_look() {
    caught(Property::S12, RefreshesOnFocus, Setup { budget: Budget { focuses: 1, ..Budget::NONE }, ..BASE });
}

#[test]
fn l1_not_using_a_refreshed_token() {
    caught(Property::L1, DropsTheToken, Setup { budget: budget(), ..BASE });
}

#[test]
fn l1_logging_out_anothers_sign_in_where_nothing_keeps_the_order() {
    let budget = Budget { sign_ins: 1, sign_outs: 1, fires: 1, faults: 1, ..Budget::NONE };
    let ordered = Setup { budget, ..BASE };
    assert_eq!(ordered.clone().breaks(), None);
    let found = Setup { ordering: false, ..ordered }.breaks();
    assert_eq!(found.map(|it| it.0), Some(Property::L1), "the version is what keeps it right");
}

#[test]
fn l2_not_hearing_other_tabs() {
    caught(Property::L2, NeverHears, Setup { budget: Budget { sign_outs: 1, ..Budget::NONE }, ..BASE });
}

#[test]
fn l2_not_telling_fusionauth() {
    caught(Property::L2, DropsTheLogout, Setup { budget: Budget { sign_outs: 1, ..Budget::NONE }, ..BASE });
}

#[test]
fn l2_not_writing() {
    caught(Property::L2, NeverStores, Setup { budget: Budget { sign_outs: 1, ..Budget::NONE }, ..BASE });
}

#[test]
fn l3_no_timers() {
    let budget = Budget { closes: 1, expiries: 1, faults: 1, ..Budget::NONE };
    caught(Property::L3, NoTimers, Setup { budget, ..BASE });
}

#[test]
fn l1_aborting_with_the_caller() {
    caught(Property::L1, AbortsWithItsCaller, Setup { budget: Budget { drops: 1, ..budget() }, ..BASE });
}

#[test]
fn l4_waiting_for_the_lock_for_ever() {
    caught(Property::L4, NoLockBound, Setup { budget: Budget { freezes: 1, ..budget() }, ..BASE });
}

#[test]
fn s2_finding_what_was_signed_out_of() {
    let budget = Budget { sign_outs: 1, closes: 1, ..Budget::NONE };
    caught(Property::S2, OverlooksASignOut, Setup { budget, ..BACKEND });
}

#[test]
fn s3_never_asking_whose_the_cookies_are() {
    let budget = Budget { wants: 1, siblings: 1, ..Budget::NONE };
    caught(Property::S3, NeverDoubtsCookies, Setup { budget, ..SHARED_DOMAIN });
}

#[test]
fn s4_taking_a_busy_backend_for_nobody() {
    let budget = Budget { faults: 1, ..Budget::NONE };
    caught(Property::S4, TakesBusyForNobody, Setup { begin: Begin::WithAVisit, budget, ..BACKEND });
}

#[test]
fn s5_renewing_cookies_without_looking_again() {
    caught(Property::S5, DropsTheReread, Setup { budget: budget(), ..SHARED_DOMAIN });
}

#[test]
fn s5_renewing_for_the_backend() {
    let budget = Budget { wants: 1, refusals: 1, ..Budget::NONE };
    caught(Property::S5, RenewsForTheBackend, Setup { budget, ..BACKEND });
}

#[test]
fn l2_forgetting_cookies_that_came_late() {
    let budget = Budget { sign_outs: 1, expiries: 1, ..Budget::NONE };
    caught(Property::L2, ForgetsLateCookies, Setup { locks: false, begin: Begin::WithAVisit, budget, ..BACKEND });
}
