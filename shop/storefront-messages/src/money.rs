//! Amounts of money.

use crate::language::{Language, MoneyFormat};

/// An amount, such as `€12.34` or `12,34 €`, as `Intl.NumberFormat` writes it. `minor` counts cents. Integers, because floats round. Any
/// currency but the euro is shown by its code, with two decimals: the Store has one currency.
///
/// A browser's first `Intl.NumberFormat` takes 14 ms, four times as much on a slow phone. `src/boot/early_cart.js` does the same by an
/// example in `index.html`.
pub fn money(minor: i64, currency: &str) -> String {
    let MoneyFormat { is_sign_first, group, point } = *Language::current().money();
    let digits = format!("{:03}", minor.unsigned_abs());
    let (whole, cents) = digits.split_at(digits.len() - 2);
    let mut text = String::new();
    if minor < 0 {
        text.push('-');
    }
    let sign = if currency == "EUR" { "€" } else { currency };
    if is_sign_first {
        text.push_str(sign);
        if sign == currency {
            text.push('\u{a0}');
        }
    }
    for (at, digit) in whole.char_indices() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            text.push(group);
        }
        text.push(digit);
    }
    text.push(point);
    text.push_str(cents);
    if !is_sign_first {
        text.push('\u{a0}'); // a no-break space
        text.push_str(sign);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_currency_has_its_code() {
        assert_eq!(money(-100, "CHF"), "-CHF\u{a0}1.00");
        assert_eq!(Language::German.scope(|| money(100, "CHF")), "1,00\u{a0}CHF");
    }

    #[test]
    fn euros_are_exact_and_written_as_in_each_language() {
        for (minor, english, german) in [
            (0, "€0.00", "0,00 €"),
            (5, "€0.05", "0,05 €"),
            (1_490, "€14.90", "14,90 €"),
            (-1_490, "-€14.90", "-14,90 €"),
            (99_999, "€999.99", "999,99 €"),
            (100_000, "€1,000.00", "1.000,00 €"),
            (123_456_789, "€1,234,567.89", "1.234.567,89 €"),
            (i64::MIN, "-€92,233,720,368,547,758.08", "-92.233.720.368.547.758,08 €"),
        ] {
            assert_eq!(money(minor, "EUR"), english);
            let german = german.replace(' ', "\u{a0}");
            assert_eq!(Language::German.scope(|| money(minor, "EUR")), german);
            assert_eq!(Language::French.scope(|| money(minor, "EUR")), german.replace('.', "\u{202f}"));
        }
    }
}
