//! Any JSON as the quantity of a cart line: the server refuses it, or the cart holds exactly that quantity.

use crate::test_server::TestServer;
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};
use storefront_api::MAX_QUANTITY;
use test_support::issuer::SHOPPER;

/// The stock of the product in the demo data.
const STOCK: i64 = 80;

fn any_json() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => (-5_i64..120).prop_map(Value::from),
        2 => any::<i64>().prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        2 => any::<f64>().prop_map(Value::from),
        1 => (0.0_f64..100.0).prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<String>().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => proptest::collection::vec(any::<i64>().prop_map(Value::from), 0..3).prop_map(Value::from),
    ]
}

#[test]
fn a_cart_holds_what_was_accepted_last() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let server = runtime.block_on(TestServer::start());
    let mut runner = TestRunner::new(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() });
    let quantities = any_json();
    runner
        .run(&quantities, |quantity| {
            runtime.block_on(async {
                let before = server.cart(SHOPPER).await;
                let status = server.put_line("linen-towel", &json!({ "quantity": quantity })).await.status().as_u16();
                let after = server.cart(SHOPPER).await;
                match quantity.as_i64() {
                    Some(quantity) if (1..=STOCK).contains(&quantity) => {
                        prop_assert_eq!(status, 200);
                        let line = after.lines.iter().find(|it| it.product == "linen-towel");
                        prop_assert_eq!(line.map(|it| it.quantity), Some(quantity));
                    }
                    Some(quantity) if (1..=MAX_QUANTITY).contains(&quantity) => {
                        prop_assert_eq!(status, 409);
                        prop_assert_eq!(after, before);
                    }
                    Some(_) | None => {
                        prop_assert_eq!(status, 422);
                        prop_assert_eq!(after, before);
                    }
                }
                Ok(())
            })
        })
        .unwrap();
}
