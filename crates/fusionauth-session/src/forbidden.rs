//! A backend's 401: whether the credential or the resource is its cause, and the resources that answer 401 where 403 is
//! meant.
//!
//! A resource is forbidden once it has refused a credential that was renewed for it and is good. Its next 401 is believed
//! without a renewal. Otherwise each request for it would cost one, and the pace of renewals, which all requests share,
//! would soon leave none for the others.

use crate::{
    Attempt, CallerId, Credential, CredentialError, Machine, RefusedRequest, Request, ResourceId, SessionVersion, Stored, Transport,
    callers::RefusedReplay, cookie_owner::CookieOwner, machine::HeldCredential, token::Freshness,
};
use serde::{Deserialize, Serialize};

/// The resources that refuse the good credentials of one session, oldest first.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct ForbiddenResources(Vec<ResourceId>);

/// How many resources are kept. An application has a handful, but ids in paths could make more; a resource that is
/// dropped costs one renewal when it refuses again.
const KEPT: usize = 16;

impl ForbiddenResources {
    pub(crate) fn contains(&self, resource: ResourceId) -> bool {
        self.0.contains(&resource)
    }

    fn insert(&mut self, resource: ResourceId) {
        self.remove(resource);
        if self.0.len() == KEPT {
            self.0.remove(0);
        }
        self.0.push(resource);
    }

    fn remove(&mut self, resource: ResourceId) {
        self.0.retain(|it| *it != resource);
    }
}

impl Machine {
    pub(crate) fn unauthorized(&mut self, caller: CallerId, refused: &RefusedRequest, stored: Stored) {
        self.adopt(stored);
        let RefusedRequest { resource, credential, attempt } = refused;
        if credential.epoch() != self.epoch {
            // The request was sent under another sign-in, perhaps of another user, so it is never repeated.
            return self.effects.resolve(caller, Err(CredentialError::SignedOut));
        }
        let is_good = self.is_good(credential);
        match (attempt, credential) {
            _ if is_good && self.is_forbidden(*resource) => self.forbid(caller),
            (Attempt::First, _) => {
                if self.reject(credential) {
                    self.refresh_retry.skip_backoff(self.now);
                }
                self.wait(caller, None);
            }
            (Attempt::Replay, Credential::Token(_)) => {
                if is_good && let Some(live) = &mut self.session {
                    live.forbidden.insert(*resource);
                }
                self.forbid(caller);
            }
            // The cookies may have expired again, or may belong to another application by now. Their owner tells.
            (Attempt::Replay, Credential::Cookie(version)) => {
                // A question that is under way may have been answered before this refusal, so its answer proves nothing.
                let version = if self.operations.holds(Request::CurrentUser) { SessionVersion::default() } else { *version };
                if self.reject(credential) && self.config.transport == Transport::SharedDomainCookies {
                    self.cookie_owner = CookieOwner::AskingAgain;
                }
                self.wait(caller, Some(RefusedReplay { resource: *resource, version }));
            }
        }
    }

    pub(crate) fn authorized(&mut self, resource: ResourceId) {
        self.session.iter_mut().for_each(|it| it.forbidden.remove(resource));
    }

    /// The owner of the cookies of this version is the user, so whoever refused them refuses good ones.
    pub(crate) fn cookies_are_good(&mut self, version: SessionVersion) {
        let Some(live) = &mut self.session else { return };
        for refused in self.callers.iter().filter_map(|it| it.refused_replay) {
            if refused.version == version {
                live.forbidden.insert(refused.resource);
            }
        }
    }

    fn forbid(&mut self, caller: CallerId) {
        self.effects.resolve(caller, Err(CredentialError::Forbidden));
    }

    /// Whether this tab still holds the credential, and its age does not explain that it was refused.
    fn is_good(&self, credential: &Credential) -> bool {
        match (self.session.as_ref().map(|it| &it.access), credential) {
            (Some(HeldCredential::Token(token)), Credential::Token(grant)) => {
                token.token == grant.token && token.freshness_by_age(&self.config.tuning, self.now) != Freshness::Unusable
            }
            (_, Credential::Cookie(version)) => *version == self.version(),
            _ => false,
        }
    }

    /// Whether the refused credential is the one that this tab would send again.
    fn reject(&mut self, refused: &Credential) -> bool {
        let Some(live) = &mut self.session else { return false };
        match (&mut live.access, refused) {
            (HeldCredential::Token(token), Credential::Token(grant)) if token.token == grant.token => token.rejected = true,
            (HeldCredential::Cookie, Credential::Cookie(version)) if version.generation == live.generation => {
                live.access = HeldCredential::CookieRefused
            }
            _ => return false,
        }
        self.access_refused();
        true
    }
}
