//! Reads and writes the session record in local storage.

use crate::{KeepSignedIn, browser::script, json};
use fusionauth_session::{SessionRecord, Stored, StoredSession};
use gloo_storage::{LocalStorage, Storage};
use serde::Deserialize;

/// The session record of this application, under its one key of local storage.
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

    /// Sets or deletes the mark that the next sign-in must end when the browser is closed.
    pub(crate) fn keep(&self, keep: KeepSignedIn) {
        script::set_mark(&self.key, keep == KeepSignedIn::No);
    }

    /// Whether the stored session had to end when the browser is closed, and the browser was closed since the sign-in.
    pub(crate) fn is_over(&self) -> bool {
        self.is_until_closed() && !script::is_marked(&self.key)
    }

    fn is_until_closed(&self) -> bool {
        let text = area().and_then(|it| it.get_item(&self.key).ok().flatten());
        text.and_then(|it| json::decode(&it).ok()).is_some_and(|Lifetime { until_closed }| until_closed)
    }

    /// The stored value. It may be one version old, because a tab that gets the lock may not see the previous holder's last write to local
    /// storage yet.
    pub(crate) fn read(&self) -> Stored {
        match area().map(|it| it.get_item(&self.key)) {
            Some(Ok(text)) => parse(text.as_deref()),
            Some(Err(_)) | None => Stored::Blocked,
        }
    }

    /// Writes the record, and returns whether that succeeded.
    pub(crate) fn write(&self, record: &SessionRecord) -> bool {
        // A renewal keeps `until_closed`, even if the mark was deleted.
        let is_renewed = |it: &StoredSession| it.generation > 0 && self.is_until_closed();
        let until_closed = record.session.as_ref().is_some_and(|it| script::is_marked(&self.key) || is_renewed(it));
        area().is_some_and(|it| it.set_item(&self.key, &encode(record, until_closed)).is_ok())
    }
}

/// The value in storage. The driver adds a member to the record of a session that must end when the browser is closed. It does so without
/// `#[serde(flatten)]`, which would add the code of maps to the program.
fn encode(record: &SessionRecord, until_closed: bool) -> String {
    let mut text = json::encode(record);
    if until_closed {
        text.pop();
        text += r#","untilClosed":true}"#;
    }
    text
}

/// The member that the driver adds.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Lifetime {
    #[serde(default)]
    until_closed: bool,
}

/// Reads a stored value; a value that is not a record of this version counts as absent.
pub(crate) fn parse(text: Option<&str>) -> Stored {
    let Some(record) = text.and_then(|it| json::decode::<SessionRecord>(it).ok()) else { return Stored::Nothing };
    let claims = record.session.as_ref().and_then(|it| it.token.as_ref()).and_then(|it| json::decode_payload(it).ok());
    Stored::from_record(record, claims)
}

/// Local storage, if the browser has it and allows it. The code calls the browser's getter first, because gloo's `LocalStorage::raw` panics
/// without local storage. The getter throws if cookies are blocked, and returns null if storage is switched off.
fn area() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()??;
    Some(LocalStorage::raw())
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use fusionauth_api::AccessToken;
    use fusionauth_session::{Epoch, SignOutReason};
    use wasm_bindgen_test::wasm_bindgen_test;

    const EPOCH: &str = r#""format":1,"epoch":{"number":7,"nonce":4294967295}"#;

    fn read(text: &str) -> Option<SessionRecord> {
        match parse(Some(text)) {
            Stored::Record(record, _) => Some(record),
            Stored::Nothing | Stored::Blocked => None,
        }
    }

    /// The format must not change, because tabs that run other versions of this crate read and write the same value.
    #[wasm_bindgen_test]
    fn the_value_in_storage_keeps_its_format() {
        let session = |token: Option<&str>| {
            let token = token.map(AccessToken::new);
            Some(StoredSession { sub: "u\"\n\u{2028}".into(), generation: 3, token, received_at: 1_790_000_000_000 })
        };
        let record = |session, ended| SessionRecord {
            format: 1,
            epoch: Epoch { number: 7, nonce: u32::MAX },
            session,
            ended,
            logout_pending: ended == Some(SignOutReason::UserRequest),
            throttle_ms: 0,
            throttled_at: 0,
        };
        let throttled =
            SessionRecord { throttle_ms: 60_000, throttled_at: 1_790_000_000_000, ..record(None, Some(SignOutReason::Expired)) };
        let sub = "\"sub\":\"u\\\"\\n\u{2028}\",\"generation\":3";
        for (record, until_closed, members) in [
            (record(None, None), false, String::new()),
            (
                record(session(Some("a.b.c")), None),
                true,
                format!(r#","session":{{{sub},"token":"a.b.c","receivedAt":1790000000000}},"untilClosed":true"#),
            ),
            (record(session(None), None), false, format!(r#","session":{{{sub},"receivedAt":1790000000000}}"#)),
            (record(None, Some(SignOutReason::UserRequest)), false, r#","ended":"user-request","logoutPending":true"#.into()),
            (record(None, Some(SignOutReason::Replaced)), false, r#","ended":"replaced""#.into()),
            (throttled, false, r#","ended":"expired","throttleMs":60000,"throttledAt":1790000000000"#.into()),
        ] {
            let text = format!("{{{EPOCH}{members}}}");
            assert_eq!(encode(&record, until_closed), text);
            assert!(read(&text) == Some(record), "{text}");
            assert_eq!(json::decode::<Lifetime>(&text).unwrap().until_closed, until_closed, "{text}");
        }
        assert!(read(&format!(r#"{{"unknown":[true],{EPOCH}}}"#)).is_some(), "a newer version may write further members");
    }

    #[wasm_bindgen_test]
    fn a_value_that_is_no_record_of_this_version_counts_as_absent() {
        assert!(matches!(parse(None), Stored::Nothing));
        let fits = r#"{"format":1,"epoch":{"number":1,"nonce":1},"session":{"sub":"u","generation":0,"receivedAt":0}}"#;
        assert!(read(fits).is_some());
        for (part, other) in [
            ("\"format\":1", "\"format\":\"1\""),
            ("\"format\":1", "\"format\":2"),
            ("\"number\":1", "\"number\":-1"),
            ("\"number\":1", "\"number\":1.5"),
            ("\"nonce\":1", "\"nonce\":4294967296"),
            ("\"nonce\":1", "\"nonces\":1"),
            ("{\"number\":1,\"nonce\":1}", "[1,1]"),
            ("\"sub\":\"u\"", "\"sub\":7"),
            ("\"sub\":\"u\"", "\"sub\":\"u\",\"token\":{}"),
            ("\"generation\":0,", ""),
            ("\"format\":1", "\"format\":1,\"ended\":\"other\""),
            ("\"format\":1", "\"format\":1,\"ended\":1"),
            ("\"format\":1", "\"format\":1,\"logoutPending\":\"yes\""),
        ] {
            let text = fits.replacen(part, other, 1);
            assert!(text != fits && read(&text).is_none(), "{text}");
        }
        for text in ["", "{", "null", "7", "\"x\"", "[]", "{}", "<html>", r#"{"format":1}"#] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
