//! Draws a QR code as SVG, so that no other service sees the secret in the code.

use qrcodegen::{QrCode, QrCodeEcc};

/// The empty margin that scanners need around a code, in modules (ISO/IEC 18004). A module is one square of the code.
const MARGIN: i32 = 4;

/// The attributes of an SVG image of a QR code.
///
/// This type has no `Debug`, because a scanner reads the text from `path`, and the text may hold a secret.
pub struct QrCodeImage {
    /// The attribute `viewBox` of the element `svg`.
    pub view_box: String,
    /// The attribute `d` of its only element `path`, which covers the dark modules.
    pub path: String,
}

impl QrCodeImage {
    /// The QR code for `text`. `None` if the text is too long for a QR code.
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
        let side = code.size() + 2 * MARGIN;
        Some(Self { view_box: format!("-{MARGIN} -{MARGIN} {side} {side}"), path: path(&code) })
    }
}

/// One rectangle for each run of dark modules in a row.
fn path(code: &QrCode) -> String {
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let length = (x..code.size()).take_while(|x| code.get_module(*x, y)).count() as i32;
            if length > 0 {
                path += &format!("M{x} {y}h{length}v1h-{length}z");
            }
            x += length + 1;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dark_modules_are_covered_and_no_others() {
        let text = "otpauth://totp/Store:ann@example.com?secret=JBSWY3DPEHPK3PXP";
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).unwrap();
        let mut drawn = std::collections::BTreeSet::new();
        for run in QrCodeImage::of(text).unwrap().path.split('M').skip(1) {
            let (start, rest) = run.split_once('h').unwrap();
            let (x, y) = start.split_once(' ').unwrap();
            let (x, y): (i32, i32) = (x.parse().unwrap(), y.parse().unwrap());
            let length: i32 = rest.split_once('v').unwrap().0.parse().unwrap();
            assert_eq!(rest, format!("{length}v1h-{length}z"));
            assert!((x..x + length).all(|x| drawn.insert((x, y))), "the path draws a module twice");
        }
        let all = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
        assert_eq!(drawn, all.filter(|(x, y)| code.get_module(*x, *y)).collect());
    }
}
