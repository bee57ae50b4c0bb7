//! Draws a QR code as SVG in the browser, so that no other service sees the secret in the code.

use leptos::prelude::*;
use qrcodegen::{QrCode, QrCodeEcc};

/// The empty margin that scanners need around a code, in modules (ISO/IEC 18004). A module is one square of the code.
const MARGIN: i32 = 4;

/// The QR code for `text`. Screen readers read `name`. Shows nothing if the text is too long for a QR code.
#[component]
pub(super) fn QrCodeImage(text: String, name: &'static str) -> impl IntoView {
    QrCode::encode_text(&text, QrCodeEcc::Medium).ok().map(|code| {
        let side = code.size() + 2 * MARGIN;
        let view_box = format!("-{MARGIN} -{MARGIN} {side} {side}");
        view! { <svg class="qr-code" role="img" aria-label=name viewBox=view_box><path d=path(&code)/></svg> }
    })
}

/// The data of the SVG path: one rectangle for each run of dark modules in a row.
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
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn the_dark_modules_are_covered_and_no_others() {
        let code = QrCode::encode_text("otpauth://totp/Store:ann@example.com?secret=JBSWY3DPEHPK3PXP", QrCodeEcc::Medium).unwrap();
        let mut drawn = std::collections::BTreeSet::new();
        for run in path(&code).split('M').skip(1) {
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
