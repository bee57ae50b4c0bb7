//! The end of a page of a list: the sort key and the id of the page's last row. The next page begins after that row, so that posts that are
//! published between the two requests neither repeat nor skip a row (keyset pagination).

use crate::forums::error::Error;
use axum::http::{HeaderName, HeaderValue, header};
use serde::Deserialize;

/// The end of a page. As text it is `micros_id`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct PageCursor {
    /// The sort key: a time in microseconds since 1970.
    pub(super) micros: i64,
    /// The row's id.
    pub(super) id: String,
}

impl PageCursor {
    /// The cursor of the first page: every row comes after it.
    pub(super) fn latest() -> Self {
        Self { micros: i64::MAX, id: String::new() }
    }

    pub(super) fn text(&self) -> String {
        format!("{}_{}", self.micros, self.id)
    }
}

impl TryFrom<String> for PageCursor {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let parsed = text.split_once('_').and_then(|(micros, id)| Some(Self { micros: micros.parse().ok()?, id: post_id(id).ok()? }));
        parsed.ok_or("not a place in the list")
    }
}

/// The header that names the next page (RFC 8288).
pub(super) fn link_to_next(address: &str) -> Option<(HeaderName, HeaderValue)> {
    let value = HeaderValue::try_from(format!("<{address}>; rel=\"next\"")).ok()?;
    Some((header::LINK, value))
}

/// Accepts a text that can be the id of a post. Any other text counts as an unknown post and never reaches the database, because PostgreSQL
/// fails on a NUL byte in a text.
pub(super) fn post_id(text: &str) -> Result<String, Error> {
    let is_id = (1..=64).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-');
    if is_id { Ok(text.to_owned()) } else { Err(Error::PostUnknown) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursor_text_round_trips() {
        let cursor = PageCursor { micros: 1_795_000_000_000_000, id: "0d6f3f0e-6f0e".to_owned() };
        assert_eq!(PageCursor::try_from(cursor.text()), Ok(cursor));
        for bad in ["", "_", "1", "1_", "x_a", "1_a b", "1_\0", "99999999999999999999_a", "1_A"] {
            assert!(PageCursor::try_from(bad.to_owned()).is_err(), "{bad:?}");
        }
    }
}
