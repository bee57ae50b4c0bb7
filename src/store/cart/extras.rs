//! What the page of a cart shows or does only now and then: what there is to know about the cart, the edits that wait, and reading the
//! cart again while it is looked at.
//!
//! All of it is in the cart's part, because most carts need none of it at first.

use super::{context::CartContext, waiting_list};
use crate::{
    core::Route,
    data::{ApplyAnswer, Mutation},
    store::api,
    ui::{ErasedMemo, PageScope, click, document, dynamic, none},
};
use leptos::prelude::*;
use leptos_fusionauth::login_path;
use std::time::Duration;
use storefront_messages::t;

/// How often the cart is read while it is looked at.
pub(super) const FOLLOW_INTERVAL: Duration = Duration::from_secs(20);

wasm_part::part_function! { "cart", pub(super) fn extras(cart: CartContext) -> AnyView { view(cart) } }

fn view(cart: CartContext) -> AnyView {
    follow(cart, PageScope::current());
    view! { {waiting_list::list(cart)}{notice(cart)} }.into_any()
}

/// Reads the cart now and then until the page is left, because it may be changed on another device.
fn follow(cart: CartContext, page: PageScope) {
    let look = move || {
        if page.with(|| ()).is_none() {
            return;
        }
        if cart.mutations.pending_untracked() == 0 && !leptos::prelude::document().hidden() {
            cart.load();
        }
        follow(cart, page);
    };
    set_timeout(look, FOLLOW_INTERVAL);
}

/// What the backend says about the cart as a whole, until the user has read it.
fn notice(cart: CartContext) -> AnyView {
    let close = move |text: String| {
        acknowledge(cart, text);
        document::focus_heading();
    };
    let text = ErasedMemo::new(move || cart.state().notice().cloned());
    dynamic(move || {
        let Some(text) = text.get() else { return none() };
        let action = match cart.api_owner() {
            Some(_) => {
                let read = text.clone();
                view! { <button type="button" class="quiet" on:click=click(move || close(read.clone()))>{t!("OK")}</button> }.into_any()
            }
            None => {
                let href = login_path(Route::Login.href(), Route::Cart.href());
                view! { <a class="button quiet" href=href>{t!("Sign in")}</a> }.into_any()
            }
        };
        view! { <div class="offer" role="status"><p>{text}</p>{action}</div> }.into_any()
    })
}

/// The user accepts what the cart's notice says.
fn acknowledge(cart: CartContext, notice: String) {
    cart.mutations.enqueue(Mutation {
        page: Route::Cart,
        failure: t!("What you read about your cart was not accepted.").to_owned(),
        send: Box::new(move |session| {
            let notice = notice.clone();
            Box::pin(async move {
                let answer = api::acknowledge(session, notice).await?;
                Ok(Box::new(move || cart.apply(cart.current_user(), answer)) as ApplyAnswer)
            })
        }),
        // The notice stays, and its button with it.
        on_failure: Box::new(|_| ()),
    });
}
