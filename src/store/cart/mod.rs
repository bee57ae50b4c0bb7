//! `/cart`: the shopper's cart.

pub mod context;
pub mod line;
pub mod row;

pub use context::{CartContext, use_cart_context};

use crate::{
    core::route::Route,
    data::query::Query,
    store::api,
    ui::{
        components, document,
        erased_view::{click, dynamic, effect, none},
    },
};
use leptos::prelude::*;
use leptos_fusionauth::{SessionState, use_session};
use line::DesiredQuantity;
use row::{CartView, items};
use storefront_api::Cart;

/// The page.
pub fn page() -> AnyView {
    let cart = Query::new(|session| Box::pin(api::cart(session)));
    layout(cart.view(skeleton, ready))
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

fn ready(cart: Cart) -> AnyView {
    let context = use_cart_context();
    let user = match use_session().state().get_untracked() {
        SessionState::SignedIn { user, .. } => user.id,
        SessionState::SignedOut(_) | SessionState::Loading => String::new(),
    };
    let cart = CartView::new(cart, user.clone());
    effect(move || context.count.set(Some(cart.count())));
    let is_empty = Memo::new(move |_| cart.count() == 0);
    let summary = dynamic(move || match is_empty.get() {
        true => components::empty_state(
            "mark",
            "Your cart is empty",
            "What you add to it waits here for you, on every device.",
            view! { <a class="button primary" href=Route::Products.href()>"See the products"</a> }.into_any(),
        ),
        false => view! {
            <section class="card total" aria-label="Total">
                <p>{move || items(cart.count())}</p>
                <p class="sum"><span>"Total"</span><strong>{move || cart.total()}</strong></p>
                <p class="quiet-text">"Prices include tax."</p>
                <a class="button quiet wide" href=Route::Products.href()>"Continue shopping"</a>
            </section>
        }
        .into_any(),
    });
    view! {
        {offer(cart, &user)}
        <div class="cart" class:cart-empty=move || is_empty.get()>
            {cart.view()}
            {summary}
        </div>
    }
    .into_any()
}

/// A change that was lost when the session ended is offered, not made: the cart may look different by now.
fn offer(cart: CartView, user: &str) -> AnyView {
    let edit = use_cart_context().take_edit(user);
    let found = edit.and_then(|edit| {
        let (index, item) = cart.find(&edit.product)?;
        (edit.desired.count() != item.quantity).then_some((index, item, edit.desired))
    });
    let Some((index, item, desired)) = found else { return none() };
    let open = RwSignal::new(true);
    let what = match desired {
        DesiredQuantity::Quantity(quantity) => format!("set {} to {quantity}", item.name),
        DesiredQuantity::Removed => format!("remove {}", item.name),
    };
    let accept = move || {
        open.set(false);
        cart.want(index, desired);
        document::focus_heading();
    };
    let dismiss = move || {
        open.set(false);
        document::focus_heading();
    };
    dynamic(move || {
        if !open.get() {
            return none();
        }
        view! {
            <div class="offer" role="status">
                <p>"When your session ended you were about to "{what.clone()}"."</p>
                <button type="button" class="primary" on:click=click(accept)>"Do it now"</button>
                <button type="button" class="quiet" on:click=click(dismiss)>"Leave it"</button>
            </div>
        }
        .into_any()
    })
}
