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

pub use context::{AdditionProgress, CartContext, Shopper, items, use_cart_context};

use crate::{
    core::Route,
    data::Query,
    store::api::{self, CartOwner},
    ui::{ErasedMemo, ErasedSignal, click, components, document, dynamic, format::money, none},
};
use leptos::prelude::*;
use leptos_fusionauth::login_path;
use line::LineQuantity;

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
        {notice(cart)}
        {pending_edit(cart)}
        <div class="cart" class:cart-empty=move || is_empty.get()>
            {list::list(cart)}
            {summary}
        </div>
    }
    .into_any()
}

/// What the backend says about the cart as a whole, until the user has read it.
fn notice(cart: CartContext) -> AnyView {
    let close = move |text: String| {
        cart.acknowledge(text);
        document::focus_heading();
    };
    let text = ErasedMemo::new(move || cart.state().notice().cloned());
    dynamic(move || {
        let Some(text) = text.get() else { return none() };
        let action = match cart.api_owner() {
            CartOwner::User(_) => {
                let read = text.clone();
                view! { <button type="button" class="quiet" on:click=click(move || close(read.clone()))>"OK"</button> }.into_any()
            }
            CartOwner::Visitor => {
                let href = login_path(Route::Login.href(), Route::Cart.href());
                view! { <a class="button quiet" href=href>"Sign in"</a> }.into_any()
            }
        };
        view! { <div class="offer" role="status"><p>{text}</p>{action}</div> }.into_any()
    })
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
                <p>"You were about to "<bdi>{what.clone()}</bdi>"."</p>
                <button type="button" class="primary" on:click=click(move || accept.with_value(|accept| accept()))>"Do it now"</button>
                <button type="button" class="quiet" on:click=click(close)>"Leave it"</button>
            </div>
        }
        .into_any()
    })
}
