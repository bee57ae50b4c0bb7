//! The accounts that `fusionauth/kickstart.json` creates. Each account is in a different state.

/// The password of every account.
pub const PASSWORD: &str = "correct-horse-battery";
/// Is registered for the Store and the Forums. The cart has three lines.
pub const SHOPPER: &str = "shopper@example.com";
/// The user id of [`SHOPPER`].
pub const SHOPPER_ID: &str = "20000000-0000-0000-0000-000000000001";
/// Is registered for the Store and the Forums. The cart is empty.
pub const SECOND: &str = "second@example.com";
/// The user id of [`SECOND`].
pub const SECOND_ID: &str = "20000000-0000-0000-0000-000000000002";
/// Is registered for neither application.
pub const UNREGISTERED: &str = "unregistered@example.com";
/// Must change the password.
pub const CHANGE: &str = "change@example.com";
/// Has not verified the email.
pub const UNVERIFIED: &str = "unverified@example.com";
/// The user id of [`UNVERIFIED`].
pub const UNVERIFIED_ID: &str = "20000000-0000-0000-0000-000000000005";
/// Needs a second factor.
pub const TWO_FACTOR: &str = "twofactor@example.com";
/// The user id of [`TWO_FACTOR`].
pub const TWO_FACTOR_ID: &str = "20000000-0000-0000-0000-000000000006";
/// The secret of the second factor, in base32.
pub const TWO_FACTOR_SECRET: &str = "JBSWY3DPEHPK3PXP";
/// Is locked by an administrator.
pub const LOCKED: &str = "locked@example.com";
/// Is registered for both applications, and is a moderator of the Forums.
pub const MODERATOR: &str = "moderator@example.com";
