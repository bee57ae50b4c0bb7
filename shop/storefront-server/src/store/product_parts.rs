//! The parts of a product's view that the server-rendered lists and the page of the product share.

use crate::pages::components::idempotency_key;
use maud::{Markup, html};
use storefront_api::{MAX_CHOICE, Product};
use storefront_messages::t;

/// Up to this stock, pages show how many are left.
const LOW_STOCK: i64 = 5;

/// How many are left, if they are few.
pub(super) fn few_left(product: &Product) -> Markup {
    html! { @if (1..=LOW_STOCK).contains(&product.stock) { span.few { (t!("Only {} left", product.stock)) } } }
}

/// The reason why the product could not be added to the cart. It takes the focus, which brings it into view.
pub(super) fn refusal(reason: &str) -> Markup {
    html! { div.card-error tabindex="-1" autofocus { p role="alert" { (reason) } } }
}

/// The place of a form that adds to the cart.
pub(super) enum AddFrom<'a> {
    /// In a list with this query.
    List(&'a str),
    /// On the page of the product.
    ProductPage,
}

/// The value of the form's `page` on the page of the product.
pub(super) const PRODUCT_PAGE: &str = "product";

/// Whether people can choose a quantity.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    Open,
    /// Not yet. The element keeps its place for the app, which would not take over a choice.
    Disabled,
}

/// The choice of the quantity on the page of a product.
pub(super) fn quantity(product: &Product, choice: Choice) -> Markup {
    html! {
        @if product.stock > 1 {
            select name="quantity" aria-label=(t!("Quantity")) disabled[choice == Choice::Disabled] {
                @for it in 1..=product.stock.min(MAX_CHOICE) { option value=(it) { (it) } }
            }
        }
    }
}

/// The button that adds a product to the cart. On the page of the product, with a choice of the quantity.
pub(super) fn add_form(product: &Product, from: &AddFrom) -> Markup {
    html! {
        form.buy[matches!(from, AddFrom::ProductPage)] method="post" action="/shopping-cart/lines" {
            (idempotency_key())
            @match from {
                AddFrom::List("") => {}
                AddFrom::List(query) => { input type="hidden" name="list" value=(query); }
                AddFrom::ProductPage => {
                    input type="hidden" name="page" value=(PRODUCT_PAGE);
                    (quantity(product, Choice::Open))
                }
            }
            button.primary.wide type="submit" name="product" value=(product.id) aria-label=(t!("Add to cart: {}", product.name)) { (t!("Add to cart")) }
        }
    }
}
