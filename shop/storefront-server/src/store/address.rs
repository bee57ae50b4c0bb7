//! The postal address of an order, checked and normalised.

use crate::store::error::Error;
use crate::text::longest_combining_run;
use crate::typed::line;
use storefront_api::orders::{Address, COUNTRIES, MAX_ADDRESS_CHARS};
use storefront_api::{MemberError, typed};
use storefront_messages::AddressMessage;

/// The maximum number of combining marks on one character. Names in Vietnamese need two.
const MAX_COMBINING_MARKS: usize = 4;

/// The postal address as it is stored: composed (NFC), with single spaces, and the postal code as its country writes it.
///
/// # Errors
/// [`Error::AddressUnusable`] with an error for each invalid member.
pub(super) fn normalized(form: &Address) -> Result<Address, Error> {
    let mut errors = Vec::new();
    let mut checked = |member: &str, result: Result<String, AddressMessage>| {
        result.unwrap_or_else(|message| {
            errors.push(MemberError { field: member.to_owned(), code: message.code().to_owned(), message: message.text() });
            String::new()
        })
    };
    let required = |text: &str, blank| one_line(text).and_then(|it| if it.is_empty() { Err(blank) } else { Ok(it) });
    let country = COUNTRIES.into_iter().find(|it| *it == form.country);
    let address = Address {
        full_name: checked("fullName", required(&form.full_name, AddressMessage::NameBlank)),
        street: checked("street", required(&form.street, AddressMessage::StreetBlank)),
        street_extra: checked("streetExtra", one_line(&form.street_extra)),
        postal_code: checked(
            "postalCode",
            required(&form.postal_code, AddressMessage::PostalCodeBlank).and_then(|it| match country {
                Some(country) => typed::postal_code(country, &it).map_err(AddressMessage::PostalCodeUnfit),
                None => Ok(it),
            }),
        ),
        city: checked("city", required(&form.city, AddressMessage::CityBlank)),
        country: checked("country", country.map(ToOwned::to_owned).ok_or(AddressMessage::CountryUnknown)),
    };
    if errors.is_empty() { Ok(address) } else { Err(Error::AddressUnusable(errors)) }
}

/// The text on one line, composed (NFC). Long runs of combining marks are refused, because they can disturb labels and the layout of a page.
fn one_line(text: &str) -> Result<String, AddressMessage> {
    // A text may contain tabs and line breaks, if the shopper has pasted a postal address of several lines into one input.
    let text = line(text);
    if text.chars().count() > MAX_ADDRESS_CHARS {
        return Err(AddressMessage::TooLong);
    }
    if longest_combining_run(&text) > MAX_COMBINING_MARKS {
        return Err(AddressMessage::Unusable);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed() -> Address {
        Address {
            full_name: "\u{202A} Ada\0  Love\u{200B}lace ".to_owned(),
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
        let marks = format!("x{}", "\u{301}".repeat(6));
        for (bad, code) in [(&*marks, "invalid"), (&*long, "too-long")] {
            let Err(Error::AddressUnusable(errors)) = normalized(&Address { street_extra: bad.to_owned(), ..typed() }) else {
                panic!("{bad:?} is accepted")
            };
            assert_eq!(
                errors.iter().map(|it| (it.field.as_str(), it.code.as_str())).collect::<Vec<_>>(),
                [("streetExtra", code)],
                "{bad:?}"
            );
        }
        assert!(normalized(&Address { city: "é".repeat(MAX_ADDRESS_CHARS), ..typed() }).is_ok());
    }
}
