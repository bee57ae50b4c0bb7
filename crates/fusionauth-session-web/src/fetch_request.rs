//! Authorized requests in the browser's own type, for code that has such a request already.

use crate::{
    ApiRequest, FetchError, Session, SessionConfig,
    browser::{future_of, script},
    session::send_authorized,
};
use fusionauth_session::Credential;
use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Request, RequestCredentials, RequestInit, Response};

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

/// Sends a copy of the request, because a replay needs the body again.
async fn send(request: &Request, credential: &Credential) -> Result<Response, FetchError> {
    let copy = copy_of(request, credential).map_err(|_| FetchError::Network)?;
    // gloo-net panics if a page aborts the request with a reason that is not an `Error`.
    future_of(script::fetch(&copy)).await.map(JsCast::unchecked_into).map_err(|_| FetchError::Network)
}

/// A copy of the request with the credential.
fn copy_of(request: &Request, credential: &Credential) -> Result<Request, JsValue> {
    let (mut copy, signal) = (request.clone()?, request.signal());
    match credential {
        Credential::Token(grant) => copy.headers().set("Authorization", &("Bearer ".to_owned() + grant.token.expose()))?,
        Credential::Cookie(_) => {
            let init = RequestInit::new();
            init.set_credentials(RequestCredentials::Include);
            init.set_signal(Some(&signal));
            copy = Request::new_with_request_and_init(&copy, &init)?;
        }
    }
    // WebKit aborts an answer only while the request that fetched it exists.
    Reflect::set(&signal, &"request".into(), &copy)?;
    Ok(copy)
}

/// Whether an answer refuses the credential: 401, and at the user URL also 404.
fn is_unauthorized(config: &SessionConfig, url: &str, response: &Response) -> bool {
    let user_url = config.token_storage.user_url();
    let is_user_url = || !user_url.is_empty() && Request::new_with_str(user_url).is_ok_and(|it| it.url() == url);
    response.status() == 401 || response.status() == 404 && is_user_url()
}
