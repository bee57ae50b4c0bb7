//! The scopes of an OAuth request (<https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/scopes>).

use super::error::OauthError;
use crate::database::stored_resources::{self, Place};
use crate::model::{Application, UnknownScopePolicy};
use crate::state::AppState;

/// The scopes of a request that the application knows. Its `unknownScopePolicy` decides about the others. Every user consents to all
/// scopes, because the emulator never asks.
pub(super) async fn accepted(emulator: &AppState, application: &Application, scope: Option<String>) -> Result<Option<String>, OauthError> {
    let Some(scope) = scope else { return Ok(None) };
    let (oauth, owner) = (&application.oauth_configuration, application.id.to_string());
    let mut accepted = Vec::new();
    for name in scope.split(' ').filter(|it| !it.is_empty()) {
        let is_reserved = ["openid", "offline_access"].contains(&name) || name.starts_with("idp-link:");
        let place = Place { kind: "scope", owner: &owner };
        let is_known = is_reserved
            || oauth.provided_scope_policy.is_enabled(name)
            || stored_resources::by_name(&emulator.database, place, name).await?.is_some();
        match oauth.unknown_scope_policy {
            _ if is_known => accepted.push(name),
            UnknownScopePolicy::Allow => accepted.push(name),
            UnknownScopePolicy::Remove => {}
            UnknownScopePolicy::Reject => {
                return Err(OauthError::Scope("unknown_scope", "The application does not know a scope of the request."));
            }
        }
    }
    Ok((!accepted.is_empty()).then(|| accepted.join(" ")))
}
