//! Members of a user's profile that must have a certain form.

use jiff::civil::Date;
use jiff::tz::TimeZoneDatabase;
use serde::{Deserialize, Serialize};

/// A date such as `1990-12-31`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct BirthDate(String);

/// The name of a time zone, such as `America/Denver`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct TimeZone(String);

impl TryFrom<String> for BirthDate {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if is_date(&text) { Ok(Self(text)) } else { Err("invalid value, expected a date such as 1990-12-31") }
    }
}

impl TryFrom<String> for TimeZone {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_known = TimeZoneDatabase::bundled().available().any(|it| it.as_str() == text);
        if is_known { Ok(Self(text)) } else { Err("invalid value, expected the name of a time zone such as America/Denver") }
    }
}

/// Whether the text is a locale such as `de`, `de_AT` or `zh-Hans-CN` (<https://fusionauth.io/docs/reference/data-types#locales>).
pub(super) fn is_locale(text: &str) -> bool {
    let mut parts = text.split(['_', '-']);
    let is_language = parts.next().is_some_and(|it| (2..=3).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_alphabetic()));
    is_language && parts.all(|it| (2..=8).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_alphanumeric()))
}

fn is_date(text: &str) -> bool {
    // The parser also accepts other forms of ISO 8601.
    text.parse::<Date>().is_ok_and(|it| it.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_exist_in_the_calendar() {
        for (text, expected) in
            [("1990-12-31", true), ("2000-02-29", true), ("1900-02-29", false), ("1990-13-01", false), ("1990-1-1", false)]
        {
            assert_eq!(is_date(text), expected, "{text}");
        }
        for invalid in ["", "1990", "31.12.1990", "1990-00-10", "1990-04-31", "1990-04-00", "+990-04-01", "1990-04-01-", "１990-04-01"] {
            assert!(!is_date(invalid), "{invalid}");
        }
    }

    #[test]
    fn time_zones_have_names() {
        for (text, expected) in [("America/Denver", true), ("UTC", true), ("Mars/Phobos", false), ("", false), ("america/denver", false)] {
            assert_eq!(TimeZone::try_from(text.to_owned()).is_ok(), expected, "{text}");
        }
    }
}
