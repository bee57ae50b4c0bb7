use crate::control::Faults;
use crate::instance::Instance;
use crate::kickstart::{self, KickstartError};
use crate::mail::Outbox;
use crate::{Answers, Clock, Random, api, store};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, RwLock};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, RwLock as RwLockForRequests, watch};
use tokio::task::JoinHandle;
use wire_recorder::{Actor, Recorder};

/// What `#{ENV.…}` gives in a kickstart file if nobody says otherwise: the ports of the storefront's development world.
pub const DEVELOPMENT_ENVIRONMENT: [(&str, &str); 3] = [("STOREFRONT_PORT", "8080"), ("TRUNK_PORT", "8081"), ("AUTH_PORT", "9011")];

/// How to start an [`Emulator`]. [`Config::new`] has the usual values; change the fields that differ.
#[derive(Clone, Debug)]
pub struct Config {
    /// The kickstart file. It is run on a database that is not set up yet.
    pub kickstart: PathBuf,
    /// What `#{ENV.…}` gives in the kickstart file. The process's own environment is not looked at.
    pub environment: BTreeMap<String, String>,
    /// The SQLite file that survives a restart; `None` keeps everything in memory.
    pub database: Option<PathBuf>,
    /// Where to listen; port 0 is any free port.
    pub listen: SocketAddr,
    /// What records the messages.
    pub recorder: Recorder,
    /// What time it is.
    pub clock: Clock,
    /// Where random bytes come from.
    pub random: Random,
    /// How the questions that the documentation leaves open are answered.
    pub answers: Answers,
}

impl Config {
    /// In memory, on any free port of the loopback address, unrecorded, with the machine's clock and randomness and
    /// [`DEVELOPMENT_ENVIRONMENT`].
    pub fn new(kickstart: impl Into<PathBuf>) -> Self {
        Self {
            kickstart: kickstart.into(),
            environment: DEVELOPMENT_ENVIRONMENT.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            database: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            recorder: Recorder::off(),
            clock: Clock::system(),
            random: Random::system(),
            answers: Answers::default(),
        }
    }
}

/// Why an [`Emulator`] did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The kickstart file has a mistake.
    #[error(transparent)]
    Kickstart(#[from] KickstartError),
    /// The database can't be opened or written.
    #[error("the database can't be used: {0}")]
    Database(String),
    /// The address can't be listened on.
    #[error("can't listen on {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
}

/// A running emulator. It ends when this is dropped; [`stop`](Emulator::stop) lets requests finish first.
#[derive(Debug)]
pub struct Emulator {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    server: JoinHandle<io::Result<()>>,
}

impl Emulator {
    /// Opens the database, sets it up from the kickstart file if it is new, and accepts requests.
    ///
    /// # Errors
    /// See [`StartError`]; nothing listens then.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let database = store::open(config.database.as_deref()).await.map_err(|it| StartError::Database(it.to_string()))?;
        let advanced_ms = Arc::new(AtomicI64::new(0));
        let advanced = Arc::clone(&advanced_ms);
        let instance = Arc::new(Instance {
            database,
            clock: Clock::new(move || config.clock.now_ms().saturating_add(advanced.load(Ordering::SeqCst))),
            random: config.random,
            changes: Mutex::new(()),
            keys: std::sync::Mutex::default(),
            outbox: Outbox::default(),
            answers: RwLock::new(config.answers),
            first_answers: config.answers,
            faults: Faults::default(),
            advanced_ms,
            resetting: RwLockForRequests::default(),
            kickstart: config.kickstart,
            environment: config.environment,
        });
        kickstart::run(&instance, &instance.kickstart, &instance.environment).await?;
        let failed = |error| StartError::Listen { address: config.listen, error };
        let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let app = api::app(instance).layer(config.recorder.layer(|_host| Actor::FusionAuth));
        let (stop, mut stopped) = watch::channel(false);
        let server = tokio::spawn(async move {
            let stop = async move {
                // An error means that the handle is gone, which is a wish to stop too.
                let _ = stopped.wait_for(|it| *it).await;
            };
            axum::serve(listener, app).with_graceful_shutdown(stop).await
        });
        Ok(Self { address, stop, server })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens, as a URL without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets the requests that are under way finish, then ends.
    ///
    /// # Errors
    /// If the server had failed.
    pub async fn stop(mut self) -> io::Result<()> {
        self.stop.send_replace(true);
        (&mut self.server).await.map_err(io::Error::other)?
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.server.abort();
    }
}
