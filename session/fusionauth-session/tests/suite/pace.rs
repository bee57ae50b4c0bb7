//! How often the browser sends refreshes. All tabs share one rate limit, and it survives a reload.

use crate::support::{
    STORE, Tab,
    short::{ended, is_signed_in, refreshed, two_tabs, unavailable},
    token,
};
use fusionauth_session::{Event, RefreshAnswer, SignOutReason};

const PAUSE: RefreshAnswer = RefreshAnswer::Unavailable { status: 429, retry_after_ms: Some(600_000) };

/// Two tabs of one session with an expired token. FusionAuth has answered a refresh of the first with a pause of ten minutes.
fn paused() -> (Tab, Tab) {
    let (mut first, mut second) = two_tabs();
    first.pass(400_000);
    second.pass(400_000);
    first.ask();
    first.answer_refresh(PAUSE);
    (first, second)
}

#[test]
fn a_pause_that_one_tab_was_asked_for_is_kept_by_the_others() {
    let (first, mut second) = paused();
    second.hears_of(&first);
    let caller = second.ask();
    assert!(second.is_reconnecting(caller) && second.refreshes == 0);
    second.wait(599_000);
    assert_eq!(second.refreshes, 0);
    second.wait(2_000);
    assert_eq!(second.refreshes, 1, "the tab refreshes after the pause");
}

#[test]
fn a_pause_outlives_a_reload() {
    let (mut first, _) = paused();
    first.pass(100_000);
    let mut tab = first.reloaded();
    let caller = tab.ask();
    assert!(tab.is_reconnecting(caller) && is_signed_in(&tab), "the page loads without waiting for the pause");
    tab.wait(499_000);
    assert_eq!(tab.refreshes, 0);
    tab.wait(2_000);
    assert_eq!(tab.refreshes, 1);
}

#[test]
fn a_clock_set_back_does_not_make_a_pause_endless() {
    for back_ms in [3_600_000, 1_790_000_000_000] {
        let (mut first, _) = paused();
        first.now.wall_ms -= back_ms;
        let tab = first.reloaded();
        assert_eq!(tab.refreshes, 1, "the tab ignores the pause and refreshes");
    }
    let (mut first, _) = paused();
    first.storage.as_mut().unwrap().0.throttle_ms = u64::MAX;
    let mut tab = first.reloaded();
    tab.wait(3_630_000);
    assert_eq!(tab.refreshes, 1, "a pause lasts an hour at most");
}

#[test]
fn a_sign_in_ends_a_pause() {
    let (mut first, _) = paused();
    first.sign_in(token("shopper", STORE, 300.0, 7));
    first.pass(400_000);
    first.ask();
    assert_eq!(first.refreshes, 2);
    first.answer_refresh(RefreshAnswer::Refused);
    assert_eq!(ended(&first), Some(SignOutReason::Expired));
}

/// A backend answers 401 to every request of ten tabs, and each tab gets the storage events of the others. The test counts the refreshes in
/// half a minute.
#[test]
fn ten_tabs_refresh_no_faster_than_one() {
    let first = Tab::signed_in(300.0);
    let mut tabs: Vec<Tab> = (0..10).map(|_| first.reloaded()).collect();
    let mut serial = 0;
    for _second in 0..30 {
        for at in 0..tabs.len() {
            tabs[at].event(Event::TimerFired);
            let caller = tabs[at].ask();
            if let Some(grant) = tabs[at].grant(caller) {
                tabs[at].refused(grant);
            }
            while !tabs[at].sent.is_empty() {
                serial += 1;
                // FusionAuth fails sometimes.
                tabs[at].answer_refresh(if serial % 4 == 0 { unavailable(500) } else { refreshed(serial) });
            }
            let storage = tabs[at].storage.clone();
            for other in (0..tabs.len()).filter(|it| *it != at) {
                tabs[other].storage = storage.clone();
                let stored = tabs[other].stored();
                tabs[other].event(Event::StorageChanged(stored.clone(), stored));
            }
        }
        tabs.iter_mut().for_each(|it| it.pass(1_000));
    }
    let refreshes: usize = tabs.iter().map(|it| it.refreshes).sum();
    assert!((11..=20).contains(&refreshes), "{refreshes} refreshes in half a minute");
}
