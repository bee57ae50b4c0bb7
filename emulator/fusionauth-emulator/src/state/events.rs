//! The queue of events for the webhooks.

use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The sender to which endpoints report events. `domain::events` delivers them.
pub(crate) struct Events(UnboundedSender<Value>);

impl Events {
    /// An empty queue, and its receiver.
    pub(crate) fn new() -> (Self, UnboundedReceiver<Value>) {
        let (sender, receiver) = unbounded_channel();
        (Self(sender), receiver)
    }

    /// Adds an event. The request does not wait for the delivery, as with FusionAuth's transaction type `None`.
    pub(crate) fn push(&self, event: Value) {
        let _ = self.0.send(event); // fails only while the emulator stops
    }
}
