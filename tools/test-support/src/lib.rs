//! Helpers that the tests and benchmarks of several crates share. The crate depends on no other crate of the workspace, so the tests of any
//! of them can use it.

pub mod authenticator;
pub mod device_proofs;
pub mod issuer;
pub mod kickstart;
pub mod reserved_port;
pub mod totp;
