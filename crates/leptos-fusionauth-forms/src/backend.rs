//! The answers of the application's backend, for the calls that FusionAuth answers only with an API key.

use crate::error::FormError;
use std::{future::Future, pin::Pin};

/// An answer that arrives later.
pub type BackendAnswer<T> = Pin<Box<dyn Future<Output = Result<T, BackendError>>>>;

/// Why the backend did not do what a form asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BackendError {
    /// The id is unknown, was used, or has expired.
    Expired,
    /// Any other error, as the form shows it.
    Form(FormError),
}
