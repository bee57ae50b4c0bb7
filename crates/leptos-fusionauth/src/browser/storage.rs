//! Reads and writes the session record in local storage.

use crate::{KeepSignedIn, browser::script, session_json};
use fusionauth_session::{SessionRecord, Stored, StoredSession};
use gloo_storage::{LocalStorage, Storage};

/// The one key of local storage that holds this application's session.
pub(crate) struct RecordStore {
    key: String,
}

impl RecordStore {
    pub(crate) fn new(application_id: &str) -> Self {
        Self { key: "fusionauth.session.".to_owned() + application_id }
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// Has the sign-in whose record is written next last as long as `keep` says.
    pub(crate) fn keep(&self, keep: KeepSignedIn) {
        script::set_mark(&self.key, keep == KeepSignedIn::No);
    }

    /// Whether the stored session was to end with the browser, and the browser was closed since.
    pub(crate) fn is_over(&self) -> bool {
        script::is_until_closed(&self.key) && !script::is_marked(&self.key)
    }

    /// The stored value. It may be one version old, because local storage is not ordered by locks.
    pub(crate) fn read(&self) -> Stored {
        match area().map(|it| it.get_item(&self.key)) {
            Some(Ok(text)) => parse(text.as_deref()),
            Some(Err(_)) | None => Stored::Blocked,
        }
    }

    /// Whether the record was written.
    pub(crate) fn write(&self, record: &SessionRecord) -> bool {
        // A renewal leaves it as it is, also where the mark was deleted.
        let is_renewed = |it: &StoredSession| it.generation > 0 && script::is_until_closed(&self.key);
        let until_closed = record.session.as_ref().is_some_and(|it| script::is_marked(&self.key) || is_renewed(it));
        let text = session_json::record_text(record, until_closed);
        area().is_some_and(|it| it.set_item(&self.key, &text).is_ok())
    }
}

/// Reads a stored value; a value that is no record of this version counts as absent.
pub(crate) fn parse(text: Option<&str>) -> Stored {
    let Some(record) = text.and_then(session_json::record) else { return Stored::Nothing };
    let claims = record.session.as_ref().and_then(|it| it.token.as_ref()).and_then(session_json::claims);
    Stored::from_record(record, claims)
}

/// Local storage, if the browser has it and allows it. gloo's `raw` panics without it, so the getter is asked first: it
/// throws where cookies are blocked, and returns null where storage is switched off.
fn area() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()??;
    Some(LocalStorage::raw())
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn a_record_of_another_version_counts_as_absent() {
        let odd = [
            "",
            "null",
            "{}",
            "{",
            "7",
            r#"{"format":2,"epoch":{"number":1,"nonce":1}}"#,
            r#"{"format":"1"}"#,
            "<html>",
            r#"{"format":1}"#,
        ];
        for text in odd {
            assert!(matches!(parse(Some(text)), Stored::Nothing), "{text}");
        }
        assert!(matches!(parse(None), Stored::Nothing));
        assert!(matches!(parse(Some(r#"{"format":1,"epoch":{"number":1,"nonce":1},"unknown":true}"#)), Stored::Record(..)));
    }
}
