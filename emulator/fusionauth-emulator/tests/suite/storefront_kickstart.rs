//! The configuration of an emulator with the storefront's kickstart.json, for the tests and benchmarks of several crates.

use fusionauth_emulator::Config;

/// An emulator in memory. Its CORS settings and the links in its messages have the ports of `cargo xtask serve`.
pub(crate) fn config() -> Config {
    let mut config = Config::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shop/fusionauth/kickstart.json"));
    let ports = [("STOREFRONT_PORT", "8080"), ("TRUNK_PORT", "8081")];
    config.environment = ports.map(|(name, port)| (name.to_owned(), port.to_owned())).into();
    config
}
