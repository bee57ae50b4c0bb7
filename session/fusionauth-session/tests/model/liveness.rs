//! The liveness properties L1-L4: from any state, a bounded number of fair actions leads to the goal. Fair means that requests get
//! answers, storage catches up, tabs get the lock or give it up, and timers fire.

use crate::{
    actions::waiting,
    broken_machine::BrokenMachine,
    properties::{Property, is_signed_in},
    server::is_bearer,
    setup::Setup,
    state::{Action, CallerState, ModelState},
};
use fusionauth_session::{Epoch, Machine, Request, SessionState, SignOutReason, TokenStorage};

/// The number of fair actions after which every state must have settled.
const STEPS: usize = 300;

impl Setup {
    /// The liveness property that does not hold from this state, if any.
    pub(crate) fn stuck(&self, model: &ModelState) -> Option<Property> {
        let mut model = model.clone();
        let stuck = self.stuck_after(&mut model);
        // Another property that broke on the way takes precedence.
        model.broken.or(stuck)
    }

    fn stuck_after(&self, model: &mut ModelState) -> Option<Property> {
        // At first frozen tabs stay frozen, because one of them may hold the lock that others wait for. Then they and hidden tabs wake.
        self.run(model).or_else(|| {
            for tab in 0..model.tabs.len() {
                if model.tabs[tab].machine.is_some() && (model.tabs[tab].frozen || model.tabs[tab].hidden) {
                    self.act(model, Action::Thaw { tab });
                }
            }
            self.run(model)
        })
    }

    /// Runs until nothing is left to do, and returns the property that does not hold then, if any.
    fn run(&self, model: &mut ModelState) -> Option<Property> {
        if !self.settle_down(model) {
            return Some(Property::L4);
        }
        if let Some(broken) = Self::judge(model) {
            return Some(broken);
        }
        if self.tokens_differ(model) {
            return Some(Property::L2);
        }
        // L1: a signed-in user with credentials that FusionAuth accepts gets a token.
        for tab in 0..model.tabs.len() {
            // A hidden tab retries when the user returns to it.
            if !is_signed_in(model, tab) || !model.tabs[tab].is_awake() || model.tabs[tab].hidden {
                continue;
            }
            if !is_bearer(self.token_storage) && !model.holds_live_cookie() {
                if self.goes_on_in_vain(model, tab) {
                    return Some(Property::S3);
                }
                continue;
            }
            if !model.holds_live_cookie() {
                continue;
            }
            if self.is_served(&mut model.clone(), tab) != Some(true) {
                return Some(Property::L1);
            }
        }
        None
    }

    /// Whether a new caller gets a working credential, or learns that another user or application has replaced the session. `None` if the
    /// run does not end.
    fn is_served(&self, model: &mut ModelState, tab: usize) -> Option<bool> {
        model.budget.wants = 1;
        model.tabs[tab].callers.clear();
        self.act(model, Action::RequestCredential { tab, stale: false });
        let holds = |model: &ModelState| model.tabs[tab].callers.iter().any(|it| matches!(it.state, CallerState::Holding(_)));
        // A request is sent at most twice.
        for _ in 0..2 {
            if !self.settle_down(model) {
                return None;
            }
            if is_bearer(self.token_storage) || !holds(model) {
                break;
            }
            if self.call(model, tab, false) {
                return Some(true);
            }
        }
        let settled = self.settle_down(model);
        settled.then(|| {
            is_bearer(self.token_storage) && holds(model)
                || matches!(
                    model.tabs[tab].machine.as_ref().map(|it| it.state()),
                    Some(SessionState::SignedOut(Some(SignOutReason::Replaced)))
                )
        })
    }

    /// Checks S3: within a few requests, a tab must learn that its cookies are gone or replaced. Returns whether it fails to.
    fn goes_on_in_vain(&self, model: &ModelState, tab: usize) -> bool {
        let mut model = model.clone();
        let served = (0..3).any(|_| self.is_served(&mut model, tab) == Some(true));
        !served && is_signed_in(&model, tab)
    }

    pub(crate) fn settle_down(&self, model: &mut ModelState) -> bool {
        for _ in 0..STEPS {
            let Some(action) = self.next_fair_action(model) else { return true };
            self.act(model, action);
        }
        false
    }

    fn next_fair_action(&self, model: &ModelState) -> Option<Action> {
        let awake = |tab: &usize| model.tabs[*tab].is_awake();
        let tabs = || (0..model.tabs.len()).filter(awake);
        if let Some(tab) = tabs().find(|it| model.tabs[*it].unwritten.is_some()) {
            return Some(Action::WriteLate { tab });
        }
        if let Some(tab) = tabs().find(|it| !model.tabs[*it].events.is_empty()) {
            return Some(Action::DeliverStorageEvent { tab, stale: false });
        }
        if let Some(message) = model.net.iter().position(|it| it.answer.is_none()) {
            return Some(Action::Serve { message });
        }
        let deliverable = |it: &crate::state::Message| model.is_orphan(it) || model.tabs[it.operation.tab].is_awake();
        if let Some(message) = model.net.iter().position(deliverable) {
            return Some(Action::Deliver { message, stale: false });
        }
        if let Some(tab) = tabs().find(|it| Self::submits_held(model, *it)) {
            let user = model.tabs[tab].held?;
            return Some(Action::SubmitHeld { tab, user });
        }
        if let Some(tab) = tabs().find(|it| waiting(model, *it).is_some() && Self::may_adopt(model, *it)) {
            return Some(Action::GrantLock { tab, stale: false });
        }
        let ends = |tab: &usize| model.tabs[*tab].early.is_some() && self.broken_machine != Some(BrokenMachine::EarlyWithoutALimit);
        if let Some(tab) = (0..model.tabs.len()).find(ends) {
            return Some(Action::DropEarly { tab });
        }
        let expects = |tab: &usize| model.tabs[*tab].expected.is_some() && self.broken_machine != Some(BrokenMachine::ExpectsWithoutALimit);
        if let Some(tab) = (0..model.tabs.len()).find(expects) {
            return Some(Action::GiveBack { tab });
        }
        let first = model.queue.iter().map(|it| it.tab).find(awake);
        if let Some(tab) = first {
            if model.holder.is_none() || !self.locks {
                return Some(Action::GrantLock { tab, stale: false });
            }
            let holder_sleeps = model.holder.is_some_and(|it| model.tabs[it.tab].frozen);
            if holder_sleeps && self.broken_machine.is_none_or(|it| it.has_lock_bound()) {
                return Some(Action::LockTimeout { tab });
            }
        }
        let timers = tabs().filter(|it| model.tabs[*it].timer.is_some());
        timers.min_by_key(|it| model.tabs[*it].timer).map(|tab| Action::FireTimer { tab })
    }

    fn judge(model: &ModelState) -> Option<Property> {
        let awake: Vec<usize> = (0..model.tabs.len()).filter(|it| model.tabs[*it].is_awake()).collect();
        let machines = || awake.iter().filter_map(|it| model.tabs[*it].machine.as_ref());
        if machines().any(|it| *it.state() == SessionState::Loading) {
            return Some(Property::L3);
        }
        if awake.iter().any(|it| waiting(model, *it).is_some()) {
            return Some(Property::L4);
        }
        let waits = |it: &usize| model.tabs[*it].callers.iter().any(|it| it.state == CallerState::Waiting);
        if awake.iter().any(waits) {
            return Some(Property::S9);
        }
        let everybody_looks = model.tabs.iter().all(|it| it.machine.is_none() || !it.frozen && !it.hidden);
        if model.history.storage_failed || !everybody_looks {
            return None;
        }
        // L2: every tab knows the newest sign-in or sign-out, and so does storage.
        let newest = machines().map(|it| it.version().epoch).max()?;
        let stored = model.storage.as_ref().map(|it| it.epoch).unwrap_or_default();
        let agree = if model.history.cleared && model.storage.is_none() {
            // The user has cleared the site data, so every open tab must have signed out.
            machines().all(|it| matches!(it.state(), SessionState::SignedOut(_)))
        } else {
            machines().all(|it| it.version().epoch == newest) && stored == newest && newest >= model.history.signed_out
        };
        if !agree {
            return Some(Property::L2);
        }
        machines().find_map(|it| match it.state() {
            SessionState::SignedOut(reason) => Self::judge_signed_out(model, newest, *reason),
            SessionState::SignedIn { .. } | SessionState::Loading => None,
        })
    }

    /// L2: tabs with the same session version have the same token, because a tab ignores a record of its own version. There are two
    /// exceptions: without locks, two renewals at once may write the same version, and a tab keeps its token if the record has a token of
    /// the sibling application.
    fn tokens_differ(&self, model: &ModelState) -> bool {
        let excused = model.history.unlocked || model.history.orphaned || self.budget.mix_ups > 0;
        if self.token_storage != TokenStorage::LocalStorage || excused {
            return false;
        }
        let machines = || model.tabs.iter().filter_map(|it| it.machine.as_ref());
        let differ = |one: &Machine, other: &Machine| {
            one.version() == other.version()
                && matches!((one.access_token(), other.access_token()), (Some(one), Some(other)) if one != other)
        };
        machines().any(|one| machines().any(|other| differ(one, other)))
    }

    /// The property that a signed-out tab breaks when nothing is left to do, if any.
    fn judge_signed_out(model: &ModelState, newest: Epoch, reason: Option<SignOutReason>) -> Option<Property> {
        // If a tab was closed while its request was in flight, no other tab learns of the cookie in the answer.
        let excused = model.history.sign_in_lost || model.history.orphaned;
        match reason {
            // S2: after a sign-out FusionAuth accepts no cookie of the browser. A page that was loaded after the sign-out shows no reason.
            Some(SignOutReason::UserRequest) if model.holds_live_cookie() && !excused => Some(Property::S2),
            None if newest != Epoch::default() && model.holds_live_cookie() && !excused => Some(Property::S2),
            // L1: a session that could be renewed has not ended.
            Some(SignOutReason::Expired) if Self::could_go_on(model) => Some(Property::L1),
            // L1: the same holds for a session that existed when the page was opened.
            None if Self::could_go_on(model) && model.jar.access.is_some_and(|it| !it.is_over(model.now)) => Some(Property::L1),
            _ => None,
        }
    }

    /// Whether FusionAuth would still renew a session that has ended. `DESIGN.md` states the exceptions: without locks, after a wait for
    /// the lock timed out, and after a tab with a request in flight closed, one tab's answer may arrive after another tab was refused
    /// twice.
    fn could_go_on(model: &ModelState) -> bool {
        let history = &model.history;
        let excused = history.unlocked || history.orphaned || history.sign_in_lost || history.lost;
        let under_way = model.net.iter().any(|it| it.request == Request::Refresh);
        !excused && !under_way && model.holds_live_cookie()
    }
}
