//! The answers of the application's backend, for the calls that FusionAuth answers only with an API key.

use crate::error::FormError;
use std::{future::Future, pin::Pin};

/// An answer that arrives later. An error is shown by the form that asked.
pub type BackendAnswer<T> = Pin<Box<dyn Future<Output = Result<T, FormError>>>>;
