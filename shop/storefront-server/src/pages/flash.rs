//! The message about the last sent form. The next page shows the message once.
//!
//! After a form has changed something, the server answers with a redirect, so the page that shows the result belongs to another request. A
//! cookie carries the message to that request. The cookie contains a code and never a text. Otherwise an attacker who can set a cookie
//! could put any text on a page.

use crate::auth::cookies::{CookieName, Cookies};
use crate::auth::error::DeviceMessage;
use crate::pages::redirect_303;
use crate::product_threads;
use axum::response::Response;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use sqlx::AnyPool;
use storefront_messages::{SessionMessage, t};

/// The result of a form. A `String` in a variant is the id of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Flash {
    SignedOut,
    SignedOutEverywhere,
    /// FusionAuth has not confirmed yet that the other devices are signed out.
    SignedOutHereAlone,
    SessionOver,
    /// The sign-in is bound to another device, or the browser has lost its key.
    NotThisDevice,
    /// The site needs a browser that can bind sign-ins to the device.
    DeviceKeyRequired,
    SignInFirst,
    /// An order was placed. The heading of the order's page thanks for it.
    Ordered,
    Posted,
    PostEdited,
    PostDeleted,
    /// A moderator has hidden a post.
    PostHidden,
    PostRestored,
    ThreadClosed,
    ThreadOpened,
    Registered,
    /// The account was created, and another user has taken its display name in the meantime.
    RegisteredWithoutName,
    Renamed,
    PasswordChanged,
    EmailChanged,
    /// A session on another device was ended.
    SessionEnded,
    /// All sessions on other devices were ended.
    OtherSessionsEnded,
    AccountDeleted,
    /// The authenticator app was removed as second factor.
    AuthenticatorRemoved,
    /// The email address or the registration is verified.
    Verified,
    /// The password has changed, but the sign-in with the new password failed.
    PasswordChangedSignIn,
    /// The order could not be cancelled, because it has been shipped.
    OrderShipped,
    Added(String),
    Updated(String),
    /// A removed line is in the cart again.
    PutBack(String),
    /// The product, and its quantity in the cart.
    Removed(String, i64),
}

/// The lifetime of the cookie. The browser usually opens the next page at once, and a page that it opens later must not show an old
/// message.
const MAX_AGE_SECONDS: u64 = 60;

impl Flash {
    /// Makes the next page show this message.
    pub(crate) fn set(&self, cookies: &Cookies) {
        cookies.set(CookieName::Flash, &self.encode(), MAX_AGE_SECONDS);
    }

    /// Redirects to the next page, which shows this message.
    pub(crate) fn redirect(&self, cookies: &Cookies, to: &str) -> Response {
        self.set(cookies);
        redirect_303(to)
    }

    /// Returns the message of the last form, and deletes it.
    pub(crate) fn take(cookies: &Cookies) -> Option<Self> {
        let flash = cookies.get(CookieName::Flash).and_then(Self::decode);
        cookies.delete(CookieName::Flash);
        flash
    }

    /// The message in base64, because a cookie must not contain quotes.
    fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::json!(self).to_string())
    }

    fn decode(cookie: &str) -> Option<Self> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cookie).ok()?).ok()
    }

    /// The message on the page. The message is empty if it is about a product that the Store does not sell.
    pub(crate) async fn view(&self, db: &AnyPool) -> sqlx::Result<Markup> {
        let text = match self {
            Self::SignedOut => SessionMessage::SignedOut.text(),
            Self::SignedOutEverywhere => SessionMessage::SignedOutEverywhere.text(),
            Self::SignedOutHereAlone => SessionMessage::SignedOutHereOnly.text(),
            Self::SessionOver => SessionMessage::Expired.text(),
            Self::NotThisDevice => DeviceMessage::NotThisDevice.text(),
            Self::DeviceKeyRequired => DeviceMessage::KeyRequired.text(),
            Self::SignInFirst => SessionMessage::SignInFirst.text(),
            Self::Ordered => return Ok(Markup::default()),
            Self::Posted => t!("Post published."),
            Self::PostEdited => t!("Changes saved."),
            Self::PostDeleted => t!("Post deleted."),
            Self::PostHidden => t!("Post hidden."),
            Self::PostRestored => t!("Post restored."),
            Self::ThreadClosed => t!("Thread closed."),
            Self::ThreadOpened => t!("Thread reopened."),
            Self::Registered => {
                t!("Sign in with the email and password you just chose. If that email already had an account, check your inbox.")
            }
            Self::RegisteredWithoutName => {
                t!("Your account is ready, but someone else just took that display name. Choose another one on your account page.")
            }
            Self::Renamed => t!("Display name changed."),
            Self::Verified => t!("Confirmed. Sign in to continue."),
            Self::SessionEnded => t!("That session has ended."),
            Self::OtherSessionsEnded => t!("All other sessions have ended. You are now signed in only on this device."),
            Self::AuthenticatorRemoved => t!("App removed. You now sign in with just your password."),
            Self::AccountDeleted => t!("Account deleted."),
            Self::PasswordChanged => t!("Password changed. You're signed in. All your other sessions have ended."),
            Self::EmailChanged => t!("Email changed. From now on, sign in with the new one."),
            Self::OrderShipped => {
                t!("We've already sent this order, so you can't cancel it. You can return it within 30 days.")
            }
            Self::PasswordChangedSignIn => t!("Password changed. Sign in with your new password."),
            Self::Added(product) | Self::Updated(product) | Self::PutBack(product) | Self::Removed(product, _) => {
                let known = product_threads::product(db, product).await?;
                return Ok(known.map_or_else(Markup::default, |known| self.product_view(product, &known.name)));
            }
        };
        Ok(html! { p.reason role="status" { (text) } })
    }

    fn product_view(&self, product: &str, name: &str) -> Markup {
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
            _ => html! { p.reason role="status" { (t!("Changed the quantity of {}.", name)) } },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_holds_every_message_and_no_text() {
        for flash in [Flash::SignedOut, Flash::RegisteredWithoutName, Flash::Added("mug".to_owned()), Flash::Removed("mug".to_owned(), 3)] {
            assert!(Cookies::can_hold(&flash.encode()));
            assert_eq!(Flash::decode(&flash.encode()), Some(flash));
        }
        for text in ["", "<b>", "\"Hello\"", "{\"Text\":\"Hello\"}", "{\"Removed\":[\"mug\",\"x\"]}", "\"Added\""] {
            assert_eq!(Flash::decode(text), None, "{text}");
            assert_eq!(Flash::decode(&URL_SAFE_NO_PAD.encode(text)), None, "{text}");
        }
    }
}
