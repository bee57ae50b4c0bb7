//! Tasks that outlive the request that began them: renewals, sign-outs, revocations and registrations. They finish even if a client
//! disconnects or the server stops, because an interrupted renewal would sign the user out, and an interrupted registration would lack an
//! application.

use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The background work of one process. Clones share it.
#[derive(Clone, Default)]
pub struct Background {
    tasks: TaskTracker,
    ending_streams: CancellationToken,
    stopping: CancellationToken,
}

impl Background {
    /// Runs `work` to its end, even if the handle is dropped.
    pub fn spawn<T: Send + 'static>(&self, task: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.tasks.spawn(task)
    }

    /// The number of running tasks. One of each application waits for revocations all the time.
    pub fn task_count(&self) -> usize {
        self.tasks.len()
    }

    /// Cancelled when the server stops. Work that never ends by itself must end then.
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Cancelled when the server begins to stop, before it waits for the responses that are under way. A response that never ends by itself
    /// must end then.
    pub fn ending_streams(&self) -> CancellationToken {
        self.ending_streams.clone()
    }

    /// Ends the responses that never end by themselves.
    pub fn end_streams(&self) {
        self.ending_streams.cancel();
    }

    /// Waits until all work has ended, but not longer than `limit`. Returns whether it has.
    pub async fn stop(&self, limit: Duration) -> bool {
        self.stopping.cancel();
        self.tasks.close();
        tokio::time::timeout(limit, self.tasks.wait()).await.is_ok()
    }
}
