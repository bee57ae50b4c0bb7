//! `POST /api/fusionauth/events`, on every site: events from FusionAuth's webhooks about ended sessions and users
//! (<https://fusionauth.io/docs/extend/events-and-webhooks/>). The server then ends these sign-ins and those of these users, and refuses their
//! access tokens.
//!
//! FusionAuth signs each event: the header `X-FusionAuth-Signature-JWT` holds a JWT with the SHA-256 of the body, signed with a key of its
//! JWKS (<https://fusionauth.io/docs/extend/events-and-webhooks/signing>). The server refuses an unsigned event; otherwise anybody could
//! end everybody's sessions. An event that arrives twice or late does no harm, because it revokes only what was issued before the event.

use crate::auth::revoked_access::{LONGEST_TOKEN_LIFE, RevokedAccess, Subject, TO_NEXT_SECOND_MS};
use crate::auth::verifier::Verifier;
use crate::http::problem::{ApiResult, ProblemResponse};
use crate::http::{client_address::ClientAddress, error::Error as HttpError};
use aws_lc_rs::digest::{SHA256, digest};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::{Router, routing::post};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use storefront_api::problems::ProblemCode;

/// The header with the signature.
const SIGNATURE: &str = "x-fusionauth-signature-jwt";

/// The route, below `/api`. `verifier` checks the signatures of the events.
pub fn router(verifier: Arc<Verifier>, revoked_access: RevokedAccess) -> Router {
    Router::new().route("/fusionauth/events", post(receive)).with_state((verifier, revoked_access))
}

type Receiver = (Arc<Verifier>, RevokedAccess);

/// The body of a webhook's request, which contains one event.
#[derive(Deserialize)]
struct Delivery {
    event: Event,
}

/// The events that this server handles. The server also confirms all other events, so that FusionAuth does not send them again.
#[derive(Deserialize)]
#[serde(tag = "type")]
enum Event {
    #[serde(rename = "jwt.refresh-token.revoke")]
    RefreshTokenRevoked(RefreshTokenRevoked),
    #[serde(rename = "user.password.update", rename_all = "camelCase")]
    PasswordChanged { create_instant: i64, user: WithId },
    #[serde(rename = "user.deactivate", alias = "user.delete", rename_all = "camelCase")]
    UserGone { create_instant: i64, user: WithId },
    #[serde(other)]
    Other,
}

/// The revocation of one refresh token, of all refresh tokens of a user (in one application or in all), or of all those of an application.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RefreshTokenRevoked {
    create_instant: i64,
    application_id: Option<String>,
    user_id: Option<String>,
    user: Option<WithId>,
    /// FusionAuth may also send the token's text, which the server does not read.
    refresh_token: Option<WithId>,
    /// How long access tokens live, in seconds, by application.
    #[serde(default)]
    application_time_to_live_in_seconds: BTreeMap<String, u64>,
}

/// A user or a refresh token of an event.
#[derive(Deserialize)]
struct WithId {
    id: String,
}

async fn receive(State(receiver): State<Receiver>, client: ClientAddress, headers: HeaderMap, body: Bytes) -> ApiResult<StatusCode> {
    let (verifier, revoked_access) = receiver;
    if !is_signed(&verifier, client, &headers, &body).await {
        tracing::warn!("refused an event without FusionAuth's signature");
        return Err(ProblemResponse::new(ProblemCode::EventNotSigned, &"FusionAuth signs its events."));
    }
    let Ok(Delivery { event }) = serde_json::from_slice(&body) else { return Err(HttpError::BodyMalformed.into()) };
    match event {
        Event::RefreshTokenRevoked(event) => {
            for (subject, life) in event.subjects() {
                revoked_access.end(&subject, event.create_instant, life).await?;
            }
        }
        Event::UserGone { create_instant, user } => {
            revoked_access.end(&subject_of(user), create_instant.saturating_add(TO_NEXT_SECOND_MS), LONGEST_TOKEN_LIFE).await?;
        }
        Event::PasswordChanged { create_instant, user } => {
            revoked_access.end(&subject_of(user), create_instant, LONGEST_TOKEN_LIFE).await?;
        }
        Event::Other => {}
    }
    Ok(StatusCode::NO_CONTENT)
}

fn subject_of(user: WithId) -> Subject {
    Subject::User { user: user.id, application: None }
}

impl RefreshTokenRevoked {
    /// The access tokens and sessions to revoke, each with the longest life of the tokens.
    fn subjects(&self) -> Vec<(Subject, Duration)> {
        let life = |application: &str| {
            self.application_time_to_live_in_seconds.get(application).map_or(LONGEST_TOKEN_LIFE, |it| Duration::from_secs(*it))
        };
        let user = self.user_id.clone().or_else(|| self.user.as_ref().map(|it| it.id.clone()));
        if let Some(token) = &self.refresh_token {
            let life = self.application_id.as_deref().map_or(LONGEST_TOKEN_LIFE, life);
            return vec![(Subject::Session(token.id.clone()), life)];
        }
        let applications = match &self.application_id {
            Some(one) => vec![one],
            None => self.application_time_to_live_in_seconds.keys().collect(),
        };
        let subject = |application: &String| match &user {
            Some(user) => Subject::User { user: user.clone(), application: Some(application.clone()) },
            None => Subject::Application(application.clone()),
        };
        applications.into_iter().map(|it| (subject(it), life(it))).collect()
    }
}

/// Whether the header holds FusionAuth's signature of exactly this body.
async fn is_signed(verifier: &Verifier, client: ClientAddress, headers: &HeaderMap, body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Claims {
        request_body_sha256: String,
    }
    let Some(signature) = headers.get(SIGNATURE).and_then(|it| it.to_str().ok()) else { return false };
    let claims: Option<Claims> = verifier.signed_claims(signature, client).await;
    claims.is_some_and(|it| it.request_body_sha256 == STANDARD.encode(digest(&SHA256, body)))
}
