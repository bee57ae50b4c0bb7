//! The [`Session`] handle. [`crate::sign_in`] has its methods to sign in.

#[cfg(feature = "fake")]
use crate::FakeSession;
#[cfg(feature = "events")]
use crate::SessionEvent;
use crate::{AccessToken, ApiRequest, FetchError, KeepSignedIn, Response, SessionChange, SessionConfig, driver::Driver};
use fusionauth_session::{Attempt, Credential, CredentialError, Event, RefusedRequest, SessionState};
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use wasm_bindgen::JsValue;

/// A handle to the session of the page. It is `Copy`, so you can pass it to any code that needs it.
#[derive(Clone, Copy)]
pub struct Session {
    /// `None` on a server, and in a fake.
    driver: Option<Handle>,
    /// How long sign-ins through this handle last, if the application chose.
    pub(crate) keep: Option<KeepSignedIn>,
    #[cfg(feature = "fake")]
    pub(crate) fake: Option<FakeSession>,
}

impl Session {
    /// Starts the session of the page: reads storage, listens to other tabs, and renews the session if that is due. A page must have only
    /// one session at a time: two would share storage and the lock, but each would answer only its own callers. On a server, which has
    /// neither the storage nor the cookies, the session stays [`SessionState::Loading`].
    ///
    /// The session calls `on_change` with each change from now on, also before this function returns. `on_change` runs during the change,
    /// and may call any method.
    ///
    /// ```no_run
    /// use fusionauth_session_web::{Session, SessionChange, SessionConfig, SessionState};
    ///
    /// let config = SessionConfig::new("http://auth.shop.localhost:9011", "10000000-0000-0000-0000-000000000001");
    /// let session = Session::start(config, |change| {
    ///     if let SessionChange::State(SessionState::SignedOut(_)) = change {
    ///         // Show the sign-in form.
    ///     }
    /// });
    /// ```
    pub fn start(config: SessionConfig, on_change: impl Fn(SessionChange) + 'static) -> Self {
        let driver = cfg!(target_arch = "wasm32").then(|| Handle::of(Driver::start(config, Box::leak(Box::new(on_change)))));
        Self {
            driver,
            keep: None,
            #[cfg(feature = "fake")]
            fake: None,
        }
    }

    /// Ends the session in this page, without a sign-out: it stops listening, reports no more changes, and answers waiting callers at once.
    /// Other tabs and the next page keep the user signed in.
    pub fn stop(self) {
        if let Some(driver) = self.driver() {
            driver.stop();
        }
    }

    /// The session's state for the user interface.
    pub fn state(self) -> SessionState {
        #[cfg(feature = "fake")]
        if let Some(fake) = self.fake {
            return fake.state();
        }
        self.driver().map_or(SessionState::Loading, Driver::state)
    }

    /// Returns this session with the user's choice of "Keep me signed in". Call a sign-in method on the returned session. Without a choice,
    /// the last choice since the browser was started applies; at first that is [`KeepSignedIn::Yes`].
    ///
    /// ```
    /// # use fusionauth_session_web::{KeepSignedIn, LoginFailure, Session};
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
    /// Dropping the future aborts the request (in Leptos, spawn it with `spawn_local_scoped_with_cancellation`). A renewal that the
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
        send_authorized(driver, &request, async |it| request.send(Some(it)).await, |it| driver.is_unauthorized(&request, it)).await
    }

    /// The claims of the access token, such as `roles`, decoded into a type of the application. Use them for display only: a user can make
    /// a browser show any claims, so the backend must make every decision.
    ///
    /// `None` while nobody is signed in, if the claims do not fit the type, and if the session is in cookies. With the feature `roles`,
    /// [`SessionChange::Token`] says when they may have changed.
    ///
    /// ```
    /// # use fusionauth_session_web::Session;
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
        #[cfg(feature = "fake")]
        if let Some(fake) = self.fake {
            return crate::json::decode(&fake.claims()?).ok();
        }
        self.driver()?.claims()
    }

    /// All claims of the access token as the browser's object, for code that has no type for them; `undefined` in place of [`None`]. See
    /// [`Session::claims`].
    pub fn claims_object(self) -> JsValue {
        self.driver().map_or(JsValue::UNDEFINED, Driver::claims_object)
    }

    /// Whether the access token names this role. Use it for display only, such as a link to a page for moderators: the backend must check
    /// the role in each request.
    ///
    /// The token names the roles of the time when it was issued, so a new role shows after the next renewal. False while nobody is signed
    /// in, while this tab has no token, and if the tokens are in cookies, because no script can read those. In that case ask the backend.
    #[cfg(feature = "roles")]
    pub fn has_role(self, role: &str) -> bool {
        self.claims::<Roles>().is_some_and(|it| it.roles.iter().any(|it| it == role))
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

    /// Calls `listener` with each change from now on, for a log, until [`Session::remove_listener`]. The listener runs during the change,
    /// and may call any method. A fake reports no events.
    #[cfg(feature = "events")]
    pub fn add_listener(self, listener: impl Fn(SessionEvent) + 'static) -> ListenerId {
        ListenerId(self.driver().map(|it| it.add_listener(std::rc::Rc::new(listener))))
    }

    /// Removes a listener of this session.
    #[cfg(feature = "events")]
    pub fn remove_listener(self, listener: ListenerId) {
        if let (Some(driver), Some(id)) = (self.driver(), listener.0) {
            driver.remove_listener(id);
        }
    }

    /// The last 200 steps of the session as JSON, for a bug report: no token, no user's id, no email. `fusionauthTrace()` in the console
    /// returns the same. Empty on a server and in a fake.
    #[cfg(feature = "trace")]
    pub fn trace(self) -> String {
        self.driver().map_or_else(String::new, |it| it.trace())
    }

    #[cfg(feature = "fake")]
    pub(crate) fn of_fake(fake: FakeSession) -> Self {
        Self { driver: None, keep: None, fake: Some(fake) }
    }

    pub(crate) fn driver(self) -> Option<&'static Driver> {
        self.driver.map(Handle::get)
    }
}

/// Sends a request with the session's credential. If the answer refuses the credential, renews the session once and sends the request
/// again, unless the request forbids that.
pub(crate) async fn send_authorized<A>(
    driver: &'static Driver,
    request: &ApiRequest,
    send: impl AsyncFn(&Credential) -> Result<A, FetchError>,
    is_unauthorized: impl Fn(&A) -> bool,
) -> Result<A, FetchError> {
    let resource = request.resource();
    // A loop instead of a sequence, because each `await` expression adds a state with its own code. The loop ends after the replay,
    // because the machine returns no credential for a refused replay.
    let (mut attempt, mut refused, mut refusal) = (Attempt::First, None, None);
    loop {
        let credential = match (driver.credential(refused).await, refusal) {
            (Ok(credential), _) => credential,
            (Err(CredentialError::Forbidden), Some(answer)) => return Ok(answer),
            (Err(error), _) => return Err(FetchError::of(error)),
        };
        let answer = send(&credential).await?;
        let is_unauthorized = is_unauthorized(&answer);
        if !is_unauthorized {
            driver.authorized(resource);
        }
        if !is_unauthorized || !request.replays {
            return Ok(answer);
        }
        refused = Some(RefusedRequest { resource, credential, attempt });
        refusal = Some(answer);
        attempt = Attempt::Replay;
    }
}

/// A listener of [`Session::add_listener`].
#[cfg(feature = "events")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenerId(Option<u32>);

/// The part of the access token's claims that names the user's roles in this application.
#[cfg(feature = "roles")]
#[derive(serde::Deserialize)]
struct Roles {
    #[serde(default)]
    roles: Vec<String>,
}

/// The index of a driver in `DRIVERS`. Leptos requires values that can move to another thread, and a driver cannot.
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
