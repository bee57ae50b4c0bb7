//! The server-rendered pages of the Store: `/` with the products, `/shopping-cart`, and the forms that change a cart.

use crate::auth::{cookies::Cookies, verify::Identity};
use crate::http::idempotency::IdempotencyKey;
use crate::http::problem::ProblemResponse;
use crate::pages::components::{empty_state, heading, hero, icon, picture};
use crate::pages::format::money;
use crate::pages::layout::{Head, Page, PageResult};
use crate::pages::page_request::{PageRequest, Visitor};
use crate::pages::{PageState, flash::Flash, form::Form, redirect_302, redirect_303};
use crate::store::cart::{CartOwner, LineRequest, ProductId, accept_notice, add_to_cart, cart_of, change_line, is_gone};
use crate::store::catalogue_view::{ListPage, list_url};
use crate::store::frame::ProductMessage;
use crate::store::product_parts::{AddFrom, PRODUCT_PAGE, add_form, few_left, refusal, swatch};
use crate::store::{delivery, error::Error, guest_cart, product_page, shopper::Shopper};
use crate::users::guest::Guest;
use axum::routing::{get, post};
use axum::{Router, extract::RawQuery, http::StatusCode, response::IntoResponse};
use maud::{Markup, html};
use serde::Deserialize;
use storefront_api::{AddToCart, Cart, CartLine, MAX_QUANTITY, Problem, Product};
use storefront_messages::{SessionMessage, cart_delivery, item_count, t, variant_count};

pub(crate) fn router() -> Router<PageState> {
    Router::new()
        .route("/", get(home))
        .route("/shopping-cart", get(cart))
        .route("/shopping-cart/lines", post(add))
        .route("/shopping-cart/lines/{product}", post(change))
        .route("/shopping-cart/lines/{product}/remove", post(remove))
        .route("/shopping-cart/acknowledgement", post(acknowledge))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Add {
    product: String,
    /// Absent in the list, which adds one item.
    quantity: Option<i64>,
    idempotency_key: String,
    /// The query of the list that contains the form. The answer shows that list again.
    list: String,
    /// `product` if the form is on the product's page. The answer then shows that page.
    page: String,
}

/// The quantity is a text, so that a page can show invalid input again.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Change {
    quantity: String,
    /// 1 or -1, from the buttons "+" and "−". It is added to the typed quantity.
    step: i64,
    /// Whether the form restores a removed line.
    undo: bool,
}

/// The notice that the user has read.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Acknowledge {
    notice: String,
}

/// A change that was refused, for the page that shows it again.
struct Refused {
    product: String,
    typed: String,
    status: StatusCode,
    reason: String,
}

async fn home(request: PageRequest, Visitor(visitor): Visitor, RawQuery(query): RawQuery) -> PageResult {
    let db = &request.backend.db;
    if let Some(identity) = &visitor {
        guest_cart::merge_into(db, &request.cookies, &identity.user_id).await?;
    }
    let list = ListPage::read(db, query.as_deref().unwrap_or_default()).await?;
    let head = Head { title: &list.title(), content: list.head(request.layout.origin()) };
    request.layout.show_with_head(visitor.as_ref(), &head, home_page(&list, StatusCode::OK, None)).await
}

/// A guest without a cart is asked to sign in, as in the published workflows, because the account may have a cart.
async fn cart(request: PageRequest, shopper: Shopper) -> PageResult {
    let Shopper { identity, owner: Some(owner) } = shopper else {
        Flash::text(|| SessionMessage::SignInFirst.text()).set(&request.cookies);
        return Ok(redirect_302("/login"));
    };
    show_cart(&request, (identity.as_ref(), &owner), None).await
}

async fn add(request: PageRequest, shopper: Shopper, Form(sent): Form<Add>) -> PageResult {
    let Add { product, quantity, idempotency_key, list, page } = sent;
    let PageRequest { backend, client, cookies, .. } = &request;
    let db = &backend.db;
    let (key, wanted) = (IdempotencyKey::from_form(idempotency_key), AddToCart { product, quantity: quantity.unwrap_or(1) });
    let Shopper { identity, owner } = shopper;
    let mut owner = owner.unwrap_or_else(|| CartOwner::Guest(Guest::without_cart()));
    if let CartOwner::Guest(_) = owner {
        backend.attempts.guest_additions.take_from(*client).await?;
    }
    let mut response = add_to_cart(db, &owner, key.clone(), &wanted).await?;
    if is_gone(&response) {
        owner = CartOwner::Guest(Guest::without_cart());
        response = add_to_cart(db, &owner, key, &wanted).await?;
    }
    match (response.status(), page == PRODUCT_PAGE) {
        (StatusCode::OK, is_on_product_page) => {
            remember(&owner, cookies);
            let back = if is_on_product_page { product_page::path(&wanted.product) } else { list_url(&list) };
            Ok(ProductMessage::Added(wanted.product).flash().redirect(cookies, &back))
        }
        (status @ StatusCode::CONFLICT, true) => {
            let refused = (status, response.json::<Problem>()?.detail.unwrap_or_default());
            product_page::show(&request, identity.as_ref(), &wanted.product, Some(refused)).await
        }
        (status @ (StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY), _) => {
            let reason = response.json::<Problem>()?.detail.unwrap_or_default();
            let refused = Refused { product: wanted.product, typed: String::new(), status, reason };
            request.layout.show(identity.as_ref(), home_page(&ListPage::read(db, &list).await?, status, Some(&refused))).await
        }
        _ => Ok(response.into_response()),
    }
}

async fn change(request: PageRequest, shopper: Shopper, ProductId(product): ProductId, Form(sent): Form<Change>) -> PageResult {
    let Change { quantity, step, undo } = sent;
    let PageRequest { backend, cookies, .. } = &request;
    let Shopper { identity, owner: Some(owner) } = shopper else {
        return Ok(Flash::text(|| SessionMessage::SignInFirst.text()).redirect(cookies, "/login"));
    };
    let result = match quantity.trim().parse::<i64>() {
        Ok(typed) => {
            let line = LineRequest { product: product.clone(), precondition: None };
            change_line(&backend.db, &owner, &line, Some(typed.saturating_add(step))).await
        }
        Err(_) => Err(Error::QuantityOutOfRange),
    };
    match result {
        Ok(_) => {
            remember(&owner, cookies);
            let message = if undo { ProductMessage::PutBack(product) } else { ProductMessage::Updated(product) };
            Ok(message.flash().redirect(cookies, "/shopping-cart"))
        }
        Err(error @ (Error::OutOfStock(_) | Error::QuantityOutOfRange)) => {
            let reason = error.to_string();
            let refused = Refused { product, typed: quantity, status: ProblemResponse::from(error).status(), reason };
            show_cart(&request, (identity.as_ref(), &owner), Some(refused)).await
        }
        Err(Error::GuestCartGone) => Ok(redirect_303("/shopping-cart")),
        Err(error) => Err(error.into()),
    }
}

async fn remove(request: PageRequest, shopper: Shopper, ProductId(product): ProductId) -> PageResult {
    let PageRequest { backend, cookies, .. } = &request;
    let Some(owner) = shopper.owner else { return Ok(Flash::text(|| SessionMessage::SignInFirst.text()).redirect(cookies, "/login")) };
    let quantity = cart_of(&backend.db, &owner.id()).await?.lines.iter().find(|it| it.product == product).map(|it| it.quantity);
    let line = LineRequest { product: product.clone(), precondition: None };
    match change_line(&backend.db, &owner, &line, None).await {
        Ok(_) => remember(&owner, cookies),
        Err(Error::GuestCartGone) => {}
        Err(error) => return Err(error.into()),
    }
    if let Some(quantity) = quantity {
        ProductMessage::Removed(product, quantity).flash().set(cookies);
    }
    Ok(redirect_303("/shopping-cart"))
}

async fn acknowledge(request: PageRequest, shopper: Shopper, Form(Acknowledge { notice }): Form<Acknowledge>) -> PageResult {
    if let Some(identity) = shopper.identity {
        accept_notice(&request.backend.db, &identity.user_id, &notice).await?;
    }
    Ok(redirect_303("/shopping-cart"))
}

/// If the owner is a guest, stores the guest's id in the browser until the cart expires.
fn remember(owner: &CartOwner, cookies: &Cookies) {
    if let CartOwner::Guest(guest) = owner {
        guest.remember(cookies);
    }
}

fn home_page(list: &ListPage, status: StatusCode, refused: Option<&Refused>) -> Page {
    let card = |product: &Product| {
        let reason = refused.filter(|it| it.product == product.id).map(|it| it.reason.as_str());
        card(product, &add_form(product, &AddFrom::List(&list.query)), reason)
    };
    Page::new(t!("Products"), status, products_page(list, card))
}

/// The content of the page with the products, each shown by `card`.
pub(super) fn products_page(list: &ListPage, card: impl Fn(&Product) -> Markup) -> Markup {
    html! {
        div.page.home {
            // A shopper who searches has already seen this introduction.
            @if list.is_start() {
                (hero(t!("Made to last."), t!("Good things for the kitchen, the desk and the road."),
                    html! { a.button.primary href="#products" target="_self" { (t!("Browse the range")) } }))
            }
            (heading(t!("Products")))
            (list.search())
            (list.summary())
            ul.products #products { @for product in &list.listing.products { (card(product)) } }
            (list.pages())
        }
    }
}

/// A product in a list, with `button` to buy it unless it is sold out. `refused` says why the product could not be added to the cart.
pub(super) fn card(product: &Product, button: &Markup, refused: Option<&str>) -> Markup {
    html! {
        li.product.is-sold-out[product.stock <= 0 && !product.needs_choice()] {
            (picture(&product.id))
            h2 { a href={ "/products/" (product.id) } { (product.name) } }
            p.price {
                strong { (money(product.price, &product.currency)) }
                (few_left(product))
                @if !product.variants.is_empty() {
                    span.choices {
                        @for it in &product.variants { (swatch(it)) }
                        (variant_count(&product.option, product.variants.len() as i64))
                    }
                }
            }
            p.about { (product.description) }
            @if product.needs_choice() {
                a.button.primary href={ "/products/" (product.id) } aria-label=(t!("Choose: {}", product.name)) { (t!("Choose")) }
            } @else if product.stock > 0 { (button) } @else { p.sold-out { (t!("Sold out")) } }
            @if let Some(reason) = refused { (refusal(reason)) }
        }
    }
}

async fn show_cart(request: &PageRequest, (identity, owner): (Option<&Identity>, &CartOwner), refused: Option<Refused>) -> PageResult {
    let cart = cart_of(&request.backend.db, &owner.id()).await?;
    let status = refused.as_ref().map_or(StatusCode::OK, |it| it.status);
    let main = cart_view(&cart, &note(owner, cart.notice.as_deref()), refused.as_ref());
    request.layout.show(identity, Page::new(t!("Your cart"), status, main)).await
}

/// The cart's notice, with the button that accepts it, or with the link to the sign-in form for a guest.
fn note(owner: &CartOwner, notice: Option<&str>) -> Markup {
    let Some(notice) = notice else { return Markup::default() };
    html! {
        div.offer role="status" {
            p { (notice) }
            @match owner {
                CartOwner::User(_) => {
                    form method="post" action="/shopping-cart/acknowledgement" { button.quiet type="submit" name="notice" value=(notice) { (t!("OK")) } }
                }
                CartOwner::Guest(_) => { a.button.quiet href="/login" { (t!("Sign in")) } }
            }
        }
    }
}

fn cart_view(cart: &Cart, note: &Markup, refused: Option<&Refused>) -> Markup {
    let count = cart.lines.iter().map(|it| it.quantity).sum();
    html! {
        div.page {
            (heading(t!("Your cart")))
            (note)
            div.cart {
                @if cart.lines.is_empty() {
                    (empty_state(t!("Your cart is empty"), t!("Items you add will appear here."),
                        html! { a.button.primary href="/" { (t!("See all products")) } }))
                } @else {
                    ul.lines { @for line in &cart.lines { (cart_line(line, &cart.currency, refused.filter(|it| it.product == line.product))) } }
                    section.card.total aria-label=(t!("Total")) {
                        p { (item_count(count)) }
                        p.sum { span { (t!("Total")) } strong { (money(cart.total, &cart.currency)) } }
                        p.quiet-text { (t!("Prices include tax.")) " " (delivery_text(cart)) }
                        a.button.primary.wide href="/checkout" { (t!("Check out")) }
                        a.button.quiet.wide href="/" { (t!("Continue shopping")) }
                    }
                }
            }
        }
    }
}

/// What the standard delivery of this cart costs, what is missing until it is free, and when it is expected.
fn delivery_text(cart: &Cart) -> String {
    let [standard, _] = delivery::options(cart.total);
    let amount = |it| money(it, &cart.currency);
    let costs = cart_delivery(&amount(standard.price), standard.missing_for_free(cart.total).map(amount).as_deref());
    standard.expected.iter().fold(costs, |costs, expected| costs + " " + expected)
}

/// A line of the cart. Its form begins with a hidden "Update" button, because Enter in the quantity presses the first button of a form.
fn cart_line(line: &CartLine, currency: &str, refused: Option<&Refused>) -> Markup {
    let CartLine { product, name, variant, unit_price, quantity, .. } = line;
    let (set, remove) = (format!("set-{product}"), format!("remove-{product}"));
    let action = format!("/shopping-cart/lines/{product}");
    // After a refusal no button is disabled: the typed text may not be a number, or a step may bring the typed number back into the range.
    let is_at = |limit: i64| refused.is_none() && *quantity == limit;
    html! {
        li.line {
            (picture(product))
            div.line-about {
                h2 { a href=(product_page::path(product)) { (name) } }
                p.quiet-text { @if !variant.is_empty() { (variant) " · " } (t!("{} each", money(*unit_price, currency))) }
            }
            form id=(set) method="post" action=(action) novalidate hidden { button type="submit" { (t!("Update")) } }
            form id=(remove) method="post" action={ (action) "/remove" } hidden {}
            div.stepper role="group" aria-label=(t!("{}, quantity", name)) {
                button type="submit" form=(set) name="step" value="-1" aria-label=(t!("Decrease quantity of {}", name))
                    disabled[is_at(1)] aria-disabled=[is_at(1).then_some("true")] { (icon("minus")) }
                input type="number" form=(set) name="quantity" inputmode="numeric" min="1" max=(MAX_QUANTITY) step="1"
                    aria-label=(t!("Quantity of {}", name)) value=(refused.map_or_else(|| quantity.to_string(), |it| it.typed.clone()))
                    aria-invalid=[refused.map(|_| "true")] autofocus[refused.is_some()];
                button type="submit" form=(set) name="step" value="1" aria-label=(t!("Increase quantity of {}", name))
                    disabled[is_at(MAX_QUANTITY)] aria-disabled=[is_at(MAX_QUANTITY).then_some("true")] { (icon("plus")) }
            }
            p.line-total { (money(unit_price.saturating_mul(*quantity), currency)) }
            div.line-actions {
                button.remove type="submit" form=(remove) aria-label=(t!("Remove {}", name)) { (icon("bin")) (t!("Remove")) }
                button.remove type="submit" form=(set) aria-label=(t!("Update quantity of {}", name)) { (t!("Update")) }
            }
            @if let Some(refused) = refused { div.line-error role="alert" { p { (t!("We couldn't update {}.", name)) " " (refused.reason) } } }
        }
    }
}
