//! The storefront's kickstart.json, from which the emulator starts.

use std::collections::BTreeMap;

/// The path of the file.
pub const KICKSTART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shop/fusionauth/kickstart.json");
/// The ids of applications and users.
pub const STORE: &str = "10000000-0000-0000-0000-000000000001";
pub const FORUMS: &str = "10000000-0000-0000-0000-000000000002";
pub const SHOPPER: &str = "20000000-0000-0000-0000-000000000001";
pub const SECOND: &str = "20000000-0000-0000-0000-000000000002";
pub const API_KEY: &str = "development-only-api-key";
/// The password of every user.
pub const PASSWORD: &str = "correct-horse-battery";

/// Variables for the CORS settings and the links in messages, with the ports of `cargo xtask serve`.
pub fn environment() -> BTreeMap<String, String> {
    [("STOREFRONT_PORT", "8080"), ("TRUNK_PORT", "8081")].map(|(name, port)| (name.to_owned(), port.to_owned())).into()
}
