//! Shows new recovery codes once. With a recovery code, a user who has lost the authenticator app can still sign in.

use super::page_state::PageState;
use crate::ui::document;
use js_sys::Promise;
use leptos::prelude::*;
use leptos_fusionauth::future_of;
use storefront_messages::t;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

/// The codes, with buttons that copy, print and hide them.
#[component]
pub(super) fn RecoveryCodesCard(page: PageState, codes: Vec<String>) -> impl IntoView {
    let text = codes.join("\n");
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
            <ul>{codes.into_iter().map(|code| view! { <li>{code}</li> }).collect_view()}</ul>
            <div class="actions">
                <button type="button" class="quiet" on:click=move |_| copy()>{t!("Copy")}</button>
                <button type="button" class="quiet" on:click=move |_| print()>{t!("Print")}</button>
                <button type="button" class="primary" on:click=move |_| done()>{t!("I've saved them")}</button>
            </div>
        </section>
    }
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["navigator", "clipboard"], js_name = writeText)]
    fn write_text(text: &str) -> Result<Promise, JsValue>;
    fn print();
}
