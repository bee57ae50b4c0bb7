//! Compares the sequence diagrams in `docs/workflows/*.md` with the messages of real processes.
//!
//! Each test runs the phases of one workflow in a real Chromium, draws the recorded messages, and compares the drawings with the committed
//! ones. With `DIAGRAMS=write`, which `cargo xtask diagrams` sets, each test writes its drawings instead of comparing them.

mod account;
mod device_binding;
mod document;
mod flows;
mod recording;
mod scenarios;
mod spa_cookies;
mod spa_local_storage;
mod webapp;
