//! The early script: when it sends the stored token, and what becomes of its request once the session is there.

#![cfg(target_arch = "wasm32")]

mod support;

use fusionauth_api::{
    AccessToken,
    claims::{Audience, Claims},
};
use fusionauth_session::{
    CallerId, Config, Credential, Effect, Epoch, Event, Machine, Now, SessionRecord, Stored, StoredSession, Transport,
};
use leptos_fusionauth::{ApiRequest, FetchError, TokenStorage, Tuning};
use support::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const VALIDATE: &str = "GET /api/jwt/validate";

/// A page whose visitor has been signed in before. The early script is there, and the session is not yet.
async fn returning() {
    drop(signed_in(TokenStorage::LocalStorage).await);
    load_script();
}

fn load_script() {
    js_sys::eval(include_str!("../src/early.js")).unwrap();
}

fn get_early() {
    js_sys::eval(&format!("fusionauthEarly.get('{STORE}', '{FUSIONAUTH}/api/jwt/validate')")).unwrap();
}

fn validations() -> usize {
    wire().iter().filter(|it| it.starts_with(VALIDATE)).count()
}

/// Has the next GET wait until it is aborted, and notes that in `aborted`.
fn wait_for_abort() {
    js_sys::eval("globalThis.aborted = false").unwrap();
    answer_next(
        VALIDATE,
        "new Promise((_, reject) => request.signal.addEventListener('abort', () => {
            aborted = true;
            reject(request.signal.reason);
        }))",
    );
}

fn is_aborted() -> bool {
    js_sys::eval("aborted").unwrap().is_truthy()
}

#[wasm_bindgen_test]
async fn the_session_takes_the_request_over_once() {
    returning().await;
    get_early();
    assert_eq!(wire(), [format!("{VALIDATE} +token")], "before the session is there");
    let page = Page::open(STORE);
    assert_eq!((page.validate().await, validations()), (Ok(200), 1));
    assert_eq!((page.validate().await, validations()), (Ok(200), 2));
}

#[wasm_bindgen_test]
async fn a_refused_token_is_renewed_as_always() {
    returning().await;
    answer_next(VALIDATE, "new Response(null, { status: 401 })");
    get_early();
    assert_eq!(Page::open(STORE).validate().await, Ok(200));
    assert_eq!(wire(), [&format!("{VALIDATE} +token"), "POST /api/jwt/refresh +cookies", &format!("{VALIDATE} +token")]);
}

#[wasm_bindgen_test]
async fn a_request_that_is_dropped_is_aborted_after_it_was_taken_over() {
    returning().await;
    wait_for_abort();
    get_early();
    let page = Page::open(STORE);
    let mut answer = Box::pin(page.validate());
    assert!(futures::poll!(&mut answer).is_pending());
    script("new Promise(done => setTimeout(done))").await;
    assert!(futures::poll!(&mut answer).is_pending() && !is_aborted());
    drop(answer);
    assert!(is_aborted());
}

#[wasm_bindgen_test]
async fn a_request_that_got_no_answer_is_sent_again() {
    returning().await;
    answer_next(VALIDATE, "Promise.reject(new TypeError('Failed to fetch'))");
    get_early();
    script("new Promise(done => setTimeout(done))").await;
    assert_eq!((Page::open(STORE).validate().await, validations()), (Ok(200), 2));
}

/// Whatever is sent first with a token decides: its answer must not be newer than that of the early request.
#[wasm_bindgen_test]
async fn another_request_drops_it() {
    let get = || ApiRequest::get(format!("{FUSIONAUTH}/api/jwt/validate"));
    let others = [
        ("GET /x", ApiRequest::get("/x")),
        ("POST /api/jwt/validate", ApiRequest::post(format!("{FUSIONAUTH}/api/jwt/validate"))),
        (VALIDATE, get().header("X-Trace", "1")),
        (VALIDATE, get().idempotency_key("key")),
    ];
    for (name, other) in others {
        returning().await;
        wait_for_abort();
        get_early();
        let page = Page::open(STORE);
        answer_next(name, "new Response(null, { status: 204 })");
        assert_eq!(page.session.fetch(other).await.map(|it| it.status()), Ok(204), "{name}");
        assert!(is_aborted(), "{name}");
        let before = validations();
        assert_eq!((page.validate().await, validations() - before), (Ok(200), 1), "{name}");
    }
}

#[wasm_bindgen_test]
async fn another_token_drops_it() {
    returning().await;
    wait_for_abort();
    get_early();
    expire(STORE);
    assert_eq!(Page::open(STORE).validate().await, Ok(200));
    assert!(is_aborted());
    assert_eq!(wire(), [&format!("{VALIDATE} +token"), "POST /api/jwt/refresh +cookies", &format!("{VALIDATE} +token")]);
}

#[wasm_bindgen_test]
async fn a_sign_out_in_another_tab_leaves_nobody_who_takes_it() {
    returning().await;
    get_early();
    OtherTab::open().sign_out(STORE);
    let page = Page::open(STORE);
    assert_eq!(page.validate().await, Err(FetchError::SignedOut));
    page.sign_in().await;
    assert_eq!((page.validate().await, validations()), (Ok(200), 2), "with the new sign-in's token");
}

#[wasm_bindgen_test]
async fn nobody_waits_for_it_without_end() {
    returning().await;
    wait_for_abort();
    js_sys::eval("globalThis.timer = globalThis.setTimeout; globalThis.setTimeout = (run, ms) => globalThis.limit = { run, ms }").unwrap();
    get_early();
    js_sys::eval("globalThis.setTimeout = timer").unwrap();
    assert!(js_sys::eval("limit.ms").unwrap() == 15_000 && !is_aborted());
    js_sys::eval("limit.run()").unwrap();
    assert!(is_aborted());
    assert_eq!((Page::open(STORE).validate().await, validations()), (Ok(200), 2));
}

#[wasm_bindgen_test]
async fn only_a_stored_token_is_sent() {
    for (storage, expected) in [(TokenStorage::Memory, 0), (TokenStorage::LocalStorage, 1)] {
        drop(signed_in(storage).await);
        load_script();
        get_early();
        assert_eq!(validations(), expected);
    }
    let nothing = ["", "null", "{}", "<html>", r#"{"format":1,"epoch":{"number":1,"nonce":1}}"#];
    for text in nothing {
        support::storage().set_item(&key(STORE), text).unwrap();
        get_early();
    }
    clean().await;
    get_early();
    assert_eq!(validations(), 1);
}

/// The script's rule against the machine's, which is the rule that counts.
#[wasm_bindgen_test]
fn the_script_sends_a_token_where_the_machine_gives_a_fresh_one() {
    load_script();
    // Returns the header with which the script sends, at a time, and has the request dropped.
    let ask = format!(
        "(at => {{
            const {{ fetch }} = globalThis, {{ now }} = Date;
            let sent;
            Date.now = () => at;
            globalThis.fetch = (_, init) => {{
                sent = init.headers.Authorization;
                return new Promise(() => {{}});
            }};
            fusionauthEarly.get('{STORE}', '/x');
            Object.assign(globalThis, {{ fetch }});
            Object.assign(Date, {{ now }});
            fusionauthEarly.take('POST', '/x', null, null, 'token');
            return sent;
        }})({NOW})"
    );
    let ask = js_sys::Function::new_no_args(&format!("return {ask}"));
    let mut chance = Chance(SEED);
    let mut sent = 0;
    for _ in 0..RECORDS {
        let (record, claims) = generate(&mut chance);
        store(STORE, &record);
        let token = ask.call0(&wasm_bindgen::JsValue::NULL).unwrap().as_string();
        let expected = fresh_token(&record, claims.clone()).map(|it| format!("Bearer {}", it.expose()));
        assert_eq!(token, expected, "{:?}, received {} ms ago", claims, NOW as i64 - received_at(&record) as i64);
        sent += usize::from(token.is_some());
    }
    assert!((1_000..RECORDS - 1_000).contains(&sent), "{sent} of {RECORDS} were sent");
    storage().clear().unwrap();
}

const RECORDS: usize = 20_000;
const SEED: u64 = 0x005e_ed0f_ea71;
const NOW: u64 = 1_790_000_000_000;

/// The token that the machine gives, unless it would renew it in the background, or does not know how long it lives.
fn fresh_token(record: &SessionRecord, claims: Option<Claims>) -> Option<AccessToken> {
    claims.as_ref()?.lifetime_ms()?;
    let now = Now { wall_ms: NOW, mono_ms: 400 };
    let config = Config { application_id: STORE.into(), transport: Transport::BearerToken, tuning: Tuning::DEFAULT };
    let stored = Stored::from_record(record.clone(), claims);
    let mut machine = Machine::new(config);
    machine.step(now, 0, Event::Started(stored.clone()));
    let effects = machine.step(now, 0, Event::CredentialRequested(CallerId(1), stored));
    if effects.iter().any(|it| matches!(it, Effect::Lock(_))) {
        return None;
    }
    effects.into_iter().find_map(|it| match it {
        Effect::Resolve(_, Ok(Credential::Token(grant))) => Some(grant.token),
        _ => None,
    })
}

fn received_at(record: &SessionRecord) -> u64 {
    record.session.as_ref().map_or(0, |it| it.received_at)
}

/// A record as a tab can have written it, with a token of any age, and what the driver reads from that token.
fn generate(chance: &mut Chance) -> (SessionRecord, Option<Claims>) {
    let life = chance.one_of(&[-5.0, 0.0, 1.0, 5.0, 5.000_9, 20.0, 40.000_1, 299.0, 300.0, 301.0, 3_600.0, 86_400.0, 1e15]);
    let iat = chance.below(2_000_000_000) as f64;
    let sub = Some("user".to_owned());
    let aud = chance.one_of(&[vec![STORE], vec![STORE], vec![STORE], vec![FORUMS, STORE], vec![FORUMS], vec![]]);
    let claims = Claims {
        exp: chance.is_likely().then_some(iat + life),
        iat: chance.is_likely().then_some(iat),
        sub: if chance.is_likely() { sub } else { chance.one_of(&[None, Some("other".to_owned())]) },
        aud: Audience(aud.into_iter().map(Into::into).collect()),
        email: Some("kö@example.com".to_owned()),
    };
    let mut payload = serde_json::to_value(&claims).unwrap();
    if let ([one], true) = (&*claims.aud.0, chance.is_likely()) {
        payload["aud"] = one.as_str().into();
    }
    let segments =
        chance.one_of(&["header.PAYLOAD.signature", "header.PAYLOAD.signature", "header.PAYLOAD.signature", "header.e30.x", "opaque"]);
    let encode = js_sys::Function::new_with_args(
        "text",
        "return btoa(unescape(encodeURIComponent(text))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')",
    );
    let encoded = encode.call1(&wasm_bindgen::JsValue::NULL, &payload.to_string().into()).unwrap().as_string().unwrap();
    let token = segments.replace("PAYLOAD", &encoded);
    let read = match segments {
        "opaque" => None,
        "header.e30.x" => Some(Claims::default()),
        _ => Some(claims),
    };
    // Around the ends of the margins, around the present, and anywhere.
    let life_ms = (life * 1_000.0) as i64;
    let margin = 60_000.min(life_ms / 5);
    let anywhere = chance.below(400_000) as i64;
    let around = chance.one_of(&[life_ms - margin, life_ms - margin, life_ms - life_ms / 20, life_ms, 0, -1_000, anywhere]);
    let age = (around + chance.one_of(&[-2, -1, 0, 1, 2])).clamp(-5_000, NOW as i64);
    let session = StoredSession {
        sub: "user".into(),
        generation: chance.below(3) as u32,
        token: chance.is_likely().then(|| AccessToken::new(token)),
        received_at: (NOW as i64 - age) as u64,
    };
    let record = SessionRecord {
        format: if chance.is_likely() { 1 } else { 2 },
        epoch: Epoch { number: chance.one_of(&[1, 1_790_000_000, 3_999_999_999, 3_999_999_999, 4_000_000_000, u32::MAX]), nonce: 0 },
        session: chance.is_likely().then_some(session),
        ended: None,
        logout_pending: false,
        throttle_ms: 0,
        throttled_at: 0,
    };
    let read = read.filter(|_| record.session.as_ref().is_some_and(|it| it.token.is_some()));
    (record, read)
}

/// Random numbers that are the same in every run (SplitMix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize].clone()
    }

    /// True in 29 of 30 cases.
    fn is_likely(&mut self) -> bool {
        self.below(30) > 0
    }
}
