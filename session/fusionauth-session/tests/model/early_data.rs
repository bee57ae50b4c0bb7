//! Data that a page shows before its application does. The early script has fetched them with a token, so they belong to the user of that
//! token. `early_cart.js` follows these rules, and every other page with early data must follow them, too.

use crate::{
    broken_machine::BrokenMachine,
    properties::Property,
    setup::Setup,
    state::{Action, LIFETIME_MS, ModelState, OURS, parts},
};
use fusionauth_session::{SessionRecord, SessionState};

/// The data, until the page removes them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct EarlyData {
    user: u8,
    /// Whether the script fetched the data with the stored token. Otherwise it used the token of an early sign-in.
    is_of_session: bool,
    is_shown: bool,
    /// Whether the page has seen a session of this user in storage. An early sign-in has none there until the machine takes it over.
    was_stored: bool,
}

impl EarlyData {
    /// Data that the script has requested with the stored token.
    fn of_session(user: u8) -> Self {
        Self { user, is_of_session: true, is_shown: false, was_stored: true }
    }

    /// Data that the script has requested with the token of an early sign-in.
    pub(crate) fn of_sign_in(user: u8) -> Self {
        Self { user, is_of_session: false, is_shown: false, was_stored: false }
    }

    pub(crate) fn is_shown(self) -> bool {
        self.is_shown
    }

    /// Whether the page may keep the data if storage has a session of the user `stored`, or no session.
    fn is_users(&mut self, stored: Option<u8>) -> bool {
        self.was_stored |= stored == Some(self.user);
        stored.map_or(!self.was_stored, |stored| stored == self.user)
    }
}

fn user_of(record: Option<&SessionRecord>) -> Option<u8> {
    record?.session.as_ref()?.sub.parse().ok()
}

impl Setup {
    pub(crate) fn actions_of_data(&self, model: &ModelState, tab: usize, actions: &mut Vec<Action>) {
        let it = &model.tabs[tab];
        let is_blocked = model.budget.storage_is_blocked(tab);
        // The page requests its data at its start, before the user submits a form.
        let has_begun = it.machine.is_some() || it.early.is_some() || it.held.is_some();
        if model.budget.data > 0 && it.data.is_none() && !has_begun && !is_blocked {
            // The script sends the stored token only if the token is fresh.
            let token = model.storage.as_ref().and_then(|it| it.session.as_ref()?.token.as_ref().map(parts));
            let end = |received_at| received_at + LIFETIME_MS - self.renew_soon_ms;
            if token.is_some_and(|(_, app, received_at)| app == OURS && model.now < end(received_at)) {
                actions.push(Action::AskForData { tab });
            }
        }
        // While the machine runs, the application shows the data itself, except while it still has to submit a held form.
        if it.data.is_some_and(|data| !data.is_shown) && (it.machine.is_none() || it.held.is_some()) {
            actions.push(Action::ShowData { tab });
        }
    }

    pub(crate) fn ask_for_data(model: &mut ModelState, tab: usize) {
        model.budget.data -= 1;
        Self::load_page(model, tab);
        model.tabs[tab].data = user_of(model.storage.as_deref()).map(EarlyData::of_session);
    }

    pub(crate) fn show_data(&self, model: &mut ModelState, tab: usize) {
        let stored = seen(model, tab);
        let Some(mut data) = model.tabs[tab].data else { return };
        let is_readable = !model.budget.storage_is_blocked(tab);
        let is_users = is_readable && data.is_users(stored) || self.broken_machine == Some(BrokenMachine::DataWithoutALook);
        data.is_shown = true;
        keep(model, tab, is_users.then_some(data));
        if !model.tabs[tab].lags && stored.is_some_and(|stored| is_users && stored != data.user) {
            model.note(Property::S3);
        }
        rendered(self, model, tab);
    }

    /// The page gets the event of a change of storage before its machine does.
    pub(crate) fn data_hears(&self, model: &mut ModelState, tab: usize, record: Option<&SessionRecord>) {
        if self.broken_machine != Some(BrokenMachine::DataHearsNothing)
            && let Some(mut data) = model.tabs[tab].data
        {
            // The page drops data that it does not show yet. It could not check them, because storage may lag behind the event.
            let goes_on = data.is_users(user_of(record)) && data.is_shown;
            keep(model, tab, goes_on.then_some(data));
        }
    }
}

/// Sets or removes a page's data. A page with neither data nor a machine counts as closed.
fn keep(model: &mut ModelState, tab: usize, data: Option<EarlyData>) {
    let it = &mut model.tabs[tab];
    it.data = data;
    if data.is_none() && it.machine.is_none() {
        it.events.clear();
    }
}

/// The user of the session that the page reads from storage. While storage lags, this is the previous session.
fn seen(model: &ModelState, tab: usize) -> Option<u8> {
    let record = if model.tabs[tab].lags { &model.before } else { &model.storage };
    user_of(record.as_deref())
}

/// The application renders its machine's state, and in the same task the page checks its early data against storage.
pub(crate) fn rendered(setup: &Setup, model: &mut ModelState, tab: usize) {
    let stored = seen(model, tab);
    let is_blocked = model.budget.storage_is_blocked(tab);
    let Some(data) = model.tabs[tab].data.as_mut().filter(|it| it.is_shown) else { return };
    let looks = setup.broken_machine != Some(BrokenMachine::DataWithoutALook);
    if looks && (is_blocked || !data.is_users(stored)) {
        return keep(model, tab, None);
    }
    let data = *data;
    match model.tabs[tab].machine.as_ref().map(|it| it.state()) {
        // S3: a page shows no user the data of another.
        Some(SessionState::SignedIn { user, .. }) if user.id != data.user.to_string() => model.note(Property::S3),
        // S2: a page that shows a sign-out shows no data of the ended session. If the machine shows no reason, it has found no session, so
        // the page must not have data of a stored one.
        Some(SessionState::SignedOut(None)) if data.is_of_session => model.note(Property::S2),
        Some(SessionState::SignedOut(Some(_))) if data.was_stored => model.note(Property::S2),
        _ => {}
    }
}
