//! The extractor for the cart of a Store page: a user's or a guest's.

use crate::auth::{cookies::Cookies, error::Error as AuthError, verify::Identity};
use crate::pages::{PageState, page_request::redirect_to_sign_in};
use crate::store::{cart::CartOwner, guest_cart};
use crate::user_request::CurrentUser;
use crate::users::guest::Guest;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

/// The shopper. A user with an expired session is redirected to the sign-in form and does not become a guest.
pub(crate) struct Shopper {
    /// The user, if the shopper is signed in.
    pub(crate) identity: Option<Identity>,
    /// The owner of the page's cart. The user's cart includes the guest cart from before the sign-in. `None` for a guest without a cart.
    pub(crate) owner: Option<CartOwner>,
}

impl FromRequestParts<PageState> for Shopper {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &PageState) -> Result<Self, Response> {
        let cookies = Cookies::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)?;
        match CurrentUser::from_request_parts(parts, state).await {
            Ok(CurrentUser(user)) => {
                guest_cart::merge_into(&state.backend.db, &cookies, &user.user_id).await.map_err(IntoResponse::into_response)?;
                Ok(Self { owner: Some(CartOwner::User(user.user_id.clone())), identity: Some(user) })
            }
            Err(AuthError::CredentialMissing) => Ok(Self { identity: None, owner: Guest::of(&cookies).map(CartOwner::Guest) }),
            Err(error) => Err(redirect_to_sign_in(error, parts, state.backend.site.app)),
        }
    }
}
