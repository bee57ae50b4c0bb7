//! Listens to the page's events (storage, visibility, network, back/forward cache), and sets the session's timer.

use super::script;
use wasm_bindgen::closure::Closure;

/// An event of the page.
pub(crate) enum PageEvent {
    /// Another tab wrote this key, with this value.
    Stored(Option<String>),
    /// The page is visible or online again.
    Resumed,
    /// The page is hidden.
    Hidden,
    /// The page is left: it ends, or enters the back/forward cache.
    Left,
    /// The page is restored from the back/forward cache.
    Returned,
    /// The timer has fired.
    TimerFired,
}

/// Listens until it is dropped.
pub(crate) fn listen(key: &str, notify: impl Fn(PageEvent) + 'static) -> Listeners {
    // One closure serves all events, because each closure adds glue code between JavaScript and WebAssembly.
    let on_event = Closure::new(move |number, text| {
        notify(match number {
            0 => PageEvent::Stored(text),
            1 => PageEvent::Resumed,
            2 => PageEvent::Hidden,
            3 => PageEvent::Left,
            4 => PageEvent::Returned,
            _ => PageEvent::TimerFired,
        });
    });
    Listeners { page: script::listen(key, &on_event), _on_event: on_event }
}

/// The listeners of [`listen`], and the session's one timer.
pub(crate) struct Listeners {
    page: script::Page,
    _on_event: Closure<dyn Fn(u32, Option<String>)>,
}

impl Listeners {
    /// Sends [`PageEvent::TimerFired`] after this many milliseconds, and clears a timer that was set before; 0 clears
    /// it alone.
    pub(crate) fn wake_after(&self, ms: u32) {
        self.page.wake(ms);
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        self.page.stop();
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use std::{cell::RefCell, rc::Rc};
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn a_hidden_page_that_is_online_again_is_not_resumed() {
        let events = Rc::new(RefCell::new(Vec::new()));
        let log = events.clone();
        let _listeners = listen("key", move |event| log.borrow_mut().push(matches!(event, PageEvent::Resumed)));
        let online = |hidden: bool| {
            let hide = format!("Object.defineProperty(document, 'hidden', {{ value: {hidden}, configurable: true }})");
            js_sys::eval(&format!("{hide}; dispatchEvent(new Event('online')); delete document.hidden")).unwrap();
        };
        online(true);
        assert!(events.borrow().is_empty(), "a hidden page looks again when it is shown");
        online(false);
        assert_eq!(*events.borrow(), [true]);
    }
}
