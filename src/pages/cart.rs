//! The shopper's cart.

use crate::{
    api,
    cart::{
        line::Wish,
        row::{Basket, items},
    },
    erased::{click, dynamic, effect, none},
    load::Load,
    memory::use_memory,
    page, parts,
};
use leptos::prelude::*;
use leptos_fusionauth::{View, use_session};
use storefront_api::Cart;

/// The page.
pub fn page() -> AnyView {
    let cart = Load::new(|session| Box::pin(api::cart(session)));
    frame(cart.view(skeleton, ready))
}

/// The page while it is not known who is signed in.
pub fn waiting() -> AnyView {
    frame(skeleton())
}

fn frame(content: AnyView) -> AnyView {
    view! { <div class="page">{page::heading("Your cart")}{content}</div> }.into_any()
}

fn skeleton() -> AnyView {
    parts::skeleton("lines", 3)
}

fn ready(cart: Cart) -> AnyView {
    let memory = use_memory();
    let user = match use_session().view().get_untracked() {
        View::SignedIn { user, .. } => user.id,
        View::SignedOut(_) | View::Loading => String::new(),
    };
    let basket = Basket::new(cart, user.clone());
    effect(move || memory.cart_count.set(Some(basket.count())));
    let is_empty = Memo::new(move |_| basket.count() == 0);
    let summary = dynamic(move || match is_empty.get() {
        true => parts::nothing(
            "mark",
            "Your cart is empty",
            "What you add to it waits here for you, on every device.",
            view! { <a class="button primary" href="/">"See the products"</a> }.into_any(),
        ),
        false => view! {
            <section class="card total" aria-label="Total">
                <p>{move || items(basket.count())}</p>
                <p class="sum"><span>"Total"</span><strong>{move || basket.total()}</strong></p>
                <p class="quiet-text">"Prices include tax."</p>
                <a class="button quiet wide" href="/">"Continue shopping"</a>
            </section>
        }
        .into_any(),
    });
    view! {
        {offer(basket, &user)}
        <div class="cart" class:cart-empty=move || is_empty.get()>
            {basket.view()}
            {summary}
        </div>
    }
    .into_any()
}

/// A change that was lost when the session ended is offered, not made: the cart may look different by now.
fn offer(basket: Basket, user: &str) -> AnyView {
    let edit = use_memory().take_edit(user);
    let found = edit.and_then(|edit| {
        let (index, item) = basket.find(&edit.product)?;
        (edit.wish.count() != item.quantity).then_some((index, item, edit.wish))
    });
    let Some((index, item, wish)) = found else { return none() };
    let open = RwSignal::new(true);
    let what = match wish {
        Wish::Quantity(quantity) => format!("set {} to {quantity}", item.name),
        Wish::Removed => format!("remove {}", item.name),
    };
    let accept = move || {
        open.set(false);
        basket.want(index, wish);
        page::focus_heading();
    };
    let dismiss = move || {
        open.set(false);
        page::focus_heading();
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
