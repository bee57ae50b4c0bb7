//! Listeners and effects may call any method of the session.

use crate::support::*;
use fusionauth_session::SignOutReason;
use leptos::{prelude::*, task::spawn_local};
use leptos_fusionauth::{ApiRequest, LoginFailure, Session, SessionEvent, SessionState};
use wasm_bindgen_test::wasm_bindgen_test;

/// Calls methods of every kind on a session.
fn everything(session: Session) {
    let _ = (session.state().get_untracked(), session.notice().get_untracked());
    spawn_local(async move { drop(session.access_token().await) });
    spawn_local(async move { drop(session.fetch(ApiRequest::get(format!("{FUSIONAUTH}/api/jwt/validate"))).await) });
    spawn_local(async move { drop(session.sign_in("shopper@example.com", "wrong").await) });
    session.sign_out();
}

#[wasm_bindgen_test]
async fn a_listener_may_call_any_method() {
    clean().await;
    let mut page = Page::open(STORE);
    let session = page.session;
    session.add_listener(move |event| {
        if let SessionEvent::SignedIn(_) = event {
            everything(session);
        }
    });
    assert_eq!(page.session.sign_in("shopper@example.com", PASSWORD).await, Ok(()));
    page.until(|it| *it == SessionState::SignedOut(Some(SignOutReason::UserRequest))).await;
    assert_eq!(page.session.sign_in("second@example.com", "wrong").await, Err(LoginFailure::InvalidCredentials), "the session still works");
}

#[wasm_bindgen_test]
async fn an_effect_may_call_any_method() {
    clean().await;
    let mut page = Page::open(STORE);
    let session = page.session;
    let owner = Owner::new();
    owner.with(|| {
        Effect::new(move |_| {
            if let SessionState::SignedIn { .. } = session.state().get() {
                everything(session);
            }
        })
    });
    page.sign_in().await;
    page.until(|it| *it == SessionState::SignedOut(Some(SignOutReason::UserRequest))).await;
    assert_eq!(page.session.sign_in("second@example.com", "wrong").await, Err(LoginFailure::InvalidCredentials), "the session still works");
    owner.cleanup();
}
