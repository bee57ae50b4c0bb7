//! Every call to the backend: one function each. Nothing else in the app knows an address or a status.

use leptos_fusionauth::{ApiRequest, FetchError, Method, Session, fetch_public, json};
use serde::de::DeserializeOwned;
use storefront_api::{Cart, FieldError, NewPost, Post, Problem, Product, Register, SetQuantity, User};
use thiserror::Error;

/// Why a call has no usable answer. The texts are for people.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ApiError {
    /// Nobody is signed in any more. The guard shows the sign-in form.
    #[error("You are signed out. Sign in to continue.")]
    SignedOut,
    /// The backend refused, and said why.
    #[error("{}", explain(.0))]
    Problem(Problem),
    /// No answer, or none about the request: worth another try.
    #[error("{}", no_answer(*.0))]
    NoAnswer(FetchError),
    /// An answer that is not what was agreed.
    #[error("The answer made no sense to this page. Try again, or reload the page.")]
    Unreadable,
}

impl From<FetchError> for ApiError {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::SignedOut => Self::SignedOut,
            FetchError::Reconnecting | FetchError::Network | FetchError::Timeout => Self::NoAnswer(error),
        }
    }
}

/// What the Store sells. Public.
pub async fn products() -> Result<Vec<Product>, ApiError> {
    read(fetch_public(ApiRequest::get("/api/products")).await).await
}

/// The shopper's cart.
pub async fn cart(session: Session) -> Result<Cart, ApiError> {
    read(session.fetch(ApiRequest::get("/api/load-shopping-cart")).await).await
}

/// Makes a line hold `quantity`; adds the line if there is none.
pub async fn set_quantity(session: Session, product: &str, quantity: i64) -> Result<(), ApiError> {
    let body = Some(json::encode(&SetQuantity { quantity }));
    accept(session.fetch(ApiRequest { method: Method::Put, url: line_url(product), body }).await).await.map(drop)
}

/// Removes a line.
pub async fn remove_line(session: Session, product: &str) -> Result<(), ApiError> {
    accept(session.fetch(ApiRequest { method: Method::Delete, url: line_url(product), body: None }).await).await.map(drop)
}

/// The Forums' posts, newest first.
pub async fn posts(session: Session) -> Result<Vec<Post>, ApiError> {
    read(session.fetch(ApiRequest::get("/api/load-posts")).await).await
}

/// Writes a post.
pub async fn write_post(session: Session, body: String) -> Result<Post, ApiError> {
    let body = Some(json::encode(&NewPost { body }));
    read(session.fetch(ApiRequest { method: Method::Post, url: "/api/posts".to_owned(), body }).await).await
}

/// Why there is no new account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotRegistered {
    /// What was typed can't be used.
    Faults(Vec<FieldError>),
    /// Anything else.
    Other(ApiError),
}

/// Makes an account for the Store and the Forums. Needs no session.
pub async fn register(email: &str, password: &str) -> Result<(), NotRegistered> {
    let wanted = Register { email: email.to_owned(), password: password.to_owned(), first_name: None, last_name: None };
    let request = ApiRequest { method: Method::Post, url: "/api/register".to_owned(), body: Some(json::encode(&wanted)) };
    let answer = fetch_public(request).await.map_err(|error| NotRegistered::Other(error.into()))?;
    if answer.status() == 422 {
        let faults = json::body::<Faults>(answer).await;
        return Err(faults.map_or(NotRegistered::Other(ApiError::Unreadable), |it| NotRegistered::Faults(it.errors)));
    }
    accept(Ok(answer)).await.map(drop).map_err(NotRegistered::Other)
}

/// What a [`storefront_api::ValidationProblem`] says about the inputs.
#[derive(serde::Deserialize)]
struct Faults {
    errors: Vec<FieldError>,
}

/// Who the backend says is signed in.
pub async fn user(session: Session) -> Result<User, ApiError> {
    read(session.fetch(ApiRequest::get("/api/user")).await).await
}

type Answer = Result<gloo_net::http::Response, FetchError>;

async fn read<T: DeserializeOwned>(answer: Answer) -> Result<T, ApiError> {
    let response = accept(answer).await?;
    json::body(response).await.map_err(|_| ApiError::Unreadable)
}

async fn accept(answer: Answer) -> Result<gloo_net::http::Response, ApiError> {
    let response = answer?;
    if response.ok() {
        return Ok(response);
    }
    match json::body(response).await {
        Ok(problem) => Err(ApiError::Problem(problem)),
        Err(json::Unreadable) => Err(ApiError::Unreadable),
    }
}

fn line_url(product: &str) -> String {
    format!("/api/shopping-cart/lines/{}", String::from(js_sys::encode_uri_component(product)))
}

fn explain(problem: &Problem) -> &str {
    match &problem.detail {
        Some(detail) if problem.status < 500 => detail,
        _ if problem.status < 500 => &problem.title,
        _ => "The service has a problem at the moment. Nothing was lost. Try again in a minute.",
    }
}

fn no_answer(error: FetchError) -> &'static str {
    match error {
        FetchError::Reconnecting => "Your sign-in can't be renewed right now. Nothing was lost. Try again in a moment.",
        FetchError::SignedOut | FetchError::Network | FetchError::Timeout => {
            "The service could not be reached. Nothing was lost. Check your connection and try again."
        }
    }
}
