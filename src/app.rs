//! The app: what every page stands in, and which page is shown.

use crate::{
    config,
    erased::{dynamic, effect, none},
    header,
    memory::Memory,
    page, pages, parts,
    route::Route,
    scroll::Scroll,
    sign_in,
    takeover::Typed,
};
use leptos::{ev, prelude::*};
use leptos_fusionauth::{Connection, Notice, RequireSession, SessionProvider, View, use_session};
use leptos_router::{
    components::Router,
    hooks::use_location,
    location::{BrowserUrl, LocationProvider},
};
use storefront_api::{App, SpaConfig};

/// Everything. `typed` is what somebody did before the app was there.
pub fn app(config: SpaConfig, typed: Option<Typed>) -> AnyView {
    let session = config::session(&config);
    let scroll = Scroll::provide();
    view! {
        <SessionProvider config=session>
            <Router>{frame(config, typed, scroll)}</Router>
        </SessionProvider>
    }
    .into_any()
}

fn frame(config: SpaConfig, typed: Option<Typed>, scroll: Scroll) -> AnyView {
    let memory = Memory::provide(config.app, config.workflow, typed);
    let title = page::Title::provide(memory);
    let session = use_session().view();
    effect(move || match session.get() {
        View::SignedIn { .. } => drop(memory.take_typed()), // a password nobody will ask for any more
        View::SignedOut(_) => memory.cart_count.set(None),
        View::Loading => {}
    });

    // leptos_router's `Routes` costs 12 to 24 KB more than this match.
    // Accounts are made at the Store, for both.
    let register_url = match config.app {
        App::Store => "/register".to_owned(),
        App::Forums => format!("{}/register", config.sibling_url),
    };
    let path = use_location().pathname;
    let history = use_context::<BrowserUrl>();
    let arrival = StoredValue::new(Arrival::First);
    set_timeout(move || arrival.set_value(Arrival::Later), std::time::Duration::ZERO);
    let switch = move || {
        let route = Route::of(config.app, &path.get());
        scroll.shows(route);
        title.show(route);
        if arrival.get_value() == Arrival::Later {
            leptos::task::spawn_local(async {
                leptos::task::tick().await; // until the page stands
                page::focus_heading();
            });
        }
        let page = match route {
            Route::Products => pages::products::page(),
            Route::Cart => guarded(pages::cart::waiting, pages::cart::page),
            Route::Posts => guarded(pages::posts::waiting, pages::posts::page),
            Route::Account => guarded(pages::account::waiting, pages::account::page),
            Route::Login => sign_in::page(&register_url),
            Route::Register => pages::register::page(),
            Route::NotFound => pages::not_found::page(),
        };
        if let Some(history) = &history {
            history.ready_to_complete(); // or a clicked link never reaches the address bar
        }
        page
    };
    let skip = move |event: ev::MouseEvent| {
        event.prevent_default();
        page::focus_heading();
    };
    view! {
        <a class="skip" href="#main" on:click=skip>"Skip to content"</a>
        {header::header(config.sibling_url.clone())}
        {banners()}
        <main id="main">{dynamic(switch)}</main>
        <p class="hidden" role="status">{move || memory.said.get()}</p>
    }
    .into_any()
}

/// The first page that is shown takes no focus: the browser says by itself what was loaded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Arrival {
    First,
    Later,
}

fn guarded(loading: fn() -> AnyView, page: fn() -> AnyView) -> AnyView {
    view! { <RequireSession loading=loading children=page/> }.into_any()
}

/// What everybody should know at the moment: no connection, or a session that can't be renewed.
fn banners() -> AnyView {
    let online = RwSignal::new(window().navigator().on_line());
    // Both live as long as the app.
    window_event_listener(ev::online, move |_| online.set(true));
    window_event_listener(ev::offline, move |_| online.set(false));
    let (session, notice) = (use_session().view(), use_session().notice());
    let text = Memo::new(move |_| {
        match (online.get(), session.get()) {
        (false, _) => Some("You are offline. What is on this page stays; changes wait until you are back."),
        (true, View::SignedIn { connection: Connection::Reconnecting, .. }) => {
            Some("Reconnecting: your sign-in can't be renewed at the moment. It is tried again by itself.")
        }
        (true, View::SignedIn { .. }) => notice.get().map(|Notice::StorageUnavailable| {
            "This browser keeps nothing for this site, so you stay signed in until you close or reload the page."
        }),
        (true, View::SignedOut(_) | View::Loading) => None,
    }
    });
    view! {
        <div role="status">
            {dynamic(move || text.get().map_or_else(none, |text| view! { <p class="banner">{parts::icon("cloud")}{text}</p> }.into_any()))}
        </div>
    }
    .into_any()
}
