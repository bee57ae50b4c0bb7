//! Tokens in the memory of their tab. Storage holds the user's id, but no credential.

use crate::support::{STORE, Tab, short::refreshed, token};
use fusionauth_session::TokenStorage;

fn signed_in() -> Tab {
    let mut tab = Tab::open(TokenStorage::Memory);
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
    tab.renew(1);
    let session = tab.storage.as_ref().unwrap().0.session.as_ref().unwrap();
    assert!(session.token.is_none() && session.sub == "shopper" && session.generation == 1);
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
