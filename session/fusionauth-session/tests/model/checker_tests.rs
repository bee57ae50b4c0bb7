//! Tests of the checker itself: each deliberately broken machine must be caught by the property that it breaks. `properties.rs` lists the
//! properties S1-S13 and L1-L4.
//!
//! The broken machines of S6 are in the simulation, which shifts clocks, and those of S10 in `any_events`, which searches traces for
//! secrets.

use crate::{
    BASE,
    broken_machine::BrokenMachine::{self, *},
    properties::Property::{self, *},
    server::Usage,
    setup::{Begin, Budget, Setup},
};
use fusionauth_session::TokenStorage;

const IN_MEMORY: Setup = Setup { token_storage: TokenStorage::Memory, ..BASE };
const SHARED_DOMAIN: Setup = Setup { token_storage: TokenStorage::SharedDomainCookies, ..BASE };
const BACKEND: Setup = Setup { token_storage: TokenStorage::BackendCookies, ..BASE };

fn renewing() -> Budget {
    Budget { wants: 2, expiries: 1, ..Budget::NONE }
}

/// Checks that each property finds the fault of its machine while the checker watches no other property. Within the same bounds the sound
/// machine breaks no property, so each violation comes from the fault.
fn caught(setup: Setup, broken: &[(Property, BrokenMachine)]) {
    setup.clone().explore("the sound machine");
    for &(property, broken_machine) in broken {
        let broken = Setup { broken_machine: Some(broken_machine), watched: Some(property), ..setup.clone() };
        let (found, actions) = broken.breaks().unwrap_or_else(|| panic!("{broken_machine:?} was not caught by {property:?}"));
        println!("{found:?} finds {broken_machine:?} after {actions} actions");
    }
}

#[test]
fn of_renewals() {
    let broken = [
        (S1, UnlocksTooEarly),
        (S5, DropsTheReread),
        (S7, StoppedClock),
        (S9, SettlesTwice),
        (S11, SendsBlindly),
        (S11, IgnoresTheLock),
        (L1, DropsTheToken),
        (L4, NeverUnlocks),
    ];
    caught(Setup { budget: renewing(), ..BASE }, &broken);
    caught(Setup { usage: Usage::Reusable, budget: renewing(), ..BASE }, &[(S1, IgnoresTheLock)]);
}

#[test]
fn of_renewals_that_fail() {
    let setup = Setup { budget: Budget { faults: 1, ..renewing() }, ..BASE };
    caught(setup, &[(S4, TakesBusyForRefused), (S9, ForgetsACaller)]);
    let setup = Setup { budget: Budget { drops: 1, ..renewing() }, ..BASE };
    caught(setup, &[(L1, AbortsWithItsCaller)]);
    let setup = Setup { budget: Budget { wants: 2, expiries: 2, ..Budget::NONE }, lag: false, ..BASE };
    caught(setup, &[(L2, RepeatsGenerations)]);
    let setup = Setup { budget: Budget { wants: 2, expiries: 1, fires: 4, ..Budget::NONE }, ..BASE };
    caught(setup, &[(S5, UnlocksBeforeStoring)]);
}

#[test]
fn of_frozen_and_hidden_tabs() {
    let setup = Setup { budget: Budget { freezes: 1, lock_timeouts: 1, ..renewing() }, ..BASE };
    caught(setup, &[(L4, NoLockBound), (S4, WakesWithoutDoubt)]);
    let setup = Setup { budget: Budget { focuses: 1, ..Budget::NONE }, ..BASE };
    caught(setup, &[(S12, RefreshesOnFocus), (S12, ForgetsOnFocus)]);
    let setup = Setup { tabs: 1, budget: Budget { closes: 1, expiries: 1, faults: 1, hides: 1, ..Budget::NONE }, ..BASE };
    caught(setup, &[(L3, NoTimers), (L3, NoTimersWhileHidden)]);
}

#[test]
fn of_sign_outs() {
    let setup = Setup { budget: Budget { sign_outs: 1, ..Budget::NONE }, ..BASE };
    caught(setup, &[(L2, NeverHears), (S2, DropsTheLogout), (L2, NeverStores)]);
    let setup = Setup { budget: Budget { sign_outs: 1, ..renewing() }, ..BASE };
    caught(setup, &[(S2, RevivesASession)]);
    // A tab is frozen with a refresh in flight, while another tab signs out and is reopened.
    let budget = Budget { wants: 1, expiries: 1, sign_outs: 1, closes: 1, freezes: 1, lock_timeouts: 1, ..Budget::NONE };
    caught(Setup { budget, lag: false, ..BASE }, &[(S2, ForgetsTheReason)]);
}

#[test]
fn of_sign_ins() {
    let budget = Budget { wants: 1, refusals: 1, sign_ins: 1, users: 2, sign_outs: 1, ..Budget::NONE };
    caught(Setup { liveness_sample: 64, budget, ..BASE }, &[(S3, ReplaysAsAnybody)]);
    let budget = Budget { wants: 1, switches: 1, users: 2, ..Budget::NONE };
    caught(Setup { budget, ..BASE }, &[(S3, ServesAnybody)]);
    let budget = Budget { sign_ins: 2, faults: 1, ..Budget::NONE };
    caught(Setup { budget, ..BASE }, &[(S2, ForgetsTheOrder)]);
    // FusionAuth refuses the refresh twice, and then the user signs in again.
    let budget = Budget { wants: 2, expiries: 2, fires: 2, revocations: 1, switches: 1, ..Budget::NONE };
    caught(Setup { tabs: 1, locks: false, budget, ..BASE }, &[(S4, KeepsTheDoubt)]);
}

#[test]
fn of_a_resource_that_is_forbidden() {
    let setup = Setup { pace_ms: (10, 10), budget: Budget { wants: 1, forbidden: 3, ..Budget::NONE }, ..BASE };
    caught(setup, &[(S13, NeverBelievesA401), (S13, BelievesEachRefusal)]);
    let budget = Budget { forbidden: 2, switches: 1, users: 2, ..Budget::NONE };
    caught(Setup { tabs: 1, budget, ..BASE }, &[(S13, KeepsWhatWasForbidden)]);
    let setup = Setup { tabs: 1, pace_ms: (10, 20), budget: Budget { wants: 1, forbidden: 4, ..Budget::NONE }, ..SHARED_DOMAIN };
    caught(setup.clone(), &[(S13, BelievesEachRefusal)]);
    caught(setup, &[(S13, NeverBelievesA401)]);
    // The cookies have expired, so a renewal would help.
    let budget = Budget { wants: 1, expiries: 1, ..Budget::NONE };
    caught(Setup { tabs: 1, budget, ..SHARED_DOMAIN }, &[(L1, BelievesEachRefusal)]);
}

#[test]
fn of_what_storage_holds() {
    let setup = Setup { budget: Budget { sign_ins: 1, blocks: 1, ..Budget::NONE }, ..BASE };
    caught(setup, &[(S8, EndsWithStorage)]);
    let setup = Setup { budget: Budget { wants: 1, expiries: 1, sign_ins: 1, sign_outs: 1, blocks: 1, ..Budget::NONE }, tabs: 1, ..BASE };
    caught(setup, &[(S8, TellsTwice)]);
    let setup = Setup { budget: Budget { wants: 1, mix_ups: 1, ..Budget::NONE }, ..BASE };
    caught(setup, &[(S3, AdoptsForeignTokens)]);
    let setup = Setup { budget: Budget { wants: 1, closes: 1, expiries: 1, ..Budget::NONE }, ..BASE };
    caught(setup, &[(S7, AdoptsAsFresh)]);
    let setup = Setup { budget: Budget { sign_ins: 1, users: 2, closes: 1, clears: 1, ..Budget::NONE }, ..BASE };
    caught(setup, &[(S3, CountsEpochsFromOne)]);
}

#[test]
fn of_sign_ins_before_the_machine() {
    let begin = Begin::BeforeATabOpens;
    let budget = Budget { sign_ins: 1, users: 2, sign_outs: 1, early: 1, ..Budget::NONE };
    let setup = Setup { begin, budget, ..BASE };
    caught(setup, &[(S1, EarlyWithoutTheLock), (S1, EarlyFreesTheLock), (S3, EarlyWithoutTheNote), (L4, EarlyWithoutALimit)]);
}

#[test]
fn of_sign_ins_that_are_expected() {
    let budget = Budget { sign_ins: 1, users: 2, sign_outs: 1, early: 1, expects: 1, ..Budget::NONE };
    let setup = Setup { budget, ..BASE };
    caught(setup, &[(S1, ExpectsWithoutTheLock), (S3, ExpectsWithoutTheLock), (L4, ExpectsWithoutALimit)]);
}

#[test]
fn of_data_before_the_machine() {
    let budget = Budget { data: 1, users: 2, switches: 1, sign_outs: 1, ..Budget::NONE };
    let setup = Setup { begin: Begin::BeforeATabOpens, budget, ..BASE };
    caught(setup, &[(S2, DataHearsNothing), (S3, DataHearsNothing), (S2, DataWithoutALook), (S3, DataWithoutALook)]);
}

#[test]
fn of_another_users_cookie() {
    let setup = Setup { budget: Budget { siblings: 1, ..renewing() }, ..BASE };
    caught(setup, &[(S3, IgnoresTheOwner)]);
    let setup = Setup { budget: Budget { wants: 1, siblings: 1, ..Budget::NONE }, ..SHARED_DOMAIN };
    caught(setup, &[(S3, NeverDoubtsCookies)]);
}

#[test]
fn of_sessions_in_memory() {
    let setup = Setup { budget: Budget { sign_ins: 1, sign_outs: 1, faults: 1, fires: 1, ..Budget::NONE }, ..IN_MEMORY };
    caught(setup, &[(L1, SharesNoRecord), (L2, SharesNoRecord)]);
}

#[test]
fn of_sessions_that_end_with_the_browser() {
    let setup = Setup { begin: Begin::AfterTheBrowserClosed, ..BASE };
    caught(setup, &[(S2, OutlivesTheBrowser)]);
}

#[test]
fn of_sessions_in_cookies() {
    let setup = Setup { budget: Budget { sign_outs: 1, closes: 1, ..Budget::NONE }, ..BACKEND };
    caught(setup, &[(S2, OverlooksASignOut)]);
    let setup = Setup { begin: Begin::WithAVisit, budget: Budget { faults: 1, ..Budget::NONE }, ..BACKEND };
    caught(setup, &[(S4, TakesBusyForNobody)]);
    caught(Setup { budget: renewing(), ..SHARED_DOMAIN }, &[(S5, DropsTheReread)]);
    let setup = Setup { budget: Budget { wants: 1, refusals: 1, ..Budget::NONE }, ..BACKEND };
    caught(setup, &[(S5, RenewsForTheBackend)]);
    let budget = Budget { sign_outs: 1, expiries: 1, ..Budget::NONE };
    caught(Setup { locks: false, begin: Begin::WithAVisit, budget, ..BACKEND }, &[(S2, ForgetsLateCookies)]);
    let setup = Setup { tabs: 1, begin: Begin::WithoutARecord, token_in_body: true, ..SHARED_DOMAIN };
    caught(setup, &[(L4, NeverAsksAfterARenewal)]);
}

#[test]
fn of_a_browser_without_indexeddb() {
    let budget = Budget { sign_ins: 1, sign_outs: 1, fires: 1, faults: 1, ..Budget::NONE };
    let ordered = Setup { budget, ..BASE };
    assert_eq!(ordered.clone().breaks(), None);
    let found = Setup { ordering: false, ..ordered }.breaks();
    assert_eq!(found.map(|it| it.0), Some(L1), "without the version in IndexedDB, a sign-out ends another tab's sign-in");
}
