//! The roles that the access token names: what `Session::has_role` says, and what the components show.

use crate::support::*;
use leptos::{mount::mount_to, prelude::*, task::tick};
use leptos_fusionauth::{Connection, FakeSession, RequireSession, SessionState, SignedIn, TokenStorage, User, use_session};
use std::sync::{Arc, Mutex, mpsc};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

/// The example of the README, unchanged.
mod example {
    include!("roles_example.rs");

    pub(super) fn page() -> impl IntoView {
        (ReportsPage(), Menu())
    }
}

const MODERATOR: &str = "moderator@example.com";
const MODERATOR_ID: &str = "20000000-0000-0000-0000-000000000008";

async fn set_roles(roles: &str) {
    let body = format!(r#"{{"registration":{{"applicationId":"{FORUMS}","roles":[{roles}]}}}}"#);
    assert_eq!(admin("PATCH", &format!("/api/user/registration/{MODERATOR_ID}"), &body).await, 200);
}

#[wasm_bindgen_test]
async fn a_role_shows_from_the_sign_in_until_a_renewal_without_it_or_a_sign_out() {
    clean().await;
    let page = Page::open(FORUMS);
    let (session, shown) = (page.session, Arc::new(Mutex::new(Vec::new())));
    let owner = Owner::new();
    let memo = owner.with(|| Memo::new(move |_| session.has_role("moderator")));
    let log = shown.clone();
    let _effect = owner.with(|| Effect::new(move |_| log.lock().unwrap().push(memo.get())));
    tick().await;
    assert_eq!(session.sign_in(MODERATOR, PASSWORD).await, Ok(()));
    tick().await;
    assert!(!session.has_role("owner"));
    set_roles(r#""user""#).await;
    // FusionAuth answers 401 once, so the session renews.
    answer_next("GET /api/jwt/validate", "new Response(null, { status: 401 })");
    let renewed = page.validate().await;
    set_roles(r#""user","moderator""#).await;
    assert_eq!(renewed, Ok(200));
    tick().await;
    assert_eq!(*shown.lock().unwrap(), [false, true, false], "a renewal alone takes the role away");
    answer_next("GET /api/jwt/validate", "new Response(null, { status: 401 })");
    assert_eq!(page.validate().await, Ok(200));
    tick().await;
    session.sign_out();
    tick().await;
    assert_eq!(*shown.lock().unwrap(), [false, true, false, true, false]);
}

#[wasm_bindgen_test]
async fn a_renewal_in_another_tab_shows_its_roles() {
    clean().await;
    let page = Page::open(FORUMS);
    assert_eq!(page.session.sign_in(MODERATOR, PASSWORD).await, Ok(()));
    assert!(page.session.has_role("moderator"));
    let before = stored(FORUMS).expect("a record");
    set_roles(r#""user""#).await;
    answer_next("GET /api/jwt/validate", "new Response(null, { status: 401 })");
    let renewed = page.validate().await;
    set_roles(r#""user","moderator""#).await;
    assert_eq!(renewed, Ok(200));
    let after = stored(FORUMS).expect("a record");
    drop(page);
    store(FORUMS, &before);
    let page = Page::open(FORUMS);
    assert!(page.session.has_role("moderator"), "the old token names the role");
    OtherTab::open().write(FORUMS, &after);
    until("other roles", || !page.session.has_role("moderator")).await;
}

#[wasm_bindgen_test]
async fn scripts_read_no_roles_from_cookies() {
    clean().await;
    let page = Page::open_with(config(FORUMS, TokenStorage::SharedDomainCookies));
    assert_eq!(page.session.sign_in(MODERATOR, PASSWORD).await, Ok(()));
    assert!(!page.session.has_role("moderator"));
}

#[wasm_bindgen_test]
async fn components_with_a_role_show_their_children_to_users_with_the_role() {
    let host = document().create_element("div").unwrap();
    let (sender, fake) = mpsc::channel();
    let made = RwSignal::new(0);
    let _mounted = mount_to(host.clone().unchecked_into(), move || {
        sender.send(FakeSession::provide(SessionState::Loading)).unwrap();
        let count = move || {
            made.update(|it| *it += 1);
            made.get_untracked()
        };
        view! {
            <RequireSession role="moderator" loading=|| "One moment" forbidden=|| "For moderators" redirect=|_: String| ()>"Reports " {count()}</RequireSession>
            <SignedIn role="moderator">", moderator"</SignedIn>
            <SignedIn>", " {move || if use_session().has_role("moderator") { "may hide" } else { "may read" }}</SignedIn>
        }
    });
    let fake = fake.recv().unwrap();
    let text = async || {
        tick().await;
        host.text_content().unwrap()
    };
    let signed_in = |id: &str| SessionState::SignedIn { user: User { id: id.into(), email: None }, connection: Connection::Good };
    assert_eq!(text().await, "One moment");
    fake.set_state(signed_in("a"));
    assert_eq!(text().await, "For moderators, may read");
    fake.set_claims(r#"{"roles":["user","moderator"]}"#);
    assert_eq!(text().await, "Reports 1, moderator, may hide");
    fake.set_claims(r#"{"roles":["moderator"]}"#);
    assert_eq!(text().await, "Reports 1, moderator, may hide", "a renewal with the role must not create the children again");
    fake.set_state(signed_in("b"));
    assert_eq!(text().await, "Reports 2, moderator, may hide");
    fake.set_claims(r#"{"roles":[]}"#);
    assert_eq!(text().await, "For moderators, may read");
    fake.set_state(SessionState::SignedOut(None));
    assert_eq!(text().await, "One moment");
}

#[wasm_bindgen_test]
async fn the_example_shows_reports_to_moderators() {
    let host = document().create_element("div").unwrap();
    let (sender, fake) = mpsc::channel();
    let _mounted = mount_to(host.clone().unchecked_into(), move || {
        let user = User { id: "1".into(), email: None };
        sender.send(FakeSession::provide(SessionState::SignedIn { user, connection: Connection::Good })).unwrap();
        example::page()
    });
    assert_eq!(host.text_content().unwrap(), "This page is for moderators.Posts");
    fake.recv().unwrap().set_claims(r#"{"roles":["moderator"]}"#);
    tick().await;
    assert_eq!(host.text_content().unwrap(), "Reported postsPosts and reportsReports");
}
