use crate::{Epoch, IssuedToken, SessionRecord, SessionState, SessionVersion, SignInOutcome, Stored, User};
use fusionauth_api::AccessToken;
use serde::{Deserialize, Serialize};

/// Somebody who waits for an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CallerId(pub u32);

/// An attempt to sign in; the driver keeps what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SignInId(pub u32);

/// One turn at the cookie operations: lock, request, answer, unlock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OperationId(pub u32);

/// What happened.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The page was opened; what storage held. The first event of every machine.
    Started(Stored),
    /// A caller is about to send a request. What storage held then: a tab that slept acts on nothing that is over.
    CredentialRequested(CallerId, Stored),
    /// A backend answered 401 to a request with this pass. The caller waits for a better one.
    Unauthorized(CallerId, Credential, Stored),
    /// A backend answered 401 to the replay as well, although a renewal had just brought what it was sent with. With
    /// cookies that nobody here can read, they may be another application's by now; the caller waits until that is known.
    UnauthorizedAgain(CallerId, Credential, Stored),
    /// A caller does not wait any more: its component is gone.
    CallerDropped(CallerId),
    /// A shopper asked to sign in. While an attempt is under way this is no second one: it comes out as the first does.
    SignInRequested(SignInId),
    /// A shopper asked to sign out.
    SignOutRequested,
    /// An operation may go on: it holds the cross-tab lock, or must do without. What storage held then, and the order
    /// that the last holder of the lock left ([`SessionVersion::default`] where there is none).
    Locked(OperationId, LockState, Stored, SessionVersion),
    /// The answer to a sign-in request. What storage held then.
    SignInAnswered(OperationId, SignInAnswer, Stored),
    /// The answer to a refresh. What storage held then.
    RefreshAnswered(OperationId, RefreshAnswer, Stored),
    /// The answer to the question who is signed in. What storage held then.
    CurrentUserAnswered(OperationId, CurrentUserAnswer, Stored),
    /// The answer to a logout.
    LogoutAnswered(OperationId, LogoutAnswer),
    /// Another tab wrote to storage: what it wrote, and what storage holds now.
    StorageChanged(Stored, Stored),
    /// A write to storage failed: blocked or full.
    StorageFailed,
    /// The timer went off.
    TimerFired,
    /// The page became visible, came back from the back/forward cache, or the network came back. What storage held then.
    Resumed(Stored),
    /// The page was hidden.
    Hidden,
}

/// Whether an operation holds the cross-tab lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LockState {
    /// No other tab has a request under way that may change the cookie jar.
    Held,
    /// The lock is held, but the tab that held it last died before its answer came: its request may still be under way.
    Abandoned,
    /// There are no locks here, or the wait was over: nothing is known about other tabs.
    Unavailable,
}

/// How a sign-in request was answered.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum SignInAnswer {
    /// With an access token.
    Issued(IssuedToken),
    /// With cookies alone, which nobody here can read; the driver has asked whose they are.
    Accepted(User),
    /// In any other way.
    Other(SignInOutcome),
}

/// How a refresh was answered.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum RefreshAnswer {
    /// With a new access token.
    Refreshed(IssuedToken),
    /// With new cookies alone.
    Renewed,
    /// The refresh token is expired, unknown or revoked.
    Refused,
    /// By something that says nothing about the refresh token.
    Unavailable {
        /// The status.
        status: u16,
        /// `Retry-After`, in milliseconds.
        retry_after_ms: Option<u64>,
    },
    /// Not at all, as far as can be seen. The cookie jar may have changed all the same.
    NoAnswer,
}

/// How the question who is signed in was answered: `GET /api/user` of the application's own backend.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum CurrentUserAnswer {
    /// Somebody.
    Known(User),
    /// 404: nobody, or another application's session.
    Nobody,
    /// 401: the access token is over.
    Unauthorized,
    /// Something that says nothing about the session, or nothing that could be read.
    Unavailable {
        /// The status, if there was one.
        status: Option<u16>,
        /// `Retry-After`, in milliseconds.
        retry_after_ms: Option<u64>,
    },
}

/// How a logout was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LogoutAnswer {
    /// FusionAuth revoked the refresh token and deleted its cookies.
    Done,
    /// It could not be reached or could not do it.
    Failed,
}

/// What to do.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum Effect {
    /// Ask for the cross-tab lock; answer with [`Event::Locked`] within a bound.
    Lock(OperationId),
    /// Free the lock, if it is held. Before that, if the operation was sent under the lock, this order is left for the
    /// next holder, and the note that a request is under way is taken back.
    Unlock(OperationId, SessionVersion),
    /// Send a request. Under the lock it is first noted, beside the order, that one is under way.
    /// Answer with the event that fits it.
    Send(OperationId, Request),
    /// Write the record to storage.
    Store(SessionRecord),
    /// Send [`Event::TimerFired`] after so many milliseconds; replaces a timer that is set.
    SetTimer(u64),
    /// Stop the timer.
    ClearTimer,
    /// Tell a waiting caller. It happens exactly once for each caller that is not gone.
    Resolve(CallerId, Result<Credential, CredentialError>),
    /// Tell the form how the attempt came out, and whoever asked to sign in while it was under way.
    ResolveSignIn(SignInId, SignInOutcome),
    /// The view changed. Never sent twice with the same view.
    SetState(SessionState),
    /// Tell the shopper something once.
    Notify(Notice),
}

/// A request that may change the cookie jar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Request {
    /// `POST /api/login` or `POST /api/two-factor/login`.
    SignIn(SignInId),
    /// `POST /api/jwt/refresh`.
    Refresh,
    /// `POST /api/logout`.
    Logout,
    /// `GET /api/user` of the application's own backend, which may renew its cookies meanwhile.
    CurrentUser,
}

/// Why a caller gets nothing to send its request with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CredentialError {
    /// Nobody is signed in, or another user than when the caller asked.
    SignedOut,
    /// There is a session, but it can't be renewed at the moment: offer a retry.
    Reconnecting,
}

/// What a request goes out with.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Credential {
    /// An access token.
    Token(SessionToken),
    /// A cookie that script can't read: which renewal of which sign-in it was.
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

/// An access token, and the sign-in that it belongs to: what was asked under one sign-in is never sent under another.
///
/// It has no `Debug`: it holds a token.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SessionToken {
    /// The token.
    pub token: AccessToken,
    /// The sign-in.
    pub epoch: Epoch,
}

/// Something a shopper should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Notice {
    /// Storage can't be written: the session lasts as long as the page. Sessions in cookies outlive it all the same.
    StorageUnavailable,
}
