//! The workflows' sequence diagrams, `docs/workflows/*.md`, against what real processes exchange.
//!
//! Each test runs the phases of one workflow in a real Chromium, draws what crossed the wire and compares that with the
//! committed drawing. `DIAGRAMS=write`, which `cargo xtask diagrams` sets, writes it in place of comparing.

mod document;
mod flows;
mod recording;
mod scenarios;
mod spa_cookies;
mod spa_local_storage;
mod webapp;
