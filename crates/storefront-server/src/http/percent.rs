//! Percent-encoding of one value in a query or a form body.

/// Every byte encoded but letters, digits and `-_.~`, which need it nowhere.
pub fn encoded(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.extend(['%', char::from(HEX[usize::from(byte >> 4)]), char::from(HEX[usize::from(byte & 15)])]);
        }
    }
    out
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
