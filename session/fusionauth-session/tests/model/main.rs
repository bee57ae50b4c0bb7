//! The model checker's runs. Each test sets how often each action may happen. The checker then visits every interleaving of these actions
//! in a few tabs, and checks the properties S1-S13 and L1-L4 (`properties.rs`) in every state. `docs/model.md` lists the number of states
//! of each run.

mod actions;
mod broken_machine;
mod checker_tests;
mod cookies;
mod early;
mod early_data;
mod explored;
mod liveness;
mod network;
mod properties;
mod server;
mod setup;
mod state;
mod state_space;

use fusionauth_session::TokenStorage;
use server::Usage;
use setup::{Begin, Budget, Setup};

const BASE: Setup = Setup {
    tabs: 2,
    token_storage: TokenStorage::LocalStorage,
    usage: Usage::OneTime,
    locks: true,
    ordering: true,
    lag: true,
    token_in_body: false,
    renew_soon_ms: 0,
    pace_ms: (0, 0),
    begin: Begin::AtRest,
    budget: Budget::NONE,
    broken_machine: None,
    liveness_sample: 1,
    depth: usize::MAX,
    watched: None,
};

#[test]
fn two_tabs_renew() {
    let budget = Budget { wants: 2, refusals: 1, drops: 1, expiries: 1, faults: 1, fires: 2, ..Budget::NONE };
    for usage in [Usage::Reusable, Usage::OneTime, Usage::Grace(5)] {
        Setup { usage, budget: budget.clone(), ..BASE }.holds(&format!("two tabs renew, {usage:?}"));
    }
}

#[test]
fn two_tabs_sign_out_and_in() {
    let budget = Budget { wants: 1, sign_ins: 1, users: 2, sign_outs: 1, expiries: 1, fires: 1, ..Budget::NONE };
    Setup { budget, ..BASE }.holds("two tabs sign out and in");
}

#[test]
fn two_tabs_close_and_open() {
    let budget = Budget { wants: 1, sign_outs: 1, expiries: 1, closes: 1, fires: 3, ..Budget::NONE };
    Setup { budget, ..BASE }.holds("two tabs close and open");
}

#[test]
fn two_tabs_freeze() {
    let budget = Budget { wants: 2, sign_outs: 1, expiries: 1, freezes: 1, focuses: 1, lock_timeouts: 1, ..Budget::NONE };
    Setup { budget, ..BASE }.holds("two tabs freeze");
}

#[test]
fn two_tabs_meet_the_sibling() {
    let budget = Budget { wants: 1, sign_ins: 1, sign_outs: 1, expiries: 1, siblings: 1, revocations: 1, ..Budget::NONE };
    Setup { budget, ..BASE }.holds("two tabs meet the sibling");
}

#[test]
fn two_tabs_with_storage_that_fails() {
    let budget = Budget { wants: 1, sign_ins: 1, sign_outs: 1, expiries: 1, blocks: 1, ..Budget::NONE };
    Setup { budget, ..BASE }.holds("two tabs with storage that fails");
}

#[test]
fn two_tabs_without_locks() {
    let budget = Budget { wants: 2, sign_outs: 1, expiries: 1, fires: 2, ..Budget::NONE };
    Setup { locks: false, budget, ..BASE }.holds("two tabs without locks");
}

#[test]
fn two_tabs_lose_answers() {
    let budget = Budget { wants: 1, sign_ins: 1, sign_outs: 1, expiries: 1, faults: 1, fires: 1, ..Budget::NONE };
    Setup { budget, ..BASE }.holds("two tabs lose answers");
}

/// One resource answers 401 where 403 is meant, and another accepts every valid credential. Renewals have a rate limit.
#[test]
fn two_tabs_ask_for_what_is_forbidden() {
    let of_two_users = Budget { wants: 1, forbidden: 2, switches: 1, users: 2, ..Budget::NONE };
    Setup { pace_ms: (10, 40), budget: of_two_users, ..BASE }.holds("two tabs, a resource that is forbidden");
    let of_expired_tokens = Budget { wants: 1, forbidden: 2, refusals: 1, expiries: 1, ..Budget::NONE };
    Setup { pace_ms: (10, 30), budget: of_expired_tokens, ..BASE }.holds("two tabs, a resource that is forbidden, tokens that expire");
}

#[test]
fn two_tabs_switch_users() {
    let budget = Budget { wants: 2, switches: 1, users: 2, expiries: 1, ..Budget::NONE };
    Setup { budget, ..BASE }.holds("two tabs, a sign-in over a session");
}

#[test]
fn two_tabs_renew_before_the_end() {
    let budget = Budget { wants: 2, ages: 1, expiries: 1, fires: 1, focuses: 1, ..Budget::NONE };
    Setup { renew_soon_ms: 200, budget, ..BASE }.holds("two tabs renew before a token's end");
}

#[test]
fn two_tabs_after_site_data_is_cleared() {
    let budget = Budget { sign_ins: 1, users: 2, closes: 1, clears: 1, ..Budget::NONE };
    Setup { liveness_sample: 4, budget, ..BASE }.holds("two tabs, cleared site data");
}

#[test]
fn two_tabs_one_of_which_is_hidden() {
    let budget = Budget { wants: 1, sign_outs: 1, expiries: 1, hides: 1, fires: 1, faults: 1, ..Budget::NONE };
    Setup { budget, ..BASE }.holds("two tabs, one hidden");
}

#[test]
fn two_tabs_with_a_token_of_the_sibling_in_storage() {
    let budget = Budget { wants: 2, mix_ups: 1, expiries: 1, sign_outs: 1, ..Budget::NONE };
    Setup { budget, ..BASE }.holds("two tabs, a token of the sibling in storage");
}

#[test]
fn two_tabs_with_tokens_in_memory() {
    let budget = Budget { wants: 1, sign_ins: 1, sign_outs: 1, expiries: 1, closes: 1, ..Budget::NONE };
    Setup { token_storage: TokenStorage::Memory, budget, ..BASE }.holds("two tabs, tokens in memory");
    let budget = Budget { wants: 2, refusals: 1, expiries: 1, faults: 1, fires: 1, ..Budget::NONE };
    Setup { token_storage: TokenStorage::Memory, budget, ..BASE }.holds("two tabs renew, tokens in memory");
}

#[test]
fn two_tabs_with_a_sign_in_before_the_machine() {
    let budget = Budget { sign_ins: 1, users: 2, sign_outs: 1, closes: 1, early: 1, ..Budget::NONE };
    Setup { begin: Begin::BeforeATabOpens, liveness_sample: 4, budget, ..BASE }.holds("two tabs, a sign-in before the machine");
    let budget = Budget { sign_outs: 1, faults: 1, fires: 1, early: 1, ..Budget::NONE };
    Setup { begin: Begin::BeforeATabOpens, budget, ..BASE }.holds("two tabs, a sign-in before the machine fails");
}

#[test]
fn two_tabs_with_a_sign_in_that_is_expected() {
    let budget = Budget { users: 2, sign_outs: 1, closes: 1, early: 1, expects: 2, ..Budget::NONE };
    Setup { begin: Begin::BeforeATabOpens, liveness_sample: 4, budget, ..BASE }.holds("two tabs, a sign-in that is expected");
    let budget = Budget { sign_ins: 1, sign_outs: 1, early: 1, expects: 1, ..Budget::NONE };
    Setup { liveness_sample: 4, budget, ..BASE }.holds("two tabs, a sign-in that is expected, and another");
    let budget = Budget { sign_ins: 1, faults: 1, fires: 1, early: 1, expects: 1, ..Budget::NONE };
    Setup { budget, ..BASE }.holds("two tabs, a sign-in that is expected fails");
}

/// A page shows the data that its early script has fetched, before its machine starts.
#[test]
fn two_tabs_with_data_before_the_machine() {
    let begin = Begin::BeforeATabOpens;
    let budget = Budget { data: 1, users: 2, sign_ins: 1, switches: 1, sign_outs: 1, closes: 1, ..Budget::NONE };
    Setup { begin, budget, ..BASE }.holds("two tabs, data before the machine");
    let budget = Budget { data: 1, wants: 1, expiries: 1, faults: 1, fires: 1, sign_outs: 1, ..Budget::NONE };
    Setup { begin, budget, ..BASE }.holds("two tabs, data before the machine, and renewals");
    let budget = Budget { data: 1, early: 1, users: 2, sign_ins: 1, sign_outs: 1, ..Budget::NONE };
    Setup { begin, liveness_sample: 4, budget, ..BASE }.holds("two tabs, a sign-in and data before the machine");
}

/// The user's session had to end when the browser was closed. Two tabs open then, and a user may sign in again.
#[test]
fn two_tabs_after_the_browser_was_closed() {
    let budget = Budget { wants: 1, sign_ins: 1, users: 2, faults: 1, fires: 1, ..Budget::NONE };
    for token_storage in [TokenStorage::LocalStorage, TokenStorage::Memory, TokenStorage::SharedDomainCookies] {
        let setup = Setup { begin: Begin::AfterTheBrowserClosed, budget: budget.clone(), ..BASE };
        holds_with(token_storage, "two tabs after the browser was closed", setup);
    }
}

/// Three tabs, to a limited depth, which the environment variable `MODEL_DEPTH` changes.
#[test]
fn three_tabs() {
    let depth = std::env::var("MODEL_DEPTH").ok().and_then(|it| it.parse().ok()).unwrap_or(11);
    let budget = Budget { wants: 3, sign_outs: 1, expiries: 1, fires: 1, closes: 1, ..Budget::NONE };
    Setup { tabs: 3, depth, liveness_sample: 16, budget, ..BASE }.holds("three tabs");
}

fn holds_with(token_storage: TokenStorage, name: &str, setup: Setup) {
    Setup { token_storage, ..setup }.holds(&format!("{token_storage:?}, {name}"));
}

const BY_COOKIE: [TokenStorage; 2] = [TokenStorage::SharedDomainCookies, TokenStorage::BackendCookies];

#[test]
fn cookies_are_asked_about_on_a_visit() {
    let budget = Budget { sign_outs: 1, faults: 1, fires: 1, ..Budget::NONE };
    for token_storage in BY_COOKIE {
        holds_with(token_storage, "a visit in two tabs", Setup { begin: Begin::WithAVisit, budget: budget.clone(), ..BASE });
    }
}

#[test]
fn cookies_are_renewed() {
    let budget = Budget { wants: 2, expiries: 1, faults: 1, fires: 1, ..Budget::NONE };
    for token_storage in BY_COOKIE {
        for usage in [Usage::Reusable, Usage::OneTime] {
            holds_with(token_storage, &format!("two tabs renew, {usage:?}"), Setup { usage, budget: budget.clone(), ..BASE });
        }
    }
}

#[test]
fn cookies_that_come_with_a_token() {
    let budget = Budget { wants: 2, expiries: 1, siblings: 1, faults: 1, ..Budget::NONE };
    let first_visit = Budget { wants: 1, siblings: 1, faults: 1, ..Budget::NONE };
    for (begin, budget) in [(Begin::AtRest, &budget), (Begin::WithAVisit, &budget), (Begin::WithoutARecord, &first_visit)] {
        let setup = Setup { token_in_body: true, liveness_sample: 4, begin, budget: budget.clone(), ..BASE };
        holds_with(TokenStorage::SharedDomainCookies, &format!("a token in the body, {begin:?}"), setup);
    }
}

#[test]
fn cookies_are_refused_at_will() {
    let budget = Budget { wants: 2, refusals: 1, drops: 1, expiries: 1, ..Budget::NONE };
    for token_storage in BY_COOKIE {
        holds_with(token_storage, "two tabs are refused", Setup { budget: budget.clone(), ..BASE });
    }
}

#[test]
fn cookies_beside_a_resource_that_is_forbidden() {
    let budget = Budget { wants: 1, forbidden: 2, expiries: 1, ..Budget::NONE };
    // The rate limit also counts each tab's first request for the current user.
    for token_storage in BY_COOKIE {
        holds_with(
            token_storage,
            "a resource that is forbidden",
            Setup { pace_ms: (10, 70), liveness_sample: 4, budget: budget.clone(), ..BASE },
        );
    }
}

#[test]
fn cookies_sign_out_and_in() {
    let budget = Budget { wants: 1, sign_ins: 1, users: 2, sign_outs: 1, expiries: 1, ..Budget::NONE };
    for token_storage in BY_COOKIE {
        holds_with(token_storage, "two tabs sign out and in", Setup { budget: budget.clone(), ..BASE });
    }
}

#[test]
fn cookies_of_the_sibling() {
    let budget = Budget { wants: 2, sign_ins: 1, expiries: 1, siblings: 1, ..Budget::NONE };
    holds_with(TokenStorage::SharedDomainCookies, "two tabs meet the sibling", Setup { liveness_sample: 4, budget, ..BASE });
}

#[test]
fn cookies_that_are_revoked() {
    let budget = Budget { wants: 2, sign_ins: 1, expiries: 1, revocations: 1, ..Budget::NONE };
    for token_storage in BY_COOKIE {
        holds_with(token_storage, "two tabs are revoked", Setup { budget: budget.clone(), ..BASE });
    }
}

#[test]
fn cookies_close_and_freeze() {
    let budget = Budget { wants: 1, sign_outs: 1, expiries: 1, closes: 1, freezes: 1, ..Budget::NONE };
    for token_storage in BY_COOKIE {
        holds_with(token_storage, "two tabs close and freeze", Setup { liveness_sample: 4, budget: budget.clone(), ..BASE });
    }
}

#[test]
fn cookies_without_locks() {
    let budget = Budget { wants: 1, sign_outs: 1, expiries: 1, fires: 1, ..Budget::NONE };
    for token_storage in BY_COOKIE {
        holds_with(token_storage, "two tabs without locks", Setup { locks: false, budget: budget.clone(), ..BASE });
    }
}

#[test]
fn cookies_with_storage_that_fails() {
    let budget = Budget { wants: 1, sign_ins: 1, sign_outs: 1, expiries: 1, blocks: 1, ..Budget::NONE };
    for token_storage in BY_COOKIE {
        holds_with(token_storage, "two tabs with storage that fails", Setup { liveness_sample: 4, budget: budget.clone(), ..BASE });
    }
}
