//! Authorized requests in the browser's own type, for code that has such a request already.

use crate::{ApiRequest, FetchError, Session, SessionConfig, browser::future_of, session::send_authorized};
use fusionauth_session::Credential;
use js_sys::Promise;
use wasm_bindgen::{JsCast, prelude::*};
use web_sys::{Request, Response};

#[wasm_bindgen(module = "/src/fetch_request.js")]
extern "C" {
    #[wasm_bindgen(js_name = fetchCopy)]
    fn fetch_copy(request: &Request, token: Option<&str>) -> Promise;
}

impl Session {
    /// Like [`Session::fetch`], for a request in the browser's own type, which can express more than [`ApiRequest`]: a
    /// stream, a signal, a cache mode. The session sets only the header `Authorization`, or with cookies the credentials mode. The result is
    /// the browser's answer. There is no time limit; the request's signal aborts the request and, while `request` exists, its answer.
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
        let is_unauthorized = |it: &Response| is_unauthorized(driver.config(), &url, it);
        send_authorized(driver, &ApiRequest::get(&*url), async |it| send(request, it).await, is_unauthorized).await
    }
}

async fn send(request: &Request, credential: &Credential) -> Result<Response, FetchError> {
    let token = match credential {
        Credential::Token(grant) => Some(grant.token.expose()),
        Credential::Cookie(_) => None,
    };
    // gloo-net panics if a page aborts the request with a reason that is not an `Error`.
    future_of(fetch_copy(request, token)).await.map(JsCast::unchecked_into).map_err(|_| FetchError::Network)
}

/// Whether an answer refuses the credential: 401, and at the user URL also 404.
fn is_unauthorized(config: &SessionConfig, url: &str, response: &Response) -> bool {
    let user_url = config.asked_user_url();
    let is_user_url = || !user_url.is_empty() && Request::new_with_str(user_url).is_ok_and(|it| it.url() == url);
    response.status() == 401 || response.status() == 404 && is_user_url()
}
