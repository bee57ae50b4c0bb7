//! L1-L4: from any state, whoever is fair reaches the goal within a bound: requests are answered, storage catches up,
//! locks are granted or given up, timers go off.

use crate::{
    next::waiting,
    server::is_bearer,
    setup::Setup,
    watch::{Property, is_signed_in},
    world::{Action, CallerState, World},
};
use fusionauth_session::{Epoch, Request, SessionState, SignOutReason};

/// So many steps are enough from any state.
const STEPS: usize = 300;

impl Setup {
    /// Which liveness property does not hold from here.
    pub(crate) fn stuck(&self, world: &World) -> Option<Property> {
        let mut world = world.clone();
        let stuck = self.stuck_after(&mut world);
        // What else broke on the way counts before.
        world.broken.or(stuck)
    }

    fn stuck_after(&self, world: &mut World) -> Option<Property> {
        // First with the tabs that are awake alone: a frozen one may hold the lock. A hidden one does what others wait for.
        self.run(world).or_else(|| {
            for tab in 0..world.tabs.len() {
                if world.tabs[tab].machine.is_some() && (world.tabs[tab].frozen || world.tabs[tab].hidden) {
                    self.act(world, Action::Thaw { tab });
                }
            }
            self.run(world)
        })
    }

    /// Runs until nothing is left to do, and judges what came of it.
    fn run(&self, world: &mut World) -> Option<Property> {
        if !self.settle_down(world) {
            return Some(Property::L4);
        }
        if let Some(broken) = Self::judge(world) {
            return Some(broken);
        }
        // L1: whoever is signed in, and holds what FusionAuth takes, gets a token.
        for tab in 0..world.tabs.len() {
            // A hidden tab tries again when it is shown.
            if !is_signed_in(world, tab) || !world.tabs[tab].is_awake() || world.tabs[tab].hidden {
                continue;
            }
            if !is_bearer(self.transport) && !world.holds_live_cookie() {
                if self.goes_on_in_vain(world, tab) {
                    return Some(Property::S3);
                }
                continue;
            }
            if !world.holds_live_cookie() {
                continue;
            }
            if self.is_served(&mut world.clone(), tab) != Some(true) {
                return Some(Property::L1);
            }
        }
        None
    }

    /// Whether a caller gets what it asked for, or is told that somebody else has taken over. Nothing if there is no end.
    fn is_served(&self, world: &mut World, tab: usize) -> Option<bool> {
        world.budget.wants = 1;
        world.tabs[tab].callers.clear();
        self.act(world, Action::Want { tab, stale: false });
        let holds = |world: &World| world.tabs[tab].callers.iter().any(|it| matches!(it.state, CallerState::Holding(_)));
        // Two sends are what a request has.
        for _ in 0..2 {
            if !self.settle_down(world) {
                return None;
            }
            if is_bearer(self.transport) || !holds(world) {
                break;
            }
            if self.call(world, tab, false) {
                return Some(true);
            }
        }
        let settled = self.settle_down(world);
        settled.then(|| {
            is_bearer(self.transport) && holds(world)
                || matches!(
                    world.tabs[tab].machine.as_ref().map(|it| it.state()),
                    Some(SessionState::SignedOut(Some(SignOutReason::Replaced)))
                )
        })
    }

    /// S3: whose cookies were taken over, or are gone, learns it in a few requests; it is no state to stay in.
    fn goes_on_in_vain(&self, world: &World, tab: usize) -> bool {
        let mut world = world.clone();
        let served = (0..3).any(|_| self.is_served(&mut world, tab) == Some(true));
        !served && is_signed_in(&world, tab)
    }

    pub(crate) fn settle_down(&self, world: &mut World) -> bool {
        for _ in 0..STEPS {
            let Some(action) = self.fair(world) else { return true };
            self.act(world, action);
        }
        false
    }

    fn fair(&self, world: &World) -> Option<Action> {
        let awake = |tab: &usize| world.tabs[*tab].is_awake();
        let tabs = || (0..world.tabs.len()).filter(awake);
        if let Some(tab) = tabs().find(|it| world.tabs[*it].unwritten.is_some()) {
            return Some(Action::WriteLate { tab });
        }
        if let Some(tab) = tabs().find(|it| !world.tabs[*it].events.is_empty()) {
            return Some(Action::Hear { tab, stale: false });
        }
        if let Some(message) = world.net.iter().position(|it| it.answer.is_none()) {
            return Some(Action::Serve { message });
        }
        let deliverable = |it: &crate::world::Message| world.is_orphan(it) || world.tabs[it.ticket.tab].is_awake();
        if let Some(message) = world.net.iter().position(deliverable) {
            return Some(Action::Deliver { message, stale: false });
        }
        let first = world.queue.iter().map(|it| it.tab).find(awake);
        if let Some(tab) = first {
            if world.holder.is_none() || !self.locks {
                return Some(Action::SessionToken { tab, stale: false });
            }
            let holder_sleeps = world.holder.is_some_and(|it| world.tabs[it.tab].frozen);
            if holder_sleeps && self.sabotage.is_none_or(|it| it.has_lock_bound()) {
                return Some(Action::LockTimeout { tab });
            }
        }
        let timers = tabs().filter(|it| world.tabs[*it].timer.is_some());
        timers.min_by_key(|it| world.tabs[*it].timer).map(|tab| Action::Fire { tab })
    }

    fn judge(world: &World) -> Option<Property> {
        let awake: Vec<usize> = (0..world.tabs.len()).filter(|it| world.tabs[*it].is_awake()).collect();
        let machines = || awake.iter().filter_map(|it| world.tabs[*it].machine.as_ref());
        if machines().any(|it| *it.state() == SessionState::Loading) {
            return Some(Property::L3);
        }
        if awake.iter().any(|it| waiting(world, *it).is_some()) {
            return Some(Property::L4);
        }
        let waits = |it: &usize| world.tabs[*it].callers.iter().any(|it| it.state == CallerState::Waiting);
        if awake.iter().any(waits) {
            return Some(Property::S9);
        }
        let everybody_looks = world.tabs.iter().all(|it| it.machine.is_none() || !it.frozen && !it.hidden);
        if world.history.storage_failed || !everybody_looks {
            return None;
        }
        // L2: everybody knows the newest sign-in or sign-out, and so does storage.
        let newest = machines().map(|it| it.version().epoch).max()?;
        let stored = world.storage.as_ref().map(|it| it.epoch).unwrap_or_default();
        let agree = if world.history.cleared && world.storage.is_none() {
            // Whoever opens a tab finds nothing, and whoever was there has signed out.
            machines().all(|it| matches!(it.state(), SessionState::SignedOut(_)))
        } else {
            machines().all(|it| it.version().epoch == newest) && stored == newest && newest >= world.history.signed_out
        };
        if !agree {
            return Some(Property::L2);
        }
        machines().find_map(|it| match it.state() {
            SessionState::SignedOut(reason) => Self::judge_signed_out(world, newest, *reason),
            SessionState::SignedIn { .. } | SessionState::Loading => None,
        })
    }

    /// What is wrong with a tab that shows this, once nothing more happens.
    fn judge_signed_out(world: &World, newest: Epoch, reason: Option<SignOutReason>) -> Option<Property> {
        // Nobody hears of the cookie that comes after its tab has died.
        let excused = world.history.sign_in_lost || world.history.orphaned;
        match reason {
            // S2: after a sign-out FusionAuth takes nothing that the browser holds. A page that was loaded since shows no reason.
            Some(SignOutReason::UserRequest) if world.holds_live_cookie() && !excused => Some(Property::S2),
            None if newest != Epoch::default() && world.holds_live_cookie() && !excused => Some(Property::S2),
            // L1: a session that could be renewed was not given up.
            Some(SignOutReason::Expired) if Self::could_go_on(world) => Some(Property::L1),
            // Nor one that a visit began with.
            None if Self::could_go_on(world) && world.jar.access.is_some_and(|it| !it.is_over(world.now)) => Some(Property::L1),
            _ => None,
        }
    }

    /// Excluded is what is stated in DESIGN.md: without locks, after a lock wait that was over, and where a request was
    /// cut off from its tab, a winner's answer may come after the loser has asked twice.
    fn could_go_on(world: &World) -> bool {
        let history = &world.history;
        let excused = history.unlocked || history.orphaned || history.sign_in_lost || history.lost;
        let under_way = world.net.iter().any(|it| it.request == Request::Refresh);
        !excused && !under_way && world.holds_live_cookie()
    }
}
