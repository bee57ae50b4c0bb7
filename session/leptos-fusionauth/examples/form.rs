//! A page with a form and without a session. The example `form_with_session` is the same page with a session. The difference in size
//! between the two programs is the cost of the session.

use leptos::{prelude::*, task::spawn_local};

fn main() {
    mount_to_body(App);
}

#[component]
fn App() -> impl IntoView {
    let (login_id, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let outcome = RwSignal::new(String::new());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        spawn_local(async move { outcome.set(format!("{} {}", login_id.get_untracked(), password.get_untracked().len())) });
    };
    view! {
        <form on:submit=submit>
            <input prop:value=login_id on:input=move |event| login_id.set(event_target_value(&event)) />
            <input type="password" on:input=move |event| password.set(event_target_value(&event)) />
            <button>"Sign in"</button>
        </form>
        <p>{outcome}</p>
        <button on:click=move |_| outcome.set(String::new())>"Sign out"</button>
    }
}
