//! Sends requests to a backend, and turns each answer into a value, or into an error with a text for people.
//!
//! The features call the endpoints of [`storefront_api::endpoints`]. No page checks an HTTP status.

use crate::ui::{
    form::{FieldError, FormError, TextField},
    format,
};
use gloo_net::http::Method;
use leptos_fusionauth::{ApiRequest, BodyChunks, FetchError, Session, fetch_public};
use serde::{Serialize, de::DeserializeOwned};
use std::{marker::PhantomData, time::Duration};
use storefront_api::endpoints::{self, Endpoint, EndpointInfo, EventStream, JsonText, NoBody};
use storefront_api::{Problem, problems::ProblemCode};
use storefront_messages::{Language, Text, t};
use thiserror::Error;

/// Why a call failed. The texts are for people.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ApiError {
    /// The session has ended. The guard shows the sign-in form.
    #[error("{}", t!("You are signed out. Sign in to continue."))]
    SignedOut,
    /// The backend answered with a problem document, which states the reason.
    #[error("{}", explain(.0))]
    Problem(Problem),
    /// No usable answer arrived, or the session could not be renewed. A retry may help.
    #[error("{}", explain_missing_answer(*.0))]
    NoAnswer(FetchError),
    /// The request waited for so long that the backend may have forgotten its idempotency key. It was not sent, because the backend might
    /// execute it a second time.
    #[error("{}", t!("This waited for more than a day, so we didn't send it. Add it again if you still want it."))]
    WaitedTooLong,
    /// The answer is not the expected JSON.
    #[error("{}", OUT_OF_ORDER.get())]
    Unreadable,
}

const OUT_OF_ORDER: Text = Text::new("Something went wrong on our side. Try again in a minute.");

impl ApiError {
    /// Whether the same request may succeed later, so that "Try again" makes sense.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Problem(problem) => problem.status >= 500 || problem.status == 429 || problem.status == 412,
            Self::NoAnswer(_) | Self::Unreadable => true,
            Self::SignedOut | Self::WaitedTooLong => false,
        }
    }

    /// Whether the request may have taken effect. Also true for [`ApiError::SignedOut`], because the request may have been in flight when
    /// the session ended.
    pub fn may_be_done(&self) -> bool {
        self.is_retryable() || *self == Self::SignedOut
    }

    /// Whether the backend answered with this problem.
    #[inline(always)] // see `ProblemCode::kind`
    pub fn is(&self, code: ProblemCode) -> bool {
        self.kind() == Some(code.kind())
    }

    fn kind(&self) -> Option<&str> {
        match self {
            Self::Problem(problem) => Some(&problem.kind),
            Self::SignedOut | Self::NoAnswer(_) | Self::WaitedTooLong | Self::Unreadable => None,
        }
    }

    /// Whether the backend failed, so that the request may or may not have taken effect.
    pub fn is_server_error(&self) -> bool {
        matches!(self, Self::Problem(problem) if problem.status >= 500)
    }

    /// Whether the resource of the request does not exist, or no longer exists.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Problem(problem) if problem.status == 404)
    }

    /// The error for a form. Each error of a request member appears at the field with the same `name`, or else at the first field.
    pub fn in_form(&self, fields: &[TextField]) -> FormError {
        match self {
            Self::Problem(problem) if !problem.errors.is_empty() => {
                let field = |name: &str| fields.iter().find(|it| it.name == name).unwrap_or(&fields[0]).field;
                let errors = problem.errors.iter().map(|it| FieldError { field: field(&it.field), message: it.message.clone() });
                FormError::Fields(errors.collect())
            }
            _ if self.is_retryable() => FormError::Retryable(self.to_string(), ""),
            _ => FormError::Form(self.to_string(), ""),
        }
    }
}

impl From<FetchError> for ApiError {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::SignedOut => Self::SignedOut,
            FetchError::Unreadable => Self::Unreadable,
            _ => Self::NoAnswer(error),
        }
    }
}

/// A request to an endpoint that answers with `Answer`. It is not sent yet.
#[derive(Clone)]
pub struct Call<Answer> {
    request: ApiRequest,
    answer: PhantomData<fn() -> Answer>,
}

/// A request without a body. `values` replace the segments in braces of the endpoint's path.
pub fn call<Answer>(endpoint: Endpoint<NoBody, Answer>, values: &[&str]) -> Call<Answer> {
    Call { request: request_to(endpoint.info, values), answer: PhantomData }
}

/// Like [`call`], with the body as JSON.
pub fn call_with<Body: Serialize, Answer>(endpoint: Endpoint<Body, Answer>, values: &[&str], body: &Body) -> Call<Answer> {
    Call { request: request_to(endpoint.info, values).json(body), answer: PhantomData }
}

/// A request to a URL of the endpoint: with a query, or as the backend has named it for the next page of a list.
pub fn call_url<Answer>(endpoint: Endpoint<NoBody, Answer>, url: String) -> Call<Answer> {
    Call { request: ApiRequest::new(method(endpoint.info), url), answer: PhantomData }
}

fn request_to(endpoint: &EndpointInfo, values: &[&str]) -> ApiRequest {
    ApiRequest::new(method(endpoint), endpoint.url(values.iter().map(|it| js_sys::encode_uri_component(it).into())))
}

fn method(endpoint: &EndpointInfo) -> Method {
    match endpoint.method {
        endpoints::Method::GET => Method::GET,
        endpoints::Method::POST => Method::POST,
        endpoints::Method::PUT => Method::PUT,
        endpoints::Method::DELETE => Method::DELETE,
    }
}

impl<Answer> Call<Answer> {
    /// Adds the key that all attempts of one write share, if that write must take effect only once.
    pub fn key(self, idempotency_key: String) -> Self {
        Self { request: self.request.idempotency_key(idempotency_key), ..self }
    }

    /// Adds a header.
    pub fn header(self, name: &str, value: &str) -> Self {
        Self { request: self.request.header(name, value), ..self }
    }
}

impl<Answer: DeserializeOwned> Call<Answer> {
    /// Sends the request on behalf of the signed-in user, or without a session, and decodes the answer.
    pub fn send(self, session: impl Into<Option<Session>>) -> impl Future<Output = Result<Answer, ApiError>> {
        let answer = fetch(session.into(), self.request);
        async { decode(answer.await?).await }
    }

    /// Does the same as [`Call::send`], and also returns four headers of the answer.
    pub async fn send_for_headers(self, session: Option<Session>, names: [&str; 4]) -> Result<(Answer, [Option<String>; 4]), ApiError> {
        let response = fetch(session, self.request).await?;
        let headers = names.map(|name| response.header(name));
        Ok((decode(response).await?, headers))
    }
}

impl Call<JsonText> {
    /// Sends the request on behalf of the signed-in user, or without a session, and returns the answer's text.
    pub async fn send_for_text(self, session: impl Into<Option<Session>>) -> Result<String, ApiError> {
        Ok(successful(fetch(session.into(), self.request).await?).await?.text().await?)
    }

    /// Sends the request without a session, and decodes the answer, which is FusionAuth's.
    pub async fn send_as<Answer: DeserializeOwned>(self) -> Result<Answer, ApiError> {
        decode(fetch(None, self.request).await?).await
    }
}

impl Call<EventStream> {
    /// Opens the stream on behalf of the signed-in user. An answer that is not a stream is an error. A stream that sends nothing for
    /// `silence` ends with [`FetchError::Timeout`].
    pub async fn send_for_events(self, session: Session, silence: Duration) -> Result<BodyChunks, ApiError> {
        let response = session.fetch(self.request).await?;
        let is_stream = response.status() == 200 && response.header("Content-Type").is_some_and(|it| it.starts_with("text/event-stream"));
        if is_stream { Ok(response.into_chunks(silence)) } else { Err(ApiError::Unreadable) }
    }
}

/// Sends a request in the page's language, in which the backend answers. `boot.js` sends the same header.
async fn fetch(session: Option<Session>, request: ApiRequest) -> Result<leptos_fusionauth::Response, FetchError> {
    let request = request.header("Accept-Language", Language::current().tag());
    match session {
        Some(session) => session.fetch(request).await,
        None => fetch_public(request).await,
    }
}

/// Decodes an answer with a 2xx status, and turns any other answer into an error.
async fn decode<T: DeserializeOwned>(response: leptos_fusionauth::Response) -> Result<T, ApiError> {
    Ok(successful(response).await?.json().await?)
}

/// Returns an answer with a 2xx status, and turns any other answer into an error. So is a successful page of HTML, with which a network
/// answers that wants its users to sign in.
async fn successful(response: leptos_fusionauth::Response) -> Result<leptos_fusionauth::Response, ApiError> {
    if response.is_success() && response.header("Content-Type").is_some_and(|it| it.starts_with("text/html")) {
        return Err(ApiError::NoAnswer(FetchError::Unreadable));
    }
    response.header("Date").iter().for_each(|date| format::note_server_time(date));
    if response.is_success() { Ok(response) } else { Err(ApiError::Problem(response.json().await?)) }
}

/// The prefixes of the codes of problems that no request of this app version can cause. If such a code arrives, the tab probably runs an
/// older version than the server.
const UNEXPECTED: [&str; 6] = ["body-", "form-", "header-", "host-", "idempotency-", "method-"];

fn explain(problem: &Problem) -> &str {
    match problem.kind.strip_prefix("/problems/") {
        Some("internal" | "database-unavailable") => OUT_OF_ORDER.get(),
        None if problem.status >= 500 => OUT_OF_ORDER.get(),
        Some(code) if UNEXPECTED.iter().any(|it| code.starts_with(it)) => t!("This page is out of date. Reload it, then try again."),
        _ => problem.errors.first().map(|it| &it.message).or(problem.detail.as_ref()).unwrap_or(&problem.title),
    }
}

fn explain_missing_answer(error: FetchError) -> &'static str {
    match error {
        FetchError::Unreadable => t!("Your network answered instead of our server. Sign in to the network, then try again."),
        FetchError::Reconnecting => t!("We can't renew your sign-in right now. Try again in a moment."),
        _ => t!("We couldn't reach the server. Check your connection and try again."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::form::Field;
    use storefront_api::problems::Explanation;
    use wasm_bindgen_test::wasm_bindgen_test;

    const DETAIL: &str = "There are only 2 left.";

    fn problem(code: &str, status: u16) -> Problem {
        let detail = Some(DETAIL.to_owned());
        Problem { kind: format!("/problems/{code}"), title: "Not enough in stock".to_owned(), status, detail, errors: Vec::new() }
    }

    #[wasm_bindgen_test]
    fn people_read_the_detail_or_the_apps_own_text() {
        for code in ProblemCode::ALL {
            let shown = ApiError::Problem(Problem { kind: code.kind().to_owned(), ..problem("", code.status()) }).to_string();
            assert_eq!(shown == DETAIL, code.explanation() == Explanation::Detail, "{code:?} shows {shown:?}");
        }
    }

    #[wasm_bindgen_test]
    fn a_problem_shows_its_most_specific_text() {
        let field = storefront_api::MemberError { field: "displayName".into(), code: "taken".into(), message: "Choose another.".into() };
        let bare = Problem { detail: None, ..problem("out-of-stock", 409) };
        let of_a_proxy = Problem { kind: "about:blank".to_owned(), ..problem("", 502) };
        let table = [
            (problem("out-of-stock", 409), DETAIL),
            (bare, "Not enough in stock"),
            (Problem { errors: vec![field], ..problem("invalid", 422) }, "Choose another."),
            (problem("sign-out-pending", 503), DETAIL),
            (problem("internal", 500), OUT_OF_ORDER.get()),
            (of_a_proxy, OUT_OF_ORDER.get()),
            (problem("body-shape", 422), "This page is out of date. Reload it, then try again."),
        ];
        for (problem, text) in table {
            assert_eq!(ApiError::Problem(problem.clone()).to_string(), text, "{problem:?}");
        }
    }

    #[wasm_bindgen_test]
    fn a_form_shows_what_is_wrong_at_its_field() {
        let fields = ["email", "displayName"].map(|name| TextField::new(Field { id: name, error_id: "" }, Text::new("Email"), name, ""));
        let error = |name: &str| storefront_api::MemberError { field: name.into(), code: "blank".into(), message: name.to_uppercase() };
        let errors = vec![error("displayName"), error("unknown")];
        let shown = ApiError::Problem(Problem { errors, ..problem("invalid", 422) }).in_form(&fields);
        let expected = [(fields[1].field, "DISPLAYNAME"), (fields[0].field, "UNKNOWN")];
        assert_eq!(shown, FormError::Fields(expected.map(|(field, message)| FieldError { field, message: message.into() }).into()));
        assert!(matches!(ApiError::Problem(problem("internal", 500)).in_form(&fields), FormError::Retryable(..)));
        assert!(matches!(ApiError::SignedOut.in_form(&fields), FormError::Form(..)));
    }
}
