//! Recovery codes, which are shown once: with them somebody who has lost the authenticator app still gets in.

use super::AccountPage;
use crate::ui::{click, document};
use leptos::prelude::*;
use storefront_messages::t;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

/// The codes, with buttons that copy and print them, and one that takes them off the screen.
pub(super) fn view(page: AccountPage, codes: &[String]) -> AnyView {
    let text = codes.join("\n");
    let items = codes.iter().map(|code| view! { <li>{code.clone()}</li> }.into_any()).collect::<Vec<_>>();
    let copy = move || {
        let text = text.clone();
        page.scope.spawn(async move {
            let is_copied = write_text(&text).await.is_ok();
            page.context.announce(if is_copied {
                t!("The codes are copied.")
            } else {
                t!("The codes could not be copied. Select and copy them.")
            });
        });
    };
    let done = move || {
        page.recovery_codes.set(None);
        page.context.announce(t!("The recovery codes are no longer shown."));
        document::focus_after_render("#second-factor h2");
        page.reload("#second-factor h2");
    };
    view! {
        <section class="card about recovery-codes">
            <h2 tabindex="-1">{t!("Your recovery codes")}</h2>
            <p>
                {t!("Each signs you in once, in place of a code of your app. Keep them where you find them without your phone. They are shown only \
                 now, and take the place of those before.")}
            </p>
            <ul>{items}</ul>
            <div class="actions">
                <button type="button" class="quiet" on:click=click(copy)>{t!("Copy")}</button>
                <button type="button" class="quiet" on:click=click(print)>{t!("Print")}</button>
                <button type="button" class="primary" on:click=click(done)>{t!("I have kept them")}</button>
            </div>
        </section>
    }
    .into_any()
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["navigator", "clipboard"], js_name = writeText)]
    async fn write_text(text: &str) -> Result<JsValue, JsValue>;
    fn print();
}
