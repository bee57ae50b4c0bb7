//! What every endpoint needs of HTTP, in FusionAuth's dialect.

pub(crate) mod authority;
pub(crate) mod body;
pub(crate) mod cors;
pub(crate) mod form;
pub(crate) mod patch;
pub(crate) mod query;
pub(crate) mod reply;

pub(crate) use authority::ApiKey;
pub(crate) use body::JsonBody;
pub(crate) use reply::{Refusal, empty, json};
