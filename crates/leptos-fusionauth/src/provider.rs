//! The component that provides a session, and the [`Session`] handle. [`crate::sign_in`] has its methods to sign in.

#[cfg(feature = "fake")]
use crate::FakeSession;
#[cfg(feature = "events")]
use crate::SessionEvent;
use crate::{AccessToken, ApiRequest, FetchError, KeepSignedIn, Response, SessionConfig, driver::Driver};
#[cfg(feature = "roles")]
use fusionauth_session::SessionVersion;
use fusionauth_session::{Attempt, Credential, CredentialError, Event, Notice, RefusedRequest, SessionState};
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use std::cell::RefCell;

/// Provides a [`Session`] to its children. A page must have only one provider: two would share storage and the lock, but
/// each would answer only its own callers.
#[component]
pub fn SessionProvider(
    /// The settings of the session.
    config: SessionConfig,
    /// The application.
    children: Children,
) -> impl IntoView {
    let view = RwSignal::new(SessionState::Loading);
    let notice = RwSignal::new(None);
    // A server has neither the storage nor the cookies, so the session stays *loading* there.
    let driver = cfg!(target_arch = "wasm32").then(|| {
        let driver = Handle::of(Driver::start(config, view, notice));
        on_cleanup(move || driver.get().stop());
        driver
    });
    provide_context(Session {
        view: view.read_only(),
        notice: notice.read_only(),
        driver,
        keep: None,
        #[cfg(feature = "fake")]
        fake: None,
    });
    children()
}

/// The session of the surrounding [`SessionProvider`].
///
/// # Panics
///
/// If there is no [`SessionProvider`] around the component.
pub fn use_session() -> Session {
    // `expect_context` would add Unicode tables (3 KB) to the program, because its message quotes the type's name.
    use_context().expect("a SessionProvider around this component")
}

/// A handle to the session. It is `Copy`, so you can pass it to any code that needs it.
#[derive(Clone, Copy)]
pub struct Session {
    view: ReadSignal<SessionState>,
    notice: ReadSignal<Option<Notice>>,
    /// `None` on a server, and in a fake.
    driver: Option<Handle>,
    /// How long sign-ins through this handle last, if the application chose.
    pub(crate) keep: Option<KeepSignedIn>,
    #[cfg(feature = "fake")]
    pub(crate) fake: Option<FakeSession>,
}

impl Session {
    /// The session's state for the user interface. The signal notifies only if the state differs from the previous one.
    pub fn state(self) -> ReadSignal<SessionState> {
        self.view
    }

    /// A message for the user, such as that storage is blocked.
    pub fn notice(self) -> ReadSignal<Option<Notice>> {
        self.notice
    }

    /// Returns this session with the user's choice of "Keep me signed in". Call a sign-in method on the returned session. Without a choice,
    /// the last choice since the browser was started applies; at first that is [`KeepSignedIn::Yes`].
    ///
    /// ```
    /// # use leptos_fusionauth::{KeepSignedIn, LoginFailure, Session};
    /// async fn on_a_shared_computer(session: Session, password: &str) -> Result<(), LoginFailure> {
    ///     session.keep_signed_in(KeepSignedIn::No).sign_in("shopper@example.com", password).await
    /// }
    /// ```
    #[must_use]
    pub fn keep_signed_in(self, keep: KeepSignedIn) -> Self {
        Self { keep: Some(keep), ..self }
    }

    /// Signs out this tab at once, the other tabs as soon as they learn of the sign-out, and FusionAuth as soon as it can be reached. It
    /// never fails and never waits for the network.
    pub fn sign_out(self) {
        #[cfg(feature = "fake")]
        if let Some(fake) = self.fake {
            return fake.sign_out();
        }
        if let Some(driver) = self.driver() {
            driver.dispatch(Event::SignOutRequested);
        }
    }

    /// Sends a request with the access token, or with the cookies that hold it, after a renewal if one is needed. The request may go to the
    /// page's own origin and to [`SessionConfig::api_origins`] only. After a 401 the session renews once and replays the request once; a
    /// second 401 is returned like any other answer. A 401 proves that the backend did not carry out the request, so this applies to every
    /// method.
    ///
    /// Dropping the future aborts the request (spawn it with `spawn_local_scoped_with_cancellation`). A renewal that the
    /// request caused continues.
    ///
    /// # Errors
    ///
    /// See [`FetchError`]. Every status is an answer, not an error.
    pub async fn fetch(self, request: ApiRequest) -> Result<Response, FetchError> {
        #[cfg(feature = "fake")]
        if let Some(fake) = self.fake {
            return fake.fetch(&request);
        }
        let Some(driver) = self.driver() else { return Err(FetchError::Reconnecting) };
        if !driver.may_send_to(&request.url) {
            return Err(FetchError::ForeignOrigin);
        }
        let resource = request.resource();
        // A loop instead of a sequence, because each `await` expression adds a state with its own code. The loop ends after the replay,
        // because the machine returns no credential for a refused replay.
        let (mut attempt, mut refused, mut refusal) = (Attempt::First, None, None);
        loop {
            let credential = match (driver.credential(refused).await, refusal) {
                (Ok(credential), _) => credential,
                (Err(CredentialError::Forbidden), Some(response)) => return Ok(response),
                (Err(error), _) => return Err(FetchError::of(error)),
            };
            let response = request.send(Some(&credential)).await?;
            let is_unauthorized = driver.is_unauthorized(&request, &response);
            if !is_unauthorized {
                driver.authorized(resource);
            }
            if !is_unauthorized || !request.replays {
                return Ok(response);
            }
            refused = Some(RefusedRequest { resource, credential, attempt });
            refusal = Some(response);
            attempt = Attempt::Replay;
        }
    }

    /// The claims of the access token, such as `roles`, decoded into a type of the application. Use them for display only: a user can make
    /// a browser show any claims, so the backend must make every decision.
    ///
    /// `None` while nobody is signed in, if the claims do not fit the type, and if the session is in cookies. Reactive code runs again when
    /// [`Session::state`] changes. A renewal alone does not change that state, even if the new token has other roles. With the feature
    /// `roles`, reactive code also runs again when the token changes.
    ///
    /// ```
    /// # use leptos_fusionauth::Session;
    /// #[derive(serde::Deserialize)]
    /// struct Claims {
    ///     #[serde(default)]
    ///     roles: Vec<String>,
    /// }
    ///
    /// fn shows_admin_link(session: Session) -> bool {
    ///     session.claims::<Claims>().is_some_and(|it| it.roles.iter().any(|role| role == "admin"))
    /// }
    /// ```
    pub fn claims<T: DeserializeOwned>(self) -> Option<T> {
        let is_signed_in = self.view.with(|it| matches!(it, SessionState::SignedIn { .. }));
        #[cfg(feature = "fake")]
        if let Some(fake) = self.fake {
            return crate::json::decode(&fake.claims().filter(|_| is_signed_in)?).ok();
        }
        #[cfg(feature = "roles")]
        if let Some(version) = self.token_version() {
            version.track();
        }
        self.driver().filter(|_| is_signed_in)?.claims()
    }

    /// An access token for a request that is not a fetch, such as the first message of a WebSocket or an upload with progress. The session
    /// renews an expired token first. Call this right before you send the token, and store the token nowhere: it expires within minutes.
    ///
    /// `None` if the session is in cookies, because the browser sends those itself.
    ///
    /// # Errors
    ///
    /// [`FetchError::SignedOut`] and [`FetchError::Reconnecting`].
    pub async fn access_token(self) -> Result<Option<AccessToken>, FetchError> {
        let Some(driver) = self.driver() else { return Err(FetchError::Reconnecting) };
        Ok(match driver.credential(None).await.map_err(FetchError::of)? {
            Credential::Token(grant) => Some(grant.token),
            Credential::Cookie(_) => None,
        })
    }

    /// Calls `listener` with each change from now on, until the current reactive owner is cleaned up. The listener runs during
    /// the change, and may call any method. A fake reports no events.
    #[cfg(feature = "events")]
    pub fn add_listener(self, listener: impl Fn(SessionEvent) + 'static) {
        if let Some(handle) = self.driver {
            let id = handle.get().add_listener(std::rc::Rc::new(listener));
            on_cleanup(move || handle.get().remove_listener(id));
        }
    }

    /// The last 200 steps of the session as JSON, for a bug report: no token, no user's id, no email. `fusionauthTrace()` in the console
    /// returns the same. Empty on a server and in a fake.
    #[cfg(feature = "trace")]
    pub fn trace(self) -> String {
        self.driver().map_or_else(String::new, |it| it.trace())
    }

    /// Changes with each new access token. `None` on a server and in a fake.
    #[cfg(feature = "roles")]
    pub(crate) fn token_version(self) -> Option<ReadSignal<SessionVersion>> {
        self.driver().map(Driver::token_version)
    }

    #[cfg(feature = "fake")]
    pub(crate) fn of_fake(fake: FakeSession) -> Self {
        Self { view: fake.state(), notice: fake.notice(), driver: None, keep: None, fake: Some(fake) }
    }

    pub(crate) fn driver(self) -> Option<&'static Driver> {
        self.driver.map(Handle::get)
    }
}

/// The index of a driver in `DRIVERS`. Leptos requires values that can move to another thread, and a driver cannot. Leptos' `LocalStorage`
/// for such values frees them late, and adds reference counts and locks.
#[derive(Clone, Copy)]
struct Handle(usize);

impl Handle {
    fn of(driver: &'static Driver) -> Self {
        DRIVERS.with_borrow_mut(|all| {
            all.push(driver);
            Self(all.len() - 1)
        })
    }

    fn get(self) -> &'static Driver {
        DRIVERS.with_borrow(|all| all[self.0])
    }
}

thread_local! {
    static DRIVERS: RefCell<Vec<&'static Driver>> = const { RefCell::new(Vec::new()) };
}
