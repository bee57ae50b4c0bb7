//! The program that `boot.js` starts in the browser. Everything else is in the library, so that the tests in a browser can use it.

fn main() {
    storefront::shell::start();
}
