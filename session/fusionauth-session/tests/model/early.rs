//! The early script (`fusionauth-session-web/src/early.js`). It sends a submitted sign-in under the lock before the machine does, and then
//! hands the lock and the answer over to the machine. It may take the lock when the user begins to type.
//!
//! With the lock comes the previous holder's note: a session version, and whether a request is under way.

use crate::{
    actions::{look, waiting},
    broken_machine::BrokenMachine,
    early_data::EarlyData,
    properties,
    setup::{Begin, Setup},
    state::{Action, Answer, AnswerContent, Message, ModelState, PendingOperation},
};
use fusionauth_session::{Event, OperationId, Request, SessionState, SessionVersion, SignInId, Stored};

/// The id of the script's operation. A machine counts its own operations from one.
const EARLY: OperationId = OperationId(0);

/// The lock that the script has taken for a user who types.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ExpectedLock {
    /// The note that came with the lock.
    version: SessionVersion,
    under_way: bool,
}

/// A sign-in of the script that the machine has not taken over.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct EarlySignIn {
    user: u8,
    /// The note that came with the lock.
    version: SessionVersion,
    under_way: bool,
    /// Whether the machine has taken over the lock.
    is_adopted: bool,
    answer: Option<AnswerContent>,
}

impl EarlySignIn {
    pub(crate) fn is_answered(&self) -> bool {
        self.answer.is_some()
    }
}

impl Setup {
    /// Adds the actions that are possible in a page whose machine has not started.
    pub(crate) fn actions_before_boot(&self, model: &ModelState, tab: usize, actions: &mut Vec<Action>) {
        self.actions_of_form(model, tab, actions);
        self.actions_of_data(model, tab, actions);
        let it = &model.tabs[tab];
        if (it.early.is_some() || it.expected.is_some() || it.data.is_some()) && model.budget.closes > 0 {
            actions.push(Action::Close { tab });
        }
        if !it.events.is_empty() {
            actions.push(Action::DeliverStorageEvent { tab, stale: false });
        }
    }

    /// Adds the actions that are possible with the form and the early data of a page whose machine runs.
    pub(crate) fn actions_after_boot(&self, model: &ModelState, tab: usize, actions: &mut Vec<Action>) {
        if Self::submits_held(model, tab) {
            // The user may have typed something else after the first submit.
            actions.extend((0..model.budget.users).map(|user| Action::SubmitHeld { tab, user }));
        }
        self.actions_of_form(model, tab, actions);
        self.actions_of_data(model, tab, actions);
    }

    fn actions_of_form(&self, model: &ModelState, tab: usize, actions: &mut Vec<Action>) {
        let (budget, it) = (&model.budget, &model.tabs[tab]);
        let looks = if self.lag && model.before != model.storage { &[false, true][..] } else { &[false] };
        // The form shows while nobody is signed in, and is busy while its sign-in is in flight.
        let is_shown = it.machine.as_ref().is_none_or(|machine| matches!(machine.state(), SessionState::SignedOut(_)));
        let is_busy = it.early.is_some() || it.held.is_some() || waiting(model, tab).is_some();
        if is_shown && !is_busy {
            for &stale in looks.iter().filter(|stale| self.script_sends(model, tab, **stale)) {
                if budget.expects > 0 && it.expected.is_none() {
                    actions.push(Action::Expect { tab, stale });
                }
                if budget.early > 0 {
                    actions.extend((0..budget.users).map(|user| Action::SubmitEarly { tab, user, stale }));
                }
            }
        }
        if it.expected.is_some() {
            actions.push(Action::GiveBack { tab });
        }
        if it.early.is_some() {
            actions.push(Action::DropEarly { tab });
        }
    }

    /// Whether the app can submit the form that the page has held for it. The app has a form while nobody is signed in.
    pub(crate) fn submits_held(model: &ModelState, tab: usize) -> bool {
        let it = &model.tabs[tab];
        it.is_awake() && it.held.is_some() && it.machine.as_ref().is_some_and(|it| matches!(it.state(), SessionState::SignedOut(_)))
    }

    /// Whether the script may send a sign-in: by the rules of `isNobody` in `early.js`, and only if it need not wait for the lock.
    fn script_sends(&self, model: &ModelState, tab: usize, stale: bool) -> bool {
        let ignores = |rule| self.broken_machine == Some(rule);
        if !self.locks || !self.ordering || model.budget.storage_is_blocked(tab) {
            return false;
        }
        let expected = model.tabs[tab].expected;
        let is_free = expected.is_some() || model.holder.is_none() && model.queue.is_empty();
        let newest = expected.map_or(model.version, |it| it.version);
        let record = if stale { &model.before } else { &model.storage };
        let version = record.as_ref().map_or(SessionVersion { generation: 1, ..SessionVersion::default() }, |it| it.version());
        let is_nobody = record.as_ref().is_none_or(|it| it.session.is_none());
        let is_pending = record.as_ref().is_some_and(|it| it.logout_pending);
        (is_free || ignores(BrokenMachine::EarlyWithoutTheLock))
            && (version >= newest || ignores(BrokenMachine::EarlyWithoutTheNote))
            && is_nobody
            && !is_pending
    }

    /// The user types, and the script takes the lock and notes that a request is under way.
    pub(crate) fn expect(&self, model: &mut ModelState, tab: usize) {
        model.budget.expects -= 1;
        Self::load_page(model, tab);
        model.tabs[tab].expected = Some(ExpectedLock { version: model.version, under_way: model.under_way });
        if self.broken_machine != Some(BrokenMachine::ExpectsWithoutTheLock) {
            model.holder = Some(PendingOperation { tab, load: model.tabs[tab].load, id: EARLY, sent: false });
        }
        model.under_way = true;
    }

    /// The script frees the lock, because the user has stopped typing or another tab waits for the lock.
    pub(crate) fn give_back(model: &mut ModelState, tab: usize) {
        let Some(expected) = model.tabs[tab].expected.take() else { return };
        (model.version, model.under_way) = (expected.version, expected.under_way);
        model.holder = model.holder.filter(|it| (it.tab, it.id) != (tab, EARLY));
    }

    /// Counts the load of a page whose machine has not started. The model does so when the page is first used.
    pub(crate) fn load_page(model: &mut ModelState, tab: usize) {
        let it = &mut model.tabs[tab];
        if it.machine.is_none() && it.expected.is_none() && it.data.is_none() {
            it.load += 1;
        }
    }

    pub(crate) fn submit_early(&self, model: &mut ModelState, tab: usize, user: u8) {
        model.budget.early -= 1;
        Self::load_page(model, tab);
        let expected = model.tabs[tab].expected.take();
        model.tabs[tab].sign_outs_before = model.history.sign_outs.len();
        let operation = PendingOperation { tab, load: model.tabs[tab].load, id: EARLY, sent: true };
        let request = Request::SignIn(SignInId(u32::from(user)));
        properties::sent(self, model, operation, request);
        properties::sent_early(model);
        let ExpectedLock { version, under_way } = expected.unwrap_or(ExpectedLock { version: model.version, under_way: model.under_way });
        model.tabs[tab].early = Some(EarlySignIn { user, version, under_way, is_adopted: false, answer: None });
        match self.broken_machine {
            Some(BrokenMachine::EarlyWithoutTheLock | BrokenMachine::EarlyFreesTheLock | BrokenMachine::ExpectsWithoutTheLock) => {}
            _ => model.holder = Some(operation),
        }
        model.under_way = true;
        let (epoch, cookies) = (SessionVersion::default().epoch, model.jar);
        model.net.push(Message { operation, request, epoch, user, cookies, answer: None });
        if model.tabs[tab].machine.is_some() {
            self.step_machine(model, tab, Event::SignInRequested(SignInId(u32::from(user))));
        } else {
            model.tabs[tab].held = Some(user);
        }
    }

    pub(crate) fn submit_held(&self, model: &mut ModelState, tab: usize, user: u8) {
        if model.tabs[tab].held.take() != Some(user) {
            model.tabs[tab].data = None; // the user has typed something else
        }
        if model.tabs[tab].early.is_none() {
            model.tabs[tab].sign_outs_before = model.history.sign_outs.len();
        }
        self.step_machine(model, tab, Event::SignInRequested(SignInId(u32::from(user))));
    }

    /// Ends an early sign-in: the script's time limit is over, the user has left the page, or the request has failed.
    pub(crate) fn drop_early(model: &mut ModelState, tab: usize) {
        let Some(early) = model.tabs[tab].early.take() else { return };
        let aborted = model.net.iter().position(|it| is_early(it, tab)).map(|at| model.net.remove(at));
        model.history.sign_in_lost |= early.is_answered() || aborted.is_some_and(|it| it.answer.is_some());
        model.holder = model.holder.filter(|it| (it.tab, it.id) != (tab, EARLY));
        // The page also drops the data of this sign-in, unless it already shows them.
        model.tabs[tab].data = model.tabs[tab].data.filter(|data| data.is_shown());
    }

    /// Whether the script of a tab holds the lock for which the tab's machine waits.
    pub(crate) fn may_adopt(model: &ModelState, tab: usize) -> bool {
        let it = &model.tabs[tab];
        it.expected.is_some() || it.early.as_ref().is_some_and(|it| !it.is_adopted)
    }

    /// Hands the lock over with its note: whether a request was in flight, and the version.
    pub(crate) fn adopt(model: &mut ModelState, tab: usize) -> Option<(bool, SessionVersion)> {
        if let Some(expected) = model.tabs[tab].expected.take() {
            return Some((expected.under_way, expected.version));
        }
        let early = model.tabs[tab].early.as_mut().filter(|it| !it.is_adopted)?;
        early.is_adopted = true;
        Some((early.under_way, early.version))
    }

    /// Uses the early request in place of `request`, and returns true, if both are the same. Otherwise ends the early request.
    pub(crate) fn take_early(model: &mut ModelState, operation: PendingOperation, request: Request) -> bool {
        let tab = operation.tab;
        let Some(early) = &model.tabs[tab].early else { return false };
        if !matches!(request, Request::SignIn(SignInId(id)) if id as u8 == early.user) {
            Self::drop_early(model, tab);
            return false;
        }
        let Some(early) = model.tabs[tab].early.take() else { return false };
        let epoch = model.tabs[tab].machine.as_ref().map(|it| it.version().epoch).unwrap_or_default();
        if let Some(content) = early.answer {
            let answer = Some(Answer { content, jar: None });
            model.net.push(Message { operation, request, epoch, user: early.user, cookies: model.jar, answer });
        } else if let Some(message) = model.net.iter_mut().find(|it| is_early(it, tab)) {
            (message.operation, message.request, message.epoch) = (operation, request, epoch);
        }
        true
    }

    /// Keeps an answer to the script's request for the machine. Returns whether it was such an answer.
    pub(crate) fn keep_early_answer(model: &mut ModelState, message: &Message, content: &AnswerContent) -> bool {
        let tab = message.operation.tab;
        let early = model.tabs[tab].early.as_mut().filter(|_| is_early(message, tab));
        let is_kept = early.map(|it| it.answer = Some(content.clone())).is_some();
        // With the token the script requests the page's data.
        if let AnswerContent::Token { user, .. } = content
            && is_kept
            && model.budget.data > 0
        {
            model.budget.data -= 1;
            model.tabs[tab].data = Some(EarlyData::of_sign_in(*user));
        }
        is_kept
    }
}

/// Whether a message is the request of a script that still waits for its machine.
pub(crate) fn is_early(message: &Message, tab: usize) -> bool {
    (message.operation.tab, message.operation.id) == (tab, EARLY)
}

/// Starts the machine of a page with the record that it reads from storage.
pub(crate) fn open(setup: &Setup, model: &mut ModelState, tab: usize, stale: bool) {
    if model.tabs[tab].early.is_none() && model.tabs[tab].expected.is_none() && model.tabs[tab].data.is_none() {
        model.tabs[tab].load += 1;
    }
    model.tabs[tab].machine = Some(setup.machine());
    let stored = look(model, tab, stale);
    // Only the first sign-in is from before the browser was closed.
    let first = model.history.sign_ins.first().map(|it| it.0);
    let is_over = setup.begin == Begin::AfterTheBrowserClosed
        && matches!(&stored, Stored::Record(record, _) if record.session.is_some() && Some(record.epoch) == first);
    if is_over {
        setup.step_machine(model, tab, Event::StartedAfterClose(stored));
        properties::sign_out_shows(model, tab);
    } else {
        setup.step_machine(model, tab, Event::Started(stored));
    }
}
