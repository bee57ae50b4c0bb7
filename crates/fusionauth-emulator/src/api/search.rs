//! Searches for resources by their names, such as `POST /api/tenant/search` (<https://fusionauth.io/docs/apis/tenants>).

use crate::domain::Refusal;
use crate::http::{JsonBody, Query};
use axum::extract::{FromRequest, FromRequestParts as _, Request};
use axum::http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use smart_default::SmartDefault;
use uuid::Uuid;

/// The criteria of a search: the query of a `GET`, or the member `search` of another request's body.
pub(super) struct Criteria<T>(pub(super) T);

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body<T> {
    search: T,
}

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for Criteria<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        if request.method() == Method::GET {
            let Query(search) = Query::from_request_parts(&mut request.into_parts().0, state).await?;
            return Ok(Self(search));
        }
        let JsonBody(Body { search }) = JsonBody::from_request(request, state).await?;
        Ok(Self(search))
    }
}

/// The criteria, and the part of the result to return. FusionAuth's other criteria have no effect here.
#[derive(Deserialize, SmartDefault)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Search {
    name: Option<String>,
    #[default(25)]
    number_of_results: usize,
    start_row: usize,
    pub(super) tenant_id: Option<Uuid>,
}

impl Search {
    /// Whether the search finds the name.
    pub(super) fn accepts(&self, name: &str) -> bool {
        self.name.as_deref().is_none_or(|pattern| matches(name, pattern))
    }

    pub(super) fn page<'a, T>(&self, found: &'a [T]) -> &'a [T] {
        page(found, self.start_row, self.number_of_results)
    }
}

/// One page of a search's result: `count` items from the index `start`.
pub(super) fn page<T>(found: &[T], start: usize, count: usize) -> &[T] {
    let rest = found.get(start..).unwrap_or_default();
    rest.get(..count).unwrap_or(rest)
}

/// Whether a search for the pattern finds the text. A pattern without a `*` finds every text that contains it.
pub(super) fn matches(text: &str, pattern: &str) -> bool {
    if pattern.contains('*') { is_like(text, pattern) } else { text.to_lowercase().contains(&pattern.to_lowercase()) }
}

/// Whether the text matches the pattern, ignoring case. A `*` matches any text.
pub(super) fn is_like(text: &str, pattern: &str) -> bool {
    let (text, pattern) = (text.to_lowercase(), pattern.to_lowercase());
    let Some((first, rest)) = pattern.split_once('*') else { return text == pattern };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*') {
        let Some((_, after)) = text.split_once(part) else { return false };
        text = after;
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let rows = [
            ("ann@shop.test", "ANN@*", true),
            ("ann@shop.test", "*@shop.*", true),
            ("ann@shop.test", "*", true),
            ("ann", "a*n*n", true),
            ("an", "a*n*n", false),
            ("ann", "ann", true),
            ("ann", "an", false),
            ("a", "a*a", false),
        ];
        for (text, pattern, expected) in rows {
            assert_eq!(is_like(text, pattern), expected, "{text} {pattern}");
        }
        assert_eq!((page(&[1, 2, 3], 1, 1), page(&[1, 2, 3], 2, 9), page(&[1], 5, 1)), (&[2][..], &[3][..], &[][..]));
    }
}
