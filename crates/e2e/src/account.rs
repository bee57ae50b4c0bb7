//! The accounts that `fusionauth/kickstart.json` creates. Each is in a state of its own, which the name says.

/// The password of every account.
pub const PASSWORD: &str = "correct-horse-battery";
/// Registered for Store and Forums; a cart with three lines.
pub const SHOPPER: &str = "shopper@example.com";
/// The user id of [`SHOPPER`].
pub const SHOPPER_ID: &str = "20000000-0000-0000-0000-000000000001";
/// Registered for Store and Forums; an empty cart.
pub const SECOND: &str = "second@example.com";
/// The user id of [`SECOND`].
pub const SECOND_ID: &str = "20000000-0000-0000-0000-000000000002";
/// Not registered for either application.
pub const UNREGISTERED: &str = "unregistered@example.com";
/// Must change the password.
pub const CHANGE: &str = "change@example.com";
/// Has not verified the email address.
pub const UNVERIFIED: &str = "unverified@example.com";
/// The user id of [`UNVERIFIED`].
pub const UNVERIFIED_ID: &str = "20000000-0000-0000-0000-000000000005";
/// Needs a second factor.
pub const TWO_FACTOR: &str = "twofactor@example.com";
/// The user id of [`TWO_FACTOR`].
pub const TWO_FACTOR_ID: &str = "20000000-0000-0000-0000-000000000006";
/// The secret of the second factor, in base32.
pub const TWO_FACTOR_SECRET: &str = "JBSWY3DPEHPK3PXP";
/// Locked by an administrator.
pub const LOCKED: &str = "locked@example.com";
/// Registered for both applications; a moderator of the Forums.
pub const MODERATOR: &str = "moderator@example.com";
