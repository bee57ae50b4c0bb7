//! Collects the effects of one step and puts them into the order in which the driver must carry them out.

use crate::{
    CallerId, Credential, CredentialError, Effect, LoginFailure, Notice, OperationId, Request, SessionRecord, SessionState, SessionVersion,
    SignInId,
};
use std::hash::{Hash, Hasher};

/// The effects of one step. The driver answers callers, then writes storage, then frees the lock, so that the next holder
/// finds the new record. Then it starts operations and changes the view. It resolves a sign-in last, so that the view has
/// changed when the form gets the outcome.
#[derive(Clone, Default)]
pub(crate) struct PendingEffects {
    told: Vec<Effect>,
    record: Option<SessionRecord>,
    unlocked: Option<(OperationId, SessionVersion)>,
    after: Vec<Effect>,
    sign_in: Option<Effect>,
}

impl PendingEffects {
    pub(crate) fn resolve(&mut self, caller: CallerId, result: Result<Credential, CredentialError>) {
        self.told.push(Effect::Resolve(caller, result));
    }
    pub(crate) fn notify(&mut self, notice: Notice) {
        self.told.push(Effect::Notify(notice));
    }
    pub(crate) fn store(&mut self, record: SessionRecord) {
        self.record = Some(record);
    }
    /// The next holder of the lock gets the version `newest` or a newer one.
    pub(crate) fn unlock(&mut self, id: OperationId, newest: SessionVersion) {
        self.unlocked = Some((id, newest));
    }
    pub(crate) fn lock(&mut self, id: OperationId) {
        self.after.push(Effect::Lock(id));
    }
    pub(crate) fn send(&mut self, id: OperationId, request: Request) {
        self.after.push(Effect::Send(id, request));
    }
    pub(crate) fn show(&mut self, view: SessionState) {
        self.after.push(Effect::SetState(view));
    }
    pub(crate) fn timer(&mut self, ms: Option<u64>) {
        self.after.push(ms.map_or(Effect::ClearTimer, Effect::SetTimer));
    }
    pub(crate) fn resolve_sign_in(&mut self, id: SignInId, outcome: Result<(), LoginFailure>) {
        self.sign_in = Some(Effect::ResolveSignIn(id, outcome));
    }

    pub(crate) fn take(&mut self, version: SessionVersion) -> Vec<Effect> {
        let mut effects = std::mem::take(&mut self.told);
        if let Some(record) = self.record.take() {
            effects.push(Effect::Store(record));
        }
        if let Some((id, newest)) = self.unlocked.take() {
            effects.push(Effect::Unlock(id, version.max(newest)));
        }
        effects.append(&mut self.after);
        if let Some(outcome) = self.sign_in.take() {
            effects.push(outcome);
        }
        effects
    }
}

/// Always equal, because there are no pending effects between events, when machines are compared.
impl PartialEq for PendingEffects {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl Eq for PendingEffects {}
impl Hash for PendingEffects {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}
