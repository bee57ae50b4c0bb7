//! Tells the other tabs of this origin which cart the backend has answered, so that none of them shows old figures. A message costs no
//! request, and it names the user, because another tab may still show another session.

use leptos::{ev, prelude::*};
use leptos_fusionauth::json;
use serde::{Deserialize, Serialize};
use storefront_api::Cart;
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

/// The channel. Without it, as in a browser that blocks it, each tab shows what it has read itself.
#[derive(Clone, Copy)]
pub struct OtherTabs(StoredValue<Option<BroadcastChannel>, LocalStorage>);

#[derive(Serialize, Deserialize)]
struct Message {
    user: String,
    cart: Cart,
}

impl OtherTabs {
    /// Hears and tells nothing until it listens.
    pub fn unconnected() -> Self {
        let channel = Self(StoredValue::new_local(None));
        on_cleanup(move || channel.replace(None));
        channel
    }

    /// Opens the channel, and calls `hear` with each cart of another tab and the user whose cart it is.
    pub fn listen(self, hear: impl Fn(String, Cart) + 'static) {
        let hear = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(Message { user, cart }) = event.data().as_string().and_then(|text| json::decode(&text).ok()) {
                hear(user, cart);
            }
        });
        let hear = hear.into_js_value(); // the app listens as long as it lives
        let open = move || {
            let channel = BroadcastChannel::new("storefront.cart").ok();
            if let Some(channel) = &channel {
                channel.set_onmessage(Some(hear.unchecked_ref()));
            }
            self.replace(channel);
        };
        open();
        // A browser keeps no page with an open channel in its back/forward cache.
        window_event_listener(ev::pagehide, move |_| self.replace(None));
        window_event_listener(ev::pageshow, move |event| {
            if event.persisted() {
                open();
            }
        });
    }

    /// Tells the other tabs the cart of `user`.
    pub fn tell(self, user: String, cart: &Cart) {
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
