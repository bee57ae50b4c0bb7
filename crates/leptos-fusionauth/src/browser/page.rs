use leptos::prelude::{WindowListenerHandle, window_event_listener_untyped};
use wasm_bindgen::JsCast;
use web_sys::{PageTransitionEvent, StorageEvent, VisibilityState};

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
pub(crate) fn listen(key: String, tell: impl Fn(PageEvent) + Clone + 'static) -> Listeners {
    let stored = {
        let tell = tell.clone();
        window_event_listener_untyped("storage", move |event| {
            let event: StorageEvent = event.unchecked_into();
            if event.key().is_none_or(|it| it == key) {
                tell(PageEvent::Stored(event.new_value()));
            }
        })
    };
    let visible = {
        let tell = tell.clone();
        window_event_listener_untyped("visibilitychange", move |_| tell(if is_visible() { PageEvent::Woke } else { PageEvent::Hid }))
    };
    let restored = {
        let tell = tell.clone();
        window_event_listener_untyped("pageshow", move |event| {
            if event.unchecked_into::<PageTransitionEvent>().persisted() {
                tell(PageEvent::Returned);
            }
        })
    };
    let left = {
        let tell = tell.clone();
        window_event_listener_untyped("pagehide", move |_| tell(PageEvent::Left))
    };
    let online = window_event_listener_untyped("online", move |_| tell(PageEvent::Woke));
    Listeners([stored, visible, restored, left, online])
}

/// The listeners of [`listen`].
pub(crate) struct Listeners([WindowListenerHandle; 5]);

impl Listeners {
    pub(crate) fn remove(self) {
        for handle in self.0 {
            handle.remove();
        }
    }
}

fn is_visible() -> bool {
    web_sys::window().and_then(|it| it.document()).is_none_or(|it| it.visibility_state() != VisibilityState::Hidden)
}
