//! The flag `--long-cart`, with which `cargo xtask bench` fills a database.

use crate::{issuer::SHOPPER, test_server::TestServer};

#[tokio::test]
async fn the_shopper_has_a_line_of_each_product() {
    let server = TestServer::start_with(&["--long-cart", "3"]).await;
    let cart = server.cart(SHOPPER).await;
    let lines: Vec<(&str, i64)> = cart.lines.iter().map(|line| (line.product.as_str(), line.quantity)).collect();
    assert_eq!(lines, [("product-1", 1), ("product-2", 1), ("product-3", 1)]);
    assert_eq!(cart.total, 101 + 102 + 103);
}
