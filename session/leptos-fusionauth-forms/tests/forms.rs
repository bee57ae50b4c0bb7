//! Whole sign-ins in a real browser, with a fake session and a stub of the application's backend.
//!
//! The tests run one after another in the same page, so each test must leave the page clean: [`Mounted`] does so.
#![cfg(target_arch = "wasm32")]

use js_sys::{Date, Promise, eval};
use leptos::{mount::mount_to, prelude::*};
use leptos_fusionauth::{FakeCall, FakeSession, LoginFailure, SessionState, User};
use leptos_fusionauth_forms::webauthn::{self, Signal, WebAuthnError};
use leptos_fusionauth_forms::{
    English, FormError, Join, PasskeySignIn, PasskeyUser, SignIn, SignInLink, StartPasswordless, follow_translator, typed,
};
use std::{any::Any, cell::RefCell, sync::mpsc};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlElement, HtmlInputElement};

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// The stub of the backend.
#[derive(Default)]
struct Backend {
    are_passkeys_on: bool,
    /// The options for the browser, or `None` if the user has no passkey.
    options: Option<&'static str>,
    /// The calls so far.
    asked: usize,
    started: Vec<PasskeyUser>,
    /// Whether a request for a code to sign in fails.
    is_mail_down: bool,
    /// The users who requested such a code.
    mailed: Vec<String>,
    /// The login ids and passwords with which users registered for the application.
    joined: Vec<(String, String)>,
}

thread_local! {
    static BACKEND: RefCell<Backend> = RefCell::default();
}

fn backend<R>(run: impl FnOnce(&mut Backend) -> R) -> R {
    BACKEND.with_borrow_mut(run)
}

const LAST_USER: &str = "shop.passkey-user";
const PASSKEYS: PasskeySignIn = PasskeySignIn {
    are_on: || {
        let are_on = backend(|it| {
            it.asked += 1;
            it.are_passkeys_on
        });
        Box::pin(async move { Ok(are_on) })
    },
    start: |user| {
        let options = backend(|it| {
            it.started.push(user);
            it.options
        });
        Box::pin(async move { Ok(options.map(Into::into)) })
    },
    storage_key: LAST_USER,
};

const START_PASSWORDLESS: StartPasswordless = |login_id| {
    let is_down = backend(|it| {
        it.mailed.push(login_id);
        it.is_mail_down
    });
    let answer = if is_down { Err(FormError::Retryable("No answer.".into(), "Try again.")) } else { Ok("long".to_owned()) };
    Box::pin(async move { answer })
};

const JOIN: Join = |login_id, password| {
    backend(|it| it.joined.push((login_id, password)));
    Box::pin(async { Ok(()) })
};

/// A mounted sign-in.
struct Mounted {
    view: Option<Box<dyn Any>>,
    place: HtmlElement,
    session: FakeSession,
}

impl Mounted {
    /// Mounts a sign-in on a device with a passkey. `last_user` is the user who last signed in with it.
    fn new(on: Backend, last_user: Option<&str>) -> Self {
        Self::opened_by(on, last_user, "")
    }

    /// Mounts a sign-in that a URL with this fragment has opened.
    fn opened_by(on: Backend, last_user: Option<&str>, fragment: &str) -> Self {
        let link = SignInLink::from_fragment(fragment);
        BACKEND.set(on);
        match last_user {
            Some(id) => storage().set_item(LAST_USER, id).unwrap(),
            None => storage().remove_item(LAST_USER).unwrap(),
        }
        eval("globalThis.ownPasskeys ??= [globalThis.PublicKeyCredential]").unwrap();
        device("");
        let place: HtmlElement = document().create_element("main").unwrap().unchecked_into();
        document().body().unwrap().append_child(&place).unwrap();
        let (sender, session) = mpsc::channel();
        let view = mount_to(place.clone(), move || {
            sender.send(FakeSession::provide(SessionState::SignedOut(None))).unwrap();
            view! { <SignIn design=English join=JOIN passkeys=PASSKEYS passwordless=START_PASSWORDLESS link/> }
        });
        Self { view: Some(Box::new(view)), place, session: session.recv().unwrap() }
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.view.take();
        self.place.remove();
        eval("delete navigator.credentials; [globalThis.PublicKeyCredential] = ownPasskeys").unwrap();
        storage().remove_item(LAST_USER).unwrap();
    }
}

/// Fakes a device whose passkey fails with an error of this name, unless it is empty.
fn device(error: &str) {
    eval(&format!("({})('{error}')", include_str!("device.js"))).unwrap();
}

fn offers() -> f64 {
    eval("offers").unwrap().as_f64().unwrap()
}

/// The calls of the browser's Signal API since the last [`device`].
fn signals() -> String {
    eval("JSON.stringify(signals)").unwrap().as_string().unwrap()
}

fn storage() -> web_sys::Storage {
    window().local_storage().unwrap().unwrap()
}

fn last_user() -> Option<String> {
    storage().get_item(LAST_USER).unwrap()
}

fn find<T: JsCast>(selector: &str) -> Option<T> {
    document().query_selector(selector).unwrap().map(JsCast::unchecked_into)
}

fn text(selector: &str) -> String {
    find::<HtmlElement>(selector).map(|it| it.inner_text()).unwrap_or_default()
}

fn click(selector: &str) {
    find::<HtmlElement>(selector).unwrap_or_else(|| panic!("no {selector}")).click();
}

fn fill(selector: &str, value: &str) {
    find::<HtmlInputElement>(selector).unwrap_or_else(|| panic!("no {selector}")).set_value(value);
}

fn heading_with_focus() -> String {
    document().active_element().filter(|it| it.tag_name() == "H1").and_then(|it| it.text_content()).unwrap_or_default()
}

/// The text of the heading that describes the focused field.
fn heading_of_field_with_focus() -> String {
    let field = document().active_element().filter(|it| it.tag_name() == "INPUT");
    let description = field.and_then(|it| it.get_attribute("aria-describedby")).unwrap_or_default();
    description.split(' ').next().filter(|id| !id.is_empty()).map(|id| text(&format!("h1#{id}"))).unwrap_or_default()
}

/// Waits until `is` returns true. The limit of a minute only keeps a test from hanging.
async fn wait_for(what: &str, is: impl Fn() -> bool) {
    let end = Date::now() + 60_000.0;
    while !is() {
        assert!(Date::now() < end, "no {what}; the page says {:?}", text("main"));
        turn().await;
    }
}

/// Lets the browser run all due tasks.
async fn turn() {
    let promise = Promise::new(&mut |resolve, _| _ = window().set_timeout_with_callback(&resolve).unwrap());
    JsFuture::from(promise).await.unwrap();
}

const PASSWORDLESS: &str = ".aside button";
const BUTTON: &str = ".aside + .aside button";
const OTHER_BUTTON: &str = "section + button, form + button, form > button[type=button]";

/// `early.js` sends a sign-in before the app runs. If the app's email were another text, two different sign-ins would go out.
#[wasm_bindgen_test]
fn an_email_has_the_same_form_in_rust_and_in_javascript() {
    eval(include_str!("../../fusionauth-session-web/src/early.js")).unwrap();
    let input: HtmlInputElement = document().create_element("input").unwrap().unchecked_into();
    let mut table: Vec<String> = [
        "ann@example.com",
        " Ann@Example.com ",
        "ann@m\u{fc}ller.example",
        "ann@M\u{dc}LLER.example",
        "ann@mu\u{308}ller.example",
        "ann@xn--mller-kva.example",
        "\u{fc}nal@example.com",
        "ann@\u{ff45}xample.com",
        "ann@stra\u{df}e.example",
        "ann@\u{5341}.example",
        "ann@\u{fc}/x",
        "ann@\u{fc}:8",
        "ann@\u{fc}?",
        "ann@\u{fc}%41",
        "ann@\u{fc}_b",
        "ann@\u{fc} b",
        "ann@b@\u{fc}",
        "ann@example.com,",
        "ann@example.com; ",
        "ann@example.com.",
        "Ann <ann@example.com>.",
        "<< ann@example.com >",
        "\u{2039}ann@example.com\u{203a}",
        "MailTo: mailto:ann@example.com",
        "mailto:ann",
        "ann@example,com",
        "ann@m\u{fc}ller,example",
        "a@b.c,d@e.f",
        "a@b,c,d",
        "a@b.c,d",
        "a@b <",
        "<@",
        "ann.",
        "@\u{fc}",
        "ann@",
        "ann",
        "",
    ]
    .map(Into::into)
    .into();
    // Every invisible character and every white space, in the middle and at both ends.
    for it in '\0'..'\u{E1000}' {
        if fusionauth_api::typed::is_ignorable(it) || it.is_whitespace() || it.is_control() || ('\u{200A}'..'\u{2070}').contains(&it) {
            table.push(format!("{it}a{it}nn@example{it}.com{it} {it}"));
        }
    }
    for typed in table {
        input.set_value(&typed);
        let of_script = js_sys::Function::new_with_args("it", "return fusionauthEarly.email(it)");
        let of_script = of_script.call1(&JsValue::NULL, &input.value().into()).unwrap().as_string().unwrap();
        assert_eq!(typed::email_in(&input), of_script, "{typed:?}");
    }
    input.set_value("\u{FEFF}ann@m\u{fc}ller.example\u{200E}");
    assert_eq!(typed::email_in(&input), "ann@xn--mller-kva.example");
}

/// Each form sends the email, the code and the password in one form. The table in `fusionauth_api::typed` has more texts.
#[wasm_bindgen_test]
async fn each_form_reads_its_inputs_in_one_form() {
    const PASTED: &str = "\u{FEFF}shopper@\u{200B}example.com\u{202C} ";
    let page = Mounted::new(Backend { are_passkeys_on: true, ..Backend::default() }, None);
    wait_for("button for passkeys", || text(BUTTON) == "Sign in with a passkey").await;
    fill("#username", PASTED);
    click(BUTTON);
    wait_for("start", || !backend(|it| it.started.clone()).is_empty()).await;
    assert_eq!(backend(|it| it.started.clone()), [PasskeyUser::LoginId("shopper@example.com".into())]);
    turn().await;

    page.session.reject_sign_in(LoginFailure::NotRegistered);
    fill("#username", PASTED);
    fill("#current-password", "gru\u{308}n");
    click("#login [type=submit]");
    wait_for("form that registers", || find::<HtmlElement>("#join").is_some()).await;
    assert_eq!(page.session.calls(), [FakeCall::SignIn { login_id: "shopper@example.com".into() }]);
    fill("#current-password", "gru\u{308}n");
    click("#join [type=submit]");
    wait_for("registration", || !backend(|it| it.joined.clone()).is_empty()).await;
    assert_eq!(backend(|it| it.joined.clone()), [("shopper@example.com".to_owned(), "gr\u{fc}n".to_owned())]);
}

#[wasm_bindgen_test]
async fn a_translated_form_shows_its_current_texts() {
    follow_translator();
    let page = Mounted::new(Backend::default(), None);
    page.session.reject_sign_in(LoginFailure::InvalidCredentials);
    eval(include_str!("translator.js")).unwrap();
    eval("translator.start()").unwrap();
    click(".reveal");
    wait_for("translation of the new text", || text(".reveal") == "«Hide»").await;
    fill("#username", "shopper@example.com");
    fill("#current-password", "a wrong password");
    click("#login [type=submit]");
    wait_for("error", || text(".summary").contains("«The email or password is not correct.»")).await;
    wait_for("hidden password", || text(".reveal") == "«Show»").await;
    wait_for("end of the request", || text("#login [type=submit]") == "«Sign in»").await;
    eval("translator.stop()").unwrap();
    wait_for("original text", || text(".reveal") == "Show").await;
    click(".reveal");
    wait_for("change of the original text", || text(".reveal") == "Hide").await;
}

#[wasm_bindgen_test]
async fn an_error_above_the_window_comes_into_view() {
    let page = Mounted::new(Backend::default(), None);
    page.session.reject_sign_in(LoginFailure::InvalidCredentials);
    page.place.set_attribute("style", "display: block; padding-block: 5000px").unwrap();
    fill("#username", "shopper@example.com");
    fill("#current-password", "a wrong password");
    find::<HtmlElement>("#login").unwrap().set_attribute("style", "display: block; padding-top: 5000px").unwrap();
    find::<HtmlElement>("#login [type=submit]").unwrap().scroll_into_view();
    click("#login [type=submit]");
    wait_for("focus", || find::<HtmlElement>(".summary:focus").is_some()).await;
    let is_in_window =
        "(({ top, bottom }) => top > -1 && bottom < innerHeight + 1)(document.querySelector('.summary').getBoundingClientRect())";
    assert!(eval(is_in_window).unwrap().is_truthy());
}

#[wasm_bindgen_test]
async fn a_user_who_forgot_the_password_gets_a_form_and_can_return() {
    let page = Mounted::new(Backend::default(), None);
    page.session.reject_sign_in(LoginFailure::InvalidCredentials);
    fill("#username", " shopper@example.com ");
    fill("#current-password", "a wrong password");
    click("#login [type=submit]");
    wait_for("error", || text(".summary").contains("The email or password is not correct.")).await;
    assert_eq!(text(OTHER_BUTTON), "Forgot your password?");
    fill("#username", "second@example.com");
    click("#keep");
    click(OTHER_BUTTON);
    wait_for("form for a reset link", || heading_of_field_with_focus() == "Forgot your password?").await;
    assert!(find::<HtmlElement>("#login").is_none());
    assert_eq!(find::<HtmlInputElement>("#forgot-password #username").unwrap().value(), "second@example.com");
    assert_eq!(text(OTHER_BUTTON), "Back to sign in");
    click(OTHER_BUTTON);
    wait_for("form for the password", || heading_with_focus() == "Sign in").await;
    assert_eq!(text(".summary"), "", "the error of an earlier attempt must not return");
    assert_eq!(find::<HtmlInputElement>("#login #username").unwrap().value(), "second@example.com");
    assert!(!find::<HtmlInputElement>("#keep").unwrap().checked(), "the choice must stay");
}

#[wasm_bindgen_test]
async fn a_button_signs_in_the_typed_user_with_a_passkey() {
    let page = Mounted::new(Backend { are_passkeys_on: true, ..Backend::default() }, None);
    wait_for("button", || text(BUTTON) == "Sign in with a passkey").await;
    let is_refused = async |expected: &str| {
        click(BUTTON);
        wait_for(expected, || text(".summary").contains(expected)).await;
    };
    is_refused("Enter your email address.").await;
    assert_eq!(backend(|it| it.started.clone()), []);
    fill("#username", " shopper@example.com ");
    is_refused("We couldn't sign you in with a passkey.").await;
    backend(|it| it.options = Some("{}"));
    page.session.reject_sign_in(LoginFailure::InvalidCredentials);
    is_refused("This passkey no longer works here.").await;
    device("NotAllowedError");
    is_refused("We couldn't sign you in with a passkey.").await;
    // After the refusal, the form has also asked whether the passkey is still listed.
    assert_eq!(backend(|it| it.started.clone()), vec![PasskeyUser::LoginId("shopper@example.com".into()); 4]);

    device("");
    page.session.accept_sign_in(User { id: "shopper".into(), email: None });
    let attempts = || page.session.calls().len();
    click("#keep");
    click(BUTTON);
    wait_for("sign-in", || attempts() == 2).await;
    assert_eq!(last_user(), None, "the browser must not remember a user who does not stay signed in");
    turn().await;
    click("#keep");
    click(BUTTON);
    wait_for("user id", || last_user().as_deref() == Some("shopper")).await;
    assert_eq!(page.session.calls(), vec![FakeCall::SignInWithPasskey; 3]);
}

#[wasm_bindgen_test]
async fn password_managers_forget_a_refused_passkey_only_if_fusionauth_has_forgotten_it() {
    let page = Mounted::new(Backend { are_passkeys_on: true, ..Backend::default() }, None);
    page.session.reject_sign_in(LoginFailure::InvalidCredentials);
    wait_for("button", || text(BUTTON) == "Sign in with a passkey").await;
    fill("#username", "shopper@example.com");
    let started = || backend(|it| it.started.len());
    let refused_with = async |options: &'static str| {
        let before = started();
        backend(|it| it.options = Some(options));
        click(BUTTON);
        wait_for("second question for the passkeys", || started() == before + 2).await;
        turn().await;
    };
    for still_listed in ["{}", r#"{"allowCredentials":[]}"#, r#"{"allowCredentials":[{"id":"other"},{"id":"id="}]}"#] {
        refused_with(still_listed).await;
        assert_eq!(signals(), "[]", "{still_listed}");
    }
    refused_with(r#"{"allowCredentials":[{"id":"other"}],"rpId":"shop.test"}"#).await;
    assert_eq!(signals(), r#"[["signalUnknownCredential",{"rpId":"shop.test","credentialId":"id"}]]"#);
    device("");
    refused_with(r#"{"allowCredentials":[{"id":"other"}]}"#).await;
    let host = window().location().hostname().unwrap();
    assert_eq!(signals(), format!(r#"[["signalUnknownCredential",{{"rpId":"{host}","credentialId":"id"}}]]"#));
}

#[wasm_bindgen_test]
async fn statements_about_passkeys_reach_browsers_with_the_signal_api() {
    let _page = Mounted::new(Backend::default(), None);
    let ids = ["AQ".to_owned(), "Ag".to_owned()];
    let accepted = Signal::AllAccepted { rp_id: "shop.test", user_id: "dXNlcg", all_accepted_credential_ids: &ids };
    let user = Signal::CurrentUser { rp_id: "shop.test", user_id: "dXNlcg", name: "nell@example.com", display_name: "Nell" };
    for (signal, expected) in [
        (accepted, r#"[["signalAllAcceptedCredentials",{"rpId":"shop.test","userId":"dXNlcg","allAcceptedCredentialIds":["AQ","Ag"]}]]"#),
        (user, r#"[["signalCurrentUserDetails",{"rpId":"shop.test","userId":"dXNlcg","name":"nell@example.com","displayName":"Nell"}]]"#),
    ] {
        device("");
        webauthn::signal(signal).await;
        assert_eq!(signals(), expected);
        for absent in
            ["for (const name of Object.keys(PublicKeyCredential)) delete PublicKeyCredential[name]", "PublicKeyCredential = undefined"]
        {
            eval(absent).unwrap();
            webauthn::signal(signal).await;
        }
        assert_eq!(signals(), expected, "a browser without the API ignores the statement");
    }
}

#[wasm_bindgen_test]
async fn a_password_manager_creates_a_passkey_until_another_call_begins_or_the_page_is_left() {
    let _page = Mounted::new(Backend::default(), None);
    let create = || {
        let (sender, result) = mpsc::channel();
        let task = async move { sender.send(webauthn::create_conditionally("{}").await).unwrap() };
        let (task, abort) = futures::future::abortable(task);
        wasm_bindgen_futures::spawn_local(async { _ = task.await });
        (result, abort)
    };
    let (result, _) = create();
    wait_for("creation", || offers() == 1.0).await;
    assert!(webauthn::get("{}").await.is_ok(), "the user's own request succeeds");
    wait_for("abort", || result.try_recv() == Ok(Err(WebAuthnError::Refused))).await;
    assert_eq!(offers(), 0.0);

    let (result, _) = create();
    wait_for("creation", || offers() == 1.0).await;
    eval("chooseInForm()").unwrap();
    wait_for("passkey", || result.try_recv().is_ok_and(|it| it.is_ok_and(|it| it.contains(r#""id":"id""#)))).await;

    eval("offers = 0").unwrap();
    let (_, abort) = create();
    wait_for("creation", || offers() == 1.0).await;
    abort.abort();
    wait_for("abort", || offers() == 0.0).await;
}

#[wasm_bindgen_test]
async fn a_passkey_without_a_question_needs_a_browser_that_can_create_and_forget_it_and_the_focus() {
    let _page = Mounted::new(Backend::default(), None);
    for (script, expected) in [
        ("document.hasFocus = () => true", true),
        ("document.hasFocus = () => false", false),
        ("document.hasFocus = () => true; PublicKeyCredential.getClientCapabilities = async () => ({})", false),
        ("delete PublicKeyCredential.getClientCapabilities", false),
        ("PublicKeyCredential.getClientCapabilities = async () => ({ conditionalCreate: true })", true),
        ("delete PublicKeyCredential.signalUnknownCredential", false),
        ("PublicKeyCredential = undefined", false),
    ] {
        eval(script).unwrap();
        assert_eq!(webauthn::is_conditional_create_available().await, expected, "{script}");
    }
    eval("delete document.hasFocus").unwrap();
}

#[wasm_bindgen_test]
async fn the_form_offers_the_last_users_passkey_until_the_page_is_left() {
    let on = || Backend { are_passkeys_on: true, options: Some("{}"), ..Backend::default() };
    let page = Mounted::new(on(), Some("shopper"));
    wait_for("offer", || offers() == 1.0).await;
    assert_eq!(backend(|it| it.started.clone()), [PasskeyUser::Id("shopper".into())]);
    assert_eq!(find::<HtmlInputElement>("#username").unwrap().autocomplete(), "username webauthn");
    drop(page);
    wait_for("end of the offer", || offers() == 0.0).await;

    let page = Mounted::new(on(), Some("shopper"));
    page.session.accept_sign_in(User { id: "shopper".into(), email: None });
    wait_for("offer", || offers() == 1.0).await;
    eval("chooseInForm()").unwrap();
    wait_for("sign-in", || page.session.calls() == [FakeCall::SignInWithPasskey]).await;
}

#[wasm_bindgen_test]
async fn a_browser_forgets_a_user_without_passkeys() {
    let _page = Mounted::new(Backend { are_passkeys_on: true, ..Backend::default() }, Some("shopper"));
    wait_for("removal of the user id", || last_user().is_none()).await;
    assert_eq!(offers(), 0.0);
}

#[wasm_bindgen_test]
async fn where_passkeys_are_off_the_form_has_no_button() {
    let _page = Mounted::new(Backend::default(), None);
    wait_for("question", || backend(|it| it.asked) == 1).await;
    turn().await;
    assert!(find::<HtmlElement>(BUTTON).is_none());
}

#[wasm_bindgen_test]
async fn a_mailed_code_signs_in_without_a_password() {
    let page = Mounted::new(Backend::default(), None);
    fill("#username", " shopper@example.com ");
    click("#keep");
    click(PASSWORDLESS);
    wait_for("form for the email", || heading_of_field_with_focus() == "Sign in without a password").await;
    assert!(!find::<HtmlInputElement>("#keep").unwrap().checked(), "the choice must stay");
    click("#passwordless [type=submit]");
    wait_for("form for the code", || heading_of_field_with_focus() == "Check your email").await;
    assert_eq!(backend(|it| it.mailed.clone()), ["shopper@example.com"]);
    assert!(text("main").contains("If there is an account for shopper@example.com, we've emailed a code."), "{}", text("main"));
    let again = "#passwordless-code .quiet";
    assert!(text(again).starts_with("Send another code ("), "{}", text(again));
    click(again);
    turn().await;
    assert_eq!(backend(|it| it.mailed.len()), 1, "the button must be disabled during the countdown");

    let submit = "#passwordless-code [type=submit]";
    click(submit);
    wait_for("error", || text(".summary").contains("Enter your code")).await;
    let refusals = [
        (LoginFailure::InvalidCredentials, "That code is wrong or has expired."),
        (LoginFailure::Unavailable { status: 429 }, "Too many attempts."),
    ];
    for (failure, says) in refusals {
        page.session.reject_sign_in(failure);
        fill("#code", " 123 456 ");
        click(submit);
        wait_for(says, || text(".summary").contains(says)).await;
    }
    page.session.reject_sign_in(LoginFailure::TwoFactorRequired { two_factor_id: "id".into() });
    click(submit);
    wait_for("second factor", || heading_of_field_with_focus() == "Enter your code").await;
    assert_eq!(page.session.calls(), vec![FakeCall::SignInPasswordless; 3]);
    click("#second-factor .quiet");
    wait_for("form for the password", || heading_with_focus() == "Sign in").await;
    assert_eq!(find::<HtmlInputElement>("#login #username").unwrap().value(), "shopper@example.com");
}

#[wasm_bindgen_test]
async fn a_code_that_was_not_sent_can_be_requested_again_or_for_another_email() {
    let page = Mounted::new(Backend { is_mail_down: true, ..Backend::default() }, None);
    click(PASSWORDLESS);
    wait_for("form for the email", || heading_of_field_with_focus() == "Sign in without a password").await;
    click("#passwordless [type=submit]");
    wait_for("error", || text(".summary").contains("Enter your email address.")).await;
    fill("#username", "shopper@example.com");
    click("#passwordless [type=submit]");
    wait_for("error", || text(".summary").contains("No answer.")).await;
    backend(|it| it.is_mail_down = false);
    click(".summary button");
    wait_for("form for the code", || heading_of_field_with_focus() == "Check your email").await;
    click("#passwordless-code .quiet:nth-of-type(3)");
    wait_for("form for the email", || document().active_element().is_some_and(|it| it.id() == "username")).await;
    assert_eq!(find::<HtmlInputElement>("#passwordless #username").unwrap().value(), "shopper@example.com");
    page.session.accept_sign_in(User { id: "shopper".into(), email: None });
    assert_eq!(backend(|it| it.mailed.len()), 2);
    assert_eq!(page.session.calls(), []);
}

const LINK: &str = "#sign-in=long.123456";
const LINK_BUTTON: &str = "#sign-in-link [type=submit]";

#[wasm_bindgen_test]
async fn a_mailed_link_signs_in_after_a_click() {
    let page = Mounted::opened_by(Backend::default(), None, LINK);
    wait_for("form of the link", || find::<HtmlElement>(LINK_BUTTON).is_some()).await;
    assert!(text("h1") == "Sign in" && find::<HtmlInputElement>("#keep").unwrap().checked(), "{}", text("main"));
    turn().await;
    assert_eq!(page.session.calls(), [], "the page must send nothing without a click");
    page.session.reject_sign_in(LoginFailure::NoAnswer);
    click(LINK_BUTTON);
    wait_for("error", || text(".summary").contains("Try again")).await;
    page.session.reject_sign_in(LoginFailure::NotRegistered);
    click(".summary button");
    wait_for("form for the registration", || heading_with_focus() == "Not registered yet").await;
    assert_eq!(page.session.calls(), vec![FakeCall::SignInPasswordless; 2]);

    // The link does not contain the email.
    fill("#current-password", "correct-horse-battery");
    click("#join [type=submit]");
    wait_for("error", || text(".summary").contains("Enter your email address.")).await;
    fill("#username", " shopper@example.com ");
    page.session.accept_sign_in(User { id: "shopper".into(), email: None });
    click("#join [type=submit]");
    wait_for("sign-in", || page.session.calls().len() == 3).await;
    assert_eq!(backend(|it| it.joined.clone()), [("shopper@example.com".to_owned(), "correct-horse-battery".to_owned())]);
}

#[wasm_bindgen_test]
async fn a_refused_link_leads_to_another_email() {
    let page = Mounted::opened_by(Backend::default(), None, LINK);
    wait_for("form of the link", || find::<HtmlElement>(LINK_BUTTON).is_some()).await;
    page.session.reject_sign_in(LoginFailure::InvalidCredentials);
    click("#keep");
    click(LINK_BUTTON);
    wait_for("refusal", || text(".summary").contains("This link is no longer valid.")).await;
    assert!(find::<HtmlElement>(LINK_BUTTON).is_none(), "a second click would not help");
    click("#sign-in-link button");
    wait_for("form for the email", || heading_of_field_with_focus() == "Sign in without a password").await;
    assert!(text(".summary").is_empty() && !find::<HtmlInputElement>("#keep").unwrap().checked(), "the choice must stay");
    fill("#username", "shopper@example.com");
    click("#passwordless [type=submit]");
    wait_for("form for the code", || heading_of_field_with_focus() == "Check your email").await;
    assert_eq!((backend(|it| it.mailed.clone()), page.session.calls().len()), (vec!["shopper@example.com".to_owned()], 1));
}
