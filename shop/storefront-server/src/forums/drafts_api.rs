//! Drafts of posts, for the app: `GET` and `PUT /api/drafts/{thread}`. The response to `GET /api/posts/{id}` already includes the draft of
//! a reply, so the app requests only the draft of a new thread.

use crate::forums::page_cursor::post_id;
use crate::http::endpoint::endpoint;
use crate::http::{json_body::JsonBody, problem::ApiResult};
use crate::{pages::drafts, state::Backend, user_request::UserRequest};
use axum::{Json, Router, extract::Path};
use storefront_api::endpoints;
use storefront_api::forums::{Draft, DraftSaved, SaveDraft};

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    endpoint(endpoints::DRAFT, load).merge(endpoint(endpoints::SAVE_DRAFT, save))
}

async fn load(UserRequest { backend, user, .. }: UserRequest, Path(thread): Path<String>) -> ApiResult<Json<Draft>> {
    Ok(Json(drafts::load(&backend.db, &user.user_id, &post_id(&thread)?).await?))
}

async fn save(request: UserRequest, Path(thread): Path<String>, JsonBody(draft): JsonBody<SaveDraft>) -> ApiResult<Json<DraftSaved>> {
    Ok(Json(drafts::save_seen(&request.backend.db, &request.user.user_id, &post_id(&thread)?, &draft).await?))
}
