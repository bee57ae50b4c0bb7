//! Visitors who have put something into a cart: a random id in a cookie, and the hash of it in the database.

use crate::auth::cookies::{CookieName, Cookies};
use crate::auth::secret::{hash_secret, random_id};

/// How long a guest cart is kept after its last change, in seconds: 30 days.
pub const GUEST_CART_LIFE_SECONDS: u64 = 30 * 24 * 60 * 60;

/// The prefix of a visitor's stand-in for a user id. No user's id of FusionAuth has a colon.
pub const GUEST_PREFIX: &str = "guest:";

/// A visitor. The id gives access to the cart, so it is only ever in the cookie.
pub struct Guest {
    id: String,
    origin: IdOrigin,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum IdOrigin {
    Cookie,
    New,
}

impl Guest {
    /// The visitor that the cookie names. Any text may be in it; it names a cart that exists only if this server has made it.
    pub fn of(cookies: &Cookies) -> Option<Self> {
        cookies.get(CookieName::GuestCart).map(|id| Self { id: id.to_owned(), origin: IdOrigin::Cookie })
    }

    /// A visitor who has no cart yet.
    pub fn without_cart() -> Self {
        Self { id: random_id(), origin: IdOrigin::New }
    }

    /// Whether the visitor has no cart yet.
    pub fn is_new(&self) -> bool {
        self.origin == IdOrigin::New
    }

    /// The id that the tables have for this visitor, in place of a user's.
    pub fn owner(&self) -> String {
        format!("{GUEST_PREFIX}{}", hash_secret("guest cart", &self.id))
    }

    /// Stores the id in the browser until the cart expires.
    pub fn remember(&self, cookies: &Cookies) {
        cookies.set(CookieName::GuestCart, &self.id, GUEST_CART_LIFE_SECONDS);
    }

    /// Deletes the id in the browser.
    pub fn forget(cookies: &Cookies) {
        cookies.delete(CookieName::GuestCart);
    }
}
