//! The pages for ordering: `/checkout`, `/orders`, `/orders/{id}`, and `/guest-order` of an order without an account.
//!
//! `checkout_state` has the state of `/checkout`. `draft` saves the form, `address` has its fields, `placing` sends the order, and
//! `orders_page` and `order` show orders, `guest` has what only a guest sees, and `order_again` puts an order's products into
//! the cart.

mod address;
mod checkout_state;
mod draft;
mod guest;
mod order;
mod order_again;
mod orders_page;
mod placing;
mod placing_state;

use super::cart::{Shopper, use_cart_context};
use crate::{
    core::{Route, page_title},
    data::{ApiError, Query, use_mutations},
    ui::{
        PageScope,
        components::{EmptyState, Heading, Named, Skeleton},
        form::{self, ErrorSummary},
        use_title,
    },
};
use address::{AddressFields, AddressInputs};
use checkout_state::CheckoutState;
use draft::Draft;
use guest::{GuestEmail, sign_in_href};
use leptos::prelude::*;
use leptos_fusionauth::RequireSession;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use order::{OrderLine, OrderPage, unconfirmed};
use orders_page::OrdersPage;
use placing_state::{Placing, Progress};
use storefront_api::orders::{Checkout, CheckoutForm, Delivery, OrderState};
use storefront_api::{CartLine, problems::ProblemCode};
use storefront_messages::{delivery_name, item_count, t};

/// The list of orders, or the order in the URL.
pub fn orders_page() -> AnyView {
    if order::id().is_empty() { view! { <OrdersPage/> }.into_any() } else { guest_order_page() }
}

/// A guest's order.
pub fn guest_order_page() -> AnyView {
    view! { <OrderPage/> }.into_any()
}

/// The checkout page: for a guest if this tab knows of a guest's cart, otherwise for a user.
pub fn page() -> AnyView {
    let cart = use_cart_context();
    let is_guest = Memo::new(move |_| cart.has_known_guest_cart() && matches!(cart.shopper(), Shopper::Visitor));
    let loading = || view! { <div class="page"><Heading text=page_title(Route::Checkout)/><Skeleton class="card" count=3/></div> };
    let page = move || match is_guest.get() {
        true => view! { <CheckoutPage/> }.into_any(),
        false => view! { <RequireSession login=Route::Login.href() loading><CheckoutPage/></RequireSession> }.into_any(),
    };
    view! { {move || page()} }.into_any()
}

/// The checkout page: it loads the data, and then shows the form.
#[component]
fn CheckoutPage() -> impl IntoView {
    let query = Query::new(Route::Checkout, |_| {
        let cart = use_cart_context();
        let answers = cart.state_untracked().answers();
        let navigate = use_navigate();
        Box::pin(async move {
            match checkout_state::read(cart).await {
                Ok(checkout) => {
                    cart.show(checkout.cart.clone(), answers);
                    Ok(checkout)
                }
                // Guests cannot order at this site.
                Err(error) if error.is(ProblemCode::EmailUnavailable) => {
                    navigate(&sign_in_href(), NavigateOptions { replace: true, ..Default::default() });
                    Err(ApiError::SignedOut)
                }
                Err(error) => Err(error),
            }
        })
    });
    let loading = || view! { <Skeleton class="card" count=3/> }.into_any();
    let ready = |checkout| view! { <CheckoutContent checkout/> }.into_any();
    view! { <div class="page"><Heading text=page_title(Route::Checkout)/>{query.view(loading, ready)}</div> }
}

/// The form, or a message that the cart is empty.
#[component]
fn CheckoutContent(checkout: RwSignal<Checkout>) -> impl IntoView {
    let (mutations, title) = (use_mutations(), use_title());
    let draft = Draft::open(mutations);
    let first = draft.typed().unwrap_or_else(|| checkout.with_untracked(|checkout| checkout.form.clone()));
    let state = CheckoutState {
        checkout,
        delivery: RwSignal::new(first.delivery),
        email: mutations.current_user().is_none().then(NodeRef::new),
        inputs: AddressInputs::new(),
        draft,
        placing: Placing::new(mutations),
        is_refused: RwSignal::new(false),
        scope: PageScope::current(),
    };
    let error = state.placing.error;
    Effect::new(move |_| title.error(error.with(Option::is_some) || state.is_refused.get()));
    state.follow_cart();
    state.placing.follow_connection();
    view! {
        <Show when=move || checkout.with(|it| !it.cart.lines.is_empty()) fallback=move || view! { <NothingToOrder state/> }>
            <OrderForm state first=draft.typed().unwrap_or_else(|| first.clone())/>
        </Show>
    }
}

/// A message that the cart is empty. If the user has ordered in another tab, or the answer was lost, it also shows the order, until the user
/// has seen the order's page.
#[component]
fn NothingToOrder(state: CheckoutState) -> impl IntoView {
    let latest = state.checkout.with_untracked(|checkout| checkout.latest_order.clone());
    let latest = latest.filter(|order| order.state == OrderState::Placed && !order::is_seen(&order.id)).map(|order| {
        view! {
            <div class="offer" role="status">
                <p><Named text=t!("We've received your order {}.") name=order.number/></p>
                <a class="button quiet" href=state.order_href(&order.id)>{t!("See the order")}</a>
            </div>
        }
    });
    view! {
        <CheckoutNotice state/>
        {latest}
        <EmptyState icon="mark" title=t!("Your cart is empty") text=t!("Items you add will appear here.")>
            <a class="button primary" href=Route::Products.href()>{t!("See all products")}</a>
        </EmptyState>
    }
}

/// The postal address, the delivery and the lines, with the button that places the order.
#[component]
fn OrderForm(
    state: CheckoutState,
    /// The initial values of the fields.
    first: CheckoutForm,
) -> impl IntoView {
    let place = move || state.place();
    let error = state.placing.error;
    view! {
        <form
            class="checkout"
            method="post"
            novalidate=""
            on:submit=form::submit(place)
            on:input=move |_| state.keep_draft()
        >
            <ErrorSummary error retry=place/>
            {state.email.map(|input| view! { <GuestEmail input error/> })}
            <section class="card">
                <h2>{t!("Delivery address")}</h2>
                <AddressFields inputs=state.inputs first=first.address error/>
            </section>
            <fieldset class="card deliveries">
                <legend><h2>{t!("Delivery")}</h2></legend>
                <DeliveryChoice state delivery=Delivery::Standard/>
                <DeliveryChoice state delivery=Delivery::Express/>
            </fieldset>
            <OrderReview state/>
        </form>
    }
}

/// The backend's notice about changes of the cart. A user who places the order accepts these changes, because the order has the lines that
/// the page shows.
#[component]
fn CheckoutNotice(state: CheckoutState) -> impl IntoView {
    let text = Memo::new(move |_| state.checkout.with(|checkout| checkout.cart.notice.clone()));
    move || {
        let text = text.get()?;
        Some(match state.is_refused.get() {
            false => view! { <div class="offer" role="status"><p>{text}</p></div> }.into_any(),
            true => view! {
                <div class="offer" role="alert"><p><strong>{t!("You haven't placed your order yet.")}</strong>" "{text}</p></div>
            }
            .into_any(),
        })
    }
}

/// A delivery option, with its cost.
#[component]
fn DeliveryChoice(state: CheckoutState, delivery: Delivery) -> impl IntoView {
    view! {
        <label class="check">
            <input
                type="radio"
                name="delivery"
                checked=state.delivery.get_untracked() == delivery
                on:input=move |_| state.delivery.set(delivery)
            />
            <span>{delivery_name(delivery)}</span>
            <strong>{move || state.delivery_amount(delivery)}</strong>
        </label>
    }
}

/// The lines with their prices, and the button that places the order.
#[component]
fn OrderReview(state: CheckoutState) -> impl IntoView {
    let checkout = state.checkout;
    let lines = move || {
        let line = |line: CartLine| {
            let (name, CartLine { quantity, unit_price, .. }) = (line.full_name(), line);
            view! { <OrderLine name quantity amount=state.amount(unit_price.saturating_mul(quantity))/> }
        };
        checkout.with(|checkout| checkout.cart.lines.clone()).into_iter().map(line).collect_view()
    };
    let quantity = move || checkout.with(|checkout| checkout.cart.lines.iter().map(|line| line.quantity).sum());
    let email = move || checkout.with(|checkout| checkout.confirmation_email.clone());
    let progress = state.placing.progress;
    let button = move || match progress.get() {
        Progress::None => format!("{} · {}", t!("Place order"), state.amount(state.total())),
        progress => progress.text().to_owned(),
    };
    view! {
        <div class="checkout-end">
            <section class="card total review" aria-labelledby="review">
                <h2 id="review">{t!("Your order")}</h2>
                <CheckoutNotice state/>
                <ul class="review-lines">{move || lines()}</ul>
                <p class="sum part">
                    <span>{move || item_count(quantity())}</span>
                    <span translate="no">{move || state.amount(checkout.with(|checkout| checkout.cart.total))}</span>
                </p>
                <p class="sum part"><span>{t!("Delivery")}</span><span>{move || state.delivery_amount(state.delivery.get())}</span></p>
                {move || state.missing_for_free().map(|text| view! { <p class="quiet-text">{text}</p> })}
                <p class="sum"><span>{t!("Total")}</span><strong translate="no">{move || state.amount(state.total())}</strong></p>
                <p class="quiet-text">{t!("Prices include tax.")}" "{t!("You pay by invoice. You'll find it in the parcel.")}</p>
                {move || email().map(|name| view! { <p class="quiet-text"><Named text=t!("We'll send a confirmation to {}.") name/>{unconfirmed(checkout.with(|it| it.email_state))}</p> })}
            </section>
            <div class="place">
                <button type="submit" class="primary wide" aria-disabled=move || (progress.get() != Progress::None).then_some("true")>
                    {move || button()}
                </button>
                <p class="quiet-text" role="status">{move || progress.get().explanation()}</p>
            </div>
            <a class="button quiet wide" href=Route::Cart.href()>{t!("Back to the cart")}</a>
        </div>
    }
}
