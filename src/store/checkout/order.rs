//! `/orders/{id}`, and `/guest-order` of an order without an account: the page of one order. The app also opens it after the checkout. A
//! button cancels the order, unless it is shipped.

use super::{guest::GuestOrderEnd, order_again::OrderAgain};
use crate::{
    core::{Route, page_title, storage, use_app_context},
    data::{ApiError, Query, call, call_with, use_answers},
    store::products,
    ui::{
        PageScope,
        components::{InlineFailure, Named, Picture, Skeleton},
        document,
        format::{date_time, money},
        use_title,
    },
};
use leptos::prelude::*;
use leptos_fusionauth::use_session;
use leptos_router::hooks::use_url;
use storefront_api::orders::{self, Address, Checkout, EmailState, Order, OrderState, OrderSummary};
use storefront_api::{Done, endpoints, pages::HelpPage};
use storefront_messages::{country_name, delivery_name, order_next, order_state, order_steps, t, unconfirmed_email};

/// The URL of an order's page.
pub(super) fn href(id: &str) -> String {
    format!("{}/{id}", Route::Orders.href())
}

/// The order's id in the URL. Empty on the page of all orders.
pub(super) fn id() -> String {
    use_url().with_untracked(|url| url.path().strip_prefix(Route::Orders.href()).unwrap_or_default().trim_matches('/').to_owned())
}

/// The key in the tab's session storage for the id of the order whose page the shopper has seen last.
const SEEN: &str = "storefront.seen-order";

/// Whether the shopper has just seen the page of this order.
pub(super) fn is_seen(id: &str) -> bool {
    storage::session().is_some_and(|storage| storage.get_item(SEEN).is_ok_and(|seen| seen.as_deref() == Some(id)))
}

/// Whether the page is that of a guest's order.
fn is_guests() -> bool {
    use_app_context().current_route() == Route::GuestOrder
}

/// The page of one order.
#[component]
pub(super) fn OrderPage() -> impl IntoView {
    let (id, is_guests) = (id(), is_guests());
    // The checkout knows the order that was just placed. The page says thank you once.
    let latest = use_answers().known::<Checkout>(Route::Checkout).and_then(|checkout| checkout.latest_order);
    let placed = latest.map(|latest| latest.id).filter(|id| !is_seen(id));
    use_title().name(t!("Your order"));
    // The heading must stay the same element, because it has the focus after a navigation.
    let name = RwSignal::new(t!("Your order").to_owned());
    let order = match is_guests {
        true => Query::new(Route::GuestOrder, |_| Box::pin(call(endpoints::GUEST_ORDER, &[]).send(None))),
        false => Query::new(Route::Orders, |session| Box::pin(call(endpoints::ORDER, &[&self::id()]).send(session))),
    };
    let loading = || view! { <Skeleton class="card" count=2/> }.into_any();
    let ready = move |order: RwSignal<Order>| {
        let id = if is_guests { order.with_untracked(|order| order.summary.id.clone()) } else { id.clone() };
        let thanks = (placed.as_deref() == Some(&*id)).then(|| t!("Thank you for your order."));
        // Until the answer about this order arrives, the data may be that of another order.
        let is_this = Memo::new({
            let id = id.clone();
            move |_| is_guests || order.with(|order| order.summary.id == id)
        });
        Effect::new(move |_| {
            if is_this.get() {
                name.set(order.with(|order| heading(&order.summary, thanks)));
                _ = storage::session().map(|storage| storage.set_item(SEEN, &id));
            }
        });
        view! { <Show when=move || is_this.get() fallback=loading><OrderContent order is_guests is_new=thanks.is_some()/></Show> }
            .into_any()
    };
    view! { <div class="narrow order"><h1 tabindex="-1">{move || name.get()}</h1>{order.view(loading, ready)}</div> }
}

/// The thanks, if there are any, for an order that is not yet on its way. Otherwise the state of the order.
fn heading(order: &OrderSummary, thanks: Option<&'static str>) -> String {
    thanks.filter(|_| order.state == OrderState::Placed).unwrap_or_else(|| order_state(order.state)).to_owned()
}

/// A price, or "Free".
pub(super) fn price(price: i64, currency: &str) -> String {
    if price == 0 { t!("Free").to_owned() } else { money(price, currency) }
}

fn number(order: &OrderSummary) -> String {
    t!("Order {}", order.number)
}

/// The products of the order, its postal address, and its state.
#[component]
fn OrderContent(order: RwSignal<Order>, is_guests: bool, is_new: bool) -> impl IntoView {
    let Order { summary, lines, delivery, delivery_price, address, confirmation_email, seller, .. } = order.get_untracked();
    let amount = |amount| money(amount, &summary.currency);
    let lines = lines.into_iter().map(|orders::OrderLine { product, name, quantity, unit_price, has_page }| {
        view! { <OrderLine product has_page name quantity amount=amount(unit_price.saturating_mul(quantity))/> }
    });
    let (id, number) = (summary.id.clone(), summary.number.clone());
    let contact = use_app_context().config.contact.is_some().then(|| format!("{}?order={number}", Route::Help(HelpPage::Contact).href()));
    let returns = Route::Help(HelpPage::Returns);
    let is_placed = move || order.with(|order| order.summary.state == OrderState::Placed);
    let is_delivered = move || order.with(|order| order.summary.state != OrderState::Cancelled);
    view! {
        {move || view! { <OrderProgress order=order.get() is_new/> }}
        <section class="card review" aria-labelledby="goods">
            <h2 id="goods">{t!("What you ordered")}</h2>
            <ul class="review-lines with-pictures">{lines.collect_view()}</ul>
            <p class="sum part">
                <span>{delivery_name(delivery)}</span>
                <span>{price(delivery_price, &summary.currency)}</span>
            </p>
            <p class="sum"><span>{t!("Total")}</span><strong translate="no">{amount(summary.total)}</strong></p>
            <p class="quiet-text">{t!("Prices include tax.")}</p>
            {(!is_guests).then(|| view! { <OrderAgain id number/> })}
        </section>
        <section class="card" aria-labelledby="address">
            <h2 id="address">{t!("Delivery address")}</h2>
            <PostalAddress address/>
        </section>
        <Show when=is_delivered>
            <section class="card about" aria-labelledby="returns">
                <h2 id="returns">{page_title(returns)}</h2>
                <p>
                    {t!("You can return anything unused within 30 days of delivery. You don't need a reason.")}" "
                    <a href=returns.href()>{t!("How to return something")}</a>
                </p>
                {seller.clone().map(|seller| view! { <p>{t!("Seller: {}", seller)}</p> })}
            </section>
        </Show>
        <Show when=is_placed><CancelOrder order is_guests/></Show>
        {is_guests.then(|| view! { <GuestOrderEnd email=confirmation_email.clone().unwrap_or_default()/> })}
        <p class="order-end">
            <a class="button primary" href=Route::Products.href()>{t!("Continue shopping")}</a>
            " "
            {(!is_guests).then(|| view! { <a href=Route::Orders.href()>{t!("All your orders")}</a>" " })}
            {contact.map(|href| view! { <a href=href>{t!("Ask about this order")}</a> })}
        </p>
    }
}

/// The number of the order, its steps, and what happens next.
#[component]
fn OrderProgress(order: Order, is_new: bool) -> impl IntoView {
    let Order { summary, confirmation_email, expected, email_state, .. } = order;
    let email = confirmation_email.filter(|_| is_new && summary.state == OrderState::Placed);
    let step = |(step, is_current): (&'static str, bool)| view! { <li aria-current=is_current.then_some("step")>{step}</li> };
    view! {
        <p>
            <strong>{number(&summary)}</strong>" "
            <time class="quiet-text" datetime=summary.placed_at.clone()>{date_time(&summary.placed_at)}</time>
        </p>
        <ol class="steps">{order_steps(summary.state).map(step).collect_view()}</ol>
        {expected.map(|text| view! { <p class="lead">{text}</p> })}
        <p>{order_next(summary.state)}</p>
        {email.map(|name| view! { <p><Named text=t!("We'll send a confirmation to {}.") name/>{unconfirmed(email_state)}</p> })}
    }
}

/// What the text about the confirmation adds if the buyer has not confirmed the email.
pub(super) fn unconfirmed(state: EmailState) -> Option<String> {
    (state == EmailState::Unconfirmed).then(|| format!(" {}", unconfirmed_email()))
}

/// One product with its quantity and price.
#[component]
pub(super) fn OrderLine(
    /// The product's id, if the line shows its picture.
    #[prop(optional)]
    product: Option<String>,
    /// Whether the name is a link to the product's page.
    #[prop(optional)]
    has_page: bool,
    name: String,
    quantity: i64,
    amount: String,
) -> impl IntoView {
    let href = product.as_deref().filter(|_| has_page).map(products::href);
    let name = match href {
        Some(href) => view! { <a href=href><bdi>{name}</bdi></a> }.into_any(),
        None => view! { <bdi>{name}</bdi> }.into_any(),
    };
    view! {
        <li>
            {product.map(|product| view! { <Picture product/> })}
            <span>{quantity}" × "{name}</span>
            <span translate="no">{amount}</span>
        </li>
    }
}

/// A postal address, formatted as on a letter.
#[component]
fn PostalAddress(address: Address) -> impl IntoView {
    let Address { full_name, street, street_extra, postal_code, city, country } = address;
    let lines = [full_name, street, street_extra].into_iter().filter(|line| !line.is_empty());
    view! {
        <address>
            {lines.map(|line| view! { <span dir="auto">{line}</span> }).collect_view()}
            <span>{postal_code}" "<bdi>{city}</bdi></span>
            <span>{country_name(&country)}</span>
        </address>
    }
}

/// The state of a cancellation.
#[derive(Clone, PartialEq, Eq)]
enum Cancellation {
    Closed,
    Open,
    Sending,
    Failed(ApiError),
}

/// A button that asks for confirmation, and then the button that cancels the order.
#[component]
fn CancelOrder(order: RwSignal<Order>, is_guests: bool) -> impl IntoView {
    let (session, context, answers, scope) = (use_session(), use_app_context(), use_answers(), PageScope::current());
    let state = RwSignal::new(Cancellation::Closed);
    let busy = move || state.get() == Cancellation::Sending;
    let open = move |_| {
        state.set(Cancellation::Open);
        document::focus_after_render("#cancellation p");
    };
    let close = move |_| {
        state.set(Cancellation::Closed);
        document::focus_after_render("#cancellation button");
    };
    let cancel = move |_| {
        if state.get_untracked() == Cancellation::Sending {
            return;
        }
        state.set(Cancellation::Sending);
        let id = order.with_untracked(|order| order.summary.id.clone());
        scope.spawn(async move {
            let cancelled = match is_guests {
                true => call_with(endpoints::CANCEL_GUEST_ORDER, &[], &Done {}).send(None).await,
                false => call_with(endpoints::CANCEL_ORDER, &[&id], &Done {}).send(session).await,
            };
            match cancelled {
                Ok(cancelled) => {
                    answers.keep(if is_guests { Route::GuestOrder } else { Route::Orders }, cancelled.clone());
                    context.announce(t!("Order cancelled."));
                    document::focus_heading(); // the button that has the focus is about to be removed
                    order.set(cancelled);
                }
                Err(error) => {
                    state.set(Cancellation::Failed(error));
                    // The order may have been shipped since the page was loaded.
                    let newest = match is_guests {
                        true => call(endpoints::GUEST_ORDER, &[]).send(None).await,
                        false => call(endpoints::ORDER, &[&id]).send(session).await,
                    };
                    if let Ok(newest) = newest {
                        order.set(newest);
                    }
                }
            }
        });
    };
    let failure = move || match state.get() {
        Cancellation::Failed(error) => Some(view! { <InlineFailure text=error.to_string()/> }),
        Cancellation::Closed | Cancellation::Open | Cancellation::Sending => None,
    };
    let first_button = move || view! { <button type="button" class="quiet" on:click=open>{t!("Cancel this order…")}</button> };
    view! {
        <section id="cancellation" class="card about" aria-label=t!("Cancel the order")>
            <Show when=move || state.get() != Cancellation::Closed fallback=first_button>
                <p tabindex="-1">{t!("We won't ship this order. You can't undo a cancellation, but you can order again.")}</p>
                <button type="button" class="quiet" aria-disabled=move || busy().then_some("true") on:click=cancel>
                    {move || if busy() { t!("Cancelling the order…") } else { t!("Cancel the order") }}
                </button>
                <button type="button" class="quiet" on:click=close>{t!("Keep the order")}</button>
            </Show>
            {move || failure()}
        </section>
    }
}
