//! Why a request to the Forums fails, and the problem document for each reason.

use crate::http::{
    error::Error as HttpError,
    problem::{ProblemResponse, errors},
    rate_limit::TooOften,
};
use storefront_api::forums::MAX_TITLE_CHARS;
use storefront_api::{MAX_POST_CHARS, problems::ProblemCode};
use storefront_messages::{PostMessage, t};

errors! {
    /// Why a request to the Forums fails.
    #[derive(Debug, thiserror::Error)]
    pub enum Error {
        /// 422: the post is empty, or has only white space.
        #[error("{}", PostMessage::Empty.text(MAX_POST_CHARS))]
        PostEmpty = PostEmpty,
        /// 422: the post is longer than 2000 characters.
        #[error("{}", PostMessage::TooLong.text(MAX_POST_CHARS))]
        PostTooLong = PostTooLong,
        /// 422: the title is longer than 120 characters.
        #[error("{}", t!("A title can have up to {} characters.", MAX_TITLE_CHARS))]
        TitleTooLong = TitleTooLong,
        /// 422: one character of the post has so many combining marks that they would cover other lines.
        #[error("{}", PostMessage::TooManyMarks.text(MAX_POST_CHARS))]
        PostTooManyMarks = PostTooManyMarks,
        /// 422: the Store has no such product, so the thread cannot be about it.
        #[error("{}", t!("The Store doesn't have this product. Publish your post without it."))]
        ProductUnknown = ThreadProductUnknown,
        /// 404: there is no such post.
        #[error("{}", t!("We can't find that post."))]
        PostUnknown = PostUnknown,
        /// 403: the post belongs to another user.
        #[error("{}", t!("Only the author can change a post."))]
        NotAuthor = PostOfAnother,
        /// 403: only moderators may do this.
        #[error("{}", t!("Only a moderator can do this."))]
        NotModerator = ModeratorsOnly,
        /// 409: the post has another version than the author has read.
        #[error("{}", t!("This post has changed since you opened it. We kept the newer version. Compare the two, then save again."))]
        PostChanged = PostChanged,
        /// 409: the post is deleted, or the purge has removed its text.
        #[error("{}", t!("This post has been deleted."))]
        PostDeleted = PostDeleted,
        /// 409: a moderator has closed the thread, or the post that began the thread is deleted.
        #[error("{}", t!("This thread is closed. You can't reply to it."))]
        ThreadClosed = ThreadClosed,
        /// 429 with `Retry-After`: this user, or this client address, has published too many posts in a short time.
        #[error("{}", t!("You've published a lot of posts in a short time. Wait a moment, then publish this one."))]
        TooManyPosts(#[from] TooOften),
        /// 503 or 500: the database failed.
        #[error(transparent)]
        Database(#[from] sqlx::Error),
        /// 500: the time of a post in the database cannot be read.
        #[error(transparent)]
        Http(#[from] HttpError),
    }

    match error with ProblemResponse::new {
        Error::TooManyPosts(too_often) => too_often.problem(ProblemCode::TooManyAttempts, &error),
        Error::Database(error) => error.into(),
        Error::Http(error) => error.into(),
    }
}
