//! Searches for resources by their members, such as `POST /api/tenant/search` (<https://fusionauth.io/docs/apis/tenants>).

use crate::domain::Refusal;
use crate::http::body::report_unknown;
use crate::http::{JsonBody, Query, json};
use crate::state::UnknownMembers;
use axum::extract::{FromRequest, FromRequestParts as _, Request};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use fusionauth_api::errors::Errors;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashSet};
use uuid::Uuid;
use wildmatch::WildMatch;

/// The criteria of a search: the query of a `GET`, or the member `search` of another request's body. A name matches by a pattern. Other
/// members must be equal except for case. `ids` takes precedence over everything else. `orderBy` names columns, such as `name DESC, id`.
pub(super) struct Criteria {
    members: Map<String, Value>,
    /// The wanted ids. Texts that are no ids are left out.
    ids: Option<HashSet<Uuid>>,
    /// The condition of the member `queryString`.
    condition: Option<Term>,
    /// The columns of the order, each with a flag for the descending one.
    columns: Vec<(String, bool)>,
    start_row: usize,
    number_of_results: usize,
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
            return Self::new("", from_pairs(pairs)?);
        }
        let JsonBody(Body { search, .. }) = JsonBody::from_request(request, state).await?;
        Self::new("search.", search)
    }
}

/// The members of a query. `ids` may occur several times, and `sortFields[0].name` stands for a member of a list. The indexes of the list
/// must begin at 0 and have no gaps, which bounds the list by the query.
fn from_pairs(pairs: Vec<(String, String)>) -> Result<Map<String, Value>, Refusal> {
    let (mut members, mut ids, mut fields) = (Map::new(), Vec::new(), Vec::new());
    for (name, value) in pairs {
        if name == "ids" {
            ids.push(json!(value));
        } else if let Some((index, member)) = name.strip_prefix("sortFields[").and_then(|it| it.split_once("].")) {
            let index: Option<usize> = index.parse().ok().filter(|it| *it <= fields.len());
            let index = index.ok_or_else(|| Refusal::field("invalid", &name, "The indexes must be 0, 1 and so on."))?;
            fields.resize(fields.len().max(index + 1), json!({}));
            fields[index][member] = json!(value);
        } else {
            members.insert(name, json!(value));
        }
    }
    for (name, list) in [("ids", ids), ("sortFields", fields)] {
        if !list.is_empty() {
            members.insert(name.to_owned(), Value::Array(list));
        }
    }
    Ok(members)
}

impl Criteria {
    /// `at` is the path of the members in the request, with a dot at its end.
    pub(super) fn new(at: &str, mut members: Map<String, Value>) -> Result<Self, Refusal> {
        let refused = |kind: &str, name: &str, message: &str| Refusal::field(kind, &format!("{at}{name}"), message);
        let id = |it: &Value| it.as_str()?.parse().ok();
        let ids = members.remove("ids").filter(|it| it.as_array().is_some_and(|it| !it.is_empty()));
        let ids: Option<HashSet<Uuid>> = ids.map(|it| it.as_array().into_iter().flatten().filter_map(id).collect());
        if ids.is_none() && members.contains_key("query") {
            return Err(refused("invalid", "query", "Only FusionAuth with Elasticsearch supports this. Use queryString instead."));
        }
        if members.contains_key("nextResults") {
            return Err(refused("invalid", "nextResults", "Only FusionAuth with Elasticsearch supports this. Use startRow instead."));
        }
        let query_string = members.remove("queryString");
        let condition =
            query_string.as_ref().and_then(Value::as_str).map(|text| condition(&format!("{at}queryString"), text)).transpose()?;
        let mut number = |name: &str, default: u64| {
            let value = members.remove(name).unwrap_or(json!(default));
            let number = value.as_str().map_or_else(|| value.as_u64(), |text| text.parse().ok());
            let number = number.and_then(|it| usize::try_from(it).ok());
            number.ok_or_else(|| refused("couldNotConvert", name, "This is not a number."))
        };
        let (start_row, number_of_results) = (number("startRow", 0)?, number("numberOfResults", 25)?);
        let mut columns = Vec::new();
        let order_by = members.remove("orderBy").unwrap_or_default();
        for column in order_by.as_str().unwrap_or_default().split(',') {
            let (name, direction) = column.trim().split_once(' ').unwrap_or((column.trim(), ""));
            columns.push((name.to_owned(), direction.trim().eq_ignore_ascii_case("desc")));
        }
        let fields = members.remove("sortFields").unwrap_or_default();
        for field in fields.as_array().into_iter().flatten() {
            let order = field["order"].as_str().unwrap_or("asc");
            if !["asc", "desc"].contains(&order) {
                return Err(refused("invalid", "sortFields", "expected the order asc or desc."));
            }
            columns.push((field["name"].as_str().unwrap_or_default().to_owned(), order == "desc"));
        }
        members.retain(|name, _| !["accurateTotal", "expand", "query", "universal"].contains(&name.as_str()));
        Ok(Self { members, ids, condition, columns, start_row, number_of_results })
    }

    /// Whether the search names ids or has a query string.
    pub(super) const fn is_selective(&self) -> bool {
        self.ids.is_some() || self.condition.is_some()
    }

    /// Refuses or forgets the members that are not for every kind of resource.
    pub(super) fn without_members(mut self, unknown: UnknownMembers) -> Result<Self, Errors> {
        report_unknown(&std::mem::take(&mut self.members).into_iter().map(|(name, _)| name).collect::<Vec<_>>(), unknown)?;
        Ok(self)
    }

    /// The members of a resource that decide whether the search finds it, and where.
    pub(super) fn deciding_members(&self) -> BTreeSet<&str> {
        let own = self.members.keys().map(String::as_str).chain(self.columns.iter().map(|(name, _)| name.as_str()));
        let mut names: BTreeSet<&str> = own.chain(["id"]).collect();
        if self.ids.is_none() {
            self.condition.iter().for_each(|it| it.add_members(&mut names));
        }
        names
    }

    /// Whether the search finds this resource.
    pub(super) fn find(&self, resource: &Value) -> bool {
        if let Some(ids) = &self.ids {
            return resource["id"].as_str().and_then(|it| it.parse().ok()).is_some_and(|id| ids.contains(&id));
        }
        if self.condition.as_ref().is_some_and(|it| !it.accepts(resource)) {
            return false;
        }
        self.members.iter().filter_map(|(name, wanted)| Some((name, wanted.as_str()?))).all(|(name, wanted)| {
            let value = resource[name].as_str().unwrap_or_default();
            if name == "name" { matches(value, wanted) } else { value.to_lowercase() == wanted.to_lowercase() }
        })
    }

    /// A page of the resources, in the order of the search, and how many there are.
    pub(super) fn answer(&self, members: &str, mut found: Vec<Value>) -> Response {
        let page = self.page(&mut found);
        json(StatusCode::OK, &json!({members: page, "total": found.len()}))
    }

    /// Sorts the resources, and returns the page that the search asks for.
    pub(super) fn page<'a>(&self, found: &'a mut [Value]) -> &'a [Value] {
        sort(found, &self.columns);
        page(found, self.start_row, self.number_of_results)
    }
}

/// Sorts resources by members that are texts or numbers. Each has a flag for the descending order.
fn sort(found: &mut [Value], columns: &[(String, bool)]) {
    let compare = |one: &Value, other: &Value| one.as_i64().cmp(&other.as_i64()).then_with(|| one.as_str().cmp(&other.as_str()));
    found.sort_by(|one, other| {
        let by = |(name, descends): &(String, bool)| {
            let ordering = compare(&one[name], &other[name]);
            if *descends { ordering.reverse() } else { ordering }
        };
        columns.iter().map(by).fold(Ordering::Equal, Ordering::then)
    });
}

/// One page of a search's result: `count` items from the index `start`.
fn page<T>(found: &[T], start: usize, count: usize) -> &[T] {
    let rest = found.get(start..).unwrap_or_default();
    rest.get(..count).unwrap_or(rest)
}

/// Whether a search for the pattern finds the text. A pattern without `*` and `?` finds every text that contains it.
fn matches(text: &str, pattern: &str) -> bool {
    if pattern.contains(['*', '?']) { is_like(text, pattern) } else { text.to_lowercase().contains(&pattern.to_lowercase()) }
}

/// Whether the text matches the pattern, ignoring case. A `*` matches any text, and a `?` one character.
fn is_like(text: &str, pattern: &str) -> bool {
    WildMatch::new(&pattern.to_lowercase()).matches(&text.to_lowercase())
}

/// A condition of a query string.
#[derive(Debug, PartialEq, Eq)]
enum Term {
    All(Vec<Term>),
    Any(Vec<Term>),
    Not(Box<Term>),
    /// One of the names contains the text, or matches the text if it contains a `*`.
    Anywhere(String),
    /// There is a member at this path.
    Exists(String),
    /// The member at this path matches the pattern.
    Member {
        path: String,
        pattern: String,
    },
}

/// The condition of a query string, which the request has at the path `at`. It is a text, or pairs with `AND`, `OR`, `NOT` and brackets.
/// Everything else of Elasticsearch's syntax is an error that names it.
fn condition(at: &str, text: &str) -> Result<Term, Refusal> {
    let tokens = tokens(text);
    let is_text = tokens.iter().all(|it| matches!(it, Token::Word(word) if !word.contains(':') && !is_operator(word)));
    if is_text {
        return Ok(Term::Anywhere(text.trim().trim_matches('"').to_owned()));
    }
    let mut parser = Parser { tokens: tokens.into_iter().peekable(), depth: 0 };
    let parsed = parser.any().and_then(|it| parser.tokens.next().map_or(Ok(it), |next| Err(next.to_string())));
    parsed.map_err(|found| {
        let known = "Use a text, or pairs such as email:*@shop.test with AND, OR, NOT and brackets.";
        Refusal::field("invalid", at, &format!("The emulator does not understand {found} here. {known}"))
    })
}

/// A part of a query string.
#[derive(Clone, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    /// A text up to a blank or a bracket. In a quoted part, both belong to it.
    Word(String),
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Open => "(",
            Self::Close => ")",
            Self::Word(word) => word,
        })
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let (mut tokens, mut word, mut is_quoted) = (Vec::new(), String::new(), false);
    for it in text.chars() {
        match it {
            '"' => {
                is_quoted = !is_quoted;
                word.push(it);
            }
            ' ' | '\t' | '\n' | '\r' | '(' | ')' if !is_quoted => {
                // A blank may follow the colon of a pair.
                if it.is_whitespace() && word.ends_with(':') {
                    continue;
                }
                tokens.extend((!word.is_empty()).then(|| Token::Word(std::mem::take(&mut word))));
                tokens.extend(match it {
                    '(' => Some(Token::Open),
                    ')' => Some(Token::Close),
                    _ => None,
                });
            }
            _ => word.push(it),
        }
    }
    tokens.extend((!word.is_empty()).then_some(Token::Word(word)));
    tokens
}

fn is_operator(word: &str) -> bool {
    ["AND", "OR", "NOT", "&&", "||", "!"].contains(&word)
}

/// How many brackets and `NOT`s may enclose a pair.
const DEEPEST: usize = 32;

/// Reads conditions. An error is the text that can't be understood.
struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    depth: usize,
}

impl Parser {
    fn any(&mut self) -> Result<Term, String> {
        let mut terms = vec![self.all()?];
        while self.takes("OR") {
            terms.push(self.all()?);
        }
        Ok(if terms.len() == 1 { terms.remove(0) } else { Term::Any(terms) })
    }

    fn all(&mut self) -> Result<Term, String> {
        let mut terms = vec![self.one()?];
        while self.takes("AND") {
            terms.push(self.one()?);
        }
        Ok(if terms.len() == 1 { terms.remove(0) } else { Term::All(terms) })
    }

    fn one(&mut self) -> Result<Term, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("so many brackets".to_owned());
        }
        let term = match self.tokens.next().ok_or("the end")? {
            Token::Open => {
                let term = self.any()?;
                if self.tokens.next() != Some(Token::Close) {
                    return Err("(".to_owned());
                }
                term
            }
            Token::Word(word) if word == "NOT" => Term::Not(Box::new(self.one()?)),
            Token::Word(word) => term(&word)?,
            Token::Close => return Err(")".to_owned()),
        };
        self.depth -= 1;
        Ok(term)
    }

    fn takes(&mut self, operator: &str) -> bool {
        self.tokens.next_if(|it| *it == Token::Word(operator.to_owned())).is_some()
    }
}

/// A pair such as `email:*@shop.test`, or a text that any name may contain.
fn term(word: &str) -> Result<Term, String> {
    let unquoted = word.split('"').step_by(2).collect::<String>();
    let is_unknown = is_operator(word) || word.starts_with(['+', '-', '!', '/']) || unquoted.contains(['[', ']', '{', '}', '~', '^', '\\']);
    let Some((path, pattern)) = word.split_once(':').filter(|(path, _)| !path.starts_with('"')) else {
        return if is_unknown { Err(word.to_owned()) } else { Ok(Term::Anywhere(word.trim_matches('"').to_owned())) };
    };
    let is_path = path.chars().all(|it| it.is_ascii_alphanumeric() || ['.', '_'].contains(&it));
    if is_unknown || !is_path || pattern.is_empty() || pattern.starts_with(['<', '>', '/']) {
        return Err(word.to_owned());
    }
    let pattern = pattern.trim_matches('"').to_owned();
    Ok(if path == "_exists_" { Term::Exists(pattern) } else { Term::Member { path: path.to_owned(), pattern } })
}

/// The members in which a text without a path is looked for.
const NAMES: [&str; 8] = ["email", "firstName", "fullName", "lastName", "middleName", "mobilePhone", "name", "username"];

impl Term {
    /// Adds the members of a resource that [`Term::accepts`] reads.
    fn add_members<'a>(&'a self, names: &mut BTreeSet<&'a str>) {
        match self {
            Self::All(terms) | Self::Any(terms) => terms.iter().for_each(|it| it.add_members(names)),
            Self::Not(term) => term.add_members(names),
            Self::Anywhere(text) if text == "*" => {}
            Self::Anywhere(_) => names.extend(NAMES),
            Self::Exists(path) | Self::Member { path, .. } => names.extend(path.split('.').next()),
        }
    }

    fn accepts(&self, resource: &Value) -> bool {
        match self {
            Self::All(terms) => terms.iter().all(|it| it.accepts(resource)),
            Self::Any(terms) => terms.iter().any(|it| it.accepts(resource)),
            Self::Not(term) => !term.accepts(resource),
            Self::Anywhere(text) => {
                let mut names = NAMES.iter().filter_map(|it| resource[it].as_str());
                text == "*" || names.any(|it| matches(it, text))
            }
            Self::Exists(path) => has_member(resource, path, &|_| true),
            Self::Member { path, pattern } => has_member(resource, path, &|value| match value {
                Value::String(text) => is_like(text, pattern),
                Value::Number(number) => number.to_string() == *pattern,
                Value::Bool(is_set) => is_set.to_string() == *pattern,
                Value::Array(_) | Value::Object(_) | Value::Null => false,
            }),
        }
    }
}

/// Whether `is_wanted` holds for a value at `path`. For a list, one element is enough.
fn has_member(value: &Value, path: &str, is_wanted: &impl Fn(&Value) -> bool) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => items.iter().any(|it| has_member(it, path, is_wanted)),
        Value::Object(members) if !path.is_empty() => {
            let (name, rest) = path.split_once('.').unwrap_or((path, ""));
            members.get(name).is_some_and(|it| has_member(it, rest, is_wanted))
        }
        value => path.is_empty() && is_wanted(value),
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
            ("ann", "a?n", true),
            ("ann", "ann?", false),
        ];
        for (text, pattern, expected) in rows {
            assert_eq!(is_like(text, pattern), expected, "{text} {pattern}");
        }
        assert_eq!((page(&[1, 2, 3], 1, 1), page(&[1, 2, 3], 2, 9), page(&[1], 5, 1)), (&[2][..], &[3][..], &[][..]));
    }

    #[test]
    fn a_query_string_is_a_text_or_pairs() {
        let user = json!({
            "data": {"city": "Bonn"}, "email": "ann@shop.test", "registrations": [{"roles": ["user", "admin"]}], "username": "name01",
            "verified": true,
        });
        for (text, expected) in [
            ("shop", true),
            ("ann@*", true),
            ("*", true),
            ("bob", false),
            ("name01 ann", false),
            ("registrations.roles:admin", true),
            ("registrations.roles:owner", false),
            ("email:\"*@shop.test\" AND verified:true", true),
            ("email:*@shop.test AND verified:false", false),
            ("email.no:x", false),
            ("NOT email:*@shop.test", false),
            ("NOT email:*@x.test AND verified:true", true),
            ("username:name0?", true),
            ("username:name?", false),
            ("_exists_:data.city", true),
            ("_exists_:data.street", false),
            ("NOT _exists_:data.street", true),
            ("verified:false OR data.city:bonn", true),
            ("(verified:false OR data.city:bonn) AND NOT (username:x)", true),
            ("bob OR ann", true),
        ] {
            assert_eq!(condition("", text).unwrap().accepts(&user), expected, "{text}");
        }
        for unknown in [
            "email:a username:b",
            "email:a AND",
            "(email:a",
            "email:a)",
            "age:[1 TO 5]",
            "age:>5",
            "+email:a",
            "-email:a",
            "email:a && b:c",
            "email:/a.*/",
            "email:ann~",
            "email:ann^2",
            "a\\:b:c",
            "first-name:x",
            "email:",
            "NOT",
        ] {
            assert!(condition("", unknown).is_err(), "{unknown}");
        }
        assert!(condition("", &"(".repeat(100_000)).is_err());
    }
}
