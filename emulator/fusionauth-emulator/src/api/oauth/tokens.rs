//! The tokens of a grant that a user has approved.

use super::error::OauthError;
use crate::database::{self, refresh_tokens};
use crate::domain::renewals::{check_user, has_scope};
use crate::domain::sessions::{AccessToken, AuthenticationType, Session, Subject};
use crate::domain::signing_keys;
use crate::model::{Application, Tenant};
use crate::state::{AppState, OpaqueToken, SigningKey};
use serde_json::{Value, json};
use sqlx::SqliteConnection;
use std::sync::Arc;
use uuid::Uuid;

/// An application that gets tokens, with the tenant and the key that signs. Finding the key uses the pool, so this comes before the
/// transaction.
pub(super) struct Recipient<'a> {
    pub(super) application: &'a Application,
    pub(super) tenant: Tenant,
    key: Arc<SigningKey>,
}

/// A user's approval.
pub(super) struct Approved<'a> {
    pub(super) user: Uuid,
    pub(super) authentication_type: AuthenticationType,
    /// When the user authenticated, in seconds since 1970.
    pub(super) auth_time: i64,
    /// The OAuth grant, which the tokens' header names.
    pub(super) grant: &'static str,
    pub(super) nonce: Option<&'a str>,
    /// The OAuth scopes, separated by blanks.
    pub(super) scope: Option<&'a str>,
    /// The description of the device, if there is one.
    pub(super) device: Option<&'a Value>,
}

/// The tokens of a grant. This type has no `Debug`, because it contains secrets.
pub(super) struct IssuedTokens {
    pub(super) access_token: AccessToken,
    /// The lifetime of the access token in seconds.
    pub(super) seconds: i64,
    pub(super) id_token: Option<String>,
    /// The id of the session, and its refresh token.
    pub(super) refresh_token: Option<(Uuid, OpaqueToken)>,
    /// How many seconds a browser may keep the refresh token.
    pub(super) refresh_token_seconds: i64,
    pub(super) scope: Option<String>,
    pub(super) user: Uuid,
}

impl<'a> Recipient<'a> {
    pub(super) async fn find(emulator: &AppState, application: &'a Application) -> Result<Self, OauthError> {
        let tenant = database::tenants::by_id(&emulator.database, application.tenant_id).await?.ok_or_else(super::client::unknown)?;
        let key = signing_keys::for_application(emulator, &tenant, Some(application)).await?;
        Ok(Self { application, tenant, key })
    }

    /// Issues the tokens, and stores the session in the caller's transaction as the last step. So the caller can commit the transaction
    /// even if this fails.
    pub(super) async fn issue(
        &self,
        emulator: &AppState,
        connection: &mut SqliteConnection,
        approved: Approved<'_>,
    ) -> Result<IssuedTokens, OauthError> {
        let Self { application, tenant, key } = self;
        let user = database::users::by_id(&mut *connection, approved.user).await?;
        let user = user.ok_or(OauthError::Grant("user_not_found", "The user does not exist any more."))?;
        check_user(emulator, &mut *connection, &user, application.id).await?;
        let registrations = database::registrations::of_user(&mut *connection, user.id).await?;
        let registration = registrations.iter().find(|it| it.application_id == application.id);
        let subject = Subject { tenant, application: Some(application), user: &user, registration };
        let configuration = subject.jwt_configuration();

        let has = |wanted: &str| approved.scope.is_some_and(|it| has_scope(it, wanted));
        let is_kept = has("offline_access") && application.oauth_configuration.generate_refresh_tokens;
        let scopes = approved.scope.map(|it| it.split(' ').collect::<Vec<_>>());
        let meta_data = json!({"device": approved.device, "grant": approved.grant, "scopes": scopes});
        let session = is_kept.then(|| refresh_tokens::RefreshToken {
            auth_time: approved.auth_time,
            ..subject.session_for(emulator, application, meta_data)
        });
        let claims = Session {
            authentication_type: approved.authentication_type,
            auth_time: approved.auth_time,
            id: session.as_ref().map(|it| it.id),
            grants: &[approved.grant],
            scope: approved.scope,
        };
        let seconds = configuration.time_to_live_in_seconds;
        let access_token = subject.access_token(emulator, key, claims, seconds)?;
        let id_token = has("openid").then(|| subject.id_token(emulator, key, claims, &access_token, approved.nonce)).transpose()?;
        let refresh_token = OpaqueToken::generate(&emulator.random);
        if let Some(session) = &session {
            refresh_tokens::insert(connection, session, &refresh_token).await?;
        }
        Ok(IssuedTokens {
            access_token,
            seconds,
            id_token,
            refresh_token: session.map(|it| (it.id, refresh_token)),
            refresh_token_seconds: configuration.refresh_token_time_to_live_in_minutes.saturating_mul(60),
            scope: approved.scope.map(str::to_owned),
            user: user.id,
        })
    }
}

impl IssuedTokens {
    /// The answer of the token endpoint.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "access_token": self.access_token.text,
            "expires_in": self.seconds,
            "id_token": self.id_token,
            "refresh_token": self.refresh_token.as_ref().map(|(_, it)| it.expose()),
            "refresh_token_id": self.refresh_token.as_ref().map(|(id, _)| id),
            "scope": self.scope,
            "token_type": "Bearer",
            "userId": self.user,
        })
    }
}
