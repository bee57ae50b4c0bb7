//! `/cart`, the page of the cart: its lines and its total.
//!
//! `state` holds the cart's data: the backend's answer and the log of the shopper's edits (`edit`). `context` is the handle to it for all
//! pages: it sends changes of lines, stores unanswered edits (`edit_log.js`) and applies answers. `additions` puts products into the cart, and
//! `waiting` takes over the edits that other pages have left behind. `list` shows all lines, and `row` shows one line. `extras` has rarely
//! used features, and `follow` detects changes by other devices.

pub mod additions;
pub mod context;
mod edit;
mod events;
mod extras;
mod follow;
pub mod guest_cart;
mod list;
pub mod other_tabs;
mod row;
pub mod state;
mod waiting;
mod waiting_list;

pub use additions::failure as addition_failure;
pub use context::{CartContext, Shopper, use_cart_context};
pub use edit::Progress;
pub use waiting::when_idle;

use crate::{
    core::{Part, Route, page_title},
    data::Query,
    store::api,
    ui::{
        components::{EmptyState, Heading, Skeleton, products_link},
        part::{self, Lazy},
        set_timeout,
    },
};
use leptos::prelude::*;
use list::CartLines;
use storefront_messages::{cart_costs, item_count, t};

/// The cart page: a guest's cart if this tab knows of one and nobody is signed in, otherwise the children.
#[component]
pub fn ShopperCartPage(
    /// The page for a user. It requires a sign-in.
    children: ChildrenFn,
) -> impl IntoView {
    let cart = use_cart_context();
    let shopper = Memo::new(move |_| if cart.has_known_guest_cart() { cart.shopper() } else { Shopper::User });
    let page = move || match shopper.get() {
        Shopper::Visitor => view! { <CartPage/> }.into_any(),
        Shopper::Unknown => view! { <LoadingCartPage/> }.into_any(),
        Shopper::User | Shopper::Ended => children(),
    };
    view! { {move || page()} }
}

/// The page with the cart's lines and total, for a user or a guest.
#[component]
pub fn CartPage() -> impl IntoView {
    let cart = use_cart_context();
    let query = Query::new(Route::Cart, |_| {
        let cart = use_cart_context();
        let (owner, answers) = (cart.api_owner(), cart.state_untracked().answers());
        Box::pin(async move {
            cart.show(api::cart(owner).await?, answers);
            Ok(()) // the context holds the cart for all pages
        })
    });
    let needs_extras = RwSignal::new(false);
    // Once, because each change of the signal creates the extras again, and those created last announce only what changes after them.
    let show_extras = move || {
        if needs_extras.try_get_untracked() == Some(false) {
            needs_extras.set(true);
        }
    };
    Effect::new(move |_| {
        if cart.state().notice().is_some() {
            show_extras();
        }
    });
    set_timeout(show_extras, part::IDLE);
    let loading = || view! { <Skeleton class="lines" count=3/> }.into_any();
    let ready = move |_| view! { <div class="cart"><CartLines cart/><CartSummary cart/></div> }.into_any();
    view! {
        <CartFrame>
            {move || needs_extras.get().then(|| view! { <Lazy part=Part::Store>{extras::extras(cart)}</Lazy> })}
            {query.view(loading, ready)}
        </CartFrame>
    }
}

/// The page until the app knows whether a user is signed in.
#[component]
pub fn LoadingCartPage() -> impl IntoView {
    view! { <CartFrame><Skeleton class="lines" count=3/></CartFrame> }
}

/// The heading, with the content below it. `CartPage` and `LoadingCartPage` share it, so that the heading keeps the focus when one page
/// replaces the other.
#[component]
fn CartFrame(children: Children) -> impl IntoView {
    view! { <div class="page"><Heading text=page_title(Route::Cart)/>{children()}</div> }
}

/// The total of the lines and the link to the checkout, or a message that the cart is empty.
#[component]
fn CartSummary(cart: CartContext) -> impl IntoView {
    let is_empty = Memo::new(move |_| cart.state().count() == 0);
    let summary = move || match is_empty.get() {
        true => view! {
            <EmptyState icon="mark" title=t!("Your cart is empty") text=t!("Items you add will appear here.")>
                {products_link("button primary", t!("See all products"))}
            </EmptyState>
        }
        .into_any(),
        false => view! {
            <section class="card total" aria-label=t!("Total")>
                <p>{move || item_count(cart.state().count())}</p>
                <p class="sum"><span>{t!("Total")}</span><strong translate="no">{move || cart.state().total_text()}</strong></p>
                <p class="quiet-text">{cart_costs()}</p>
                <a class="button primary wide" href=Route::Checkout.href()>{t!("Check out")}</a>
                {products_link("button quiet wide", t!("Continue shopping"))}
            </section>
        }
        .into_any(),
    };
    view! { {move || summary()} }
}
