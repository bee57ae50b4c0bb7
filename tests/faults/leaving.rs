//! A user leaves every page during each of its requests, and during every write. The tests check that nothing breaks, and that the next
//! page is complete.

use super::outcome::{Result, check, is_whole, press, said, settled, until};
use super::write::{PRODUCTS, Tab, Write};
use crate::account::account_page::{USER, answer_account, this_and_another};
use crate::support::{answer, calls, find, forget_everything, network, sign_in_elsewhere};
use storefront_api::App;
use wasm_bindgen_test::wasm_bindgen_test;

/// How the user leaves a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Departure {
    /// The user follows a link to another page.
    Link,
    /// Another user signs in, in another tab of the browser.
    AnotherUser,
}

/// More requests than any page sends.
const TOO_MANY: usize = 20;

const PAGES: [(App, &str); 17] = [
    (App::Store, "/"),
    (App::Store, "/products/mug"),
    (App::Store, "/cart"),
    (App::Store, "/checkout"),
    (App::Store, "/orders"),
    (App::Store, "/orders/00000000-0000-4000-8000-000000000001"),
    (App::Store, "/account"),
    (App::Store, "/account?change=password"),
    (App::Store, "/change-password/id"),
    (App::Store, "/verify-email/id"),
    (App::Store, "/verify-registration/id"),
    (App::Store, "/delivery"),
    (App::Forums, "/"),
    (App::Forums, "/posts/t1"),
    (App::Forums, "/account"),
    (App::Forums, "/change-password/id"),
    (App::Forums, "/?product=mug"),
];

#[wasm_bindgen_test]
async fn every_page_can_be_left_during_each_of_its_requests() {
    let mut failed = Vec::new();
    for (app, path) in PAGES {
        for departure in [Departure::Link, Departure::AnotherUser] {
            for answered in 0.. {
                match leave_during(app, path, departure, answered).await {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(why) => failed.push(format!("{app:?} {path}, {departure:?} after {answered} answers: {why}")),
                }
                assert!(answered < TOO_MANY, "{path} sends requests without end:\n{}", calls(""));
            }
        }
    }
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

/// Opens a page, answers its first `answered` requests, and leaves the page while its other requests are in flight. Returns whether there
/// were any other requests.
async fn leave_during(app: App, path: &str, departure: Departure, answered: usize) -> Result<bool> {
    forget_everything();
    network("cart({ mug: 2 })");
    network("orders()");
    network("threads()");
    answer("GET /api/products", 200, PRODUCTS);
    answer("GET /api/user", 200, USER);
    answer_account(&this_and_another());
    network(&format!("holdAllAfter({answered})"));
    let tab = Tab::open(app, path);
    settled().await;
    let held = network("heldAfter()").as_f64().unwrap_or_default() > 0.0;
    match departure {
        Departure::Link => press(if path == "/" { "header .to-account" } else { "header .to-start" })?,
        Departure::AnotherUser => sign_in_elsewhere(tab.id(), "somebody-else").await,
    }
    settled().await;
    network("releaseAll()");
    settled().await;
    until("the page that follows", || find("main main h1").is_some() && find("main main [aria-busy=true]").is_none()).await?;
    is_whole()?;
    let errors = network("errors()").as_string().unwrap_or_default();
    check(errors.is_empty(), || errors)?;
    Ok(held)
}

#[wasm_bindgen_test]
async fn every_write_can_be_left_while_it_is_under_way() {
    let mut failed = Vec::new();
    for write in [Write::Add, Write::Change, Write::Remove, Write::Order, Write::Post, Write::Reply] {
        for departure in [Departure::Link, Departure::AnotherUser] {
            for is_refused in [false, true] {
                if let Err(why) = leave_write(write, departure, is_refused).await {
                    failed.push(format!("{write:?}, {departure:?}, refused: {is_refused}: {why}"));
                }
            }
        }
    }
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

async fn leave_write(write: Write, departure: Departure, is_refused: bool) -> Result {
    let tab = write.open().await?;
    let request = write.request();
    network(&format!("hold('{request}')"));
    write.fill_in()?;
    write.send()?;
    until("request", || !calls(&request).is_empty()).await?;
    match departure {
        Departure::Link => press("header .to-account")?,
        Departure::AnotherUser => sign_in_elsewhere(tab.id(), "somebody-else").await,
    }
    settled().await;
    if is_refused {
        answer(&request, 409, r#"{"type":"/problems/refused","title":"Refused","status":409,"detail":"It was refused."}"#);
    }
    network(&format!("release('{request}')"));
    settled().await;
    is_whole()?;
    let is_told = said().contains("It was refused.") || said().contains("received your order");
    match departure {
        Departure::Link if is_refused => check(is_told, || format!("the user does not learn the outcome; the page says {:?}", said()))?,
        Departure::Link => {}
        // Another user must not learn the outcome of the write.
        Departure::AnotherUser => {
            check(!is_told && find("main .banner").is_none(), || format!("another user reads {:?}", said()))?;
            check(find("main main .line-error, main main .card-error, main main .summary").is_none(), || {
                format!("another user reads {:?}", said())
            })?;
        }
    }
    let errors = network("errors()").as_string().unwrap_or_default();
    check(errors.is_empty(), || errors)
}
