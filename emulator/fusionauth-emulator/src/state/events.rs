//! The queue of events for the webhooks.

use serde_json::{Value, json};
use std::cell::RefCell;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

tokio::task_local! {
    /// What is known about the request that this task handles: the member `info` of its events.
    static REQUEST: RefCell<Value>;
}

/// Handles a request that is described by `info`.
pub(crate) async fn during<T>(info: Value, handling: impl Future<Output = T>) -> T {
    REQUEST.scope(RefCell::new(info), handling).await
}

/// Adds what the body of the request says: its `eventInfo`, and the `ipAddress` of a login.
pub(crate) fn read_info(body: &Value) {
    let own = body["eventInfo"].as_object().into_iter().flatten().filter(|(_, it)| !it.is_null());
    let ip_address = body["ipAddress"].as_str().map(|it| ("ipAddress".to_owned(), json!(it)));
    let members: Vec<_> = ip_address.into_iter().chain(own.map(|(name, value)| (name.clone(), value.clone()))).collect();
    // A kickstart's requests have no description.
    let _ = REQUEST.try_with(|it| members.into_iter().for_each(|(name, value)| it.borrow_mut()[name] = value));
}

/// The member `info` of an event of the current request.
pub(crate) fn info() -> Value {
    REQUEST.try_with(|it| it.borrow().clone()).unwrap_or_else(|_| json!({}))
}

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
