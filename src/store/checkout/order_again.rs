//! The button "Order again", which puts the products of an order into the cart.

use super::order;
use crate::{
    core::Route,
    data::{ApiError, Mutation, PageLink, call_with, use_mutations},
    store::cart::use_cart_context,
    ui::components::InlineFailure,
};
use leptos::prelude::*;
use storefront_api::orders::Repetition;
use storefront_api::{Done, endpoints};
use storefront_messages::t;

/// The button and, below it, the result. After the end of the session the guard shows the sign-in form, and the button is there again after
/// the sign-in.
#[component]
pub(super) fn OrderAgain(
    /// The order's id.
    id: String,
    /// The order's number.
    number: String,
    /// The button's name, if the page has other orders.
    #[prop(optional)]
    label: Option<String>,
) -> impl IntoView {
    let (cart, mutations, busy) = (use_cart_context(), use_mutations(), RwSignal::new(false));
    // The backend's text about the cart, and the text of a failure.
    let (done, failed) = (RwSignal::new(None::<String>), RwSignal::new(None::<String>));
    let title = t!("Order {}", number);
    let repeat = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        done.set(None);
        failed.set(None);
        let (user, request) = (mutations.current_user(), call_with(endpoints::REPEAT_ORDER, &[&id], &Done {}));
        mutations.enqueue(Mutation {
            page: Route::Orders,
            also_at: Some(PageLink { path: order::href(&id), title: title.clone() }),
            failure: t!("We couldn't put this order into your cart.").to_owned(),
            send: move |session| request.clone().send(session),
            done: move |answer: Result<Repetition, ApiError>| {
                _ = busy.try_set(false);
                match answer {
                    Ok(Repetition { cart: newest, message, .. }) => {
                        cart.apply(user, newest, "");
                        mutations.context.announce(message.clone());
                        _ = done.try_set(Some(message));
                    }
                    Err(error) => _ = failed.try_set(Some(error.to_string())),
                }
            },
        });
    };
    let link = || view! { <a href=Route::Cart.href()>{t!("See your cart")}</a> };
    let result = move || match (done.get(), failed.get()) {
        (Some(text), _) => Some(view! { <p class="reason">{text}" "{link()}</p> }.into_any()),
        (None, text) => text.map(|text| view! { <InlineFailure text/> }.into_any()),
    };
    view! {
        <div class="order-again">
            <button
                type="button"
                class="quiet"
                aria-label=label
                aria-disabled=move || busy.get().then_some("true")
                on:click=repeat
            >
                {t!("Order again")}
            </button>
            {move || result()}
        </div>
    }
}
