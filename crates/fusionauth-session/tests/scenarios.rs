//! What a shopper's session does, one situation a test.

mod support;

use fusionauth_session::{
    CallerId, Connection, EndCause, Event, Grant, Lock, LogoutAnswer, Notice, RefreshAnswer, Request, SignIn, SignInAnswer, SignInId, View,
};
use support::{FORUMS, STORE, Tab, token};

fn refreshed(serial: u32) -> RefreshAnswer {
    RefreshAnswer::Refreshed(token("shopper", STORE, 300.0, serial))
}
fn unavailable(status: u16) -> RefreshAnswer {
    RefreshAnswer::Unavailable { status, retry_after_ms: None }
}
fn is_signed_in(tab: &Tab) -> bool {
    matches!(tab.machine.view(), View::SignedIn { .. })
}
fn ended(tab: &Tab) -> Option<EndCause> {
    match tab.machine.view() {
        View::SignedOut(cause) => *cause,
        View::SignedIn { .. } | View::Loading => None,
    }
}

#[test]
fn a_first_visit_shows_the_form_and_sends_nothing() {
    let mut tab = Tab::new();
    tab.boot();
    assert_eq!(tab.machine.view(), &View::SignedOut(None));
    assert!(tab.sent.is_empty() && tab.storage.is_none() && tab.timer.is_none());
}

#[test]
fn signing_in_stores_the_session_and_shows_it_before_the_form_is_told() {
    let mut tab = Tab::new();
    tab.boot();
    let attempt = tab.sign_in(token("shopper", STORE, 300.0, 0));
    assert_eq!(tab.signed_in[&attempt], SignIn::SignedIn);
    assert!(is_signed_in(&tab));
    assert!(is_signed_in(&tab.reloaded()));
    assert!(tab.held.is_empty(), "the lock is freed");
}

#[test]
fn a_token_for_another_application_signs_nobody_in() {
    let mut tab = Tab::new();
    tab.boot();
    let attempt = tab.sign_in(token("shopper", FORUMS, 300.0, 0));
    assert_eq!(tab.signed_in[&attempt], SignIn::UnusableToken);
    assert_eq!(tab.machine.view(), &View::SignedOut(None));
    assert!(tab.storage.is_none());
}

#[test]
fn fifty_callers_with_an_expired_token_cause_one_refresh() {
    let mut tab = Tab::signed_in(300.0);
    tab.pass(400_000);
    let callers: Vec<u32> = (0..50).map(|_| tab.ask()).collect();
    assert_eq!(tab.refreshes, 1);
    assert!(tab.settled.is_empty(), "no token that is over is handed out");
    tab.answer_refresh(refreshed(1));
    let grants: Vec<Grant> = callers.iter().map(|it| tab.grant(*it).expect("a token")).collect();
    assert!(grants.iter().all(|it| it.token == token("shopper", STORE, 300.0, 1).token));
    assert_eq!(tab.refreshes, 1);
}

#[test]
fn near_its_end_a_token_is_used_while_one_renewal_runs_behind() {
    let mut tab = Tab::signed_in(300.0);
    tab.pass(250_000);
    let callers: Vec<u32> = (0..20).map(|_| tab.ask()).collect();
    assert!(callers.iter().all(|it| tab.grant(*it).is_some()));
    assert_eq!(tab.refreshes, 1);
    tab.answer_refresh(refreshed(1));
    assert_eq!(tab.views.len(), 2, "the view changes when somebody signs in, and not when a token does");
}

#[test]
fn an_expired_session_is_renewed_silently_at_boot() {
    let mut earlier = Tab::signed_in(300.0);
    earlier.pass(3_600_000);
    let mut tab = earlier.reloaded();
    assert_eq!(tab.machine.view(), &View::Loading);
    assert_eq!(tab.refreshes, 1);
    tab.answer_refresh(refreshed(1));
    assert!(is_signed_in(&tab));
}

#[test]
fn a_record_without_its_token_is_renewed_silently_at_boot() {
    let mut earlier = Tab::signed_in(300.0);
    if let Some((record, claims)) = &mut earlier.storage {
        record.session.as_mut().unwrap().token = None;
        *claims = None;
    }
    let mut tab = earlier.reloaded();
    assert_eq!((tab.machine.view(), tab.refreshes), (&View::Loading, 1));
    tab.answer_refresh(refreshed(1));
    assert!(is_signed_in(&tab));
}

#[test]
fn a_refused_refresh_ends_the_session_once_with_its_cause() {
    let mut tab = Tab::signed_in(300.0);
    tab.pass(400_000);
    let caller = tab.ask();
    tab.answer_refresh(RefreshAnswer::Refused);
    assert!(tab.is_signed_out(caller));
    assert_eq!(ended(&tab), Some(EndCause::Expired));
    assert_eq!(ended(&tab.reloaded()), Some(EndCause::Expired));
    assert_eq!((tab.refreshes, tab.logouts), (1, 0));
    let later = tab.ask();
    assert!(tab.is_signed_out(later));
    assert_eq!(tab.refreshes, 1, "no loop");
}

#[test]
fn whatever_is_not_definitive_signs_nobody_out() {
    for answer in [
        unavailable(403),
        unavailable(408),
        unavailable(429),
        unavailable(500),
        unavailable(503),
        unavailable(200),
        RefreshAnswer::NoAnswer,
    ] {
        let mut tab = Tab::signed_in(300.0);
        tab.pass(400_000);
        tab.ask();
        for _ in 0..6 {
            if tab.sent.is_empty() {
                tab.wait(3_700_000);
                tab.ask();
            }
            tab.answer_refresh(answer.clone());
        }
        assert!(is_signed_in(&tab));
        tab.wait(3_700_000);
        let caller = tab.ask();
        if !tab.sent.is_empty() {
            tab.answer_refresh(refreshed(1));
        }
        assert!(tab.grant(caller).is_some(), "and it goes on as soon as FusionAuth answers");
    }
}

#[test]
fn two_quick_retries_are_waited_for_and_then_callers_learn_that_it_takes_longer() {
    let mut tab = Tab::signed_in(300.0);
    tab.pass(400_000);
    let caller = tab.ask();
    tab.answer_refresh(unavailable(500));
    tab.wait(500);
    tab.answer_refresh(RefreshAnswer::NoAnswer);
    tab.wait(1_500);
    assert!(!tab.settled.contains_key(&caller));
    assert!(matches!(tab.machine.view(), View::SignedIn { connection: Connection::Good, .. }));
    tab.answer_refresh(unavailable(500));
    assert!(tab.is_reconnecting(caller));
    assert!(matches!(tab.machine.view(), View::SignedIn { connection: Connection::Reconnecting, .. }));
    tab.wait(5_000);
    assert_eq!(tab.refreshes, 4, "it is tried again by itself");
    tab.answer_refresh(refreshed(1));
    assert!(matches!(tab.machine.view(), View::SignedIn { connection: Connection::Good, .. }));
}

#[test]
fn a_pause_that_the_server_asks_for_is_kept_whoever_asks() {
    let mut tab = Tab::signed_in(300.0);
    tab.pass(400_000);
    let caller = tab.ask();
    tab.answer_refresh(RefreshAnswer::Unavailable { status: 429, retry_after_ms: Some(30_000) });
    assert!(tab.is_reconnecting(caller));
    tab.wait(20_000);
    let impatient = tab.ask();
    assert!(tab.is_reconnecting(impatient));
    assert_eq!(tab.refreshes, 1);
    tab.wait(10_000);
    assert_eq!(tab.refreshes, 2);
}

#[test]
fn a_refresh_that_hangs_keeps_no_caller_for_longer_than_ten_seconds() {
    let mut tab = Tab::signed_in(300.0);
    tab.pass(400_000);
    let caller = tab.ask();
    tab.wait(10_000);
    assert!(tab.is_reconnecting(caller));
    assert_eq!(tab.sent.len(), 1, "the request itself runs on: its answer may carry the only copy of a cookie");
    tab.wait(20_000);
    tab.answer_refresh(refreshed(1));
    let caller = tab.ask();
    assert!(tab.grant(caller).is_some());
    assert_eq!(tab.refreshes, 1);
}

#[test]
fn loading_is_left_within_ten_seconds() {
    let mut earlier = Tab::signed_in(300.0);
    earlier.pass(3_600_000);
    let mut tab = earlier.reloaded();
    tab.wait(10_000);
    assert!(matches!(tab.machine.view(), View::SignedIn { connection: Connection::Reconnecting, .. }));
}

#[test]
fn a_401_forces_one_refresh_although_the_token_looks_fresh() {
    let mut tab = Tab::signed_in(300.0);
    let first = tab.ask();
    let grant = tab.grant(first).unwrap();
    let second = tab.refused(grant);
    assert_eq!(tab.refreshes, 1);
    tab.answer_refresh(refreshed(1));
    assert!(tab.grant(second).is_some());
}

#[test]
fn a_401_for_a_token_that_was_replaced_meanwhile_causes_no_refresh() {
    let mut tab = Tab::signed_in(300.0);
    let first = tab.ask();
    let old = tab.grant(first).unwrap();
    tab.pass(250_000);
    tab.ask();
    tab.answer_refresh(refreshed(1));
    let caller = tab.refused(old);
    assert!(tab.grant(caller).is_some());
    assert_eq!(tab.refreshes, 1);
}

#[test]
fn what_was_asked_as_one_person_is_never_replayed_as_another() {
    let mut tab = Tab::signed_in(300.0);
    let caller = tab.ask();
    let old = tab.grant(caller).unwrap();
    tab.event(Event::SignOutAsked);
    tab.answer_logout(LogoutAnswer::Done);
    tab.sign_in(token("second", STORE, 300.0, 0));
    let replay = tab.refused(old);
    assert!(tab.is_signed_out(replay));
}

#[test]
fn refreshes_are_bounded_whatever_a_backend_says() {
    let mut tab = Tab::signed_in(300.0);
    for serial in 1..1_000 {
        let caller = tab.ask();
        let Some(grant) = tab.grant(caller) else { break };
        tab.refused(grant);
        while !tab.sent.is_empty() {
            tab.answer_refresh(refreshed(serial));
        }
        tab.pass(1);
    }
    assert!(tab.refreshes <= 10, "{} refreshes within a second", tab.refreshes);
    assert!(is_signed_in(&tab));
}

#[test]
fn tokens_that_are_over_when_they_arrive_cause_no_loop() {
    let mut tab = Tab::signed_in(300.0);
    tab.pass(400_000);
    let caller = tab.ask();
    tab.answer_refresh(RefreshAnswer::Refreshed(token("shopper", STORE, 0.0, 1)));
    assert!(tab.is_reconnecting(caller));
    for serial in 0..600 {
        tab.wait(1_000);
        if !tab.sent.is_empty() {
            tab.answer_refresh(RefreshAnswer::Refreshed(token("shopper", STORE, 0.0, serial)));
        }
    }
    assert!(tab.refreshes < 30, "{} refreshes in ten minutes", tab.refreshes);
}

#[test]
fn a_token_of_the_sibling_application_ends_the_session_as_displaced() {
    for foreign in [token("shopper", FORUMS, 300.0, 1), token("second", STORE, 300.0, 1)] {
        let mut tab = Tab::signed_in(300.0);
        tab.pass(400_000);
        let caller = tab.ask();
        tab.answer_refresh(RefreshAnswer::Refreshed(foreign));
        assert!(tab.is_signed_out(caller));
        assert_eq!(ended(&tab), Some(EndCause::Displaced));
        assert_eq!((tab.refreshes, tab.logouts), (1, 0), "one refresh, and the sibling's session is left alone");
    }
}

#[test]
fn a_refreshed_token_that_says_nothing_about_its_owner_changes_nothing() {
    let mut tab = Tab::signed_in(300.0);
    tab.pass(400_000);
    tab.ask();
    tab.answer_refresh(RefreshAnswer::Refreshed(token("", STORE, 300.0, 1)));
    assert!(is_signed_in(&tab));
}

#[test]
fn signing_out_is_local_at_once_and_then_told() {
    let mut tab = Tab::signed_in(300.0);
    tab.event(Event::SignOutAsked);
    assert_eq!(ended(&tab), Some(EndCause::SignedOut));
    assert!(tab.storage.as_ref().unwrap().0.session.is_none(), "the token is gone from storage");
    assert_eq!(tab.logouts, 1);
    tab.answer_logout(LogoutAnswer::Done);
    assert!(!tab.storage.as_ref().unwrap().0.logout_pending);
    assert_eq!(tab.reloaded().machine.view(), &View::SignedOut(None));
}

#[test]
fn signing_out_offline_is_told_later_also_after_a_reload() {
    let mut tab = Tab::signed_in(300.0);
    tab.event(Event::SignOutAsked);
    tab.answer_logout(LogoutAnswer::Failed);
    let mut later = tab.reloaded();
    assert_eq!(later.machine.view(), &View::SignedOut(None));
    assert_eq!(later.logouts, 1);
    later.answer_logout(LogoutAnswer::Done);
    assert_eq!(later.reloaded().logouts, 0);
}

#[test]
fn signing_out_during_a_refresh_drops_its_answer_and_logs_out_after_it() {
    let mut tab = Tab::signed_in(300.0);
    tab.pass(400_000);
    let caller = tab.ask();
    tab.event(Event::SignOutAsked);
    assert!(tab.is_signed_out(caller));
    assert_eq!(tab.logouts, 0, "the logout waits: it must come after whatever cookie the refresh brings");
    tab.answer_refresh(refreshed(1));
    assert_eq!((ended(&tab), tab.logouts), (Some(EndCause::SignedOut), 1));
    assert!(tab.storage.as_ref().unwrap().0.session.is_none());
}

#[test]
fn a_sign_in_after_an_unconfirmed_sign_out_is_not_logged_out() {
    let mut tab = Tab::signed_in(300.0);
    tab.event(Event::SignOutAsked);
    tab.answer_logout(LogoutAnswer::Failed);
    tab.sign_in(token("shopper", STORE, 300.0, 5));
    tab.wait(600_000);
    assert_eq!(tab.logouts, 1);
    assert!(is_signed_in(&tab));
}

#[test]
fn sign_out_reaches_other_tabs_and_their_refresh_revives_nothing() {
    let mut first = Tab::signed_in(300.0);
    let mut second = first.reloaded();
    second.pass(400_000);
    second.ask();
    first.event(Event::SignOutAsked);
    second.hears_of(&first);
    assert_eq!(ended(&second), Some(EndCause::SignedOut));
    second.answer_refresh(refreshed(1));
    assert_eq!(ended(&second), Some(EndCause::SignedOut));
    assert_eq!(second.logouts, 1, "the refresh may have set a cookie");
}

#[test]
fn an_older_record_written_over_a_sign_out_is_put_right() {
    let mut first = Tab::signed_in(300.0);
    let stale = first.reloaded();
    first.event(Event::SignOutAsked);
    first.hears_of(&stale);
    assert_eq!(ended(&first), Some(EndCause::SignedOut));
    assert!(first.storage.as_ref().unwrap().0.session.is_none());
}

#[test]
fn another_tabs_renewal_is_adopted_without_a_request() {
    let mut first = Tab::signed_in(300.0);
    let mut second = first.reloaded();
    for tab in [&mut first, &mut second] {
        tab.pass(400_000);
    }
    first.ask();
    first.answer_refresh(refreshed(1));
    // It waits for the lock while the first one renews.
    second.lock_is_free = false;
    let caller = second.ask();
    second.storage = first.storage.clone();
    second.grant_lock();
    assert!(second.grant(caller).is_some());
    assert_eq!(second.refreshes, 0, "what lies in storage is looked at under the lock before anything is sent");
}

#[test]
fn a_refusal_after_another_tab_renewed_ends_nothing() {
    let mut first = Tab::signed_in(300.0);
    let mut second = first.reloaded();
    for tab in [&mut first, &mut second] {
        tab.pass(400_000);
        tab.lock = Lock::Unavailable;
        tab.ask();
    }
    first.answer_refresh(refreshed(1));
    second.storage = first.storage.clone();
    second.answer_refresh(RefreshAnswer::Refused);
    assert!(is_signed_in(&second));
}

#[test]
fn without_locks_a_loser_asks_once_more_before_it_gives_up() {
    let mut tab = Tab::signed_in(300.0);
    tab.lock = Lock::Unavailable;
    tab.pass(400_000);
    tab.ask();
    tab.answer_refresh(RefreshAnswer::Refused);
    assert!(is_signed_in(&tab));
    tab.wait(1_000);
    assert_eq!(tab.refreshes, 2);
    tab.answer_refresh(RefreshAnswer::Refused);
    assert!(is_signed_in(&tab), "the winner's answer may come in this moment");
    tab.wait(2_000);
    assert_eq!((ended(&tab), tab.refreshes), (Some(EndCause::Expired), 2));
}

#[test]
fn a_user_switch_in_another_tab_reaches_this_one() {
    let mut first = Tab::signed_in(300.0);
    let mut second = first.reloaded();
    first.event(Event::SignOutAsked);
    first.answer_logout(LogoutAnswer::Done);
    first.sign_in(token("second", STORE, 300.0, 0));
    second.hears_of(&first);
    assert!(matches!(second.machine.view(), View::SignedIn { user, .. } if user.id == "second"));
}

#[test]
fn focus_with_a_fresh_token_is_no_event_and_no_request() {
    let mut tab = Tab::signed_in(300.0);
    let views = tab.views.len();
    for _ in 0..100 {
        tab.event(Event::Hid);
        tab.event(Event::Woke(tab.stored()));
    }
    assert_eq!((tab.views.len(), tab.refreshes, tab.timer), (views, 0, None));
}

#[test]
fn after_a_night_asleep_one_refresh_comes_before_any_request() {
    let mut tab = Tab::signed_in(300.0);
    tab.event(Event::Hid);
    // The monotonic clock stood still meanwhile.
    tab.now.wall_ms += 8 * 3_600_000;
    tab.event(Event::Woke(tab.stored()));
    let caller = tab.ask();
    assert!(tab.grant(caller).is_none());
    assert_eq!(tab.refreshes, 1);
}

#[test]
fn no_timer_runs_while_hidden_or_signed_out() {
    let mut tab = Tab::signed_in(300.0);
    tab.pass(400_000);
    tab.ask();
    for _ in 0..3 {
        tab.answer_refresh(RefreshAnswer::NoAnswer);
        if tab.sent.is_empty() {
            tab.wait(2_000);
        }
    }
    assert!(tab.timer.is_some(), "while somebody looks, it is tried again");
    tab.event(Event::Hid);
    assert!(tab.timer.is_none());
    tab.event(Event::Woke(tab.stored()));
    tab.event(Event::SignOutAsked);
    while let Some((id, request)) = tab.sent.pop_front() {
        match request {
            Request::Refresh => tab.event(Event::RefreshAnswered(id, RefreshAnswer::Refused, tab.stored())),
            Request::Logout => tab.event(Event::LogoutAnswered(id, LogoutAnswer::Done)),
            Request::SignIn(_) | Request::WhoAmI => unreachable!("nobody signs in"),
        }
    }
    assert!(tab.timer.is_none());
}

#[test]
fn blocked_storage_is_told_once_and_the_tab_works_on() {
    let mut tab = Tab::new();
    tab.storage_works = false;
    tab.boot();
    tab.sign_in(token("shopper", STORE, 300.0, 0));
    assert!(is_signed_in(&tab));
    tab.pass(400_000);
    let caller = tab.ask();
    tab.answer_refresh(refreshed(1));
    assert!(tab.grant(caller).is_some());
    assert_eq!(tab.notices, [Notice::StorageUnavailable]);
}

#[test]
fn a_caller_that_goes_away_wedges_nothing() {
    let mut tab = Tab::signed_in(300.0);
    tab.pass(400_000);
    let gone = tab.ask();
    let stays = tab.ask();
    tab.event(Event::CallerGone(CallerId(gone)));
    tab.answer_refresh(refreshed(1));
    assert!(tab.grant(stays).is_some() && !tab.settled.contains_key(&gone));
}

#[test]
fn a_failed_sign_in_leaves_a_session_of_another_tab_alone() {
    let mut tab = Tab::new();
    tab.boot();
    tab.event(Event::SignInAsked(SignInId(9)));
    let (operation, _) = tab.sent.pop_front().unwrap();
    tab.storage = Tab::signed_in(300.0).storage;
    tab.event(Event::SignInAnswered(operation, SignInAnswer::Other(SignIn::InvalidCredentials), tab.stored()));
    assert_eq!(tab.signed_in[&9], SignIn::InvalidCredentials);
    assert!(is_signed_in(&tab));
}
