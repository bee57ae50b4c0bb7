use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Event, PageTransitionEvent, StorageEvent};

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

const HEARD: [&str; 5] = ["storage", "visibilitychange", "pageshow", "pagehide", "online"];

/// Listens until [`Listeners::remove`].
pub(crate) fn listen(key: String, tell: impl Fn(PageEvent) + 'static) -> Listeners {
    // One closure for all events: each would bring its own way from JavaScript along.
    let hear = Closure::<dyn FnMut(Event)>::new(move |event| {
        if let Some(event) = read(event, &key) {
            tell(event);
        }
    });
    for name in HEARD {
        let _ = window().add_event_listener_with_callback(name, hear.as_ref().unchecked_ref());
    }
    Listeners(hear)
}

/// The listeners of [`listen`].
pub(crate) struct Listeners(Closure<dyn FnMut(Event)>);

impl Listeners {
    pub(crate) fn remove(self) {
        for name in HEARD {
            let _ = window().remove_event_listener_with_callback(name, self.0.as_ref().unchecked_ref());
        }
    }
}

fn read(event: Event, key: &str) -> Option<PageEvent> {
    match event.type_().as_str() {
        "storage" => {
            let event: StorageEvent = event.unchecked_into();
            event.key().is_none_or(|it| it == key).then(|| PageEvent::Stored(event.new_value()))
        }
        "visibilitychange" => Some(if document().hidden() { PageEvent::Hid } else { PageEvent::Woke }),
        "pageshow" => event.unchecked_into::<PageTransitionEvent>().persisted().then_some(PageEvent::Returned),
        "pagehide" => Some(PageEvent::Left),
        _ => Some(PageEvent::Woke),
    }
}
