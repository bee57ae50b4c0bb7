//! Takes over the unanswered edits of pages that are gone. The next page shows the edits as waiting and sends them in their order.
//!
//! An edit belongs to its user. It waits for the same user while nobody is signed in, and is dropped when another user signs in or the user
//! signs out. A record contains products, quantities and the user's id: no secret and no email.
//!
//! The module belongs to the program's part `store`, because few pages need it.

use super::{
    context::{CartContext, use_cart_context},
    list::compile_ahead,
};
use crate::{
    core::Route,
    data::{NoticeKind, PageNotice},
    ui::document,
};
use leptos::prelude::*;
use leptos_fusionauth::json;
use storefront_messages::t;
use wasm_bindgen::prelude::*;
use wasm_part::part;

#[wasm_bindgen(module = "/src/store/cart/edit_log.js")]
extern "C" {
    #[wasm_bindgen(js_name = takeOver)]
    fn take_over(take: &JsValue);
}

/// Sends the edits that wait for their user, and takes over those of pages that are gone, from now on. If the page shows the sign-in form,
/// prepares the cart that follows it.
#[part("store")]
pub fn when_idle() -> AnyView {
    if document::element("html[data-first=form] #cart-page").is_some() {
        compile_ahead();
    }
    let cart = use_cart_context();
    // Leaked, because the app takes edits over for as long as it runs.
    take_over(&Closure::<dyn Fn(String) -> bool>::new(move |edits: String| take(cart, &edits)).into_js_value());
    Effect::new(move |_| {
        _ = (cart.shopper(), cart.state());
        untrack(|| cart.send_edits());
    });
    ().into_any()
}

/// Returns whether the edits are stored in this tab's record.
fn take(cart: CartContext, edits: &str) -> bool {
    let edits = json::decode(edits);
    let is_readable = edits.is_ok();
    if cart.update(|state| state.take_over(edits.unwrap_or_default())).is_none() {
        return false; // the app has ended
    }
    cart.send_edits();
    if !is_readable {
        let mutations = cart.mutations;
        // The notice links to a page other than the current one.
        let page = if mutations.context.current_route() == Route::Cart { Route::Products } else { Route::Cart };
        let text = t!("We couldn't read the unsent changes to your cart in this browser, so we didn't make them.").to_owned();
        mutations.notify(PageNotice { kind: NoticeKind::Failure, text, page, link: None });
    }
    true
}
