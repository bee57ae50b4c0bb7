//! Compares the record in local storage with this tab's session, adopts a newer record, and writes this tab's record.

use crate::{
    CredentialError, Machine, Notice, RECORD_FORMAT, SessionRecord, SessionVersion, SignOutReason, Stored, StoredSession, TokenStorage,
    User,
    machine::{CookieOwner, HeldCredential, LiveSession, Storage},
    retry::UnconfirmedRefusal,
    token::LiveToken,
};
use fusionauth_api::claims::Claims;

impl Machine {
    /// Handles another tab's write. That tab may have replaced a newer record that it had not seen yet. If so, this tab
    /// writes the newest record again. Browsers send no event for an unchanged value, so two tabs cannot answer each other
    /// endlessly.
    pub(crate) fn storage_changed(&mut self, written: Stored, stored: Stored) {
        let lies_there = stored.version();
        if matches!(written, Stored::Nothing) && self.storage == Storage::Works && lies_there.is_none_or(|it| it <= self.version()) {
            // The user cleared the site data. This tab's record was in storage, and its removal counts as a sign-out.
            return self.sign_out();
        }
        let written_epoch = written.version().map(|it| it.epoch);
        self.adopt(written);
        self.adopt(stored);
        if lies_there.is_some_and(|it| it < self.version()) || written_epoch.is_some_and(|it| it < self.epoch) {
            self.store();
        }
    }

    /// Adopts the stored record if it is newer than this tab's. An older or a missing record proves nothing, because a tab may
    /// read local storage before another tab's write shows there, even under the lock.
    pub(crate) fn adopt(&mut self, stored: Stored) {
        let throttle = if let Stored::Record(it, _) = &stored { (it.throttled_at, it.throttle_ms) } else { (0, 0) };
        match stored {
            Stored::Nothing => {}
            Stored::Blocked => self.storage_failed(),
            Stored::Record(record, claims) if record.epoch > self.epoch => self.adopt_epoch(record, claims),
            Stored::Record(record, claims) if record.epoch == self.epoch => self.adopt_generation(&record, claims),
            Stored::Record(..) => {}
        }
        self.renewal.retry.adopt_throttle(&self.config.tuning, self.now, throttle);
        self.storage_caught_up();
    }

    fn adopt_epoch(&mut self, record: SessionRecord, claims: Option<Claims>) {
        let live = record.session.map(|stored| {
            let access = self.access(&stored, claims.as_ref()).unwrap_or(HeldCredential::Missing);
            let email = claims.filter(|it| self.are_of(it, &stored)).and_then(|it| it.email);
            LiveSession::new(User { id: stored.sub, email }, stored.generation, access)
        });
        let same_user = live.as_ref().map(|it| &it.user.id) == self.session.as_ref().map(|it| &it.user.id);
        if self.session.is_some() && !same_user {
            self.resolve_all_callers(&Err(CredentialError::SignedOut));
        }
        self.view.ended_here |= self.session.is_some();
        self.epoch = record.epoch;
        self.session = live;
        // The record holds the user's id, but no email address. With cookies, the tab asks the backend for the email address.
        let unnamed = !self.config.token_storage.is_bearer() && self.session.is_some();
        self.cookie_owner = if unnamed { CookieOwner::Asking } else { CookieOwner::Settled };
        self.view.ended = record.ended;
        self.logout.pending =
            record.logout_pending || self.renewal.answered_without_lock && record.ended == Some(SignOutReason::UserRequest);
        self.renewal.in_background = false;
        self.renewal.unconfirmed_refusal = UnconfirmedRefusal::None;
        self.renewal.retry.succeed();
    }

    fn adopt_generation(&mut self, record: &SessionRecord, claims: Option<Claims>) {
        if self.session.is_none() && record.session.is_none() && !self.renewal.answered_without_lock {
            self.logout.pending &= record.logout_pending;
        }
        let (Some(live), Some(stored)) = (&self.session, &record.session) else { return };
        if stored.generation <= live.generation || stored.sub != live.user.id {
            return;
        }
        let access = self.access(stored, claims.as_ref());
        if let Some(live) = &mut self.session {
            live.generation = stored.generation;
        }
        // Without a usable token in the record, this tab continues with its own. With `TokenStorage::Memory` the new token
        // is only in the memory of the tab that renewed.
        let (Some(access), Some(live)) = (access, &mut self.session) else { return };
        live.access = access;
        self.cookie_owner = CookieOwner::Settled;
        self.renewal.in_background = false;
        self.renewal.unconfirmed_refusal = UnconfirmedRefusal::None;
        self.renewal.retry.succeed();
    }

    /// The credential in a stored session; `None` if its token cannot be read or is not for this application.
    fn access(&self, stored: &StoredSession, claims: Option<&Claims>) -> Option<HeldCredential> {
        if !self.config.token_storage.is_bearer() {
            return Some(HeldCredential::Cookie);
        }
        let claims = claims.filter(|it| self.are_of(it, stored))?;
        Some(HeldCredential::Token(LiveToken::adopted(stored.token.clone()?, claims.lifetime_ms(), stored.received_at, self.now)))
    }

    /// Whether the claims name the session's user and this application.
    fn are_of(&self, claims: &Claims, stored: &StoredSession) -> bool {
        claims.sub.as_ref() == Some(&stored.sub) && claims.aud.contains(&self.config.application_id)
    }

    pub(crate) fn storage_failed(&mut self) {
        if self.storage == Storage::Works {
            self.storage = Storage::Fails;
            if self.config.token_storage.is_bearer() {
                self.effects.notify(Notice::StorageUnavailable);
            }
        }
    }

    /// Writes this tab's session or tombstone to storage.
    pub(crate) fn store(&mut self) {
        let session = self.session.as_ref().map(|live| {
            let token = match &live.access {
                HeldCredential::Token(token) if self.config.token_storage == TokenStorage::LocalStorage => Some(token),
                HeldCredential::Token(_) | HeldCredential::Missing | HeldCredential::Cookie | HeldCredential::CookieRefused => None,
            };
            StoredSession {
                sub: live.user.id.clone(),
                generation: live.generation,
                token: token.map(|it| it.token.clone()),
                received_at: token.map_or(0, |it| it.received_wall_ms),
            }
        });
        let ended = if session.is_some() { None } else { self.view.ended };
        let throttle_ms = self.renewal.retry.throttle_ms(self.now);
        let throttled_at = if throttle_ms == 0 { 0 } else { self.now.wall_ms };
        let (epoch, logout_pending) = (self.epoch, self.logout.pending);
        self.effects.store(SessionRecord { format: RECORD_FORMAT, epoch, session, ended, logout_pending, throttle_ms, throttled_at });
    }
}

impl Stored {
    fn version(&self) -> Option<SessionVersion> {
        match self {
            Self::Record(record, _) => Some(record.version()),
            Self::Nothing | Self::Blocked => None,
        }
    }
}
