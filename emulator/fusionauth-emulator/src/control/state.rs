//! The state that all control endpoints share.

use super::fault_injection::Faults;
use super::requests::Journal;
use crate::api;
use crate::database;
use crate::http::HostName;
use crate::kickstart::{self, KickstartError, Source};
use crate::state::{AppState, Behaviours, Clock};
use axum::Router;
use axum::extract::FromRef;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::sync::{RwLock, watch};

/// The state of the control endpoints.
#[derive(Clone)]
pub(crate) struct Control {
    pub(crate) emulator: Arc<AppState>,
    pub(crate) clock_offset: ClockOffset,
    pub(crate) faults: Arc<Faults>,
    pub(crate) journal: Arc<Journal>,
    /// Whether the emulator is stopping. It then accepts no connections, and requests that wait for an event get their answers.
    pub(crate) stopping: watch::Sender<bool>,
    /// The behaviours that the emulator was started with, which a reset restores.
    pub(super) initial_behaviours: Behaviours,
    /// Requests take a read lock. A reset takes the write lock, as does the end of a start, so that no request is handled during either.
    /// Requests about faults take no lock, and requests for mail hold it only for a moment.
    pub(crate) resetting: Arc<RwLock<()>>,
    /// The kickstart, which a reset runs again.
    pub(super) kickstart: Arc<Source>,
    /// FusionAuth's API, for the requests of the kickstart. It is built once, because it has hundreds of routes.
    pub(crate) endpoints: Router,
    /// Host names, besides this machine's names, under which the control endpoints answer.
    pub(super) allowed_hosts: Arc<[HostName]>,
}

/// The maximum of [`ClockOffset`] in seconds: a thousand years.
pub(super) const MAX_SECONDS: i64 = 1_000 * 366 * 24 * 60 * 60;

/// By how many milliseconds the emulated clock is ahead of the clock that the emulator was started with.
#[derive(Clone, Default)]
pub(crate) struct ClockOffset(Arc<AtomicI64>);

impl ClockOffset {
    /// A clock that is ahead of `clock` by this offset.
    pub(crate) fn apply(&self, clock: Clock) -> Clock {
        let offset = self.clone();
        Clock::new(move || clock.now_ms().saturating_add(offset.get_ms()))
    }

    pub(super) fn get_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    /// Increases the offset, up to [`MAX_SECONDS`].
    pub(crate) fn advance_ms(&self, milliseconds: i64) {
        let advance = |it: i64| Some(it.saturating_add(milliseconds).min(MAX_SECONDS * 1_000));
        // `fetch_update` fails only if the closure returns `None`.
        let _ = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, advance);
    }
}

impl Control {
    pub(crate) fn new(emulator: Arc<AppState>, clock_offset: ClockOffset, kickstart: Arc<Source>, allowed_hosts: Vec<HostName>) -> Self {
        let (faults, journal, resetting, initial_behaviours) = (Arc::default(), Arc::default(), Arc::default(), emulator.behaviours());
        let (endpoints, allowed_hosts) = (api::router(Arc::clone(&emulator)), allowed_hosts.into());
        let stopping = watch::Sender::new(false);
        Self { emulator, clock_offset, faults, journal, stopping, initial_behaviours, resetting, kickstart, endpoints, allowed_hosts }
    }

    /// Sets everything up as a first start does, from the current kickstart file and with new signing keys. Requests wait until the
    /// reset is done. The earlier data are deleted even if the kickstart has an error.
    pub(crate) async fn reset(&self) -> Result<(), KickstartError> {
        let _no_requests = self.resetting.write().await;
        database::setup::clear(&self.emulator.database).await?;
        self.emulator.sent_messages.clear();
        self.faults.clear();
        self.journal.clear();
        self.clock_offset.0.store(0, Ordering::SeqCst);
        self.emulator.set_behaviours(self.initial_behaviours);
        self.begin_setup().await?;
        kickstart::finish(&self.emulator).await
    }

    /// Releases the requests that the emulator itself makes wait: those that faults hold, and those that wait for a message or for held
    /// requests.
    pub(crate) fn begin_stop(&self) {
        self.stopping.send_replace(true);
        self.faults.clear();
    }

    /// Waits until the emulator is stopping.
    pub(crate) async fn stopped(&self) {
        // An error would mean that the sender was dropped, but `self` owns one.
        let _ = self.stopping.subscribe().wait_for(|it| *it).await;
    }

    /// Runs the kickstart. The caller holds the write lock of `resetting` until [`kickstart::finish`] has ended.
    pub(crate) async fn begin_setup(&self) -> Result<(), KickstartError> {
        kickstart::run(&self.emulator, &self.endpoints, &self.kickstart).await
    }
}

impl FromRef<Control> for Arc<AppState> {
    fn from_ref(control: &Control) -> Self {
        Self::clone(&control.emulator)
    }
}
