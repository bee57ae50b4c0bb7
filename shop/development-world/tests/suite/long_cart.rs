//! The flag `--long-cart`, with which `cargo xtask bench` fills a database.

use crate::test_world::TestWorld;
use storefront_api::Cart;
use test_support::issuer::{SHOPPER, STORE, token};

#[tokio::test]
async fn the_shopper_has_a_line_of_each_product() {
    let world = TestWorld::start(&["--long-cart", "3"]).await;
    let cart: Cart = world.cart(&token(SHOPPER, STORE)).send().await.unwrap().json().await.unwrap();
    let lines: Vec<(&str, i64)> = cart.lines.iter().map(|line| (line.product.as_str(), line.quantity)).collect();
    assert_eq!(lines, [("product-1", 1), ("product-2", 1), ("product-3", 1)]);
    assert_eq!(cart.total, 101 + 102 + 103);
}
