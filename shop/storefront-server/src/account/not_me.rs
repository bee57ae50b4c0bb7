//! "It wasn't me": the owner of a mailbox ends an account that somebody else has created with its email, in the API and on the
//! server-rendered page of a verification link.
//!
//! The id in the link is the only authority, and only the owner of the mailbox has it, so this works only where the tenant mails links: the id
//! that belongs to a code is in answers of FusionAuth and of this server. The server asks FusionAuth whose link it is, and deletes that user
//! if the email is not verified. A link that was used before, or twice, deletes nothing and has the same answer.

use crate::account::data_page::account_deleted;
use crate::account::{deletion, error::Error};
use crate::auth::cookies::CookieName;
use crate::auth::{error::Error as AuthError, fusionauth::Unreachable};
use crate::http::{body::JsonBody, client_address::ClientAddress, endpoint::endpoint, problem::ApiResult};
use crate::pages::{layout::PageResult, page_request::PageRequest};
use crate::{state::Backend, user_request::ApiRequest};
use axum::{Json, Router};
use storefront_api::{Done, NotMe, endpoints};

/// The routes below `/api`.
pub(super) fn router() -> Router<Backend> {
    endpoint(endpoints::NOT_ME, handle)
}

async fn handle(request: ApiRequest, JsonBody(sent): JsonBody<NotMe>) -> ApiResult<Json<Done>> {
    delete(&request.backend, request.client, &sent.verification_id).await?;
    Ok(Json(Done {}))
}

/// Deletes the account of the link whose page has the button.
pub(super) async fn from_page(request: PageRequest) -> PageResult {
    if let Some(id) = request.cookies.get(CookieName::VerificationId) {
        delete(&request.backend, request.client, id).await?;
        request.cookies.delete(CookieName::VerificationId);
    }
    Ok(account_deleted().redirect(&request.cookies, "/login"))
}

async fn delete(backend: &Backend, client: ClientAddress, verification_id: &str) -> Result<(), Error> {
    backend.attempts.anonymous_calls.take_from(client).await?;
    let user = backend.fusionauth.user_with_verification_link(verification_id).await;
    match user.map_err(|Unreachable| AuthError::SignInUnavailable)? {
        Some(user) if !user.verified => deletion::delete_account(backend, &user.id, None).await,
        Some(_) | None => Ok(()),
    }
}
