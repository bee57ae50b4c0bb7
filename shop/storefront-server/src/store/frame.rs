//! What the Store adds to each of its server-rendered pages: the number of items in the cart, and the message about a product in the cart.

use crate::pages::{Frame, flash::Flash};
use crate::product_threads;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::AnyPool;
use storefront_messages::t;

pub(crate) const FRAME: Frame =
    Frame { items_in_cart: |db, owner| Box::pin(items_in_cart(db, owner)), message: |db, message| Box::pin(message_on_page(db, message)) };

/// The result of a form about a product, which the variants name by its id.
#[derive(Serialize, Deserialize)]
pub(super) enum ProductMessage {
    Added(String),
    Updated(String),
    /// A removed line is in the cart again.
    PutBack(String),
    /// The product, and its quantity in the cart.
    Removed(String, i64),
}

/// The number of items in a cart. It is added up here, because sqlx's `Any` driver cannot read a `SUM(BIGINT)`.
async fn items_in_cart(db: &AnyPool, owner: &str) -> sqlx::Result<i64> {
    let quantities: Vec<i64> = sqlx::query_scalar("SELECT quantity FROM cart_lines WHERE user_id = $1").bind(owner).fetch_all(db).await?;
    Ok(quantities.into_iter().fold(0, i64::saturating_add))
}

/// The message is empty if it is about a product that the Store does not sell.
async fn message_on_page(db: &AnyPool, message: Value) -> sqlx::Result<Markup> {
    let Ok(message) = serde_json::from_value::<ProductMessage>(message) else { return Ok(Markup::default()) };
    let product = message.product();
    let known = product_threads::product(db, product).await?;
    Ok(known.map_or_else(Markup::default, |known| message.view(product, &known.name)))
}

impl ProductMessage {
    pub(super) fn flash(&self) -> Flash {
        Flash::OfApp(json!(self))
    }

    fn product(&self) -> &str {
        match self {
            Self::Added(product) | Self::Updated(product) | Self::PutBack(product) | Self::Removed(product, _) => product,
        }
    }

    fn view(&self, product: &str, name: &str) -> Markup {
        match self {
            Self::Removed(_, quantity) => html! {
                div.offer role="status" {
                    p { (t!("Removed {}.", name)) }
                    form method="post" action={ "/shopping-cart/lines/" (product) } {
                        input type="hidden" name="quantity" value=(quantity);
                        input type="hidden" name="undo" value="true";
                        button.quiet type="submit" aria-label=(t!("Undo: put {} back", name)) { (t!("Undo")) }
                    }
                }
            },
            Self::Added(_) => {
                html! { p.reason role="status" { (t!("Added {}.", name)) " " a href="/shopping-cart" { (t!("See your cart")) } } }
            }
            Self::PutBack(_) => html! { p.reason role="status" { (t!("{} is back in your cart.", name)) } },
            Self::Updated(_) => html! { p.reason role="status" { (t!("Changed the quantity of {}.", name)) } },
        }
    }
}
