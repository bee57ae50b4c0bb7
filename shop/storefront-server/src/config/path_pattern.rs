//! Paths with parameters, as an operator and the table of FusionAuth's endpoints write them.

use serde::Deserialize;

/// A pattern for paths: `{name}` stands for one segment, and a last segment `*` for one or more. Any other segment stands for itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PathPattern(String);

impl PathPattern {
    /// The pattern's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a request's path fits.
    pub fn fits(&self, path: &str) -> bool {
        fits(&self.0, path)
    }
}

impl TryFrom<String> for PathPattern {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let segments = text.strip_prefix('/').unwrap_or_default();
        let is_pattern = |segment: &str| is_plain(segment.trim_start_matches('{').trim_end_matches('}'));
        let is_valid = text == "/" || segments.strip_suffix("/*").unwrap_or(segments).split('/').all(is_pattern);
        if is_valid { Ok(Self(text)) } else { Err("expected a path such as `/app/*` or `/.well-known/jwks.json`") }
    }
}

/// Whether a request's path fits the pattern. A parameter and `*` stand only for segments that every server reads in the same way. So no
/// path fits that means another path after decoding, or after the removal of `..` or of a `;` with its parameters.
pub fn fits(pattern: &str, path: &str) -> bool {
    let (mut expected, mut segments) = (pattern.split('/'), path.split('/'));
    loop {
        match (expected.next(), segments.next()) {
            (None, None) => return true,
            (Some("*"), Some(first)) => return is_plain(first) && segments.all(is_plain),
            (Some(parameter), Some(segment)) if parameter.starts_with('{') && is_plain(segment) => {}
            (Some(expected), Some(segment)) if expected == segment => {}
            (Some(_) | None, _) => return false,
        }
    }
}

/// Whether a segment consists of unreserved characters (RFC 3986 2.3), and is neither `.` nor `..`.
fn is_plain(segment: &str) -> bool {
    let is_unreserved = |it: u8| it.is_ascii_alphanumeric() || b"-._~".contains(&it);
    !matches!(segment, "" | "." | "..") && segment.bytes().all(is_unreserved)
}
