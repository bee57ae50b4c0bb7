fn main() {
    storefront::shell::start();
}
