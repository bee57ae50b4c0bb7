//! The accounts that `shop/fusionauth/kickstart.json` creates. Each account is in a different state.

pub use test_support::kickstart::PASSWORD;

/// A user who is registered for the Store and the Forums, with three lines in the cart.
pub const SHOPPER: &str = "shopper@example.com";
/// The user id of [`SHOPPER`].
pub const SHOPPER_ID: &str = "20000000-0000-0000-0000-000000000001";
/// A user who is registered for the Store and the Forums, with an empty cart.
pub const SECOND: &str = "second@example.com";
/// A user who is registered for neither application.
pub const UNREGISTERED: &str = "unregistered@example.com";
/// A user who must change the password.
pub const CHANGE: &str = "change@example.com";
/// A user who has not verified the email.
pub const UNVERIFIED: &str = "unverified@example.com";
/// The user id of [`UNVERIFIED`].
pub const UNVERIFIED_ID: &str = "20000000-0000-0000-0000-000000000005";
/// A user who needs a second factor.
pub const TWO_FACTOR: &str = "twofactor@example.com";
/// The user id of [`TWO_FACTOR`].
pub const TWO_FACTOR_ID: &str = "20000000-0000-0000-0000-000000000006";
/// The secret of the second factor, in base32.
pub const TWO_FACTOR_SECRET: &str = "JBSWY3DPEHPK3PXP";
/// A user whom an administrator has locked.
pub const LOCKED: &str = "locked@example.com";
/// A user who is registered for both applications, and is a moderator of the Forums.
pub const MODERATOR: &str = "moderator@example.com";
