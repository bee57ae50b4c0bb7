//! The app's communication with the backends: calls and their errors, queries that read, and mutations that write.

pub mod client;
pub mod first_answer;
pub mod mutation;
pub mod query;
pub mod sign_out;

pub use client::{ApiError, Call, call, call_url, call_with};
pub use mutation::{Mutation, Mutations, NoticeKind, PageLink, PageNotice, new_key, use_mutations};
pub use query::{Answers, Query, use_answers};
pub use sign_out::{SignOutProgress, TypedText, ended_without_request};
