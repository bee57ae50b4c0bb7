//! The entry point of the app: it mounts the app into the page, provides the contexts of all features, renders the layout of every page
//! (header, banners, live region), and chooses the page for the current route. This is the only folder that may import every feature.

mod banners;
pub mod config;
mod contact;
mod header;
mod help;
mod navigation;
mod not_found;
mod pages;
mod sign_out;
mod typed;
mod when_idle;

use crate::{
    core::{AppContext, Part, Route},
    data::{Answers, Mutations, TypedText, ended_without_request, use_mutations},
    sign_in::{
        redirect,
        static_form::{self, StaticForm, StaticFormState, Submit},
        typed_email::{TypedEmail, use_typed_email},
    },
    store,
    ui::{
        components,
        document::{self, Title},
        language,
        part::{self, Lazy, LazyWhenIdle, render_later},
        scroll, set_timeout, spawn_for_app,
    },
};
use banners::Banners;
use header::Header;
use leptos::{ev, prelude::*};
use leptos_fusionauth::{SessionProvider, SessionState, use_session};
use leptos_router::components::Router;
use std::time::Duration;
use storefront_api::{App, SpaConfig};
use storefront_messages::{Language, Storefront, t};
use wasm_bindgen::JsCast;
use web_sys::Element;

/// Replaces the static page with the app.
pub fn start() {
    #[cfg(debug_assertions)]
    std::panic::set_hook(Box::new(|info| leptos::logging::error!("{info}")));
    let (Some(config), Some(parent)) = (config::read(), leptos::prelude::document().get_element_by_id("app")) else {
        return document::show_broken();
    };
    match language::of_page() {
        Language::English => mount(config, parent),
        language => spawn_for_app(async move {
            if !part::use_language(language).await {
                language::set_of_page(Language::English);
            }
            mount(config, parent);
        }),
    }
}

fn mount(config: SpaConfig, parent: Element) {
    leptos::mount::mount_to(parent.unchecked_into(), move || app(config, replace_static_page)).forget();
}

fn replace_static_page() -> Option<StaticFormState> {
    if let Some(app) = document::element("#app") {
        app.set_hidden(false);
    }
    static_form::take_over("shell")
}

/// The whole app. It renders in several tasks ([`render_later`]). The last one calls `replace_static_page`, which returns the state of the
/// static sign-in form, and renders the first page: the app's own form takes the state over in the same task, so no keystroke is lost.
pub fn app(config: SpaConfig, replace_static_page: fn() -> Option<StaticFormState>) -> AnyView {
    // Leaked once per page load; the browser frees the memory with the page.
    let config: &'static SpaConfig = Box::leak(Box::new(config));
    let session = config::session(config);
    leptos_fusionauth_forms::follow_translator();
    scroll::start();
    // Before the router, whose listener for clicks replaces the form.
    TypedEmail::provide();
    view! {
        <SessionProvider config=session>
            {render_later(Duration::ZERO, Box::new(move || {
                redirect::open_before_router();
                view! { <Router>{render_later(Duration::ZERO, Box::new(move || frame(config, replace_static_page)))}</Router> }.into_any()
            }))}
        </SessionProvider>
    }
    .into_any()
}

/// Provides the shell's and the features' contexts to every page. Call it below a `<Router>` and below [`TypedEmail::provide`].
pub fn provide_contexts(config: &'static SpaConfig) -> (AppContext, Title, StaticForm) {
    let context = AppContext::provide(config);
    let title = Title::provide();
    let (static_form, typed_email) = (StaticForm::provide(), use_typed_email());
    Mutations::provide();
    Answers::provide();
    store::provide_contexts();
    let session = use_session().state();
    let was_signed_in = StoredValue::new(false);
    Effect::new(move |_| match session.get() {
        SessionState::SignedIn { .. } => {
            was_signed_in.set_value(true);
            drop(static_form.take()); // no form will need the password that was typed into the static form
            typed_email.set(String::new());
        }
        // The sign-in form that replaces a guarded page shows this text, too, but a screen reader reads only the form's heading.
        SessionState::SignedOut(Some(cause)) if was_signed_in.get_value() => {
            was_signed_in.set_value(false);
            context.announce(leptos_fusionauth_forms::explain::<Storefront>(cause));
        }
        SessionState::SignedOut(_) | SessionState::Loading => {}
    });
    (context, title, static_form)
}

fn frame(config: &'static SpaConfig, replace_static_page: fn() -> Option<StaticFormState>) -> AnyView {
    let (context, title, static_form) = provide_contexts(config);
    let shown = navigation::shown_page(context);
    let navigation = StoredValue::new(Navigation::FirstLoad);
    let session = use_session().state();
    let is_signed_in = move || matches!(session.get_untracked(), SessionState::SignedIn { .. });
    let user_changes = user_changes();
    let page = move || {
        let route = shown.get();
        // These two pages navigate away when a user signs in, so they are not rebuilt.
        if !matches!(route, Route::Login | Route::Register) {
            user_changes.track();
        }
        title.show(route);
        match navigation.get_value() {
            Navigation::Later => document::focus_in_place_after_render("main h1"),
            // The sign-in form, which had the focus, is gone. If the page's script has already shown the cart, the focus is there.
            Navigation::Submitted if is_signed_in() => document::restore_focus_after_render("main h1".to_owned()),
            Navigation::Submitted | Navigation::FirstLoad => {}
        }
        pages::page(route, config.app)
    };
    let first_page = move || {
        let typed = replace_static_page();
        if typed.as_ref().is_some_and(|it| it.submit == Submit::Held) {
            navigation.set_value(Navigation::Submitted);
        }
        // With `data-first=skeleton` the static form is hidden, but a password manager may have filled it in. No form of the app takes that
        // password over, so it must not stay in memory.
        if !is_signed_in() && document::element("html[data-first=skeleton]").is_none() {
            static_form.keep(typed);
        }
        set_timeout(move || navigation.set_value(Navigation::Later), Duration::ZERO);
        (move || page()).into_any()
    };
    let pictures = match config.app {
        App::Store => components::DRAWINGS,
        App::Forums => "",
    };
    set_timeout(move || part::load_when_idle(pictures, &Part::of(config.app)), part::IDLE);
    let skip = move |event: ev::MouseEvent| {
        event.prevent_default();
        document::focus_heading();
    };
    // Typed text must be restored before the user continues typing.
    let later = match typed::is_kept() {
        true => view! { <Lazy part=Part::SignIn>{pages::when_idle()}</Lazy> }.into_any(),
        false => view! { <LazyWhenIdle part=Part::SignIn>{pages::when_idle()}</LazyWhenIdle> }.into_any(),
    };
    // Beside the other tasks, because a change that waits must not wait for their part.
    let edits = || view! { <LazyWhenIdle part=Part::Store>{store::cart::when_idle()}</LazyWhenIdle> };
    let edits = (config.app == App::Store).then(edits);
    view! {
        <a class="skip" href="#main" on:click=skip>{t!("Skip to content")}</a>
        {render_later(Duration::ZERO, Box::new(|| view! { <Header sibling_url=config.sibling_url.as_str()/> }.into_any()))}
        {render_later(Duration::ZERO, Box::new(|| view! { <Banners/> }.into_any()))}
        <main id="main">{render_later(Duration::ZERO, Box::new(first_page))}</main>
        <p class="hidden" role="status">{move || context.announcement()}</p>
        {later}
        {edits}
    }
    .into_any()
}

/// The returned signal changes when another user signs in. The frame then rebuilds the page, because answers to the previous user's
/// requests are not applied. When another user signs in, or the user signs out, here or in another tab, the app drops the typed text that
/// it holds in memory. A user whose session has expired finds the text after the next sign-in.
fn user_changes() -> RwSignal<Option<String>> {
    let (mutations, users) = (use_mutations(), RwSignal::new(None));
    Effect::new(move |last: Option<Option<String>>| {
        let last = last.flatten();
        match mutations.session.state().get() {
            SessionState::SignedIn { user, .. } => {
                if last.as_ref().is_some_and(|last| *last != user.id) {
                    users.set(Some(user.id.clone()));
                    mutations.typed_text(TypedText::Drop);
                }
                return Some(user.id);
            }
            SessionState::SignedOut(cause) if !ended_without_request(cause) => _ = mutations.typed_text(TypedText::Drop),
            SessionState::SignedOut(_) | SessionState::Loading => {}
        }
        last
    });
    users
}

/// Whether the current page is the first one. The first page takes no focus, because the browser itself announces a loaded page.
#[derive(Clone, Copy)]
enum Navigation {
    FirstLoad,
    /// The user has submitted the static sign-in form of the first page. The sign-in may succeed before this page is loaded.
    Submitted,
    Later,
}
