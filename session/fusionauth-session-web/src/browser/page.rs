//! Listens to the page's events (storage, visibility, network, back/forward cache), sets the session's timer, and takes the cross-tab lock.

use super::script;
use fusionauth_session::{Epoch, LockState, SessionVersion};
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;

#[cfg_attr(test, derive(Debug, PartialEq))]
pub(crate) enum PageEvent {
    /// Another tab wrote this value to the session's key, or removed the key (`None`).
    Stored(Option<String>),
    /// The page is visible or online again.
    Resumed,
    /// The page is hidden.
    Hidden,
    /// The user leaves the page: the browser discards it, or puts it into the back/forward cache.
    Left,
    /// The page is restored from the back/forward cache.
    Returned,
    /// The wait for the cross-tab lock is over, with the lock or without it.
    Locked(LockState),
    /// The timer has fired.
    TimerFired,
}

/// The page's listeners, its one timer, and the cross-tab lock. Dropping this value removes the listeners, clears the timer and
/// frees the lock.
pub(crate) struct Page {
    script: script::Page,
    _on_event: Closure<dyn Fn(u32, Option<String>)>,
}

impl Page {
    /// Listens until the page is dropped. `key` is the key of local storage, and the name of the lock and of the database with its notes.
    pub(crate) fn listen(key: &str, notify: impl Fn(PageEvent) + 'static) -> Self {
        // One closure serves all events, because each closure adds glue code between JavaScript and WebAssembly.
        let on_event = Closure::new(move |number, text| {
            notify(match number {
                0 => PageEvent::Stored(text),
                1 => PageEvent::Resumed,
                2 => PageEvent::Hidden,
                3 => PageEvent::Left,
                4 => PageEvent::Returned,
                5 => PageEvent::Locked(LockState::Held),
                6 => PageEvent::Locked(LockState::Abandoned),
                7 => PageEvent::Locked(LockState::Unavailable),
                _ => PageEvent::TimerFired,
            });
        });
        Self { script: script::listen(key, &on_event), _on_event: on_event }
    }

    /// Sends [`PageEvent::TimerFired`] after this many milliseconds. Clears a timer that was set before; 0 only clears it.
    pub(crate) fn wake_after(&self, ms: u32) {
        self.script.wake(ms);
    }

    /// Requests the lock. [`PageEvent::Locked`] follows within this many milliseconds.
    pub(crate) fn lock(&self, wait_ms: u32) {
        self.script.lock(wait_ms);
    }

    /// The session version that the last holder of the lock left, once [`PageEvent::Locked`] has arrived. It is in IndexedDB, because local
    /// storage may still show an older value to the next holder. If IndexedDB is missing, blocked or slow, this is the default version.
    pub(crate) fn version_left(&self) -> SessionVersion {
        let number = |at| self.script.note(at);
        SessionVersion { epoch: Epoch { number: number(0), nonce: number(1) }, generation: number(2) }
    }

    /// Adds to the version in IndexedDB a note that a request is under way. If this tab dies, the next holder of the lock finds the note.
    /// Resolves when the note is written or the write has failed.
    pub(crate) fn note_request(&self) -> JsFuture {
        self.script.begin().into()
    }

    /// Frees the lock. After [`Page::note_request`], first stores this version for the next holder.
    pub(crate) fn unlock(&self, SessionVersion { epoch, generation }: SessionVersion) {
        self.script.unlock(epoch.number, epoch.nonce, generation);
    }

    /// Frees the lock at once, or stops waiting for it.
    pub(crate) fn leave(&self) {
        self.script.leave();
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.script.stop();
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use futures::{
        FutureExt, StreamExt,
        channel::mpsc::{UnboundedReceiver, unbounded},
    };
    use js_sys::{Array, Promise};
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_test::wasm_bindgen_test;

    /// A simulated tab. All tabs of these tests are in one page.
    struct Tab {
        page: Page,
        events: UnboundedReceiver<PageEvent>,
    }

    /// The data that a tab receives with the lock.
    type Note = (LockState, SessionVersion);

    const NO_NOTE: Note = (LockState::Held, SessionVersion { epoch: Epoch { number: 0, nonce: 0 }, generation: 0 });
    const NO_LOCK: Note = (LockState::Unavailable, NO_NOTE.1);

    impl Tab {
        fn open(name: &str) -> Self {
            let (sender, events) = unbounded();
            Self { page: Page::listen(name, move |event| sender.unbounded_send(event).unwrap_or_default()), events }
        }

        /// Waits for the lock, and reads its note.
        async fn lock(&mut self, wait_ms: u32) -> Note {
            self.page.lock(wait_ms);
            self.settled().await
        }

        async fn settled(&mut self) -> Note {
            match self.events.next().await.expect("an event") {
                PageEvent::Locked(lock) => (lock, self.page.version_left()),
                other => panic!("{other:?}"),
            }
        }

        /// Holds the lock for a request, and leaves a note with this generation.
        async fn leave_note(&mut self, generation: u32) {
            assert_ne!(self.lock(5_000).await, NO_LOCK);
            self.page.note_request().await.unwrap();
            self.page.unlock(version(generation));
        }
    }

    fn version(generation: u32) -> SessionVersion {
        SessionVersion { epoch: Epoch { number: 7, nonce: u32::MAX }, generation }
    }

    async fn script(source: &str) -> JsValue {
        let promise: Promise = js_sys::eval(&format!("Promise.resolve().then(() => {source})")).unwrap().unchecked_into();
        JsFuture::from(promise).await.unwrap()
    }

    /// How many requests wait for this lock.
    async fn pending(name: &str) -> usize {
        let names = script("navigator.locks.query().then(it => it.pending.map(it => it.name))").await;
        names.unchecked_into::<Array>().iter().filter(|it| it.as_string().as_deref() == Some(name)).count()
    }

    fn unused(name: &str) -> String {
        format!("{name}-{}", js_sys::Math::random())
    }

    #[wasm_bindgen_test]
    async fn a_hidden_page_that_is_online_again_is_not_resumed() {
        let mut tab = Tab::open("key");
        let online = |hidden: bool| {
            let hide = format!("Object.defineProperty(document, 'hidden', {{ value: {hidden}, configurable: true }})");
            js_sys::eval(&format!("{hide}; dispatchEvent(new Event('online')); delete document.hidden")).unwrap();
        };
        online(true);
        assert!(tab.events.next().now_or_never().is_none(), "a hidden page is resumed when it is shown");
        online(false);
        assert_eq!(tab.events.next().now_or_never().flatten(), Some(PageEvent::Resumed));
    }

    #[wasm_bindgen_test]
    async fn a_second_holder_waits_for_the_first() {
        let (mut first, mut second, mut other) = (Tab::open("test-order"), Tab::open("test-order"), Tab::open("test-other"));
        assert_ne!(first.lock(1_000).await, NO_LOCK);
        second.page.lock(5_000);
        // The browser grants another lock in the same way, so a grant to `second` would have arrived by now.
        assert_ne!(other.lock(1_000).await, NO_LOCK);
        assert!(second.events.next().now_or_never().is_none());
        first.page.unlock(version(1));
        assert_ne!(second.settled().await, NO_LOCK);
    }

    #[wasm_bindgen_test]
    async fn a_waiter_that_gives_up_leaves_the_queue() {
        let (mut first, mut second, mut third) = (Tab::open("test-bound"), Tab::open("test-bound"), Tab::open("test-bound"));
        assert_ne!(first.lock(1_000).await, NO_LOCK);
        assert_eq!(second.lock(30).await, NO_LOCK);
        first.page.unlock(version(1));
        assert_ne!(third.lock(1_000).await, NO_LOCK);
    }

    #[wasm_bindgen_test]
    async fn a_tab_that_stops_or_leaves_while_it_waits_leaves_the_queue() {
        let name = "test-dropped";
        let (mut first, second, mut third) = (Tab::open(name), Tab::open(name), Tab::open(name));
        assert_ne!(first.lock(1_000).await, NO_LOCK);
        second.page.lock(60_000);
        third.page.lock(60_000);
        assert_eq!(pending(name).await, 2);
        drop(second);
        third.page.leave();
        assert_eq!(pending(name).await, 0);
        assert!(third.events.next().now_or_never().is_none(), "an abandoned wait reports nothing");
        drop(first);
        assert_ne!(third.lock(1_000).await, NO_LOCK);
    }

    #[wasm_bindgen_test]
    async fn a_lock_that_is_given_up_before_its_grant_is_noticed_is_free() {
        let (early, mut late) = (Tab::open("test-early"), Tab::open("test-early"));
        early.page.lock(1_000);
        early.page.leave();
        assert_ne!(late.lock(1_000).await, NO_LOCK);
    }

    #[wasm_bindgen_test]
    async fn one_tab_reads_the_note_of_another() {
        let name = unused("test-note");
        let (mut one, mut other) = (Tab::open(&name), Tab::open(&name));
        assert_eq!(one.lock(1_000).await, NO_NOTE);
        one.page.unlock(version(1));
        assert_eq!(other.lock(1_000).await, NO_NOTE, "no request was sent, so no note is left");
        other.page.unlock(version(1));
        for generation in 1..4 {
            one.leave_note(generation).await;
            assert_eq!(other.lock(1_000).await, (LockState::Held, version(generation)));
            other.page.unlock(version(9));
        }
        assert_ne!(one.lock(1_000).await, NO_LOCK);
        one.page.note_request().await.unwrap();
        one.page.leave();
        assert_eq!(other.lock(1_000).await, (LockState::Abandoned, version(3)), "the page was left during its request");
    }

    #[wasm_bindgen_test]
    async fn a_tab_that_stops_frees_the_lock_after_its_last_note() {
        let name = unused("test-stop");
        let (mut one, mut other) = (Tab::open(&name), Tab::open(&name));
        one.leave_note(1).await;
        assert_ne!(one.lock(1_000).await, NO_LOCK);
        one.page.note_request().await.unwrap();
        other.page.lock(5_000);
        one.page.unlock(version(2));
        drop(one);
        assert_eq!(other.settled().await, (LockState::Held, version(2)));
    }

    #[wasm_bindgen_test]
    async fn a_tab_that_stopped_or_left_keeps_no_connection() {
        for stops in [true, false] {
            let name = unused("test-closed");
            let mut tab = Tab::open(&name);
            tab.leave_note(1).await;
            assert_ne!(tab.lock(1_000).await, NO_LOCK, "the tab should get the lock again once its note is written");
            let left = if stops {
                drop(tab);
                None
            } else {
                tab.page.leave();
                Some(tab)
            };
            let delete = format!(
                "new Promise(resolve => {{
                    const request = indexedDB.deleteDatabase('{name}');
                    request.onsuccess = event => resolve(event.type);
                    // A connection that is being closed blocks for a moment only.
                    request.onblocked = event => setTimeout(() => resolve(event.type), 2000);
                }})"
            );
            assert_eq!(script(&delete).await, "success", "an open connection would block the deletion");
            if let Some(mut tab) = left {
                assert_eq!(tab.lock(1_000).await, NO_NOTE, "the lock opens the database again");
            }
        }
    }

    #[wasm_bindgen_test]
    async fn without_a_database_the_lock_is_held_all_the_same() {
        let mut nowhere = Tab::open("");
        nowhere.leave_note(1).await;
        assert_eq!(nowhere.lock(1_000).await, NO_NOTE);
    }

    #[wasm_bindgen_test]
    async fn a_malformed_note_counts_as_none() {
        for note in ["[]", "[1, 2]", "'1'", "[1, 2, 3, null, 5]"] {
            let name = unused("test-malformed");
            let write = format!(
                "new Promise(resolve => {{
                    const request = indexedDB.open('{name}', 1);
                    request.onupgradeneeded = () => request.result.createObjectStore('order').put({note}, 'order');
                    request.onsuccess = () => resolve(request.result.close());
                }})"
            );
            script(&write).await;
            assert_eq!(Tab::open(&name).lock(1_000).await, NO_NOTE, "{note}");
        }
    }
}
