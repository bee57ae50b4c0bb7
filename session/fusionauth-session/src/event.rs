//! The events that a session machine accepts, and the effects that it asks the driver to carry out.

use crate::{Epoch, IssuedToken, SessionRecord, SessionState, SessionVersion, Stored, User};
use fusionauth_api::{AccessToken, login::LoginFailure};
use serde::{Deserialize, Serialize};

/// The id of a caller that waits for a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CallerId(pub u32);

/// The id of an attempt to sign in. The driver keeps the email address and the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SignInId(pub u32);

/// The id of one operation: take the lock, send a request, read its answer, free the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OperationId(pub u32);

/// The id of a resource of a backend. Requests of one URL path have one id, whatever their method and query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ResourceId(pub u32);

/// An input of the machine.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The page was opened. The event brings the content of storage. It is the first event of every machine.
    Started(Stored),
    /// Like [`Event::Started`], but the session in storage had to end when the browser was closed, and the browser was closed. FusionAuth
    /// and the other tabs get a sign-out; the user sees that the session has expired.
    StartedAfterClose(Stored),
    /// A caller is about to send a request. The event brings the content of storage, because a tab that was frozen may
    /// have missed the end of the session.
    CredentialRequested(CallerId, Stored),
    /// A backend answered 401 to a request. The caller gets a newer credential for one replay, or
    /// [`CredentialError::Forbidden`] if a newer one would not help.
    Unauthorized(CallerId, RefusedRequest, Stored),
    /// A backend answered a request for this resource with another status than 401. The driver must report this only if
    /// [`Machine::is_forbidden`](crate::Machine::is_forbidden) is true for the resource.
    Authorized(ResourceId),
    /// A caller needs no answer any more, for example because its component was removed.
    CallerDropped(CallerId),
    /// The user asked to sign in. If an attempt is already under way, the machine starts no second one: both requests get
    /// the outcome of the first.
    SignInRequested(SignInId),
    /// The user asked to sign out.
    SignOutRequested,
    /// An operation may continue, with the cross-tab lock or without it. The event brings the content of storage, and the
    /// session version that the last holder of the lock left ([`SessionVersion::default`] if there is none).
    Locked(OperationId, LockState, Stored, SessionVersion),
    /// The answer to a sign-in request, and the content of storage when the answer came.
    SignInAnswered(OperationId, SignInAnswer, Stored),
    /// The answer to a refresh, and the content of storage when the answer came.
    RefreshAnswered(OperationId, RefreshAnswer, Stored),
    /// The answer to `GET /api/user`, and the content of storage when the answer came.
    CurrentUserAnswered(OperationId, CurrentUserAnswer, Stored),
    /// The answer to a logout.
    LogoutAnswered(OperationId, LogoutAnswer),
    /// Another tab wrote to storage. The event brings the value that it wrote, then the current content of storage.
    StorageChanged(Stored, Stored),
    /// A write to storage failed, because storage is blocked or full.
    StorageFailed,
    /// The timer has fired.
    TimerFired,
    /// The page became visible, was restored from the back/forward cache, or is online again. The event brings the
    /// content of storage.
    Resumed(Stored),
    /// The page was hidden.
    Hidden,
}

impl Event {
    /// The snapshots of storage in the event: none, one or two.
    pub fn stored_mut(&mut self) -> impl Iterator<Item = &mut Stored> {
        let (one, other) = match self {
            Self::Started(stored)
            | Self::StartedAfterClose(stored)
            | Self::CredentialRequested(_, stored)
            | Self::Unauthorized(_, _, stored)
            | Self::Locked(_, _, stored, _)
            | Self::SignInAnswered(_, _, stored)
            | Self::RefreshAnswered(_, _, stored)
            | Self::CurrentUserAnswered(_, _, stored)
            | Self::Resumed(stored) => (Some(stored), None),
            Self::StorageChanged(written, stored) => (Some(written), Some(stored)),
            Self::Authorized(_)
            | Self::CallerDropped(_)
            | Self::SignInRequested(_)
            | Self::SignOutRequested
            | Self::LogoutAnswered(..)
            | Self::StorageFailed
            | Self::TimerFired
            | Self::Hidden => (None, None),
        };
        one.into_iter().chain(other)
    }
}

/// A request that a backend answered with 401.
///
/// This type has no `Debug`, because it may hold a token.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RefusedRequest {
    /// The resource of the request.
    pub resource: ResourceId,
    /// The credential that the request was sent with.
    pub credential: Credential,
    /// Whether this was the first attempt or the replay.
    pub attempt: Attempt,
}

/// Which attempt of a request a backend refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Attempt {
    /// The first attempt.
    First,
    /// The second attempt, with the credential that the machine returned for the first refusal.
    Replay,
}

/// Whether an operation holds the cross-tab lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LockState {
    /// This tab holds the lock, and no other tab has a request in flight that may change the cookies.
    Held,
    /// This tab holds the lock, but the tab that held it before died, or its user left the page, before its answer came. That
    /// tab's request may still be in flight.
    Abandoned,
    /// The browser has no locks, or the wait for the lock timed out. Nothing is known about other tabs.
    Unavailable,
}

/// The answer to a sign-in request.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum SignInAnswer {
    /// FusionAuth answered with an access token.
    Issued(IssuedToken),
    /// The answer set HttpOnly cookies. Its body holds the user, but no access token.
    Accepted(User),
    /// The sign-in failed, or needs a further step.
    Failed(LoginFailure),
}

/// The answer to a refresh.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum RefreshAnswer {
    /// FusionAuth answered with a new access token.
    Refreshed(IssuedToken),
    /// The answer set new HttpOnly cookies, and holds no access token.
    Renewed,
    /// The refresh token has expired, is unknown, or was revoked.
    Refused,
    /// The answer says nothing about the refresh token.
    Unavailable {
        /// The HTTP status.
        status: u16,
        /// `Retry-After`, in milliseconds.
        retry_after_ms: Option<u64>,
    },
    /// No answer could be read. FusionAuth may still have received the request and changed the cookies.
    NoAnswer,
}

/// The answer of the application's own backend to `GET /api/user`, which names the user who is signed in.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum CurrentUserAnswer {
    /// This user is signed in.
    Known(User),
    /// 404: nobody is signed in, or the cookies belong to another application's session.
    Nobody,
    /// 401: the access token has expired.
    Unauthorized,
    /// The answer says nothing about the session, or no answer could be read.
    Unavailable {
        /// The HTTP status, if there was an answer.
        status: Option<u16>,
        /// `Retry-After`, in milliseconds.
        retry_after_ms: Option<u64>,
    },
}

/// The answer to a logout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LogoutAnswer {
    /// FusionAuth revoked the refresh token and deleted its cookies.
    Done,
    /// FusionAuth could not be reached, or did not revoke the refresh token.
    Failed,
}

/// An action that the driver must carry out.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum Effect {
    /// Ask for the cross-tab lock, and answer with [`Event::Locked`] within a bounded time.
    Lock(OperationId),
    /// Free the lock, if this operation holds it. If the operation has sent its request, first store this session version for
    /// the next holder, and delete the note that a request is under way.
    Unlock(OperationId, SessionVersion),
    /// Send a request, and answer with the event for its kind. If the operation holds the lock, first add a note that a
    /// request is under way to the stored session version.
    Send(OperationId, Request),
    /// Write the record to storage.
    Store(SessionRecord),
    /// Send [`Event::TimerFired`] after this many milliseconds. This timer replaces the previous one.
    SetTimer(u64),
    /// Stop the timer.
    ClearTimer,
    /// Answer a waiting caller. Each caller that was not dropped is answered exactly once.
    Resolve(CallerId, Result<Credential, CredentialError>),
    /// Give the outcome of the attempt to the form, and to every form that was submitted while the attempt was under
    /// way.
    ResolveSignIn(SignInId, Result<(), LoginFailure>),
    /// Show this state. The machine never sends the same state twice in a row.
    SetState(SessionState),
    /// Show the user this notice once.
    Notify(Notice),
}

/// A request that may change the browser's cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Request {
    /// `POST /api/login`, `POST /api/two-factor/login`, `POST /api/webauthn/login` or `POST /api/passwordless/login`.
    SignIn(SignInId),
    /// `POST /api/jwt/refresh`.
    Refresh,
    /// `POST /api/logout`.
    Logout,
    /// `GET /api/user` of the application's own backend, which may renew its cookies in the same answer.
    CurrentUser,
}

/// Why a caller gets no credential for its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CredentialError {
    /// Nobody is signed in, or another user has signed in since the caller asked.
    SignedOut,
    /// There is a session, but it cannot be renewed at the moment. Offer the user a retry.
    Reconnecting,
    /// The resource refused a valid credential, or refused the replay of a request as well. The driver returns the
    /// backend's answer to the caller.
    Forbidden,
}

/// The credential that a request is sent with.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Credential {
    /// An access token.
    Token(SessionToken),
    /// An HttpOnly cookie, which script cannot read. The version names its sign-in and its renewal.
    Cookie(SessionVersion),
}

impl Credential {
    pub(crate) fn epoch(&self) -> Epoch {
        match self {
            Self::Token(grant) => grant.epoch,
            Self::Cookie(version) => version.epoch,
        }
    }
}

/// An access token, and the sign-in that it belongs to. A request that began under one sign-in is never sent under
/// another.
///
/// This type has no `Debug`, because it holds a token.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SessionToken {
    /// The token.
    pub token: AccessToken,
    /// The sign-in.
    pub epoch: Epoch,
}

/// A notice for the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Notice {
    /// Storage cannot be written, so the session ends when the page is closed or reloaded. A session in cookies does not, so
    /// its user gets no such notice.
    StorageUnavailable,
}
