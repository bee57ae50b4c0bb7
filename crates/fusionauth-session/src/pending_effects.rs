//! Collects the effects of one step and puts them into the order in which the driver must carry them out.

use crate::{
    CallerId, Credential, CredentialError, Effect, LoginFailure, Notice, OperationId, Request, SessionRecord, SessionState, SessionVersion,
    SignInId,
};
use std::hash::{Hash, Hasher};

/// The effects of one step. First callers are answered, then storage is written, then the lock is freed (so that its
/// next holder finds what was written), then new operations start and the view changes. When a form receives "signed
/// in", the view has changed already.
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
    /// `newest`: how far the session had come at least.
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

/// Between events there are no pending effects, so they never make two machines differ.
impl PartialEq for PendingEffects {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl Eq for PendingEffects {}
impl Hash for PendingEffects {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}
