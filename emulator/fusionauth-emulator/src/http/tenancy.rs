//! Finds the tenant and the application that a request is for.

use crate::database;
use crate::domain::Refusal;
use crate::model::{Application, Tenant};
use crate::state::AppState;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use fusionauth_api::errors::Errors;
use std::sync::Arc;
use uuid::Uuid;

/// The tenant to which a request is limited, if any: by the header `X-FusionAuth-TenantId`, a tenant's API key or the ids in the request. See
/// `http::access`.
#[derive(Clone, Copy, Default)]
pub(crate) struct TenantHeader {
    pub(crate) named: Option<Uuid>,
}

/// The tenant of a request that names no application: the tenant to which the request is limited, or else the only tenant.
pub(crate) struct RequestTenant(pub(crate) Tenant);

impl TenantHeader {
    /// The application, if the request names one, and the tenant: the application's, or else the header's, or else
    /// the only tenant.
    pub(crate) async fn resolve(&self, emulator: &AppState, id: Option<Uuid>) -> Result<(Option<Application>, Tenant), Refusal> {
        let application = optional_application(emulator, id).await?;
        let tenant = match (&application, self.named) {
            (Some(application), _) => database::tenants::by_id(&emulator.database, application.tenant_id).await?,
            (None, Some(named)) => database::tenants::by_id(&emulator.database, named).await?,
            (None, None) => <[Tenant; 1]>::try_from(database::tenants::all(&emulator.database).await?).ok().map(|[tenant]| tenant),
        };
        Ok((application, tenant.ok_or_else(tenant_required)?))
    }
}

/// The active application with this id; 400 if there is none. `at` is the path to the id in the request, which the error names.
pub(crate) async fn application(emulator: &AppState, at: &str, id: Uuid) -> Result<Application, Refusal> {
    let application = database::applications::by_id(&emulator.database, id).await?;
    application.filter(|it| it.active).ok_or_else(|| Refusal::field("invalid", at, "There is no application with this id."))
}

/// Like [`application`], for a member `applicationId` that may be absent.
pub(crate) async fn optional_application(emulator: &AppState, id: Option<Uuid>) -> Result<Option<Application>, Refusal> {
    match id {
        Some(id) => application(emulator, "applicationId", id).await.map(Some),
        None => Ok(None),
    }
}

impl FromRequestParts<Arc<AppState>> for TenantHeader {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _instance: &Arc<AppState>) -> Result<Self, Refusal> {
        Ok(parts.extensions.get().copied().unwrap_or_default())
    }
}

impl FromRequestParts<Arc<AppState>> for RequestTenant {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, emulator: &Arc<AppState>) -> Result<Self, Refusal> {
        let header = TenantHeader::from_request_parts(parts, emulator).await?;
        Ok(Self(header.resolve(emulator, None).await?.1))
    }
}

pub(super) fn tenant_required() -> Refusal {
    Errors::general("[TenantIdRequired]", "The X-FusionAuth-TenantId header must name a tenant.").into()
}
