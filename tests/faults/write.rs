//! The writes. For each write, this file says how a test opens its page, which text and buttons the test uses there, and how the test
//! checks the result on the page and at the backend.

use super::fault::Fault;
use super::outcome::{Result, check, press, said, says, until};
use crate::support::{Mounted, answer, answer_with_token, fill, find, forget_everything, network, reload_app, text};
use leptos::prelude::{document, window};
use std::cell::Cell;
use storefront_api::App;
use web_sys::{Event, EventInit};

pub(crate) const PRODUCTS: &str = r#"[
    {"id":"mug","name":"Enamel mug","description":"Blue rim.","price":1490,"currency":"EUR","stock":9},
    {"id":"atlas","name":"Star atlas","description":"Of the north.","price":2850,"currency":"EUR","stock":9}]"#;
const TYPED: &str = "My text";
const CORRECTED: &str = "My corrected text";

/// A write that an action of the user causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    /// Puts a product into the cart, which already contains another product.
    Add,
    /// Sets the quantity of a line from 1 to 2.
    Change,
    /// Removes one line of two.
    Remove,
    /// Orders two mugs.
    Order,
    /// Starts a thread.
    Post,
    /// Replies in a thread.
    Reply,
}

/// The tab of a user who is signed in.
pub(crate) struct Tab {
    _page: Mounted,
    id: String,
    pub(crate) user: String,
}

thread_local! {
    /// The number in the name of the next tab's user. Every tab has a new user, so that it finds no data of an earlier tab.
    static USERS: Cell<u32> = const { Cell::new(0) };
}

impl Tab {
    pub(crate) fn open(app: App, path: &str) -> Self {
        let number = USERS.get();
        USERS.set(number + 1);
        let (id, user) = (format!("faults-{number}"), format!("shopper-{number}"));
        let tab = |page| Self { _page: page, id: id.clone(), user: user.clone() };
        let token = network(&format!("token('{id}', '{user}')")).as_string().unwrap();
        let session = format!("session: {{ sub: '{user}', generation: 0, token: '{token}', receivedAt: Date.now() }}");
        let storage = window().local_storage().unwrap().unwrap();
        storage.set_item(&format!("fusionauth.session.{id}"), &Self::session(&session, 2)).unwrap();
        tab(reload_app(app, path, &id))
    }

    /// The id of the application.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The key of the session in local storage.
    pub(crate) fn session_key(&self) -> String {
        format!("fusionauth.session.{}", self.id)
    }

    /// The record of a session. `kind` is 2 for a sign-in and 3 for a sign-out.
    pub(crate) fn session(members: &str, kind: u32) -> String {
        let record = format!("JSON.stringify({{ format: 1, epoch: {{ number: {kind}, nonce: {kind} * 2 ** 30 + 1 }}, {members} }})");
        js_sys::eval(&record).unwrap().as_string().unwrap()
    }

    /// Signs in the same user. If the page shows no sign-in form, the user first presses the header's link to it.
    pub(crate) async fn sign_in(&self) -> Result {
        answer_with_token("POST /api/login", &self.id, &self.user);
        if find("#login").is_none() {
            press("header .who a")?;
        }
        until("sign-in form", || find("#login").is_some()).await?;
        fill("#username", &self.user);
        fill("#current-password", "correct-horse-battery");
        press("#login [type=submit]")?;
        until("sign-in", || find("#login").is_none() && find("header .who button").is_some()).await
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        _ = window().local_storage().unwrap().unwrap().remove_item(&self.session_key());
    }
}

impl Write {
    /// The request of the write.
    pub(crate) fn request(self) -> String {
        let request = match self {
            Self::Add => "POST /api/shopping-cart/lines",
            Self::Change => "PUT /api/shopping-cart/lines/mug",
            Self::Remove => "DELETE /api/shopping-cart/lines/mug",
            Self::Order => "POST /api/orders",
            Self::Post => "POST /api/posts",
            Self::Reply => "POST /api/posts/t1/replies",
        };
        request.to_owned()
    }

    /// The number of attempts that fail before the app gives up.
    pub(crate) fn tries(self, fault: Fault) -> usize {
        match (self, fault) {
            (Self::Order, _) => 5,
            (_, Fault::TimeOut) => 2,
            _ => 3,
        }
    }

    /// Opens the page of the write.
    pub(crate) async fn open(self) -> Result<Tab> {
        forget_everything();
        answer("GET /api/products", 200, PRODUCTS);
        let (tab, ready) = match self {
            Self::Add => {
                network("cart({ atlas: 1 })");
                (Tab::open(App::Store, "/"), ".product")
            }
            Self::Change | Self::Remove => {
                network("cart({ mug: 1, atlas: 1 })");
                (Tab::open(App::Store, "/cart"), ".line")
            }
            Self::Order => {
                network("cart({ mug: 2 })");
                network("orders()");
                (Tab::open(App::Store, "/checkout"), ".checkout")
            }
            Self::Post => {
                network("threads()");
                (Tab::open(App::Forums, "/"), "#thread-t1")
            }
            Self::Reply => {
                network("threads()");
                (Tab::open(App::Forums, "/posts/t1"), "#post-t1")
            }
        };
        let items = if matches!(self, Self::Post | Self::Reply) { String::new() } else { items() };
        until("page", || find(ready).is_some() && badge() == items).await?;
        Ok(tab)
    }

    /// Types the text to send.
    pub(crate) fn fill_in(self) -> Result {
        match self {
            Self::Add | Self::Change | Self::Remove => Ok(()),
            Self::Order => {
                for (selector, text) in ADDRESS {
                    type_into(selector, text)?;
                }
                Ok(())
            }
            Self::Post | Self::Reply => type_into("#post", TYPED),
        }
    }

    /// Corrects the input that the message names.
    pub(crate) fn correct(self) -> Result {
        match self {
            Self::Order => type_into("#city", "Hamburg"),
            Self::Post | Self::Reply => type_into("#post", CORRECTED),
            Self::Add | Self::Change | Self::Remove => Err("there is nothing to correct".to_owned()),
        }
    }

    /// Presses the button that sends the write.
    pub(crate) fn send(self) -> Result {
        if self == Self::Change && find("[aria-label='Increase quantity of Enamel mug'][aria-disabled]").is_some() {
            // After a refusal for want of stock, the button is off. The shopper can type the quantity.
            return set("#quantity-mug", "2", "change");
        }
        press(match self {
            Self::Add => ".product:nth-child(1) button",
            Self::Change => "[aria-label='Increase quantity of Enamel mug']",
            Self::Remove => "[aria-label='Remove Enamel mug']",
            Self::Order => ".checkout [type=submit]",
            Self::Post | Self::Reply => ".write [type=submit]",
        })
    }

    /// Whether the page still has the user's input.
    pub(crate) fn is_kept(self) -> bool {
        match self {
            Self::Add => find(".product:nth-child(1) button").is_some(),
            Self::Change => says("We couldn't change the quantity of Enamel mug to 2."),
            Self::Remove => says("We couldn't remove Enamel mug.") && find("#quantity-mug").is_some(),
            Self::Order => ADDRESS.iter().all(|(selector, text)| value(selector) == *text),
            Self::Post | Self::Reply => value("#post") == TYPED,
        }
    }

    /// Whether the page shows that the write is done.
    pub(crate) fn is_done(self, fault: Fault, is_corrected: bool) -> bool {
        match self {
            Self::Add | Self::Change => badge() == items() && badge() == format!("{} items", self.wanted(fault) + 1),
            Self::Remove => find("#quantity-mug").is_none() && badge() == "1 item",
            Self::Order if fault == Fault::AnotherTab => says("Your cart is empty"),
            Self::Order => says("Order 0000-0001") && find(".review-lines").is_some(),
            Self::Post | Self::Reply => value("#post").is_empty() && text(".posts").contains(text_of(is_corrected)),
        }
    }

    /// Fails unless the backend has done the write exactly once.
    pub(crate) fn is_done_once(self, fault: Fault, is_corrected: bool) -> Result {
        let number = |call: &str| network(call).as_f64().unwrap_or_default() as i64;
        let (is, wanted) = match self {
            Self::Add | Self::Change => (number("quantity('mug')"), self.wanted(fault)),
            Self::Remove => (number("quantity('mug')"), 0),
            Self::Order => (number("ordered()"), 1),
            Self::Post | Self::Reply => (number(&format!("published('{}')", text_of(is_corrected))), 1),
        };
        check(is == wanted, || format!("the backend has {is}, not {wanted}"))?;
        match self {
            Self::Order => check(number("items()") == 0, || "the ordered products are still in the cart".to_owned()),
            Self::Post | Self::Reply => {
                let shown = texts(".posts .body, .posts h2").iter().filter(|it| *it == text_of(is_corrected)).count();
                let all = if fault == Fault::AnotherTab && self == Self::Reply { 2 } else { 1 };
                let replies = if self == Self::Reply { all } else { 0 };
                check(shown == 1, || format!("the page shows the published text {shown} times"))?;
                check(!is_corrected || number(&format!("published('{TYPED}')")) == 0, || "both texts are published".to_owned())?;
                check(number("replies()") == replies, || "the thread has a wrong number of replies".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// The number of mugs that the cart must have in the end.
    fn wanted(self, fault: Fault) -> i64 {
        match (self, fault) {
            (Self::Add, Fault::AnotherTab) | (Self::Change, _) => 2,
            _ => 1,
        }
    }

    /// Fails unless badge and total on the page match the backend's cart or order.
    pub(crate) async fn figures_are_the_backends(self, fault: Fault) -> Result {
        if matches!(self, Self::Post | Self::Reply) {
            return Ok(());
        }
        if self == Self::Add {
            press("nav a[href='/cart']")?;
        }
        let total = match (self, fault) {
            (Self::Order, Fault::AnotherTab) => None, // the page shows no total, only a link to the order
            (Self::Order, _) => Some("orderedTotal()"),
            _ => Some("total()"),
        };
        let total = total.map(|it| euros(network(it).as_f64().unwrap_or_default() as i64));
        let is_shown = || total.as_ref().is_none_or(|total| shown_total() == *total) && badge() == items();
        let wanted = format!("figures of the backend, {} and {total:?}", items());
        until(&wanted, is_shown).await.map_err(|why| format!("{why}, the badge {:?}", badge()))
    }
}

/// The text of the cart's badge in the header.
pub(crate) fn badge() -> String {
    find("header .badge").and_then(|badge| badge.text_content()).unwrap_or_default()
}

const ADDRESS: [(&str, &str); 4] =
    [("#full-name", "Ada Lovelace"), ("#street", "Musterstraße 1"), ("#postal-code", "10115"), ("#city", "Berlin")];

/// The text that the badge must show for the backend's cart.
fn items() -> String {
    match network("items()").as_f64().unwrap_or_default() as i64 {
        0 => String::new(),
        1 => "1 item".to_owned(),
        items => format!("{items} items"),
    }
}

fn shown_total() -> String {
    text(".sum strong")
}

fn euros(cents: i64) -> String {
    format!("€{}.{:02}", cents / 100, cents % 100)
}

fn text_of(is_corrected: bool) -> &'static str {
    if is_corrected { CORRECTED } else { TYPED }
}

/// Sets the value of a field and dispatches `input`, as typing does.
fn type_into(selector: &str, value: &str) -> Result {
    set(selector, value, "input")
}

/// Sets the value of a field, and dispatches this event.
fn set(selector: &str, value: &str, event: &str) -> Result {
    let field = find(selector).ok_or_else(|| format!("there is no {selector}; the page says {:?}", said()))?;
    js_sys::Reflect::set(&field, &"value".into(), &value.into()).unwrap();
    let bubbling = EventInit::new();
    bubbling.set_bubbles(true);
    field.dispatch_event(&Event::new_with_event_init_dict(event, &bubbling).unwrap()).unwrap();
    Ok(())
}

/// The texts of all elements at `selector`.
fn texts(selector: &str) -> Vec<String> {
    let all = document().query_selector_all(selector).unwrap();
    (0..all.length()).filter_map(|at| all.get(at)?.text_content()).collect()
}

/// The content of a field.
fn value(selector: &str) -> String {
    let field = find(selector).and_then(|it| js_sys::Reflect::get(&it, &"value".into()).ok());
    field.and_then(|it| it.as_string()).unwrap_or_default()
}
