//! Passkeys on the account page and in the sign-in form, in browsers with and without support for them.

use super::account_page::{USER, answer_account, leave_during, notice, refusal, this_and_another};
use crate::support::{
    Mounted, announced, answer, answer_with_token, calls, click, fill, find, focused, mount_app, network, pause, sign_in, sign_in_to,
    sign_out_elsewhere, text, wait_for,
};
use js_sys::eval;
use storefront_api::App;
use wasm_bindgen_test::wasm_bindgen_test;

/// A fake of the browser's passkey API. When it is dropped, it restores the real API and removes the stored user id.
struct FakePasskeys;

impl FakePasskeys {
    fn install(script: &str) -> Self {
        eval(&format!("globalThis.ownPasskeys ??= [globalThis.PublicKeyCredential]; {{{script}}}")).unwrap();
        Self
    }
}

impl Drop for FakePasskeys {
    fn drop(&mut self) {
        eval("delete navigator.credentials; delete document.hasFocus; [globalThis.PublicKeyCredential] = ownPasskeys").unwrap();
        storage().remove_item(LAST_USER).unwrap();
        storage().remove_item("storefront.passkey-refused").unwrap();
    }
}

/// Fakes `navigator.credentials.create`. It returns a passkey if `answer` is empty, and otherwise throws an error of this name. `signals`
/// records the calls of the Signal API.
fn browser(answer: &str) -> FakePasskeys {
    let script = format!(
        r#"globalThis.signals = [];
        const signal = async options => {{ signals.push(options); }};
        globalThis.PublicKeyCredential = {{
          parseCreationOptionsFromJSON: options => ({{ parsed: options }}),
          signalAllAcceptedCredentials: signal, signalCurrentUserDetails: signal, signalUnknownCredential: signal,
        }};
        const passkey = {{ toJSON: () => ({{
          id: 'id', rawId: 'id', type: 'public-key', authenticatorAttachment: 'platform', clientExtensionResults: {{}},
          response: {{ attestationObject: 'object', clientDataJSON: 'data', transports: ['internal'], publicKey: 'key' }},
        }}) }};
        const credentials = {{ create: async ({{ publicKey, mediation }}) => {{
          globalThis.asked = JSON.stringify(publicKey);
          globalThis.mediation = mediation;
          if ('{answer}') throw new DOMException('', '{answer}');
          return passkey;
        }} }};
        Object.defineProperty(navigator, 'credentials', {{ value: credentials, configurable: true }});"#
    );
    FakePasskeys::install(&script)
}

/// A password manager that creates a passkey after a sign-in with a stored password.
const CREATES: &str =
    "document.hasFocus = () => true; PublicKeyCredential.getClientCapabilities = async () => ({ conditionalCreate: true })";

fn answer_passkeys(passkeys: &str) {
    let accepted = r#"{"rpId":"store.test","userId":"handle","allAcceptedCredentialIds":"#.to_owned() + &accepted_ids(passkeys) + "}";
    answer(
        "GET /api/account/passkeys",
        200,
        &format!(r#"{{"areOn":true,"isConfirmed":true,"passkeys":[{passkeys}],"accepted":{accepted}}}"#),
    );
}

/// The ids that the authenticators chose for these passkeys.
fn accepted_ids(passkeys: &str) -> String {
    let ids = ["phone", "key"].into_iter().filter(|id| passkeys.contains(&format!(r#""id":"{id}""#)));
    format!("[{}]", ids.map(|id| format!(r#""{id}-credential""#)).collect::<Vec<_>>().join(","))
}

/// The last `count` calls of the browser's Signal API.
fn signals(count: usize) -> String {
    eval(&format!("JSON.stringify(signals.slice(-{count}))")).unwrap().as_string().unwrap()
}

/// Waits until the page has told the browser that exactly these passkeys work.
async fn wait_for_accepted(passkeys: &str) {
    let accepted = format!(r#"[{{"rpId":"store.test","userId":"handle","allAcceptedCredentialIds":{}}}"#, accepted_ids(passkeys));
    wait_for(&accepted, || signals(2) == accepted.clone() + "," + &names("Shopper") + "]").await;
}

/// The call of the Signal API with the user's names.
fn names(display_name: &str) -> String {
    format!(r#"{{"rpId":"store.test","userId":"handle","name":"shopper@example.com","displayName":"{display_name}"}}"#)
}

const PHONE: &str = r#"{"id":"phone","name":"My phone","madeAt":"2026-11-20T08:00:00Z","lastUsedAt":null,"otherSite":null}"#;
const OTHERS: &str =
    r#"{"id":"key","name":"A key","madeAt":"2026-11-20T08:00:00Z","lastUsedAt":"2026-11-21T08:00:00Z","otherSite":"forums.test"}"#;

/// Opens the account page of a user with these passkeys. With `None`, FusionAuth has passkeys switched off.
async fn open(passkeys: Option<&str>) -> Mounted {
    let (page, id) = mount_app(App::Store, "/account");
    answer("GET /api/user", 200, USER);
    answer_account(&this_and_another());
    if let Some(passkeys) = passkeys {
        answer_passkeys(passkeys);
    }
    sign_in_to(&id, "shopper", "#sessions li").await;
    wait_for("passkeys", || !calls("GET /api/account/passkeys").is_empty()).await;
    pause().await;
    page
}

#[wasm_bindgen_test]
async fn a_passkey_is_named_made_and_kept() {
    let _browser = browser("NotAllowedError");
    _ = storage().remove_item(LAST_USER);
    let _page = open(Some("")).await;
    assert!(text("#add-passkey").contains("You don't need a password") && find("#passkeys ul").is_none());
    click("#add-passkey > button");
    pause().await;
    let input: web_sys::HtmlInputElement = crate::support::get("#passkey-name");
    assert_eq!((focused().id(), input.value()), ("passkey-name".to_owned(), "Firefox on Linux".to_owned()));
    answer("POST /api/account/passkeys/start", 403, &refusal(403, "password-needed", ""));
    fill("#passkey-name", "My phone");
    click("#add-passkey [type=submit]");
    wait_for("password", || find("#current-password").is_some()).await;
    answer("POST /api/account/passkeys/start", 200, r#"{"challenge":"c"}"#);
    fill("#current-password", "correct-horse-battery");
    click("#add-passkey [type=submit]");
    wait_for("refusal", || text("#add-passkey .summary").contains("We couldn't create a passkey.")).await;
    assert!(focused().matches("#add-passkey .summary").unwrap());
    let sent = calls("POST /api/account/passkeys/start").lines().last().unwrap().to_owned();
    assert!(sent.contains(r#""name":"My phone""#) && sent.contains(r#""currentPassword":"correct-horse-battery""#), "{sent}");
    assert_eq!(eval("asked").unwrap().as_string().unwrap(), r#"{"parsed":{"challenge":"c"}}"#);

    let _browser = browser("InvalidStateError");
    click("#add-passkey [type=submit]");
    wait_for("refusal", || text("#add-passkey .summary").contains("This device already has a passkey for this account.")).await;
    let _browser = browser("");
    answer("POST /api/account/passkeys", 422, &refusal(422, "passkey-refused", ""));
    click("#add-passkey [type=submit]");
    wait_for("refusal", || text("#add-passkey .summary").contains("The reason.")).await;
    assert_eq!(signals(9), r#"[{"rpId":"store.test","credentialId":"id"}]"#, "no password manager may keep a refused passkey");
    answer("POST /api/account/passkeys", 200, "{}");
    answer_passkeys(PHONE);
    click("#add-passkey [type=submit]");
    wait_for("list", || text("#passkeys ul").contains("My phone")).await;
    let kept = calls("POST /api/account/passkeys {").lines().last().unwrap().to_owned();
    let expected = r#"{"id":"id","response":{"attestationObject":"object","clientDataJSON":"data","transports":["internal"]}}"#;
    assert!(kept.ends_with(expected), "{kept}");
    pause().await;
    assert_eq!((text("#add-passkey .reason"), announced()), ("Passkey saved.".to_owned(), "Passkey saved.".to_owned()));
    assert_eq!(storage().get_item(LAST_USER).unwrap(), None, "the app must store no user id, because nobody has signed in with a passkey");
    assert!(focused().matches("#add-passkey > button").unwrap());
}

#[wasm_bindgen_test]
async fn after_a_sign_in_a_password_manager_may_create_a_passkey() {
    let _browser = browser("");
    eval("document.documentElement.dataset.first = 'form'").unwrap();
    let (_page, id) = mount_app(App::Store, "/login");
    eval(CREATES).unwrap();
    answer_passkeys("");
    answer("POST /api/account/passkeys/start", 200, r#"{"challenge":"c"}"#);
    answer("POST /api/account/passkeys", 422, &refusal(422, "passkey-refused", ""));
    // This sign-in ends before the tasks for the idle time start, as after a password manager has filled in the form.
    sign_in(&id, "shopper").await;
    wait_for("end of a refused passkey", || signals(1) == r#"[{"rpId":"store.test","credentialId":"id"}]"#).await;
    eval("delete document.documentElement.dataset.first").unwrap();
    assert_eq!(eval("mediation").unwrap().as_string().as_deref(), Some("conditional"));
    let sent = |what: &str| calls(what).lines().count();
    let (start, add) = ("POST /api/account/passkeys/start {}", "POST /api/account/passkeys {");
    assert_eq!((sent(start), sent(add)), (1, 1), "{}", calls("POST"));

    // The app does not ask again in a browser whose passkey FusionAuth has refused.
    sign_out_elsewhere(&id).await;
    sign_in(&id, "shopper").await;
    wait_for("page", || find("#login").is_none()).await;
    pause().await;
    assert_eq!(sent(start), 1, "{}", calls("POST"));
    storage().remove_item("storefront.passkey-refused").unwrap();

    answer("POST /api/account/passkeys", 200, "{}");
    let (off, unconfirmed) = (r#"{"areOn":false,"passkeys":[]}"#, r#"{"areOn":true,"isConfirmed":false,"passkeys":[]}"#);
    for (script, other_list, error, started, added) in [
        ("", None, "", 1, 1),
        ("", None, "NotAllowedError", 1, 0),
        ("", Some(off), "", 0, 0),
        ("", Some(unconfirmed), "", 0, 0),
        ("document.hasFocus = () => false", None, "", 0, 0),
        ("delete PublicKeyCredential.getClientCapabilities", None, "", 0, 0),
    ] {
        let before = (sent(start), sent(add));
        sign_out_elsewhere(&id).await;
        let _browser = browser(error);
        eval(&format!("{CREATES}; {script}")).unwrap();
        match other_list {
            Some(list) => answer("GET /api/account/passkeys", 200, list),
            None => answer_passkeys(""),
        }
        sign_in(&id, "shopper").await;
        wait_for("page", || find("#login").is_none()).await;
        wait_for("start", || sent(start) >= before.0 + started).await;
        wait_for("passkey", || sent(add) >= before.1 + added).await;
        pause().await;
        assert_eq!((sent(start) - before.0, sent(add) - before.1), (started, added), "{script} {other_list:?} {error}");
        assert_eq!(signals(9), "[]");
    }

    // A sign-out does not cancel the storing of a passkey that the password manager has created.
    let before = sent(add);
    sign_out_elsewhere(&id).await;
    let _browser = browser("");
    eval(CREATES).unwrap();
    answer_passkeys("");
    answer("POST /api/account/passkeys", 422, &refusal(422, "passkey-refused", ""));
    network("hold('POST /api/account/passkeys')");
    sign_in(&id, "shopper").await;
    wait_for("passkey", || sent(add) > before).await;
    sign_out_elsewhere(&id).await;
    network("release('POST /api/account/passkeys')");
    wait_for("end of a refused passkey", || signals(1) == r#"[{"rpId":"store.test","credentialId":"id"}]"#).await;
}

#[wasm_bindgen_test]
async fn a_passkey_is_removed_after_a_question() {
    let _browser = browser("");
    let both = format!("{PHONE},{OTHERS}");
    let _page = open(Some(&both)).await;
    wait_for_accepted(&both).await;
    let items = text("#passkeys ul");
    for fact in ["My phone", "Added", "20 Nov 2026", "Last used", "21 Nov 2026", "forums.test"] {
        assert!(items.contains(fact), "{fact} is missing in {items}");
    }
    click("#passkeys [aria-label='Remove: My phone']");
    pause().await;
    assert!(focused().matches("#remove-passkey [type=submit]").unwrap());
    click("#remove-passkey .quiet.wide");
    pause().await;
    assert!(focused().matches("[aria-label='Remove: My phone']").unwrap(), "the focus must return to the button");
    assert_eq!(calls("POST"), calls("POST /api/login"), "the app must send nothing before the confirmation");
    click("#passkeys [aria-label='Remove: A key']");
    pause().await;
    assert!(text("#remove-passkey h4").contains("A key"));
    answer("POST /api/account/passkeys/key/remove", 503, &refusal(503, "sign-in-service-unavailable", ""));
    click("#remove-passkey [type=submit]");
    wait_for("refusal", || text("#remove-passkey .summary").contains("The reason.")).await;
    answer("POST /api/account/passkeys/key/remove", 200, "{}");
    answer_passkeys(PHONE);
    click("#remove-passkey [type=submit]");
    wait_for("list", || !text("#passkeys").contains("A key")).await;
    pause().await;
    assert_eq!((text("#add-passkey .reason"), announced()), ("Passkey removed.".to_owned(), "Passkey removed.".to_owned()));
    assert!(focused().matches("#add-passkey > button").unwrap());
    wait_for_accepted(PHONE).await;
    answer("PUT /api/user", 200, &USER.replace("Shopper", "Nell"));
    click("#change-name [type=submit]");
    let renamed = format!("[{},{}]", names("Shopper"), names("Nell"));
    wait_for(&renamed, || signals(2) == renamed).await; // and no list, which could be outdated by now
}

#[wasm_bindgen_test]
async fn where_there_can_be_no_passkeys_nothing_is_said_of_them() {
    let _browser = browser("");
    let page = open(None).await;
    assert_eq!(text("#passkeys"), "");
    drop(page);
    eval("delete globalThis.PublicKeyCredential; globalThis.PublicKeyCredential = undefined").unwrap();
    let page = open(Some("")).await;
    assert_eq!(text("#passkeys"), "");
    drop(page);
    let _page = open(Some(PHONE)).await;
    assert!(text("#passkeys").contains("This browser can't create passkeys.") && find("#add-passkey").is_none());
    assert!(find("[aria-label='Remove: My phone']").is_some(), "the user must be able to remove a passkey from another browser");
}

#[wasm_bindgen_test]
async fn a_list_that_did_not_come_is_asked_for_again() {
    let _browser = browser("");
    let (_page, id) = mount_app(App::Store, "/account");
    answer("GET /api/user", 200, USER);
    answer_account(&this_and_another());
    answer("GET /api/account/passkeys", 503, &refusal(503, "sign-in-service-unavailable", ""));
    sign_in(&id, "shopper").await;
    wait_for("failure", || text("#passkeys [role=alert]").contains("The reason.")).await;
    answer_passkeys(PHONE);
    click("#passkeys [role=alert] button");
    wait_for("list", || text("#passkeys ul").contains("My phone")).await;
    network("offline(false)");
}

fn storage() -> web_sys::Storage {
    leptos::prelude::window().local_storage().unwrap().unwrap()
}

const LAST_USER: &str = "storefront.passkey-user";
const BUTTON: &str = ".auth > .aside:nth-of-type(5) button";

#[wasm_bindgen_test]
async fn the_backend_begins_a_sign_in_with_a_passkey() {
    storage().set_item(LAST_USER, "former").unwrap();
    let device = include_str!("../../session/leptos-fusionauth-forms/tests/device.js");
    let _device = FakePasskeys::install(&format!("({device})('')"));
    let (_page, id) = mount_app(App::Store, "/login");
    answer("GET /api/passkeys", 200, r#"{"isOn":true}"#);
    answer("POST /api/passkeys/start", 404, &refusal(404, "no-passkey", ""));
    wait_for("removal of the user id", || storage().get_item(LAST_USER).unwrap().is_none()).await;
    assert!(calls("POST /api/passkeys/start").ends_with(r#"{"userId":"former"}"#));
    answer("POST /api/passkeys/start", 503, &refusal(503, "sign-in-service-unavailable", ""));
    fill("#username", " shopper@example.com ");
    click(BUTTON);
    wait_for("refusal", || text(".summary").contains("The reason.")).await;
    answer("POST /api/passkeys/start", 200, r#"{"challenge":"c","rpId":"store.test"}"#);
    answer_with_token("POST /api/webauthn/login", &id, "shopper");
    click(BUTTON);
    wait_for("cart", || find("#login").is_none()).await;
    assert!(calls("POST /api/passkeys/start").ends_with(r#"{"loginId":"shopper@example.com"}"#));
    let sent = calls("POST /api/webauthn/login {");
    let signed = r#""response":{"authenticatorData":"authenticator","clientDataJSON":"data","signature":"signature","userHandle":"user"}"#;
    assert!(sent.contains(signed) && sent.contains(r#""rpId":"store.test""#) && sent.contains(r#""id":"id""#), "{sent}");
    assert_eq!(storage().get_item(LAST_USER).unwrap().as_deref(), Some("shopper"));
}

#[wasm_bindgen_test]
async fn a_user_who_leaves_the_page_while_a_passkey_is_kept_is_told_of_it() {
    for (status, body, expected) in
        [(200, "{}".to_owned(), "Passkey saved."), (422, refusal(422, "passkey-refused", ""), "Passkeys: The reason.")]
    {
        let _passkeys = browser("");
        let _page = open(Some("")).await;
        click("#add-passkey > button");
        pause().await;
        answer("POST /api/account/passkeys/start", 200, r#"{"challenge":"c"}"#);
        answer("POST /api/account/passkeys", status, &body);
        network("hold('POST /api/account/passkeys')");
        click("#add-passkey [type=submit]");
        wait_for("request", || !calls("POST /api/account/passkeys {").is_empty()).await;
        leave_during("POST /api/account/passkeys").await;
        wait_for(expected, || notice().contains(expected)).await;
    }
}
