//! The cookies that a request has brought.

use axum::http::{HeaderMap, header};

/// The first non-empty cookie of this name, whichever host has set it.
pub fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    all(headers, name).next()
}

/// All non-empty cookies of this name.
pub fn all<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
    let pairs = lines.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
    pairs.filter(move |(it, value)| *it == name && !value.is_empty()).map(|(_, value)| value)
}
