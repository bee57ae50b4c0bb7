//! What the handlers of one application in one workflow share.

use crate::{
    auth::{attempts::AttemptLimits, authenticator::Authenticator, fusionauth::FusionAuth},
    config::{Config, site::Site},
};
use axum::extract::FromRef;
use sqlx::AnyPool;
use std::sync::Arc;

/// What the handlers of one application in one workflow share. Cloning is cheap.
#[derive(Clone)]
pub struct Backend {
    /// Which application and which workflow.
    pub site: Site,
    /// The flags.
    pub config: Arc<Config>,
    /// The database, shared with the other applications of this process.
    pub db: AnyPool,
    /// Tells who sends a request.
    pub authenticator: Arc<Authenticator>,
    /// FusionAuth, for this application.
    pub fusionauth: Arc<FusionAuth>,
    /// How often somebody may guess or register, shared with the other applications of this process.
    pub attempts: Arc<AttemptLimits>,
}

impl FromRef<Backend> for Arc<Authenticator> {
    fn from_ref(backend: &Backend) -> Self {
        Arc::clone(&backend.authenticator)
    }
}
