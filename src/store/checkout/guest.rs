//! What a guest sees: the email in the checkout, and below an order the way to an account, the order's link, and the guest's data. A user who
//! was a guest sees the button that adds the order to the account.

use crate::{
    core::{Route, use_app_context},
    data::{ApiError, NoticeKind, PageNotice, call, call_with, use_answers, use_mutations},
    ui::{
        PageScope,
        components::InlineFailure,
        document,
        form::{FormErrorSignal, TextField, TextInput, typed},
        format::date_time,
    },
};
use leptos::{html, prelude::*};
use leptos_fusionauth::{login_path, use_session};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use storefront_api::orders::{ClaimableOrder, OrderSummary};
use storefront_api::{Done, endpoints};
use storefront_messages::t;

/// The URL of the sign-in form that leads back to the checkout.
pub(super) fn sign_in_href() -> String {
    login_path(Route::Login.href(), Route::Checkout.href())
}

/// The email that the guest has typed.
pub(super) fn typed_email(input: NodeRef<html::Input>) -> String {
    input.get_untracked().map(|input| typed::email_in(&input)).unwrap_or_default()
}

/// The email of a guest, beside the way to the sign-in form, which begins with the typed email.
#[component]
pub(super) fn GuestEmail(input: NodeRef<html::Input>, error: FormErrorSignal) -> impl IntoView {
    view! {
        <section class="card">
            <p>{t!("Order as a guest, or sign in to use your saved address.")}" "<a href=sign_in_href()>{t!("Sign in")}</a></p>
            <TextInput field=TextField::EMAIL error input/>
            <p class="quiet-text">{t!("We'll email you the order's link.")}</p>
        </section>
    }
}

/// The sections below a guest's order with this email.
#[component]
pub(super) fn GuestOrderEnd(email: String) -> impl IntoView {
    let (mutations, answers, scope, navigate) = (use_mutations(), use_answers(), PageScope::current(), use_navigate());
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<ApiError>));
    let delete = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let navigate = navigate.clone();
        scope.spawn(async move {
            match call(endpoints::DELETE_GUEST_ORDER, &[]).send(None).await {
                Ok(_) => {
                    answers.forget(Route::GuestOrder);
                    let text = t!("We deleted your data.").to_owned();
                    mutations.notify(PageNotice { kind: NoticeKind::Success, text, page: Route::GuestOrder, link: None });
                    navigate(Route::Products.href(), NavigateOptions { replace: true, ..Default::default() });
                }
                Err(error) => failed.set(Some(error)),
            }
            busy.set(false);
        });
    };
    let register = login_path(Route::Register.href(), Route::Orders.href());
    let account = mutations.current_user().is_none().then(|| {
        view! {
            <section class="card" aria-labelledby="account">
                <h2 id="account">{t!("Choose a password to keep this order")}</h2>
                <p>{t!("We'll create an account with your email. Then add this order under “Your orders”. If it isn't offered there, enter your email again on your account page, and we'll send you a code to confirm it.")}</p>
                // The registration form begins with the email in this input.
                <input class="read-only" type="email" autocomplete="username" readonly=true aria-label=t!("Email") value=email/>
                <p><a class="button primary" href=register>{t!("Create your account")}</a></p>
            </section>
        }
    });
    view! {
        {account}
        <section class="card" aria-labelledby="link">
            <h2 id="link">{t!("Your order's link")}</h2>
            <p>{t!("We email you a link to this page. It works until 90 days after we send the order, and anyone who has it can see and cancel the order.")}</p>
            <p><a href=endpoints::EXPORT_GUEST_ORDER.info.path download="order.json">{t!("Download your data")}</a></p>
            <details>
                <summary>{t!("Delete your data…")}</summary>
                <p>{t!("This deletes your name, address and email, and ends the link. If we haven't sent the order, it cancels it.")}</p>
                <button type="button" class="quiet" aria-disabled=move || busy.get().then_some("true") on:click=delete>
                    {t!("Delete my data")}
                </button>
                {move || failed.get().map(|error| view! { <InlineFailure text=error.to_string()/> })}
            </details>
        </section>
    }
}

/// The button that moves this guest's order into the account, and then shows the user's newest orders.
#[component]
pub(super) fn AddGuestOrder(order: ClaimableOrder, orders: RwSignal<Vec<OrderSummary>>, next: RwSignal<Option<String>>) -> impl IntoView {
    let (session, context, answers, scope) = (use_session(), use_app_context(), use_answers(), PageScope::current());
    let (is_shown, failed) = (RwSignal::new(true), RwSignal::new(None::<ApiError>));
    let add = move |_| {
        scope.spawn(async move {
            match call_with(endpoints::CLAIM_GUEST_ORDERS, &[], &Done {}).send(session).await {
                Ok(newest) => {
                    is_shown.set(false);
                    context.announce(t!("The order is now in this account."));
                    answers.keep(Route::Orders, newest.clone());
                    next.set(newest.next);
                    orders.set(newest.orders);
                    document::focus_heading(); // the button that has the focus is removed
                }
                Err(error) => failed.set(Some(error)),
            }
        });
    };
    view! {
        <Show when=move || is_shown.get()>
            <div class="offer">
                <p>{t!("You placed order {} as a guest on {}, with delivery to {}.", order.number, date_time(&order.placed_at), order.city)}</p>
                <button type="button" class="quiet" on:click=add>{t!("Add this order to my account")}</button>
                {move || failed.get().map(|error| view! { <InlineFailure text=error.to_string()/> })}
            </div>
        </Show>
    }
}
