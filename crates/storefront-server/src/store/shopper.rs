//! The extractor that tells a page of the Store whose cart it is about: a user's, or that of a visitor.

use crate::auth::{cookies::Cookies, current_user::CurrentUser, error::Error as AuthError, verify::Identity};
use crate::http::problem::ProblemResponse;
use crate::pages::{PageState, page_user::redirect_to_sign_in};
use crate::store::guest_cart::{self, Merge};
use crate::users::guest::Guest;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use sqlx::AnyPool;

/// Who shops. A user whose session has ended is sent to the sign-in form and is nobody's guest.
pub(crate) enum Shopper {
    /// A signed-in user. What the browser had chosen before the sign-in is in the user's cart.
    User(Identity, Merge),
    /// A visitor with a cart.
    Guest(Guest),
    /// A visitor without a cart.
    Nobody,
}

impl Shopper {
    /// The user, for the header of the page.
    pub(crate) fn identity(&self) -> Option<&Identity> {
        match self {
            Self::User(identity, _) => Some(identity),
            Self::Guest(_) | Self::Nobody => None,
        }
    }

    /// Whose lines the cart's are, unless there is no cart.
    pub(crate) fn owner(&self) -> Option<String> {
        match self {
            Self::User(identity, _) => Some(identity.user_id.clone()),
            Self::Guest(guest) => Some(guest.owner()),
            Self::Nobody => None,
        }
    }
}

impl FromRequestParts<PageState> for Shopper {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &PageState) -> Result<Self, Response> {
        let cookies = Cookies::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)?;
        match CurrentUser::from_request_parts(parts, state).await {
            Ok(CurrentUser(identity)) => signed_in(&state.backend.db, &cookies, identity).await.map_err(IntoResponse::into_response),
            Err(AuthError::CredentialMissing) => Ok(Guest::of(&cookies).map_or(Self::Nobody, Self::Guest)),
            Err(error) => Err(redirect_to_sign_in(error, parts, state.backend.site.app)),
        }
    }
}

/// The user, after what the browser had chosen as a visitor's was put into the user's cart.
pub(crate) async fn signed_in(db: &AnyPool, cookies: &Cookies, identity: Identity) -> Result<Shopper, ProblemResponse> {
    let Some(guest) = Guest::of(cookies) else { return Ok(Shopper::User(identity, Merge::Nothing)) };
    let merge = guest_cart::merge(db, &guest, &identity.user_id).await?;
    Guest::forget(cookies);
    Ok(Shopper::User(identity, merge))
}
