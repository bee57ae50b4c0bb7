//! `/cart`, the page of the cart: its lines and its total.
//!
//! `context` holds the cart for all pages, and `additions` puts products into it. `state` and `line` are its data, `list` is the view of the
//! lines, `row` that of one line. `extras` has what few carts show, `follow` follows other devices. `waiting` keeps the edits that were not answered yet.

pub mod additions;
pub mod context;
mod edit;
mod events;
mod extras;
mod follow;
pub mod guest_cart;
mod late_change;
pub mod line;
mod list;
pub mod other_tabs;
mod row;
pub mod state;
mod tab_lock;
mod waiting;
mod waiting_list;

pub use additions::AdditionProgress;
pub use context::has_ended_by_itself;
pub use context::{CartContext, Shopper, items, use_cart_context};
pub use waiting::keep_waiting_edits;

use crate::{
    core::{Part, Route},
    data::Query,
    store::api,
    ui::{ErasedMemo, ErasedSignal, components, document, dynamic, effect, format::money, none, part},
};
use leptos::prelude::*;
use storefront_messages::t;

/// The page for whoever shops: `guarded`, which asks for a sign-in, or the cart of a visitor who has put something into it.
pub fn page_of_shopper(guarded: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    let cart = use_cart_context();
    let shopper = ErasedMemo::new(move || if cart.is_known_as_visitors() { cart.shopper() } else { Shopper::User });
    dynamic(move || match shopper.get() {
        Shopper::Visitor => page(),
        Shopper::Unknown => loading(),
        Shopper::User | Shopper::Ended(_) => guarded(),
    })
}

/// The page.
pub fn page() -> AnyView {
    let cart = use_cart_context();
    let query = Query::new(Route::Cart, |_| {
        let cart = use_cart_context();
        let (owner, answers) = (cart.api_owner(), cart.state_untracked().answers());
        Box::pin(async move {
            cart.show(api::cart(owner).await?, answers);
            Ok(()) // the context has the cart, for all pages
        })
    });
    let needs_extras = ErasedSignal::new(false);
    effect(move || {
        if cart.state().notice().is_some() && !needs_extras.get_untracked() {
            needs_extras.set(true);
        }
    });
    set_timeout(move || needs_extras.set(true), part::IDLE);
    let extras = dynamic(move || match needs_extras.get() {
        true => part::view_when_loaded(Part::Cart, move || extras::extras(cart)),
        false => none(),
    });
    layout(view! { {extras}{query.view(skeleton, move |_| content(cart))} }.into_any())
}

/// The page while it is not known whether somebody is signed in.
pub fn loading() -> AnyView {
    layout(skeleton())
}

fn layout(content: AnyView) -> AnyView {
    view! { <div class="page">{document::heading(Route::Cart.title())}{content}</div> }.into_any()
}

fn skeleton() -> AnyView {
    components::skeleton("lines", 3)
}

fn content(cart: CartContext) -> AnyView {
    let is_empty = ErasedMemo::new(move || cart.state().count() == 0);
    let total = move || {
        let state = cart.state();
        money(state.total(), state.currency())
    };
    let summary = dynamic(move || match is_empty.get() {
        true => components::empty_state(
            "mark",
            t!("Your cart is empty"),
            t!("What you add to it waits here for you, on every device."),
            view! { <a class="button primary" href=Route::Products.href()>{t!("See the products")}</a> }.into_any(),
        ),
        false => view! {
            <section class="card total" aria-label=t!("Total")>
                <p>{dynamic(move || items(cart.state().count()).into_any())}</p>
                <p class="sum"><span>{t!("Total")}</span><strong>{total}</strong></p>
                <p class="quiet-text">{t!("Prices include tax.")}</p>
                <a class="button primary wide" href=Route::Checkout.href()>{t!("Check out")}</a>
                <a class="button quiet wide" href=Route::Products.href()>{t!("Continue shopping")}</a>
            </section>
        }
        .into_any(),
    });
    view! {
        <div class="cart">
            {list::list(cart)}
            {summary}
        </div>
    }
    .into_any()
}
