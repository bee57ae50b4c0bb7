//! Why a request to the Forums fails, and the problem document for each reason.

use crate::http::{error::Error as HttpError, problem::ProblemResponse, rate_limit::TooOften};
use axum::http::StatusCode;
use storefront_api::MAX_POST_CHARS;
use storefront_messages::{PostMessage, t};

/// Why a request to the Forums fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 422: the post is empty, or has nothing but white space.
    #[error("{}", PostMessage::Empty.text(MAX_POST_CHARS))]
    PostEmpty,
    /// 422: the post is longer than 2000 characters.
    #[error("{}", PostMessage::TooLong.text(MAX_POST_CHARS))]
    PostTooLong,
    /// 422: the post has a control character other than line breaks and tabs.
    #[error("{}", PostMessage::ControlCharacter.text(MAX_POST_CHARS))]
    PostControlCharacter,
    /// 422: one character of the post has so many combining marks that they would paint over other lines.
    #[error("{}", PostMessage::TooManyMarks.text(MAX_POST_CHARS))]
    PostTooManyMarks,
    /// 429 with `Retry-After`: this user, or this address, has published too many posts in a short time.
    #[error("{}", t!("You have published many posts in a short time. Wait a moment, then publish this one."))]
    TooManyPosts(#[from] TooOften),
    /// 503 or 500: the database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// 500: the time of a post in the database cannot be read.
    #[error(transparent)]
    Http(#[from] HttpError),
}

impl From<Error> for ProblemResponse {
    fn from(error: Error) -> Self {
        let (slug, title) = match error {
            Error::PostEmpty => ("post-empty", t!("Empty post")),
            Error::PostTooLong => ("post-too-long", t!("Post too long")),
            Error::PostControlCharacter => ("post-control-character", t!("Control character in post")),
            Error::PostTooManyMarks => ("post-too-many-marks", t!("Too many marks in post")),
            Error::TooManyPosts(ref too_often) => {
                let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-attempts", t!("Too many posts"), &error);
                return problem.with_retry_after(too_often.retry_after_seconds());
            }
            Error::Database(error) => return error.into(),
            Error::Http(error) => return error.into(),
        };
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, slug, title, &error)
    }
}
