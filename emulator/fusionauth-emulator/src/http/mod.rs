//! HTTP as FusionAuth speaks it: reading requests, and writing answers.

pub(crate) mod access;
pub(crate) mod body;
pub(crate) mod connection;
pub(crate) mod cookies;
pub(crate) mod cors;
pub(crate) mod credentials;
pub(crate) mod form;
pub(crate) mod host;
mod ids;
mod listeners;
pub(crate) mod page;
pub(crate) mod patch;
mod query;
mod reply;
pub(crate) mod request_info;
mod tenancy;

pub(crate) use body::JsonBody;
pub(crate) use credentials::{Anyone, Authorized};
pub(crate) use form::FormOrJson;
pub use host::{HostName, InvalidHostName};
pub(crate) use ids::{ExistingId, NewId};
pub(crate) use listeners::listen;
pub(crate) use patch::Patch;
pub(crate) use query::Query;
pub(crate) use reply::{Answer, AnswerUnread, empty, json, status};
pub(crate) use tenancy::{RequestTenant, TenantHeader, application, optional_application};

use crate::state::AppState;
use axum::Router;
use std::sync::Arc;

/// Endpoints of FusionAuth's API.
pub(crate) type Routes = Router<Arc<AppState>>;
