//! Asks the user who signs out whether to do so without the writes that wait or are in flight, or without the typed text.

use crate::{
    core::Part,
    data::{SignOutProgress, use_mutations},
    ui::{components::Icon, document, part::Lazy},
};
use leptos::prelude::*;
use storefront_messages::t;
use wasm_part::part;

/// The question, while writes or typed text delay the sign-out.
#[component]
pub(super) fn SignOutQuestion() -> impl IntoView {
    let mutations = use_mutations();
    let is_asked = Memo::new(move |_| mutations.sign_out_progress() != SignOutProgress::None);
    move || is_asked.get().then(|| view! { <Lazy part=Part::SignIn>{question()}</Lazy> })
}

#[part("sign_in")]
fn question() -> AnyView {
    let mutations = use_mutations();
    let text = move || match (mutations.sign_out_progress(), mutations.context.is_online()) {
        (SignOutProgress::None, _) => "",
        (SignOutProgress::NotSaved, _) => t!("We couldn't save your entries. If you sign out now, you'll lose them."),
        (SignOutProgress::Waiting, false) => {
            t!("We haven't sent your changes because you're offline. If you sign out now, you'll lose them.")
        }
        (SignOutProgress::Waiting, true) => t!("We're sending your changes. We'll sign you out after that."),
    };
    document::focus_after_render("#stay");
    view! {
        <div class="banner">
            <Icon name="cloud"/>
            <p>{text}</p>
            <button type="button" class="quiet" on:click=move |_| mutations.sign_out_now()>{t!("Sign out now")}</button>
            <button type="button" class="quiet" id="stay" on:click=move |_| mutations.stay_signed_in()>{t!("Stay signed in")}</button>
        </div>
    }
    .into_any()
}
