//! Tokens in the memory of their tab. Storage holds the user's id, but no credential.

use crate::support::{
    STORE, Tab,
    short::{ended, is_signed_in, refreshed},
    token,
};
use fusionauth_session::{Event, LogoutAnswer, RefreshAnswer, SessionState, SignOutReason, TokenStorage};

fn signed_in() -> Tab {
    let mut tab = Tab::with(TokenStorage::Memory);
    tab.boot();
    tab.sign_in(token("shopper", STORE, 300.0, 0));
    tab
}

/// Another tab, or the same tab after a reload.
fn reloaded(tab: &Tab) -> Tab {
    tab.reloaded_with(TokenStorage::Memory)
}

#[test]
fn storage_holds_no_token() {
    let mut tab = signed_in();
    tab.pass(400_000);
    tab.ask();
    tab.answer_refresh(refreshed(1));
    let session = tab.storage.as_ref().unwrap().0.session.as_ref().unwrap();
    assert!(session.token.is_none() && session.sub == "shopper" && session.generation == 1);
}

#[test]
fn a_session_survives_a_reload_at_the_price_of_one_renewal() {
    let mut tab = reloaded(&signed_in());
    assert_eq!((tab.refreshes, tab.machine.state()), (1, &SessionState::Loading));
    tab.answer_refresh(refreshed(1));
    let caller = tab.ask();
    assert!(is_signed_in(&tab) && tab.grant(caller).is_some() && tab.refreshes == 1);
    // The refresh-token cookie has expired.
    let mut over = reloaded(&tab);
    over.answer_refresh(RefreshAnswer::Refused);
    assert_eq!(ended(&over), Some(SignOutReason::Expired));
}

#[test]
fn another_tabs_renewal_leaves_this_tab_its_own_token() {
    let mut first = signed_in();
    let mut second = reloaded(&first);
    second.answer_refresh(refreshed(1));
    first.hears_of(&second);
    let caller = first.ask();
    assert!(first.grant(caller).unwrap().token == token("shopper", STORE, 300.0, 0).token);
    assert_eq!(first.refreshes, 0);
    // The first tab already knows the session version that the second has left for the next holder of the lock, so it does not wait.
    first.version = second.machine.version();
    first.pass(400_000);
    first.ask();
    assert_eq!(first.refreshes, 1);
    first.answer_refresh(refreshed(2));
    assert!(first.machine.version() > first.version);
}

#[test]
fn a_sign_out_that_waits_for_the_network_ends_no_newer_sign_in_of_another_tab() {
    let mut first = signed_in();
    let mut second = reloaded(&first);
    second.answer_refresh(refreshed(1));
    first.event(Event::SignOutRequested);
    first.answer_logout(LogoutAnswer::Failed);
    second.hears_of(&first);
    assert_eq!(ended(&second), Some(SignOutReason::UserRequest));
    second.answer_logout(LogoutAnswer::Failed);
    second.sign_in(token("shopper", STORE, 300.0, 5));
    let logouts = first.logouts;
    first.hears_of(&second);
    first.wait(600_000);
    assert!(first.logouts == logouts && is_signed_in(&first));
    let caller = first.ask();
    first.answer_refresh(refreshed(6));
    assert!(first.grant(caller).is_some(), "the tab that signed out joins the new session");
}

#[test]
fn another_user_in_another_tab_is_another_user_here() {
    let mut first = signed_in();
    let mut second = reloaded(&first);
    second.answer_refresh(refreshed(1));
    second.sign_in(token("second", STORE, 300.0, 5));
    first.storage = second.storage.clone();
    let caller = first.ask();
    assert!(first.is_signed_out(caller), "the caller asked for the previous user");
    let caller = first.ask();
    first.answer_refresh(RefreshAnswer::Refreshed(token("second", STORE, 300.0, 6)));
    assert!(first.grant(caller).is_some());
}
