//! The postal address of an order, checked and normalised.

use crate::store::error::Error;
use crate::text::longest_combining_run;
use storefront_api::MemberError;
use storefront_api::orders::{Address, COUNTRIES, MAX_ADDRESS_CHARS};
use storefront_messages::AddressMessage;
use unicode_normalization::UnicodeNormalization;

/// The maximum number of combining marks on one character. Names in Vietnamese need two.
const MAX_COMBINING_MARKS: usize = 4;

/// The postal address as it is stored: composed (NFC), with single spaces, and the postal code as its country writes it.
///
/// # Errors
/// [`Error::AddressUnusable`] with an error for each invalid member.
pub(super) fn normalized(typed: &Address) -> Result<Address, Error> {
    let mut errors = Vec::new();
    let mut checked = |member: &str, result: Result<String, AddressMessage>| {
        result.unwrap_or_else(|message| {
            errors.push(MemberError { field: member.to_owned(), code: message.code().to_owned(), message: message.text() });
            String::new()
        })
    };
    let required = |text: &str, blank| one_line(text).and_then(|it| if it.is_empty() { Err(blank) } else { Ok(it) });
    let country = COUNTRIES.into_iter().find(|it| *it == typed.country);
    let address = Address {
        full_name: checked("fullName", required(&typed.full_name, AddressMessage::NameBlank)),
        street: checked("street", required(&typed.street, AddressMessage::StreetBlank)),
        street_extra: checked("streetExtra", one_line(&typed.street_extra)),
        postal_code: checked(
            "postalCode",
            required(&typed.postal_code, AddressMessage::PostalCodeBlank).and_then(|it| match country {
                Some(country) => postal_code(country, &it),
                None => Ok(it),
            }),
        ),
        city: checked("city", required(&typed.city, AddressMessage::CityBlank)),
        country: checked("country", country.map(ToOwned::to_owned).ok_or(AddressMessage::CountryUnknown)),
    };
    if errors.is_empty() { Ok(address) } else { Err(Error::AddressUnusable(errors)) }
}

/// The text on one line, composed (NFC). Control characters and long runs of combining marks are refused, because they can disturb
/// terminals, labels and the layout of a page.
fn one_line(text: &str) -> Result<String, AddressMessage> {
    let text: String = text.trim().nfc().collect();
    // A text may contain tabs and line breaks, if the shopper has pasted a postal address of several lines into one input.
    let text = text.split(|it: char| it.is_whitespace()).filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ");
    if text.chars().count() > MAX_ADDRESS_CHARS {
        return Err(AddressMessage::TooLong);
    }
    if text.chars().any(|it| it.is_control() || is_invisible(it)) || longest_combining_run(&text) > MAX_COMBINING_MARKS {
        return Err(AddressMessage::Unusable);
    }
    Ok(text)
}

/// Whether a character is invisible, or changes the order of the text around it.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The postal code as its country writes it. People also write the country's letter before the code, as in `D-10115`.
fn postal_code(country: &str, typed: &str) -> Result<String, AddressMessage> {
    let typed = typed.to_uppercase();
    let code = typed.split_once('-').filter(|(before, _)| country.starts_with(before)).map_or(&*typed, |(_, code)| code);
    let code: String = code.chars().filter(|it| *it != ' ').collect();
    let is_digits = |text: &str| text.bytes().all(|it| it.is_ascii_digit());
    match country {
        "NL" if code.len() == 6 && code.is_ascii() => {
            let (digits, letters) = code.split_at(4);
            let fits = is_digits(digits) && letters.bytes().all(|it| it.is_ascii_uppercase());
            if fits { Ok(format!("{digits} {letters}")) } else { Err(AddressMessage::PostalCodeUnfit("1012 AB")) }
        }
        "NL" => Err(AddressMessage::PostalCodeUnfit("1012 AB")),
        "DE" | "FR" if code.len() == 5 && is_digits(&code) => Ok(code),
        "DE" => Err(AddressMessage::PostalCodeUnfit("10115")),
        "FR" => Err(AddressMessage::PostalCodeUnfit("75001")),
        _ if code.len() == 4 && is_digits(&code) => Ok(code),
        _ => Err(AddressMessage::PostalCodeUnfit("1010")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed() -> Address {
        Address {
            full_name: " Ada  Lovelace ".to_owned(),
            street: "Muster\tStraße 1".to_owned(),
            street_extra: String::new(),
            postal_code: "D-10115".to_owned(),
            city: "Mu\u{308}nchen".to_owned(),
            country: "DE".to_owned(),
        }
    }

    #[test]
    fn an_address_is_put_in_order() {
        let address = normalized(&typed()).unwrap();
        let texts = [&address.full_name, &address.street, &address.street_extra, &address.postal_code, &address.city, &address.country];
        assert_eq!(texts, ["Ada Lovelace", "Muster Straße 1", "", "10115", "München", "DE"]);
        assert_eq!(normalized(&address).unwrap(), address, "a normalized address stays unchanged");
    }

    #[test]
    fn every_member_at_fault_is_named() {
        let Err(Error::AddressUnusable(errors)) = normalized(&Address::default()) else { panic!("an empty address is accepted") };
        let members: Vec<_> = errors.iter().map(|it| (it.field.as_str(), it.code.as_str())).collect();
        let blank = ["fullName", "street", "postalCode", "city"].map(|it| (it, "blank"));
        assert_eq!(members, [blank.as_slice(), &[("country", "invalid")]].concat());

        let long = "x".repeat(MAX_ADDRESS_CHARS + 1);
        for (bad, code) in [("a\0b", "invalid"), ("a\u{1b}[31m", "invalid"), ("a\u{202e}b", "invalid"), (&*long, "too-long")] {
            let Err(Error::AddressUnusable(errors)) = normalized(&Address { street_extra: bad.to_owned(), ..typed() }) else {
                panic!("{bad:?} is accepted")
            };
            assert_eq!(
                errors.iter().map(|it| (it.field.as_str(), it.code.as_str())).collect::<Vec<_>>(),
                [("streetExtra", code)],
                "{bad:?}"
            );
        }
        let marks = format!("x{}", "\u{301}".repeat(6));
        assert!(normalized(&Address { city: marks, ..typed() }).is_err());
        assert!(normalized(&Address { city: "é".repeat(MAX_ADDRESS_CHARS), ..typed() }).is_ok());
    }

    #[test]
    fn postal_codes_are_those_of_the_country() {
        for (country, typed, stored) in [
            ("DE", "10115", "10115"),
            ("DE", "d-10 115", "10115"),
            ("FR", "F-75001", "75001"),
            ("NL", "1012ab", "1012 AB"),
            ("NL", "NL-1012 AB", "1012 AB"),
            ("AT", "A-1010", "1010"),
            ("LU", "L-1009", "1009"),
            ("BE", "1000", "1000"),
        ] {
            assert_eq!(postal_code(country, typed), Ok(stored.to_owned()), "{country} {typed}");
        }
        for (country, typed) in [
            ("DE", "1010"),
            ("DE", "A-10115"),
            ("DE", "F-10115"),
            ("NL", "1012"),
            ("NL", "12AB34"),
            ("NL", "é012AB"),
            ("AT", "10115"),
            ("FR", "7500A"),
        ] {
            assert!(postal_code(country, typed).is_err(), "{country} {typed}");
        }
    }
}
