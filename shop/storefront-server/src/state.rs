//! The state that the handlers of one site share. Axum passes it to the handlers as `State<Backend>`.

use crate::auth::{attempts::AttemptLimits, authenticator::Authenticator, fusionauth::FusionAuth, revoked_access::RevokedAccess};
use crate::background::Background;
use crate::config::{Config, site::Site};
use crate::user_data::AllUserData;
use axum::extract::FromRef;
use sqlx::AnyPool;
use std::{ops::Deref, sync::Arc};

/// The state that the handlers of one site share. Every layer around the handlers clones this value at each request, which copies only an
/// `Arc`.
#[derive(Clone)]
pub struct Backend(Arc<SiteState>);

/// The content of [`Backend`].
pub struct SiteState {
    /// The site: its application and workflow.
    pub site: Arc<Site>,
    /// The settings of this process.
    pub config: Arc<Config>,
    /// The database, shared with the other sites of this process.
    pub db: AnyPool,
    /// Identifies the sender of a request, and signs users in and out.
    pub authenticator: Arc<Authenticator>,
    /// The client of FusionAuth's API for this application.
    pub fusionauth: Arc<FusionAuth>,
    /// The access tokens that are rejected although they have not expired, shared with the other sites of this process.
    pub revoked_access: RevokedAccess,
    /// The limits on guesses and registrations, shared with the other sites of this process.
    pub attempts: Arc<AttemptLimits>,
    /// The tables with rows about users.
    pub user_data: AllUserData,
    /// Runs tasks that must finish even if the client disconnects or the server stops.
    pub background: Background,
}

impl Backend {
    /// The state of one site.
    pub fn new(state: SiteState) -> Self {
        Self(Arc::new(state))
    }
}

impl Deref for Backend {
    type Target = SiteState;

    fn deref(&self) -> &SiteState {
        &self.0
    }
}

impl FromRef<Backend> for Arc<Authenticator> {
    fn from_ref(backend: &Backend) -> Self {
        Arc::clone(&backend.authenticator)
    }
}
