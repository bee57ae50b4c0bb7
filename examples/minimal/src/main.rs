//! The smallest complete application: it signs in, loads the cart, and signs out.

use leptos::{prelude::*, task::spawn_local};
use leptos_fusionauth::{ApiRequest, LoginFailure, SessionConfig, SessionProvider, SessionState, SignOutReason, use_session};

#[derive(Clone, serde::Deserialize)]
struct Cart {
    lines: Vec<Line>,
}

#[derive(Clone, serde::Deserialize)]
struct Line {
    name: String,
    quantity: u32,
}

fn main() {
    let meta = document().query_selector("meta[name=fusionauth]").ok().flatten();
    let fusionauth_url = meta.and_then(|it| it.get_attribute("content")).expect("index.html names FusionAuth's URL");
    let config = SessionConfig::new(fusionauth_url, "10000000-0000-0000-0000-000000000001");
    mount_to_body(move || view! { <SessionProvider config=config>{page}</SessionProvider> });
}

fn page() -> impl IntoView {
    let session = use_session().state();
    // A failed renewal changes the session's connection but not the user. The memo rebuilds the page only for another user.
    let who = Memo::new(move |_| match session.get() {
        SessionState::Loading => Who::Unknown,
        SessionState::SignedOut(why) => Who::Nobody(why),
        SessionState::SignedIn { user, .. } => Who::User(user.id),
    });
    let content = move || match who.get() {
        Who::Unknown => "One moment…".into_any(),
        Who::Nobody(why) => sign_in(why).into_any(),
        Who::User(_) => cart().into_any(),
    };
    view! { <main>{content}</main> }
}

#[derive(Clone, PartialEq)]
enum Who {
    Unknown,
    Nobody(Option<SignOutReason>),
    User(String),
}

fn sign_in(why: Option<SignOutReason>) -> impl IntoView {
    let session = use_session();
    let (email, password) = (NodeRef::new(), NodeRef::new());
    let refusal = RwSignal::new((why == Some(SignOutReason::Expired)).then_some("Your session has expired. Sign in again."));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let read = |input: NodeRef<leptos::html::Input>| input.get().map(|it| it.value()).unwrap_or_default();
        let (email, password) = (read(email), read(password));
        spawn_local(async move {
            refusal.set(match session.sign_in(&email, &password).await {
                Ok(()) => None,
                Err(LoginFailure::InvalidCredentials) => Some("The email or password is wrong."),
                Err(LoginFailure::NoAnswer | LoginFailure::Unavailable { .. }) => Some("No answer. Try again in a moment."),
                _ => Some("This account can't sign in here."), // second factor and the like: see LoginFailure
            });
        });
    };
    view! {
        <form on:submit=submit>
            <label>"Email " <input node_ref=email autocomplete="username" /></label>
            <label>"Password " <input node_ref=password type="password" autocomplete="current-password" /></label>
            <button>"Sign in"</button>
            {move || refusal.get().map(|it| view! { <p role="alert">{it}</p> })}
        </form>
    }
}

fn cart() -> impl IntoView {
    let session = use_session();
    let cart =
        LocalResource::new(move || async move { session.fetch(ApiRequest::get("/api/load-shopping-cart")).await?.json::<Cart>().await });
    let line = |line: Line| view! { <li>{line.quantity} " × " {line.name}</li> };
    let lines = move || match cart.get() {
        None => "One moment…".into_any(),
        Some(Err(error)) => view! { <p role="alert">{error.to_string()}</p> }.into_any(),
        Some(Ok(cart)) => view! { <ul>{cart.lines.into_iter().map(line).collect_view()}</ul> }.into_any(),
    };
    view! { <h1>"Your cart"</h1> {lines} <button on:click=move |_| session.sign_out()>"Sign out"</button> }
}
