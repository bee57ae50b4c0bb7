//! The server-rendered pages `/orders` and `/orders/{id}`, and the forms that cancel an order and put its products into the cart again.

use crate::pages::components::{empty_state, heading, picture, strong, text_with};
use crate::pages::format::{date, date_time, money};
use crate::pages::help_page::contact_link;
use crate::pages::layout::{Page, PageResult};
use crate::pages::{PageState, flash::Flash, page_request::UserPageRequest, redirect_303};
use crate::store::guest_claims::{self, Claim};
use crate::store::orders::{ListQuery, OrderId, cancel, list_of, of_user};
use crate::store::{delivery, error::Error, order_links, product_page, repetition};
use axum::routing::{get, post};
use axum::{Router, extract::Query, http::StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use storefront_api::orders::{ClaimableOrder, EmailState, Order, OrderState, OrderSummary, Orders};
use storefront_api::pages::{HelpPage, Route};
use storefront_messages::{
    country_name, delivery_name, item_count, order_next, order_state, order_steps, page_title, t, unconfirmed_email,
};

pub(crate) fn router() -> Router<PageState> {
    Router::new()
        .route("/orders", get(list))
        .route("/orders/{id}", get(one))
        .route("/orders/{id}/cancellation", post(cancellation))
        .route("/orders/{id}/repetition", post(repeat))
        .route("/guest-orders/claim", post(claim))
}

async fn list(request: UserPageRequest, Query(query): Query<ListQuery>) -> PageResult {
    let page = list_of(&request, &query).await?;
    request.show(Page::new(t!("Your orders"), StatusCode::OK, list_view(&page))).await
}

async fn claim(request: UserPageRequest) -> PageResult {
    if guest_claims::claim(&request).await? == Claim::Moved {
        Flash::text(|| t!("The order is now in this account.")).set(&request.cookies);
    }
    Ok(redirect_303("/orders"))
}

/// The query of an order's page.
#[derive(Default, Deserialize)]
#[serde(default)]
struct OneQuery {
    /// Not empty after the form "Order again": the page compares the order with the cart.
    repeated: String,
}

async fn one(request: UserPageRequest, OrderId(id): OrderId, Query(query): Query<OneQuery>) -> PageResult {
    let (db, user_id) = (&request.backend.db, &request.user.user_id);
    let order = of_user(&request, &id).await?;
    let message = match &*query.repeated {
        "" => None,
        _ => Some(repetition::message(&repetition::compare(db, user_id, &id).await?)),
    };
    let is_new = Flash::take(&request.cookies) == Some(thanks());
    let (view, contact) = (OrderView::InAccount { repeated: message.as_deref() }, request.backend.config.contact.as_deref());
    request.show(page(&order, is_new.then(thank_you), view, contact)).await
}

pub(super) fn thank_you() -> &'static str {
    t!("Thank you for your order.")
}

/// The message after an order. It becomes the heading of the order's page, and other pages do not show it.
pub(super) fn thanks() -> Flash {
    Flash::OfApp(json!("Ordered"))
}

async fn repeat(request: UserPageRequest, OrderId(id): OrderId) -> PageResult {
    repetition::repeat(&request.backend.db, &request.user.user_id, &id).await?;
    Ok(redirect_303(&format!("/orders/{id}?repeated=1")))
}

async fn cancellation(request: UserPageRequest, OrderId(id): OrderId) -> PageResult {
    match cancel(&request.backend, Some(&request.origin), &request.user.user_id, &id).await {
        Ok(()) => {}
        Err(Error::OrderShipped) => already_sent().set(&request.cookies),
        Err(error) => return Err(error.into()),
    }
    Ok(redirect_303(&format!("/orders/{id}")))
}

/// The message after the cancellation of an order that was sent.
pub(super) fn already_sent() -> Flash {
    Flash::text(|| t!("We've already sent this order, so you can't cancel it. You can return it within 30 days."))
}

fn list_view(page: &Orders) -> Markup {
    html! {
        div.narrow {
            (heading(t!("Your orders")))
            @if let Some(ClaimableOrder { number, placed_at, city }) = &page.guest_order {
                div.offer {
                    p { (t!("You placed order {} as a guest on {}, with delivery to {}.", number, date(placed_at), city)) }
                    form method="post" action="/guest-orders/claim" {
                        button.quiet type="submit" { (t!("Add this order to my account")) }
                    }
                }
            }
            @if page.orders.is_empty() {
                (empty_state(t!("No orders yet"), t!("Your orders will appear here."),
                    html! { a.button.primary href="/" { (t!("See all products")) } }))
            } @else {
                ul.orders { @for order in &page.orders { (entry(order)) } }
                @if let Some(next) = &page.next { a.button.quiet.wide href={ "/orders?before=" (next) } { (t!("Older orders")) } }
            }
        }
    }
}

fn entry(order: &OrderSummary) -> Markup {
    html! {
        li.card.order-entry {
            h2 { a href={ "/orders/" (order.id) } { (t!("Order {}", order.number)) } }
            p { time datetime=(order.placed_at) { (date_time(&order.placed_at)) } }
            p { (item_count(order.items)) ", " (money(order.total, &order.currency)) }
            p { (state(order.state)) }
            (order_again(order, Some(&t!("Order again: {}", order.number))))
        }
    }
}

/// The button "Order again". `label` is its name, if the page has other orders.
fn order_again(order: &OrderSummary, label: Option<&str>) -> Markup {
    html! {
        form method="post" action={ "/orders/" (order.id) "/repetition" } {
            button.quiet type="submit" aria-label=[label] { (t!("Order again")) }
        }
    }
}

fn state(state: OrderState) -> Markup {
    html! { span.order-state.is-cancelled[state == OrderState::Cancelled] { (order_state(state)) } }
}

/// Who looks at an order.
pub(super) enum OrderView<'a> {
    /// Its user. `repeated` is the result of "Order again".
    InAccount { repeated: Option<&'a str> },
    /// A guest with the order's link. `more` follows the order.
    ByLink { more: Markup },
}

/// The heading is the thanks, once, or the state. `contact` is the shop's email, if there is one.
pub(super) fn page(order: &Order, thanks: Option<&str>, view: OrderView<'_>, contact: Option<&str>) -> Page {
    let (repeated, more, cancellation) = match view {
        OrderView::InAccount { repeated } => (repeated, None, format!("/orders/{}/cancellation", order.summary.id)),
        OrderView::ByLink { more } => (None, Some(more), format!("{}/cancellation", order_links::PATH)),
    };
    let Order { summary, address, .. } = order;
    let amount = |amount| money(amount, &summary.currency);
    let number = t!("Order {}", summary.number);
    let is_placed = summary.state == OrderState::Placed;
    let thanks = thanks.filter(|_| is_placed);
    let main = html! {
        div.narrow.order {
            (heading(thanks.unwrap_or_else(|| order_state(summary.state))))
            @if let Some(repeated) = repeated {
                p.reason role="status" { (repeated) " " a href="/shopping-cart" { (t!("See your cart")) } }
            }
            p {
                strong { (number) } " "
                time.quiet-text datetime=(summary.placed_at) { (date_time(&summary.placed_at)) }
            }
            ol.steps {
                @for (step, is_current) in order_steps(summary.state) { li aria-current=[is_current.then_some("step")] { (step) } }
            }
            @if let Some(expected) = &order.expected { p.lead { (expected) } }
            p { (order_next(summary.state)) }
            @if let (Some(email), Some(_)) = (&order.confirmation_email, thanks) {
                p {
                    (text_with(t!("We'll send a confirmation to {}."), &strong(email)))
                    @if order.email_state == EmailState::Unconfirmed { " " (unconfirmed_email()) }
                }
            }
            section.card.review aria-labelledby="goods" {
                h2 #goods { (t!("What you ordered")) }
                ul.review-lines.with-pictures {
                    @for line in &order.lines {
                        li {
                            (picture(&line.product))
                            span {
                                (line.quantity) " × "
                                @if line.has_page { a href=(product_page::path(&line.product)) { bdi { (line.name) } } } @else { bdi { (line.name) } }
                            }
                            span { (amount(line.unit_price.saturating_mul(line.quantity))) }
                        }
                    }
                }
                p.sum.part { span { (delivery_name(order.delivery)) } span { (delivery::price_text(order.delivery_price, &summary.currency)) } }
                p.sum { span { (t!("Total")) } strong { (amount(summary.total)) } }
                p.quiet-text { (t!("Prices include tax.")) }
                @if more.is_none() { (order_again(summary, None)) }
            }
            section.card aria-labelledby="address" {
                h2 #address { (t!("Delivery address")) }
                address {
                    @for line in [&address.full_name, &address.street, &address.street_extra] {
                        @if !line.is_empty() { span dir="auto" { (line) } }
                    }
                    span { (address.postal_code) " " bdi { (address.city) } }
                    span { (country_name(&address.country)) }
                }
            }
            @let returns = Route::Help(HelpPage::Returns);
            @if summary.state != OrderState::Cancelled {
                section.card.about aria-labelledby="returns" {
                    h2 #returns { (page_title(returns)) }
                    p {
                        (t!("You can return anything unused within 30 days of delivery. You don't need a reason.")) " "
                        a href=(returns.href()) { (t!("How to return something")) }
                    }
                    @if let Some(seller) = &order.seller { p { (t!("Seller: {}", seller)) } }
                }
            }
            @if is_placed {
                details.card {
                    summary { (t!("Cancel this order…")) }
                    p { (t!("We won't ship this order. You can't undo a cancellation, but you can order again.")) }
                    form method="post" action=(cancellation) {
                        button.quiet type="submit" { (t!("Cancel the order")) }
                    }
                }
            }
            @if let Some(more) = &more { (more) }
            p.order-end {
                a.button.primary href="/" { (t!("Continue shopping")) }
                @if more.is_none() { " " a href="/orders" { (t!("All your orders")) } }
                @if contact.is_some() { " " (contact_link(t!("Ask about this order"), Some(&summary.number))) }
            }
        }
    };
    Page::new(t!("Your order"), StatusCode::OK, main)
}
