//! Keeps the newest session version in IndexedDB, whose reads are ordered by the cross-tab lock; those of local storage
//! are not.

use super::script::{self, LockNotes};
use fusionauth_session::{Epoch, SessionVersion};
use js_sys::Array;
use wasm_bindgen_futures::JsFuture;

/// Four integers in IndexedDB. Where IndexedDB is missing, blocked or slow, the session works without them.
pub(crate) struct LockNoteStore(pub(super) LockNotes);

/// The note that the previous holder of the lock left.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(crate) struct LockNote {
    /// The newest session version.
    pub(crate) version: SessionVersion,
    /// Whether a request was sent and its end was never noted, because its tab died.
    pub(crate) under_way: bool,
}

impl LockNoteStore {
    /// `name` is the name of the database.
    pub(crate) fn new(name: &str) -> Self {
        Self(script::lock_notes(name))
    }

    /// Resolves when the note is written, or cannot be.
    pub(crate) fn write(&self, LockNote { version: SessionVersion { epoch, generation }, under_way }: LockNote) -> JsFuture {
        self.0.write(epoch.number, epoch.nonce, generation, under_way.into()).into()
    }

    /// Closes the connection, so that a page in the back/forward cache has none; it is opened anew when it is needed.
    pub(crate) fn close(&self) {
        self.0.close();
    }
}

impl LockNote {
    /// Reads what the lock was granted with: a list of four numbers, or a list that is no note.
    pub(super) fn of(list: &Array) -> Option<Self> {
        let number = |at| list.get(at).as_f64().map(|it| it as u32);
        let version = SessionVersion { epoch: Epoch { number: number(0)?, nonce: number(1)? }, generation: number(2)? };
        Some(Self { version, under_way: number(3)? != 0 })
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use crate::browser::locks::{self, LockRequest};
    use wasm_bindgen::JsValue;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn note(generation: u32) -> LockNote {
        LockNote { version: SessionVersion { epoch: Epoch { number: 7, nonce: u32::MAX }, generation }, under_way: generation % 2 == 1 }
    }

    /// The store, as the lock takes it.
    async fn read(notes: &LockNoteStore) -> Option<LockNote> {
        locks::note(LockRequest::take("test-lock-note", 1_000, notes).granted().await)
    }

    #[wasm_bindgen_test]
    async fn one_tab_reads_the_note_of_another() {
        let name = format!("test-lock-note-{}", js_sys::Date::now());
        let (one, other) = (LockNoteStore::new(&name), LockNoteStore::new(&name));
        assert_eq!(read(&one).await, Some(LockNote::default()));
        for generation in 0..3 {
            one.write(note(generation)).await.unwrap();
            assert_eq!(read(&other).await, Some(note(generation)));
        }
        one.close();
        one.write(note(3)).await.unwrap();
        assert_eq!(read(&other).await, Some(note(3)), "it is opened anew");
    }

    #[wasm_bindgen_test]
    async fn a_closed_note_keeps_no_connection() {
        let name = format!("test-lock-note-closed-{}", js_sys::Date::now());
        let delete = format!(
            "Promise.resolve().then(() => new Promise(resolve => {{
                const request = indexedDB.deleteDatabase('{name}');
                request.onsuccess = request.onblocked = event => resolve(event.type);
            }}))"
        );
        let notes = LockNoteStore::new(&name);
        notes.write(note(1)).await.unwrap();
        notes.close();
        let promise: js_sys::Promise = js_sys::eval(&delete).unwrap().into();
        assert_eq!(JsFuture::from(promise).await.unwrap(), "success", "an open connection would block the deletion");
    }

    #[wasm_bindgen_test]
    async fn without_a_database_the_lock_is_held_all_the_same() {
        let nowhere = LockNoteStore::new("");
        nowhere.write(note(1)).await.expect("nothing to fail");
        assert_eq!(read(&nowhere).await, Some(LockNote::default()));
    }

    #[wasm_bindgen_test]
    fn a_malformed_note_counts_as_none() {
        for list in [
            Array::new(),
            Array::of2(&1.into(), &2.into()),
            Array::of1(&"1".into()),
            Array::of4(&1.into(), &2.into(), &3.into(), &JsValue::NULL),
        ] {
            assert_eq!(LockNote::of(&list), None);
        }
    }
}
