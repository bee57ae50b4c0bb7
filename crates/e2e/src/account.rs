//! The accounts of `kickstart.json`. All have the password [`PASSWORD`].

/// Every account's password.
pub const PASSWORD: &str = "correct-horse-battery";
/// Registered for Store and Forums; a cart with three lines.
pub const SHOPPER: &str = "shopper@example.com";
/// The shopper's user id.
pub const SHOPPER_ID: &str = "20000000-0000-0000-0000-000000000001";
/// Registered for Store and Forums; an empty cart.
pub const SECOND: &str = "second@example.com";
/// Not registered for either application.
pub const UNREGISTERED: &str = "unregistered@example.com";
/// Must change the password.
pub const CHANGE: &str = "change@example.com";
/// Address not verified.
pub const UNVERIFIED: &str = "unverified@example.com";
/// Needs a second factor.
pub const TWO_FACTOR: &str = "twofactor@example.com";
/// The second factor's secret, base32.
pub const TWO_FACTOR_SECRET: &str = "JBSWY3DPEHPK3PXP";
/// Locked by an administrator.
pub const LOCKED: &str = "locked@example.com";
