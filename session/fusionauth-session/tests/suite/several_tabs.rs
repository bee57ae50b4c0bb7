//! Several tabs with one session: each must follow the sign-ins, sign-outs and renewals of the others.

use crate::support::{
    FORUMS, STORE, Tab,
    short::{ended, is_signed_in, refreshed, two_tabs, unavailable},
    token,
};
use fusionauth_session::{
    Effect, Event, LockState, LoginFailure, LogoutAnswer, RefreshAnswer, SessionState, SignInAnswer, SignInId, SignOutReason, Stored,
    TokenStorage,
};

#[test]
fn what_was_asked_as_one_person_is_never_replayed_as_another() {
    let mut tab = Tab::signed_in(300.0);
    let caller = tab.ask();
    let old = tab.grant(caller).unwrap();
    tab.sign_out();
    tab.sign_in(token("second", STORE, 300.0, 0));
    let replay = tab.refused(old);
    assert!(tab.is_signed_out(replay));
}

#[test]
fn a_sign_in_after_an_unconfirmed_sign_out_is_not_logged_out() {
    let mut tab = Tab::signed_in(300.0);
    tab.event(Event::SignOutRequested);
    tab.answer_logout(LogoutAnswer::Failed);
    tab.sign_in(token("shopper", STORE, 300.0, 5));
    assert!(!tab.storage.as_ref().unwrap().0.logout_pending);
    tab.wait(600_000);
    assert_eq!(tab.logouts, 1);
    assert!(is_signed_in(&tab));
}

#[test]
fn sign_out_reaches_other_tabs_and_their_refresh_revives_nothing() {
    let (mut first, mut second) = two_tabs();
    second.pass(400_000);
    second.ask();
    first.event(Event::SignOutRequested);
    second.hears_of(&first);
    assert_eq!(ended(&second), Some(SignOutReason::UserRequest));
    second.answer_refresh(refreshed(1));
    assert_eq!(ended(&second), Some(SignOutReason::UserRequest));
    assert_eq!(second.logouts, 1, "the refresh may have set a cookie");
}

#[test]
fn another_tabs_renewal_is_adopted_without_a_request() {
    let (mut first, mut second) = two_tabs();
    for tab in [&mut first, &mut second] {
        tab.pass(400_000);
    }
    first.renew(1);
    // The second tab waits for the lock while the first renews.
    second.lock_is_free = false;
    let caller = second.ask();
    second.storage = first.storage.clone();
    second.grant_lock();
    assert!(second.grant(caller).is_some());
    assert_eq!(second.refreshes, 0, "the tab reads storage under the lock before it sends anything");
}

#[test]
fn a_failed_sign_in_leaves_a_session_of_another_tab_alone() {
    let mut tab = Tab::open(TokenStorage::LocalStorage);
    tab.event(Event::SignInRequested(SignInId(9)));
    let (operation, _) = tab.sent.pop_front().unwrap();
    tab.storage = Tab::signed_in(300.0).storage;
    tab.event(Event::SignInAnswered(operation, SignInAnswer::Failed(LoginFailure::InvalidCredentials), tab.stored()));
    assert_eq!(tab.signed_in[&9], Err(LoginFailure::InvalidCredentials));
    assert!(is_signed_in(&tab));
}

#[test]
fn an_older_sign_ins_renewals_are_not_taken_for_newer() {
    let (mut first, mut second) = two_tabs();
    for serial in 1..4 {
        second.pass(400_000);
        second.renew(serial);
    }
    first.pass(1_200_000);
    first.sign_out();
    first.sign_in(token("shopper", STORE, 300.0, 9));
    first.hears_of(&second);
    let caller = first.ask();
    assert!(first.grant(caller).unwrap().token == token("shopper", STORE, 300.0, 9).token);
}

#[test]
fn hearing_what_is_known_writes_nothing() {
    let mut tab = Tab::signed_in(300.0);
    let writes =
        |tab: &Tab| tab.machine.trace().steps.iter().flat_map(|it| &it.effects).filter(|it| matches!(it, Effect::Store(_))).count();
    let before = writes(&tab);
    tab.event(Event::StorageChanged(tab.stored(), tab.stored()));
    assert_eq!(writes(&tab), before);
}

/// A caller waits in one tab while another tab signs in as this user. Returns the first tab and its caller.
fn waits_while_another_signs_in(user: &str) -> (Tab, u32) {
    let mut first = Tab::signed_in(300.0);
    first.lock = LockState::Unavailable;
    let mut second = first.reloaded();
    first.pass(400_000);
    second.pass(400_000);
    let caller = first.ask();
    second.sign_out();
    second.sign_in(token(user, STORE, 300.0, 5));
    first.hears_of(&second);
    (first, caller)
}

#[test]
fn who_waits_gets_no_token_of_another_user_and_one_of_the_same() {
    let (tab, caller) = waits_while_another_signs_in("second");
    assert!(tab.is_signed_out(caller));
    let (tab, caller) = waits_while_another_signs_in("shopper");
    assert!(tab.grant(caller).is_some());
}

#[test]
fn the_email_of_a_stored_session_is_shown_if_it_is_its_users() {
    for (sub, shown) in [("shopper", Some("shopper@example.com")), ("second", None)] {
        let mut earlier = Tab::signed_in(300.0);
        if let Some((_, Some(claims))) = &mut earlier.storage {
            (claims.sub, claims.email) = (Some(sub.to_owned()), Some("shopper@example.com".to_owned()));
        }
        let mut tab = earlier.reloaded();
        tab.wait(10_000);
        let SessionState::SignedIn { user, .. } = tab.machine.state() else { panic!("nobody is signed in") };
        assert_eq!(user.email.as_deref(), shown);
    }
}

#[test]
fn a_sign_out_that_another_tab_has_told_is_not_told_again() {
    let (mut first, mut second) = two_tabs();
    second.lock_is_free = false;
    first.event(Event::SignOutRequested);
    second.hears_of(&first);
    first.answer_logout(LogoutAnswer::Done);
    second.hears_of(&first);
    second.grant_lock();
    assert_eq!((first.logouts, second.logouts), (1, 0));
}

/// FusionAuth may have received the request, so the browser may hold a cookie that the other tab's logout did not include.
#[test]
fn a_lost_answer_to_a_refresh_without_the_lock_leads_to_an_own_logout() {
    for answer in [RefreshAnswer::NoAnswer, unavailable(502)] {
        let (mut first, mut second) = two_tabs();
        second.lock = LockState::Unavailable;
        second.pass(400_000);
        second.ask();
        second.answer_refresh(answer);
        first.sign_out();
        second.hears_of(&first);
        assert_eq!(second.logouts, 1);
    }
}

/// A tab ignores a record of its own generation. If two tabs stored tokens under one generation, neither would adopt the other's token.
#[test]
fn no_two_tokens_are_stored_under_one_generation() {
    let stored = |tab: &Tab| tab.storage.as_ref().unwrap().0.session.clone().unwrap();
    let expired = |tab: &Tab| {
        let mut other = tab.reloaded();
        other.pass(400_000);
        other.ask();
        other
    };

    // In a browser without IndexedDB no session version comes with the lock.
    let mut one_tab = expired(&Tab::signed_in(300.0));
    for serial in 1..4 {
        one_tab.answer_refresh(refreshed(serial));
        assert_eq!(stored(&one_tab).generation, serial);
        one_tab = expired(&one_tab);
    }

    // Both tabs refresh at once without the lock, and the second tab reads the first tab's token before its own answer.
    let begin = Tab::signed_in(300.0);
    let (mut first, mut second) = (expired(&begin), expired(&begin));
    first.lock = LockState::Unavailable;
    second.lock = LockState::Unavailable;
    first.answer_refresh(refreshed(1));
    second.storage = first.storage.clone();
    second.answer_refresh(refreshed(2));
    let (first, second) = (stored(&first), stored(&second));
    assert!(first.generation != second.generation || first.token == second.token);
}

/// Two tabs that do not know of each other's change begin epochs with the same number.
#[test]
fn a_sign_out_beats_a_sign_in_that_did_not_know_of_it_and_a_sign_in_beats_an_end() {
    let (mut first, mut second) = two_tabs();
    first.event(Event::SignOutRequested);
    second.sign_in(token("shopper", STORE, 300.0, 5));
    second.hears_of(&first);
    assert_eq!(ended(&second), Some(SignOutReason::UserRequest));

    let (mut first, mut second) = two_tabs();
    first.pass(400_000);
    first.ask();
    first.answer_refresh(RefreshAnswer::Refused);
    assert_eq!(ended(&first), Some(SignOutReason::Expired));
    second.sign_in(token("shopper", STORE, 300.0, 5));
    first.hears_of(&second);
    assert!(is_signed_in(&first));
}

#[test]
fn an_answer_to_an_earlier_logout_confirms_no_later_sign_out() {
    let (mut first, mut second) = two_tabs();
    first.event(Event::SignOutRequested);
    second.hears_of(&first);
    second.answer_logout(LogoutAnswer::Done);
    second.sign_in(token("shopper", STORE, 300.0, 5));
    second.lock_is_free = false;
    second.event(Event::SignOutRequested);
    first.hears_of(&second);
    assert_eq!(first.logouts, 1);
    first.answer_logout(LogoutAnswer::Done);
    assert_eq!(first.logouts, 2, "FusionAuth must learn of the later sign-out, too");
}

#[test]
fn a_sign_out_that_was_told_is_not_told_again_by_a_tab_that_finds_it_in_storage() {
    let (mut first, mut second) = two_tabs();
    first.sign_out();
    second.storage = first.storage.clone();
    let caller = second.ask();
    assert!(second.is_signed_out(caller));
    assert_eq!(second.logouts, 0);
}

/// Two tabs of one session. The second tab's refreshes have failed so often that it waits minutes before the next one.
fn backing_off() -> (Tab, Tab) {
    let (mut first, mut second) = two_tabs();
    first.pass(400_000);
    second.pass(400_000);
    second.ask();
    for _ in 0..6 {
        while !second.sent.is_empty() {
            second.answer_refresh(unavailable(500));
        }
        second.wait(60_000);
    }
    while !second.sent.is_empty() {
        second.answer_refresh(unavailable(500));
    }
    (first, second)
}

/// Whether the tab makes a quick retry after the next failed refresh, so that the caller still waits.
fn retries_quickly(tab: &mut Tab) -> bool {
    tab.pass(400_000);
    let caller = tab.ask();
    tab.answer_refresh(unavailable(500));
    !tab.is_reconnecting(caller)
}

#[test]
fn another_tabs_renewal_or_sign_in_ends_the_back_off() {
    for is_renewal in [true, false] {
        let (mut first, mut second) = backing_off();
        first.pass(360_000);
        if is_renewal {
            first.renew(1);
        } else {
            first.sign_in(token("second", STORE, 300.0, 5));
        }
        second.hears_of(&first);
        assert!(retries_quickly(&mut second));
    }
}

/// FusionAuth has confirmed the sign-out of one tab. The other tab learns of it while its refresh is in flight, and signs out again.
#[test]
fn the_reason_of_a_sign_out_stays_when_another_tab_signs_out_once_more() {
    let (mut first, mut second) = two_tabs();
    second.pass(400_000);
    second.ask();
    first.sign_out();
    second.hears_of(&first);
    second.answer_refresh(refreshed(1));
    first.hears_of(&second);
    assert_eq!(ended(&first), Some(SignOutReason::UserRequest));
}

/// The cookie now belongs to the other application.
#[test]
fn a_tab_that_refreshed_without_the_lock_logs_out_no_sign_in_that_replaced_the_session() {
    let (mut first, mut second) = two_tabs();
    second.lock = LockState::Unavailable;
    for tab in [&mut second, &mut first] {
        tab.pass(400_000);
        tab.ask();
    }
    second.answer_refresh(refreshed(1));
    first.answer_refresh(RefreshAnswer::Refreshed(token("shopper", FORUMS, 300.0, 2)));
    second.hears_of(&first);
    assert_eq!((ended(&second), second.logouts), (Some(SignOutReason::Replaced), 0));
}

#[test]
fn cleared_site_data_sign_out_although_another_tab_has_stored_the_same_session_again() {
    let mut tab = Tab::signed_in(300.0);
    tab.event(Event::StorageChanged(Stored::Nothing, tab.stored()));
    assert_eq!(ended(&tab), Some(SignOutReason::UserRequest));
}

/// A tab's own view of storage may lag behind the event.
#[test]
fn an_older_record_is_put_right_although_storage_still_shows_the_newer_one() {
    let mut first = Tab::signed_in(300.0);
    let older = first.reloaded().stored();
    first.event(Event::SignOutRequested);
    let newest = first.storage.take().unwrap().0;
    first.event(Event::StorageChanged(older, Stored::from_record(newest.clone(), None)));
    assert!(first.storage.unwrap().0 == newest);
}

#[test]
fn a_hidden_tab_sets_no_timer_and_renews_for_nobody() {
    let mut renewing = Tab::expired();
    renewing.ask();
    for _ in 0..3 {
        renewing.answer_refresh(unavailable(500));
        renewing.wait(2_000);
    }
    let mut signing_out = Tab::signed_in(300.0);
    signing_out.event(Event::SignOutRequested);
    signing_out.answer_logout(LogoutAnswer::Failed);
    for mut tab in [renewing, signing_out] {
        tab.event(Event::Hidden);
        assert_eq!(tab.timer, None);
        tab.pass(600_000);
        let before = tab.refreshes;
        tab.event(Event::StorageChanged(tab.stored(), tab.stored()));
        assert_eq!(tab.refreshes, before);
    }
}
