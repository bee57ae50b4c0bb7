//! Compares the hand-written JSON reading and writing with serde's.

use super::*;
use crate::json;
use wasm_bindgen_test::wasm_bindgen_test;

fn records() -> Vec<SessionRecord> {
    let record = SessionRecord {
        format: 1,
        epoch: Epoch { number: 7, nonce: u32::MAX },
        session: None,
        ended: None,
        logout_pending: false,
        throttle_ms: 0,
        throttled_at: 0,
    };
    let session = StoredSession {
        sub: "u\"\n\u{2028}".into(),
        generation: 3,
        token: Some(AccessToken::new("a.b.c")),
        received_at: 1_790_000_000_000,
    };
    let mut records = vec![record.clone()];
    for token in [session.token.clone(), None] {
        records.push(SessionRecord { session: Some(StoredSession { token, ..session.clone() }), ..record.clone() });
    }
    for ended in [SignOutReason::UserRequest, SignOutReason::Expired, SignOutReason::Replaced] {
        records.push(SessionRecord { throttle_ms: 60_000, throttled_at: 1_790_000_000_000, ..record.clone() });
        records.push(SessionRecord { ended: Some(ended), logout_pending: ended == SignOutReason::UserRequest, ..record.clone() });
    }
    records
}

#[wasm_bindgen_test]
fn a_record_is_written_and_read_as_serde_does() {
    for it in records() {
        let text = record_text(&it, false);
        assert_eq!(text, json::encode(&it));
        assert!(record(&text).as_ref() == Some(&it) && json::decode(&text) == Ok(it), "{text}");
    }
}

#[wasm_bindgen_test]
fn a_member_of_another_type_makes_the_object_unreadable() {
    let fits = r#"{"format":1,"epoch":{"number":1,"nonce":1},"session":{"sub":"u","generation":0,"receivedAt":0}}"#;
    assert!(record(fits).is_some());
    for (part, other) in [
        ("\"format\":1", "\"format\":\"1\""),
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
        assert!(text != fits && record(&text).is_none() && json::decode::<SessionRecord>(&text).is_err(), "{text}");
    }
    for text in ["", "{", "null", "7", "\"x\"", "[]", "{}", "<html>"] {
        assert!(record(text).is_none(), "{text}");
    }
}

#[wasm_bindgen_test]
fn claims_are_read_from_base64url_only() {
    // {"sub":"ü?>","aud":"app"} has `_` and `-` in base64url.
    let token = AccessToken::new("e30.eyJzdWIiOiLDvD8-IiwiYXVkIjoiYXBwIn0.x");
    let read = claims(&token).expect("claims");
    assert_eq!((read.sub.as_deref(), &read.aud.0[..]), (Some("ü?>"), &["app".to_owned()][..]));
    // The last two: no UTF-8, and a `sub` that is a number.
    for text in ["", "a", "a.b", "a.e30", "a.b.c", "a.!!.c", "a.bnVsbA.c", "a.e30.c.d", "a.__8.c", "a.eyJzdWIiOjd9.c"] {
        assert!(claims(&AccessToken::new(text)).is_none(), "{text}");
    }
}

#[wasm_bindgen_test]
fn claims_are_the_same_as_serdes() {
    for text in [
        r#"{"sub":"u","aud":"a","exp":1300.5,"iat":1000,"email":"u@example.com","other":[1]}"#,
        r#"{"sub":"u","aud":["a","b"],"exp":null}"#,
        r#"{"aud":[]}"#,
        "{}",
        r#"{"aud":7}"#,
        r#"{"aud":["a",7]}"#,
        r#"{"exp":"1300"}"#,
        r#"{"email":false}"#,
    ] {
        let base64 = web_sys::window().unwrap().btoa(text).unwrap().replace('+', "-").replace('/', "_");
        let token = AccessToken::new(["e30", base64.trim_end_matches('='), "x"].join("."));
        assert_eq!(claims(&token), json::decode::<Claims>(text).ok(), "{text}");
    }
}

#[wasm_bindgen_test]
fn answers_are_read_as_far_as_they_are_needed() {
    let answer = login_response(parsed(
        r#"{"token":"a.b.c","refreshToken":"never read","user":{"id":"u","email":"e"},"twoFactorId":"t",
        "changePasswordId":"c","changePasswordReason":"Expired"}"#,
    ))
    .expect("an answer");
    assert!(answer.token.is_some_and(|it| it.expose() == "a.b.c"));
    assert_eq!(answer.user, Some(User { id: "u".into(), email: Some("e".into()) }));
    assert_eq!((answer.two_factor_id.as_deref(), answer.change_password_id.as_deref()), (Some("t"), Some("c")));
    for odd in [r#"{"twoFactorId":7}"#, r#"{"token":1}"#, "[]", "7"] {
        assert!(login_response(parsed(odd)).is_none(), "{odd}");
    }

    assert!(refresh_response(parsed(r#"{"token":"a.b.c"}"#)).is_some_and(|it| it.token.is_some() && !it.is_errors));
    for errors in [r#"{"fieldErrors":{}}"#, r#"{"generalErrors":[]}"#] {
        assert!(refresh_response(parsed(errors)).is_some_and(|it| it.is_errors), "{errors}");
    }

    for (text, id) in [(r#"{"id":"u"}"#, Some("u")), (r#"{"user":{"id":"v"}}"#, Some("v")), (r#"{"user":{}}"#, None), ("{}", None)] {
        assert_eq!(user(parsed(text)).map(|it| it.id).as_deref(), id, "{text}");
    }
}

/// What a broken or hostile server or another script might leave: pieces of real texts, put together by chance. Whatever serde reads
/// is read here, and is the same.
#[wasm_bindgen_test]
fn damaged_texts_are_read_as_serde_reads_them() {
    const RECORD: &str = r#"{"format":1,"epoch":{"number":7,"nonce":4},"session":{"sub":"u","generation":3,"token":"a.b.c",
        "receivedAt":1790000000000},"ended":"user-request","logoutPending":true}"#;
    const CLAIMS: &str = r#"{"sub":"u","aud":["a","b"],"exp":1300.5,"iat":1000,"email":"u@example.com"}"#;
    const LOGIN: &str = r#"{"token":"a.b.c","user":{"id":"u","email":"e"},"twoFactorId":"t","changePasswordId":"c",
        "changePasswordReason":"Expired"}"#;
    const REFRESH: &str = r#"{"token":"a.b.c","fieldErrors":{"x":[]},"generalErrors":[]}"#;
    let mut chance = Chance(js_sys::Date::now() as u64 | 1);
    let seed = chance.0;
    let mut read = 0;
    for _ in 0..2_000 {
        for whole in [RECORD, CLAIMS, LOGIN, REFRESH] {
            let text = chance.damaged(whole);
            let context = format!("seed {seed}: {text}");
            // A `null` is as good as absent here, and an error to serde where the member is no option.
            let has_null = text.contains("null");
            let same = |ours: Option<String>, serdes: Option<String>| {
                assert!(ours == serdes || has_null && serdes.is_none(), "{context}\n{ours:?}\n{serdes:?}");
                usize::from(ours.is_some())
            };
            let shown = |it: SessionRecord| record_text(&it, false);
            read += same(record(&text).map(shown), json::decode::<SessionRecord>(&text).ok().map(shown));
            let claims = |it: Claims| format!("{it:?}");
            read += same(claims_of(parsed(&text)).map(claims), json::decode::<Claims>(&text).ok().map(claims));
            let refresh = |it: RefreshResponse| format!("{} {}", it.token.is_some(), it.is_errors);
            read += same(refresh_response(parsed(&text)).map(refresh), json::decode::<RefreshResponse>(&text).ok().map(refresh));
            let login = |it: LoginResponse| {
                let LoginResponse { token, user, two_factor_id, change_password_id, change_password_reason } = it;
                let token = token.map(|it| it.expose().to_owned());
                format!("{:?}", (token, user, two_factor_id, change_password_id, change_password_reason))
            };
            read += same(login_response(parsed(&text)).map(login), json::decode::<LoginResponse>(&text).ok().map(login));
        }
    }
    assert!(read > 1_000, "seed {seed}: hardly anything was readable ({read}), so hardly anything was compared");
}

fn parsed(text: &str) -> JsValue {
    JSON::parse(text).unwrap_or_default()
}

/// Chance that can be repeated (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % bound
    }

    /// A text with one to three of its pieces replaced, left out or doubled.
    fn damaged(&mut self, text: &str) -> String {
        const OTHERS: [&str; 14] =
            ["null", "7", "-1", "1.5", "1e9", "4294967296", "\"x\"", "\"expired\"", "true", "{}", "[]", "[7]", "<", "\u{fffd}"];
        let mut pieces: Vec<String> = text.split_inclusive([':', ',', '{', '}', '[', ']']).map(str::to_owned).collect();
        for _ in 0..=self.below(3) {
            let at = self.below(pieces.len());
            match self.below(4) {
                0 => drop(pieces.remove(at)),
                1 => pieces.insert(at, pieces[at].clone()),
                _ => {
                    // The value goes, the sign behind it stays.
                    let sign = pieces[at].pop().map(String::from).unwrap_or_default();
                    pieces[at] = OTHERS[self.below(OTHERS.len())].to_owned() + &sign;
                }
            }
        }
        pieces.concat()
    }
}
