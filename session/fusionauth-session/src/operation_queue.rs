//! The queue of this tab's requests that may change the browser's cookies. They run one at a time, because script
//! cannot undo a `Set-Cookie` that arrives late.

use crate::{LockState, OperationId, Request, SessionVersion};
use serde::{Deserialize, Serialize};
use std::mem::discriminant;

/// The requests of this tab that may change the browser's cookies. Only one is under way at a time, so the order of the
/// requests is the order of their answers.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct OperationQueue {
    /// At most one request of each kind, so the list stays short.
    queue: Vec<Request>,
    pub(crate) active: Option<Operation>,
    last_id: u32,
}

/// The operation under way.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Operation {
    pub(crate) id: OperationId,
    pub(crate) request: Request,
    /// The snapshot from when the request was sent; `None` while the operation waits for the lock.
    pub(crate) sent: Option<Snapshot>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    pub(crate) version: SessionVersion,
    /// The newest version that a previous holder of the lock left. Storage may not show it yet.
    pub(crate) newest: SessionVersion,
    pub(crate) lock: LockState,
}

impl OperationQueue {
    /// Appends a request, unless the same one waits already.
    pub(crate) fn enqueue(&mut self, request: Request) {
        if !self.queue.contains(&request) {
            self.queue.push(request);
        }
    }

    /// Whether a request waits to be started.
    pub(crate) fn waits(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Removes a request that was not started.
    pub(crate) fn withdraw(&mut self, request: Request) {
        if let Some(at) = self.queue.iter().position(|it| *it == request) {
            self.queue.remove(at);
        }
    }

    /// Whether a request of this kind waits or is under way.
    pub(crate) fn holds(&self, request: Request) -> bool {
        let is_alike = |it: &Request| discriminant(it) == discriminant(&request);
        self.queue.iter().any(is_alike) || self.active.is_some_and(|it| is_alike(&it.request))
    }

    /// Treats the request under way as if it had been sent without the lock.
    pub(crate) fn distrust_lock(&mut self) {
        if let Some(snapshot) = self.active.as_mut().and_then(|it| it.sent.as_mut()) {
            snapshot.lock = LockState::Unavailable;
        }
    }

    /// Starts the next operation, if none is under way.
    pub(crate) fn start(&mut self) -> Option<OperationId> {
        if self.active.is_some() || self.queue.is_empty() {
            return None;
        }
        let request = self.queue.remove(0);
        self.last_id = self.last_id.wrapping_add(1);
        let id = OperationId(self.last_id);
        self.active = Some(Operation { id, request, sent: None });
        Some(id)
    }

    /// Ends the operation under way, if it is this one.
    pub(crate) fn finish(&mut self, id: OperationId) -> Option<Operation> {
        self.active.take_if(|it| it.id == id)
    }
}
