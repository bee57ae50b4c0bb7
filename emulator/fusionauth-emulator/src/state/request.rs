//! The request that the current task handles.

use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeSet;

#[derive(Default)]
struct Request {
    /// The member `info` of its events.
    info: Value,
    /// What it has set without any effect.
    without_effect: BTreeSet<String>,
    /// Whether it is refused if it sets anything without any effect.
    is_strict: bool,
}

/// A request sets members that have no effect, which this emulator refuses.
#[derive(Debug, thiserror::Error)]
#[error("members without effect: {0:?}")]
pub(crate) struct WithoutEffect(pub(crate) Vec<String>);

tokio::task_local! {
    static REQUEST: RefCell<Request>;
}

/// Handles a request that is described by `info`. The names are those of what it has set without any effect.
pub(crate) async fn during<T>(info: Value, is_strict: bool, handling: impl Future<Output = T>) -> (T, BTreeSet<String>) {
    let request = RefCell::new(Request { info, is_strict, ..Request::default() });
    let handling = async {
        let handled = handling.await;
        (handled, REQUEST.with(|it| std::mem::take(&mut it.borrow_mut().without_effect)))
    };
    REQUEST.scope(request, handling).await
}

/// Adds what the body of the request says: the `ipAddress` of a login, and `eventInfo`, which FusionAuth accepts in every body. Removes
/// `eventInfo`. Outside of a request, does nothing.
pub(crate) fn take_info(body: &mut Value) {
    let _ = REQUEST.try_with(|it| {
        let info = &mut it.borrow_mut().info;
        if let Some(address) = body["ipAddress"].as_str() {
            info["ipAddress"] = json!(address);
        }
        if let Some(Value::Object(own)) = body.as_object_mut().and_then(|it| it.remove("eventInfo")) {
            own.into_iter().filter(|(_, it)| !it.is_null()).for_each(|(name, value)| info[name] = value);
        }
    });
}

/// The member `info` of an event of the current request.
pub(crate) fn info() -> Value {
    REQUEST.try_with(|it| it.borrow().info.clone()).unwrap_or_else(|_| json!({}))
}

/// Notes what the current request sets without any effect, or refuses the request because of that. Callers note before they commit.
pub(crate) fn note_without_effect(names: impl FnOnce() -> Vec<String>) -> Result<(), WithoutEffect> {
    let noted = REQUEST.try_with(|it| {
        let (mut request, names) = (it.borrow_mut(), names());
        if request.is_strict && !names.is_empty() {
            return Err(WithoutEffect(names));
        }
        request.without_effect.extend(names);
        Ok(())
    });
    noted.unwrap_or(Ok(()))
}
