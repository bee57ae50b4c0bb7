//! The common part of every request and response: hosts, client addresses, bodies, errors, headers, files. Nothing here knows the Store,
//! the Forums or the pages, so all of these can use this module.

pub mod body;
pub mod client_address;
pub mod cookie_header;
pub mod device_name;
pub mod endpoint;
pub mod error;
pub mod health;
pub mod host;
pub mod idempotency;
pub mod language;
pub mod origin;
pub mod outgoing;
pub mod percent;
pub mod problem;
pub mod rate_limit;
pub mod request_context;
pub mod security_headers;
pub mod static_files;
pub mod traces;
