//! The sign-in page of both applications, and the related pages: registration, forgotten password, and verification.
//!
//! This file has the sign-in page. `flow` shows the current form of a sign-in. The forms are in `leptos-fusionauth-forms`, which decides which
//! form follows each of FusionAuth's answers.

mod after_reset;
pub mod caps_lock;
pub mod change_password;
mod flow;
mod forgot_password;
mod link_id;
mod passkey;
mod progress;
pub mod redirect;
pub mod refused_device;
pub mod register;
pub mod slow;
pub mod static_form;
mod steps;
pub mod typed_email;
pub mod verification;

pub use flow::SignInFlow;
pub use progress::SignInProgress;

use crate::{
    core::{PageFunction, Part, Route, use_app_context},
    ui::part::LazyWhenIdle,
};
use forgot_password::ForgotPasswordPage;
use leptos::prelude::*;
use leptos_fusionauth_forms::{PasskeyButton, PasswordlessButton};
use passkey::PASSKEYS;
use redirect::{leave_when_signed_in, query, requested_page, target_of_sign_in};
use register::RegisterPage;
use storefront_messages::t;
use typed_email::use_typed_email;
use wasm_part::part;

/// The sign-in page. It redirects a signed-in user to the page that required the sign-in.
#[component]
pub fn SignInPage(
    /// Whether a cart is kept for the shopper.
    #[prop(optional)]
    has_cart: bool,
) -> impl IntoView {
    let app = use_app_context().app;
    let (lead, products) = match requested_page(app) {
        Some(Route::Cart | Route::Checkout) if has_cart => (t!("Your cart is saved. Sign in to order."), None),
        Some(Route::Cart | Route::Checkout) => (t!("Sign in to see your saved cart."), Some(t!("See all products"))),
        _ => (t!("One account for the Store and the Forums."), None),
    };
    leave_when_signed_in(target_of_sign_in(app));
    let progress = SignInProgress::new();
    progress.username.set_value(use_typed_email().get());
    let [forgotten, register] = [Route::ForgotPassword, Route::Register].map(|it| StoredValue::new(it.href().to_owned() + &query()));
    view! {
        <div class="narrow">
            <SignInFlow progress lead products>
                <p class="aside"><a href=forgotten.get_value()>{t!("Forgot your password?")}</a></p>
                <p class="aside">{t!("New here? ")}<a href=register.get_value()>{t!("Create your account")}</a></p>
                <PasswordlessButton progress/>
                // This button is last, because it loads later and must not move another button that a user is about to press.
                <LazyWhenIdle part=Part::SignIn>{with_passkey(progress)}</LazyWhenIdle>
            </SignInFlow>
        </div>
    }
}

#[part("sign_in")]
fn with_passkey(progress: SignInProgress) -> AnyView {
    view! { <PasskeyButton progress passkeys=PASSKEYS/> }.into_any()
}

/// The pages in the part `sign_in`, without the help pages.
pub fn page(route: Route) -> Option<PageFunction> {
    Some(match route {
        Route::Register => || view! { <RegisterPage/> }.into_any(),
        Route::ForgotPassword => || view! { <ForgotPasswordPage/> }.into_any(),
        Route::ChangePassword => change_password::page,
        Route::VerifyEmail | Route::VerifyRegistration => verification::link_page,
        _ => return None,
    })
}
