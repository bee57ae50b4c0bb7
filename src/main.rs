//! The program that `boot.js` starts in the browser. Everything else is in the library, so that the browser tests can use it.

fn main() {
    storefront::shell::start();
}
