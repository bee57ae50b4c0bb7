//! Guests with a cart. A cookie holds a guest's random id, and the database stores the hash of that id.

use crate::auth::cookies::{CookieName, Cookies};
use crate::secret::{hash_secret, random_id};

/// How long a guest cart is kept after its last change, in seconds: 30 days.
pub const GUEST_CART_LIFE_SECONDS: u64 = 30 * 24 * 60 * 60;

/// The prefix of the id that the tables store for a guest, where they store the user id for a user. No user id of FusionAuth contains a
/// colon.
pub const GUEST_PREFIX: &str = "guest:";

/// A guest. The id gives access to the cart, so it is stored only in the cookie.
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
    /// The guest in the cookie. The cookie may contain any text. The text identifies an existing cart only if this server has created it as
    /// an id.
    pub fn of(cookies: &Cookies) -> Option<Self> {
        cookies.get(CookieName::GuestCart).map(|id| Self { id: id.to_owned(), origin: IdOrigin::Cookie })
    }

    /// A guest who has no cart yet.
    pub fn without_cart() -> Self {
        Self { id: random_id(), origin: IdOrigin::New }
    }

    /// Whether the guest has no cart yet.
    pub fn is_new(&self) -> bool {
        self.origin == IdOrigin::New
    }

    /// The id that the tables store for this guest, instead of a user's.
    pub fn owner(&self) -> String {
        format!("{GUEST_PREFIX}{}", hash_secret("guest cart", &self.id))
    }

    /// The idempotency key of this guest's order. A guest's cart is ordered once, so there is one.
    pub(crate) fn order_key(&self) -> String {
        hash_secret("guest order", &self.id)
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
