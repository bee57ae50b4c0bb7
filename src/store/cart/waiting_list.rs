//! Shows edits that no line of the cart shows: products that were added offline, and changes that an earlier page left unanswered.

use super::{
    context::CartContext,
    edit::{Edit, LineChange},
    late_change::{LateChange, LateChanges},
    waiting::waiting,
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
        _ = cart.state(); // runs this closure again when the module `waiting` has loaded
        let is_offline = !read_until_cleanup(context.online());
        let (additions, late) = waiting(cart);
        let additions = additions.into_iter().map(|edit| LateChange { edit, refused: None });
        let late = late.map(|late| late.read().to_vec()).unwrap_or_default();
        additions.chain(late).filter(|it| is_offline || it.refused.is_some()).collect::<Vec<_>>()
    });
    let list = move |edits: Vec<LateChange>| {
        let late = waiting(cart).1;
        let edits = edits.into_iter().map(|change| view! { <WaitingEdit change late/> }).collect_view();
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
fn WaitingEdit(change: LateChange, late: Option<LateChanges>) -> impl IntoView {
    let LateChange { edit, refused } = change;
    let what = match edit.change {
        None => t!("{}: add one", "{}"),
        Some(LineChange { quantity: 0, .. }) => t!("{}: remove", "{}"),
        Some(LineChange { quantity, .. }) => t!("{}: change quantity to {}", "{}", quantity),
    };
    let what = view! { <Named text=&what name=edit.name.clone()/> };
    let (Some(error), Some(late)) = (refused, late) else {
        return view! { <li><p>{what}</p><p class="quiet-text">{t!("Will be sent when you're back online.")}</p></li> }.into_any();
    };
    let (again, given_up): (Edit, Edit) = (edit.clone(), edit);
    let retry = move || {
        document::focus_heading(); // the button that has the focus is about to be removed
        // The shopper has seen the newer changes of the line, so this change may replace them.
        if let Some(change) = again.change {
            late.send(again.clone(), LineChange { version: None, sent: None, ..change });
        }
    };
    let leave = move || {
        document::focus_heading();
        late.forget(&given_up);
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
