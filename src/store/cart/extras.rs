//! Rarely used features of the cart page: the notice about the cart, waiting edits, and updates from other devices.
//!
//! The module belongs to the program's part `store`, which a release build loads after the cart page, because most carts need none of these
//! features at first.

use super::{context::CartContext, follow, waiting_list::WaitingEdits};
use crate::{
    core::Route,
    data::{ApiError, Mutation, Write, call_with},
    ui::document,
};
use leptos::prelude::*;
use leptos_fusionauth::{Session, login_path};
use std::cell::RefCell;
use storefront_api::{AcknowledgeNotice, Cart, endpoints};
use storefront_messages::t;
use wasm_part::part;

#[part("store")]
pub(super) fn extras(cart: CartContext) -> AnyView {
    view! { <CartExtras cart/> }.into_any()
}

/// All features of this module.
#[component]
fn CartExtras(cart: CartContext) -> impl IntoView {
    follow::follow(cart);
    view! { <WaitingEdits cart/><CartNotice cart/> }
}

thread_local! {
    /// The notice that was announced last.
    static ANNOUNCED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The backend's notice about the cart, until the user has accepted it.
#[component]
fn CartNotice(cart: CartContext) -> impl IntoView {
    let close = move |text: String| {
        acknowledge(cart, text);
        document::focus_heading();
    };
    let text = Memo::new(move |_| cart.state().notice().cloned());
    let notice = move |text: String| {
        // A guest cannot accept the notice, so it is announced only once.
        let is_new = ANNOUNCED.replace(text.clone()) != text;
        let action = match cart.api_owner() {
            Some(_) => {
                let read = text.clone();
                view! { <button type="button" class="quiet" on:click=move |_| close(read.clone())>{t!("OK")}</button> }.into_any()
            }
            None => {
                let href = login_path(Route::Login.href(), Route::Cart.href());
                view! { <a class="button quiet" href=href>{t!("Sign in")}</a> }.into_any()
            }
        };
        view! { <div class="offer" role=is_new.then_some("status")><p>{text}</p>{action}</div> }
    };
    move || text.get().map(notice)
}

/// Tells the backend that the user accepts the cart's notice.
fn acknowledge(cart: CartContext, notice: String) {
    cart.mutations.enqueue(Mutation {
        page: Route::Cart,
        also_at: None,
        failure: t!("We couldn't save that you have seen this notice.").to_owned(),
        write: Acknowledge { cart, notice },
    });
}

struct Acknowledge {
    cart: CartContext,
    notice: String,
}

impl Write for Acknowledge {
    type Answer = Cart;

    async fn send(&mut self, session: Session) -> Result<Cart, ApiError> {
        call_with(endpoints::ACKNOWLEDGE_NOTICE, &[], &AcknowledgeNotice { notice: self.notice.clone() }).send(session).await
    }

    fn apply(self, answer: Cart) {
        self.cart.apply(self.cart.current_user(), answer);
    }

    /// The notice and its button stay, so the user can try again.
    fn failed(self, _: ApiError) {}
}
