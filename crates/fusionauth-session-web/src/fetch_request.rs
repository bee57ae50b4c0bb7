//! Authorized requests in the browser's own type, for code that has such a request already.

use crate::{ApiRequest, FetchError, Session, SessionConfig};
use fusionauth_session::{Attempt, Credential, CredentialError, RefusedRequest};
use web_sys::{Request, RequestCredentials, RequestInit, Response};

impl Session {
    /// Like [`Session::fetch`], for a request in the browser's own type, which can express more than [`ApiRequest`]: a
    /// stream, a signal, a cache mode. The session sets only the header `Authorization`, or with cookies the credentials mode. The result is
    /// the browser's answer. There is no time limit; the request's signal aborts the request and its answer.
    ///
    /// # Errors
    ///
    /// See [`FetchError`]. [`FetchError::Network`] is also the error of an aborted request, and of one whose body was used already.
    pub async fn fetch_request(self, request: &Request) -> Result<Response, FetchError> {
        let Some(driver) = self.driver() else { return Err(FetchError::Reconnecting) };
        let url = request.url();
        if !driver.may_send_to(&url) {
            return Err(FetchError::ForeignOrigin);
        }
        let resource = ApiRequest::get(&*url).resource();
        // The loop of `Session::fetch`.
        let (mut attempt, mut refused, mut refusal) = (Attempt::First, None, None);
        loop {
            let credential = match (driver.credential(refused).await, refusal) {
                (Ok(credential), _) => credential,
                (Err(CredentialError::Forbidden), Some(response)) => return Ok(response),
                (Err(error), _) => return Err(FetchError::of(error)),
            };
            let response = send(request, &credential).await?;
            if !is_unauthorized(driver.config(), &url, &response) {
                driver.authorized(resource);
                return Ok(response);
            }
            refused = Some(RefusedRequest { resource, credential, attempt });
            refusal = Some(response);
            attempt = Attempt::Replay;
        }
    }
}

/// Sends a copy of the request, because a replay needs the body again.
async fn send(request: &Request, credential: &Credential) -> Result<Response, FetchError> {
    let copy = request.clone().map_err(|_| FetchError::Network)?;
    let copy = match credential {
        Credential::Token(grant) => {
            let bearer = "Bearer ".to_owned() + grant.token.expose();
            copy.headers().set("Authorization", &bearer).map_err(|_| FetchError::Network)?;
            copy
        }
        Credential::Cookie(_) => {
            let init = RequestInit::new();
            init.set_credentials(RequestCredentials::Include);
            Request::new_with_request_and_init(&copy, &init).map_err(|_| FetchError::Network)?
        }
    };
    gloo_net::http::Request::from(copy).send().await.map(Into::into).map_err(|_| FetchError::Network)
}

/// Whether an answer refuses the credential: 401, and at the user URL also 404.
fn is_unauthorized(config: &SessionConfig, url: &str, response: &Response) -> bool {
    let user_url = config.token_storage.user_url();
    let is_user_url = || !user_url.is_empty() && Request::new_with_str(user_url).is_ok_and(|it| it.url() == url);
    response.status() == 401 || response.status() == 404 && is_user_url()
}
