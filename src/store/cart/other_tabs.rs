//! Tells the other tabs of this origin which cart the backend has answered, so that none of them shows old figures. A message costs no
//! request, and it names the user, because another tab may still show another session.

use leptos::prelude::*;
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
    /// Opens the channel.
    pub fn open() -> Self {
        let channel = Self(StoredValue::new_local(BroadcastChannel::new("storefront.cart").ok()));
        on_cleanup(move || _ = channel.0.try_with_value(|it| it.as_ref().map(BroadcastChannel::close)));
        channel
    }

    /// Calls `hear` with each cart of another tab, and the user whose cart it is.
    pub fn listen(self, hear: impl Fn(String, Cart) + 'static) {
        let hear = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(Message { user, cart }) = event.data().as_string().and_then(|text| json::decode(&text).ok()) {
                hear(user, cart);
            }
        });
        self.0.with_value(|channel| {
            if let Some(channel) = channel {
                channel.set_onmessage(Some(hear.as_ref().unchecked_ref()));
            }
        });
        hear.forget(); // the channel lives as long as the app
    }

    /// Tells the other tabs the cart of `user`.
    pub fn tell(self, user: String, cart: &Cart) {
        let text = json::encode(&Message { user, cart: cart.clone() });
        self.0.with_value(|channel| _ = channel.as_ref().map(|channel| channel.post_message(&text.into())));
    }
}
