//! Draws a QR code as SVG.

use maud::{Markup, html};
use qrcodegen::{QrCode, QrCodeEcc};
use storefront_messages::t;

/// The free space around a code that scanners need, in modules (ISO/IEC 18004).
const MARGIN: i32 = 4;

/// The QR code for a text. Empty if the text is too long for any QR code.
pub(super) fn svg(text: &str) -> Markup {
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Medium) else { return Markup::default() };
    let side = code.size() + 2 * MARGIN;
    html! {
        svg.qr-code role="img" aria-label=(t!("QR code for your authenticator app")) viewBox=(format!("-{MARGIN} -{MARGIN} {side} {side}")) {
            path d=(path(&code)) {}
        }
    }
}

/// The path of the dark modules: one rectangle for each run of adjacent dark modules in a row.
fn path(code: &QrCode) -> String {
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let length = (x..code.size()).take_while(|x| code.get_module(*x, y)).map(|_| 1).sum::<i32>();
            if length > 0 {
                path += &format!("M{x} {y}h{length}v1h-{length}z");
            }
            x += length + 1;
        }
    }
    path
}
