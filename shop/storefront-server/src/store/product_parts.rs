//! The parts of a product's view that the server-rendered lists, the page of the product and the single-page app's first content share.

use crate::pages::components::{idempotency_key, strong, text_with};
use crate::pages::format::time;
use maud::{Markup, html};
use storefront_api::{
    MAX_CHOICE, Product, Variant,
    product_threads::{SHOWN_THREADS, ThreadAnswer},
};
use storefront_messages::{reply_count, t};

/// Up to this stock, pages show how many are left.
const LOW_STOCK: i64 = 5;

/// How many are left, if they are few.
pub(super) fn few_left(product: &Product) -> Markup {
    html! { @if (1..=LOW_STOCK).contains(&product.stock) { span.few { (t!("Only {} left", product.stock)) } } }
}

/// The colour of a variant, if its family differs in colour.
pub(super) fn swatch(variant: &Variant) -> Markup {
    html! {
        @if !variant.swatch.is_empty() {
            svg.swatch viewBox="0 0 2 2" aria-hidden="true" { circle cx="1" cy="1" r="1" fill=(variant.swatch) {} }
        }
    }
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

/// The questions about a product in the Forums: the newest threads with their first answers, and the link to ask a question.
pub(super) struct Questions<'a> {
    /// The origin of the Forums, if the Store has Forums.
    pub(super) forums: Option<&'a str>,
    /// The path of the Forums' list of threads, which has the form for a new thread.
    pub(super) list: &'static str,
}

impl Questions<'_> {
    /// The questions on the page. Empty if the Store has no Forums.
    pub(super) fn view(&self, product: &Product) -> Markup {
        let Some(forums) = self.forums else { return Markup::default() };
        let (id, name) = product.main_product();
        let about = format!("{forums}{}?product={id}", self.list);
        let has_more = product.threads.as_ref().is_some_and(|it| it.len() > SHOWN_THREADS);
        html! {
            section.questions {
                h2 { (t!("Questions and answers")) }
                @match product.threads.as_deref() {
                    // The questions could not be read. The link to ask one remains.
                    None => {},
                    Some([]) => p.quiet-text { (t!("No questions yet")) },
                    Some(newest) => {
                        p.quiet-text { (t!("Sign in to the Forums to read all replies. Only members see whole threads.")) }
                        ul {
                        @for it in newest.iter().take(SHOWN_THREADS) {
                            li {
                                a href={ (forums) "/posts/" (it.id) } dir="auto" {
                                    @if it.title.is_empty() { (t!("Untitled question")) } @else { (it.title) }
                                }
                                @if let Some(ThreadAnswer { author, text }) = &it.answer {
                                    p.answer dir="auto" { (text) }
                                    p.quiet-text { (text_with(t!("Answer by {}"), &strong(author))) }
                                }
                                p.quiet-text { (reply_count(it.replies)) " · " (time(&it.created_at)) }
                            }
                        } }
                    },
                }
                @if has_more { p { a href=(about) { (text_with(t!("All questions about {}"), &strong(name))) } } }
                p { a.button.quiet href=(about) { (t!("Ask an owner")) } }
            }
        }
    }
}
