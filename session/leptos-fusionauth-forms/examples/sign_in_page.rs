use leptos::prelude::*;
use leptos_fusionauth::{SessionConfig, SessionProvider, SignedIn, SignedOut};
use leptos_fusionauth_forms::{English, SignIn};

fn main() {
    leptos::mount::mount_to_body(App);
}

#[component]
fn App() -> impl IntoView {
    let config = SessionConfig::new("http://auth.shop.localhost:9011", "10000000-0000-0000-0000-000000000001");
    view! {
        <SessionProvider config><SignedOut><SignIn design=English/></SignedOut><SignedIn>"You are signed in."</SignedIn></SessionProvider>
    }
}
