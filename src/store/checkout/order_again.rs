//! The button "Order again", which puts the products of an order into the cart.

use super::order;
use crate::{
    core::Route,
    data::{ApiError, ApplyAnswer, Mutation, PageLink, use_mutations},
    store::{api, cart::use_cart_context},
    ui::components::InlineFailure,
};
use leptos::prelude::*;
use storefront_messages::t;

/// The state of the request.
#[derive(Clone, PartialEq, Eq)]
enum Progress {
    None,
    Sending,
    /// The backend's text about the cart.
    Done(String),
    Failed(ApiError),
}

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
    let (cart, mutations, progress) = (use_cart_context(), use_mutations(), RwSignal::new(Progress::None));
    let busy = move || progress.get() == Progress::Sending;
    let title = t!("Order {}", number);
    let repeat = move |_| {
        if progress.get_untracked() == Progress::Sending {
            return;
        }
        progress.set(Progress::Sending);
        let (user, id) = (mutations.current_user(), id.clone());
        mutations.enqueue(Mutation {
            page: Route::Orders,
            also_at: Some(PageLink { path: order::href(&id), title: title.clone() }),
            failure: t!("We couldn't put this order into your cart.").to_owned(),
            send: Box::new(move |session| {
                let (user, id) = (user.clone(), id.clone());
                Box::pin(async move {
                    let answer = api::repeat_order(session, &id).await?;
                    Ok(Box::new(move || {
                        cart.apply(user, answer.cart);
                        mutations.context.announce(answer.message.clone());
                        _ = progress.try_set(Progress::Done(answer.message));
                    }) as ApplyAnswer)
                })
            }),
            on_failure: Box::new(move |error| _ = progress.try_set(Progress::Failed(error))),
        });
    };
    let result = move || match progress.get() {
        Progress::Done(text) => {
            Some(view! { <p class="reason">{text}" "<a href=Route::Cart.href()>{t!("See your cart")}</a></p> }.into_any())
        }
        Progress::Failed(error) => Some(view! { <InlineFailure text=error.to_string()/> }.into_any()),
        Progress::None | Progress::Sending => None,
    };
    view! {
        <div class="order-again">
            <button
                type="button"
                class="quiet"
                aria-label=label
                aria-disabled=move || busy().then_some("true")
                on:click=repeat
            >
                {t!("Order again")}
            </button>
            {move || result()}
        </div>
    }
}
