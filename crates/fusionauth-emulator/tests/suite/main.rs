//! Tests of the emulator as its clients see it: over real HTTP, most of them with an emulator of their own.

mod authenticator;
mod binary;
mod clients;
mod concurrency;
mod contract;
mod control;
mod cors;
mod coverage;
mod details;
mod emulator_process;
mod hosts;
mod kickstart;
mod library;
mod login;
mod oauth;
mod official_client;
mod refresh;
mod robustness;
mod rotation;
mod self_service;
mod specification_rows;
mod stored_resources;
mod storefront_kickstart;
mod surface;
mod test_emulator;
mod webauthn;
