//! Resources that answer 401 where they mean 403: when the machine treats them as forbidden, and how they affect requests for other
//! resources.

use crate::support::{
    ORDERS, STORE, Tab,
    short::{is_signed_in, known, refreshed},
    token,
};
use fusionauth_session::{Attempt, Credential, Event, RefreshAnswer, ResourceId, TokenStorage};

/// Sends a request for a resource that refuses both the request and its replay. Returns the last caller.
fn ask_in_vain(tab: &mut Tab, resource: ResourceId) -> u32 {
    let mut caller = tab.ask();
    for attempt in [Attempt::First, Attempt::Replay] {
        let Some(grant) = tab.grant(caller) else { break };
        caller = tab.refused_by(resource, Credential::Token(grant), attempt);
        if !tab.sent.is_empty() {
            tab.answer_refresh(refreshed(tab.refreshes as u32));
        }
    }
    caller
}

#[test]
fn what_is_forbidden_to_one_user_is_tried_again_by_the_next() {
    let mut tab = Tab::signed_in(300.0);
    ask_in_vain(&mut tab, ORDERS);
    assert!(tab.machine.is_forbidden(ORDERS));
    tab.sign_in(token("shopper", STORE, 300.0, 9));
    assert!(!tab.machine.is_forbidden(ORDERS), "the machine forgets the resource even if the same user signs in again");
    ask_in_vain(&mut tab, ORDERS);
    tab.event(Event::SignOutRequested);
    assert!(!tab.machine.is_forbidden(ORDERS));
}

#[test]
fn a_resource_that_was_open_in_between_is_no_longer_believed() {
    let mut tab = Tab::signed_in(300.0);
    ask_in_vain(&mut tab, ORDERS);
    ask_in_vain(&mut tab, ResourceId(8));
    tab.event(Event::Authorized(ORDERS));
    assert!(!tab.machine.is_forbidden(ORDERS) && tab.machine.is_forbidden(ResourceId(8)));
    ask_in_vain(&mut tab, ORDERS);
    assert_eq!(tab.refreshes, 3);
}

#[test]
fn sixteen_resources_are_kept_and_the_oldest_goes_first() {
    let mut tab = Tab::signed_in(300.0);
    for id in 0..17 {
        ask_in_vain(&mut tab, ResourceId(id));
        tab.pass(10_000);
    }
    assert!(!tab.machine.is_forbidden(ResourceId(0)) && (1..17).all(|it| tab.machine.is_forbidden(ResourceId(it))));
    // A resource that the machine already remembers refuses again.
    let caller = tab.ask();
    let refused = tab.refused_again(tab.grant(caller).unwrap());
    assert!(tab.is_forbidden(refused));
    assert!((2..17).all(|it| tab.machine.is_forbidden(ResourceId(it))));
}

#[test]
fn a_token_that_may_have_expired_on_the_way_proves_nothing() {
    let mut tab = Tab::signed_in(300.0);
    let caller = tab.ask();
    let refused = tab.refused(tab.grant(caller).unwrap());
    tab.answer_refresh(refreshed(1));
    let grant = tab.grant(refused).unwrap();
    tab.pass(400_000);
    let again = tab.refused_again(grant);
    assert!(tab.is_forbidden(again) && !tab.machine.is_forbidden(ORDERS), "the caller gets the backend's answer");
}

#[test]
fn cookies_are_known_to_be_good_only_if_their_owner_is_asked_after_the_refusal() {
    for token_storage in [TokenStorage::SharedDomainCookies, TokenStorage::BackendCookies] {
        let mut tab = Tab::open(token_storage);
        tab.answer_who_am_i(known());
        let renew = |tab: &mut Tab| match token_storage {
            TokenStorage::SharedDomainCookies => tab.answer_refresh(RefreshAnswer::Renewed),
            _ => tab.answer_who_am_i(known()),
        };
        let first = tab.ask_with_refused_cookie();
        renew(&mut tab);
        let again = tab.cookie_refused_again(tab.granted_version(first).unwrap());
        assert!(!tab.settled.contains_key(&again) && !tab.machine.is_forbidden(ORDERS));
        // A second resource refuses while the request for the current user is under way.
        let late = tab.refused_by(ResourceId(8), Credential::Cookie(tab.granted_version(first).unwrap()), Attempt::Replay);
        tab.answer_who_am_i(known());
        assert!(tab.is_forbidden(again) && tab.is_forbidden(late) && is_signed_in(&tab));
        assert!(tab.machine.is_forbidden(ORDERS) && !tab.machine.is_forbidden(ResourceId(8)));

        let (refreshes, questions) = (tab.refreshes, tab.who_am_is);
        let refused = tab.ask_with_refused_cookie();
        assert!(tab.is_forbidden(refused));
        assert_eq!((tab.refreshes, tab.who_am_is), (refreshes, questions), "the machine treats the 401 as final");
    }
}
