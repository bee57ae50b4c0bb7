//! Percent-encoding of one value in a path, a query or a form body.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Every ASCII character except the unreserved characters, which have no special meaning in any part of a URL (RFC 3986 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// `text` with every byte encoded except letters, digits and `-_.~`.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn nothing_with_a_meaning_is_left() {
        assert_eq!(encoded("a+b/c=d&e ä"), "a%2Bb%2Fc%3Dd%26e%20%C3%A4");
        assert_eq!(encoded("a-Z_0.~"), "a-Z_0.~");
    }
}
