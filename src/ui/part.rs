//! Shows the content of a part of the program, a placeholder while the part is loading, or a message if it could not be loaded.
//!
//! Only a release build has parts (`--cfg storefront_split`). In other builds every part is loaded from the start.

use super::{
    PageScope,
    components::{Heading, LoadFailure, Outdated, Skeleton},
    document, read_until_cleanup, set_timeout,
};
use crate::core::{Part, use_app_context};
use leptos::prelude::*;
use std::time::Duration;
use storefront_messages::{Language, Text, has_texts_of_parts, texts, use_texts_of_parts};
use wasm_part::part;

/// The placeholder for content that is not loaded yet: a heading, which gets the focus after a navigation, and grey shapes.
#[derive(Clone, Copy)]
pub struct Placeholder {
    /// The classes of the element around the heading and the shapes.
    pub class: &'static str,
    /// The text of the content's heading.
    pub heading: &'static str,
    /// The class and the number of the shapes.
    pub shapes: (&'static str, usize),
}

impl Placeholder {
    /// The heading and the shapes.
    pub fn view(self) -> AnyView {
        let (class, count) = self.shapes;
        self.around(view! { <Skeleton class count/> }.into_any())
    }

    fn around(self, content: AnyView) -> AnyView {
        view! { <div class=self.class><Heading text=self.heading/>{content}</div> }.into_any()
    }
}

/// Content in a part of the program. Until the part is loaded, the placeholder is shown. If the part does not load, a message offers a
/// retry or a reload. If the caller passes no placeholder, neither a placeholder nor a message is shown. A part that did not load is
/// requested again when the browser is online again.
#[component]
pub fn Lazy(
    part: Part,
    /// The content until the part is loaded.
    #[prop(optional)]
    placeholder: Option<Placeholder>,
    /// Calls the part's function.
    children: ChildrenFn,
) -> impl IntoView {
    if is_loaded(part) {
        return children();
    }
    let state = RwSignal::new(State::Loading);
    let scope = PageScope::current();
    let load = move || {
        scope.spawn(async move {
            let loaded = load(part).await;
            let has_focus = document::heading_has_focus();
            if state.try_set(loaded.map_or_else(State::Failed, |()| State::Ready)).is_none() && has_focus {
                document::focus_in_place_after_render("main h1"); // the content's heading replaces the heading that had the focus
            }
        });
    };
    let retry = move || {
        state.set(State::Loading);
        document::focus_after_render("main h1"); // the button that has the focus is about to be removed
        load();
    };
    load();
    let online = use_app_context().online();
    Effect::new(move |was_online| {
        let is_online = read_until_cleanup(online);
        if is_online && was_online == Some(false) && matches!(state.get_untracked(), State::Failed(Failure::Unreachable)) {
            state.set(State::Loading);
            if placeholder.is_some() {
                document::restore_focus_after_render("main h1".to_owned()); // the retry button, which is removed, may have had the focus
            }
            load();
        }
        is_online
    });
    let content = move || match (state.get(), placeholder) {
        (State::Ready, _) => children(),
        (_, None) => ().into_any(),
        (State::Loading, Some(placeholder)) => placeholder.view(),
        (State::Failed(Failure::Unreachable), Some(placeholder)) => {
            placeholder.around(view! { <LoadFailure text=UNREACHABLE.get().to_owned() retry/> }.into_any())
        }
        (State::Failed(Failure::Outdated), Some(placeholder)) => placeholder.around(view! { <Outdated/> }.into_any()),
    };
    content.into_any()
}

/// Like [`Lazy`] without a placeholder, but the part is requested after [`IDLE`].
#[component]
pub fn LazyWhenIdle(
    part: Part,
    /// Calls the part's function.
    children: ChildrenFn,
) -> impl IntoView {
    let content = move || {
        let children = children.clone();
        view! { <Lazy part>{children()}</Lazy> }.into_any()
    };
    if is_loaded(part) { content() } else { render_later(IDLE, Box::new(content)) }
}

/// Renders `view` after `delay`, in a task of its own. A browser compiles each function at its first call, so one task for the whole page
/// would block a slow phone for more than a tenth of a second. Views with the same delay are rendered in the order of the calls.
pub fn render_later(delay: Duration, view: Box<dyn Fn() -> AnyView + Send + Sync>) -> AnyView {
    let is_due = RwSignal::new(false);
    set_timeout(move || _ = is_due.try_set(true), delay);
    (move || if is_due.get() { view() } else { ().into_any() }).into_any()
}

/// The delay before work that can wait. When it is over, the first page is shown, and most people are reading or typing.
pub const IDLE: Duration = Duration::from_secs(2);

/// Puts the drawings of the file `pictures` into the page, loads the texts of the parts if they are needed, and then the parts, one after
/// another while the browser is idle. An empty path means that there are no pictures.
pub fn load_when_idle(pictures: &str, parts: &[Part]) {
    let texts = (!has_texts_of_parts()).then(|| texts_of(Language::current()).1.name);
    let names = texts.into_iter().chain(parts.iter().map(|part| part.name()));
    script::load_when_idle(&names.fold(pictures.to_owned(), |names, part| names + " " + part));
}

/// Whether [`load_when_idle`] has put the drawings into the page.
pub fn are_drawings_in_page() -> bool {
    script::are_drawings_in_page()
}

/// Loads the texts of a language other than English, and switches the app to it. Returns whether the texts loaded. Call it before anything
/// is shown.
pub async fn use_language(language: Language) -> bool {
    let (first, _) = texts_of(language);
    let is_there = script::is_loaded(first.name) || script::load(first.name).await.is_ok();
    if is_there {
        storefront_messages::use_texts(language, (first.texts)());
    }
    is_there
}

/// A part that has only texts.
struct TextPart {
    name: &'static str,
    // A pointer to the texts, because WebAssembly would return a `&str` itself, which is two values, through memory.
    texts: fn() -> &'static &'static str,
}

macro_rules! parts_with_texts {
    ($($language:ident $texts:ident $first:literal $of_parts:literal $facts:tt)*) => {
        /// For each language except English, whose texts the code has: the texts for the code of the first load, and those for the code of
        /// the parts.
        static TEXTS: [(TextPart, TextPart); Language::ALL.len() - 1] = [$({
            #[part($first)]
            fn first() -> &'static &'static str {
                &texts::$texts::FIRST
            }

            #[part($of_parts)]
            fn of_parts() -> &'static &'static str {
                &texts::$texts::OF_PARTS
            }

            (TextPart { name: $first, texts: first }, TextPart { name: $of_parts, texts: of_parts })
        }),*];
    };
}
storefront_messages::translations!(parts_with_texts);

fn texts_of(language: Language) -> &'static (TextPart, TextPart) {
    &TEXTS[language as usize - 1]
}

/// Whether the part and its texts are loaded.
fn is_loaded(part: Part) -> bool {
    script::is_loaded(part.name()) && are_texts_there()
}

fn are_texts_there() -> bool {
    if !has_texts_of_parts() {
        let (_, of_parts) = texts_of(Language::current());
        if script::is_loaded(of_parts.name) {
            use_texts_of_parts((of_parts.texts)());
        }
    }
    has_texts_of_parts()
}

/// Loads the part and its texts. If the texts do not load, the part is shown in English.
async fn load(part: Part) -> Result<(), Failure> {
    if !are_texts_there() && script::load(texts_of(Language::current()).1.name).await.is_ok() {
        are_texts_there();
    }
    script::load(part.name()).await
}

#[derive(Clone, Copy)]
enum State {
    Loading,
    Ready,
    Failed(Failure),
}

/// Why a part could not be loaded.
#[derive(Clone, Copy)]
enum Failure {
    /// The server could not be reached, or did not answer with the part.
    Unreachable,
    /// The server has a newer release, and none of this release's files.
    #[cfg_attr(not(storefront_split), expect(dead_code, reason = "only a release has parts"))]
    Outdated,
}

const UNREACHABLE: Text = Text::new("We couldn't reach the server. Check your connection and try again.");

#[cfg(storefront_split)]
mod script {
    use super::Failure;
    use js_sys::Promise;
    use leptos_fusionauth::future_of;
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen(module = "/src/ui/part.js")]
    extern "C" {
        #[wasm_bindgen(js_name = isLoaded)]
        pub(super) fn is_loaded(part: &str) -> bool;
        #[wasm_bindgen(js_name = load)]
        fn load_by_name(part: &str, wasm: &JsValue) -> Promise;
        #[wasm_bindgen(js_name = loadWhenIdle)]
        fn load_by_names_when_idle(names: &str, wasm: &JsValue);
        #[wasm_bindgen(js_name = isDrawn)]
        pub(super) fn are_drawings_in_page() -> bool;
    }

    pub(super) async fn load(part: &str) -> Result<(), Failure> {
        match future_of(load_by_name(part, &wasm_bindgen::exports())).await {
            Ok(_) => Ok(()),
            Err(status) if status.as_f64() == Some(404.0) => Err(Failure::Outdated),
            Err(_) => Err(Failure::Unreachable),
        }
    }

    pub(super) fn load_when_idle(names: &str) {
        load_by_names_when_idle(names, &wasm_bindgen::exports());
    }
}

/// Makes a build without parts load this part as a release does: when it is shown, and only while the browser is online. For tests.
#[cfg(not(storefront_split))]
pub fn withhold(part: Part) {
    script::withhold(part.name());
}

/// In a build without parts, panics if nothing has asked for the part before its code is called: a release would trap there. [`Lazy`] asks.
#[cfg(all(debug_assertions, not(storefront_split)))]
pub fn assert_loaded(part: &str) {
    assert!(script::was_asked_for(part), "the part `{part}` is not loaded: call its functions inside of `Lazy`");
}

#[cfg(not(storefront_split))]
mod script {
    use super::Failure;
    use leptos::prelude::window;
    use std::{cell::RefCell, collections::BTreeSet};

    thread_local! {
        static ASKED_FOR: RefCell<BTreeSet<&'static str>> = const { RefCell::new(BTreeSet::new()) };
        static WITHHELD: RefCell<BTreeSet<&'static str>> = const { RefCell::new(BTreeSet::new()) };
    }

    pub(super) fn withhold(part: &'static str) {
        WITHHELD.with_borrow_mut(|it| _ = it.insert(part));
    }

    pub(super) fn is_loaded(part: &'static str) -> bool {
        ASKED_FOR.with_borrow_mut(|it| _ = it.insert(part));
        !WITHHELD.with_borrow(|it| it.contains(part))
    }

    #[cfg(debug_assertions)]
    pub(super) fn was_asked_for(part: &str) -> bool {
        ASKED_FOR.with_borrow(|it| it.contains(part))
    }

    #[expect(clippy::unused_async, reason = "a release waits for the part")]
    pub(super) async fn load(part: &'static str) -> Result<(), Failure> {
        if !window().navigator().on_line() {
            return Err(Failure::Unreachable);
        }
        WITHHELD.with_borrow_mut(|it| _ = it.remove(part));
        Ok(())
    }

    pub(super) fn load_when_idle(_: &str) {}

    pub(super) fn are_drawings_in_page() -> bool {
        false
    }
}
