//! Tasks that finish even if the client disconnects or the server stops: renewals, sign-outs, revocations and registrations. An interrupted
//! renewal would sign the user out. After an interrupted registration, the user could be registered for only one of the two applications.

use crate::clock::Clock;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The background work of one server. Clones share the same tasks. The tasks have the server's clock.
#[derive(Clone, Default)]
pub struct Background {
    clock: Clock,
    tasks: TaskTracker,
    ending_streams: CancellationToken,
    stopping: CancellationToken,
}

impl Background {
    /// The background work of the server with this clock.
    pub fn new(clock: Clock) -> Self {
        Self { clock, ..Self::default() }
    }

    /// The server's clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Runs `task` to its end, even if the caller drops the handle.
    pub fn spawn<T: Send + 'static>(&self, task: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.tasks.spawn(self.clock.scope(task))
    }

    /// The number of running tasks. Some of them run until the server stops, such as the task that waits for revocations.
    pub fn task_count(&self) -> usize {
        self.tasks.len()
    }

    /// A token that is cancelled when the server stops. An endless task must watch the token and end then.
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// A token that is cancelled when the server begins to stop, before it waits for the responses in flight. An endless response must
    /// watch the token and end then.
    pub fn ending_streams(&self) -> CancellationToken {
        self.ending_streams.clone()
    }

    /// Ends the endless responses.
    pub fn end_streams(&self) {
        self.ending_streams.cancel();
    }

    /// Waits until all tasks have ended, for `limit` at most. Returns whether all have ended.
    pub async fn stop(&self, limit: Duration) -> bool {
        self.stopping.cancel();
        self.tasks.close();
        tokio::time::timeout(limit, self.tasks.wait()).await.is_ok()
    }
}

/// The times at which an endless task looks for work in the database.
pub(crate) struct Poll {
    due: Interval,
    stopping: CancellationToken,
}

impl Poll {
    /// The first time is now. Work that takes longer than `period` delays the next time.
    pub(crate) fn every(period: Duration, stopping: CancellationToken) -> Self {
        let mut due = interval(period);
        due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { due, stopping }
    }

    /// Waits for the next time. False once the server stops.
    pub(crate) async fn next(&mut self) -> bool {
        tokio::select! {
            () = self.stopping.cancelled() => false,
            _ = self.due.tick() => true,
        }
    }
}
