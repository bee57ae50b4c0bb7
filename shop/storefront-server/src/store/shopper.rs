//! The extractor for the cart of a Store page: a user's or a guest's.

use crate::auth::{cookies::Cookies, current_user::CurrentUser, error::Error as AuthError, verify::Identity};
use crate::pages::{PageState, page_request::redirect_to_sign_in};
use crate::store::{cart::CartOwner, guest_cart};
use crate::users::guest::Guest;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

/// The shopper. A user with an expired session is redirected to the sign-in form and does not become a guest.
pub(crate) enum Shopper {
    /// A signed-in user. The user's cart includes the guest cart from before the sign-in.
    User(Identity),
    /// A guest with a cart.
    Guest(Guest),
    /// A guest without a cart.
    Nobody,
}

impl Shopper {
    /// The user, if the shopper is signed in, and the owner of the page's cart, if there is a cart.
    pub(crate) fn into_owner(self) -> (Option<Identity>, Option<CartOwner>) {
        match self {
            Self::User(identity) => (Some(identity.clone()), Some(CartOwner::User(identity.user_id))),
            Self::Guest(guest) => (None, Some(CartOwner::Guest(guest))),
            Self::Nobody => (None, None),
        }
    }
}

impl FromRequestParts<PageState> for Shopper {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &PageState) -> Result<Self, Response> {
        let cookies = Cookies::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)?;
        match CurrentUser::from_request_parts(parts, state).await {
            Ok(CurrentUser(identity)) => {
                let merged = guest_cart::merge_into(&state.backend.db, &cookies, &identity.user_id).await;
                merged.map(|()| Self::User(identity)).map_err(IntoResponse::into_response)
            }
            Err(AuthError::CredentialMissing) => Ok(Guest::of(&cookies).map_or(Self::Nobody, Self::Guest)),
            Err(error) => Err(redirect_to_sign_in(error, parts, state.backend.site.app)),
        }
    }
}
