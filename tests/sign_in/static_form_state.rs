//! The app's form takes over the text, the focus, the selection and a held submit of the static form.

use crate::support::{
    calls, click, find, focused, forget_everything, get, mount_app_over, mount_part, path_and_query, pause, static_page::static_element,
    text, wait_for,
};
use js_sys::eval;
use leptos::prelude::*;
use leptos_fusionauth::KeepSignedIn;
use storefront::sign_in::{
    SignInFlow, SignInProgress,
    static_form::{StaticFormState, Submit, take_over},
};
use storefront_api::App;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement, HtmlInputElement};

/// Shows the static page, as a user sees it before the app has started.
fn show_static() {
    let shell = document().import_node_with_deep(&static_element("#shell"), true).unwrap();
    document().body().unwrap().append_child(&shell).unwrap();
}

fn form() -> AnyView {
    view! { <SignInFlow progress=SignInProgress::new()/> }.into_any()
}

#[wasm_bindgen_test]
async fn text_focus_and_selection_are_taken_over() {
    let table = [("#username", 3, 3), ("#username", 0, 7), ("#current-password", 2, 5), ("#current-password", 8, 8)];
    for (selector, start, end) in table {
        show_static();
        get::<HtmlInputElement>("#username").set_value("shopper@example.com");
        get::<HtmlInputElement>("#current-password").set_value("correct-horse");
        let input: HtmlInputElement = get(selector);
        input.focus().unwrap();
        input.set_selection_range(start, end).unwrap();

        let state = take_over("shell");
        let _page = mount_part(App::Store, state, form);
        pause().await;

        assert!(document().get_element_by_id("shell").is_none());
        assert_eq!(get::<HtmlInputElement>("#username").value(), "shopper@example.com");
        assert_eq!(get::<HtmlInputElement>("#current-password").value(), "correct-horse");
        let input: HtmlInputElement = get(selector);
        assert!(focused().is_same_node(Some(&input)), "{selector} has lost the focus");
        assert_eq!((input.selection_start().unwrap(), input.selection_end().unwrap()), (Some(start), Some(end)), "{selector}");
        // A sign-in waits for the lock before it sends anything, but the button says at once that it is under way.
        assert_eq!((text("#login [type=submit]").as_str(), calls("POST").as_str()), ("Sign in", ""), "nothing was submitted");
    }
}

/// Notes in `started.shown` what the page has at the start of each timer's task, and types a character into the static form.
const WATCH_TASKS: &str = "
    globalThis.started = { typed: '', shown: [], setTimeout, isOver: false };
    globalThis.setTimeout = (run, delay) => started.setTimeout.call(window, () => {
        if (started.isOver) return run();
        const field = document.querySelector('#shell #username');
        if (field) field.value = started.typed += 'x';
        const shown = ['header.site .who', '[role=alert]', '#main #login'].filter(it => document.querySelector('[data-test]').querySelector(it));
        if (started.shown.at(-1) !== shown.join()) started.shown.push(shown.join());
        run();
    }, delay)";

#[wasm_bindgen_test]
async fn the_start_takes_several_tasks_and_keeps_what_is_typed_in_each() {
    show_static();
    eval(WATCH_TASKS).unwrap();
    let _page = mount_app_over(App::Store, "/login", || take_over("shell"));
    wait_for("form", || find("#main #login").is_some()).await;
    pause().await;
    let [shown, typed] = ["started.shown.join('; ')", "started.typed"].map(|it| eval(it).unwrap().as_string().unwrap());
    eval("globalThis.setTimeout = started.setTimeout, started.isOver = true").unwrap();
    assert_eq!(shown, "; header.site .who; header.site .who,[role=alert]; header.site .who,[role=alert],#main #login");
    assert!(typed.len() >= 5, "router, frame, header, banners and form have tasks of their own: {typed}");
    assert_eq!(get::<HtmlInputElement>("#main #username").value(), typed);
}

/// Notes the text of each heading that is added to the page.
const WATCH_HEADINGS: &str = "
    globalThis.headings = [];
    globalThis.watching = new MutationObserver(changes => changes.forEach(({ addedNodes }) => addedNodes.forEach(node =>
        headings.push(...[node, ...(node.querySelectorAll?.('h1') ?? [])].filter(it => it.nodeName === 'H1').map(it => it.textContent)))));
    watching.observe(document.body, { childList: true, subtree: true })";

#[wasm_bindgen_test]
async fn a_page_that_needs_a_session_is_not_rendered_before_the_form() {
    let root = document().document_element().unwrap();
    root.set_attribute("data-first", "form").unwrap();
    eval(WATCH_HEADINGS).unwrap();
    let _page = mount_app_over(App::Store, "/cart", || None);
    wait_for("form", || find("#login").is_some()).await;
    root.remove_attribute("data-first").unwrap();
    let headings = eval("watching.disconnect(), headings.join()").unwrap().as_string();
    assert_eq!((headings.as_deref(), path_and_query().as_str()), (Some("Sign in"), "/login?next=%2Fcart"));
}

#[wasm_bindgen_test]
async fn an_untouched_form_takes_no_focus() {
    show_static();
    let state = take_over("shell");
    let _page = mount_part(App::Store, state, form);
    pause().await;
    assert!(focused().is_same_node(document().body().as_deref().map(AsRef::as_ref)));
}

#[wasm_bindgen_test]
async fn a_password_in_a_hidden_form_is_dropped() {
    let filled = || {
        let (username, password) = ("shopper@example.com".to_owned(), "correct-horse".to_owned());
        Some(StaticFormState { username, password, keep: KeepSignedIn::Yes, focus: None, submit: Submit::None })
    };
    let root = document().document_element().unwrap();
    for (first, password) in [("skeleton", ""), ("form", "correct-horse")] {
        root.set_attribute("data-first", first).unwrap();
        let page = mount_app_over(App::Store, if first == "form" { "/login" } else { "/" }, filled);
        wait_for("link or form", || find("header .who a, #login").is_some()).await;
        _ = find("header .who a").map(|_| click("header .who a"));
        wait_for("form", || find("#login").is_some()).await;
        pause().await;
        assert_eq!(get::<HtmlInputElement>("#current-password").value(), password, "{first}");
        drop(page);
    }
    root.remove_attribute("data-first").unwrap();
}

#[wasm_bindgen_test]
async fn a_held_submit_is_done() {
    show_static();
    get::<HtmlInputElement>("#username").set_value(" shopper@example.com");
    get::<HtmlInputElement>("#current-password").set_value(" pass word ");
    get::<HtmlElement>("#login [type=submit]").focus().unwrap();
    get::<Element>("#login").set_attribute("data-held", "").unwrap();

    let state = take_over("shell");
    forget_everything();
    let _page = mount_part(App::Store, state, form);
    wait_for("sign-in", || !calls("POST /api/login").is_empty()).await;

    let sent = calls("POST /api/login");
    assert!(sent.contains(r#""loginId":"shopper@example.com""#), "the app must send the email without the spaces around it");
    assert!(sent.contains(r#""password":" pass word ""#), "the app must send the password unchanged");
    wait_for("failure", || text(".summary").contains("We couldn't reach the")).await;
    assert_eq!(get::<HtmlInputElement>("#current-password").value(), " pass word ", "the field must keep the password for a retry");
}
