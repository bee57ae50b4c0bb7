//! Work that outlives the request that began it: renewals, sign-outs, revocations. A stop of the server waits for it.

use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// What one process does in the background. Cloning shares it.
#[derive(Clone, Default)]
pub struct Background {
    tasks: TaskTracker,
    stopping: CancellationToken,
}

impl Background {
    /// Runs `work` to its end, whether or not anybody waits for the handle.
    pub fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.tasks.spawn(work)
    }

    /// Told when the server stops. Work that never ends by itself must end then.
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Waits for what is running, for so long at most. Whether all of it has ended.
    pub async fn stop(&self, at_most: Duration) -> bool {
        self.stopping.cancel();
        self.tasks.close();
        tokio::time::timeout(at_most, self.tasks.wait()).await.is_ok()
    }
}
