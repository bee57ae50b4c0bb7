//! Parses server-sent events that contain a version of the cart.

/// The maximum number of bytes that the parser stores of a line. Only lines with comments are longer.
const MAX_LINE: usize = 32;

/// The parser, with the received part of an incomplete line.
#[derive(Default)]
pub(super) struct Events {
    line: Vec<u8>,
}

impl Events {
    /// Reads the next bytes, and returns the last version in the lines that they complete.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Option<u32> {
        let mut version = None;
        for byte in bytes {
            if *byte == b'\n' {
                version = version_in(&self.line).or(version);
                self.line.clear();
            } else if self.line.len() < MAX_LINE {
                self.line.push(*byte);
            }
        }
        version
    }
}

fn version_in(line: &[u8]) -> Option<u32> {
    let digits = line.strip_prefix(b"data: ")?;
    let version = |before: u32, digit: &u8| digit.is_ascii_digit().then(|| before.wrapping_mul(10).wrapping_add(u32::from(digit - b'0')));
    digits.iter().try_fold(0, version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn the_last_of_several_versions_counts_wherever_the_bytes_are_divided() {
        let text = b":\n\ndata: 17\n\n: a comment that is longer than any line of an event\n\ndata: 4294967295\n\nevent: other\n\n";
        for at in 0..text.len() {
            let (start, end) = text.split_at(at);
            let mut events = Events::default();
            let first = events.read(start);
            assert_eq!(events.read(end).or(first), Some(u32::MAX), "divided at {at}");
        }
    }

    #[wasm_bindgen_test]
    fn invalid_versions_are_ignored() {
        for text in ["data: x\n\n", "data:1\n\n", "id: 1\n\n", "data: 12", ""] {
            assert_eq!(Events::default().read(text.as_bytes()), None, "{text:?}");
        }
    }
}
