//! What the page of a cart shows of edits that are on none of its lines: products that were added without a connection, and changes that a
//! page before this one has left.

use super::{
    context::CartContext,
    edit::{Edit, LineChange},
    late_change::{LateChange, LateChanges},
    waiting::waiting,
};
use crate::{
    core::use_app_context,
    ui::{ErasedMemo, click, components, document, dynamic, none, read_until_cleanup},
};
use leptos::prelude::*;
use storefront_messages::t;

/// The list, while something is in it.
pub(super) fn list(cart: CartContext) -> AnyView {
    let context = use_app_context();
    let shown = ErasedMemo::new(move || {
        _ = cart.state(); // changes when there is a keeper
        let is_offline = !read_until_cleanup(context.online());
        let (additions, late) = waiting(cart);
        let additions = additions.into_iter().map(|edit| LateChange { edit, refused: None });
        let late = late.map(|late| late.read().to_vec()).unwrap_or_default();
        additions.chain(late).filter(|it| is_offline || it.refused.is_some()).collect::<Vec<_>>()
    });
    dynamic(move || {
        let entries = shown.get();
        if entries.is_empty() {
            return none();
        }
        let late = waiting(cart).1;
        let entries = entries.into_iter().map(|it| entry(it, late)).collect::<Vec<_>>();
        view! {
            <section class="card waiting" aria-labelledby="waiting">
                <h2 id="waiting">{t!("Changes that wait")}</h2>
                <ul role="list">{entries}</ul>
            </section>
        }
        .into_any()
    })
}

fn entry(LateChange { edit, refused }: LateChange, late: Option<LateChanges>) -> AnyView {
    let what = match edit.change {
        None => t!("{}: one more", "{}"),
        Some(LineChange { quantity: 0, .. }) => t!("{}: remove", "{}"),
        Some(LineChange { quantity, .. }) => t!("{}: {} pieces", "{}", quantity),
    };
    let what = components::named(&what, edit.name.clone());
    let (Some(error), Some(late)) = (refused, late) else {
        return view! { <li><p>{what}</p><p class="quiet-text">{t!("Waits until you are back online.")}</p></li> }.into_any();
    };
    let (again, given_up): (Edit, Edit) = (edit.clone(), edit);
    let retry = move || {
        document::focus_heading(); // the button that has the focus is about to be removed
        // What was done since is known now, so this is the newest intent.
        if let Some(change) = again.change {
            late.send(again.clone(), LineChange { seen: 0, sent: 0, ..change });
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
            <button type="button" class="quiet" on:click=click(retry)>{t!("Try again")}</button>
            <button type="button" class="quiet" on:click=click(leave)>{t!("Leave it")}</button>
        </li>
    }
    .into_any()
}
