//! What the next page says about what was just done: a code in a cookie, never a text, so that nobody can put words into
//! our mouth.

use crate::auth::cookies::{CookieName, Cookies};
use maud::{Markup, html};
use sqlx::AnyPool;
use storefront_messages::SessionMessage;

/// What was just done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Flash {
    SignedOut,
    SignedOutEverywhere,
    /// FusionAuth has not answered yet.
    SignedOutHereAlone,
    SessionOver,
    SignInFirst,
    Posted,
    Registered,
    Renamed,
    Added(String),
    Updated(String),
    Removed(String, i64),
}

/// A redirect follows at once; whoever interrupts it misses nothing important.
const SECONDS: u64 = 60;

impl Flash {
    /// For the next page.
    pub(crate) fn leave(self, cookies: &Cookies) {
        cookies.set(CookieName::Flash, &self.code(), SECONDS);
    }

    /// What the last request left, once.
    pub(crate) fn take(cookies: &Cookies) -> Option<Self> {
        let found = cookies.get(CookieName::Flash).map(Self::of_code);
        cookies.delete(CookieName::Flash);
        found.flatten()
    }

    fn code(&self) -> String {
        match self {
            Self::SignedOut => "signed-out".to_owned(),
            Self::SignedOutEverywhere => "signed-out-everywhere".to_owned(),
            Self::SignedOutHereAlone => "signed-out-here-alone".to_owned(),
            Self::SessionOver => "session-over".to_owned(),
            Self::SignInFirst => "sign-in-first".to_owned(),
            Self::Posted => "posted".to_owned(),
            Self::Registered => "registered".to_owned(),
            Self::Renamed => "renamed".to_owned(),
            Self::Added(product) => format!("added.{product}"),
            Self::Updated(product) => format!("updated.{product}"),
            Self::Removed(product, quantity) => format!("removed.{product}.{quantity}"),
        }
    }

    fn of_code(code: &str) -> Option<Self> {
        let mut parts = code.split('.');
        let (kind, product, quantity) = (parts.next()?, parts.next().map(ToOwned::to_owned), parts.next());
        match kind {
            "signed-out" => Some(Self::SignedOut),
            "signed-out-everywhere" => Some(Self::SignedOutEverywhere),
            "signed-out-here-alone" => Some(Self::SignedOutHereAlone),
            "session-over" => Some(Self::SessionOver),
            "sign-in-first" => Some(Self::SignInFirst),
            "posted" => Some(Self::Posted),
            "registered" => Some(Self::Registered),
            "renamed" => Some(Self::Renamed),
            "added" => product.map(Self::Added),
            "updated" => product.map(Self::Updated),
            "removed" => Some(Self::Removed(product?, quantity?.parse().ok()?)),
            _ => None,
        }
    }

    /// As it stands on the page.
    pub(crate) async fn view(&self, db: &AnyPool) -> Result<Markup, sqlx::Error> {
        let text = match self {
            Self::SignedOut => SessionMessage::SignedOut.text(),
            Self::SignedOutEverywhere => SessionMessage::SignedOutEverywhere.text(),
            Self::SignedOutHereAlone => SessionMessage::SignedOutHereOnly.text(),
            Self::SessionOver => SessionMessage::Expired.text(),
            Self::SignInFirst => SessionMessage::SignInFirst.text(),
            Self::Posted => "Your post is published.",
            Self::Registered => "Your account is made. Sign in with it.",
            Self::Renamed => "Your display name is changed.",
            Self::Added(product) => return Ok(self::product(db, product).await?.map_or_else(Markup::default, |name| added(&name))),
            Self::Updated(product) => return Ok(self::product(db, product).await?.map_or_else(Markup::default, |name| updated(&name))),
            Self::Removed(product, quantity) => {
                let name = self::product(db, product).await?;
                return Ok(name.map_or_else(Markup::default, |name| removed(product, &name, *quantity)));
            }
        };
        Ok(html! { p.reason role="status" { (text) } })
    }
}

async fn product(db: &AnyPool, id: &str) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT name FROM products WHERE id = $1").bind(id).fetch_optional(db).await
}

fn added(name: &str) -> Markup {
    html! { p.reason role="status" { "Added " (name) ". " a href="/shopping-cart" { "See your cart" } } }
}

fn updated(name: &str) -> Markup {
    html! { p.reason role="status" { "Changed the quantity of " (name) "." } }
}

fn removed(product: &str, name: &str, quantity: i64) -> Markup {
    html! {
        div.offer role="status" {
            p { "Removed " (name) "." }
            form method="post" action={ "/shopping-cart/lines/" (product) } {
                input type="hidden" name="quantity" value=(quantity);
                button.quiet type="submit" aria-label={ "Undo: put " (name) " back" } { "Undo" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_read_back_and_nothing_else() {
        let product = || "enamel-mug".to_owned();
        for flash in [
            Flash::SignedOut,
            Flash::SignedOutEverywhere,
            Flash::SignedOutHereAlone,
            Flash::SessionOver,
            Flash::SignInFirst,
            Flash::Posted,
            Flash::Registered,
            Flash::Renamed,
            Flash::Added(product()),
            Flash::Updated(product()),
            Flash::Removed(product(), 3),
        ] {
            assert_eq!(Flash::of_code(&flash.code()), Some(flash));
        }
        for code in ["", "added", "removed.mug", "removed.mug.x", "<b>", "signed-in"] {
            assert_eq!(Flash::of_code(code), None, "{code}");
        }
    }
}
