//! Shows edits that no line of the cart shows: products that were added offline, and changes that an earlier page left unanswered.

use super::{
    context::CartContext,
    edit::{Edit, Progress},
};
use crate::{
    core::use_app_context,
    ui::{components::Named, document, read_until_cleanup},
};
use leptos::prelude::*;
use storefront_messages::t;

/// The list of these edits, unless it is empty.
#[component]
pub(super) fn WaitingEdits(cart: CartContext) -> impl IntoView {
    let context = use_app_context();
    let shown = Memo::new(move |_| {
        let is_offline = !read_until_cleanup(context.online());
        let is_shown = |edit: &&Edit| match edit.progress {
            Progress::Failed(_) => edit.change.is_some(),
            _ => is_offline && edit.is_unanswered(),
        };
        cart.state().edits_without_row().filter(is_shown).cloned().collect::<Vec<_>>()
    });
    let list = move |edits: Vec<Edit>| {
        let edits = edits.into_iter().map(|edit| view! { <WaitingEdit edit cart/> }).collect_view();
        view! {
            <section class="card waiting" aria-labelledby="waiting">
                <h2 id="waiting">{t!("Changes waiting to be sent")}</h2>
                <ul role="list">{edits}</ul>
            </section>
        }
    };
    move || Some(shown.get()).filter(|edits| !edits.is_empty()).map(list)
}

/// One waiting edit. If its change has failed, the shopper can retry or discard it.
#[component]
fn WaitingEdit(edit: Edit, cart: CartContext) -> impl IntoView {
    let Edit { name, key, change, progress, .. } = edit;
    let quantity = change.map(|change| change.quantity);
    let what = match quantity {
        None => t!("{}: add one", "{}"),
        Some(0) => t!("{}: remove", "{}"),
        Some(quantity) => t!("{}: change quantity to {}", "{}", quantity),
    };
    let what = view! { <Named text=&what name/> };
    let Progress::Failed(error) = progress else {
        return view! { <li><p>{what}</p><p class="quiet-text">{t!("Will be sent when you're back online.")}</p></li> }.into_any();
    };
    let again = key.clone();
    let retry = move || {
        document::focus_heading(); // the button that has the focus is about to be removed
        cart.update(|state| state.retry(&again));
        cart.send_edits();
    };
    let leave = move || {
        document::focus_heading();
        cart.update(|state| state.edits.retain(|edit| edit.key != key));
    };
    view! {
        <li>
            <p>{what}</p>
            <p role="alert">{error.to_string()}</p>
            <button type="button" class="quiet" on:click=move |_| retry()>{t!("Try again")}</button>
            <button type="button" class="quiet" on:click=move |_| leave()>{t!("Discard")}</button>
        </li>
    }
    .into_any()
}
