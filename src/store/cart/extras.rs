//! Features of the cart page that can wait: the notice about the cart, waiting edits, updates from other devices, and the delivery.
//!
//! The module belongs to the program's part `store`, which a release build loads after the cart page.

use super::{context::CartContext, follow, waiting_list::WaitingEdits};
use crate::{
    core::{Route, use_app_context},
    data::{ApiError, Mutation, call, call_with},
    ui::{PageScope, after_render, document, format::money},
};
use leptos::prelude::*;
use leptos_fusionauth::login_path;
use std::cell::RefCell;
use storefront_api::{AcknowledgeNotice, Cart, endpoints, orders::DeliveryOption};
use storefront_messages::{cart_delivery, t};
use wasm_part::part;

#[part("store")]
pub(super) fn extras(cart: CartContext) -> AnyView {
    view! { <CartExtras cart/> }.into_any()
}

/// All features of this module.
#[component]
fn CartExtras(cart: CartContext) -> impl IntoView {
    follow::follow(cart);
    view! { <WaitingEdits cart/><CartNotice cart/><CartDelivery cart/> }
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

/// Says in the total what is missing until the delivery is free, and when the order is expected. The first load has a general text in that
/// place, and `style/cart.css` keeps the space. When the backend has confirmed a change, screen readers hear new costs together with the
/// new total.
#[component]
fn CartDelivery(cart: CartContext) -> impl IntoView {
    let (standard, context) = (RwSignal::new(None::<DeliveryOption>), use_app_context());
    PageScope::current().spawn(async move {
        if let Ok(all) = call(endpoints::DELIVERIES, &[]).send(None).await {
            standard.set(all.into_iter().next());
        }
    });
    let costs = Memo::new(move |_| {
        let (state, standard) = (cart.state(), standard.get()?);
        let amount = |amount| money(amount, state.currency());
        let total = state.total();
        let missing = standard.missing_for_free(total).map(amount);
        (total > 0).then(|| cart_delivery(&amount(standard.price), missing.as_deref()))
    });
    Effect::new(move |_| {
        // The total may be shown after the answer about the deliveries, and then with a newer state of the cart.
        let (_state, Some(costs)) = (cart.state(), costs.get()) else { return };
        let expected = standard.with_untracked(|it| it.as_ref()?.expected.clone()).unwrap_or_default();
        let text = [t!("Prices include tax."), &costs, &expected].join(" ");
        after_render(move || _ = document::element(".cart .total .quiet-text").map(|element| element.set_text_content(Some(&text))));
    });
    // The costs that were confirmed last, and the announcement at that time.
    Effect::new(move |last: Option<(Option<String>, String)>| {
        let ((before, heard), now) = (last.unwrap_or_default(), costs.get());
        if cart.state().is_pending() {
            return (before, heard);
        }
        let mut announced = untrack(|| context.announcement());
        if before.is_some()
            && before != now
            && let Some(costs) = &now
        {
            announced = if announced == heard { costs.clone() } else { [&announced, ". ", costs].concat() };
            context.announce(&*announced);
        }
        (now, announced)
    });
}

/// Tells the backend that the user accepts the cart's notice.
fn acknowledge(cart: CartContext, notice: String) {
    let request = call_with(endpoints::ACKNOWLEDGE_NOTICE, &[], &AcknowledgeNotice { notice });
    cart.mutations.enqueue(Mutation {
        page: Route::Cart,
        also_at: None,
        failure: t!("We couldn't save that you have seen this notice.").to_owned(),
        send: move |session| request.clone().send(session),
        // After a failure, the notice and its button stay, so the user can try again.
        done: move |answer: Result<Cart, ApiError>| _ = answer.map(|answer| cart.apply(cart.current_user(), answer, "")),
    });
}
