use super::script;
use js_sys::Function;
use wasm_bindgen::{JsValue, closure::Closure};

/// What the page tells a session.
pub(crate) enum PageEvent {
    /// Another tab wrote this key; what it wrote.
    Stored(Option<String>),
    /// Visible or online again.
    Woke,
    /// Hidden.
    Hid,
    /// Left: it ends, or lies in the back/forward cache from now on.
    Left,
    /// Restored from the back/forward cache.
    Returned,
}

/// Listens until [`Listeners::remove`].
pub(crate) fn listen(key: &str, tell: impl Fn(PageEvent) + 'static) -> Listeners {
    // One closure for all events: each would bring its own way from JavaScript along.
    let hear = Closure::new(move |number, text| {
        tell(match number {
            0 => PageEvent::Stored(text),
            1 => PageEvent::Woke,
            2 => PageEvent::Hid,
            3 => PageEvent::Left,
            _ => PageEvent::Returned,
        });
    });
    Listeners { remove: script::listen(key, &hear), _hear: hear }
}

/// The listeners of [`listen`].
pub(crate) struct Listeners {
    remove: Function,
    _hear: Closure<dyn FnMut(u32, Option<String>)>,
}

impl Listeners {
    pub(crate) fn remove(self) {
        let _ = self.remove.call0(&JsValue::UNDEFINED);
    }
}
