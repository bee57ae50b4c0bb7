//! The server-rendered page `/guest-order` of an order without an account: it shows and cancels the order, returns and deletes its data, and
//! offers an account. The URL has no secret, so its forms may send a referrer, which the check of their origin needs.

use crate::pages::components::breakable;
use crate::pages::layout::PageResult;
use crate::pages::page_request::{PageRequest, Visitor};
use crate::pages::sign_in_form::FormState;
use crate::pages::{PageState, flash::Flash, redirect_303};
use crate::sign_in::registration_page::registration_form;
use crate::store::guest_orders::{cancel_opened, data_file, erase, opened};
use crate::store::orders_page::{self, OrderView, thank_you, thanks};
use crate::store::{error::Error, order_links};
use axum::Router;
use axum::routing::{get, post};
use fusionauth_api::password::PasswordRules;
use maud::{Markup, html};
use storefront_messages::t;

pub(crate) fn router() -> Router<PageState> {
    Router::new()
        .route("/guest-order", get(show))
        .route("/guest-order/cancellation", post(cancellation))
        .route("/guest-order/data", get(data))
        .route("/guest-order/deletion", post(deletion))
        .layer(order_links::no_index())
}

async fn show(request: PageRequest, Visitor(visitor): Visitor) -> PageResult {
    let PageRequest { backend, client, cookies, .. } = &request;
    let order = opened(backend, cookies).await?;
    let account = match (&visitor, &order.confirmation_email) {
        (None, Some(email)) => {
            backend.attempts.anonymous_calls.take_from(*client).await?;
            new_account(email, &backend.fusionauth.password_rules().await)
        }
        _ => Markup::default(),
    };
    let is_new = Flash::take(cookies) == Some(thanks());
    let view = OrderView::ByLink { more: html! { (account) (about_link()) } };
    let page = orders_page::page(&order, is_new.then(thank_you), view, backend.config.contact.as_deref());
    request.layout.show(visitor.as_ref(), page).await
}

/// The registration form with one visible field.
fn new_account(email: &str, rules: &PasswordRules) -> Markup {
    let state = FormState { next: "/orders".to_owned(), ..FormState::begin() };
    let inputs = html! {
        p { strong { (breakable(email)) } }
        input type="hidden" name="email" value=(email) autocomplete="username";
    };
    html! {
        section.card aria-labelledby="account" {
            h2 #account { (t!("Choose a password to keep this order")) }
            p { (t!("We'll create an account with your email. Then add this order under “Your orders”. If it isn't offered there, enter your email again on your account page, and we'll send you a code to confirm it.")) }
            (registration_form(rules, &state, &inputs, &[], &Markup::default()))
        }
    }
}

fn about_link() -> Markup {
    html! {
        section.card aria-labelledby="link" {
            h2 #link { (t!("Your order's link")) }
            p { (t!("We email you a link to this page. It works until 90 days after we send the order, and anyone who has it can see and cancel the order.")) }
            p { a href={ (order_links::PATH) "/data" } { (t!("Download your data")) } }
            details {
                summary { (t!("Delete your data…")) }
                p { (t!("This deletes your name, address and email, and ends the link. If we haven't sent the order, it cancels it.")) }
                form method="post" action={ (order_links::PATH) "/deletion" } { button.quiet type="submit" { (t!("Delete my data")) } }
            }
        }
    }
}

async fn cancellation(request: PageRequest) -> PageResult {
    match cancel_opened(&request.backend, &request.cookies).await {
        Ok(()) => {}
        Err(Error::OrderShipped) => orders_page::already_sent().set(&request.cookies),
        Err(error) => return Err(error.into()),
    }
    Ok(redirect_303(order_links::PATH))
}

async fn data(request: PageRequest) -> PageResult {
    data_file(&request.backend.db, &request.cookies).await
}

async fn deletion(request: PageRequest) -> PageResult {
    erase(&request.backend.db, &request.cookies).await?;
    Ok(Flash::text(|| t!("We deleted your data.")).redirect(&request.cookies, "/"))
}
