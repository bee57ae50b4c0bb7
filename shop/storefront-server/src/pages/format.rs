//! Dates as text, in the language of the page. In the single-page app, the browser's `Intl` formats dates. Here a few lines are enough for
//! these languages, while crates that support all languages contain large tables.

use crate::clock::{self, rfc3339_of_ms};
use maud::{Markup, html};
pub(crate) use storefront_messages::money;
use storefront_messages::{Language, Text, t};
use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime};

/// A relative time, such as "3 hours ago", with the exact time as tooltip.
pub(crate) fn time(rfc3339: &str) -> Markup {
    html! { time datetime=(rfc3339) title=(date_time(rfc3339)) { (ago(rfc3339)) } }
}

/// An exact time, in UTC. The text names the time zone, because the server does not know the time zone of the reader.
pub(crate) fn date_time(rfc3339: &str) -> String {
    let Ok(time) = OffsetDateTime::parse(rfc3339, &Rfc3339) else { return rfc3339.to_owned() };
    format!("{}, {:02}:{:02} UTC", date(rfc3339), time.hour(), time.minute())
}

/// The day of a time. Without the hour it needs no time zone.
pub(crate) fn date(rfc3339: &str) -> String {
    let Ok(time) = OffsetDateTime::parse(rfc3339, &Rfc3339) else { return rfc3339.to_owned() };
    let (year, day, month) = (time.year(), time.day(), MONTHS[usize::from(u8::from(time.month())) - 1]);
    let language = Language::current();
    let month = if language == Language::English { &month.get()[..3] } else { month.get() };
    language.date(day, month, year)
}

/// A day with its weekday and without its year.
pub(crate) fn weekday(date: Date) -> String {
    let weekday = WEEKDAYS[usize::from(date.weekday().number_days_from_monday())].get();
    let (day, month) = (date.day(), MONTHS[usize::from(u8::from(date.month())) - 1].get());
    Language::current().weekday(weekday, day, month)
}

/// How long ago a time is, such as "3 hours ago". A time that is more than 30 days ago is shown as a date.
pub(crate) fn ago(rfc3339: &str) -> String {
    let Ok(time) = OffsetDateTime::parse(rfc3339, &Rfc3339) else { return rfc3339.to_owned() };
    match (clock::now() - time).whole_minutes() {
        ..1 => t!("just now").to_owned(),
        1 => t!("1 minute ago").to_owned(),
        minutes @ ..60 => t!("{} minutes ago", minutes),
        60..120 => t!("1 hour ago").to_owned(),
        minutes @ ..1_440 => t!("{} hours ago", minutes / 60),
        1_440..2_880 => t!("1 day ago").to_owned(),
        minutes @ ..43_200 => t!("{} days ago", minutes / 1_440),
        _ => date(rfc3339),
    }
}

/// The same as [`time`], for a time in milliseconds since 1970.
pub(crate) fn time_of_ms(ms: i64) -> Markup {
    rfc3339_of_ms(ms).map_or_else(|| html! { (t!("Unknown")) }, |it| time(&it))
}

const WEEKDAYS: [Text; 7] = [
    Text::new("Monday"),
    Text::new("Tuesday"),
    Text::new("Wednesday"),
    Text::new("Thursday"),
    Text::new("Friday"),
    Text::new("Saturday"),
    Text::new("Sunday"),
];

const MONTHS: [Text; 12] = [
    Text::new("January"),
    Text::new("February"),
    Text::new("March"),
    Text::new("April"),
    Text::new("May"),
    Text::new("June"),
    Text::new("July"),
    Text::new("August"),
    Text::new("September"),
    Text::new("October"),
    Text::new("November"),
    Text::new("December"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_say_their_zone() {
        let time = "2026-11-20T08:05:09.123456Z";
        assert_eq!(date_time(time), "20 Nov 2026, 08:05 UTC");
        assert_eq!(Language::German.scope(|| date_time(time)), "20. November 2026, 08:05 UTC");
        assert_eq!(Language::French.scope(|| date_time(time)), "20 novembre 2026, 08:05 UTC");
        assert_eq!(date_time("nonsense"), "nonsense");
        assert_eq!(date(time), "20 Nov 2026");
        assert!(time_of_ms(1_795_161_909_000).into_string().contains("title=\"20 Nov 2026, 08:05 UTC\""));
        assert_eq!(time_of_ms(i64::MAX).into_string(), "Unknown");
        assert_eq!(Language::German.scope(|| time_of_ms(i64::MAX).into_string()), "Unbekannt");
    }

    #[test]
    fn days_say_their_weekday() {
        let [first, sixth] = [1, 6].map(|day| Date::from_calendar_date(2026, time::Month::December, day).unwrap());
        assert_eq!(weekday(first), "Tuesday 1 December");
        assert_eq!(Language::German.scope(|| weekday(sixth)), "Sonntag, 6. Dezember");
        assert_eq!(Language::French.scope(|| weekday(sixth)), "dimanche 6 décembre");
        assert_eq!(Language::French.scope(|| weekday(first)), "mardi 1er décembre");
        assert_eq!(Language::French.scope(|| date("2026-12-01T08:05:09Z")), "1er décembre 2026");
    }
}
