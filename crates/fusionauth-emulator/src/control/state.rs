//! The state that all control endpoints share.

use super::fault_injection;
use crate::http::HostName;
use crate::kickstart::Source;
use crate::state::{AppState, Behaviours, Clock};
use axum::extract::FromRef;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::sync::RwLock;

/// The state of the control endpoints.
#[derive(Clone)]
pub(crate) struct Control {
    pub(crate) emulator: Arc<AppState>,
    pub(crate) clock_offset: ClockOffset,
    pub(super) faults: Arc<fault_injection::Faults>,
    /// The behaviours that the emulator was started with, which a reset restores.
    pub(super) initial_behaviours: Behaviours,
    /// Each request holds a read lock, and a reset the write lock, so that a reset runs alone.
    pub(super) resetting: Arc<RwLock<()>>,
    /// The kickstart, which a reset runs again.
    pub(super) kickstart: Arc<Source>,
    /// Hosts besides this machine's under which the control endpoints answer.
    pub(super) allowed_hosts: Arc<[HostName]>,
}

/// By how many milliseconds the emulated clock is ahead of the clock that the emulator was started with.
#[derive(Clone, Default)]
pub(crate) struct ClockOffset(pub(super) Arc<AtomicI64>);

impl ClockOffset {
    /// A clock that is ahead of another one by this offset.
    pub(crate) fn apply(&self, clock: Clock) -> Clock {
        let offset = self.clone();
        Clock::new(move || clock.now_ms().saturating_add(offset.get_ms()))
    }

    pub(super) fn get_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

impl Control {
    pub(crate) fn new(emulator: Arc<AppState>, clock_offset: ClockOffset, kickstart: Arc<Source>, allowed_hosts: Vec<HostName>) -> Self {
        let (faults, resetting, initial_behaviours) = (Arc::default(), Arc::default(), emulator.behaviours());
        Self { emulator, clock_offset, faults, initial_behaviours, resetting, kickstart, allowed_hosts: allowed_hosts.into() }
    }
}

impl FromRef<Control> for Arc<AppState> {
    fn from_ref(control: &Control) -> Self {
        Self::clone(&control.emulator)
    }
}
