//! Starts and stops the emulator, and puts filters (middleware) around its endpoints.

use crate::control::{self, AnsweredRequest, ClockOffset, Control, Fault, InjectedFault, InvalidFault};
use crate::http::{HostName, connection, cors, empty, host, listen};
use crate::kickstart::{self, Kickstart, KickstartError, Source};
use crate::state::{AppState, Behaviours, Clock, HashCounts, Message, Random, SentMessages, UnknownMembers};
use crate::{database, domain};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use futures_util::future::try_join_all;
use smart_default::SmartDefault;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinHandle;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use wire_recorder::{Actor, Recorder};

/// How to start an [`Emulator`]. [`Config::default`] and [`Config::new`] have the usual values; change the fields that differ. By default,
/// an emulator has the built-in kickstart, is in memory, listens on any free port of the loopback address, records nothing, has no
/// environment variables, and uses the machine's clock and random source.
#[derive(Clone, Debug, SmartDefault)]
pub struct Config {
    /// The kickstart that sets up a new database.
    pub kickstart: Kickstart,
    /// The values of `#{ENV.…}` in the kickstart. The emulator does not read the environment of the process.
    pub environment: BTreeMap<String, String>,
    /// The SQLite file that keeps the data across restarts; with `None` everything is in memory. Only the user who runs the emulator can
    /// read the file.
    pub database: Option<PathBuf>,
    /// The IP address and port to listen on; port 0 means any free port. With 127.0.0.1 the emulator also listens on `[::1]` if it can,
    /// because clients may resolve `localhost` to either.
    #[default(SocketAddr::from(([127, 0, 0, 1], 0)))]
    pub listen: SocketAddr,
    /// Host names, besides this machine's names, under which the emulator serves `/` and `/emulator/*`, such as its name in a network of
    /// containers. It serves FusionAuth's API under every name.
    pub allowed_hosts: Vec<HostName>,
    /// The recorder of the messages on the wire.
    #[default(Recorder::off())]
    pub recorder: Recorder,
    /// The clock.
    #[default(Clock::system())]
    pub clock: Clock,
    /// The source of random bytes.
    #[default(Random::system())]
    pub random: Random,
    /// How the emulator behaves where FusionAuth's documentation says nothing.
    pub behaviours: Behaviours,
    /// How to treat members of a request or of the kickstart that the emulator does not know.
    pub unknown_members: UnknownMembers,
    /// How long [`Emulator::stop`] waits for requests in flight.
    #[default(Duration::from_secs(5))]
    pub stop_timeout: Duration,
}

impl Config {
    /// [`Config::default`] with this kickstart file.
    pub fn new(kickstart: impl Into<PathBuf>) -> Self {
        Kickstart::File(kickstart.into()).into()
    }
}

impl From<Kickstart> for Config {
    fn from(kickstart: Kickstart) -> Self {
        Self { kickstart, ..Self::default() }
    }
}

/// Why an [`Emulator`] did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The kickstart has an error.
    #[error(transparent)]
    Kickstart(#[from] KickstartError),
    /// Another emulator uses the database.
    #[error("another emulator uses the database: {lock} is locked. Stop that emulator, or use another file", lock = lock.display())]
    InUse {
        /// The file beside the database that the other emulator has locked.
        lock: PathBuf,
    },
    /// The database can't be opened, or its file can't be made private.
    #[error("the database can't be used: {0}")]
    Database(String),
    /// The emulator can't listen on the configured IP address and port.
    #[error("can't listen on {address}: {error}")]
    Listen {
        /// The IP address and port.
        address: SocketAddr,
        /// The operating system's error.
        error: io::Error,
    },
}

/// A running emulator, for the tests of a program that uses FusionAuth. Several emulators can run at the same time; they share no
/// state. Dropping an emulator ends it at once; [`stop`](Emulator::stop) lets requests finish first.
///
/// ```
/// use fusionauth_emulator::{Emulator, Fault, Kickstart, built_in};
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let fusionauth = Emulator::start(Kickstart::BuiltIn).await?;
/// let client = reqwest::Client::builder().no_proxy().build()?;
/// let credentials = serde_json::json!({
///     "applicationId": built_in::APPLICATION_ID,
///     "loginId": built_in::EMAIL,
///     "password": built_in::PASSWORD,
/// });
/// let sign_in = async || client.post(format!("{}/api/login", fusionauth.base_url())).json(&credentials).send().await;
/// let answer = sign_in().await?;
/// assert_eq!(answer.status(), 200);
/// let token = answer.json::<serde_json::Value>().await?["token"].as_str().unwrap().to_owned();
///
/// // The access token expires after five minutes.
/// fusionauth.advance(Duration::from_secs(301));
/// let validate = client.get(format!("{}/api/jwt/validate", fusionauth.base_url())).bearer_auth(token);
/// assert_eq!(validate.send().await?.status(), 401);
///
/// // FusionAuth is down for one request.
/// fusionauth.fault(Fault { path: "/api/login".into(), status: Some(503), times: Some(1), ..Fault::default() })?;
/// assert_eq!(sign_in().await?.status(), 503);
/// assert_eq!(sign_in().await?.status(), 200);
///
/// let requests: Vec<String> = fusionauth.requests().iter().map(ToString::to_string).collect();
/// assert_eq!(requests, ["POST /api/login 200", "GET /api/jwt/validate 401", "POST /api/login 503", "POST /api/login 200"]);
/// # Ok(()) }
/// ```
pub struct Emulator {
    address: SocketAddr,
    control: Control,
    stop_timeout: Duration,
    server: JoinHandle<io::Result<Vec<()>>>,
    deliveries: JoinHandle<()>,
    /// Generates the kickstart's keys.
    setup: JoinHandle<()>,
    /// Locks the database for this process until the emulator ends.
    lock: Option<std::fs::File>,
}

impl Emulator {
    /// Opens the database, sets it up by the kickstart if it is new, and begins to accept requests. `config` is a [`Config`], or
    /// only a [`Kickstart`]. The emulator runs on the current Tokio runtime, and ends when the runtime does, for example at the end of a
    /// `#[tokio::test]`.
    ///
    /// # Errors
    /// See [`StartError`]. After an error the emulator does not listen.
    pub async fn start(config: impl Into<Config>) -> Result<Self, StartError> {
        let config = config.into();
        let lock = config.database.as_deref().map(lock).transpose()?;
        if config.database.as_deref().is_none_or(|it| !it.exists()) {
            domain::signing_keys::begin_first_key();
        }
        let pool = database::open(config.database.as_deref()).await.map_err(|it| StartError::Database(it.to_string()))?;
        let clock_offset = ClockOffset::default();
        let clock = clock_offset.apply(config.clock);
        let (events, queue) = unbounded_channel();
        let emulator = Arc::new(AppState {
            database: pool,
            clock,
            random: config.random,
            signing_keys: Mutex::default(),
            has_generated_key: AtomicBool::default(),
            postponed_keys: Mutex::default(),
            sent_messages: SentMessages::default(),
            hash_counts: HashCounts::default(),
            events,
            behaviours: config.behaviours.into(),
            unknown_members: config.unknown_members,
        });
        let source = Arc::new(Source { kickstart: config.kickstart, environment: config.environment });
        let control = Control::new(Arc::clone(&emulator), clock_offset, source, config.allowed_hosts);
        let app = app(control.clone()).layer(config.recorder.layer(|_host| Actor::FusionAuth));
        let setting_up = Arc::clone(&control.resetting).write_owned().await;
        control.begin_setup().await?;
        let failed = |error| StartError::Listen { address: config.listen, error };
        let listeners = listen(config.listen).await.map_err(failed)?;
        let address = listeners[0].local_addr().map_err(failed)?;
        let deliveries = tokio::spawn(domain::events::deliver(Arc::clone(&emulator), queue));
        // The emulator listens already. Requests wait until the kickstart's keys exist.
        let setup = tokio::spawn(async move {
            if let Err(error) = kickstart::finish(&emulator).await {
                tracing::error!(%error, "the kickstart's keys could not be generated");
            }
            drop(setting_up);
        });
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        let servers = listeners.into_iter().map(|listener| {
            let (app, stopping) = (app.clone(), control.clone());
            async move { axum::serve(listener, app).with_graceful_shutdown(async move { stopping.stopped().await }).await }
        });
        let server = tokio::spawn(try_join_all(servers.collect::<Vec<_>>()));
        Ok(Self { address, control, stop_timeout: config.stop_timeout, server, deliveries, setup, lock })
    }

    /// The IP address and port that the emulator listens on.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL that the emulator listens on, without a trailing slash.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The messages that FusionAuth would have sent, oldest first: at most the latest 500.
    pub fn mail(&self) -> Vec<Message> {
        self.control.emulator.sent_messages.messages()
    }

    /// Advances the emulated clock, by which everything expires. Only a [`reset`](Self::reset) sets the clock back. Fractions of a
    /// millisecond are ignored. The clock can be at most a thousand years ahead.
    ///
    /// A program that reads the machine's clock still accepts old tokens, and refuses new ones as issued in the future. Give it a token
    /// of `POST /emulator/expired-token` instead.
    pub fn advance(&self, time: Duration) {
        self.control.clock_offset.advance_ms(i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
    }

    /// Makes requests fail, wait, or get another answer. If several faults match a request, only the fault that was injected first applies.
    ///
    /// # Errors
    /// See [`InvalidFault`].
    pub fn fault(&self, fault: Fault) -> Result<InjectedFault, InvalidFault> {
        self.control.faults.inject(fault)
    }

    /// The latest answered requests, at most 1,000, in the order of their answers. An entry has only the method, the route and the status.
    /// The list leaves out requests for `/` and `/emulator/*`, and the requests of the kickstart.
    pub fn requests(&self) -> Vec<AnsweredRequest> {
        self.control.journal.requests()
    }

    /// Sets everything up as a first start does: data, clock, faults, mail, [`requests`](Self::requests) and behaviours. Signing keys are
    /// new. A kickstart file is read again.
    ///
    /// # Errors
    /// If the kickstart has an error. Even then the earlier data are deleted.
    pub async fn reset(&self) -> Result<(), KickstartError> {
        self.control.reset().await
    }

    /// Ends the emulator when the requests in flight are answered, or after [`Config::stop_timeout`]. Requests that a fault holds, or that
    /// wait for a message, continue at once. Dropping the future ends the emulator at once, too.
    ///
    /// # Errors
    /// If the server failed.
    pub async fn stop(mut self) -> io::Result<()> {
        self.control.begin_stop();
        match tokio::time::timeout(self.stop_timeout, &mut self.server).await {
            Ok(ended) => ended.map_err(io::Error::other)?.map(drop),
            Err(_) => {
                tracing::warn!("stopped with requests in flight, because they were not answered within {:?}", self.stop_timeout);
                Ok(())
            }
        }
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.server.abort();
        self.deliveries.abort();
        self.setup.abort();
        // Closing the file would not always release the lock: a child process that another thread is starting has a copy of the open file
        // until it runs its own program.
        if let Some(lock) = &self.lock {
            let _ = lock.unlock();
        }
    }
}

/// Locks the database for this process, because two emulators with one database would change each other's data. The operating system
/// releases the lock when the process ends, even after a crash.
fn lock(database: &Path) -> Result<std::fs::File, StartError> {
    let failed = |error: io::Error| StartError::Database(error.to_string());
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    let path = PathBuf::from(path);
    database::make_private(&path).map_err(failed)?;
    let file = std::fs::File::open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StartError::InUse { lock: path }),
        Err(std::fs::TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// FusionAuth's API and the control endpoints, behind their filters. A request passes through the filters from bottom to top.
fn app(control: Control) -> Router {
    let emulator = Arc::clone(&control.emulator);
    let endpoints = control.endpoints.clone();
    endpoints
        .merge(control::router(control.clone()))
        .layer(CatchPanicLayer::custom(|_| empty(StatusCode::INTERNAL_SERVER_ERROR)))
        .layer(from_fn_with_state(control.clone(), control::handle_to_the_end))
        .layer(from_fn_with_state(control.clone(), control::inject_fault))
        // `bound` limits the length of bodies instead.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn(connection::bound))
        .layer(from_fn_with_state(emulator, cors::filter))
        .layer(from_fn(host::require_one))
        .layer(from_fn(connection::drain))
        .layer(from_fn_with_state(control, control::record))
        .layer(SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
}
