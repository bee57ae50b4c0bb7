//! The safety properties S1-S13. The model checks them in each step, and notes the first one that breaks.

use crate::{
    broken_machine::BrokenMachine,
    setup::Setup,
    state::{Caller, FORBIDDEN, HEALTHY, LIFETIME_MS, ModelState, OURS, PendingOperation, parts},
};
use fusionauth_session::{
    CredentialError, CurrentUserAnswer, Effect, Epoch, Event, LockState, RefreshAnswer, Request, SessionRecord, SessionState, SessionToken,
    SessionVersion, SignOutReason, TokenStorage,
};

/// The properties that the checker checks. Two more are checked elsewhere: S6, a wrong clock changes no request (the simulation), and S10,
/// traces contain no secret (`suite/any_events.rs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Property {
    /// At most one request at a time may change the cookies: with locks, one in all tabs together; without locks, one in each tab.
    S1,
    /// Only a sign-in begins a session, and no tab returns to a session that was signed out.
    S2,
    /// A credential or data of one user never serve another user.
    S3,
    /// A session expires only if the browser holds nothing that FusionAuth accepts.
    S4,
    /// No refresh is sent that is not needed.
    S5,
    /// No caller gets an expired token.
    S7,
    /// A session works without storage, and the user gets one notice of that.
    S8,
    /// Each caller gets exactly one answer.
    S9,
    /// No used refresh token is sent while answers arrive and locks work.
    S11,
    /// Focusing a tab with a valid token changes nothing and sends nothing.
    S12,
    /// A resource that answers 401 where it means 403 does not delay requests for other resources.
    S13,
    /// A session that FusionAuth would renew serves its callers, and no earlier sign-out ends it.
    L1,
    /// All tabs and storage agree on the newest sign-in or sign-out in the end.
    L2,
    /// No tab stays in `Loading`.
    L3,
    /// No operation waits forever.
    L4,
}

/// Why a step may begin or end a session.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum StepCause {
    /// A refused refresh.
    Refusal,
    /// Something else that may end a session: nobody is signed in, or the last check of storage is due.
    Nobody,
    /// An answer that names the owner of the cookies.
    Somebody,
    /// The session had to end when the browser was closed.
    BrowserClosed,
    Else,
}

impl StepCause {
    pub(crate) fn of(event: &Event) -> Self {
        match event {
            Event::RefreshAnswered(_, RefreshAnswer::Refused, _) => Self::Refusal,
            Event::CurrentUserAnswered(_, CurrentUserAnswer::Nobody | CurrentUserAnswer::Unauthorized, _)
            | Event::Locked(_, LockState::Unavailable | LockState::Abandoned, ..) => Self::Nobody,
            Event::CurrentUserAnswered(_, CurrentUserAnswer::Known(_), _) => Self::Somebody,
            Event::StartedAfterClose(_) => Self::BrowserClosed,
            _ => Self::Else,
        }
    }
}

fn check(model: &mut ModelState, property: Property, holds: bool) {
    if !holds {
        model.note(property);
    }
}

/// S1: while locks work, only one request in the origin may change the cookies. Without locks there may be one in each tab.
/// S5: no tab refreshes while a token that every tab could have read is valid.
pub(crate) fn sent(setup: &Setup, model: &mut ModelState, operation: PendingOperation, request: Request) {
    let mine = model.net.iter().filter(|it| it.operation.tab == operation.tab && !model.is_orphan(it)).count();
    let anybodys = model.net.iter().filter(|it| !model.is_orphan(it)).count();
    let counted = setup.broken_machine != Some(BrokenMachine::SendsBlindly);
    check(model, Property::S1, !counted || mine == 0 && (model.history.unlocked || anybodys == 0));
    let history = &model.history;
    let exact = setup.ordering && !history.unlocked && !history.storage_failed && !history.rejected && !history.orphaned;
    // If the backend renews, the browser sends no refresh.
    check(model, Property::S5, setup.token_storage != TokenStorage::BackendCookies || request != Request::Refresh);
    let history = &model.history;
    // Without a record no tab can know that another tab has renewed.
    if request == Request::Refresh && exact && model.storage.is_some() {
        let epoch = model.tabs[operation.tab].machine.as_ref().map(|it| it.version().epoch);
        let needless = history.newest.is_some_and(|(of, at)| Some(of) == epoch && model.now < at + LIFETIME_MS - setup.renew_soon_ms)
            || model.holds_good_access() && !history.failed;
        check(model, Property::S5, !needless);
    }
}

/// S3: a page without a user sends no sign-in while another session exists, because it would replace that session's cookie.
pub(crate) fn sent_early(model: &mut ModelState) {
    let exact = !model.history.unlocked && !model.history.storage_failed;
    let is_somebodys = model.storage.as_ref().is_some_and(|it| it.session.is_some());
    check(model, Property::S3, !(exact && is_somebodys));
}

/// S11: with answers that arrive and locks that work, no used refresh token goes out.
pub(crate) fn used_token_is_sent(model: &mut ModelState, message: usize) {
    let message = &model.net[message];
    let exact = !model.history.unlocked && !model.history.orphaned && !model.history.lost;
    let used = message.request == Request::Refresh && message.cookies.refresh.is_some_and(|it| model.server.is_used(it));
    check(model, Property::S11, !(exact && used));
}

/// L1: no sign-out revokes a later sign-in.
pub(crate) fn sign_out_of_a_sign_in(model: &mut ModelState, message: usize) {
    let message = &model.net[message];
    let history = &model.history;
    let exact = !history.unlocked && !history.orphaned && !history.storage_failed && !history.sign_in_lost;
    // A sign-in is later if its epoch is higher, or if the user requested it after a tab showed the sign-out.
    let sign_out = history.sign_outs.iter().position(|it| *it == message.epoch).unwrap_or(usize::MAX);
    let newer = history.sign_ins.iter().any(|it| it.0 > message.epoch) || history.sign_ins_after.iter().any(|it| *it > sign_out);
    let hits = message.request == Request::Logout && message.cookies.refresh.is_some_and(|it| model.server.is_live(it));
    check(model, Property::L1, !(exact && newer && hits));
}

pub(crate) fn written(model: &mut ModelState, record: &SessionRecord) {
    model.history.epochs.insert(record.epoch);
    let token = record.session.as_ref().and_then(|it| it.token.as_ref());
    if let Some(token) = token.filter(|it| parts(it).1 == OURS) {
        let newest = (record.epoch, parts(token).2);
        if model.history.newest.is_none_or(|it| it < newest) {
            model.history.newest = Some(newest);
        }
    }
}

/// Checks one step of one machine.
pub(crate) fn step(
    model: &mut ModelState,
    tab: usize,
    before: Option<(SessionVersion, SessionState)>,
    effects: &[Effect],
    cause: StepCause,
) {
    let Some((before, shown)) = before else { return };
    let Some(machine) = &model.tabs[tab].machine else { return };
    let (after, view) = (machine.version(), machine.state().clone());
    let signed_in = effects.iter().any(|it| matches!(it, Effect::ResolveSignIn(_, Ok(()))));
    let exact = !model.history.unlocked && !model.history.orphaned && !model.history.storage_failed && !model.history.failed;
    if signed_in && let SessionState::SignedIn { user, .. } = &view {
        // S3: the newest sign-in gets the highest epoch, so that all tabs show its user.
        let newest = model.history.sign_ins.iter().map(|it| it.0).max().unwrap_or_default();
        check(model, Property::S3, !exact || after.epoch > newest);
        let sign_outs = model.tabs[tab].sign_outs_before;
        model.history.sign_ins_after.push(sign_outs);
        model.history.sign_ins.push((after.epoch, user.id.parse().unwrap()));
    }
    let own = effects.iter().any(|it| matches!(it, Effect::Store(record) if !model.history.epochs.contains(&record.epoch)));
    let is_new = after.epoch > before.epoch && !model.history.epochs.contains(&after.epoch);
    if is_new && matches!(view, SessionState::SignedOut(_)) {
        model.history.sign_outs.push(after.epoch);
    }
    if own
        && cause == StepCause::Somebody
        && let SessionState::SignedIn { user, .. } = &view
    {
        found(model, (after.epoch, user.id.parse().unwrap()));
    }
    // S8: the user gets one notice.
    let told = effects.iter().any(|it| matches!(it, Effect::Notify(_)));
    check(model, Property::S8, !(told && model.tabs[tab].told));
    model.tabs[tab].told |= told;
    if model.history.storage_failed && !model.history.failed {
        check(model, Property::S8, !matches!(view, SessionState::Loading) || shown == SessionState::Loading);
    }
    // S2: no tab returns to an ended session, and only a sign-in begins a session.
    check(model, Property::S2, after.epoch >= before.epoch);
    // S4: only a refusal ends a session, and only if the browser holds nothing that FusionAuth accepts.
    let ended = after.epoch > before.epoch && matches!(view, SessionState::SignedOut(Some(SignOutReason::Expired)));
    if ended && own && cause != StepCause::BrowserClosed {
        // Without locks another tab's answer may arrive just before this tab reads storage for the last time, and that read may lag.
        let excused = model.history.unlocked && model.tabs[tab].lags;
        // A refusal alone is not a reason if another tab may have renewed first.
        let reason = cause == StepCause::Nobody || cause == StepCause::Refusal && model.tabs[tab].trusts_its_lock;
        check(model, Property::S4, reason && (excused || !model.holds_live_cookie()));
    }
}

/// S2 with cookies: a session that a tab finds belongs to the newest sign-in, never to one that was signed out.
fn found(model: &mut ModelState, sign_in: (Epoch, u8)) {
    let history = &model.history;
    let excused = history.unlocked || history.orphaned || history.sign_in_lost || history.storage_failed;
    let newest = history.sign_ins.iter().map(|it| it.0).max().unwrap_or_default();
    let holds = excused || history.signed_out <= newest;
    model.history.sign_ins.push(sign_in);
    check(model, Property::S2, holds);
}

/// S2: a tab shows a user as signed in only after a sign-in. S8: a sign-in succeeds even if storage fails.
pub(crate) fn shown(model: &mut ModelState, tab: usize, signs_in: bool) {
    let Some(machine) = &model.tabs[tab].machine else { return };
    let signed_in = matches!(machine.state(), SessionState::SignedIn { .. });
    check(model, Property::S8, !signs_in || signed_in);
    let Some(machine) = &model.tabs[tab].machine else { return };
    let SessionState::SignedIn { user, .. } = machine.state() else { return };
    let sign_in = (machine.version().epoch, user.id.parse().unwrap());
    let known = model.history.sign_ins.contains(&sign_in);
    check(model, Property::S2, known);
}

pub(crate) fn sign_out_shows(model: &mut ModelState, tab: usize) {
    let Some(machine) = &model.tabs[tab].machine else { return };
    let shows = matches!(machine.state(), SessionState::SignedOut(_));
    model.history.signed_out = model.history.signed_out.max(machine.version().epoch);
    check(model, Property::S2, shows);
}

/// S3: a caller gets a token of the sign-in that the grant names, and never a token of another user. S7: no caller gets an expired
/// token.
pub(crate) fn granted(model: &mut ModelState, caller: &mut Caller, grant: &SessionToken) {
    let (user, app, received_at) = parts(&grant.token);
    let of_sign_in = model.history.sign_ins.contains(&(grant.epoch, user));
    check(model, Property::S3, of_sign_in && app == OURS && caller.user.is_none_or(|it| it == user));
    check(model, Property::S7, model.now < received_at + LIFETIME_MS);
    caller.user = Some(user);
}

/// S3 with cookies: a request gets a session version of a sign-in by the user who asked.
pub(crate) fn granted_by_cookie(model: &mut ModelState, caller: &mut Caller, version: SessionVersion) {
    let of = model.history.sign_ins.iter().find(|it| it.0 == version.epoch).map(|it| it.1);
    check(model, Property::S3, of.is_some() && caller.user.is_none_or(|it| Some(it) == of));
    caller.user = of;
}

/// S13: a forbidden resource does not delay requests for other resources. The machine treats a 401 as final only for this resource, and
/// only after a renewal in this sign-in did not help. Its renewals delay no request while a valid credential exists.
pub(crate) fn settled(model: &mut ModelState, tab: usize, caller: &Caller, error: Option<&CredentialError>) {
    let history = &model.history;
    let is_trouble = history.failed || history.unlocked || history.orphaned || history.lost;
    // The action that makes tokens expire moves the time so far that every waiting caller gives up.
    let is_good = model.now < LIFETIME_MS;
    let suffers = history.forbidden && caller.resource == HEALTHY && is_good && !is_trouble;
    match error {
        Some(CredentialError::Forbidden) => {
            let epoch = model.tabs[tab].machine.as_ref().map(|it| it.version().epoch);
            let is_believed = caller.resource == FORBIDDEN && model.tabs[tab].outlived == epoch;
            check(model, Property::S13, caller.refusals == 2 || is_believed);
        }
        Some(CredentialError::Reconnecting) => check(model, Property::S13, !suffers),
        Some(CredentialError::SignedOut) | None => {}
    }
}

/// S12: focusing a tab with a valid token changes nothing and sends nothing.
pub(crate) fn focus_is_silent(setup: &Setup, before: &ModelState, model: &mut ModelState, tab: usize) {
    let fresh = before.history.newest.is_some_and(|(epoch, at)| {
        before.tabs[tab].machine.as_ref().is_some_and(|it| it.version().epoch == epoch)
            && before.now < at + LIFETIME_MS - setup.renew_soon_ms
    });
    let fresh = fresh || before.holds_good_access() && !before.history.failed && is_signed_in(before, tab);
    let news = before.tabs[tab].machine.as_ref().map(|it| it.version()) != model.tabs[tab].machine.as_ref().map(|it| it.version());
    if fresh && !news && !before.history.rejected {
        let view = |it: &ModelState| it.tabs[tab].machine.as_ref().map(|it| it.state().clone());
        check(model, Property::S12, view(before) == view(model) && before.net.len() == model.net.len() && before.queue == model.queue);
    }
}

/// S2: the session version that a tab leaves for the next holder of the lock is never older than the one before.
pub(crate) fn order_is_left(setup: &Setup, model: &mut ModelState, version: SessionVersion) {
    let is_not_older = !setup.ordering || version >= model.version;
    check(model, Property::S2, is_not_older);
}

/// The user whom a tab shows as signed in.
pub(crate) fn shown_user(model: &ModelState, tab: usize) -> Option<u8> {
    match model.tabs[tab].machine.as_ref()?.state() {
        SessionState::SignedIn { user, .. } => user.id.parse().ok(),
        SessionState::SignedOut(_) | SessionState::Loading => None,
    }
}

pub(crate) fn is_signed_in(model: &ModelState, tab: usize) -> bool {
    model.tabs[tab].machine.as_ref().is_some_and(|it| matches!(it.state(), SessionState::SignedIn { .. }))
}
