//! Searches for resources by their members, such as `POST /api/tenant/search` (<https://fusionauth.io/docs/apis/tenants>).

use crate::domain::Refusal;
use crate::http::{JsonBody, Query, json};
use axum::extract::{FromRequest, FromRequestParts as _, Request};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::cmp::Ordering;

/// The criteria of a search: the query of a `GET`, or the member `search` of another request's body. A name matches by a pattern. Other
/// members must be equal except for case. `orderBy` names columns, such as `name DESC, id`.
pub(super) struct Criteria {
    members: Map<String, Value>,
    /// The terms of the member `queryString`.
    terms: Vec<Term>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Body {
    search: Map<String, Value>,
    /// Members that are left out of the answer. The emulator always sends all members.
    _expand: Option<Value>,
}

impl<S: Send + Sync> FromRequest<S> for Criteria {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        if request.method() == Method::GET {
            let Query(pairs): Query<Vec<(String, String)>> = Query::from_request_parts(&mut request.into_parts().0, state).await?;
            let (ids, others): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(name, _)| name == "ids");
            let mut search: Map<String, Value> = others.into_iter().map(|(name, value)| (name, json!(value))).collect();
            if !ids.is_empty() {
                search.insert("ids".to_owned(), ids.into_iter().map(|(_, id)| id).collect());
            }
            return Self::new(search);
        }
        let JsonBody(Body { search, .. }) = JsonBody::from_request(request, state).await?;
        Self::new(search)
    }
}

/// Criteria that select nothing by themselves.
const OTHERS: [&str; 7] = ["expand", "numberOfResults", "orderBy", "query", "queryString", "startRow", "universal"];

impl Criteria {
    fn new(members: Map<String, Value>) -> Result<Self, Refusal> {
        let query = members.get("queryString").and_then(Value::as_str);
        let terms = query.map_or(Ok(vec![]), |text| terms("search.queryString", text))?;
        Ok(Self { members, terms })
    }

    /// Whether the search finds this resource.
    pub(super) fn find(&self, resource: &Value) -> bool {
        if self.members.get("ids").and_then(Value::as_array).is_some_and(|ids| !ids.contains(&resource["id"])) {
            return false;
        }
        if !self.terms.iter().all(|it| it.accepts(resource)) {
            return false;
        }
        let wanted = self.members.iter().filter_map(|(name, wanted)| Some((name.as_str(), wanted.as_str()?)));
        wanted.filter(|(name, _)| !OTHERS.contains(name)).all(|(name, wanted)| {
            let value = resource[name].as_str().unwrap_or_default();
            if name == "name" { matches(value, wanted) } else { value.to_lowercase() == wanted.to_lowercase() }
        })
    }

    /// A page of the resources, in the order of the search, and how many there are.
    pub(super) fn answer(&self, members: &str, mut found: Vec<Value>) -> Response {
        let columns = self.members.get("orderBy").and_then(Value::as_str).unwrap_or_default().split(',');
        let columns = columns.map(|it| it.trim().split_once(' ').unwrap_or((it.trim(), "")));
        let fields = self.members.get("sortFields").and_then(Value::as_array).into_iter().flatten();
        let fields = fields.map(|it| (it["name"].as_str().unwrap_or_default(), it["order"].as_str().unwrap_or_default()));
        let columns = columns.chain(fields).map(|(name, direction)| (name, direction.trim().eq_ignore_ascii_case("desc")));
        sort(&mut found, &columns.collect::<Vec<_>>());
        let page = page(&found, self.number("startRow", 0), self.number("numberOfResults", 25));
        json(StatusCode::OK, &json!({members: page, "total": found.len()}))
    }

    fn number(&self, name: &str, default: usize) -> usize {
        match self.members.get(name) {
            Some(Value::String(text)) => text.parse().unwrap_or(default),
            Some(value) => value.as_u64().and_then(|it| usize::try_from(it).ok()).unwrap_or(default),
            None => default,
        }
    }
}

/// Sorts resources by members that are texts or numbers. Each has a flag for the descending order.
pub(super) fn sort(found: &mut [Value], columns: &[(&str, bool)]) {
    let compare = |one: &Value, other: &Value| one.as_i64().cmp(&other.as_i64()).then_with(|| one.as_str().cmp(&other.as_str()));
    found.sort_by(|one, other| {
        let by = |(name, descends): &(&str, bool)| {
            let ordering = compare(&one[name], &other[name]);
            if *descends { ordering.reverse() } else { ordering }
        };
        columns.iter().map(by).fold(Ordering::Equal, Ordering::then)
    });
}

/// One page of a search's result: `count` items from the index `start`.
pub(super) fn page<T>(found: &[T], start: usize, count: usize) -> &[T] {
    let rest = found.get(start..).unwrap_or_default();
    rest.get(..count).unwrap_or(rest)
}

/// Whether a search for the pattern finds the text. A pattern without a `*` finds every text that contains it.
fn matches(text: &str, pattern: &str) -> bool {
    if pattern.contains('*') { is_like(text, pattern) } else { text.to_lowercase().contains(&pattern.to_lowercase()) }
}

/// Whether the text matches the pattern, ignoring case. A `*` matches any text.
fn is_like(text: &str, pattern: &str) -> bool {
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

/// A condition of a query string.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Term {
    /// One of the names contains the text, or matches the text if it contains a `*`.
    Anywhere(String),
    /// The member at this path matches the pattern.
    Member { path: String, pattern: String },
}

/// The terms of a query string, which the request has at the path `at`. Alternatives and brackets are not supported.
pub(super) fn terms(at: &str, text: &str) -> Result<Vec<Term>, Refusal> {
    if text.contains(" OR ") || text.contains(['(', ')', '[', ']']) {
        return Err(Refusal::field("invalid", at, "Use a text, or pairs such as email:*@shop.test AND verified:true."));
    }
    Ok(text.split(" AND ").map(|it| term(it.trim())).collect())
}

fn term(text: &str) -> Term {
    match text.split_once(':') {
        Some((path, pattern)) if path.chars().all(|it| it.is_ascii_alphanumeric() || it == '.') => {
            Term::Member { path: path.to_owned(), pattern: pattern.trim().trim_matches('"').to_owned() }
        }
        _ => Term::Anywhere(text.trim_matches('"').to_owned()),
    }
}

impl Term {
    pub(super) fn accepts(&self, resource: &Value) -> bool {
        match self {
            Self::Anywhere(text) => {
                let names = ["email", "firstName", "fullName", "lastName", "middleName", "mobilePhone", "name", "username"];
                let mut names = names.iter().filter_map(|it| resource[it].as_str());
                text == "*" || names.any(|it| matches(it, text))
            }
            Self::Member { path, pattern } => has_member(resource, path, pattern),
        }
    }
}

/// Whether the member at `path` matches the pattern. For a list, one matching element is enough.
fn has_member(value: &Value, path: &str, pattern: &str) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|it| has_member(it, path, pattern)),
        Value::Object(members) => {
            let (name, rest) = path.split_once('.').unwrap_or((path, ""));
            members.get(name).is_some_and(|it| has_member(it, rest, pattern))
        }
        Value::String(text) => path.is_empty() && is_like(text, pattern),
        Value::Number(number) => path.is_empty() && number.to_string() == pattern,
        Value::Bool(is_set) => path.is_empty() && is_set.to_string() == pattern,
        Value::Null => false,
    }
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

    #[test]
    fn a_query_string_is_a_text_or_pairs() {
        assert_eq!(terms("", "ann").ok(), Some(vec![Term::Anywhere("ann".to_owned())]));
        let member = |path: &str, pattern: &str| Term::Member { path: path.to_owned(), pattern: pattern.to_owned() };
        let pairs = vec![member("email", "*@shop.test"), member("verified", "true")];
        assert_eq!(terms("", "email:\"*@shop.test\" AND verified:true").ok(), Some(pairs));
        assert!(terms("", "a OR b").is_err() && terms("", "(a)").is_err());
        let user = json!({"email": "ann@shop.test", "registrations": [{"roles": ["user", "admin"]}], "verified": true});
        for (text, expected) in [
            ("shop", true),
            ("ann@*", true),
            ("*", true),
            ("bob", false),
            ("registrations.roles:admin", true),
            ("registrations.roles:owner", false),
            ("email:*@shop.test AND verified:true", true),
            ("email:*@shop.test AND verified:false", false),
            ("email.no:x", false),
        ] {
            assert_eq!(terms("", text).unwrap().iter().all(|it| it.accepts(&user)), expected, "{text}");
        }
    }
}
