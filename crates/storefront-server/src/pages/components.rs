//! Small views that several pages use, with the same markup as in the single-page app, and the formats of money and dates.

use crate::clock::rfc3339_of_ms;
use maud::{Markup, html};
use time::{OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};

/// An icon of the sprite. Screen readers skip it, so the text next to it must say the same.
pub(crate) fn icon(name: &str) -> Markup {
    html! { svg.icon aria-hidden="true" { use href={ "#i-" (name) } {} } }
}

/// A product's picture: its drawing on a coloured tile, or the tile alone if the product has no drawing.
pub(crate) fn picture(product: &str) -> Markup {
    html! {
        svg class={ "picture tile-" (tile(product)) } viewBox="0 0 200 200" aria-hidden="true" {
            use href={ "/assets/products.svg#" (product) } {}
        }
    }
}

/// The number of the product's tile, from 0 to 5, computed as the single-page app computes it.
fn tile(product: &str) -> u32 {
    (product.bytes().fold(39, |hash: u32, byte| hash.wrapping_mul(33).wrapping_add(u32::from(byte))) >> 4) % 6
}

/// The page's heading.
pub(crate) fn heading(text: &str) -> Markup {
    html! { h1 tabindex="-1" { (text) } }
}

/// The hidden input with a key that makes a form safe to be sent twice, by a double click or a reload.
pub(crate) fn idempotency_key() -> Markup {
    html! { input type="hidden" name="idempotency_key" value=(uuid::Uuid::new_v4()); }
}

/// The view in place of an empty list.
pub(crate) fn empty_state(title: &str, text: &str, more: Markup) -> Markup {
    html! { div.empty-state { (icon("mark")) h2 { (title) } p { (text) } (more) } }
}

/// A number of items as text, such as "1 item" and "2 items".
pub(crate) fn items(count: i64) -> String {
    format!("{count} item{}", if count == 1 { "" } else { "s" })
}

/// `minor` units of `currency` as text, such as `€12.34`. Computed in integers, because floats round.
pub(crate) fn money(minor: i64, currency: &str) -> String {
    let (sign, minor) = (if minor < 0 { "-" } else { "" }, minor.unsigned_abs());
    let (whole, cents) = (grouped(minor / 100), minor % 100);
    match currency {
        "EUR" => format!("{sign}€{whole}.{cents:02}"),
        other => format!("{sign}{other} {whole}.{cents:02}"),
    }
}

fn grouped(number: u64) -> String {
    if number < 1_000 { number.to_string() } else { format!("{},{:03}", grouped(number / 1_000), number % 1_000) }
}

/// A time as text. It names its time zone, because the server does not know the reader's.
pub(crate) fn date_time(rfc3339: &str) -> String {
    let format = format_description!("[month repr:short] [day padding:none], [year], [hour]:[minute] UTC");
    let text = OffsetDateTime::parse(rfc3339, &Rfc3339).ok().and_then(|it| it.format(format).ok());
    text.unwrap_or_else(|| rfc3339.to_owned())
}

/// A time in milliseconds since 1970 as text.
pub(crate) fn date_time_of_ms(ms: i64) -> String {
    rfc3339_of_ms(ms).map_or_else(|| "Unknown".to_owned(), |it| date_time(&it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_exact() {
        for (minor, text) in [(0, "€0.00"), (5, "€0.05"), (1_490, "€14.90"), (-1_490, "-€14.90"), (123_456_789, "€1,234,567.89")]
        {
            assert_eq!(money(minor, "EUR"), text);
        }
        assert_eq!(money(100, "CHF"), "CHF 1.00");
        assert!(money(i64::MIN, "EUR").starts_with("-€92,233"));
    }

    #[test]
    fn times_say_their_zone() {
        assert_eq!(date_time("2026-11-20T08:05:09.123456Z"), "Nov 20, 2026, 08:05 UTC");
        assert_eq!(date_time("nonsense"), "nonsense");
        assert_eq!(date_time_of_ms(1_795_161_909_000), "Nov 20, 2026, 08:05 UTC");
        assert_eq!(date_time_of_ms(i64::MAX), "Unknown");
    }
}
