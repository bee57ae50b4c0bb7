//! Handles a backend's 401. Finds out whether the credential or the resource is the cause, and remembers resources that
//! answer 401 where they mean 403.
//!
//! A resource is forbidden once it has refused a valid credential that was renewed for it. Its next 401 causes no renewal.
//! Otherwise each request for the resource would use up one renewal. All requests share one limit on renewals, so soon none
//! would be left for requests to other resources.

use crate::{
    Attempt, CallerId, Credential, CredentialError, Machine, RefusedRequest, Request, ResourceId, Stored, TokenStorage,
    machine::{CookieOwner, HeldCredential},
    token::Freshness,
};
use serde::{Deserialize, Serialize};

/// The resources that refuse the valid credentials of one session, newest first. An application has a handful of them, but ids
/// in paths could add more. Then the oldest resource is dropped. That costs one renewal when the resource refuses again.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct ForbiddenResources {
    // An array of numbers, where 0 marks a free place, because a `Vec` or an array of `Option` would be more code.
    known: [u32; 16],
    /// A resource that refused the replay of a request, and the generation of the refused cookies. The machine keeps it
    /// until it knows the owner of these cookies.
    doubted: Option<(ResourceId, u32)>,
}

impl ForbiddenResources {
    pub(crate) fn contains(&self, resource: ResourceId) -> bool {
        self.known.contains(&entry(resource))
    }

    fn insert(&mut self, resource: ResourceId) {
        if !self.contains(resource) {
            self.known.copy_within(..15, 1);
            self.known[0] = entry(resource);
        }
    }

    fn remove(&mut self, resource: ResourceId) {
        self.known.iter_mut().filter(|it| **it == entry(resource)).for_each(|it| *it = 0);
    }

    /// The cookies of this generation belong to the user, so a resource that refused them is forbidden.
    pub(crate) fn cookies_are_good(&mut self, generation: u32) {
        if let Some((resource, refused)) = self.doubted.take()
            && refused == generation
        {
            self.insert(resource);
        }
    }
}

/// The id as a number that is not 0. Two ids that differ only in the first bit give the same number; hashes may collide
/// anyway.
fn entry(ResourceId(id): ResourceId) -> u32 {
    id | 1 << 31
}

impl Machine {
    pub(crate) fn unauthorized(&mut self, caller: CallerId, refused: &RefusedRequest, stored: Stored) {
        self.adopt(stored);
        match self.refusal(refused) {
            Some(error) => self.effects.resolve(caller, Err(error)),
            None => self.wait(caller, refused.attempt),
        }
    }

    /// The caller's error if no other credential would help; `None` if another one may help.
    fn refusal(&mut self, refused: &RefusedRequest) -> Option<CredentialError> {
        let RefusedRequest { resource, ref credential, attempt } = *refused;
        let live = match &mut self.session {
            Some(live) if credential.epoch() == self.epoch => live,
            // The request was sent under another sign-in, perhaps of another user, so it is never repeated.
            _ => return Some(CredentialError::SignedOut),
        };
        let (is_held, is_good) = match (&live.access, credential) {
            (HeldCredential::Token(token), Credential::Token(grant)) if token.token == grant.token => {
                (true, token.freshness_by_age(&self.config.tuning, self.now) != Freshness::Unusable)
            }
            (_, Credential::Cookie(version)) if version.generation == live.generation => (true, true),
            _ => (false, false),
        };
        let is_last = attempt == Attempt::Replay && self.config.token_storage.is_bearer();
        if is_last && is_good {
            live.forbidden.insert(resource);
        }
        if is_last || is_good && live.forbidden.contains(resource) {
            return Some(CredentialError::Forbidden);
        }
        if is_held {
            match &mut live.access {
                HeldCredential::Token(token) => token.rejected = true,
                access @ HeldCredential::Cookie => *access = HeldCredential::CookieRefused,
                HeldCredential::Missing | HeldCredential::CookieRefused => return None,
            }
            if attempt == Attempt::First {
                self.renewal.retry.skip_backoff(self.now);
            } else {
                // The cookies may have expired again, or another application may have replaced them. The backend's next
                // answer about their owner decides, unless the tab asked before this refusal.
                let is_new = !self.operations.holds(Request::CurrentUser);
                live.forbidden.doubted = is_new.then_some((resource, live.generation));
                if self.config.token_storage == TokenStorage::SharedDomainCookies {
                    self.cookie_owner = CookieOwner::AskingAgain;
                }
            }
            self.access_refused();
        }
        None
    }

    pub(crate) fn authorized(&mut self, resource: ResourceId) {
        if let Some(live) = &mut self.session {
            live.forbidden.remove(resource);
        }
    }
}
