//! `/cart`, the page of the cart: its lines, its total, and the offer to make a change that an ended session has prevented.
//!
//! `context` holds the cart for all pages. `state` and `line` are its data, `list` is the view of the lines, `row` that of one line.

pub mod context;
pub mod guest_cart;
pub mod line;
mod list;
pub mod other_tabs;
mod row;
pub mod state;

pub use context::{AdditionProgress, CartContext, items, use_cart_context};

use crate::{
    core::Route,
    data::Query,
    store::api,
    ui::{ErasedMemo, ErasedSignal, click, components, document, dynamic, format::money, none},
};
use leptos::prelude::*;
use line::LineQuantity;

/// The page.
pub fn page() -> AnyView {
    let cart = use_cart_context();
    let query = Query::new(Route::Cart, |session| {
        let cart = use_cart_context();
        let answers = cart.state_untracked().answers();
        Box::pin(async move {
            cart.show(api::cart(session).await?, answers);
            Ok(()) // the context has the cart, for all pages
        })
    });
    layout(query.view(skeleton, move |_| content(cart)))
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
            "Your cart is empty",
            "What you add to it waits here for you, on every device.",
            view! { <a class="button primary" href=Route::Products.href()>"See the products"</a> }.into_any(),
        ),
        false => view! {
            <section class="card total" aria-label="Total">
                <p>{move || items(cart.state().count())}</p>
                <p class="sum"><span>"Total"</span><strong>{total}</strong></p>
                <p class="quiet-text">"Prices include tax."</p>
                <a class="button quiet wide" href=Route::Products.href()>"Continue shopping"</a>
            </section>
        }
        .into_any(),
    });
    view! {
        {pending_edit(cart)}
        <div class="cart" class:cart-empty=move || is_empty.get()>
            {list::list(cart)}
            {summary}
        </div>
    }
    .into_any()
}

/// Offers the change that was not made because the session had ended. It is not made unasked, because the cart may have changed on
/// another device.
fn pending_edit(cart: CartContext) -> AnyView {
    let found = cart.take_edit().and_then(|edit| {
        let row = cart.state_untracked().row(&edit.product).cloned()?;
        (edit.desired != row.line.desired()).then_some((row.item, edit.desired))
    });
    let Some((item, desired)) = found else { return none() };
    let open = ErasedSignal::new(true);
    let what = match desired {
        LineQuantity::Quantity(quantity) => format!("set {} to {quantity}", item.name),
        LineQuantity::Removed => format!("remove {}", item.name),
    };
    let close = move || {
        open.set(false);
        document::focus_heading();
    };
    let accept = move || {
        cart.change(&item.product, desired);
        close();
    };
    let accept = StoredValue::new(accept);
    dynamic(move || {
        if !open.get() {
            return none();
        }
        view! {
            <div class="offer" role="status">
                <p>"When your session ended you were about to "<bdi>{what.clone()}</bdi>"."</p>
                <button type="button" class="primary" on:click=click(move || accept.with_value(|accept| accept()))>"Do it now"</button>
                <button type="button" class="quiet" on:click=click(close)>"Leave it"</button>
            </div>
        }
        .into_any()
    })
}
