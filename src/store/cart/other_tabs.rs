//! Sends the backend's answers about the cart to the other tabs of this origin, so that none of them shows a stale cart.
//!
//! A message causes no request to the backend. It contains the user's id, because another tab may still show another user's session.

use leptos::{ev, prelude::*};
use leptos_fusionauth::json;
use serde::{Deserialize, Serialize};
use storefront_api::Cart;
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

/// The channel to the other tabs. If the browser blocks the channel, each tab shows only the answers to its own requests.
#[derive(Clone, Copy)]
pub struct OtherTabs(StoredValue<Option<BroadcastChannel>, LocalStorage>);

#[derive(Serialize, Deserialize)]
struct Message {
    user: String,
    cart: Cart,
}

impl OtherTabs {
    /// A channel that sends and receives nothing until [`OtherTabs::listen`].
    pub fn unconnected() -> Self {
        let channel = Self(StoredValue::new_local(None));
        on_cleanup(move || channel.replace(None));
        channel
    }

    /// Opens the channel, and calls `on_cart` with each cart that another tab sends and the id of the cart's user.
    pub fn listen(self, on_cart: impl Fn(String, Cart) + 'static) {
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(Message { user, cart }) = event.data().as_string().and_then(|text| json::decode(&text).ok()) {
                on_cart(user, cart);
            }
        });
        let on_message = on_message.into_js_value(); // leaked, because the app listens for as long as it runs
        let open = move || {
            let channel = BroadcastChannel::new("storefront.cart").ok();
            if let Some(channel) = &channel {
                channel.set_onmessage(Some(on_message.unchecked_ref()));
            }
            self.replace(channel);
        };
        open();
        // A browser keeps no page with an open channel in its back/forward cache.
        let hidden = window_event_listener(ev::pagehide, move |_| self.replace(None));
        let shown = window_event_listener(ev::pageshow, move |event| {
            if event.persisted() {
                open();
            }
        });
        on_cleanup(move || {
            hidden.remove();
            shown.remove();
        });
    }

    /// Sends the cart of `user` to the other tabs.
    pub fn send(self, user: String, cart: &Cart) {
        let text = json::encode(&Message { user, cart: cart.clone() });
        self.0.with_value(|channel| _ = channel.as_ref().map(|channel| channel.post_message(&text.into())));
    }

    fn replace(self, channel: Option<BroadcastChannel>) {
        let before = self.0.try_update_value(|current| std::mem::replace(current, channel));
        if let Some(Some(before)) = before {
            before.close();
        }
    }
}
