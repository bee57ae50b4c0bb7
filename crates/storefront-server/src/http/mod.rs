//! What every request and answer has in common, whatever the part of the product: the host it asks for, the client's address, bodies,
//! errors, headers, files.

pub mod body_limit;
pub mod client_address;
pub mod error;
pub mod field_error;
pub mod health;
pub mod host;
pub mod idempotency;
pub mod json_body;
pub mod percent;
pub mod problem;
pub mod rate_limit;
pub mod request_context;
pub mod security_headers;
pub mod static_files;
