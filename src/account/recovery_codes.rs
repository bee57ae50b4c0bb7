//! Shows new recovery codes once. With a recovery code, a user who has lost the authenticator app can still sign in.

use super::page_state::PageState;
use crate::ui::document;
use js_sys::Promise;
use leptos::{ev, prelude::*};
use leptos_fusionauth::future_of;
use storefront_messages::t;
use wasm_bindgen::{
    JsCast, JsValue,
    prelude::{Closure, wasm_bindgen},
};
use web_sys::{Element, Event};

/// The codes, with buttons that copy, print and hide them.
#[component]
pub(super) fn RecoveryCodesCard(page: PageState, codes: Vec<String>) -> impl IntoView {
    let text = codes.join("\n");
    ask_before_leaving();
    let copy = move || {
        let text = text.clone();
        page.scope.spawn(async move {
            let is_copied = match write_text(&text) {
                Ok(copied) => future_of(copied).await.is_ok(),
                Err(_) => false,
            };
            page.context.announce(if is_copied {
                t!("Codes copied.")
            } else {
                t!("We couldn't copy the codes. Select and copy them yourself.")
            });
        });
    };
    let done = move || {
        page.recovery_codes.set(None);
        page.context.announce(t!("Recovery codes hidden."));
        document::focus_after_render("#second-factor h3");
        page.reload("#second-factor h3");
    };
    view! {
        <section class="about recovery-codes">
            <h3 tabindex="-1">{t!("Your recovery codes")}</h3>
            <p>
                {t!("Each code signs you in once, instead of a code from your app. Store them where you can reach them without your phone. \
                     We show them only this once, and they replace your earlier codes.")}
            </p>
            <ul translate="no">{codes.into_iter().map(|code| view! { <li>{code}</li> }).collect_view()}</ul>
            <div class="actions">
                <button type="button" class="quiet" on:click=move |_| copy()>{t!("Copy")}</button>
                <button type="button" class="quiet" on:click=move |_| print()>{t!("Print")}</button>
                <button type="button" class="primary" on:click=move |_| done()>{t!("I've saved them")}</button>
            </div>
        </section>
    }
}

/// Asks before the user follows a link or leaves the page, while the caller's view is shown. Nothing shows these codes again.
fn ask_before_leaving() {
    let unload = window_event_listener(ev::beforeunload, |event| event.prevent_default());
    on_cleanup(move || unload.remove());
    let clicked = Closure::<dyn Fn(Event)>::new(|event: Event| {
        let link = event.target().and_then(|it| it.dyn_into::<Element>().ok()).and_then(|it| it.closest("a[href]").ok().flatten());
        if link.is_some() && !confirm(t!("You haven't confirmed that you've saved your recovery codes. Leave anyway?")) {
            event.prevent_default();
        }
    });
    // The body's listener runs before the router's, which is the window's. The router ignores a click that was prevented.
    let listener = clicked.into_js_value();
    let body = document().body();
    _ = body.as_ref().map(|body| body.add_event_listener_with_callback("click", listener.unchecked_ref()));
    let added = StoredValue::new_local((body, listener));
    on_cleanup(move || {
        added.with_value(|(body, listener)| {
            _ = body.as_ref().map(|body| body.remove_event_listener_with_callback("click", listener.unchecked_ref()));
        });
    });
}

#[wasm_bindgen]
extern "C" {
    fn confirm(text: &str) -> bool;
    #[wasm_bindgen(catch, js_namespace = ["navigator", "clipboard"], js_name = writeText)]
    fn write_text(text: &str) -> Result<Promise, JsValue>;
    fn print();
}
