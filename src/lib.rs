//! Store and Forums: one single-page app with native sign-in on FusionAuth. Which of the two a page is, is told by the
//! configuration block in `index.html`.
//!
//! In reading order: [`app`] puts everything together, [`route`] names the pages, [`pages`] holds one page a file,
//! [`sign_in`] and [`cart`] hold what is more than a page, [`api`] holds every call to the backend.

pub mod api;
pub mod app;
pub mod cart;
pub mod config;
pub mod erased;
pub mod header;
pub mod intl;
pub mod load;
pub mod memory;
pub mod page;
pub mod pages;
pub mod parts;
pub mod posts;
pub mod route;
pub mod scoped;
pub mod scroll;
pub mod sending;
pub mod sign_in;
pub mod takeover;

use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Takes the static page over and mounts the app in its place, in one task: no keystroke falls in between.
pub fn start() {
    #[cfg(debug_assertions)]
    std::panic::set_hook(Box::new(|info| leptos::logging::error!("{info}")));
    let (Some(config), Some(place)) = (config::read(), document().get_element_by_id("app")) else {
        return page::show_broken();
    };
    let typed = takeover::take_over("shell");
    leptos::mount::mount_to(place.unchecked_into(), move || app::app(config, typed)).forget();
}
