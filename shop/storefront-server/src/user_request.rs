//! Requests as their handlers get them: of a signed-in user, for the API and for the server-rendered pages, and of anybody for the API.

use crate::auth::{authenticator::Authenticator, cookies::Cookies, error::Error, verify::Identity};
use crate::http::{client_address::ClientAddress, device_name::DeviceName, host::port};
use crate::state::Backend;
use axum::extract::{FromRef, FromRequestParts, MatchedPath, State};
use axum::http::request::Parts;
use std::sync::Arc;

/// The user who sends this request.
#[derive(Clone, Debug)]
pub struct CurrentUser(pub Identity);

impl<S: Send + Sync> FromRequestParts<S> for CurrentUser
where
    Arc<Authenticator>: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let cookies = Cookies::from_request_parts(parts, state).await?;
        Arc::<Authenticator>::from_ref(state).identify(&parts.headers, &cookies).await.map(Self)
    }
}

/// A request for the API that needs no sign-in.
#[derive(FromRequestParts)]
#[from_request(state(Backend))]
pub(crate) struct ApiRequest {
    #[from_request(via(State))]
    pub(crate) backend: Backend,
    pub(crate) client: ClientAddress,
    pub(crate) cookies: Cookies,
    pub(crate) browser: DeviceName,
}

/// A request of a signed-in user. A handler with this argument is never called without a valid credential.
pub struct UserRequest {
    /// The state of the site.
    pub backend: Backend,
    /// The address of the client that sent the request.
    pub client: ClientAddress,
    /// The cookies of the request and of its response.
    pub cookies: Cookies,
    /// The origin at which the browser reached this site, for links in emails.
    pub origin: String,
    /// The user who sent the request.
    pub user: Identity,
    /// The method and the path of the route, such as `DELETE /api/account/sessions/{id}`. Empty for pages.
    pub route: String,
}

impl FromRequestParts<Backend> for UserRequest {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, backend: &Backend) -> Result<Self, Error> {
        let Ok(client) = ClientAddress::from_request_parts(parts, backend).await;
        let CurrentUser(user) = CurrentUser::from_request_parts(parts, backend).await?;
        let cookies = Cookies::from_request_parts(parts, backend).await?;
        let path = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
        let route = format!("{} {path}", parts.method);
        let origin = backend.site.origin(port(&parts.headers));
        Ok(Self { backend: backend.clone(), client, cookies, origin, user, route })
    }
}
