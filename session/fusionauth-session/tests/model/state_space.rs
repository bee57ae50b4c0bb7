//! Lists the actions that are possible in a state of the model, and runs the checker (stateright) over all of them.

use crate::{
    actions::waiting,
    explored::{self, Explored},
    properties::Property,
    server::is_bearer,
    setup::{Begin, Setup},
    state::{Action, CallerState, FORBIDDEN, HEALTHY, LIFETIME_MS, ModelState},
};
use fusionauth_session::SessionState;
use stateright::{Checker, HasDiscoveries, Model, Property as Checked};
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    time::Instant,
};

impl Model for Setup {
    type State = ModelState;
    type Action = Action;

    fn init_states(&self) -> Vec<ModelState> {
        let mut nobody = self.initial_state();
        for tab in 0..self.tabs {
            self.act(&mut nobody, Action::Open { tab, stale: false });
        }
        let mut somebody = nobody.clone();
        somebody.budget.sign_ins += 1;
        self.act(&mut somebody, Action::SignIn { tab: 0, user: 0 });
        self.settle_down(&mut somebody);
        somebody.history.unlocked = !self.locks;
        match self.begin {
            Begin::AtRest => {
                self.settle_down(&mut nobody);
                vec![nobody, somebody]
            }
            Begin::BeforeATabOpens => {
                self.settle_down(&mut nobody);
                let last = self.tabs - 1;
                let mut states = vec![nobody, somebody];
                states.iter_mut().for_each(|it| Self::close(it, last));
                states
            }
            Begin::WithAVisit | Begin::WithoutARecord | Begin::AfterTheBrowserClosed => {
                self.restart(&mut somebody);
                vec![nobody, somebody]
            }
        }
    }

    fn actions(&self, model: &ModelState, actions: &mut Vec<Action>) {
        if model.broken.is_some() {
            return;
        }
        for tab in 0..model.tabs.len() {
            self.actions_of_tab(model, tab, actions);
        }
        let budget = &model.budget;
        for (at, message) in model.net.iter().enumerate() {
            if message.answer.is_none() {
                actions.push(Action::Serve { message: at });
                if budget.faults > 0 {
                    actions.extend([Action::LoseBefore { message: at }, Action::AnswerBusy { message: at }]);
                }
                continue;
            }
            let tab = &model.tabs[message.operation.tab];
            let orphan = model.is_orphan(message);
            if orphan || !tab.frozen {
                actions.push(Action::Deliver { message: at, stale: false });
                if tab.lags && !orphan {
                    actions.push(Action::Deliver { message: at, stale: true });
                }
            }
            if budget.faults > 0 && !tab.frozen {
                actions.extend([Action::LoseAfter { message: at }, Action::Cut { message: at }]);
            }
        }
        let is_good = model.holds_good_access() || model.history.newest.is_some_and(|it| model.now < it.1 + LIFETIME_MS);
        if budget.expiries > 0 && is_good {
            actions.push(Action::Expire);
        }
        if budget.ages > 0 && model.history.newest.is_some_and(|it| model.now < it.1 + LIFETIME_MS - self.renew_soon_ms) {
            actions.push(Action::Age);
        }
        if budget.clears > 0 && model.storage.is_some() {
            actions.push(Action::Clear);
        }
        if budget.mix_ups > 0 && model.storage.as_ref().is_some_and(|it| it.session.is_some()) {
            actions.push(Action::MixUp);
        }
        if budget.siblings > 0 {
            actions.push(Action::Sibling);
        }
        if budget.revocations > 0 && model.holds_live_cookie() {
            actions.push(Action::Revoke);
        }
    }

    fn next_state(&self, model: &ModelState, action: Action) -> Option<ModelState> {
        let mut next = model.clone();
        self.act(&mut next, action);
        (next != *model).then_some(next)
    }

    fn properties(&self) -> Vec<Checked<Self>> {
        // The checker evaluates this once for each state. The checks of transitions in `properties.rs` note a violation in the state.
        vec![Checked::always("unbroken", |setup: &Self, model| setup.broken(model).is_none())]
    }
}

impl Setup {
    /// The property that broke on the way to a state, or that cannot hold from there on.
    fn broken(&self, model: &ModelState) -> Option<Property> {
        let is_watched = |it: &Property| self.watched.is_none_or(|watched| watched == *it);
        model.broken.or_else(|| self.is_sampled(model).then(|| self.stuck(model)).flatten().filter(is_watched))
    }

    fn actions_of_tab(&self, model: &ModelState, tab: usize, actions: &mut Vec<Action>) {
        let (budget, it) = (&model.budget, &model.tabs[tab]);
        let looks = |make: fn(usize, bool) -> Action, actions: &mut Vec<Action>| {
            actions.push(make(tab, false));
            if it.lags {
                actions.push(make(tab, true));
            }
        };
        let Some(machine) = &it.machine else {
            // In the model a machine reads the newest record when it starts.
            actions.push(Action::Open { tab, stale: false });
            self.actions_before_boot(model, tab, actions);
            return;
        };
        if it.frozen {
            actions.push(Action::Thaw { tab });
            if budget.closes > 0 {
                actions.push(Action::Close { tab });
            }
            return;
        }
        self.actions_after_boot(model, tab, actions);
        if budget.wants > 0 {
            looks(|tab, stale| Action::RequestCredential { tab, stale }, actions);
        }
        // Each tab has one such request at a time, because concurrent requests may cost a renewal each.
        if budget.forbidden > 0 && !it.callers.iter().any(|it| it.resource == FORBIDDEN) {
            looks(|tab, stale| Action::RequestForbidden { tab, stale }, actions);
        }
        let holds = |resource| it.callers.iter().any(|it| it.state != CallerState::Waiting && it.resource == resource);
        if holds(FORBIDDEN) {
            looks(|tab, stale| Action::Forbid { tab, stale }, actions);
        }
        if budget.refusals > 0 && holds(HEALTHY) {
            looks(|tab, stale| Action::Refuse { tab, stale }, actions);
        }
        if !is_bearer(self.token_storage) && holds(HEALTHY) {
            looks(|tab, stale| Action::Call { tab, stale }, actions);
        }
        if budget.drops > 0 && it.callers.iter().any(|it| it.state == CallerState::Waiting) {
            actions.push(Action::DropCaller { tab });
        }
        match machine.state() {
            SessionState::SignedOut(_) if budget.sign_ins > 0 => {
                actions.extend((0..budget.users).map(|user| Action::SignIn { tab, user }));
            }
            SessionState::SignedIn { .. } => {
                if budget.sign_outs > 0 {
                    actions.push(Action::SignOut { tab });
                }
                if budget.switches > 0 {
                    actions.extend((0..budget.users).map(|user| Action::SignIn { tab, user }));
                }
            }
            _ => {}
        }
        if !it.events.is_empty() {
            looks(|tab, stale| Action::DeliverStorageEvent { tab, stale }, actions);
        }
        if waiting(model, tab).is_some() {
            let first = model.queue.iter().map(|it| it.tab).find(|it| !model.tabs[*it].frozen);
            if !self.locks || model.holder.is_none() && first == Some(tab) || Self::may_adopt(model, tab) {
                looks(|tab, stale| Action::GrantLock { tab, stale }, actions);
            } else if model.holder.is_some_and(|it| model.tabs[it.tab].frozen) && budget.lock_timeouts > 0 {
                actions.push(Action::LockTimeout { tab });
            }
        }
        let gated = [
            // The script frees the lock when the page becomes hidden, long before the page is frozen.
            (budget.freezes > 0 && it.expected.is_none(), Action::Freeze { tab }),
            (budget.focuses > 0 && !it.hidden, Action::Focus { tab }),
            (budget.hides > 0 && !it.hidden, Action::Hide { tab }),
            (it.hidden, Action::Thaw { tab }),
            (it.unwritten.is_some(), Action::WriteLate { tab }),
            (budget.closes > 0, Action::Close { tab }),
            (budget.fires > 0 && it.timer.is_some(), Action::FireTimer { tab }),
            (budget.blocks > 0, Action::BlockStorage { tab }),
        ];
        actions.extend(gated.into_iter().filter(|it| it.0).map(|it| it.1));
    }

    fn is_sampled(&self, model: &ModelState) -> bool {
        if self.liveness_sample == 1 {
            return true;
        }
        let mut hasher = DefaultHasher::new();
        model.hash(&mut hasher);
        hasher.finish().is_multiple_of(self.liveness_sample)
    }

    /// Explores all states within the bounds, and compares their number with `docs/model.md`. Panics with the actions that break a
    /// property, if one breaks.
    pub(crate) fn holds(self, name: &str) {
        let sample = self.liveness_sample;
        let (states, depth) = self.explore(name);
        explored::check(&Explored { name: name.to_owned(), states, depth, sample });
    }

    /// Explores all states. Returns the number of different states, and the number of actions to the furthest state.
    pub(crate) fn explore(self, name: &str) -> (usize, usize) {
        let start = Instant::now();
        let checker = self.clone().checker().target_max_depth(self.depth).finish_when(HasDiscoveries::Any).spawn_bfs().join();
        println!(
            "{name}: {} states, {} unique, depth {}, {:.1} s",
            checker.state_count(),
            checker.unique_state_count(),
            checker.max_depth(),
            start.elapsed().as_secs_f32()
        );
        if let Some((_, path)) = checker.discoveries().into_iter().next() {
            let property = self.broken(path.last_state());
            let actions: Vec<String> = path.clone().into_actions().iter().map(|it| format!("{it:?}")).collect();
            panic!("{name}: {property:?} is broken by\n  {}\n{:?}", actions.join("\n  "), path.last_state());
        }
        (checker.unique_state_count(), checker.max_depth())
    }

    /// The property that the checker finds broken first, and the number of actions that break it. `None` if no property breaks.
    pub(crate) fn breaks(self) -> Option<(Property, usize)> {
        let checker = self.clone().checker().finish_when(HasDiscoveries::Any).spawn_bfs().join();
        let path = checker.discovery("unbroken")?;
        Some((self.broken(path.last_state())?, path.into_actions().len()))
    }
}
