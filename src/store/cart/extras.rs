//! What the page of a cart shows or does only now and then: what there is to know about the cart, the edits that wait, and following what
//! other devices do to it.
//!
//! All of it is in the cart's part, because most carts need none of it at first.

use super::{context::CartContext, follow, waiting_list};
use crate::{
    core::Route,
    data::{ApplyAnswer, Mutation},
    store::api,
    ui::{ErasedMemo, click, document, dynamic, none},
};
use leptos::prelude::*;
use leptos_fusionauth::login_path;
use storefront_messages::t;

wasm_part::part_function! { "cart", pub(super) fn extras(cart: CartContext) -> AnyView { view(cart) } }

fn view(cart: CartContext) -> AnyView {
    follow::follow(cart);
    view! { {waiting_list::list(cart)}{notice(cart)} }.into_any()
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
        also_at: None,
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
