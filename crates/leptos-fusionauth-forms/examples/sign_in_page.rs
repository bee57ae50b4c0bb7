use leptos::prelude::*;
use leptos_fusionauth::{LoginFailure, SessionConfig, SessionProvider, SignedIn, SignedOut};
use leptos_fusionauth_forms::{English, PasswordForm, SignInCodeForm, SignInProgress, Stage, TwoFactorId};

fn main() {
    leptos::mount::mount_to_body(App);
}

#[component]
fn App() -> impl IntoView {
    let config = SessionConfig::new("http://auth.shop.localhost:9011", "10000000-0000-0000-0000-000000000001");
    view! { <SessionProvider config=config><SignedOut><SignIn/></SignedOut><SignedIn>"You are signed in."</SignedIn></SessionProvider> }
}

#[component]
fn SignIn() -> impl IntoView {
    let progress = SignInProgress::<English>::new();
    move || match progress.stage.get() {
        Stage::Password => view! { <PasswordForm progress/> }.into_any(),
        Stage::Refused(LoginFailure::TwoFactorRequired { two_factor_id: id }) => {
            view! { <SignInCodeForm progress id=TwoFactorId(id)/> }.into_any()
        }
        Stage::Refused(_) => view! { <p role="alert">"Your account needs another step, such as a new password."</p> }.into_any(),
    }
}
